//! The handles of the runtime: records, dead letters, transactions, partitions, queues, threads, the client.
//!
//! Method names are the runtime's words (received, rewound, released); the public names of the metrics live here only.
//! Series of a partition exist from its first value to [`WorkerMetrics::forget_partition`], and lag is never negative.
//! What health needs to know is passed on to it by the same calls, so the runtime says everything once.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use prometheus::{Gauge, GaugeVec, Histogram, IntCounter, IntCounterVec, IntGauge};

use super::Health;
use super::article::as_float;
use super::label::{
    Queue, RebalanceKind, RebuildReason, RewindReason, TransactionResult, TransactionState,
};
use super::partition::PartitionMetrics;
use super::registry::{ByWord, Registrar, TelemetryError, wait_seconds, work_seconds};
use crate::model::{RejectReason, Stage};

/// Metrics about records, transactions and the client.
pub struct WorkerMetrics {
    records: RecordMetrics,
    transactions: TransactionMetrics,
    membership: MembershipMetrics,
    load: LoadMetrics,
    partitions: PartitionMetrics,
    health: Arc<Health>,
}

struct RecordMetrics {
    received: IntCounterVec,
    out_of_range: IntCounterVec,
    topic: OnceLock<TopicCounters>,
    input_bytes: IntCounter,
    output_bytes: IntCounter,
    rewound: ByWord<RewindReason, IntCounter>,
    late: IntCounter,
    failures: Failures,
    discarded_intended: IntCounter,
    discarded_unintended: IntCounter,
    end_to_end: Histogram,
    worked: Histogram,
}

struct TopicCounters {
    received: IntCounter,
    out_of_range: IntCounter,
}

/// Errors and dead letters by stage and kind, with the pairs known beforehand looked up once.
struct Failures {
    errors: IntCounterVec,
    dead_letters: IntCounterVec,
    known: Vec<Failure>,
}

struct Failure {
    stage: &'static str,
    error_type: &'static str,
    error: IntCounter,
    dead_letter: IntCounter,
}

struct TransactionMetrics {
    results: ByWord<TransactionResult, IntCounter>,
    seconds: Histogram,
    records: Histogram,
    state: ByWord<TransactionState, IntGauge>,
    rebuilds: ByWord<RebuildReason, IntCounter>,
}

struct MembershipMetrics {
    assigned: IntGauge,
    paused: IntGauge,
    rebalances: ByWord<RebalanceKind, IntCounter>,
    revoke: Histogram,
    polled: Gauge,
    client_stats: Gauge,
    round_trip: GaugeVec,
    brokers: Mutex<Vec<(i32, Gauge)>>,
}

struct LoadMetrics {
    inflight_records: IntGauge,
    inflight_bytes: IntGauge,
    inflight_limit_bytes: IntGauge,
    queues: ByWord<Queue, IntGauge>,
    capacities: ByWord<Queue, IntGauge>,
    threads: IntGauge,
    busy: IntGauge,
}

impl WorkerMetrics {
    pub(super) fn register(
        registrar: &Registrar,
        health: Arc<Health>,
    ) -> Result<WorkerMetrics, TelemetryError> {
        Ok(WorkerMetrics {
            records: RecordMetrics::register(registrar)?,
            transactions: TransactionMetrics::register(registrar)?,
            membership: MembershipMetrics::register(registrar)?,
            load: LoadMetrics::register(registrar)?,
            partitions: PartitionMetrics::register(registrar)?,
            health,
        })
    }

    /// Names the input topic and makes its series. Call it once, before the first record; a second name is ignored,
    /// because a worker reads one topic.
    pub fn set_topic(&self, topic: &str) {
        self.records.topic.get_or_init(|| self.records.topic_counters(topic));
    }

    fn topic(&self) -> &TopicCounters {
        // An empty label value is the same as no label; nothing is lost if the topic was never named.
        self.records.topic.get_or_init(|| self.records.topic_counters(""))
    }

    /// Records that came from the broker and were admitted.
    pub fn received(&self, records: u64, bytes: u64) {
        self.topic().received.inc_by(records);
        self.records.input_bytes.inc_by(bytes);
    }

    /// Records that will be read again.
    pub fn rewound(&self, reason: RewindReason, records: u64) {
        self.records.rewound.at(reason).inc_by(records);
    }

