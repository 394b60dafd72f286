//! `dateline feed`: sends the example articles to the input topic at a set rate, so that a fresh installation has
//! something to work on.

use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;
use dateline::app::{self, AppError};
use dateline::runtime::error::Action;
use dateline::runtime::kafka::Feeder;
use dateline::runtime::shutdown::Stop;
use dateline::settings::{self, Settings};

use super::examples;
use super::run::{password, start_log};

/// How long the last records may take to be delivered.
const DELIVERY_WAIT: Duration = Duration::from_secs(30);

/// Longest nap between two records, so that a stop is seen soon at any rate.
const NAP: Duration = Duration::from_millis(100);

/// How to feed.
#[derive(Args, Debug)]
pub(crate) struct FeedArgs {
    /// Articles per second
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: u32,

    /// End when each article has been sent once
    #[arg(long)]
    once: bool,
}

/// Feeds until SIGTERM or SIGINT, or once.
///
/// # Errors
/// When the client refuses or records cannot be delivered.
pub(crate) fn run(args: &FeedArgs, settings: &Settings) -> Result<u8> {
    start_log(settings)?;
    let password = password(settings)?;
    let stop = app::stop_on_signals()?;
    let topic = settings.kafka.input_topic.as_str();
    let properties = settings::properties(settings, "feed", password.as_deref());
    let feeder = Feeder::new(&properties.producer, topic).map_err(AppError::from)?;
    tracing::info!(topic, rate = args.rate, "feeding example articles");
    let sent = feed(args, &feeder, &stop)?;
    feeder.finish(DELIVERY_WAIT).map_err(AppError::from)?;
    tracing::info!(sent, "stopped feeding");
    Ok(0)
}

/// Sends the examples, once or over and over, and gives the number of records sent.
fn feed(args: &FeedArgs, feeder: &Feeder, stop: &Stop) -> Result<u32, AppError> {
    let values: Vec<Vec<u8>> = examples::articles().into_iter().map(|(bytes, _)| bytes).collect();
    let interval = Duration::from_secs(1) / args.rate;
    let rounds = if args.once { 1 } else { usize::MAX };
    let mut due = Instant::now();
    let mut sent = 0_u32;
    for value in std::iter::repeat_n(&values, rounds).flatten() {
        while !stop.is_requested() && Instant::now() < due {
            std::thread::sleep(due.saturating_duration_since(Instant::now()).min(NAP));
        }
        if stop.is_requested() {
            break;
        }
        while let Err(error) = feeder.send(value) {
            if error.action != Action::Retry || stop.is_requested() {
                return Err(error.into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        due += interval;
        sent = sent.saturating_add(1);
    }
    Ok(sent)
}
