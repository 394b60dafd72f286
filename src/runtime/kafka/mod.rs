//! Apache Kafka behind the [`Broker`] trait: a consumer and a transactional producer, used from one thread.
//!
//! The only folder that names the client library. What each part knows:
//!
//! | file | what it does |
//! |---|---|
//! | `consumer.rs` | poll, assignment and start offsets, pause, rewind |
//! | `producer.rs` | transactions, and a producer renewed after doubt |
//! | `callbacks.rs` | store and return |
//! | `classify.rs` | client error to action |
//! | `flush.rs` | the native flush |
//! | `feed.rs` | a plain producer, for example input |
//! | `probe.rs` | is it there, and are the topics |

mod callbacks;
mod classify;
mod consumer;
mod feed;
mod flush;
mod probe;
mod producer;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rdkafka::ClientConfig;

pub use self::feed::Feeder;

use self::callbacks::Connection;
use self::consumer::Intake;
use self::producer::Transactions;
use super::broker::{Broker, ClientFacts, Output, Position, Step};
use super::error::{Action, Error};
use super::shutdown::Stop;
use crate::telemetry::{Repeats, Shown, Telemetry};

/// Where a partition without a committed offset starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the oldest record.
    Earliest,
    /// After the newest record.
    Latest,
    /// At the first record of that Unix millisecond or later.
    Timestamp(i64),
}

/// How to reach Kafka and what to read and write there.
#[derive(Clone, Debug)]
pub struct KafkaOptions {
    /// Client properties of the consumer.
    pub consumer: Vec<(String, String)>,
    /// Client properties of the producer.
    pub producer: Vec<(String, String)>,
    /// The topic to read.
    pub input: String,
    /// The topics to write, in the order of [`super::broker::TopicIx`].
    pub outputs: Vec<String>,
    /// Where partitions without a committed offset start.
    pub start: Start,
    /// Payload bytes of one output record.
    pub output_bytes_max: usize,
}

/// The version of the client library.
pub fn client_version() -> String {
    rdkafka::util::get_rdkafka_version().1
}

fn unix_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(0)
}

fn client_config(properties: &[(String, String)]) -> ClientConfig {
    let mut config = ClientConfig::new();
    for (name, value) in properties {
        config.set(name, value);
    }
    config
}

/// A connection to Kafka: member of a group, owner of a transactional id.
pub struct KafkaBroker {
    intake: Intake,
    transactions: Transactions,
    connection: Arc<Connection>,
    output_bytes_max: usize,
}

impl KafkaBroker {
    /// Connects: waits until the brokers answer (for ever, saying so every ten seconds), checks that the topics exist,
    /// takes the transactional id over and joins the group. `None` when a stop was requested meanwhile.
    ///
    /// # Errors
    /// `Exit` when a topic is missing, a property is not understood, or rights are missing.
    pub fn connect(
        options: &KafkaOptions,
        stop: &Stop,
        telemetry: &Telemetry,
    ) -> Result<Option<Self>, Error> {
        let connection = Arc::new(Connection::telling(&telemetry.health));
        let intake = Intake::new(options, &connection)?;
        let mut transactions = Transactions::new(options, &connection);
        let reached = patiently(stop, telemetry, || probe::topics(&intake, options))?;
        if reached.is_none() {
            return Ok(None);
        }
        connection.is_up();
        if patiently(stop, telemetry, || transactions.renew())?.is_none() {
            return Ok(None);
        }
        intake.subscribe()?;
        let output_bytes_max = options.output_bytes_max;
        Ok(Some(KafkaBroker { intake, transactions, connection, output_bytes_max }))
    }
}

/// Calls until it works, an error ends the process, or a stop is requested (`None`).
fn patiently<T>(
    stop: &Stop,
    telemetry: &Telemetry,
    mut call: impl FnMut() -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    let mut repeats = Repeats::default();
    while !stop.is_requested() {
        let now = unix_ms() as f64 / 1000.0;
        match call() {
            Ok(value) => return Ok(Some(value)),
            Err(error) if matches!(error.action, Action::Exit(_)) => return Err(error),
            Err(error) => {
                telemetry.health.set_broker_reached(false, now);
                match repeats.happened(now) {
                    Shown::First => tracing::warn!(%error, "will try again until it works"),
                    Shown::Summary(times) => tracing::warn!(%error, times, "still trying"),
                    Shown::No => {}
                }
                std::thread::sleep(Duration::from_millis(250));
            }
        }
    }
    Ok(None)
}

impl Broker for KafkaBroker {
    fn poll(&mut self, wait: Duration) -> Step {
        self.intake.poll(wait)
    }

    fn assigned(&mut self, partitions: &[i32]) -> Result<Vec<Position>, Error> {
        self.intake.assigned(partitions)
    }

    fn revoked(&mut self, partitions: &[i32]) -> Result<(), Error> {
        self.intake.revoked(partitions)
    }

    fn pause(&mut self, partitions: &[i32]) -> Result<(), Error> {
        self.intake.pause(partitions)
    }

    fn resume(&mut self, partitions: &[i32]) -> Result<(), Error> {
        self.intake.resume(partitions)
    }

    fn begin(&mut self) -> Result<(), Error> {
        self.transactions.begin()
    }

    fn send(&mut self, output: &Output) -> Result<(), Error> {
        self.transactions.send(output)
    }

    fn commit(&mut self, prefix: &[Position], deadline: Duration) -> Result<(), Error> {
        let offsets = self.intake.list(prefix)?;
        // Fresh each time: with a stale copy the group could not refuse us after a rebalance.
        let member = self.intake.group_metadata()?;
        self.transactions.commit(&offsets, &member, deadline)
    }

    fn abort(&mut self, deadline: Duration) -> Result<(), Error> {
        self.transactions.abort(deadline)
    }

    fn rewind(&mut self, positions: &[Position]) -> Result<(), Error> {
        self.intake.rewind(positions)
    }

    fn rebuild(&mut self) -> Result<(), Error> {
        self.transactions.renew()
    }

    fn committed(&mut self, partitions: &[i32]) -> Result<Vec<Position>, Error> {
        self.intake.committed(partitions)
    }

    fn out_of_range(&mut self, positions: &[Position]) -> Option<Position> {
        self.intake.out_of_range(positions)
    }

    fn now_ms(&self) -> i64 {
        unix_ms()
    }

    fn ends(&self) -> Vec<Position> {
        self.intake.facts().ends
    }

    fn client_facts(&self) -> ClientFacts {
        let facts = self.intake.facts();
        ClientFacts {
            reachable: !self.connection.is_down(),
            stats_at_ms: facts.at_ms,
            rtt_us: facts.rtt_us,
            rebuilds: self.transactions.take_rebuilds(),
        }
    }

    fn output_bytes_max(&self) -> usize {
        self.output_bytes_max
    }

    fn close(&mut self, deadline: Duration) {
        self.transactions.close();
        self.intake.close(deadline);
    }
}
