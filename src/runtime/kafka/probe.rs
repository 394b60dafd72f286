//! Before the worker joins: do the brokers answer, and do the topics exist. Nothing is created.

use std::time::Duration;

use rdkafka::consumer::Consumer;

use super::super::error::{Action, Error, ExitReason};
use super::KafkaOptions;
use super::consumer::Intake;

/// How long one look may take.
const METADATA_WAIT: Duration = Duration::from_secs(5);

/// Checks that every topic exists.
///
/// # Errors
/// `Retry` while no broker answers, `Exit` naming the first missing topic and the command that makes it.
pub(super) fn topics(intake: &Intake, options: &KafkaOptions) -> Result<(), Error> {
    // All topics are asked for: naming one could make a broker create it.
    let metadata = intake
        .consumer()?
        .fetch_metadata(None, METADATA_WAIT)
        .map_err(|error| Error::new("reach the brokers", error.to_string(), Action::Retry))?;
    for name in std::iter::once(&options.input).chain(&options.outputs) {
        let found = metadata.topics().iter().find(|topic| topic.name() == name);
        if found.is_none_or(|topic| topic.partitions().is_empty()) {
            return Err(Error::new(
                "start",
                format!(
                    "topic {name} does not exist; create it with: kafka-topics.sh --bootstrap-server BROKER \
                     --create --topic {name} --partitions 6"
                ),
                Action::Exit(ExitReason::Unprepared),
            ));
        }
    }
    Ok(())
}
