//! The label values of the metrics: closed enums, one lower-case word for each variant.
//!
//! A series for each word is made at the start, so the number of series follows from this file, and a drop or an end
//! that has no word cannot be counted under a wrong one. The enums of model that serve as labels bring their own words.
//! It knows no metric.

use crate::model::{Limit, PloverType, Stage};

/// A label value: a closed enum with one word for each variant.
pub trait Word: Copy + PartialEq + 'static {
    /// All values; each gets its series before anything is counted.
    const WORDS: &'static [Self];

    /// The label value.
    fn word(self) -> &'static str;
}

impl Word for Stage {
    const WORDS: &'static [Self] = &Stage::ALL;

    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl Word for Limit {
    const WORDS: &'static [Self] = &Limit::ALL;

    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl Word for PloverType {
    const WORDS: &'static [Self] = &PloverType::ALL;

    fn word(self) -> &'static str {
        self.as_str()
    }
}

/// What became of an article, once its transaction was committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessedOutcome {
    /// At least one event record.
    Events,
    /// Read, but nothing to code.
    NoEvent,
    /// The same article was seen before.
    Duplicate,
    /// Another language than the pack's.
    UnsupportedLanguage,
    /// A dead letter was written.
    DeadLetter,
    /// Dropped on purpose or lost; `dateline_discarded_articles_total` says which.
    Discarded,
}

impl Word for ProcessedOutcome {
    const WORDS: &'static [Self] = &[
        ProcessedOutcome::Events,
        ProcessedOutcome::NoEvent,
        ProcessedOutcome::Duplicate,
        ProcessedOutcome::UnsupportedLanguage,
        ProcessedOutcome::DeadLetter,
        ProcessedOutcome::Discarded,
    ];

    fn word(self) -> &'static str {
        match self {
            ProcessedOutcome::Events => "events",
            ProcessedOutcome::NoEvent => "no_event",
            ProcessedOutcome::Duplicate => "duplicate",
            ProcessedOutcome::UnsupportedLanguage => "unsupported_language",
            ProcessedOutcome::DeadLetter => "dead_letter",
            ProcessedOutcome::Discarded => "discarded",
        }
    }
}

/// Why records will be read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RewindReason {
    /// Their transaction was aborted.
    Abort,
    /// Their partition was taken away before they were committed.
    Revoke,
}

impl Word for RewindReason {
    const WORDS: &'static [Self] = &[RewindReason::Abort, RewindReason::Revoke];

    fn word(self) -> &'static str {
        match self {
            RewindReason::Abort => "abort",
            RewindReason::Revoke => "revoke",
        }
    }
}

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionResult {
    /// All its records are visible.
    Committed,
    /// None is; the inputs are read again.
    Aborted,
    /// Another worker has taken over the transactional id.
    Fenced,
}

impl Word for TransactionResult {
    const WORDS: &'static [Self] =
        &[TransactionResult::Committed, TransactionResult::Aborted, TransactionResult::Fenced];

    fn word(self) -> &'static str {
        match self {
            TransactionResult::Committed => "committed",
            TransactionResult::Aborted => "aborted",
            TransactionResult::Fenced => "fenced",
        }
    }
}

/// What the transaction is doing now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionState {
    /// None is open.
    Idle,
    /// Records are being added.
    Open,
    /// It is being flushed and committed.
    Committing,
    /// It is being aborted.
    Aborting,
}

impl Word for TransactionState {
    const WORDS: &'static [Self] = &[
        TransactionState::Idle,
        TransactionState::Open,
        TransactionState::Committing,
        TransactionState::Aborting,
    ];

    fn word(self) -> &'static str {
        match self {
            TransactionState::Idle => "idle",
            TransactionState::Open => "open",
            TransactionState::Committing => "committing",
            TransactionState::Aborting => "aborting",
        }
    }
}

/// Why the producer was made anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RebuildReason {
    /// It is not known whether a commit went through.
    UnknownOutcome,
    /// The client reported a fatal error.
    Fatal,
    /// Sequence numbers no longer fit the broker's.
    BrokenSequence,
}

impl Word for RebuildReason {
    const WORDS: &'static [Self] =
        &[RebuildReason::UnknownOutcome, RebuildReason::Fatal, RebuildReason::BrokenSequence];

    fn word(self) -> &'static str {
        match self {
            RebuildReason::UnknownOutcome => "unknown_outcome",
            RebuildReason::Fatal => "fatal",
            RebuildReason::BrokenSequence => "broken_sequence",
        }
    }
}

/// What a rebalance did to this worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RebalanceKind {
    /// Partitions came.
    Assign,
    /// Partitions went, with time to commit.
    Revoke,
    /// Partitions were gone before anything could be committed.
    Lost,
}

impl Word for RebalanceKind {
    const WORDS: &'static [Self] =
        &[RebalanceKind::Assign, RebalanceKind::Revoke, RebalanceKind::Lost];

    fn word(self) -> &'static str {
        match self {
            RebalanceKind::Assign => "assign",
            RebalanceKind::Revoke => "revoke",
            RebalanceKind::Lost => "lost",
        }
    }
}

/// The queues between the threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// From the loop to the pool.
    Input,
    /// From the pool to the loop.
    Results,
    /// Finished, waiting for earlier offsets of their partition.
    Release,
}

impl Word for Queue {
    const WORDS: &'static [Self] = &[Queue::Input, Queue::Results, Queue::Release];

    fn word(self) -> &'static str {
        match self {
            Queue::Input => "input",
            Queue::Results => "results",
            Queue::Release => "release",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The matches have no `_`, so that a new variant leads here and its word into WORDS.
    #[test]
    fn every_word_has_its_series() {
        let reasons = |reason| match reason {
            RewindReason::Abort | RewindReason::Revoke => 2,
        };
        let results = |result| match result {
            TransactionResult::Committed
            | TransactionResult::Aborted
            | TransactionResult::Fenced => 3,
        };
        let states = |state| match state {
            TransactionState::Idle
            | TransactionState::Open
            | TransactionState::Committing
            | TransactionState::Aborting => 4,
        };
        let rebuilds = |reason| match reason {
            RebuildReason::UnknownOutcome
            | RebuildReason::Fatal
            | RebuildReason::BrokenSequence => 3,
        };
        let kinds = |kind| match kind {
            RebalanceKind::Assign | RebalanceKind::Revoke | RebalanceKind::Lost => 3,
        };
        let queues = |queue| match queue {
            Queue::Input | Queue::Results | Queue::Release => 3,
        };
        let outcomes = |outcome| match outcome {
            ProcessedOutcome::Events
            | ProcessedOutcome::NoEvent
            | ProcessedOutcome::Duplicate
            | ProcessedOutcome::UnsupportedLanguage
            | ProcessedOutcome::DeadLetter
            | ProcessedOutcome::Discarded => 6,
        };
        assert_eq!(ProcessedOutcome::WORDS.len(), outcomes(ProcessedOutcome::Events));
        assert_eq!(RewindReason::WORDS.len(), reasons(RewindReason::Abort));
        assert_eq!(TransactionResult::WORDS.len(), results(TransactionResult::Fenced));
        assert_eq!(TransactionState::WORDS.len(), states(TransactionState::Idle));
        assert_eq!(RebuildReason::WORDS.len(), rebuilds(RebuildReason::Fatal));
        assert_eq!(RebalanceKind::WORDS.len(), kinds(RebalanceKind::Lost));
        assert_eq!(Queue::WORDS.len(), queues(Queue::Input));
    }
}
