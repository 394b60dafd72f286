//! What the application does with a record: `prepare` on any thread, in any order; `committed` after the commit.

use super::broker::{InputRecord, Output};

/// The application's side of the worker.
pub trait Processor: Send + Sync + 'static {
    /// What the application wants back once a record's outputs are committed.
    type Receipt: Send + 'static;

    /// Makes the outputs of one record. Pure: same record, same outputs. A panic costs this record only.
    ///
    /// # Errors
    /// A refusal, which becomes a dead letter or a counted skip.
    fn prepare(&self, input: &InputRecord) -> Result<Draft<Self::Receipt>, Refusal>;

    /// Told after each commit, in release order per partition. May neither fail nor block.
    fn committed(&self, settled: Vec<Settled<Self::Receipt>>);
}

/// The outputs of one record.
#[derive(Debug)]
pub struct Draft<R> {
    /// Records to write, in order.
    pub outputs: Vec<Output>,
    /// Handed back after the commit.
    pub receipt: R,
}

/// A record that yields no outputs of its own. All words are from closed sets and hold no text of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The stage that refuses.
    pub stage: &'static str,
    /// The kind of error.
    pub error_type: &'static str,
    /// One sentence for the operator.
    pub sentence: String,
    /// What becomes of the record.
    pub policy: Policy,
}

/// What becomes of a refused record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// It goes to the dead-letter topic, in the same transaction.
    DeadLetter,
    /// It is passed over on purpose, and counted.
    Skip,
}

/// What became of a record, after the commit.
#[derive(Debug)]
pub enum Settled<R> {
    /// Its outputs are committed.
    Done(R),
    /// It is in the dead-letter topic.
    DeadLetter {
        /// The stage that refused.
        stage: &'static str,
        /// The kind of error.
        error_type: &'static str,
    },
    /// It was passed over on purpose.
    Skipped,
}
