//! `dateline eval ner`: texts with annotated names, read, analysed and scored together.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use dateline::eval::{EntityDocument, NameTally, analyse_entities, read_entities};
use dateline::pack::Setup;

use super::{print, progress, read};

#[derive(Args, Debug)]
pub(super) struct NamesArgs {
    /// Texts with names: IOB2 columns, the TSV of world news or JSONL with character offsets, told by the first lines
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Print one flat JSON object instead of the table
    #[arg(long)]
    json: bool,
    /// A model in place of the embedded one
    #[arg(long, value_name = "FILE")]
    pub(super) model: Option<PathBuf>,
}

/// Scores the documents of all files together.
pub(super) fn run(args: &NamesArgs, setup: &Setup) -> anyhow::Result<u8> {
    let mut documents: Vec<EntityDocument> = Vec::new();
    for file in &args.files {
        let name = file.display().to_string();
        documents.extend(read_entities(&name, &read(file)?).context("cannot read the names")?);
    }
    let mut tally = NameTally::default();
    let bar = progress(documents.len());
    for document in &documents {
        tally.add(&NameTally::of(document, &analyse_entities(setup, document)));
        bar.inc(1);
    }
    bar.finish_and_clear();
    print(&if args.json { format!("{}\n", tally.json()) } else { tally.table() })
}
