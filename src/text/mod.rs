//! Pure string algorithms that more than one stage needs: folding, the stable hash, longest match over phrase tables.
//!
//! Nothing here knows what a text means, and nothing here fails on any text.

mod fold;
mod hash;
mod phrase;

pub use fold::{fold, fold_into, fold_token_into, space_hyphens};
pub use hash::StableHash;
pub use phrase::{PhraseError, PhraseHit, PhraseTable};
