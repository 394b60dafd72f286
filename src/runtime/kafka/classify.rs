//! Client error to action: the table of the classes, one test per row.
//!
//! A transactional call says its class itself by three flags: fatal, requires abort, retriable; none of the three means
//! fatal (rdkafka.h). Codes are looked at only where flags do not say enough: who was fenced, and what a consumer error
//! asks for.

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use super::super::error::{Action, Error, ExitReason, HoldReason};

/// The flags of a transactional error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flags {
    pub(super) fatal: bool,
    pub(super) requires_abort: bool,
    pub(super) retriable: bool,
}

/// An error of a transactional call.
pub(super) fn transactional(doing: &'static str, error: &KafkaError) -> Error {
    let action = match error {
        KafkaError::Transaction(inner) => {
            let flags = Flags {
                fatal: inner.is_fatal(),
                requires_abort: inner.txn_requires_abort(),
                retriable: inner.is_retriable(),
            };
            by_flags(flags, inner.code())
        }
        // The wrapper's flush inside commit: the commit has to be called again.
        KafkaError::Flush(Code::OperationTimedOut) => Action::Retry,
        other => by_flags(
            Flags { fatal: true, requires_abort: false, retriable: false },
            other.rdkafka_error_code().unwrap_or(Code::Fail),
        ),
    };
    Error::new(doing, error.to_string(), action)
}

fn by_flags(flags: Flags, code: Code) -> Action {
    match code {
        Code::Fenced | Code::ProducerFenced | Code::InvalidProducerEpoch
            if !flags.requires_abort =>
        {
            return Action::Exit(ExitReason::Fenced);
        }
        _ => {}
    }
    if flags.requires_abort {
        Action::Abort
    } else if flags.retriable && !flags.fatal {
        Action::Retry
    } else {
        Action::Rebuild
    }
}

/// An error whose own code only says "fatal" becomes what the client knows behind it: another worker took our place.
pub(super) fn with_fatal_cause(error: Error, fatal: Option<(Code, String)>) -> Error {
    match fatal {
        Some((Code::Fenced | Code::ProducerFenced | Code::InvalidProducerEpoch, cause)) => {
            Error { cause, action: Action::Exit(ExitReason::Fenced), ..error }
        }
        Some((_, cause)) => Error { cause, ..error },
        None => error,
    }
}

/// An error of `send`.
pub(super) fn send(error: &KafkaError) -> Error {
    let doing = "send a record";
    let action = match error.rdkafka_error_code() {
        Some(Code::QueueFull) => Action::Retry,
        Some(Code::MessageSizeTooLarge) => Action::DeadLetter,
        Some(Code::State) => Action::Exit(ExitReason::Broken),
        Some(Code::Fenced | Code::ProducerFenced) => Action::Exit(ExitReason::Fenced),
        Some(Code::Fatal) => Action::Rebuild,
        _ => Action::Abort,
    };
    Error::new(doing, error.to_string(), action)
}

