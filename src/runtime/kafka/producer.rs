//! The producer side: one transactional producer, renewed whenever the outcome of its last transaction is in doubt.
//!
//! Why renew: the client speaks a transaction protocol in which a delayed copy of an old end-of-transaction request can
//! end the next transaction. A new `init_transactions` raises the epoch, which makes every delayed request invalid.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::{Header as ClientHeader, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};

use super::super::broker::Output;
use super::super::error::{Action, Error, ExitReason, RebuildReason};
use super::callbacks::{Connection, ProducerCallbacks};
use super::flush::flush;
use super::{KafkaOptions, classify, client_config};

/// How long one `init_transactions` may take before the caller looks at the stop again.
const INIT_WAIT: Duration = Duration::from_secs(5);

/// A commit or abort slower than this may have been sent twice inside the client: its outcome is doubtful.
const DOUBTFUL_AFTER: Duration = Duration::from_secs(5);

/// Longest flush before an abort: an abort right after the first send can overtake the registration of its partition.
const ABORT_FLUSH: Duration = Duration::from_secs(2);

/// The transactional producer.
pub(super) struct Transactions {
    properties: Vec<(String, String)>,
    topics: Vec<String>,
    connection: Arc<Connection>,
    producer: Option<ThreadedProducer<ProducerCallbacks>>,
    /// A producer whose `init_transactions` goes on in the client: starting over each time would never end where the
    /// brokers need longer than one wait.
    beginning: Option<ThreadedProducer<ProducerCallbacks>>,
    /// Why the producer must be renewed before the next transaction.
    doubt: Option<RebuildReason>,
    rebuilds: RefCell<Vec<RebuildReason>>,
}

impl Transactions {
    pub(super) fn new(options: &KafkaOptions, connection: &Arc<Connection>) -> Self {
        Transactions {
            properties: options.producer.clone(),
            topics: options.outputs.clone(),
            connection: Arc::clone(connection),
            producer: None,
            beginning: None,
            doubt: None,
            rebuilds: RefCell::default(),
        }
    }

    fn producer(&self) -> Result<&ThreadedProducer<ProducerCallbacks>, Error> {
        self.producer
            .as_ref()
            .ok_or_else(|| Error::new("use the producer", "it is being renewed", Action::Rebuild))
    }

    /// Makes a new producer and takes the transactional id over, which fences and ends whatever ran under it.
    pub(super) fn renew(&mut self) -> Result<(), Error> {
        let doing = "take the transactional id over";
        if self.producer.take().is_some() {
            let reason = self.doubt.take().unwrap_or(RebuildReason::Fatal);
            self.rebuilds.borrow_mut().push(reason);
        }
        let producer = match self.beginning.take() {
            Some(producer) => producer,
            None => self.create()?,
        };
        let Err(error) = producer.init_transactions(INIT_WAIT) else {
            self.producer = Some(producer);
            self.doubt = None;
            return Ok(());
        };
        let classified = classify::transactional(doing, &error);
        if classified.action == Action::Retry {
            self.beginning = Some(producer);
        }
        let action = match (error.rdkafka_error_code(), classified.action) {
            (
                Some(
                    RDKafkaErrorCode::TransactionalIdAuthorizationFailed
                    | RDKafkaErrorCode::ClusterAuthorizationFailed
                    | RDKafkaErrorCode::InvalidTransactionTimeout,
                ),
                _,
            ) => Action::Exit(ExitReason::Unprepared),
            (_, Action::Exit(reason)) => Action::Exit(reason),
            // Nothing is lost by starting over with yet another producer.
            _ => Action::Retry,
        };
        Err(Error { action, ..classified })
    }

    fn create(&self) -> Result<ThreadedProducer<ProducerCallbacks>, Error> {
        let callbacks = ProducerCallbacks::new(Arc::clone(&self.connection));
        client_config(&self.properties).create_with_context(callbacks).map_err(|error| {
            Error::new("create the producer", error.to_string(), Action::Exit(ExitReason::Broken))
        })
    }

    pub(super) fn take_rebuilds(&self) -> Vec<RebuildReason> {
        std::mem::take(&mut *self.rebuilds.borrow_mut())
    }

    pub(super) fn begin(&mut self) -> Result<(), Error> {
        if self.doubt.is_some() || self.producer.is_none() {
            self.renew()?;
        }
        let producer = self.producer()?;
        producer.context().begin();
        producer
            .begin_transaction()
            .map_err(|error| self.explained(classify::transactional("begin a transaction", &error)))
    }

