//! What the worker says about itself: metrics, health, logs, and the HTTP listener that shows the first two.
//!
//! Typed handles in, text out. The runtime holds [`WorkerMetrics`] and [`Health`], the news side [`ArticleMetrics`]; both
//! count through handles that were looked up once. Label values come from closed enums, so the number of series is
//! bounded by the code and by the number of assigned partitions. Nothing here decides anything about records, and no
//! text of an article ever reaches a label, a log line or an answer.
//!
//! Only `registry.rs` and the two handle files name the `prometheus` crate, only `http.rs` tokio and axum.

mod article;
mod health;
mod http;
mod label;
mod log;
mod partition;
mod registry;
mod worker;

pub use article::ArticleMetrics;
pub use health::{Check, Health, LiveLimits, Verdict};
pub use http::{HttpError, HttpServer, bind, serve};
pub use label::{
    ProcessedOutcome, Queue, RebalanceKind, RebuildReason, RewindReason, TransactionResult,
    TransactionState, Word,
};
pub use log::{LogError, LogFormat, Repeats, Shown, init};
pub use registry::{BuildInfo, Telemetry, TelemetryError};
pub use worker::WorkerMetrics;
