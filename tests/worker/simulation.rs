//! Seeded simulation of the worker on a broker in memory, with its own clock: refused and lost commits, failing aborts,
//! rebalances, full queues, crashes. Every schedule is a function of its seed, which a failing test prints.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use dateline::runtime::broker::{
    Broker, ClientFacts, Header, InputRecord, Output, Position, Step, TopicIx,
};
use dateline::runtime::error::{Action, Error};
use dateline::runtime::memory::{Clock, Cluster, Faults, MemoryBroker, Rng, Stored};
use dateline::runtime::processor::{Draft, Policy, Processor, Refusal, Settled};
use dateline::runtime::shutdown::Stop;
use dateline::runtime::{GateLimits, Options, WindowLimits, Workers, run};
use dateline::telemetry::{BuildInfo, Telemetry};

const PARTITIONS: usize = 3;
const RECORDS: usize = 120;

/// Writes what it reads, up to three times; refuses, skips and panics at some records.
struct Toy {
    stop: Stop,
    left: AtomicI64,
}

fn outputs_of(value: &[u8]) -> Vec<Vec<u8>> {
    let number: usize = std::str::from_utf8(value).unwrap().parse().unwrap();
    (0..number % 4).map(|copy| format!("{number}/{copy}").into_bytes()).collect()
}

impl Processor for Toy {
    type Receipt = ();

    fn prepare(&self, input: &InputRecord) -> Result<Draft<()>, Refusal> {
        let Some(value) = &input.value else {
            return Err(refusal("tombstone", Policy::Skip));
        };
        let number: usize = std::str::from_utf8(value).unwrap().parse().unwrap();
        match number % 41 {
            7 => return Err(refusal("refused", Policy::DeadLetter)),
            11 => std::panic::resume_unwind(Box::new("a toy breaks")),
            _ => {}
        }
        let outputs = outputs_of(value).into_iter().map(|value| Output {
            topic: TopicIx(0),
            key: Some(vec![value[0]]),
            value: Some(value),
            headers: vec![
                Header::text("partition", input.partition.to_string()),
                Header::text("offset", input.offset.to_string()),
            ],
        });
        Ok(Draft { outputs: outputs.collect(), receipt: () })
    }

    fn committed(&self, settled: Vec<Settled<()>>) {
        let settled = settled.len() as i64;
        if self.left.fetch_sub(settled, Ordering::SeqCst) - settled <= 0 {
            self.stop.request();
        }
    }
}

fn refusal(error_type: &'static str, policy: Policy) -> Refusal {
    Refusal { stage: "toy", error_type, sentence: "said the toy".to_owned(), policy }
}

fn options(seed: u64) -> Options {
    let mut rng = Rng::new(seed ^ 0xabcd);
    Options {
        input_topic: "in".to_owned(),
        dead_letters: TopicIx(1),
        workers: Workers::Inline { seed },
        gate: GateLimits { records_max: 1 + rng.below(30), bytes_max: 50 + rng.below(2000) },
        window: WindowLimits {
            age_ms: 1 + rng.below(300) as i64,
            records_max: 1 + rng.below(20),
            bytes_max: 100 + rng.below(3000),
        },
        drain_ms: 10_000,
        revoke_ms: rng.below(50) as i64,
        transaction_ms: 1_000,
        instance: "toy".to_owned(),
        version: "1".to_owned(),
    }
}

fn filled_cluster() -> Cluster {
    let cluster = Cluster::new(&[("in", PARTITIONS), ("out", 2), ("dead", 1)]);
    for number in 0..RECORDS {
        let value = (number % 17 != 5).then(|| number.to_string().into_bytes());
        let record =
            Stored { timestamp_ms: Some(number as i64), key: None, value, headers: Vec::new() };
        cluster.append("in", number % PARTITIONS, record);
    }
    cluster
}

fn telemetry() -> Arc<Telemetry> {
    let build = BuildInfo {
        version: "0",
        revision: String::new(),
        rustc: "",
        librdkafka: String::new(),
        model: String::new(),
        kernel: "",
    };
    let telemetry = Telemetry::new(&build).unwrap();
    telemetry.worker.set_topic("in");
    Arc::new(telemetry)
}

