//! `dateline eval`: reads gold files, runs extraction or analysis over their texts and prints the scorer's report.
//!
//! Reports go to stdout, a progress bar to stderr where that is a terminal. Scoring is `dateline::eval`'s.

mod names;
mod trees;

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use dateline::eval::{
    DyadTally, EventReport, Extraction, GoldDocument, Tally, extract, read_dyads, read_full,
    read_short,
};
use dateline::extract::Extractor;
use dateline::pack::Setup;

/// Scores extraction and analysis against gold annotation.
#[derive(Args, Debug)]
pub(crate) struct EvalArgs {
    #[command(subcommand)]
    set: EvalSet,
}

#[derive(Debug, Subcommand)]
enum EvalSet {
    /// Events in whole texts: docs.jsonl and events.jsonl, or with --short train_docs.jsonl and train.tsv
    Events(EventsArgs),
    /// The type of the event between a marked source and target: a TSV with a header
    Dyads(DyadsArgs),
    /// Words, sentences, tags, trees and lemmas, from raw text and with gold tokens: CoNLL-U
    Parse(trees::TreesArgs),
    /// Names: IOB2 columns, TSV or JSONL
    Ner(names::NamesArgs),
}

#[derive(Args, Debug)]
struct EventsArgs {
    /// Folder of the gold files
    dir: PathBuf,
    /// Part of the gold to score [default: all, with --short report]
    #[arg(long, value_parser = ["dev", "test", "train", "report", "all"])]
    split: Option<String>,
    /// Read the short form
    #[arg(long)]
    short: bool,
    /// Print one flat JSON object instead of the table
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
struct DyadsArgs {
    /// The TSV file
    file: PathBuf,
    /// Part of the gold to score
    #[arg(long, value_parser = ["dev", "report", "all"], default_value = "all")]
    split: String,
    /// Print one flat JSON object instead of the table
    #[arg(long)]
    json: bool,
}

/// Runs the command; 0 where a report was printed.
///
/// # Errors
/// A gold file or model that cannot be read or is not as its README says, a split without documents, or a closed stdout.
pub(crate) fn run(args: &EvalArgs, setup: Setup) -> anyhow::Result<u8> {
    match &args.set {
        EvalSet::Events(args) => events(args, &Extractor::new(setup)),
        EvalSet::Dyads(args) => dyads(args, &Extractor::new(setup)),
        EvalSet::Parse(args) => trees::run(args, &super::with_model(setup, args.model.as_deref())?),
        EvalSet::Ner(args) => names::run(args, &super::with_model(setup, args.model.as_deref())?),
    }
}

fn events(args: &EventsArgs, extractor: &Extractor) -> anyhow::Result<u8> {
    let documents = if args.short {
        read_short(&read(&args.dir.join("train_docs.jsonl"))?, &read(&args.dir.join("train.tsv"))?)
    } else {
        let mut page = |file: &str| -> Result<String, String> {
            let path = args.dir.join(file);
            std::fs::read_to_string(&path).map_err(|error| format!("{file}: {error}"))
        };
        read_full(
            &read(&args.dir.join("docs.jsonl"))?,
            &read(&args.dir.join("events.jsonl"))?,
            &mut page,
        )
    };
    let documents =
        documents.with_context(|| format!("cannot read gold in {}", args.dir.display()))?;
    let split = args.split.as_deref().unwrap_or(if args.short { "report" } else { "all" });
    let chosen: Vec<&GoldDocument> =
        documents.iter().filter(|document| lies_in(document, split)).collect();
    if chosen.is_empty() {
        bail!("no document of split {split} in {}", args.dir.display());
    }
    let mut tallies = Vec::with_capacity(chosen.len());
    let mut rejected = 0;
    let bar = progress(chosen.len());
    for document in chosen {
        let extraction = extract(extractor, document).unwrap_or_else(|_| {
            rejected += 1;
            Extraction::default()
        });
        tallies.push(Tally::of(document, &extraction));
        bar.inc(1);
    }
    bar.finish_and_clear();
    let report = EventReport::of(split, &tallies, rejected);
    print(&if args.json { format!("{}\n", report.json()) } else { report.table() })
}

fn dyads(args: &DyadsArgs, extractor: &Extractor) -> anyhow::Result<u8> {
    let name = args.file.display().to_string();
    let dyads = read_dyads(&name, &read(&args.file)?).context("cannot read gold")?;
    let chosen: Vec<_> = dyads.iter().filter(|dyad| lies_in(&dyad.document, &args.split)).collect();
    if chosen.is_empty() {
        bail!("no dyad of split {} in {name}", args.split);
    }
    let mut tally = DyadTally::default();
    let bar = progress(chosen.len());
    for dyad in chosen {
        tally.count(dyad, &extract(extractor, &dyad.document).unwrap_or_default());
        bar.inc(1);
    }
    bar.finish_and_clear();
    let split = &args.split;
    print(&if args.json { format!("{}\n", tally.json(split)) } else { tally.table(split) })
}

fn lies_in(document: &GoldDocument, split: &str) -> bool {
    split == "all" || document.split.as_deref() == Some(split)
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn progress(length: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {elapsed}")
        .expect("the template is a constant that the tests parse");
    ProgressBar::new(length as u64).with_style(style)
}

fn print(report: &str) -> anyhow::Result<u8> {
    std::io::stdout().lock().write_all(report.as_bytes()).context("cannot write to stdout")?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_progress_template_parses() {
        assert!(ProgressStyle::with_template("{wide_bar} {pos}/{len} {elapsed}").is_ok());
    }
}
