//! `dateline schema`: the JSON Schema of a record, generated from the structs that write it.

use std::io::Write;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use dateline::publish;

/// Which schema.
#[derive(Args, Debug)]
pub(crate) struct SchemaArgs {
    /// The record
    #[arg(value_enum)]
    record: RecordName,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RecordName {
    /// Records of the events topic
    Event,
    /// Records of the articles topic
    Article,
}

/// Prints the schema.
///
/// # Errors
/// When stdout is gone.
pub(crate) fn run(args: &SchemaArgs) -> Result<u8> {
    let schema = match args.record {
        RecordName::Event => publish::event_schema(),
        RecordName::Article => publish::article_schema(),
    };
    let text = serde_json::to_string_pretty(&schema).context("cannot write the schema as JSON")?;
    writeln!(std::io::stdout(), "{text}").context("cannot write to stdout")?;
    Ok(0)
}
