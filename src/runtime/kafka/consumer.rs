//! The consumer side: records out of the client's buffer, assignments completed with explicit start offsets, pause and
//! rewind. Offsets are never committed here: that is the transaction's part.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers};
use rdkafka::{Message, Offset, TopicPartitionList};

use super::super::broker::{Header, InputRecord, Position, Step};
use super::super::error::{Action, Error, ExitReason};
use super::callbacks::{Connection, ConsumerCallbacks, Facts, Rebalance};
use super::{KafkaOptions, Start, classify, client_config};

/// How long one question to the brokers may take. Polling stands still meanwhile, which `max.poll.interval.ms` bounds.
const ASK_WAIT: Duration = Duration::from_secs(5);

/// Name given to a header whose own name is not UTF-8; Kafka allows such names, the client library does not.
const UNREADABLE_HEADER: &str = "dateline.unreadable-header";

/// The consumer and what it reads.
pub(super) struct Intake {
    consumer: Option<BaseConsumer<ConsumerCallbacks>>,
    topic: String,
    start: Start,
}

impl Intake {
    pub(super) fn new(options: &KafkaOptions, connection: &Arc<Connection>) -> Result<Self, Error> {
        let callbacks = ConsumerCallbacks::new(&options.input, Arc::clone(connection));
        let consumer = client_config(&options.consumer)
            .create_with_context(callbacks)
            .map_err(|error| refused("create the consumer", &error))?;
        Ok(Intake { consumer: Some(consumer), topic: options.input.clone(), start: options.start })
    }

    pub(super) fn consumer(&self) -> Result<&BaseConsumer<ConsumerCallbacks>, Error> {
        self.consumer.as_ref().ok_or_else(|| {
            Error::new("use the consumer", "it is closed", Action::Exit(ExitReason::Broken))
        })
    }

    pub(super) fn subscribe(&self) -> Result<(), Error> {
        self.consumer()?
            .subscribe(&[&self.topic])
            .map_err(|error| refused("subscribe to the input topic", &error))
    }

    pub(super) fn facts(&self) -> Facts {
        self.consumer.as_ref().map(|consumer| consumer.context().facts()).unwrap_or_default()
    }

    pub(super) fn poll(&self, wait: Duration) -> Step {
        let Ok(consumer) = self.consumer() else { return Step::Idle };
        if let Some(step) = next_rebalance(consumer) {
            return step;
        }
        let polled = match consumer.poll(wait) {
            None => None,
            Some(Ok(message)) => Some(Step::Record(copy(&message))),
            Some(Err(KafkaError::PartitionEOF(partition))) => Some(Step::End(partition)),
            Some(Err(error)) => Some(Step::Failed(classify::consume(&error))),
        };
        // The callback of a rebalance runs inside poll, which then returns nothing.
        polled.or_else(|| next_rebalance(consumer)).unwrap_or(Step::Idle)
    }

    /// Committed offsets where there are any, else the configured start; then fetching begins there.
    pub(super) fn assigned(&self, partitions: &[i32]) -> Result<Vec<Position>, Error> {
        let consumer = self.consumer()?;
        let mut starts = Vec::with_capacity(partitions.len());
        for (partition, offset) in self.committed_offsets(partitions)? {
            let offset = match offset {
                Some(offset) => offset,
                None => self.first_offset(consumer, partition)?,
            };
            starts.push(Position { partition, offset });
        }
        consumer
            .incremental_assign(&self.list(&starts)?)
            .map_err(|error| refused("take the assignment", &error))?;
        Ok(starts)
    }

    fn first_offset(
        &self,
        consumer: &BaseConsumer<ConsumerCallbacks>,
        partition: i32,
    ) -> Result<i64, Error> {
        let (low, high) = consumer
            .fetch_watermarks(&self.topic, partition, ASK_WAIT)
            .map_err(|error| later("find the start of a partition", &error))?;
        let timestamp_ms = match self.start {
            Start::Earliest => return Ok(low),
            Start::Latest => return Ok(high),
            Start::Timestamp(timestamp_ms) => timestamp_ms,
        };
        let list = self.list(&[Position { partition, offset: timestamp_ms }])?;
        let found = consumer
            .offsets_for_times(list, ASK_WAIT)
            .map_err(|error| later("find the record of a time", &error))?;
        let offset = found.elements().first().map(|element| element.offset());
        Ok(match offset {
            Some(Offset::Offset(offset)) => offset,
            // No record is that young yet.
            Some(_) | None => high,
        })
    }

    /// The first position before its partition's first record or behind its end.
    pub(super) fn out_of_range(&self, positions: &[Position]) -> Option<Position> {
        let consumer = self.consumer().ok()?;
        positions.iter().copied().find(|position| {
            let marks = consumer.fetch_watermarks(&self.topic, position.partition, ASK_WAIT);
            marks.is_ok_and(|(low, high)| position.offset < low || position.offset > high)
        })
    }

    pub(super) fn committed(&self, partitions: &[i32]) -> Result<Vec<Position>, Error> {
        let offsets = self.committed_offsets(partitions)?;
        let known = offsets
            .into_iter()
            .filter_map(|(partition, offset)| offset.map(|offset| Position { partition, offset }));
        Ok(known.collect())
    }

