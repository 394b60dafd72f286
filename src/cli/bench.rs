//! `dateline bench`: articles per second through the core, on one thread and on all cores, over the example articles; and
//! the analysis by itself.
//!
//! End to end on a real broker is measured by `make bench` (benches/worker.rs), which brings a broker of its own.

mod analyse;
mod resident;

use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use clap::{Args, Subcommand};
use dateline::app;
use dateline::extract::Extractor;
use dateline::model::Hint;
use dateline::pack::{Pack, Setup};
use dateline::settings::Settings;

use super::examples;

/// What to measure.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    part: Option<BenchPart>,
    /// Articles to extract on each thread
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..))]
    articles: u32,
}

#[derive(Debug, Subcommand)]
enum BenchPart {
    /// Words per second of the analysis alone, on one thread, and the memory that it takes
    Analyse(analyse::AnalyseArgs),
}

/// One run.
struct Measured {
    articles: u64,
    bytes: u64,
    events: u64,
    seconds: f64,
}

/// Measures and prints.
///
/// # Errors
/// When stdout is gone, or a text for the analysis cannot be read.
pub(crate) fn run(args: &BenchArgs, settings: &Settings, pack: Arc<Pack>) -> Result<u8> {
    let setup = Setup { pack, limits: app::core_limits(settings) };
    match &args.part {
        Some(BenchPart::Analyse(args)) => analyse::run(args, setup),
        None => run_core(args, settings, setup),
    }
}

fn run_core(args: &BenchArgs, settings: &Settings, setup: Setup) -> Result<u8> {
    let options = app::publish_options(settings);
    let extractor = Extractor::new(setup);
    let examples: Vec<Vec<u8>> = examples::articles().into_iter().map(|(bytes, _)| bytes).collect();
    let measure = |threads: usize| -> Result<Measured> {
        let started = Instant::now();
        let (mut articles, mut bytes, mut events) = (0, 0, 0);
        std::thread::scope(|scope| {
            let running: Vec<_> = (0..threads)
                .map(|_| {
                    scope.spawn(|| {
                        let (mut bytes, mut events) = (0, 0);
                        for value in examples.iter().cycle().take(args.articles as usize) {
                            bytes += value.len() as u64;
                            let made = extractor.records(value, &Hint::default(), options, &mut ());
                            events += made.map_or(0, |(_, records)| records.events.len() as u64);
                        }
                        (bytes, events)
                    })
                })
                .collect();
            for thread in running {
                let (some_bytes, some_events) =
                    thread.join().map_err(|_| anyhow!("an extracting thread panicked"))?;
                articles += u64::from(args.articles);
                bytes += some_bytes;
                events += some_events;
            }
            Ok::<(), anyhow::Error>(())
        })?;
        Ok(Measured { articles, bytes, events, seconds: started.elapsed().as_secs_f64() })
    };
    // The first articles pay for page faults and cold caches; they are not what is measured.
    for value in &examples {
        extractor.records(value, &Hint::default(), options, &mut ()).ok();
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut out = std::io::stdout().lock();
    for threads in if cores > 1 { vec![1, cores] } else { vec![1] } {
        let run = measure(threads)?;
        writeln!(
            out,
            "{threads} thread{}: {:.0} articles/s, {:.1} MB/s, {:.0} us per article, {:.1} events per article \
             ({} articles of {} bytes on average)",
            if threads == 1 { "" } else { "s" },
            run.articles as f64 / run.seconds,
            run.bytes as f64 / run.seconds / 1e6,
            run.seconds * 1e6 * threads as f64 / run.articles as f64,
            run.events as f64 / run.articles as f64,
            run.articles,
            run.bytes / run.articles,
        )
        .context("cannot write to stdout")?;
    }
    Ok(0)
}
