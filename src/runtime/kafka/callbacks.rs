//! What the client calls on us: every callback stores and returns. None decides, blocks or panics.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rdkafka::bindings::rd_kafka_resp_err_t as Code;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryResult, ProducerContext};
use rdkafka::statistics::Statistics;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{Message, TopicPartitionList};

use super::super::broker::Position;
use crate::telemetry::{Health, Repeats, Shown};

/// A change of the assignment, as the callback stored it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rebalance {
    Assign(Vec<i32>),
    Revoke { partitions: Vec<i32>, lost: bool },
}

/// What both clients tell about the connection.
#[derive(Default)]
pub(super) struct Connection {
    /// The client said that all brokers are down and nothing has said otherwise since.
    down: AtomicBool,
    repeats: Mutex<Repeats>,
    /// Told at once: the loop may be waiting in a call that the outage holds up.
    health: Option<Arc<Health>>,
}

impl Connection {
    pub(super) fn telling(health: &Arc<Health>) -> Self {
        Connection { health: Some(Arc::clone(health)), ..Connection::default() }
    }

    pub(super) fn is_down(&self) -> bool {
        self.down.load(Ordering::Relaxed)
    }

    pub(super) fn is_up(&self) {
        self.reached(true);
    }

    fn reached(&self, reached: bool) {
        self.down.store(!reached, Ordering::Relaxed);
        if let Some(health) = &self.health {
            health.set_broker_reached(reached, super::unix_ms() as f64 / 1000.0);
        }
    }

    fn heard(&self, error: &KafkaError, reason: &str) {
        // The client calls the end of a partition an error; the loop takes it as a step.
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::PartitionEOF) {
            return;
        }
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::AllBrokersDown) {
            self.reached(false);
        }
        let code = error.rdkafka_error_code();
        if let Some(
            RDKafkaErrorCode::AllBrokersDown
            | RDKafkaErrorCode::BrokerTransportFailure
            | RDKafkaErrorCode::Resolve
            | RDKafkaErrorCode::OperationTimedOut,
        ) = code
        {
            // The call that suffers from it fails too, and the loop says so once in ten seconds.
            tracing::debug!(?code, reason, "the connection fails");
            return;
        }
        let code = code.map_or_else(String::new, |code| format!("{code:?}"));
        match locked(&self.repeats).happened(super::unix_ms() as f64 / 1000.0) {
            Shown::First => tracing::warn!(code, reason, "the Kafka client reports an error"),
            Shown::Summary(times) => {
                tracing::warn!(code, reason, times, "the Kafka client reports errors");
            }
            Shown::No => {}
        }
    }
}

