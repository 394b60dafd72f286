//! When an article says it was published, and the date that its relative dates refer to.

use jiff::Timestamp;
use jiff::civil::Date;

/// Where the zone of a clock time came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoneBasis {
    /// The input states an offset.
    Given,
    /// The input states none: UTC was assumed.
    Assumed,
}

/// A publication time as the input gives it: a day, or an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A civil day without clock time.
    Day(Date),
    /// An instant, with its civil day in the zone that the input stated.
    Instant {
        /// The instant.
        timestamp: Timestamp,
        /// The civil day in the stated (or assumed) zone.
        day: Date,
        /// Where the zone came from.
        zone: ZoneBasis,
    },
}

impl Moment {
    /// The civil day.
    pub fn day(self) -> Date {
        match self {
            Moment::Day(day) | Moment::Instant { day, .. } => day,
        }
    }
}

impl std::fmt::Display for Moment {
    /// ISO 8601: `2024-11-13` or `2024-11-13T16:20:00Z`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Moment::Day(day) => write!(f, "{day}"),
            Moment::Instant { timestamp, .. } => write!(f, "{timestamp}"),
        }
    }
}

/// Where the reference date came from, best first (records.md of the record contract).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceBasis {
    /// A full date in the dateline or in a date line.
    Dateline,
    /// The publication time.
    PublishedAt,
    /// The timestamp of the Kafka record.
    Record,
    /// Nothing: relative dates stay unresolved.
    None,
}

impl ReferenceBasis {
    /// The word in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            ReferenceBasis::Dateline => "dateline",
            ReferenceBasis::PublishedAt => "published_at",
            ReferenceBasis::Record => "record",
            ReferenceBasis::None => "none",
        }
    }
}

/// The date that relative dates in the article refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The date, if any is known.
    pub date: Option<Date>,
    /// Where it came from.
    pub from: ReferenceBasis,
}
