//! The command line: the tree of commands, what all of them share, and the way from an error to an exit code.

mod bench;
mod demo;
mod eval;
mod examples;
mod extract;
mod feed;
mod parse;
mod run;
mod schema;
#[cfg(feature = "train")]
mod train;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use dateline::app;
use dateline::pack::{Pack, Setup};
use dateline::settings::{self, Mistakes, Settings, Source};

/// Reads raw news articles and publishes coded event records, exactly once.
#[derive(Debug, Parser)]
#[command(name = "dateline", version, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// Settings file (TOML)
    #[arg(short, long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Sets one value over file and environment, as kafka.group=news
    #[arg(long = "set", global = true, value_name = "KEY=VALUE")]
    sets: Vec<String>,

    /// No progress bars and no messages that are not errors
    #[arg(short, long, global = true)]
    quiet: bool,

    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  dateline demo                                     the worker on a broker in memory, with example articles
  dateline extract --format table article.txt       events of one article, without any broker
  dateline parse article.txt                        its sentences as trees, with names
  dateline run -c config/dateline.toml              the worker on Apache Kafka

Exit codes:
  0 done   1 runtime error   2 usage   3 settings   4 topics or rights missing   5 some inputs failed
  6 fenced: another live worker uses our name";

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the worker on Apache Kafka
    Run,
    /// Runs the worker on a broker in memory over example articles, and shows the events
    Demo(demo::DemoArgs),
    /// Sends the example articles to the input topic, for ever
    Feed(feed::FeedArgs),
    /// Extracts events from files, directories or standard input
    Extract(extract::ExtractArgs),
    /// Shows sentences, words, trees and names of a plain text
    Parse(parse::ParseArgs),
    /// Scores extraction and analysis against gold data
    Eval(eval::EvalArgs),
    /// Measures throughput
    Bench(bench::BenchArgs),
    /// Trains the network of the analysis from treebanks
    #[cfg(feature = "train")]
    Train(train::TrainArgs),
    /// Prints the JSON Schema of a record
    Schema(schema::SchemaArgs),
}

/// Runs the command that was asked for, and gives the exit code.
///
/// # Errors
/// Whatever ends the command; see [`exit_code`].
pub(crate) fn run(cli: &Cli) -> Result<u8> {
    match &cli.command {
        Command::Run => {
            let (settings, pack) = loaded(cli)?;
            run::run(settings, pack)
        }
        Command::Demo(args) => {
            let (settings, pack) = loaded(cli)?;
            demo::run(args, settings, pack)
        }
        Command::Feed(args) => feed::run(args, &load(cli)?),
        Command::Extract(args) => {
            let (settings, pack) = loaded(cli)?;
            let options = app::publish_options(&settings);
            let setup = Setup { pack, limits: app::core_limits(&settings) };
            extract::run(args, setup, options, cli.quiet)
        }
        Command::Parse(args) => parse::run(args, setup(cli)?),
        Command::Eval(args) => eval::run(args, setup(cli)?),
        Command::Bench(args) => {
            let (settings, pack) = loaded(cli)?;
            bench::run(args, &settings, pack)
        }
        #[cfg(feature = "train")]
        Command::Train(args) => train::run(args, &setup(cli)?, cli.quiet),
        Command::Schema(args) => schema::run(args),
    }
}

/// The settings, and the embedded pack with the kernel that they name.
fn loaded(cli: &Cli) -> Result<(Settings, Arc<Pack>)> {
    let settings = load(cli)?;
    let mut pack = Pack::embedded().context("cannot load the embedded language pack")?;
    app::use_kernel(&settings, &mut pack)?;
    Ok((settings, Arc::new(pack)))
}

fn setup(cli: &Cli) -> Result<Setup> {
    let (settings, pack) = loaded(cli)?;
    Ok(Setup { pack, limits: app::core_limits(&settings) })
}

/// The setup with the model of a file in place of the embedded one, where a file is given. The kernel stays.
fn with_model(setup: Setup, model: Option<&Path>) -> Result<Setup> {
    let Some(path) = model else { return Ok(setup) };
    let read = || -> Result<Pack> { Ok(Pack::embedded()?.with_model(&std::fs::read(path)?)?) };
    let mut pack = read().with_context(|| format!("cannot load the model {}", path.display()))?;
    pack.model.kernel = setup.pack.model.kernel;
    Ok(Setup { pack: Arc::new(pack), ..setup })
}

fn load(cli: &Cli) -> Result<Settings> {
    let text = match &cli.config {
        None => None,
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read the settings file {}", path.display()))
                .context(Unreadable)?;
            Some((path.display().to_string(), text))
        }
    };
    // Names and values that are not Unicode cannot be settings.
    let environment: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let source = Source {
        file: text.as_ref().map(|(path, text)| (path.as_str(), text.as_str())),
        environment: &environment,
        sets: &cli.sets,
    };
    Ok(settings::load(&source)?)
}

/// Marks a settings file that cannot be read, for the exit code.
#[derive(Debug, thiserror::Error)]
#[error("settings")]
struct Unreadable;

/// The exit code of an error.
pub(crate) fn exit_code(error: &anyhow::Error) -> u8 {
    if error.is::<Mistakes>() || error.is::<Unreadable>() {
        return 3;
    }
    error.downcast_ref::<app::AppError>().map_or(1, app::AppError::exit_code)
}
