//! The series of assigned partitions: lag, progress, head of line. Made from the values that `worker.rs` passes on.
//!
//! A series exists from its first value on, so a partition that was never measured shows nothing instead of a 0 that
//! would look like health or like 1970; all of a partition's series go together when it is forgotten. Handles are kept
//! in a short list and found by comparing numbers, because a worker rarely has more than some dozens of partitions.

use std::sync::{Mutex, PoisonError};

use super::article::as_float;
use super::registry::{PartitionGauge, PartitionGauges, Registrar, TelemetryError};

/// Metrics with the labels topic and partition.
pub(super) struct PartitionMetrics {
    families: Families,
    partitions: Mutex<Vec<Partition>>,
}

struct Families {
    lag_articles: PartitionGauges,
    lag_seconds: PartitionGauges,
    progress: PartitionGauges,
    oldest_unfinished: PartitionGauges,
}

struct Partition {
    topic: String,
    partition: i32,
    lag: Option<(PartitionGauge, PartitionGauge)>,
    progress: Option<PartitionGauge>,
    oldest_unfinished: Option<PartitionGauge>,
}

impl PartitionMetrics {
    pub(super) fn register(registrar: &Registrar) -> Result<PartitionMetrics, TelemetryError> {
        let families = Families {
            lag_articles: registrar.partition_gauges(
                "consumer_lag_articles",
                "Articles between the last committed position and the partition's end, by own books",
            )?,
            lag_seconds: registrar.partition_gauges(
                "consumer_lag_seconds",
                "Age of the oldest article not yet processed; 0 when there is none",
            )?,
            progress: registrar.partition_gauges(
                "last_progress_timestamp_seconds",
                "Unix time at which the committed position last moved",
            )?,
            oldest_unfinished: registrar.partition_gauges(
                "oldest_unfinished_seconds",
                "Age of the oldest article in work, which holds back all later ones; 0 when idle",
            )?,
        };
        Ok(PartitionMetrics { families, partitions: Mutex::default() })
    }

    pub(super) fn lag(&self, topic: &str, partition: i32, records: u64, seconds: f64) {
        self.with(topic, partition, |families, entry| {
            let (articles, age) = entry.lag.get_or_insert_with(|| {
                (
                    families.lag_articles.series(topic, partition),
                    families.lag_seconds.series(topic, partition),
                )
            });
            articles.set(as_float(records));
            age.set(seconds);
        });
    }

    pub(super) fn progress(&self, topic: &str, partition: i32, unix_seconds: f64) {
        self.with(topic, partition, |families, entry| {
            entry
                .progress
                .get_or_insert_with(|| families.progress.series(topic, partition))
                .set(unix_seconds);
        });
    }

    pub(super) fn oldest_unfinished(&self, topic: &str, partition: i32, seconds: f64) {
        self.with(topic, partition, |families, entry| {
            entry
                .oldest_unfinished
                .get_or_insert_with(|| families.oldest_unfinished.series(topic, partition))
                .set(seconds);
        });
    }

    pub(super) fn forget(&self, topic: &str, partition: i32) {
        let mut partitions = self.partitions.lock().unwrap_or_else(PoisonError::into_inner);
        partitions.retain(|entry| entry.partition != partition || entry.topic != topic);
        self.families.lag_articles.remove(topic, partition);
        self.families.lag_seconds.remove(topic, partition);
        self.families.progress.remove(topic, partition);
        self.families.oldest_unfinished.remove(topic, partition);
    }

    fn with(&self, topic: &str, partition: i32, set: impl FnOnce(&Families, &mut Partition)) {
        let mut partitions = self.partitions.lock().unwrap_or_else(PoisonError::into_inner);
        let known = partitions
            .iter()
            .position(|entry| entry.partition == partition && entry.topic == topic);
        let ix = known.unwrap_or_else(|| {
            partitions.push(Partition {
                topic: topic.to_owned(),
                partition,
                lag: None,
                progress: None,
                oldest_unfinished: None,
            });
            partitions.len() - 1
        });
        if let Some(entry) = partitions.get_mut(ix) {
            set(&self.families, entry);
        }
    }
}
