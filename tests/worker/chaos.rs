//! The proof: a worker that is killed five times loses nothing, writes nothing twice and keeps the order.
//!
//! 10,000 articles on a real Kafka with four partitions, extraction slowed by a processor of this test, SIGKILL each
//! time that the committed positions pass a count drawn from a seed (`DATELINE_CHAOS_SEED` repeats one) and the next
//! transaction is open.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dateline::app::{self, Assembly, NewsProcessor, Receipt};
use dateline::extract::Extractor;
use dateline::model::{Hint, Moment, ZoneBasis};
use dateline::pack::{Pack, Setup};
use dateline::runtime::broker::InputRecord;
use dateline::runtime::memory::Rng;
use dateline::runtime::processor::{Draft, Processor, Refusal, Settled};

use crate::child::Running;
use crate::look::Look;
use crate::support::{
    PATIENCE, Read, Send, Topics, articles, brokers, produce, settings, wait_until,
};

const ARTICLES: usize = 10_000;
const PARTITIONS: i32 = 4;
const KILLS: usize = 5;
const TIMESTAMP_MS: i64 = 1_700_000_000_000;

/// Longest time for all of it. A slow machine is no failure, as long as articles are committed.
const STORM_MAX: Duration = Duration::from_secs(900);

/// Names the settings of the child process, one `--set` value a line.
const CHILD: &str = "DATELINE_CHAOS_CHILD";

/// The real processor, slowed.
struct Slow(Arc<NewsProcessor>);

impl Processor for Slow {
    type Receipt = Receipt;

    fn prepare(&self, input: &InputRecord) -> Result<Draft<Receipt>, Refusal> {
        std::thread::sleep(Duration::from_millis(2));
        self.0.prepare(input)
    }

    fn committed(&self, settled: Vec<Settled<Receipt>>) {
        self.0.committed(settled);
    }
}

/// Not a test of its own: the worker process that the test below starts and kills.
#[test]
fn child_worker() {
    let Ok(sets) = std::env::var(CHILD) else { return };
    let sets: Vec<String> = sets.lines().map(str::to_owned).collect();
    // The input ends when the process does that started this one, however it ends: then nobody would end this one.
    std::thread::spawn(|| {
        std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).ok();
        std::process::exit(1);
    });
    let pack = Arc::new(Pack::embedded().unwrap());
    let stop = app::stop_on_signals().unwrap();
    let assembly = Assembly::new(settings(&sets), pack, stop).unwrap();
    let slow = Arc::new(Slow(Arc::clone(&assembly.processor)));
    let summary = assembly.run_kafka_with(&slow, None).unwrap();
    assert_eq!(summary.unfinished, 0);
}

fn start_child(sets: &[String]) -> Running {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "chaos::child_worker", "--nocapture"]);
    command.env(CHILD, sets.join("\n")).env("DATELINE_TEST_LOG", "debug");
    Running::start(command)
}

#[test]
fn five_kills_lose_nothing_repeat_nothing_and_keep_the_order() {
    let Some(brokers) = brokers("chaos: five kills") else { return };
    let seed = std::env::var("DATELINE_CHAOS_SEED").ok().and_then(|s| s.parse().ok());
    let seed = seed.unwrap_or_else(|| u64::from(std::process::id()));
    println!("seed {seed} (DATELINE_CHAOS_SEED={seed} repeats it)");
    let topics = Topics::create(&brokers, "chaos", PARTITIONS);
    let values = articles(ARTICLES);
    let sends: Vec<Send> = values
        .iter()
        .enumerate()
        .map(|(number, value)| Send {
            partition: (number % PARTITIONS as usize) as i32,
            timestamp_ms: TIMESTAMP_MS + number as i64,
            value: Some(value.clone()),
            headers: Vec::new(),
        })
        .collect();
    produce(&brokers, &topics.input, &sends);

    let mut sets = topics.sets(&brokers, "chaos");
    sets.push("worker.threads=4".to_owned());
    let kills = storm(&brokers, &topics, &sets, seed);
    assert_eq!(kills, KILLS);

    let committed = |topic| topics.reader(&brokers, topic, "read_committed").to_end();
    let all = |topic| topics.reader(&brokers, topic, "read_uncommitted").to_end().len();
    let (events, enriched) = (committed(&topics.events), committed(&topics.articles));
    let aborted = all(&topics.events) - events.len() + all(&topics.articles) - enriched.len();
    assert!(aborted > 0, "seed {seed}: no kill met an open transaction");
    assert!(committed(&topics.dead).is_empty());
    println!(
        "seed {seed}: {} events and {} articles committed, {aborted} aborted records hidden",
        events.len(),
        enriched.len()
    );
    compare(&settings(&sets), &values, &events, &enriched);
    check_order(&events);
    check_order(&enriched);
}

