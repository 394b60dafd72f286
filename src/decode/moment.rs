//! Reads a day or a time as JSON fields and command lines write it, after RFC 3339 and ISO 8601.
//!
//! Only forms with one meaning are read: no month names, no order of day and month that a locale would decide, no
//! numbers of seconds. A clock time without offset is taken as UTC and says so.

use jiff::civil::{Date, Time};
use jiff::tz::Offset;

use crate::model::{Moment, ZoneBasis};

/// The accepted forms, for messages.
pub const MOMENT_FORMS: &str = "2024-11-13, 2024-11-13T16:20:00Z, 2024-11-13T17:20:00+01:00 or \
     2024-11-13 16:20:00 (taken as UTC)";

/// The moment that `text` states, or `None` where it has none of the accepted forms ([`MOMENT_FORMS`]).
///
/// Seconds and their fraction may be missing, and `T` may be a space. The civil day is that of the stated offset. A leap
/// second counts as the second before it.
pub fn parse_moment(text: &str) -> Option<Moment> {
    let (date, rest) = text.trim().split_at_checked(10)?;
    let day = read_day(date)?;
    if rest.is_empty() {
        return Some(Moment::Day(day));
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, zone) =
        rest.split_at_checked(rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len()))?;
    let time = read_clock(clock.trim_end())?;
    let (offset, zone) = match read_offset(zone) {
        _ if zone.is_empty() => (Offset::UTC, ZoneBasis::Assumed),
        offset => (offset?, ZoneBasis::Given),
    };
    let timestamp = offset.to_timestamp(day.to_datetime(time)).ok()?;
    Some(Moment::Instant { timestamp, day, zone })
}

fn read_day(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = digits(parts.next()?, 2)?;
    let day = digits(parts.next()?, 2)?;
    Date::new(year, month as i8, day as i8).ok().filter(|_| parts.next().is_none())
}

fn read_clock(text: &str) -> Option<Time> {
    let mut parts = text.split(':');
    let hour = digits(parts.next()?, 2)?;
    let minute = digits(parts.next()?, 2)?;
    let (second, nanosecond) = match parts.next() {
        None => (0, 0),
        Some(seconds) => read_seconds(seconds)?,
    };
    let second = if second == 60 { 59 } else { second };
    let time = Time::new(hour as i8, minute as i8, second as i8, nanosecond).ok()?;
    parts.next().is_none().then_some(time)
}

fn read_seconds(text: &str) -> Option<(i16, i32)> {
    let Some((whole, fraction)) = text.split_once('.') else {
        return Some((digits(text, 2)?, 0));
    };
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // beyond nanoseconds nothing is kept
    let nanosecond = fraction
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .take(9)
        .fold(0, |sum, digit| sum * 10 + i32::from(digit - b'0'));
    Some((digits(whole, 2)?, nanosecond))
}

/// `Z`, `+01:00` or `+0100`.
fn read_offset(text: &str) -> Option<Offset> {
    let (sign, hours, minutes) = match text.as_bytes() {
        [b'Z' | b'z'] => return Some(Offset::UTC),
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => (sign, text.get(1..3)?, text.get(4..6)?),
        [sign @ (b'+' | b'-'), _, _, _, _] => (sign, text.get(1..3)?, text.get(3..5)?),
        _ => return None,
    };
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = (i32::from(hours) * 60 + i32::from(minutes)) * 60;
    Offset::from_seconds(if *sign == b'-' { -seconds } else { seconds }).ok()
}

/// The number of exactly `count` digits; four at most, so that it fits.
fn digits(text: &str, count: usize) -> Option<i16> {
    debug_assert!(count <= 4, "more digits than the type holds");
    let right = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    right.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_instant_in_ten_writings() {
        for text in [
            "2024-11-13T16:20:00Z",
            "2024-11-13t16:20:00z",
            "2024-11-13 16:20:00Z",
            "2024-11-13T16:20Z",
            "2024-11-13T16:20:00.000Z",
            "2024-11-13T17:20:00+01:00",
            "2024-11-13T17:20:00+0100",
            "2024-11-13 11:20:00 -0500",
            "  2024-11-13T16:20:00+00:00\n",
            "2024-11-14T01:20:00+09:00",
        ] {
            let moment = parse_moment(text).unwrap_or_else(|| panic!("{text} is unread"));
            assert_eq!(moment.to_string(), "2024-11-13T16:20:00Z", "{text}");
        }
    }

    #[test]
    fn the_civil_day_is_that_of_the_stated_offset() {
        let day = |text| parse_moment(text).map(|moment| moment.day().to_string());
        assert_eq!(day("2024-11-14T01:20:00+09:00").as_deref(), Some("2024-11-14"));
        assert_eq!(day("2024-11-13T16:20:00Z").as_deref(), Some("2024-11-13"));
        assert_eq!(day("2013-03-10").as_deref(), Some("2013-03-10"));
    }

    #[test]
    fn a_time_without_offset_is_utc_and_says_so() {
        for text in ["2018-04-05 12:30:00", "2018-04-05T12:30:00", "2018-04-05 12:30"] {
            let Some(Moment::Instant { timestamp, zone, .. }) = parse_moment(text) else {
                panic!("{text} is no instant");
            };
            assert_eq!(
                (timestamp.to_string().as_str(), zone),
                ("2018-04-05T12:30:00Z", ZoneBasis::Assumed)
            );
        }
    }

    #[test]
    fn fractions_are_kept_and_a_leap_second_is_the_one_before() {
        let text = |text| parse_moment(text).map(|moment| moment.to_string());
        assert_eq!(text("2024-11-13T16:20:00.25Z").as_deref(), Some("2024-11-13T16:20:00.25Z"));
        assert_eq!(text("2016-12-31T23:59:60Z").as_deref(), Some("2016-12-31T23:59:59Z"));
    }

    #[test]
    fn what_is_ambiguous_or_no_date_is_not_read() {
        for text in [
            "",
            "2024",
            "2024-11",
            "2024-13-01",
            "2023-02-29",
            "13.11.2024",
            "11/13/2024",
            "20241113",
            "1731514800",
            "Nov 13, 2024",
            "2024-11-13T",
            "2024-11-13T25:00:00Z",
            "2024-11-13T16:60Z",
            "2024-11-13T16",
            "2024-11-13T16:20:00+24:00",
            "2024-11-13T16:20:00+1",
            "2024-11-13T16:20:00.Z",
            "2024-11-13T16:20:00 CET",
            "2024-11-13x",
            "2024-1-3",
            "+024-11-13",
            "2024-11-13T16:20:00ZZ",
            "2024-11-1é",
            "2024-11-13T16:20:00+é0",
            "None",
        ] {
            assert_eq!(parse_moment(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(seconds in -60_000_000_000_i64..200_000_000_000) {
            let timestamp = jiff::Timestamp::from_second(seconds).unwrap();
            let moment = parse_moment(&timestamp.to_string()).unwrap();
            prop_assert_eq!(moment.to_string(), timestamp.to_string());
        }

        #[test]
        fn any_text_never_panics(text in "[0-9TZtz:+. é-]{0,40}") {
            let _moment = parse_moment(&text);
        }
    }
}