    /// The error with what the client knows behind it.
    fn explained(&self, error: Error) -> Error {
        let fatal = self.producer.as_ref().and_then(|producer| producer.client().fatal_error());
        classify::with_fatal_cause(error, fatal)
    }

    pub(super) fn send(&self, output: &Output) -> Result<(), Error> {
        let Some(topic) = self.topics.get(output.topic.0) else {
            let broken = Action::Exit(ExitReason::Broken);
            return Err(Error::new("send a record", "the output topic is not known", broken));
        };
        let mut headers = OwnedHeaders::new_with_capacity(output.headers.len());
        for header in &output.headers {
            headers =
                headers.insert(ClientHeader { key: &header.name, value: header.value.as_deref() });
        }
        let record: BaseRecord<'_, [u8], [u8]> = BaseRecord {
            topic,
            partition: None,
            payload: output.value.as_deref(),
            key: output.key.as_deref(),
            timestamp: None,
            headers: Some(headers),
            delivery_opaque: (),
        };
        self.producer()?.send(record).map_err(|(error, _)| self.explained(classify::send(&error)))
    }

    pub(super) fn commit(
        &mut self,
        offsets: &TopicPartitionList,
        member: &ConsumerGroupMetadata,
        deadline: Duration,
    ) -> Result<(), Error> {
        self.try_commit(offsets, member, deadline).map_err(|error| self.explained(error))
    }

    fn try_commit(
        &mut self,
        offsets: &TopicPartitionList,
        member: &ConsumerGroupMetadata,
        deadline: Duration,
    ) -> Result<(), Error> {
        let until = Instant::now() + deadline;
        self.deliver(until)?;
        let producer = self.producer()?;
        retried(until, || producer.send_offsets_to_transaction(offsets, member, left(until)))
            .map_err(|error| {
                let error = classify::transactional("add the input offsets", &error);
                // Time is over and nothing was asked to end yet: giving up is safe.
                if error.action == Action::Retry {
                    Error { action: Action::Abort, ..error }
                } else {
                    error
                }
            })?;
        let started = Instant::now();
        let mut tries = 0;
        let committed = retried(until, || {
            tries += 1;
            producer.commit_transaction(left(until))
        });
        if tries > 1 || started.elapsed() > DOUBTFUL_AFTER {
            self.doubt = Some(RebuildReason::UnknownOutcome);
        }
        committed.map_err(|error| {
            let error = classify::transactional("commit the transaction", &error);
            if error.action == Action::Retry {
                Error { action: Action::Rebuild, ..error }
            } else {
                error
            }
        })
    }

    /// Waits for the delivery of every record of the transaction.
    fn deliver(&self, until: Instant) -> Result<(), Error> {
        let doing = "deliver the outputs";
        let producer = self.producer()?;
        flush(producer, left(until))
            .map_err(|code| Error::new(doing, format!("{code}"), Action::Abort))?;
        let Some((failed, code)) = producer.context().failures() else { return Ok(()) };
        let too_large = code == RDKafkaErrorCode::MessageSizeTooLarge as i32;
        let action = if too_large { Action::DeadLetter } else { Action::Abort };
        Err(Error::new(
            doing,
            format!("{failed} records failed, the first with code {code}"),
            action,
        ))
    }

    pub(super) fn abort(&mut self, deadline: Duration) -> Result<(), Error> {
        let until = Instant::now() + deadline;
        let producer = self.producer()?;
        if let Err(code) = flush(producer, ABORT_FLUSH) {
            tracing::debug!(%code, "aborting with outputs outstanding");
        }
        let started = Instant::now();
        let mut tries = 0;
        let aborted = retried(until, || {
            tries += 1;
            producer.abort_transaction(left(until))
        });
        if tries > 1 || started.elapsed() > DOUBTFUL_AFTER {
            self.doubt = Some(RebuildReason::UnknownOutcome);
        }
        aborted.map_err(|error| {
            let error = self.explained(classify::transactional("abort the transaction", &error));
            match error.action {
                Action::Exit(_) => error,
                _ => Error { action: Action::Rebuild, ..error },
            }
        })
    }

    pub(super) fn close(&mut self) {
        self.producer = None;
        self.beginning = None;
    }
}

fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}

/// The same call again while the client says that it may be repeated and time is left.
fn retried(until: Instant, mut call: impl FnMut() -> KafkaResult<()>) -> KafkaResult<()> {
    loop {
        let error: KafkaError = match call() {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        let again = classify::transactional("", &error).action == Action::Retry;
        if !again || left(until).is_zero() {
            return Err(error);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
