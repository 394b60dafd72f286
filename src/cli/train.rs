//! `dateline train`: reads the corpora of a directory, trains, writes the model and its card.
//!
//! What is read and written lies in files, what is computed in `dateline::train`. A checkpoint stands beside the model
//! until it is done, so that a training that was stopped goes on where it was.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use dateline::nn::Network;
use dateline::pack::{Pack, Setup};
use dateline::train::card::{Making, card, manifest};
use dateline::train::recipe::{self, CorpusTexts};
use dateline::train::score::{Figure, below_floors, score, scored_paths};
use dateline::train::{Corpus, Options, Tables, Tally, Trainer, read_texts as read_jsonl};

/// Trains the network from treebanks and texts with names, from the start.
#[derive(Args, Debug)]
pub(crate) struct TrainArgs {
    /// Directory of the corpora; docs/TRAINING.md lists the files and where each is published
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Where to write the model; its card is written beside it, with .md
    #[arg(long, value_name = "FILE", default_value = "model.bin")]
    out: PathBuf,
    /// Documents to leave out: ids with commas between, or @FILE with one id a line
    #[arg(long, value_name = "LIST")]
    without_docs: Option<String>,
    /// A model, mostly a wider one, whose answers teach what the corpora leave open: trees of sentences with names only
    #[arg(long, value_name = "FILE")]
    teacher: Option<PathBuf>,
    /// Texts that nobody annotated, JSONL with id and text, for the teacher to annotate
    #[arg(long, value_name = "FILE", requires = "teacher")]
    texts: Option<PathBuf>,
    /// Share of the sentences of --texts that an epoch shows
    #[arg(long, value_name = "SHARE", default_value_t = 0.2)]
    texts_share: f32,
    /// Times that the corpora are seen
    #[arg(long, default_value_t = Options::default().epochs)]
    epochs: u32,
    /// Channels of the hidden vectors: a multiple of 16
    #[arg(long, default_value_t = Options::default().width)]
    width: usize,
    /// Seed of everything random
    #[arg(long, default_value_t = Options::default().seed)]
    seed: u64,
    /// Start anew although a checkpoint is there
    #[arg(long)]
    restart: bool,
    /// Write the model although a score lies below its floor
    #[arg(long)]
    below_floors: bool,
}

/// Trains, writes the model and its card, prints the scores.
///
/// # Errors
/// A corpus that is missing or wrong, a checkpoint of another training, a score below its floor.
pub(crate) fn run(args: &TrainArgs, setup: &Setup, quiet: bool) -> Result<u8> {
    if args.width == 0 || !args.width.is_multiple_of(16) || args.epochs == 0 {
        bail!("--width must be a multiple of 16 and --epochs at least 1");
    }
    let began = Instant::now();
    let texts = read_texts(&args.data, recipe::paths(recipe::ENGLISH).into_iter())?;
    let left_out = left_out(args.without_docs.as_deref())?;
    let without = |id: &str| left_out.iter().any(|other| other == id);
    let treebanks = recipe::treebanks(recipe::ENGLISH, &texts, &without)?;
    let tables = Tables::learn(&treebanks, &setup.pack.lexicon);
    let setup = with_model(setup, &tables.bare_model_file())?;
    let mut corpus = recipe::corpus(&setup, recipe::ENGLISH, &texts, &without)?;
    let taught = add_taught(args, &setup, &mut corpus, &without)?;
    let options =
        Options { epochs: args.epochs, width: args.width, seed: args.seed, ..Options::default() };
    let mut trainer = Trainer::new(&corpus, &setup.pack.names, options);
    let checkpoint = beside(&args.out, "part");
    if checkpoint.exists() && !args.restart {
        let bytes = std::fs::read(&checkpoint).with_context(|| reading(&checkpoint))?;
        let advice = || format!("{}: begin anew with --restart", checkpoint.display());
        trainer.resume(&bytes).with_context(advice)?;
    }
    run_epochs(&mut trainer, options.epochs, &checkpoint, quiet)?;
    let network = Network::quantise(&trainer.finished());
    let bare = tables.model_file(&network, &corpus.tags, "{}");
    let figures = figures(&with_model(&setup, &bare)?, &args.data, quiet)?;
    let making = Making {
        recipe: recipe::ENGLISH,
        options,
        data_hash: corpus.hash(),
        left_out: &left_out,
        teacher: taught.as_deref(),
        figures: &figures,
    };
    let bytes = tables.model_file(&network, &corpus.tags, &manifest(&making));
    let id = with_model(&setup, &bytes)?.pack.model.id().to_owned();
    let card = card(&making, &id, bytes.len(), began.elapsed().as_secs());
    write!(std::io::stdout(), "{}", table(&figures)).context("writing to standard output")?;
    let below = below_floors(&figures);
    if !below.is_empty() && !args.below_floors {
        bail!(
            "the model is not written, it lies below its floors: {}. --below-floors writes it all the same",
            below.join("; ")
        );
    }
    std::fs::write(&args.out, bytes).with_context(|| writing(&args.out))?;
    let card_path = beside(&args.out, "md");
    std::fs::write(&card_path, card).with_context(|| writing(&card_path))?;
    std::fs::remove_file(&checkpoint).with_context(|| writing(&checkpoint))?;
    Ok(0)
}

