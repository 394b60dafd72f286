//! Our own lag, in records and in seconds.
//!
//! The client's own figure is wrong under transactions: offsets are committed by a producer call that the consumer's
//! statistics never see, so `consumer_lag` stays at -1. What we know ourselves: the last committed position, the
//! partition's end as the client's statistics last said, whether the end was reached, and the timestamp of the oldest
//! record that is not committed.
//!
//! A partition written by transactions ends with a marker that is never delivered: once the end was delivered and
//! everything is committed, the lag is 0 whatever the difference of offsets says.

use super::broker::Position;
use super::tracker::Head;

/// Lag of one partition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Lag {
    pub(crate) partition: i32,
    pub(crate) records: i64,
    pub(crate) seconds: f64,
}

/// The lag of each partition whose end is known.
pub(crate) fn lags(heads: &[Head], ends: &[Position], now_ms: i64) -> Vec<Lag> {
    heads.iter().filter_map(|head| lag(head, ends, now_ms)).collect()
}

fn lag(head: &Head, ends: &[Position], now_ms: i64) -> Option<Lag> {
    let partition = head.position.partition;
    if head.caught_up {
        return Some(Lag { partition, records: 0, seconds: 0.0 });
    }
    let end = ends.iter().find(|end| end.partition == partition);
    let records = match (end, head.oldest_timestamp_ms) {
        (Some(end), _) => {
            (end.offset - head.position.offset).max(i64::from(head.oldest_timestamp_ms.is_some()))
        }
        // No statistics yet, but something is on its way.
        (None, Some(_)) => 1,
        (None, None) => return None,
    };
    let seconds = match head.oldest_timestamp_ms {
        Some(timestamp_ms) if records > 0 => (now_ms - timestamp_ms).max(0) as f64 / 1000.0,
        Some(_) | None => 0.0,
    };
    Some(Lag { partition, records, seconds })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(offset: i64, oldest_timestamp_ms: Option<i64>, caught_up: bool) -> Head {
        let position = Position { partition: 0, offset };
        Head { position, oldest_timestamp_ms, oldest_admitted_ms: None, caught_up }
    }

    #[test]
    fn counts_from_the_last_commit_and_forgives_the_marker_at_the_end() {
        let end = [Position { partition: 0, offset: 11 }];
        let behind = lags(&[head(4, Some(1_000), false)], &end, 3_500);
        assert_eq!(behind, [Lag { partition: 0, records: 7, seconds: 2.5 }]);
        let done = lags(&[head(10, None, true)], &end, 3_500);
        assert_eq!(done, [Lag { partition: 0, records: 0, seconds: 0.0 }]);
    }

    #[test]
    fn is_never_negative_and_absent_while_nothing_is_known() {
        let end = [Position { partition: 0, offset: 3 }];
        let stale = lags(&[head(9, None, false)], &end, 0);
        assert_eq!(stale, [Lag { partition: 0, records: 0, seconds: 0.0 }]);
        assert_eq!(lags(&[head(9, None, false)], &[], 0), []);
        let first = lags(&[head(0, Some(10), false)], &[], 20);
        assert_eq!(first.first().map(|lag| lag.records), Some(1));
    }
}