    /// Results of an older generation, dropped.
    pub fn late_results(&self, n: u64) {
        self.records.late.inc_by(n);
    }

    /// A dead letter: counted as an error, too. Both words must come from a closed list of this program.
    pub fn dead_letter(&self, stage: &'static str, error_type: &'static str) {
        self.records.failures.dead_letter(stage, error_type);
    }

    /// Records dropped: on purpose (a policy), or lost. The second must never happen.
    pub fn discarded(&self, intentional: bool, n: u64) {
        if intentional {
            self.records.discarded_intended.inc_by(n);
        } else {
            self.records.discarded_unintended.inc_by(n);
        }
    }

    /// Payload bytes of sent records.
    pub fn output_bytes(&self, n: u64) {
        self.records.output_bytes.inc_by(n);
    }

    /// A transaction ended: how, how long after its begin, with how many input records.
    pub fn transaction(&self, result: TransactionResult, seconds: f64, records: u64) {
        self.transactions.results.at(result).inc();
        if result == TransactionResult::Committed {
            self.transactions.seconds.observe(seconds);
            self.transactions.records.observe(as_float(records));
        }
    }

    /// What the transaction does from now on.
    pub fn transaction_state(&self, state: TransactionState) {
        for (word, series) in self.transactions.state.iter() {
            series.set(i64::from(word == state));
        }
    }

    /// The producer was made anew.
    pub fn producer_rebuilt(&self, reason: RebuildReason) {
        self.transactions.rebuilds.at(reason).inc();
    }

    /// Time from an input record's timestamp to the commit of its outputs. Clocks of two machines may disagree;
    /// a negative difference counts as 0.
    pub fn end_to_end(&self, seconds: f64) {
        self.records.end_to_end.observe(seconds.max(0.0));
    }

    /// Work time of one record on the pool.
    pub fn worked(&self, seconds: f64) {
        self.records.worked.observe(seconds);
    }

    /// Distance from a partition's end, by our own books. A negative number means that the end is not yet known as
    /// far as we have read, and counts as 0.
    pub fn lag(&self, topic: &str, partition: i32, records: i64, seconds: f64) {
        let behind = u64::try_from(records).unwrap_or(0);
        self.partitions.lag(topic, partition, behind, seconds.max(0.0));
        self.health.lag(topic, partition, behind);
    }

    /// When a partition's committed position last moved. Say it at assignment, too: a series that begins at 1970
    /// would look like a stall.
    pub fn progress(&self, topic: &str, partition: i32, unix_seconds: f64) {
        self.partitions.progress(topic, partition, unix_seconds);
        self.health.progress(topic, partition, unix_seconds);
    }

    /// Age of a partition's oldest record in work; 0 when there is none.
    pub fn oldest_unfinished(&self, topic: &str, partition: i32, seconds: f64) {
        self.partitions.oldest_unfinished(topic, partition, seconds.max(0.0));
    }

    /// Removes every series of a partition that is no longer ours.
    pub fn forget_partition(&self, topic: &str, partition: i32) {
        self.partitions.forget(topic, partition);
        self.health.forget_partition(topic, partition);
    }

    /// Number of partitions that are ours.
    pub fn assigned(&self, partitions: i64) {
        self.membership.assigned.set(partitions);
        self.health.set_assigned(partitions);
    }

    /// Number of our partitions that are paused.
    pub fn paused(&self, partitions: i64) {
        self.membership.paused.set(partitions);
        self.health.set_paused(partitions);
    }

    /// A rebalance took place.
    pub fn rebalance(&self, kind: RebalanceKind) {
        self.membership.rebalances.at(kind).inc();
        self.health.rebalanced();
    }

    /// Time spent finishing and committing while partitions were taken away.
    pub fn revoke_duration(&self, seconds: f64) {
        self.membership.revoke.observe(seconds);
    }

    /// Records and bytes admitted and not yet committed.
    pub fn inflight(&self, records: i64, bytes: i64) {
        self.load.inflight_records.set(records);
        self.load.inflight_bytes.set(bytes);
    }

    /// Bytes at which reading pauses.
    pub fn inflight_limit_bytes(&self, bytes: i64) {
        self.load.inflight_limit_bytes.set(bytes);
    }

    /// Length of a queue.
    pub fn queue(&self, queue: Queue, length: i64) {
        self.load.queues.at(queue).set(length);
    }