/// Adds what the teacher knows. Gives one sentence about it.
fn add_taught(
    args: &TrainArgs,
    setup: &Setup,
    corpus: &mut Corpus<'_>,
    without: &dyn Fn(&str) -> bool,
) -> Result<Option<String>> {
    let Some(path) = &args.teacher else { return Ok(None) };
    let bytes = std::fs::read(path).with_context(|| reading(path))?;
    let teacher = with_model(setup, &bytes).with_context(|| reading(path))?;
    corpus.add_trees(&teacher);
    let mut texts_count = 0;
    if let Some(path) = &args.texts {
        let jsonl = std::fs::read_to_string(path).with_context(|| reading(path))?;
        let texts = read_jsonl(&jsonl, without).map_err(anyhow::Error::msg);
        let texts = texts.with_context(|| reading(path))?;
        texts_count = texts.len();
        corpus.add_texts(&teacher, &texts, args.texts_share);
    }
    Ok(Some(format!(
        "trees of sentences with names only, and trees and names of {texts_count} texts (share {}), by the model {}",
        args.texts_share,
        teacher.pack.model.id()
    )))
}

fn with_model(setup: &Setup, bytes: &[u8]) -> Result<Setup> {
    let pack = Pack::embedded()?.with_model(bytes)?;
    Ok(Setup { pack: Arc::new(pack), ..setup.clone() })
}

/// Files below the data directory; all missing ones are named at once.
fn read_texts(data: &Path, paths: impl Iterator<Item = &'static str>) -> Result<CorpusTexts> {
    let (mut texts, mut missing) = (Vec::new(), Vec::new());
    for path in paths {
        let place = data.join(path);
        if !place.exists() {
            missing.push(path);
            continue;
        }
        texts.push((path, std::fs::read_to_string(&place).with_context(|| reading(&place))?));
    }
    if !missing.is_empty() {
        bail!(
            "{}: these files are missing: {}; docs/TRAINING.md says where each is published",
            data.display(),
            missing.join(", ")
        );
    }
    Ok(texts)
}

/// The ids of documents to leave out.
fn left_out(list: Option<&str>) -> Result<Vec<String>> {
    let text = match list.map(|list| list.strip_prefix('@').ok_or(list)) {
        None => return Ok(Vec::new()),
        Some(Err(list)) => list.to_owned(),
        Some(Ok(file)) => {
            std::fs::read_to_string(file).with_context(|| reading(Path::new(file)))?
        }
    };
    let ids = text.split([',', '\n']).map(str::trim).filter(|id| !id.is_empty());
    Ok(ids.map(str::to_owned).collect())
}

fn run_epochs(
    trainer: &mut Trainer<'_>,
    epochs: u32,
    checkpoint: &Path,
    quiet: bool,
) -> Result<()> {
    let bar = progress_bar(u64::from(epochs) * 1000, quiet);
    while !trainer.is_done() {
        let before = u64::from(trainer.epoch()) * 1000;
        let tally =
            trainer.run_epoch(&mut |share| bar.set_position(before + (share * 1000.0) as u64));
        std::fs::write(checkpoint, trainer.checkpoint()).with_context(|| writing(checkpoint))?;
        bar.set_message(described(trainer.epoch(), &tally));
    }
    bar.finish_and_clear();
    Ok(())
}

fn progress_bar(length: u64, quiet: bool) -> ProgressBar {
    if quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(length);
    let style = ProgressStyle::with_template("{wide_bar} {percent}% {eta} left  {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

fn described(epoch: u32, tally: &Tally) -> String {
    let percent = |right: u32, of: u32| 100.0 * f64::from(right) / f64::from(of.max(1));
    format!(
        "epoch {epoch}: loss {:.3}, tags {:.1}, heads {:.1}, names {:.1} %",
        tally.loss / f64::from(tally.words.max(1)),
        percent(tally.tags_right, tally.tagged),
        percent(tally.heads_right, tally.headed),
        percent(tally.names_right, tally.named),
    )
}

/// Figures on the dev and test files that are there.
fn figures(setup: &Setup, data: &Path, quiet: bool) -> Result<Vec<Figure>> {
    let there = scored_paths().filter(|path| data.join(path).exists());
    let texts = read_texts(data, there)?;
    let bar = progress_bar(texts.len() as u64, quiet);
    let figures = score(setup, &texts, &mut |path| {
        bar.set_message(format!("scoring {path}"));
        bar.inc(1);
    })?;
    bar.finish_and_clear();
    Ok(figures)
}

fn table(figures: &[Figure]) -> String {
    let mut out = String::new();
    let mut file = "";
    for figure in figures {
        if figure.file != file {
            file = figure.file;
            out.push_str(file);
            out.push('\n');
        }
        out.push_str(&format!("  {:<16}{:>7.2}\n", figure.measure, 100.0 * figure.value));
    }
    out
}

/// The path with another ending.
fn beside(path: &Path, ending: &str) -> PathBuf {
    path.with_extension(ending)
}

fn reading(path: &Path) -> String {
    format!("reading {}", path.display())
}

fn writing(path: &Path) -> String {
    format!("writing {}", path.display())
}
