//! Tests of the core, which run without the rim: one module a concern, cases as text in `cases/`.

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
mod baseline;
mod clean;
mod decode;
mod quality;
mod schema;
mod stages;
