//! The one stable hash: what ids, keys of features and the label of a pack are made of.
//!
//! FNV-1a with 64 bits over the written bytes, then the finaliser of MurmurHash3 (fmix64), because FNV-1a alone leaves
//! its high bits poorly mixed for short inputs and labels show a part of the bits only. The value for given bytes is a
//! promise: ids in published records depend on it. It is fast on short input and is no defence against somebody who
//! wants two articles to collide.
//! Writes are not delimited: `write(b"ab")` equals `write(b"a"); write(b"b")`. [`StableHash::write_str`] is, so that
//! the pairs ("ab", "c") and ("a", "bc") differ.

use std::hash::Hasher;

use crate::map::Fnv;

/// A hash under way.
#[derive(Clone, Debug, Default)]
pub struct StableHash(Fnv);

impl StableHash {
    /// The hash of nothing yet.
    pub fn new() -> Self {
        StableHash::default()
    }

    /// Adds bytes as they are.
    pub fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    /// Adds the length of a text and the text.
    pub fn write_str(&mut self, text: &str) {
        self.write_u64(text.len() as u64);
        self.write(text.as_bytes());
    }

    /// Adds eight bytes, least significant first on every machine.
    pub fn write_u64(&mut self, number: u64) {
        self.write(&number.to_le_bytes());
    }

    /// The hash of what was written.
    pub fn finish(self) -> u64 {
        // fmix64 of MurmurHash3 (Appleby, public domain)
        let mut hash = self.0.finish();
        hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        hash ^ (hash >> 33)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hash(bytes: &[u8]) -> u64 {
        let mut hash = StableHash::new();
        hash.write(bytes);
        hash.finish()
    }

    #[test]
    fn values_stay_what_they_are() {
        // ids in published records depend on these: a change here is a change of every id
        assert_eq!(hash(b""), 0xefd0_1f60_ba99_2926);
        assert_eq!(hash(b"a"), 0x82a2_a958_a9be_ce5b);
        assert_eq!(hash(b"dateline"), 0x6f2c_8369_9167_b761);
        let mut number = StableHash::new();
        number.write_u64(1);
        assert_eq!(number.finish(), 0x4a3a_3a4b_a652_3826);
    }

    #[test]
    fn texts_are_delimited() {
        let pair = |left, right| {
            let mut hash = StableHash::new();
            hash.write_str(left);
            hash.write_str(right);
            hash.finish()
        };
        assert_eq!(pair("ab", "c"), 0x0495_f5d6_4226_8de7);
        assert_eq!(pair("a", "bc"), 0x028d_4aba_4bf9_93b3);
    }

    #[test]
    fn neighbours_differ_in_half_of_the_bits() {
        let distances = (0..1000_u32).map(|at| {
            let differ = hash(&at.to_le_bytes()) ^ hash(&(at + 1).to_le_bytes());
            differ.count_ones()
        });
        let mean = f64::from(distances.sum::<u32>()) / 1000.0;
        assert!((31.0..33.0).contains(&mean), "{mean}");
    }

    proptest! {
        #[test]
        fn pieces_hash_like_the_whole(left: Vec<u8>, right: Vec<u8>) {
            let mut pieces = StableHash::new();
            pieces.write(&left);
            pieces.write(&right);
            prop_assert_eq!(pieces.finish(), hash(&[left, right].concat()));
        }
    }
}
