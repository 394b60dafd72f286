//! What the brokers hold of a test's topics: to kill at the right moment, and to explain a failure.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaResult;
use rdkafka::{Offset, TopicPartitionList};

use crate::support::{Quiet, Topics};

/// Longest wait for one answer.
const ASK_WAIT: Duration = Duration::from_secs(10);

/// Longest wait for an open transaction.
const OPEN_WAIT: Duration = Duration::from_secs(30);

/// Asks the brokers about the topics of one test; joins no group.
pub(crate) struct Look<'a> {
    topics: &'a Topics,
    /// Sees the ends of partitions.
    all: BaseConsumer<Quiet>,
    /// Sees how far readers of committed records can come; names the worker's group.
    stable: BaseConsumer<Quiet>,
}

impl<'a> Look<'a> {
    pub(crate) fn new(brokers: &str, topics: &'a Topics) -> Self {
        let client = |isolation: &str| {
            let mut config = ClientConfig::new();
            config.set("bootstrap.servers", brokers).set("group.id", &topics.input);
            config.set("isolation.level", isolation).create_with_context(Quiet).unwrap()
        };
        Look { topics, all: client("read_uncommitted"), stable: client("read_committed") }
    }

    /// Waits until outputs of an open transaction lie in a topic, until the worker has committed `inputs` records, or
    /// until the patience is over.
    pub(crate) fn await_open_transaction(&self, inputs: usize) {
        let started = Instant::now();
        let all = || self.committed().is_ok_and(|committed| committed >= inputs);
        while !self.is_open() && !all() && started.elapsed() < OPEN_WAIT {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn is_open(&self) -> bool {
        let outputs = [&self.topics.events, &self.topics.articles];
        outputs.into_iter().any(|topic| {
            (0..self.topics.partitions).any(|partition| {
                // The end first: what lies below it and is not stable a moment later is open.
                let end = self.all.fetch_watermarks(topic, partition, ASK_WAIT);
                let stable = self.stable.fetch_watermarks(topic, partition, ASK_WAIT);
                end.is_ok_and(|(_, end)| stable.is_ok_and(|(_, stable)| stable < end))
            })
        })
    }

    /// Input records that the group has committed.
    pub(crate) fn committed(&self) -> KafkaResult<usize> {
        let positions = self.positions()?;
        Ok(positions.into_iter().filter_map(|position| usize::try_from(position).ok()).sum())
    }

    fn positions(&self) -> KafkaResult<Vec<i64>> {
        let mut list = TopicPartitionList::new();
        list.add_partition_range(&self.topics.input, 0, self.topics.partitions - 1);
        // While a transaction is open, its offsets are not stable: who needs stable ones gets no answer.
        let committed = self.all.committed_offsets(list, ASK_WAIT)?;
        let offset = |offset| if let Offset::Offset(offset) = offset { offset } else { 0 };
        Ok(committed.elements().iter().map(|element| offset(element.offset())).collect())
    }

    /// All of it in words.
    pub(crate) fn state(&self) -> String {
        let mut said = format!("the group has committed, by partition: {:?}\n", self.positions());
        let topics = self.topics;
        for topic in [&topics.input, &topics.events, &topics.articles, &topics.dead] {
            for partition in 0..topics.partitions {
                let all = self.all.fetch_watermarks(topic, partition, ASK_WAIT);
                let stable = self.stable.fetch_watermarks(topic, partition, ASK_WAIT);
                match (all, stable) {
                    (Ok((first, end)), Ok((_, stable))) => writeln!(
                        said,
                        "{topic}/{partition}: first {first}, end {end}, without open transactions {stable}"
                    ),
                    (all, stable) => writeln!(said, "{topic}/{partition}: {all:?} {stable:?}"),
                }
                .unwrap();
            }
        }
        said
    }
}
