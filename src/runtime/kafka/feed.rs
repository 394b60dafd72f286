//! A plain idempotent producer that writes records to one topic: what `dateline feed` sends example input with.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};

use super::super::error::{Action, Error, ExitReason};
use super::callbacks::{Connection, ProducerCallbacks};
use super::{classify, client_config};

/// Properties that belong to transactions only.
const TRANSACTIONAL: [&str; 2] = ["transactional.id", "transaction.timeout.ms"];

/// A producer for one topic.
pub struct Feeder {
    producer: ThreadedProducer<ProducerCallbacks>,
    topic: String,
}

impl Feeder {
    /// A producer with the worker's producer properties, outside any transaction.
    ///
    /// # Errors
    /// `Exit` when a property is not understood.
    pub fn new(properties: &[(String, String)], topic: &str) -> Result<Self, Error> {
        let plain: Vec<(String, String)> = properties
            .iter()
            .filter(|(name, _)| !TRANSACTIONAL.contains(&name.as_str()))
            .cloned()
            .collect();
        let producer = client_config(&plain)
            .create_with_context(ProducerCallbacks::new(Arc::new(Connection::default())))
            .map_err(|error| {
                let broken = Action::Exit(ExitReason::Broken);
                Error::new("create the producer", error.to_string(), broken)
            })?;
        Ok(Feeder { producer, topic: topic.to_owned() })
    }

    /// Hands a record over, with the present time.
    ///
    /// # Errors
    /// `Retry` when the queue is full.
    pub fn send(&self, value: &[u8]) -> Result<(), Error> {
        let record: BaseRecord<'_, (), [u8]> = BaseRecord::to(&self.topic).payload(value);
        self.producer.send(record).map_err(|(error, _)| classify::send(&error))
    }

    /// Waits until everything is delivered.
    ///
    /// # Errors
    /// When records could not be delivered within the wait.
    pub fn finish(&self, wait: Duration) -> Result<(), Error> {
        let doing = "deliver the records";
        let broken = Action::Exit(ExitReason::Broken);
        self.producer.flush(wait).map_err(|error| Error::new(doing, error.to_string(), broken))?;
        match self.producer.context().failures() {
            None => Ok(()),
            Some((failed, code)) => {
                let cause = format!("{failed} records failed, the first with code {code}");
                Err(Error::new(doing, cause, broken))
            }
        }
    }
}
