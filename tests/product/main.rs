//! What people and programs meet: settings, metrics, health, the command line. One test binary, because each links
//! librdkafka once.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::let_underscore_must_use,
    reason = "a test that slices or unwraps wrongly fails, as it should; what it prints, its reader wants to see"
)]

mod analysis;
mod deploy;
mod downstream;
mod metrics;
mod monitoring;
mod settings;
