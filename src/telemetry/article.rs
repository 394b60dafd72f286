//! The handles of the news side: what became of articles, and what was found in them.
//!
//! Every method adds to series that exist since the start. `processed` and `events` are to be called for committed
//! work only: then the outcomes add up to what was received, less what is in flight and what was rewound, however
//! often a transaction was aborted.

use prometheus::{Histogram, IntCounter};

use super::label::ProcessedOutcome;
use super::registry::{ByWord, Registrar, TelemetryError, work_seconds};
use crate::model::{Limit, PloverType, Stage};

/// Metrics about articles and events.
pub struct ArticleMetrics {
    processed: ByWord<ProcessedOutcome, IntCounter>,
    events: ByWord<PloverType, IntCounter>,
    stages: ByWord<Stage, Histogram>,
    limits: ByWord<Limit, IntCounter>,
    events_per_article: Histogram,
    age: Histogram,
}

impl ArticleMetrics {
    pub(super) fn register(registrar: &Registrar) -> Result<ArticleMetrics, TelemetryError> {
        Ok(ArticleMetrics {
            processed: registrar.counters(
                "articles_processed_total",
                "Articles whose outcome is committed; all outcomes = received - in flight - rewound",
                "outcome",
            )?,
            events: registrar.counters(
                "events_emitted_total",
                "Committed event records by PLOVER type",
                "event_type",
            )?,
            stages: registrar.histograms(
                "stage_duration_seconds",
                "Work time of one stage on one article",
                "stage",
                work_seconds(),
            )?,
            limits: registrar.counters(
                "limits_reached_total",
                "Times a limit of [limits] cut or refused an article",
                "limit",
            )?,
            events_per_article: registrar.histogram(
                "events_per_article",
                "Event records of one committed article",
                // Most articles give none to five; the last bound is above what a long live report gives.
                vec![0.0, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0, 55.0, 89.0],
            )?,
            age: registrar.histogram(
                "article_age_seconds",
                "Time from publication to committed records; measures the feed, not the worker",
                // A minute to a month: live wires come within minutes, archives are replayed years later.
                vec![
                    60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 21600.0, 43200.0, 86400.0, 172_800.0,
                    604_800.0, 2_592_000.0,
                ],
            )?,
        })
    }

    /// Articles whose outcome was committed.
    pub fn processed(&self, outcome: ProcessedOutcome, n: u64) {
        self.processed.at(outcome).inc_by(n);
    }

    /// Event records that were committed.
    pub fn events(&self, kind: PloverType, n: u64) {
        self.events.at(kind).inc_by(n);
    }

    /// Work time of one stage on one article.
    pub fn stage(&self, stage: Stage, seconds: f64) {
        self.stages.at(stage).observe(seconds);
    }

    /// A limit cut or refused articles.
    pub fn limit_reached(&self, limit: Limit, n: u64) {
        self.limits.at(limit).inc_by(n);
    }

    /// Number of event records of one committed article.
    pub fn events_per_article(&self, n: u64) {
        self.events_per_article.observe(as_float(n));
    }

    /// Time from publication to committed records. A publication date in the future counts as 0.
    pub fn age(&self, seconds: f64) {
        self.age.observe(seconds.max(0.0));
    }
}

/// Exact below 2^53, far beyond any count of one article or transaction.
pub(super) fn as_float(n: u64) -> f64 {
    n as f64
}