    /// Capacity of a queue.
    pub fn queue_capacity(&self, queue: Queue, capacity: i64) {
        self.load.capacities.at(queue).set(capacity);
    }

    /// Number of threads of the pool.
    pub fn threads(&self, total: i64) {
        self.load.threads.set(total);
    }

    /// A thread of the pool began (+1) or ended (-1) a record.
    pub fn thread_busy(&self, delta: i64) {
        self.load.busy.add(delta);
    }

    /// The poll loop ran. This is also the clock of what health knows about partitions.
    pub fn polled(&self, unix_seconds: f64) {
        self.membership.polled.set(unix_seconds);
        self.health.polled(unix_seconds);
    }

    /// Statistics of the client came. They travel through the poll queue and stop when polling stops.
    pub fn client_stats(&self, unix_seconds: f64) {
        self.membership.client_stats.set(unix_seconds);
    }

    /// Mean round trip to a broker. Bootstrap entries, whose ids are negative, are left out: they are the same
    /// machines under another name.
    pub fn broker_rtt(&self, broker_id: i32, seconds: f64) {
        if broker_id >= 0 {
            self.membership.broker_rtt(broker_id, seconds);
        }
    }

    /// Retention had removed records before they were read.
    pub fn offset_out_of_range(&self) {
        self.topic().out_of_range.inc();
    }
}

impl RecordMetrics {
    fn register(registrar: &Registrar) -> Result<RecordMetrics, TelemetryError> {
        let discarded = registrar.labelled_counters(
            "discarded_articles_total",
            "Articles dropped: true by policy, false lost, which must stay 0",
            &["intentional"],
        )?;
        Ok(RecordMetrics {
            received: registrar.labelled_counters(
                "articles_received_total",
                "Articles delivered by the broker and admitted",
                &["topic"],
            )?,
            out_of_range: registrar.labelled_counters(
                "offset_out_of_range_total",
                "Times retention had removed articles before they were read: data is lost",
                &["topic"],
            )?,
            topic: OnceLock::new(),
            input_bytes: registrar
                .counter("input_bytes_total", "Payload bytes of admitted articles")?,
            output_bytes: registrar
                .counter("output_bytes_total", "Payload bytes of sent records")?,
            rewound: registrar.counters(
                "articles_rewound_total",
                "Articles given back uncommitted, to be read again",
                "reason",
            )?,
            late: registrar.counter(
                "late_results_total",
                "Results for partitions that had gone or were rewound, dropped",
            )?,
            failures: Failures::register(registrar)?,
            discarded_intended: discarded.with_label_values(&["true"]),
            discarded_unintended: discarded.with_label_values(&["false"]),
            end_to_end: registrar.histogram(
                "end_to_end_latency_seconds",
                "Time from the input record's timestamp to the commit of its outputs",
                wait_seconds(),
            )?,
            worked: registrar.histogram(
                "article_duration_seconds",
                "Work time of one article on a thread of the pool",
                work_seconds(),
            )?,
        })
    }

    fn topic_counters(&self, topic: &str) -> TopicCounters {
        TopicCounters {
            received: self.received.with_label_values(&[topic]),
            out_of_range: self.out_of_range.with_label_values(&[topic]),
        }
    }
}

impl Failures {
    fn register(registrar: &Registrar) -> Result<Failures, TelemetryError> {
        let labels = ["stage", "error_type"];
        let errors = registrar.labelled_counters(
            "errors_total",
            "Errors that concern one article, by stage and kind",
            &labels,
        )?;
        let dead_letters = registrar.labelled_counters(
            "dead_letters_total",
            "Dead letters written, by stage and kind of error",
            &labels,
        )?;
        let failure = |(stage, error_type): (&'static str, &'static str)| Failure {
            stage,
            error_type,
            error: errors.with_label_values(&[stage, error_type]),
            dead_letter: dead_letters.with_label_values(&[stage, error_type]),
        };
        let known = known_failures().map(failure).collect();
        Ok(Failures { errors, dead_letters, known })
    }

    fn dead_letter(&self, stage: &'static str, error_type: &'static str) {
        let same = |failure: &&Failure| failure.stage == stage && failure.error_type == error_type;
        if let Some(failure) = self.known.iter().find(same) {
            failure.error.inc();
            failure.dead_letter.inc();
        } else {
            // A pair that this file does not list still counts; both words are literals of the program.
            self.errors.with_label_values(&[stage, error_type]).inc();
            self.dead_letters.with_label_values(&[stage, error_type]).inc();
        }
    }
}

