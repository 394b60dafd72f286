//! Scorers: gold texts and an extractor's output in, figures out.
//!
//! `gold` and `short` read the gold files' texts, `conllu` treebanks, `entity_file` texts with names; `analysed` analyses
//! them. `syntax` scores trees, `span` names. `extracted` brings the model's events into the form that is compared,
//! `pairing` says which event is which, `participant` who is who, `event` and `dyad` count, `agreement` makes figures of
//! counts, `report` prints them. Pure as the rest of the core: files are read by the command line.

mod agreement;
mod amount;
mod analysed;
mod conllu;
mod dyad;
mod entity_file;
mod event;
mod extracted;
mod gold;
mod pairing;
mod participant;
mod report;
mod short;
mod span;
mod syntax;
#[cfg(test)]
mod tests;

use crate::extract::Extractor;
use crate::model::{Hint, Reject};

pub use agreement::{Both, Interval, Share, macro_f1};
pub use analysed::{analyse_entities, analyse_raw, analyse_words, analysed};
pub use conllu::{TreeDocument, TreeSentence, TreeWord, read_conllu};
pub use dyad::{Dyad, DyadTally, read_dyads};
pub use entity_file::{EntityDocument, EntityLabel, EntityName, EntityScheme, read_entities};
pub use event::{Headline, KindTally, Tally};
pub use extracted::{Count, Counts, Extracted, Extraction, Party, Place, Realis};
pub use gold::{FieldSpan, GoldCount, GoldDocument, GoldError, GoldEvent, TriggerPlace, read_full};
pub use pairing::{Pair, pair, texts_overlap};
pub use report::{EventReport, Measure};
pub use short::read_short;
pub use span::{CoarseKind, NameTally};
pub use syntax::{SyntaxReport, SyntaxTally};

/// Extracts the events of a gold document, which is handed over as the native JSON envelope.
///
/// # Errors
/// The extractor's reject.
pub fn extract(extractor: &Extractor, document: &GoldDocument) -> Result<Extraction, Reject> {
    let enriched = extractor.extract(&document.envelope(), &Hint::default(), &mut ())?;
    Ok(Extraction::of(&enriched))
}