/// Runs workers one after another, each a restart of the one that crashed, until everything is committed.
fn run_to_the_end(cluster: &Cluster, faults: Faults, seed: u64) -> Arc<Telemetry> {
    let telemetry = telemetry();
    let mut crashes = 0;
    loop {
        let stop = Stop::new();
        let left = RECORDS as i64 - cluster.committed_records();
        if left == 0 {
            return telemetry;
        }
        let toy = Arc::new(Toy { stop: stop.clone(), left: AtomicI64::new(left) });
        let mut broker = MemoryBroker::new(cluster, "in", &["out", "dead"], Clock::Simulated)
            .with_faults(faults, seed + crashes);
        let ended = run(&mut broker, toy, &options(seed), &stop, &telemetry);
        match ended {
            Ok(summary) => assert_eq!(summary.unfinished, 0, "seed {seed}"),
            Err(error) => {
                assert!(matches!(error.action, Action::Exit(_)), "seed {seed}: {error}");
                crashes += 1;
                assert!(crashes < 2_000, "seed {seed} never ends");
            }
        }
    }
}

/// What must hold of the output topics; the reason where it does not.
fn verify(cluster: &Cluster) -> Result<(), String> {
    let mut expected: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    let mut dead_expected = 0;
    for stored in cluster.read("in").into_iter().flatten() {
        let Some(value) = stored.value else { continue };
        let number: usize = std::str::from_utf8(&value).unwrap().parse().unwrap();
        if matches!(number % 41, 7 | 11) {
            dead_expected += 1;
        } else {
            for output in outputs_of(&value) {
                expected.insert(output, 0);
            }
        }
    }
    for (partition, log) in cluster.read("out").iter().enumerate() {
        let mut last: BTreeMap<String, i64> = BTreeMap::new();
        for stored in log {
            let value = stored.value.clone().unwrap();
            let seen = expected.get_mut(&value).ok_or("an output that nobody made")?;
            *seen += 1;
            let text = |name: &str| {
                let header = stored.headers.iter().find(|header| header.name == name).unwrap();
                String::from_utf8(header.value.clone().unwrap()).unwrap()
            };
            let offset: i64 = text("offset").parse().unwrap();
            let before = last.insert(text("partition"), offset).unwrap_or(-1);
            if before > offset {
                return Err(format!("output partition {partition}: {before} before {offset}"));
            }
        }
    }
    if let Some((value, seen)) = expected.iter().find(|(_, seen)| **seen != 1) {
        return Err(format!("{} was written {seen} times", String::from_utf8_lossy(value)));
    }
    let dead = cluster.count("dead");
    if dead == dead_expected {
        Ok(())
    } else {
        Err(format!("{dead} dead letters, not {dead_expected}"))
    }
}

fn metric(text: &str, line_start: &str) -> u64 {
    text.lines()
        .filter(|line| line.starts_with(line_start))
        .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
        .sum()
}

#[test]
fn a_calm_run_writes_everything_once_and_in_order() {
    let cluster = filled_cluster();
    run_to_the_end(&cluster, Faults::default(), 1);
    verify(&cluster).unwrap();
    assert_eq!(cluster.aborted_records(), 0);
}

#[test]
fn four_hundred_stormy_schedules_write_everything_once_and_in_order() {
    let mut aborted = 0;
    for seed in 0..400 {
        let mut rng = Rng::new(seed);
        let mut some = |most: usize| rng.below(most) as u16;
        let faults = Faults {
            send_full: some(60),
            begin_later: some(300),
            begin_fails: some(100),
            commit_refused: some(200),
            commit_lost_reply: some(150),
            commit_lost_request: some(150),
            abort_fails: some(300),
            revoke: some(15),
            lose: some(10),
            crash: some(80),
        };
        let cluster = filled_cluster();
        let telemetry = run_to_the_end(&cluster, faults, seed);
        if let Err(reason) = verify(&cluster) {
            panic!("seed {seed} with {faults:?}: {reason}");
        }
        aborted += cluster.aborted_records();
        let text = telemetry.render().unwrap();
        let committed = metric(&text, "dateline_transaction_articles_count");
        assert!(committed > 0, "seed {seed}");
    }
    assert!(aborted > 1_000, "the storm was a calm: {aborted} records aborted");
}