    fn committed_offsets(&self, partitions: &[i32]) -> Result<Vec<(i32, Option<i64>)>, Error> {
        if partitions.is_empty() {
            return Ok(Vec::new());
        }
        let doing = "read the committed offsets";
        let committed = self
            .consumer()?
            .committed_offsets(self.bare_list(partitions), ASK_WAIT)
            .map_err(|error| later(doing, &error))?;
        let mut offsets = Vec::with_capacity(partitions.len());
        for element in committed.elements() {
            element.error().map_err(|error| later(doing, &error))?;
            let offset = match element.offset() {
                Offset::Offset(offset) => Some(offset),
                _ => None,
            };
            offsets.push((element.partition(), offset));
        }
        Ok(offsets)
    }

    pub(super) fn revoked(&self, partitions: &[i32]) -> Result<(), Error> {
        self.consumer()?
            .incremental_unassign(&self.bare_list(partitions))
            .map_err(|error| refused("give partitions back", &error))
    }

    pub(super) fn pause(&self, partitions: &[i32]) -> Result<(), Error> {
        self.consumer()?
            .pause(&self.bare_list(partitions))
            .map_err(|error| refused("pause", &error))
    }

    pub(super) fn resume(&self, partitions: &[i32]) -> Result<(), Error> {
        self.consumer()?
            .resume(&self.bare_list(partitions))
            .map_err(|error| refused("resume", &error))
    }

    /// Seeks each partition; every element carries an error of its own.
    pub(super) fn rewind(&self, positions: &[Position]) -> Result<(), Error> {
        if positions.is_empty() {
            return Ok(());
        }
        let doing = "seek to the last commit";
        let sought = self
            .consumer()?
            .seek_partitions(self.list(positions)?, ASK_WAIT)
            .map_err(|error| later(doing, &error))?;
        for element in sought.elements() {
            element.error().map_err(|error| later(doing, &error))?;
        }
        Ok(())
    }

    pub(super) fn group_metadata(&self) -> Result<ConsumerGroupMetadata, Error> {
        self.consumer()?.group_metadata().ok_or_else(|| {
            Error::new("commit the transaction", "the consumer is in no group", Action::Abort)
        })
    }

    pub(super) fn list(&self, positions: &[Position]) -> Result<TopicPartitionList, Error> {
        let mut list = TopicPartitionList::with_capacity(positions.len());
        for position in positions {
            let offset = Offset::Offset(position.offset);
            list.add_partition_offset(&self.topic, position.partition, offset)
                .map_err(|error| refused("name an offset", &error))?;
        }
        Ok(list)
    }

    fn bare_list(&self, partitions: &[i32]) -> TopicPartitionList {
        let mut list = TopicPartitionList::with_capacity(partitions.len());
        for partition in partitions {
            list.add_partition(&self.topic, *partition);
        }
        list
    }

    /// Leaves the group's protocol within the deadline. A static member keeps its place: its next start goes on at once.
    pub(super) fn close(&mut self, deadline: Duration) {
        let Some(consumer) = self.consumer.take() else { return };
        consumer.context().closing();
        let (done, closed) = std::sync::mpsc::channel();
        // Dropping polls until the client is closed, which may take up to the session time-out with the broker gone.
        let closing =
            std::thread::Builder::new().name("close-consumer".to_owned()).spawn(move || {
                drop(consumer);
                // Nobody listens any more when the deadline has passed.
                done.send(()).ok();
            });
        if closing.is_err() || closed.recv_timeout(deadline).is_err() {
            tracing::warn!("the consumer did not close within its deadline");
        }
    }
}

fn next_rebalance(consumer: &BaseConsumer<ConsumerCallbacks>) -> Option<Step> {
    consumer.context().next_rebalance().map(|change| match change {
        Rebalance::Assign(partitions) => Step::Assigned(partitions),
        Rebalance::Revoke { partitions, lost } => Step::Revoked { partitions, lost },
    })
}

/// Copies a record out of the client: a borrowed message pins the whole fetch it came with.
fn copy(message: &BorrowedMessage<'_>) -> InputRecord {
    InputRecord {
        partition: message.partition(),
        offset: message.offset(),
        timestamp_ms: message.timestamp().to_millis(),
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers: headers(message),
    }
}

fn headers(message: &BorrowedMessage<'_>) -> Vec<Header> {
    let Some(headers) = message.headers() else { return Vec::new() };
    (0..headers.count())
        .map(|at| {
            // The library panics at a header name that is not UTF-8; such a record must not end the worker.
            let read = catch_unwind(AssertUnwindSafe(|| {
                headers.try_get(at).map(|h| (h.key.to_owned(), h.value.map(<[u8]>::to_vec)))
            }));
            match read {
                Ok(Some((name, value))) => Header { name, value },
                Ok(None) | Err(_) => Header { name: UNREADABLE_HEADER.to_owned(), value: None },
            }
        })
        .collect()
}

fn refused(doing: &'static str, error: &KafkaError) -> Error {
    Error::new(doing, error.to_string(), Action::Exit(ExitReason::Broken))
}

fn later(doing: &'static str, error: &KafkaError) -> Error {
    Error::new(doing, error.to_string(), Action::Retry)
}
