//! `dateline eval parse`: treebanks in CoNLL-U, read, analysed and scored together.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;
use regex::Regex;

use dateline::eval::{
    SyntaxReport, SyntaxTally, TreeDocument, analyse_raw, analyse_words, read_conllu,
};
use dateline::pack::Setup;

use super::{print, progress, read};

#[derive(Args, Debug)]
pub(super) struct TreesArgs {
    /// Treebanks in CoNLL-U
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Documents to score, by a regular expression that matches anywhere in their `newdoc id` [default: all]
    #[arg(long, value_name = "REGEX")]
    docs: Option<Regex>,
    /// Print one flat JSON object instead of the table
    #[arg(long)]
    json: bool,
    /// A model in place of the embedded one
    #[arg(long, value_name = "FILE")]
    pub(super) model: Option<PathBuf>,
}

/// Scores the documents of all files together.
pub(super) fn run(args: &TreesArgs, setup: &Setup) -> anyhow::Result<u8> {
    let mut documents: Vec<TreeDocument> = Vec::new();
    for file in &args.files {
        let name = file.display().to_string();
        documents.extend(read_conllu(&name, &read(file)?).context("cannot read the treebank")?);
    }
    if let Some(pattern) = &args.docs {
        documents.retain(|document| pattern.is_match(&document.id));
        if documents.is_empty() {
            bail!("no document whose id matches {pattern}");
        }
    }
    let mut report = SyntaxReport::default();
    let bar = progress(documents.len());
    for document in &documents {
        report.documents += 1;
        report.raw.add(&SyntaxTally::raw(document, &analyse_raw(setup, document)));
        let (text, analysis) = analyse_words(setup, document);
        report.gold.add(&SyntaxTally::gold(document, &text, &analysis));
        bar.inc(1);
    }
    bar.finish_and_clear();
    print(&if args.json { format!("{}\n", report.json()) } else { report.table() })
}