/// Σ settled = received − rewound, with nothing left in flight, as long as no process died with its counters.
#[test]
fn every_received_record_is_settled_or_rewound() {
    for seed in 1_000..1_100 {
        let faults = Faults {
            begin_later: 100,
            commit_refused: 150,
            commit_lost_request: 100,
            abort_fails: 200,
            revoke: 10,
            lose: 5,
            ..Faults::default()
        };
        let cluster = filled_cluster();
        let telemetry = run_to_the_end(&cluster, faults, seed);
        verify(&cluster).unwrap_or_else(|reason| panic!("seed {seed}: {reason}"));
        let text = telemetry.render().unwrap();
        let received = metric(&text, "dateline_articles_received_total");
        let rewound = metric(&text, "dateline_articles_rewound_total");
        assert_eq!(received - rewound, RECORDS as u64, "seed {seed}: {received} - {rewound}");
        let discarded = metric(&text, "dateline_discarded_articles_total{intentional=\"true\"}");
        let tombstones = (0..RECORDS).filter(|number| number % 17 == 5).count() as u64;
        assert_eq!(discarded, tombstones, "seed {seed}");
    }
}

/// A verifier that cannot fail proves nothing.
#[test]
fn the_verifier_sees_loss_duplicates_disorder_and_strangers() {
    let done = || {
        let cluster = filled_cluster();
        run_to_the_end(&cluster, Faults::default(), 3);
        cluster
    };
    let write = |cluster: &Cluster, partition: usize, stored: Stored| {
        cluster.append("out", partition, stored);
    };
    let complete = done();
    let first = complete.read("out")[0][0].clone();
    write(&complete, 0, first);
    let reason = verify(&complete).unwrap_err();
    assert!(reason.contains("before") || reason.contains("2 times"), "{reason}");

    let stranger = done();
    let mut stored = stranger.read("out")[0][0].clone();
    stored.value = Some(b"stranger".to_vec());
    write(&stranger, 1, stored);
    assert!(verify(&stranger).unwrap_err().contains("nobody made"));

    let empty = filled_cluster();
    assert!(verify(&empty).unwrap_err().contains("0 times"));

    let shuffled = filled_cluster();
    let source = done();
    for (partition, log) in source.read("out").into_iter().enumerate() {
        for stored in log.into_iter().rev() {
            write(&shuffled, partition, stored);
        }
    }
    assert!(verify(&shuffled).unwrap_err().contains("before"));
}

/// What a crippled broker does not do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    /// Nothing but its own faults.
    Nothing,
    /// It does not rewind.
    Rewind,
    /// It went away: no commit, no abort, no new producer.
    Everything,
}

/// A broker that lacks something.
struct Crippled {
    inner: MemoryBroker,
    missing: Missing,
    stop: Stop,
    idle: usize,
}

impl Broker for Crippled {
    fn poll(&mut self, wait: Duration) -> Step {
        let step = self.inner.poll(wait);
        // What was lost never comes: a long silence is the end.
        self.idle = if matches!(step, Step::Idle) { self.idle + 1 } else { 0 };
        if self.idle > 200 {
            self.stop.request();
        }
        step
    }
    fn assigned(&mut self, partitions: &[i32]) -> Result<Vec<Position>, Error> {
        self.inner.assigned(partitions)
    }
    fn revoked(&mut self, partitions: &[i32]) -> Result<(), Error> {
        self.inner.revoked(partitions)
    }
    fn pause(&mut self, partitions: &[i32]) -> Result<(), Error> {
        self.inner.pause(partitions)
    }
    fn resume(&mut self, partitions: &[i32]) -> Result<(), Error> {
        self.inner.resume(partitions)
    }
    fn begin(&mut self) -> Result<(), Error> {
        self.inner.begin()
    }
    fn send(&mut self, output: &Output) -> Result<(), Error> {
        self.inner.send(output)
    }
    fn commit(&mut self, prefix: &[Position], deadline: Duration) -> Result<(), Error> {
        if self.missing == Missing::Everything {
            return Err(Error::new("commit", "gone", Action::Abort));
        }
        self.inner.commit(prefix, deadline)
    }
    fn abort(&mut self, deadline: Duration) -> Result<(), Error> {
        if self.missing == Missing::Everything {
            return Err(Error::new("abort", "gone", Action::Rebuild));
        }
        self.inner.abort(deadline)
    }
    fn rewind(&mut self, positions: &[Position]) -> Result<(), Error> {
        if self.missing == Missing::Rewind { Ok(()) } else { self.inner.rewind(positions) }
    }
    fn rebuild(&mut self) -> Result<(), Error> {
        if self.missing == Missing::Everything {
            self.stop.request();
            return Err(Error::new("renew the producer", "gone", Action::Retry));
        }
        self.inner.rebuild()
    }
    fn committed(&mut self, partitions: &[i32]) -> Result<Vec<Position>, Error> {
        self.inner.committed(partitions)
    }
    fn now_ms(&self) -> i64 {
        self.inner.now_ms()
    }
    fn ends(&self) -> Vec<Position> {
        self.inner.ends()
    }
    fn client_facts(&self) -> ClientFacts {
        self.inner.client_facts()
    }
    fn output_bytes_max(&self) -> usize {
        self.inner.output_bytes_max()
    }
    fn close(&mut self, deadline: Duration) {
        self.inner.close(deadline);
    }
}

