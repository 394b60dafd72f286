//! The broker as the worker sees it: one trait, two implementations (Kafka, and one in memory for demo, examples and
//! seeded simulation), and the plain record types that cross it.
//!
//! One input topic is consumed, so a partition is named by its number alone. Output topics are named by their index in
//! the list given to the broker; what they mean is the application's business.

use std::time::Duration;

use super::error::Error;

/// One header of a record. Kafka allows names to repeat and values to be absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Name.
    pub name: String,
    /// Value, bytes.
    pub value: Option<Vec<u8>>,
}

impl Header {
    /// A header with a text value.
    pub fn text(name: &str, value: impl Into<String>) -> Self {
        Header { name: name.to_owned(), value: Some(value.into().into_bytes()) }
    }
}

/// A record as read, copied out of the client's buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputRecord {
    /// Partition of the input topic.
    pub partition: i32,
    /// Offset in that partition.
    pub offset: i64,
    /// Unix milliseconds, where the record has a timestamp.
    pub timestamp_ms: Option<i64>,
    /// Key.
    pub key: Option<Vec<u8>>,
    /// Value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    /// Headers in order.
    pub headers: Vec<Header>,
}

impl InputRecord {
    /// Payload bytes: key, value and headers. The unit of every byte budget.
    pub fn bytes(&self) -> usize {
        payload_bytes(self.key.as_deref(), self.value.as_deref(), &self.headers)
    }
}

/// Index into the list of output topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TopicIx(pub usize);

/// A record to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Where to.
    pub topic: TopicIx,
    /// Key.
    pub key: Option<Vec<u8>>,
    /// Value.
    pub value: Option<Vec<u8>>,
    /// Headers in order.
    pub headers: Vec<Header>,
}

impl Output {
    /// Payload bytes: key, value and headers.
    pub fn bytes(&self) -> usize {
        payload_bytes(self.key.as_deref(), self.value.as_deref(), &self.headers)
    }
}

fn payload_bytes(key: Option<&[u8]>, value: Option<&[u8]>, headers: &[Header]) -> usize {
    let of_headers: usize =
        headers.iter().map(|h| h.name.len() + h.value.as_ref().map_or(0, Vec::len)).sum();
    key.map_or(0, <[u8]>::len) + value.map_or(0, <[u8]>::len) + of_headers
}

/// A place in a partition: the offset of the next record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Partition of the input topic.
    pub partition: i32,
    /// Offset of the next record to read.
    pub offset: i64,
}

/// Everything that can wake the worker.
#[derive(Debug)]
pub enum Step {
    /// A record.
    Record(InputRecord),
    /// The group gives us partitions; completed by [`Broker::assigned`].
    Assigned(Vec<i32>),
    /// The group takes partitions; completed by [`Broker::revoked`].
    Revoked {
        /// Which.
        partitions: Vec<i32>,
        /// Already somebody else's: nothing of them can be committed.
        lost: bool,
    },
    /// The last record of a partition has been delivered.
    End(i32),
    /// The client reports an error.
    Failed(Error),
    /// Nothing within the wait.
    Idle,
}

/// A message broker with transactions over outputs and input offsets. All calls come from one thread and may block.
pub trait Broker {
    /// Waits up to `wait` for the next step.
    fn poll(&mut self, wait: Duration) -> Step;

    /// Completes an assignment: resolves where each partition starts (committed offset, else the configured start) and
    /// begins to fetch there.
    ///
    /// # Errors
    /// When offsets cannot be had now (`Retry`: the caller calls again) or never (`Exit`).
    fn assigned(&mut self, partitions: &[i32]) -> Result<Vec<Position>, Error>;

    /// Completes a revocation.
    ///
    /// # Errors
    /// When the client refuses.
    fn revoked(&mut self, partitions: &[i32]) -> Result<(), Error>;

    /// Stops fetching. Repeating it is harmless.
    ///
    /// # Errors
    /// When the client refuses.
    fn pause(&mut self, partitions: &[i32]) -> Result<(), Error>;

    /// Fetches again. Repeating it is harmless.
    ///
    /// # Errors
    /// When the client refuses.
    fn resume(&mut self, partitions: &[i32]) -> Result<(), Error>;

    /// Begins a transaction. Where the outcome of the last one was in doubt, renews the producer first.
    ///
    /// # Errors
    /// See the action of the error.
    fn begin(&mut self) -> Result<(), Error>;

    /// Writes one record in the open transaction, without waiting for the broker.
    ///
    /// # Errors
    /// `Retry` when the queue is full, `DeadLetter` when this one record is too large, else as the action says.
    fn send(&mut self, output: &Output) -> Result<(), Error>;

    /// Waits for all outputs, adds the input positions and commits.
    ///
    /// # Errors
    /// `Abort` when the transaction must be given up, `Rebuild` when its outcome is unknown.
    fn commit(&mut self, prefix: &[Position], deadline: Duration) -> Result<(), Error>;

    /// Gives the open transaction up.
    ///
    /// # Errors
    /// `Rebuild` when the producer is of no further use.
    fn abort(&mut self, deadline: Duration) -> Result<(), Error>;

    /// Reads again from these positions.
    ///
    /// # Errors
    /// When the client refuses.
    fn rewind(&mut self, positions: &[Position]) -> Result<(), Error>;

    /// Makes a new producer, which fences the former one and ends its transaction.
    ///
    /// # Errors
    /// `Retry` while the broker cannot be reached, `Exit` when another instance has taken the place.
    fn rebuild(&mut self) -> Result<(), Error>;

    /// The committed positions of the group, for finding out what became of a transaction.
    ///
    /// # Errors
    /// `Retry` while they cannot be had.
    fn committed(&mut self, partitions: &[i32]) -> Result<Vec<Position>, Error>;

    /// The first of these positions that its partition does not hold, as far as can be told.
    fn out_of_range(&mut self, _positions: &[Position]) -> Option<Position> {
        None
    }

    /// Unix milliseconds. Time comes from the broker, so that a simulation owns it.
    fn now_ms(&self) -> i64;

    /// Last known ends of partitions, for lag. May be older than the last record seen.
    fn ends(&self) -> Vec<Position>;

    /// What is known of the client itself, for gauges.
    fn client_facts(&self) -> ClientFacts {
        ClientFacts { reachable: true, ..ClientFacts::default() }
    }

    /// Bytes of payload that one output record may have.
    fn output_bytes_max(&self) -> usize;

    /// Leaves, within the deadline.
    fn close(&mut self, deadline: Duration);
}

/// What the client's statistics say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClientFacts {
    /// Whether at least one broker connection is up, as far as known.
    pub reachable: bool,
    /// When the statistics were made, Unix milliseconds; 0 before the first.
    pub stats_at_ms: i64,
    /// Round-trip time per broker id, microseconds.
    pub rtt_us: Vec<(i32, i64)>,
    /// Producers renewed since the last call, with the reason word.
    pub rebuilds: Vec<super::error::RebuildReason>,
}