/// Decode and clean reject; any stage may panic; an output may be refused by the client for its size.
fn known_failures() -> impl Iterator<Item = (&'static str, &'static str)> {
    [Stage::Decode, Stage::Clean]
        .into_iter()
        .flat_map(|stage| RejectReason::WORDS.map(|reason| (stage.as_str(), reason)))
        .chain([("panic", "panic"), ("publish", "output_too_large")])
}

impl TransactionMetrics {
    fn register(registrar: &Registrar) -> Result<TransactionMetrics, TelemetryError> {
        let metrics = TransactionMetrics {
            results: registrar.counters(
                "transactions_total",
                "Transactions by how they ended",
                "result",
            )?,
            seconds: registrar.histogram(
                "transaction_duration_seconds",
                "Time from begin to commit of a committed transaction",
                wait_seconds(),
            )?,
            records: registrar.histogram(
                "transaction_articles",
                "Input articles of a committed transaction",
                // Powers of about three from one article to what a window may hold at the largest settings.
                vec![1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, 10_000.0, 30_000.0],
            )?,
            state: registrar.gauges(
                "transaction_state",
                "1 for what the transaction is doing now, 0 for the rest",
                "state",
            )?,
            rebuilds: registrar.counters(
                "producer_rebuilds_total",
                "Times the producer was made anew, by reason",
                "reason",
            )?,
        };
        metrics.state.at(TransactionState::Idle).set(1);
        Ok(metrics)
    }
}

impl MembershipMetrics {
    fn register(registrar: &Registrar) -> Result<MembershipMetrics, TelemetryError> {
        Ok(MembershipMetrics {
            assigned: registrar.gauge("assigned_partitions", "Partitions of this worker")?,
            paused: registrar
                .gauge("paused_partitions", "Partitions of this worker that are not read now")?,
            rebalances: registrar.counters(
                "rebalances_total",
                "Rebalances by what they did to this worker",
                "kind",
            )?,
            revoke: registrar.histogram(
                "revoke_duration_seconds",
                "Time to finish and commit while partitions were taken away",
                wait_seconds(),
            )?,
            polled: registrar.seconds(
                "last_poll_timestamp_seconds",
                "Unix time of the last turn of the poll loop",
            )?,
            client_stats: registrar.seconds(
                "client_stats_timestamp_seconds",
                "Unix time of the last statistics of the Kafka client",
            )?,
            round_trip: registrar.labelled_seconds(
                "broker_rtt_seconds",
                "Mean round trip to a broker, from the client's statistics",
                &["broker"],
            )?,
            brokers: Mutex::default(),
        })
    }

    fn broker_rtt(&self, broker_id: i32, seconds: f64) {
        let mut brokers = self.brokers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, series)) = brokers.iter().find(|(known, _)| *known == broker_id) {
            series.set(seconds);
            return;
        }
        let series = self.round_trip.with_label_values(&[broker_id.to_string()]);
        series.set(seconds);
        brokers.push((broker_id, series));
    }
}

impl LoadMetrics {
    fn register(registrar: &Registrar) -> Result<LoadMetrics, TelemetryError> {
        Ok(LoadMetrics {
            inflight_records: registrar
                .gauge("inflight_articles", "Articles admitted and not yet committed")?,
            inflight_bytes: registrar
                .gauge("inflight_bytes", "Bytes of articles admitted and not yet committed")?,
            inflight_limit_bytes: registrar
                .gauge("inflight_limit_bytes", "Bytes in flight at which reading pauses")?,
            queues: registrar.gauges("queue_articles", "Articles in a queue", "queue")?,
            capacities: registrar.gauges(
                "queue_capacity_articles",
                "Articles that a queue can hold",
                "queue",
            )?,
            threads: registrar.gauge("worker_threads", "Threads of the pool")?,
            busy: registrar
                .gauge("worker_threads_busy", "Threads of the pool that work on an article now")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_known_beforehand_are_distinct() {
        let mut pairs: Vec<_> = known_failures().collect();
        assert_eq!(pairs.len(), 16);
        pairs.sort_unstable();
        pairs.dedup();
        assert_eq!(pairs.len(), 16);
    }
}