/// The worker that forgets to rewind after an abort loses what was aborted: the storm must notice.
#[test]
fn without_the_rewind_the_storm_finds_the_loss() {
    let mut found = 0;
    for seed in 0..20 {
        let cluster = filled_cluster();
        let faults = Faults { commit_refused: 300, ..Faults::default() };
        let stop = Stop::new();
        let toy = Arc::new(Toy { stop: stop.clone(), left: AtomicI64::new(RECORDS as i64) });
        let inner = MemoryBroker::new(&cluster, "in", &["out", "dead"], Clock::Simulated)
            .with_faults(faults, seed);
        let mut options = options(seed);
        options.gate = GateLimits { records_max: 1_000, bytes_max: 1_000_000 };
        let missing = Missing::Rewind;
        let mut broker = Crippled { inner, missing, stop: stop.clone(), idle: 0 };
        run(&mut broker, toy, &options, &stop, &telemetry()).unwrap();
        if cluster.aborted_records() > 0 {
            assert!(verify(&cluster).is_err(), "seed {seed}: aborted, not read again, not missed");
            found += 1;
        }
    }
    assert!(found > 5, "only {found} of 20 schedules aborted anything");
}

/// A record that is ready while no transaction can begin waits for one.
#[test]
fn a_transaction_that_cannot_begin_yet_costs_no_record() {
    for seed in 0..50 {
        let cluster = filled_cluster();
        let faults = Faults { begin_later: 500, begin_fails: 100, ..Faults::default() };
        let stop = Stop::new();
        let toy = Arc::new(Toy { stop: stop.clone(), left: AtomicI64::new(RECORDS as i64) });
        let inner = MemoryBroker::new(&cluster, "in", &["out", "dead"], Clock::Simulated)
            .with_faults(faults, seed);
        let missing = Missing::Nothing;
        let mut broker = Crippled { inner, missing, stop: stop.clone(), idle: 0 };
        run(&mut broker, toy, &options(seed), &stop, &telemetry()).unwrap();
        verify(&cluster).unwrap_or_else(|reason| panic!("seed {seed}: {reason}"));
    }
}

/// A stop must not wait for brokers that are gone.
#[test]
fn a_stop_while_the_brokers_are_away_ends_the_worker_and_commits_nothing() {
    let cluster = filled_cluster();
    let stop = Stop::new();
    let toy = Arc::new(Toy { stop: stop.clone(), left: AtomicI64::new(RECORDS as i64) });
    let inner = MemoryBroker::new(&cluster, "in", &["out", "dead"], Clock::Simulated);
    let missing = Missing::Everything;
    let mut broker = Crippled { inner, missing, stop: stop.clone(), idle: 0 };
    let telemetry = telemetry();
    let summary = run(&mut broker, toy, &options(5), &stop, &telemetry).unwrap();
    assert_eq!(summary.committed, 0);
    assert!(summary.unfinished > 0);
    assert_eq!(cluster.count("out") + cluster.count("dead"), 0);
    let ready = telemetry.health.ready(0.0);
    assert!(!ready.ok, "{ready:?}");
}
