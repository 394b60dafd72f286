//! `Map` and `Set` with a fixed hasher, so that no iteration order can depend on a random seed.
//!
//! Iteration order is still arbitrary: sort before anything reaches a record. The hasher is FNV-1a, which is good for
//! the short keys of the tables and is not meant to resist keys chosen by an attacker: keys come from the pack.

use std::hash::{BuildHasherDefault, Hasher};

/// A hash map whose iteration order is the same in every process.
#[expect(clippy::disallowed_types, reason = "this is the replacement that the lint points to")]
pub type Map<K, V> = std::collections::HashMap<K, V, BuildHasherDefault<Fnv>>;

/// A hash set whose iteration order is the same in every process.
#[expect(clippy::disallowed_types, reason = "this is the replacement that the lint points to")]
pub type Set<K> = std::collections::HashSet<K, BuildHasherDefault<Fnv>>;

/// FNV-1a, 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv).
#[derive(Clone, Debug)]
pub struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}
