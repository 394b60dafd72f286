//! The learned half of the sentence splitter: one weight for each hashed feature of a place between two tokens.
//!
//! A sum of whole numbers, so every processor gives the same score. What the features of a place are is said by
//! whoever asks; places are trained and scored with the same ones. Knows no text.

use super::file::ModelError;

/// Binary logarithm of the number of rows.
pub const SPLITTER_BITS: u32 = 15;

/// Number of rows; there are no others, however much text is seen.
pub const SPLITTER_ROWS: usize = 1 << SPLITTER_BITS;

/// Steps of a weight in one unit of log-odds.
pub const SPLITTER_STEPS: f32 = 256.0;

/// Weights of hashed features.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Splitter {
    weights: Vec<i16>,
}

impl Splitter {
    /// The splitter of weights in log-odds, rounded; rows that are missing are zero.
    pub fn quantise(weights: &[f32]) -> Splitter {
        let mut steps: Vec<i16> = weights
            .iter()
            .take(SPLITTER_ROWS)
            .map(|weight| (weight * SPLITTER_STEPS).round() as i16)
            .collect();
        steps.resize(SPLITTER_ROWS, 0);
        Splitter { weights: steps }
    }

    /// The splitter of bytes that [`Splitter::write`] made.
    ///
    /// # Errors
    /// [`ModelError::Length`] where there is another number of bytes.
    pub fn read(bytes: &[u8]) -> Result<Splitter, ModelError> {
        let wanted = 2 * SPLITTER_ROWS;
        if bytes.len() != wanted {
            return Err(ModelError::Length {
                name: "splitter".to_owned(),
                found: bytes.len(),
                wanted,
            });
        }
        let (pairs, _) = bytes.as_chunks::<2>();
        Ok(Splitter { weights: pairs.iter().map(|pair| i16::from_le_bytes(*pair)).collect() })
    }

    /// The weights as bytes, two a row, the low one first.
    pub fn write(&self) -> Vec<u8> {
        self.weights.iter().flat_map(|weight| weight.to_le_bytes()).collect()
    }

    /// How likely a sentence ends at the place with these rows; above 0 it is more likely than not. Rows beyond the
    /// last count nothing.
    pub fn score(&self, rows: &[u16]) -> i32 {
        rows.iter()
            .map(|row| self.weights.get(usize::from(*row)).map_or(0, |w| i32::from(*w)))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_give_the_splitter_back() {
        let weights: Vec<f32> = (0..SPLITTER_ROWS).map(|row| row as f32 / 256.0 - 20.0).collect();
        let splitter = Splitter::quantise(&weights);
        assert_eq!(Splitter::read(&splitter.write()).unwrap(), splitter);
        assert_eq!(splitter.score(&[0, 1, 5]), -5120 - 5119 - 5115);
        assert!(Splitter::read(&[0; 3]).is_err());
    }
}
