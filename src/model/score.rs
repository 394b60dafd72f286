//! Numbers as records hold them: integers inside, decimals at the edge (`publish/schema.rs` divides).

/// A probability-like score in thousandths, 0 to 1000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score(u16);

impl Score {
    /// A score of `thousandths`, capped at 1000.
    pub fn from_thousandths(thousandths: u16) -> Self {
        Score(thousandths.min(1000))
    }

    /// The score in thousandths.
    pub fn thousandths(self) -> u16 {
        self.0
    }
}

/// A value on the PLOVER or Goldstein scale in tenths, -100 to 100 (conflict to cooperation).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scale(i16);

impl Scale {
    /// A scale value of `tenths`.
    pub fn from_tenths(tenths: i16) -> Self {
        Scale(tenths.clamp(-100, 100))
    }

    /// The value in tenths.
    pub fn tenths(self) -> i16 {
        self.0
    }
}