/// An error that `poll` reports.
pub(super) fn consume(error: &KafkaError) -> Error {
    let code = error.rdkafka_error_code();
    let fatal = matches!(error, KafkaError::MessageConsumptionFatal(_));
    let action = match code {
        Some(Code::FencedInstanceId) => Action::Exit(ExitReason::Fenced),
        Some(Code::AutoOffsetReset | Code::OffsetOutOfRange) => {
            Action::Hold(HoldReason::OffsetLost)
        }
        Some(Code::TopicAuthorizationFailed | Code::GroupAuthorizationFailed) => {
            Action::Hold(HoldReason::NoRights)
        }
        _ if fatal => Action::Exit(ExitReason::Broken),
        _ => Action::Retry,
    };
    let doing = match code {
        Some(Code::AutoOffsetReset | Code::OffsetOutOfRange) => {
            "go on at the committed offset, which the topic no longer holds (retention overtook the worker: data is lost)"
        }
        Some(Code::FencedInstanceId) => {
            "stay in the group, because another live worker uses our name (kafka.instance must be unique)"
        }
        _ => "consume",
    };
    Error::new(doing, error.to_string(), action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_decide_and_none_of_them_is_fatal() {
        let flags = |fatal, requires_abort, retriable| Flags { fatal, requires_abort, retriable };
        let rows = [
            (flags(false, true, false), Code::IllegalGeneration, Action::Abort),
            (flags(false, true, false), Code::UnknownMemberId, Action::Abort),
            (flags(false, true, false), Code::FencedInstanceId, Action::Abort),
            (flags(false, true, false), Code::InvalidProducerIdMapping, Action::Abort),
            (flags(false, true, false), Code::InvalidProducerEpoch, Action::Abort),
            (flags(false, false, true), Code::OperationTimedOut, Action::Retry),
            (flags(false, false, true), Code::CoordinatorLoadInProgress, Action::Retry),
            (flags(true, false, false), Code::OutOfOrderSequenceNumber, Action::Rebuild),
            (flags(true, false, false), Code::InvalidTransactionalState, Action::Rebuild),
            (flags(false, false, false), Code::Fail, Action::Rebuild),
            (flags(true, false, false), Code::Fenced, Action::Exit(ExitReason::Fenced)),
            (flags(true, false, false), Code::ProducerFenced, Action::Exit(ExitReason::Fenced)),
        ];
        for (flags, code, action) in rows {
            assert_eq!(by_flags(flags, code), action, "{code:?} {flags:?}");
        }
        let flush = KafkaError::Flush(Code::OperationTimedOut);
        assert_eq!(transactional("commit", &flush).action, Action::Retry);
    }

    #[test]
    fn behind_a_fatal_error_a_fence_is_found() {
        let fatal = Error::new("send a record", "Fatal", Action::Rebuild);
        let fenced = with_fatal_cause(fatal.clone(), Some((Code::Fenced, "fenced".to_owned())));
        assert_eq!(fenced.action, Action::Exit(ExitReason::Fenced));
        let other =
            with_fatal_cause(fatal.clone(), Some((Code::OutOfOrderSequenceNumber, String::new())));
        assert_eq!(other.action, Action::Rebuild);
        assert_eq!(with_fatal_cause(fatal.clone(), None), fatal);
    }

    #[test]
    fn a_send_that_fails_costs_the_least_that_is_safe() {
        let rows = [
            (Code::QueueFull, Action::Retry),
            (Code::MessageSizeTooLarge, Action::DeadLetter),
            (Code::State, Action::Exit(ExitReason::Broken)),
            (Code::Fenced, Action::Exit(ExitReason::Fenced)),
            (Code::Fatal, Action::Rebuild),
            (Code::UnknownTopic, Action::Abort),
        ];
        for (code, action) in rows {
            assert_eq!(send(&KafkaError::MessageProduction(code)).action, action, "{code:?}");
        }
    }

    #[test]
    fn a_lost_offset_and_missing_rights_hold_and_a_network_error_does_not() {
        let rows = [
            (
                KafkaError::MessageConsumption(Code::AutoOffsetReset),
                Action::Hold(HoldReason::OffsetLost),
            ),
            (
                KafkaError::MessageConsumption(Code::TopicAuthorizationFailed),
                Action::Hold(HoldReason::NoRights),
            ),
            (KafkaError::MessageConsumption(Code::BrokerTransportFailure), Action::Retry),
            (KafkaError::MessageConsumption(Code::AllBrokersDown), Action::Retry),
            (
                KafkaError::MessageConsumptionFatal(Code::FencedInstanceId),
                Action::Exit(ExitReason::Fenced),
            ),
            (KafkaError::MessageConsumptionFatal(Code::Fail), Action::Exit(ExitReason::Broken)),
        ];
        for (error, action) in rows {
            assert_eq!(consume(&error).action, action, "{error}");
        }
    }
}
