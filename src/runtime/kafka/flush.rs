//! The client library's own flush, which waits for the outstanding count to reach zero and ignores linger.
//!
//! The wrapper's `flush` alternates a zero-time flush with polls of up to 100 ms, which puts a floor of 100 ms under
//! every commit. The native call only waits while the polling thread serves reports; a report's callback has run before
//! the count falls, so when it returns without error every delivery result is known.

#![allow(unsafe_code, reason = "one call of the C library that the wrapper does not offer")]

use std::time::Duration;

use rdkafka::bindings::rd_kafka_flush;
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::producer::{Producer, ThreadedProducer};
use rdkafka::types::RDKafkaRespErr;

use super::callbacks::ProducerCallbacks;

/// Waits until no record is outstanding.
///
/// # Errors
/// The client's code; `OperationTimedOut` when the time is over first.
pub(super) fn flush(
    producer: &ThreadedProducer<ProducerCallbacks>,
    wait: Duration,
) -> Result<(), RDKafkaErrorCode> {
    let wait_ms = i32::try_from(wait.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: the pointer comes from the live producer, which is borrowed for the whole call; rd_kafka_flush may be
    // called from any thread (rdkafka.h).
    let code = unsafe { rd_kafka_flush(producer.client().native_ptr(), wait_ms) };
    match code {
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR => Ok(()),
        code => Err(code.into()),
    }
}