/// A log line of the client. Its info and debug lines are of interest to developers of the client only.
fn log_line(level: RDKafkaLogLevel, facility: &str, message: &str) {
    match level {
        RDKafkaLogLevel::Emerg
        | RDKafkaLogLevel::Alert
        | RDKafkaLogLevel::Critical
        | RDKafkaLogLevel::Error
        | RDKafkaLogLevel::Warning
        | RDKafkaLogLevel::Notice => tracing::debug!(facility, message, "client"),
        RDKafkaLogLevel::Info | RDKafkaLogLevel::Debug => {
            tracing::trace!(facility, message, "client");
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the consumer's statistics said last.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    pub(super) at_ms: i64,
    pub(super) ends: Vec<Position>,
    pub(super) rtt_us: Vec<(i32, i64)>,
}

/// Callbacks of the consumer.
pub(super) struct ConsumerCallbacks {
    topic: String,
    connection: Arc<Connection>,
    rebalances: Mutex<VecDeque<Rebalance>>,
    facts: Mutex<Facts>,
    closing: AtomicBool,
}

impl ConsumerCallbacks {
    pub(super) fn new(topic: &str, connection: Arc<Connection>) -> Self {
        ConsumerCallbacks {
            topic: topic.to_owned(),
            connection,
            rebalances: Mutex::default(),
            facts: Mutex::default(),
            closing: AtomicBool::new(false),
        }
    }

    /// The oldest change of the assignment that the loop has not taken yet.
    pub(super) fn next_rebalance(&self) -> Option<Rebalance> {
        locked(&self.rebalances).pop_front()
    }

    pub(super) fn facts(&self) -> Facts {
        locked(&self.facts).clone()
    }

    /// From here on nobody takes stored rebalances: a revocation is completed at once, or closing would never end.
    pub(super) fn closing(&self) {
        self.closing.store(true, Ordering::SeqCst);
    }
}

impl ClientContext for ConsumerCallbacks {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log_line(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.connection.heard(&error, reason);
    }

    fn stats(&self, statistics: Statistics) {
        if statistics.brokers.values().any(|broker| broker.nodeid >= 0 && broker.state == "UP") {
            self.connection.is_up();
        }
        let mut facts = Facts { at_ms: super::unix_ms(), ..Facts::default() };
        if let Some(topic) = statistics.topics.get(&self.topic) {
            let mut ends: Vec<Position> = topic
                .partitions
                .values()
                .filter(|partition| partition.partition >= 0 && partition.ls_offset >= 0)
                .map(|p| Position { partition: p.partition, offset: p.ls_offset })
                .collect();
            ends.sort_unstable();
            facts.ends = ends;
        }
        facts.rtt_us = statistics
            .brokers
            .values()
            .filter(|broker| broker.nodeid >= 0)
            .filter_map(|broker| Some((broker.nodeid, broker.rtt.as_ref()?.avg)))
            .collect();
        *locked(&self.facts) = facts;
    }
}

impl ConsumerContext for ConsumerCallbacks {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        code: RDKafkaRespErr,
        list: &mut TopicPartitionList,
    ) {
        let partitions: Vec<i32> = list
            .elements()
            .iter()
            .map(rdkafka::topic_partition_list::TopicPartitionListElem::partition)
            .collect();
        if self.closing.load(Ordering::SeqCst) {
            if code == Code::RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS
                && let Err(error) = consumer.incremental_unassign(list)
            {
                tracing::warn!(%error, "giving partitions back at close failed");
            }
            return;
        }
        let change = match code {
            Code::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => Rebalance::Assign(partitions),
            Code::RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS => {
                Rebalance::Revoke { partitions, lost: consumer.assignment_lost() }
            }
            other => {
                tracing::warn!(code = ?other, "a rebalance failed; the client will try again");
                return;
            }
        };
        locked(&self.rebalances).push_back(change);
    }
}

/// Callbacks of the producer: what became of the records of the open transaction.
pub(super) struct ProducerCallbacks {
    connection: Arc<Connection>,
    failed: AtomicI64,
    first_code: AtomicI32,
}

impl ProducerCallbacks {
    pub(super) fn new(connection: Arc<Connection>) -> Self {
        ProducerCallbacks { connection, failed: AtomicI64::new(0), first_code: AtomicI32::new(0) }
    }

    /// Forgets the reports of the last transaction.
    pub(super) fn begin(&self) {
        self.failed.store(0, Ordering::SeqCst);
        self.first_code.store(0, Ordering::SeqCst);
    }

    /// Records that could not be delivered, and the code of the first one.
    pub(super) fn failures(&self) -> Option<(i64, i32)> {
        let failed = self.failed.load(Ordering::SeqCst);
        (failed > 0).then(|| (failed, self.first_code.load(Ordering::SeqCst)))
    }
}

impl ClientContext for ProducerCallbacks {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log_line(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.connection.heard(&error, reason);
    }

    fn stats(&self, _statistics: Statistics) {}
}

impl ProducerContext for ProducerCallbacks {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, message)) = result {
            debug_assert!(!message.topic().is_empty());
            let code = error.rdkafka_error_code().map_or(-1, |code| code as i32);
            if self.failed.fetch_add(1, Ordering::SeqCst) == 0 {
                self.first_code.store(code, Ordering::SeqCst);
            }
        }
    }
}
