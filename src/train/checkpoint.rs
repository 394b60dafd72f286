//! A training under way as bytes, so that it can go on after a stop as if there had been none.
//!
//! A text line that says what is trained on what, then all numbers in one order, little-endian. A checkpoint of another
//! corpus, other settings or another version is refused: it would go on as something that nobody asked for.

use super::Trainer;

/// Why a checkpoint can not be continued.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CheckpointError {
    /// It belongs to another training: train from the start, or give the settings and the data of that one.
    #[error("the checkpoint is of another training: it says `{found}`, this one is `{wanted}`")]
    Other {
        /// What it says.
        found: String,
        /// What this training is.
        wanted: String,
    },
    /// It was cut off: train from the start.
    #[error("the checkpoint has {found} bytes, {wanted} are needed")]
    Length {
        /// Bytes that there are.
        found: usize,
        /// Bytes that are needed.
        wanted: usize,
    },
}

impl Trainer<'_> {
    /// The state after the epochs done so far.
    pub fn checkpoint(&self) -> Vec<u8> {
        let mut bytes = format!("{}\n", self.identity).into_bytes();
        for number in [self.epoch, self.summed, self.optimiser.steps()] {
            bytes.extend(number.to_le_bytes());
        }
        let weights = [&self.weights, &self.sum].into_iter().flat_map(|weights| {
            std::iter::once(&weights.dense).chain(&weights.embeddings).map(Vec::as_slice)
        });
        for values in weights.chain(self.optimiser.state()) {
            bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        }
        bytes
    }

    /// Takes up the state of a checkpoint.
    ///
    /// # Errors
    /// The checkpoint is of another training or was cut off; the training is then as it was.
    pub fn resume(&mut self, bytes: &[u8]) -> Result<(), CheckpointError> {
        let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
        let (line, rest) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
        if line != self.identity.as_bytes() {
            return Err(CheckpointError::Other {
                found: String::from_utf8_lossy(line).chars().take(200).collect(),
                wanted: self.identity.clone(),
            });
        }
        let rest = rest.get(1..).unwrap_or_default();
        let wanted = self.checkpoint().len();
        if bytes.len() != wanted {
            return Err(CheckpointError::Length { found: bytes.len(), wanted });
        }
        let mut words = rest.as_chunks::<4>().0.iter();
        let mut number = || words.next().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        let (epoch, summed, steps) = (number(), number(), number());
        (self.epoch, self.summed) = (epoch, summed);
        let weights = [&mut self.weights, &mut self.sum].into_iter().flat_map(|weights| {
            std::iter::once(&mut weights.dense)
                .chain(&mut weights.embeddings)
                .map(Vec::as_mut_slice)
        });
        for values in weights.chain(self.optimiser.state_mut(steps)) {
            for value in values {
                *value = f32::from_bits(number());
            }
        }
        Ok(())
    }
}
