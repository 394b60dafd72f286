//! Errors of the runtime: what was being done, what was the cause, and what the loop does about it.

/// What the loop does about an error (the class of a client error, see `kafka/classify.rs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The same call again with the same arguments, within its time.
    Retry,
    /// This one record cannot be written: a dead letter in its place.
    DeadLetter,
    /// Abort the transaction, rewind to the last commit.
    Abort,
    /// As `Abort`, with a new producer: the outcome is unknown or the producer is broken.
    Rebuild,
    /// Stop consuming, keep the membership, say where it is stuck: somebody must act.
    Hold(HoldReason),
    /// End the process. Nothing may be committed any more.
    Exit(ExitReason),
}

/// Why consuming is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldReason {
    /// A committed offset that the topic does not hold (any more): records are lost.
    OffsetLost,
    /// Rights to read are missing.
    NoRights,
}

/// Why the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitReason {
    /// Another live process uses our identity.
    Fenced,
    /// An invariant is broken, or a client error that nothing heals.
    Broken,
    /// A topic is missing or settings do not fit the broker.
    Unprepared,
    /// A stop was asked for while the brokers were away: nothing more can be committed, nothing is lost.
    Stopped,
}

/// Why a producer was renewed. The words are label values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RebuildReason {
    /// A commit or abort of unknown or doubtful outcome.
    UnknownOutcome,
    /// A fatal client error.
    Fatal,
}

/// An error of the runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What was being done, as `cannot …` goes on (`commit the transaction`).
    pub doing: &'static str,
    /// The cause in words, with the values met.
    pub cause: String,
    /// What the loop does.
    pub action: Action,
}

impl Error {
    /// An error with its action.
    pub fn new(doing: &'static str, cause: impl Into<String>, action: Action) -> Self {
        Error { doing, cause: cause.into(), action }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot {}: {}", self.doing, self.cause)
    }
}

impl std::error::Error for Error {}
