//! Tests of the worker: seeded simulation on the broker in memory, then a real Apache Kafka.
//!
//! Tests on Kafka need `DATELINE_TEST_BROKERS` (scripts/test.sh sets it); without it they add a line to
//! target/not-run.txt, which the script prints last.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::let_underscore_must_use,
    reason = "a test that slices or unwraps wrongly fails, as it should; what it prints, its reader wants to see"
)]

mod chaos;
mod child;
mod kafka;
mod look;
mod program;
mod simulation;
mod support;
