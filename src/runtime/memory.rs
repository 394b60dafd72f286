//! A broker in memory: for `demo`, for examples, and for seeded simulation with faults and its own clock.
//!
//! A [`Cluster`] holds topics and the group's committed positions and outlives brokers, as a real one outlives
//! workers. A transaction's outputs are staged in its broker and appended at commit together with the positions, so a
//! broker that is dropped (a crash) leaves nothing behind, and a topic holds what a `read_committed` reader would see.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::broker::{Broker, ClientFacts, Header, InputRecord, Output, Position, Step};
use super::error::{Action, Error, ExitReason, RebuildReason};

/// Payload bytes of one record, as Apache Kafka's default has it (`message.max.bytes`).
const OUTPUT_BYTES_MAX: usize = 1_000_000;

/// SplitMix64 (Steele, Lea, Flood 2014): enough randomness for schedules and faults, the same on every machine.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// A generator of that seed.
    pub fn new(seed: u64) -> Self {
        Rng(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`; `bound` is at least 1. The bias of the remainder does not matter here.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next_u64() % bound as u64).unwrap_or(0)
    }

    /// True in `per_mille` of 1000 cases.
    pub fn chance(&mut self, per_mille: u16) -> bool {
        self.below(1000) < usize::from(per_mille)
    }
}

/// A record as it lies in a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Unix milliseconds, where the record has a timestamp.
    pub timestamp_ms: Option<i64>,
    /// Key.
    pub key: Option<Vec<u8>>,
    /// Value.
    pub value: Option<Vec<u8>>,
    /// Headers.
    pub headers: Vec<Header>,
}

#[derive(Debug, Default)]
struct State {
    topics: BTreeMap<String, Vec<Vec<Stored>>>,
    committed: BTreeMap<i32, i64>,
    aborted_records: usize,
    clock_ms: i64,
}

/// Topics and committed positions, shared by the brokers of one test or demo.
#[derive(Clone, Debug, Default)]
pub struct Cluster {
    state: Arc<Mutex<State>>,
    changed: Arc<Condvar>,
}

impl Cluster {
    /// A cluster with these topics (name, partitions).
    pub fn new(topics: &[(&str, usize)]) -> Self {
        let cluster = Cluster::default();
        let mut state = cluster.lock();
        for (name, partitions) in topics {
            state.topics.insert((*name).to_owned(), vec![Vec::new(); *partitions]);
        }
        drop(state);
        cluster
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic while the lock is held can only come from a test's own assertion; the state stays usable.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends a record to a partition of a topic; unknown names are ignored.
    pub fn append(&self, topic: &str, partition: usize, record: Stored) {
        let mut state = self.lock();
        if let Some(log) = state.topics.get_mut(topic).and_then(|logs| logs.get_mut(partition)) {
            log.push(record);
        }
        drop(state);
        self.changed.notify_all();
    }

    /// A copy of what a `read_committed` reader sees of a topic, per partition.
    pub fn read(&self, topic: &str) -> Vec<Vec<Stored>> {
        self.lock().topics.get(topic).cloned().unwrap_or_default()
    }

    /// Records of a topic.
    pub fn count(&self, topic: &str) -> usize {
        self.lock().topics.get(topic).map_or(0, |logs| logs.iter().map(Vec::len).sum())
    }

    /// Records that were sent in transactions that did not commit.
    pub fn aborted_records(&self) -> usize {
        self.lock().aborted_records
    }

    /// Sum of the group's committed positions: input records done.
    pub fn committed_records(&self) -> i64 {
        self.lock().committed.values().sum()
    }
}

/// What goes wrong, per thousand calls. All zero by default: nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// A send finds the queue full.
    pub send_full: u16,
    /// A transaction cannot begin yet, because the producer is being renewed in vain.
    pub begin_later: u16,
    /// A transaction cannot begin, and the producer must be renewed.
    pub begin_fails: u16,
    /// A commit must be aborted.
    pub commit_refused: u16,
    /// A commit times out although it took effect.
    pub commit_lost_reply: u16,
    /// A commit times out and has no effect.
    pub commit_lost_request: u16,
    /// An abort fails and the producer must be renewed.
    pub abort_fails: u16,
    /// Partitions are taken away after a poll and given back later.
    pub revoke: u16,
    /// … without being asked.
    pub lose: u16,
    /// The process dies at a commit, before or after it took effect.
    pub crash: u16,
}

/// Where time comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The system.
    System,
    /// The cluster: it moves only by waiting.
    Simulated,
}

/// A broker over a [`Cluster`].
#[derive(Debug)]
pub struct MemoryBroker {
    cluster: Cluster,
    input: String,
    outputs: Vec<String>,
    clock: Clock,
    faults: Faults,
    rng: Rng,
    positions: BTreeMap<i32, i64>,
    paused: BTreeSet<i32>,
    end_told: BTreeSet<i32>,
    to_assign: Vec<i32>,
    staged: Option<Vec<Output>>,
    turn: usize,
    rebuilds: Vec<RebuildReason>,
}

impl MemoryBroker {
    /// A broker that reads `input` and writes `outputs`; all partitions are its own.
    pub fn new(cluster: &Cluster, input: &str, outputs: &[&str], clock: Clock) -> Self {
        let partitions = cluster.lock().topics.get(input).map_or(0, Vec::len);
        MemoryBroker {
            cluster: cluster.clone(),
            input: input.to_owned(),
            outputs: outputs.iter().map(|name| (*name).to_owned()).collect(),
            clock,
            faults: Faults::default(),
            rng: Rng::new(0),
            positions: BTreeMap::new(),
            paused: BTreeSet::new(),
            end_told: BTreeSet::new(),
            to_assign: (0..i32::try_from(partitions).unwrap_or(0)).collect(),
            staged: None,
            turn: 0,
            rebuilds: Vec::new(),
        }
    }

    /// The same broker with faults drawn from a seed.
    pub fn with_faults(mut self, faults: Faults, seed: u64) -> Self {
        self.faults = faults;
        self.rng = Rng::new(seed);
        self
    }

    fn next_record(&mut self) -> Option<InputRecord> {
        let partitions: Vec<i32> =
            self.positions.keys().copied().filter(|p| !self.paused.contains(p)).collect();
        let state = self.cluster.lock();
        let logs = state.topics.get(&self.input)?;
        for step in 0..partitions.len() {
            let partition = *partitions.get((self.turn + step) % partitions.len())?;
            let offset = self.positions.get_mut(&partition)?;
            let log = logs.get(usize::try_from(partition).ok()?)?;
            let Some(stored) = log.get(usize::try_from(*offset).ok()?) else { continue };
            let record = InputRecord {
                partition,
                offset: *offset,
                timestamp_ms: stored.timestamp_ms,
                key: stored.key.clone(),
                value: stored.value.clone(),
                headers: stored.headers.clone(),
            };
            *offset += 1;
            self.turn += step + 1;
            self.end_told.remove(&partition);
            return Some(record);
        }
        None
    }

    fn untold_end(&mut self) -> Option<i32> {
        let partition = *self
            .positions
            .keys()
            .find(|p| !self.paused.contains(p) && !self.end_told.contains(p))?;
        self.end_told.insert(partition);
        Some(partition)
    }

    fn wait(&self, wait: Duration) {
        let state = self.cluster.lock();
        match self.clock {
            Clock::System => {
                let waited = self.cluster.changed.wait_timeout(state, wait);
                drop(waited.unwrap_or_else(PoisonError::into_inner));
            }
            Clock::Simulated => {
                let mut state = state;
                state.clock_ms += i64::try_from(wait.as_millis()).unwrap_or(0).max(1);
            }
        }
    }

    fn rebalance(&mut self) -> Option<Step> {
        let lost = self.rng.chance(self.faults.lose);
        if self.positions.is_empty() || !(lost || self.rng.chance(self.faults.revoke)) {
            return None;
        }
        let all: Vec<i32> = self.positions.keys().copied().collect();
        let partitions: Vec<i32> = all.into_iter().filter(|_| self.rng.chance(500)).collect();
        // A rebalance may take nothing away.
        Some(Step::Revoked { partitions, lost })
    }

    fn apply(&mut self, prefix: &[Position]) {
        let outputs = self.staged.take().unwrap_or_default();
        let now_ms = self.now_ms();
        let mut state = self.cluster.lock();
        for output in outputs {
            let Some(name) = self.outputs.get(output.topic.0) else { continue };
            let Some(logs) = state.topics.get_mut(name) else { continue };
            let partition = partition_of(output.key.as_deref(), logs.len());
            if let Some(log) = logs.get_mut(partition) {
                log.push(Stored {
                    timestamp_ms: Some(now_ms),
                    key: output.key,
                    value: output.value,
                    headers: output.headers,
                });
            }
        }
        for position in prefix {
            state.committed.insert(position.partition, position.offset);
        }
        drop(state);
        self.cluster.changed.notify_all();
    }

    fn drop_staged(&mut self) {
        let dropped = self.staged.take().map_or(0, |staged| staged.len());
        self.cluster.lock().aborted_records += dropped;
    }
}

fn partition_of(key: Option<&[u8]>, partitions: usize) -> usize {
    let hash = key.unwrap_or_default().iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    usize::try_from(hash % partitions.max(1) as u64).unwrap_or(0)
}

impl Broker for MemoryBroker {
    fn poll(&mut self, wait: Duration) -> Step {
        if !self.to_assign.is_empty() {
            return Step::Assigned(std::mem::take(&mut self.to_assign));
        }
        if let Some(step) = self.rebalance() {
            return step;
        }
        if let Some(record) = self.next_record() {
            return Step::Record(record);
        }
        if let Some(partition) = self.untold_end() {
            return Step::End(partition);
        }
        if !wait.is_zero() {
            self.wait(wait);
        }
        Step::Idle
    }

    fn assigned(&mut self, partitions: &[i32]) -> Result<Vec<Position>, Error> {
        let starts = self.committed(partitions)?;
        for start in &starts {
            self.positions.insert(start.partition, start.offset);
            self.paused.remove(&start.partition);
            self.end_told.remove(&start.partition);
        }
        Ok(starts)
    }

    fn revoked(&mut self, partitions: &[i32]) -> Result<(), Error> {
        for partition in partitions {
            self.positions.remove(partition);
        }
        // The only member gets everything back at the next poll.
        self.to_assign.extend_from_slice(partitions);
        Ok(())
    }

    fn pause(&mut self, partitions: &[i32]) -> Result<(), Error> {
        self.paused.extend(partitions);
        Ok(())
    }

    fn resume(&mut self, partitions: &[i32]) -> Result<(), Error> {
        self.paused.retain(|partition| !partitions.contains(partition));
        Ok(())
    }

    fn begin(&mut self) -> Result<(), Error> {
        debug_assert!(self.staged.is_none(), "one transaction at a time");
        let action = if self.rng.chance(self.faults.begin_later) {
            Action::Retry
        } else if self.rng.chance(self.faults.begin_fails) {
            Action::Rebuild
        } else {
            self.staged = Some(Vec::new());
            return Ok(());
        };
        self.wait(Duration::from_millis(1));
        Err(Error::new("begin a transaction", "refused", action))
    }

    fn send(&mut self, output: &Output) -> Result<(), Error> {
        if self.rng.chance(self.faults.send_full) {
            self.wait(Duration::from_millis(1));
            return Err(Error::new("send a record", "the queue is full", Action::Retry));
        }
        match &mut self.staged {
            Some(staged) => {
                staged.push(output.clone());
                Ok(())
            }
            None => Err(Error::new(
                "send a record",
                "no transaction is open",
                Action::Exit(ExitReason::Broken),
            )),
        }
    }

    fn commit(&mut self, prefix: &[Position], _deadline: Duration) -> Result<(), Error> {
        let failed = |cause: &str, action| Err(Error::new("commit the transaction", cause, action));
        if self.rng.chance(self.faults.commit_refused) {
            return failed("refused", Action::Abort);
        }
        if self.rng.chance(self.faults.commit_lost_request) {
            return failed("timed out", Action::Rebuild);
        }
        if self.rng.chance(self.faults.commit_lost_reply) {
            self.apply(prefix);
            return failed("timed out", Action::Rebuild);
        }
        if self.rng.chance(self.faults.crash) {
            if self.rng.chance(500) {
                self.apply(prefix);
            }
            return failed("the simulation kills the process", Action::Exit(ExitReason::Broken));
        }
        self.apply(prefix);
        Ok(())
    }

    fn abort(&mut self, _deadline: Duration) -> Result<(), Error> {
        if self.rng.chance(self.faults.abort_fails) {
            return Err(Error::new("abort the transaction", "timed out", Action::Rebuild));
        }
        self.drop_staged();
        Ok(())
    }

    fn rewind(&mut self, positions: &[Position]) -> Result<(), Error> {
        for position in positions {
            self.positions.insert(position.partition, position.offset);
            self.end_told.remove(&position.partition);
        }
        Ok(())
    }

    fn rebuild(&mut self) -> Result<(), Error> {
        self.drop_staged();
        self.rebuilds.push(RebuildReason::UnknownOutcome);
        Ok(())
    }

    fn committed(&mut self, partitions: &[i32]) -> Result<Vec<Position>, Error> {
        let state = self.cluster.lock();
        let at = |partition: &i32| Position {
            partition: *partition,
            offset: state.committed.get(partition).copied().unwrap_or(0),
        };
        Ok(partitions.iter().map(at).collect())
    }

    fn now_ms(&self) -> i64 {
        match self.clock {
            Clock::Simulated => self.cluster.lock().clock_ms,
            Clock::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                i64::try_from(since.as_millis()).unwrap_or(0)
            }
        }
    }

    fn ends(&self) -> Vec<Position> {
        let state = self.cluster.lock();
        let logs = state.topics.get(&self.input).map(Vec::as_slice).unwrap_or_default();
        (0..)
            .zip(logs)
            .map(|(partition, log)| Position { partition, offset: log.len() as i64 })
            .collect()
    }

    fn client_facts(&self) -> ClientFacts {
        ClientFacts { reachable: true, ..ClientFacts::default() }
    }

    fn output_bytes_max(&self) -> usize {
        OUTPUT_BYTES_MAX
    }

    fn close(&mut self, _deadline: Duration) {
        self.drop_staged();
        self.positions.clear();
    }
}
