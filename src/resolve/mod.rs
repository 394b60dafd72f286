//! Says who the mentions of an article are, as far as the tables tell: country, sectors, canonical name.
//!
//! One actor per mention, in the same order. Each mention is read by itself: a surname or a pronoun does not get the
//! country of the full name before it, and no office is looked up.

mod entity;

use crate::model::{Analysis, Article, Notes, Resolution};
use crate::pack::Setup;

/// The actors of the mentions of `analysis`. Total; files no issue, since a mention without a row is normal.
pub fn resolve(
    setup: &Setup,
    article: &Article,
    analysis: &Analysis,
    _notes: &mut Notes,
) -> Resolution {
    let mut hits = Vec::new();
    let actors = analysis
        .mentions
        .iter()
        .zip(0..)
        .map(|(mention, at)| {
            let evidence = entity::evidence(setup, article, (analysis, mention), &mut hits);
            entity::actor(setup, mention, at, &evidence)
        })
        .collect();
    Resolution { actors }
}
