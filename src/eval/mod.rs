//! Scorers: gold texts and an extractor's output in, figures out.
//!
//! `gold` and `short` read the gold files' texts, `extracted` brings the model's events into the form that is compared,
//! `pairing` says which event is which, `participant` who is who, `event` and `dyad` count, `agreement` makes figures of
//! counts, `report` prints them. Pure as the rest of the core: files are read by the command line.

mod agreement;
mod amount;
mod dyad;
mod event;
mod extracted;
mod gold;
mod pairing;
mod participant;
mod report;
mod short;
#[cfg(test)]
mod tests;

use crate::extract::Extractor;
use crate::model::{Hint, Reject};

pub use agreement::{Both, Interval, Share, macro_f1};
pub use dyad::{Dyad, DyadTally, read_dyads};
pub use event::{Headline, KindTally, Tally};
pub use extracted::{Count, Counts, Extracted, Extraction, Party, Place, Realis};
pub use gold::{FieldSpan, GoldCount, GoldDocument, GoldError, GoldEvent, TriggerPlace, read_full};
pub use pairing::{Pair, pair, texts_overlap};
pub use report::{EventReport, Measure};
pub use short::read_short;

/// Extracts the events of a gold document, which is handed over as the native JSON envelope.
///
/// # Errors
/// The extractor's reject.
pub fn extract(extractor: &Extractor, document: &GoldDocument) -> Result<Extraction, Reject> {
    let enriched = extractor.extract(&document.envelope(), &Hint::default(), &mut ())?;
    Ok(Extraction::of(&enriched))
}