/// Runs the worker, kills it at each drawn count, lets the last one finish. Gives the number of kills.
fn storm(brokers: &str, topics: &Topics, sets: &[String], seed: u64) -> usize {
    let mut rng = Rng::new(seed);
    let mut counts: Vec<usize> =
        (0..KILLS).map(|_| ARTICLES / 20 + rng.below(ARTICLES * 4 / 5)).collect();
    counts.sort_unstable();
    let look = Look::new(brokers, topics);
    let (mut done, mut kills) = (0, 0);
    let mut child = start_child(sets);
    let started = Instant::now();
    let mut moved = started;
    while done < ARTICLES {
        std::thread::sleep(Duration::from_millis(30));
        let now = look.committed().unwrap_or(done);
        assert!(now >= done, "seed {seed}: committed positions went back from {done} to {now}");
        if now > done {
            (done, moved) = (now, Instant::now());
        }
        let reason = if !child.is_running() {
            Some("the worker ended by itself")
        } else if moved.elapsed() > PATIENCE {
            Some("no article was committed for a long time")
        } else if started.elapsed() > STORM_MAX {
            Some("it takes too long")
        } else {
            None
        };
        if let Some(reason) = reason {
            let state = look.state();
            panic!("seed {seed}: {reason}; {done} of {ARTICLES} after {kills} kills\n{state}");
        }
        if counts.get(kills).is_some_and(|count| done >= *count) {
            look.await_open_transaction(ARTICLES);
            child.kill();
            kills += 1;
            child = start_child(sets);
        }
    }
    // Killed after the last article was committed, its successor may not listen to signals yet.
    wait_until("the last worker to start", || child.said().contains("starting"));
    child.terminate();
    assert!(child.wait().success(), "seed {seed}: the last worker did not drain");
    kills
}

/// Keys and values of output records by partition and offset of the input record.
type ByOrigin = BTreeMap<(i32, i64), Vec<(Vec<u8>, Vec<u8>)>>;

/// The committed records are, byte for byte, what the extractor makes of the same inputs, each exactly once.
fn compare(
    settings: &dateline::settings::Settings,
    values: &[Vec<u8>],
    events: &[Read],
    enriched: &[Read],
) {
    let setup =
        Setup { pack: Arc::new(Pack::embedded().unwrap()), limits: app::core_limits(settings) };
    let extractor = Extractor::new(setup);
    let options = app::publish_options(settings);
    let mut expected: ByOrigin = BTreeMap::new();
    for (number, value) in values.iter().enumerate() {
        let timestamp = jiff::Timestamp::from_millisecond(TIMESTAMP_MS + number as i64).unwrap();
        let day = jiff::tz::Offset::UTC.to_datetime(timestamp).date();
        let recorded = Moment::Instant { timestamp, day, zone: ZoneBasis::Given };
        let hint = Hint { recorded_at: Some(recorded), ..Hint::default() };
        let (_, records) = extractor.records(value, &hint, options, &mut ()).unwrap();
        let at = ((number % PARTITIONS as usize) as i32, (number / PARTITIONS as usize) as i64);
        let mut made: Vec<_> = records.events.into_iter().chain(records.article).collect();
        made.sort_by(|a, b| (&a.key, &a.value).cmp(&(&b.key, &b.value)));
        let made = made.into_iter().map(|record| (record.key.into_bytes(), record.value));
        expected.insert(at, made.collect());
    }
    let mut found: ByOrigin = BTreeMap::new();
    for read in events.iter().chain(enriched) {
        let record = (read.key.clone().unwrap(), read.value.clone().unwrap());
        found.entry(read.origin()).or_default().push(record);
    }
    assert_eq!(found.len(), expected.len(), "articles with output");
    for (at, mut records) in found {
        records.sort();
        assert!(
            records == expected[&at],
            "the records of input {at:?} are not what the extractor makes"
        );
    }
}

/// Within each output partition the offsets of one input partition never decrease.
fn check_order(reads: &[Read]) {
    let mut last: BTreeMap<(i32, i32), i64> = BTreeMap::new();
    for read in reads {
        let (partition, offset) = read.origin();
        let before = last.insert((read.partition, partition), offset).unwrap_or(-1);
        assert!(before <= offset, "output partition {}: {before} before {offset}", read.partition);
    }
}
