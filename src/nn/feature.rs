//! One word -> its rows in the embedding tables. Training and inference call this same function, or the weights mean
//! nothing.
//!
//! Units are characters, lower-cased by Unicode, every digit as 0, curly apostrophes and quotes as straight ones. No
//! vocabulary: every string has its rows, tables have a fixed size, and nothing grows with the text seen. The idea of
//! hashed sub-word features is that of Bojanowski et al. 2017 and of spaCy's `HashEmbed` (Honnibal 2017).

/// Number of embedding tables: seven of hashed features, two of gazetteer bits.
pub const KEY_COUNT: usize = 9;

/// Rows of one word, one per table.
pub type Keys = [u32; KEY_COUNT];

/// Binary logarithm of the number of rows of each table: form · last 3 · last 2 · first 3 · shape · last 4 ·
/// (first, length, capital) · gazetteer bits that begin here · gazetteer bits that go on here.
const TABLE_BITS: [u32; KEY_COUNT] = [15, 13, 11, 13, 11, 13, 9, 8, 8];

/// Number of rows of each table.
#[allow(clippy::indexing_slicing, reason = "evaluated when the program is compiled")]
pub const TABLE_ROWS: [usize; KEY_COUNT] = {
    let mut rows = [0; KEY_COUNT];
    let mut at = 0;
    while at < KEY_COUNT {
        rows[at] = 1 << TABLE_BITS[at];
        at += 1;
    }
    rows
};

/// Runs of one shape are cut at this many units.
const SHAPE_RUN_MAX: usize = 3;

/// Lengths beyond this one are one length.
const LENGTH_MAX: usize = 15;

/// Buffers of [`keys`], reused from word to word.
#[derive(Clone, Debug, Default)]
pub struct FeatureScratch {
    units: Vec<char>,
}

/// The rows of a word. `begins` and `inside` are the gazetteer lists that have an entry which begins at this word, or
/// goes on in it, one bit a list.
pub fn keys(form: &str, begins: u8, inside: u8, scratch: &mut FeatureScratch) -> Keys {
    let units = &mut scratch.units;
    units.clear();
    let mut shape = Hash::new(4);
    let mut run = (None, 0);
    for character in form.chars() {
        let class = shape_of(character);
        run = if run.0 == Some(class) { (run.0, run.1 + 1) } else { (Some(class), 1) };
        if run.1 <= SHAPE_RUN_MAX {
            shape = shape.with(class);
        }
        push_units(character, units);
    }
    let capital = form.chars().next().is_some_and(char::is_uppercase);
    let first = units.first().copied().unwrap_or(' ');
    let length = units.len().min(LENGTH_MAX) as u32;
    let mark = Hash::new(6).with(first).with_number(length).with_number(u32::from(capital));
    [
        row(0, of_units(0, units)),
        row(1, of_units(1, tail(units, 3))),
        row(2, of_units(2, tail(units, 2))),
        row(3, of_units(3, units.get(..3).unwrap_or(units))),
        row(4, shape),
        row(5, of_units(5, tail(units, 4))),
        row(6, mark),
        u32::from(begins),
        u32::from(inside),
    ]
}

fn tail(units: &[char], count: usize) -> &[char] {
    units.get(units.len().saturating_sub(count)..).unwrap_or(units)
}

fn push_units(character: char, units: &mut Vec<char>) {
    match character {
        '0'..='9' => units.push('0'),
        'A'..='Z' => units.push(character.to_ascii_lowercase()),
        '\0'..='\u{7f}' => units.push(character),
        '‘' | '’' | 'ʼ' => units.push('\''),
        '“' | '”' => units.push('"'),
        _ if character.is_numeric() => units.push('0'),
        _ => units.extend(character.to_lowercase()),
    }
}

fn shape_of(character: char) -> char {
    match character {
        'a'..='z' => 'x',
        'A'..='Z' => 'X',
        '0'..='9' => 'd',
        '\0'..='\u{7f}' => character,
        '‘' | '’' | 'ʼ' => '\'',
        '“' | '”' => '"',
        _ if character.is_uppercase() => 'X',
        _ if character.is_lowercase() => 'x',
        _ if character.is_alphanumeric() => 'u',
        _ => character,
    }
}

fn of_units(table: u32, units: &[char]) -> Hash {
    units.iter().fold(Hash::new(table), |hash, unit| hash.with(*unit))
}

fn row(table: usize, hash: Hash) -> u32 {
    let bits = TABLE_BITS.get(table).copied().unwrap_or(1);
    (hash.finish() >> (64 - bits)) as u32
}

/// FNV-1a over characters, begun differently for each table, with the finaliser of MurmurHash3 (fmix64).
#[derive(Clone, Copy)]
struct Hash(u64);

impl Hash {
    fn new(table: u32) -> Self {
        Hash(0xcbf2_9ce4_8422_2325).with_number(table)
    }

    fn with(self, character: char) -> Self {
        self.with_number(u32::from(character))
    }

    fn with_number(self, number: u32) -> Self {
        Hash((self.0 ^ u64::from(number)).wrapping_mul(0x0100_0000_01b3))
    }

    fn finish(self) -> u64 {
        let mut hash = self.0;
        hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        hash ^ (hash >> 33)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(form: &str) -> Keys {
        keys(form, 0, 0, &mut FeatureScratch::default())
    }

    #[test]
    fn rows_of_known_words_stay_what_they_are() {
        // the weights of every model depend on these: a change here makes a trained model meaningless
        assert_eq!(of("Élysée"), [28742, 525, 900, 3137, 1318, 3830, 482, 0, 0]);
        assert_eq!(of("1,200"), [10464, 5486, 521, 2492, 1174, 6088, 324, 0, 0]);
    }

    #[test]
    fn case_digits_and_quotes_are_told_apart_by_shape_only() {
        let (upper, lower) = (of("Élysée"), of("élysée"));
        assert_eq!(upper[0], lower[0]);
        assert_ne!(upper[4], lower[4]);
        assert_eq!(of("1987"), of("2024"));
        assert_eq!(of("’s"), of("'s"));
    }

    proptest! {
        #[test]
        fn every_string_has_rows_within_the_tables(form in "\\PC*", begins: u8, inside: u8) {
            let keys = keys(&form, begins, inside, &mut FeatureScratch::default());
            prop_assert!(keys.iter().zip(TABLE_ROWS).all(|(key, rows)| (*key as usize) < rows));
        }
    }
}
