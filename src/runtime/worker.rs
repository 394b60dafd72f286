//! The loop: one thread that polls, admits, takes results, releases them in order and closes the transaction.
//!
//! Each turn does the same few things in the same order. Errors come back as values with an action; `recover` is the
//! one place that acts on them.

use std::sync::Arc;
use std::time::Duration;

use super::broker::{Broker, InputRecord, Output, Position, Step, TopicIx};
use super::dead_letter::{self, Sender};
use super::error::{Action, Error, ExitReason, HoldReason};
use super::gate::{Gate, GateLimits, Turn};
use super::lag::lags;
use super::pool::{Pool, Workers};
use super::processor::{Policy, Processor, Refusal, Settled};
use super::shutdown::Stop;
use super::tracker::{Released, Tracker};
use super::window::{Window, WindowLimits};
use crate::telemetry::{
    Queue, RebalanceKind, Repeats, RewindReason, Shown, Telemetry, TransactionResult,
    TransactionState,
};

/// Records taken from the client in one turn before results are looked at again: enough to keep the pool busy, short
/// enough that finished results do not wait behind a long drain of the client's queue.
const RECORDS_PER_TURN: usize = 256;

/// Longest wait for a step while records are being prepared, so that finished ones are released soon.
const BUSY_WAIT: Duration = Duration::from_millis(2);

/// Longest wait for a step while nothing is being prepared.
const IDLE_WAIT: Duration = Duration::from_millis(100);

/// Time between two looks at the gauges.
const GAUGES_MS: i64 = 500;

/// Choices of the worker. No default: every one is a setting.
#[derive(Clone, Debug)]
pub struct Options {
    /// Name of the input topic, for metrics and dead letters.
    pub input_topic: String,
    /// Where dead letters go.
    pub dead_letters: TopicIx,
    /// How records are prepared.
    pub workers: Workers,
    /// Limits of what may be in flight.
    pub gate: GateLimits,
    /// Limits of one transaction.
    pub window: WindowLimits,
    /// Milliseconds that finishing may take after a stop.
    pub drain_ms: i64,
    /// Milliseconds that finishing may take when partitions are revoked.
    pub revoke_ms: i64,
    /// Milliseconds that one commit or abort may take.
    pub transaction_ms: u64,
    /// Name of this worker, for dead letters.
    pub instance: String,
    /// Version of program and pack, for dead letters.
    pub version: String,
}

/// What a worker did, for the closing line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Records whose outcome is committed.
    pub committed: u64,
    /// Records that were still unfinished when the drain deadline passed; they are read again after the next start.
    pub unfinished: u64,
}

/// A record that waits in the open transaction for its commit.
pub(super) struct Pending<R> {
    pub(super) at: Position,
    pub(super) settled: Settled<R>,
    pub(super) timestamp_ms: Option<i64>,
    /// Bytes of its largest output.
    pub(super) largest: usize,
}

/// The state of the loop.
pub(super) struct Worker<'a, B: Broker, P: Processor> {
    pub(super) broker: &'a mut B,
    pub(super) processor: Arc<P>,
    pub(super) options: &'a Options,
    pub(super) stop: &'a Stop,
    pub(super) telemetry: Arc<Telemetry>,
    pub(super) tracker: Tracker<P::Receipt>,
    pub(super) window: Window,
    pub(super) pending: Vec<Pending<P::Receipt>>,
    pub(super) summary: Summary,
    /// Records whose output the client refused as too large although it looked small enough.
    pub(super) condemned: Vec<Position>,
    pool: Pool<P>,
    gate: Gate,
    sender: Sender,
    /// An assignment that is not complete yet: its start offsets could not be had. May be empty: a rebalance that
    /// leaves us as we are has to be completed too, or the group waits for us for ever.
    unassigned: Option<Vec<i32>>,
    /// Why consuming is held, until the process ends.
    held: Option<Error>,
    drain_until_ms: Option<i64>,
    gauges_due_ms: i64,
    retries: Repeats,
}

/// Whether the loop goes on.
enum Flow {
    On,
    End,
}

/// Runs a worker until `stop` is requested and everything is drained, or until an error that ends the process.
///
/// # Errors
/// An error whose action is `Exit`.
pub fn run<B: Broker, P: Processor>(
    broker: &mut B,
    processor: Arc<P>,
    options: &Options,
    stop: &Stop,
    telemetry: &Arc<Telemetry>,
) -> Result<Summary, Error> {
    let pool =
        Pool::start(options.workers, Arc::clone(&processor), options.gate.records_max, telemetry)
            .map_err(|error| {
            let broken = Action::Exit(ExitReason::Broken);
            Error::new("start the preparing threads", error.to_string(), broken)
        })?;
    let sender = Sender {
        topic: options.dead_letters,
        input_topic: options.input_topic.clone(),
        instance: options.instance.clone(),
        version: options.version.clone(),
        output_bytes_max: broker.output_bytes_max(),
    };
    let mut worker = Worker {
        broker,
        processor,
        options,
        stop,
        telemetry: Arc::clone(telemetry),
        tracker: Tracker::new(),
        window: Window::default(),
        pending: Vec::new(),
        summary: Summary::default(),
        condemned: Vec::new(),
        pool,
        gate: Gate::default(),
        sender,
        unassigned: None,
        held: None,
        drain_until_ms: None,
        gauges_due_ms: 0,
        retries: Repeats::default(),
    };
    worker.announce();
    loop {
        match worker.turn() {
            Ok(Flow::On) => {}
            Ok(Flow::End) => break,
            Err(error) => match worker.recover(error) {
                Ok(()) => {}
                Err(error) if error.action == Action::Exit(ExitReason::Stopped) => {
                    tracing::warn!(%error, "stopping without the brokers; the next start goes on");
                    let unfinished = (worker.tracker.records() + worker.pending.len()) as u64;
                    worker.pool.stop();
                    return Ok(Summary { unfinished, ..worker.summary });
                }
                Err(error) => {
                    if error.action == Action::Exit(ExitReason::Fenced) {
                        telemetry.worker.transaction(TransactionResult::Fenced, 0.0, 0);
                    }
                    return Err(error);
                }
            },
        }
    }
    Ok(worker.finish())
}

impl<B: Broker, P: Processor> Worker<'_, B, P> {
    fn announce(&self) {
        let gate = &self.options.gate;
        let metrics = &self.telemetry.worker;
        metrics.inflight_limit_bytes(signed(gate.bytes_max));
        metrics.queue_capacity(Queue::Input, signed(gate.records_max));
        metrics.queue_capacity(Queue::Results, signed(gate.records_max));
        metrics.queue_capacity(Queue::Release, signed(gate.records_max));
        metrics.threads(match self.options.workers {
            Workers::Threads(count) => signed(count),
            Workers::Inline { .. } => 0,
        });
        metrics.transaction_state(TransactionState::Idle);
    }

    fn turn(&mut self) -> Result<Flow, Error> {
        let now_ms = self.broker.now_ms();
        self.drain_if_asked(now_ms)?;
        self.take_results(Duration::ZERO);
        self.release()?;
        if self.window.is_due(&self.options.window, now_ms) {
            self.commit_window()?;
        }
        if self.drained(now_ms)? {
            return Ok(Flow::End);
        }
        self.mind_the_gate()?;
        self.show_gauges(now_ms);
        self.retry_assignment()?;
        self.poll_steps()?;
        Ok(Flow::On)
    }

    fn drain_if_asked(&mut self, now_ms: i64) -> Result<(), Error> {
        if self.stop.is_requested() && self.drain_until_ms.is_none() {
            tracing::info!(inflight = self.tracker.records(), "draining");
            self.telemetry.health.set_draining();
            self.drain_until_ms = Some(now_ms + self.options.drain_ms);
            self.broker.pause(&self.tracker.partitions())?;
        }
        Ok(())
    }

    /// Whether a requested stop is complete: everything is committed, or the deadline has passed.
    fn drained(&mut self, now_ms: i64) -> Result<bool, Error> {
        let Some(until_ms) = self.drain_until_ms else { return Ok(false) };
        if self.held.is_some() || now_ms >= until_ms {
            return Ok(true);
        }
        if self.tracker.records() > 0 {
            return Ok(false);
        }
        self.commit_window()?;
        Ok(true)
    }

    fn finish(mut self) -> Summary {
        self.summary.unfinished = self.tracker.records() as u64;
        if self.window.is_open() {
            // Past the deadline: nothing more is committed, and what was sent must not stay visible as an open
            // transaction that blocks readers. A failing abort is ended by the next start's fencing.
            let deadline = Duration::from_millis(self.options.transaction_ms);
            if let Err(error) = self.broker.abort(deadline) {
                tracing::warn!(%error, "the open transaction is left to its time-out");
            }
            self.summary.unfinished += self.pending.len() as u64;
        }
        self.pool.stop();
        self.summary
    }

    /// Moves results from the pool to the tracker; waits up to `wait` for the first one.
    pub(super) fn take_results(&mut self, wait: Duration) {
        let mut wait = wait;
        while let Some(done) = self.pool.next(wait) {
            if !self.tracker.finish(done.ticket, done.prepared) {
                self.telemetry.worker.late_results(1);
            }
            wait = Duration::ZERO;
        }
    }

    /// Sends what is finished, in offset order per partition, until the window is full or while none can begin.
    /// Partitions take turns, so that none waits for another's backlog.
    pub(super) fn release(&mut self) -> Result<(), Error> {
        if self.held.is_some() {
            return Ok(());
        }
        while self.tracker.has_ready() {
            if !self.window.is_open() && !self.begin_window()? {
                return Ok(());
            }
            for partition in self.tracker.partitions() {
                if self.window.is_full(&self.options.window) {
                    return Ok(());
                }
                if let Some(released) = self.tracker.release(partition) {
                    self.send_released(released)?;
                }
            }
        }
        Ok(())
    }

    fn send_released(&mut self, released: Released<P::Receipt>) -> Result<(), Error> {
        let Released { input, prepared } = released;
        let at = Position { partition: input.partition, offset: input.offset };
        let checked = prepared.and_then(|draft| {
            let limit = self.sender.output_bytes_max;
            let largest = draft.outputs.iter().map(Output::bytes).max().unwrap_or(0);
            if largest > limit || self.condemned.contains(&at) {
                Err(dead_letter::output_too_large(largest, limit))
            } else {
                Ok(draft)
            }
        });
        let timestamp_ms = input.timestamp_ms;
        match checked {
            Ok(draft) => {
                let (mut bytes, mut largest) = (0, 0);
                for output in &draft.outputs {
                    self.send_one(output, at)?;
                    bytes += output.bytes();
                    largest = largest.max(output.bytes());
                }
                self.window.add(bytes);
                let settled = Settled::Done(draft.receipt);
                self.pending.push(Pending { at, settled, timestamp_ms, largest });
            }
            Err(refusal) => self.send_refused(&input, &refusal)?,
        }
        Ok(())
    }

    fn send_refused(&mut self, input: &InputRecord, refusal: &Refusal) -> Result<(), Error> {
        let at = Position { partition: input.partition, offset: input.offset };
        let mut bytes = 0;
        let settled = match refusal.policy {
            Policy::DeadLetter => {
                let now_ms = self.broker.now_ms();
                let letter = dead_letter::dead_letter(&self.sender, input, refusal, now_ms);
                self.send_one(&letter, at)?;
                bytes = letter.bytes();
                Settled::DeadLetter { stage: refusal.stage, error_type: refusal.error_type }
            }
            Policy::Skip => Settled::Skipped,
        };
        self.window.add(bytes);
        let timestamp_ms = input.timestamp_ms;
        self.pending.push(Pending { at, settled, timestamp_ms, largest: 0 });
        Ok(())
    }

    /// Sends one output, waiting while the client's queue is full.
    fn send_one(&mut self, output: &Output, at: Position) -> Result<(), Error> {
        let until_ms = self.broker.now_ms()
            + i64::try_from(self.options.transaction_ms / 2).unwrap_or(i64::MAX);
        loop {
            let error = match self.broker.send(output) {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            match error.action {
                Action::Retry if self.broker.now_ms() < until_ms => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Action::Retry => return Err(Error { action: Action::Abort, ..error }),
                Action::DeadLetter => {
                    // Earlier outputs of this record may be in the transaction: abort, and let it be a dead letter
                    // when it comes back.
                    self.condemned.push(at);
                    return Err(Error { action: Action::Abort, ..error });
                }
                Action::Abort | Action::Rebuild | Action::Hold(_) | Action::Exit(_) => {
                    return Err(error);
                }
            }
        }
    }

    fn mind_the_gate(&mut self) -> Result<(), Error> {
        let late = self.pool.outstanding() - self.tracker.running();
        let records = self.tracker.records() + late;
        let turn = self.gate.turn(&self.options.gate, records, self.tracker.bytes());
        if self.drain_until_ms.is_some() || self.held.is_some() {
            return Ok(());
        }
        let partitions = self.tracker.partitions();
        match turn {
            Turn::Pause => self.broker.pause(&partitions),
            Turn::Resume => self.broker.resume(&partitions),
            Turn::Keep => Ok(()),
        }
    }

    fn is_paused(&self) -> bool {
        self.gate.is_closed() || self.drain_until_ms.is_some() || self.held.is_some()
    }

    fn poll_steps(&mut self) -> Result<(), Error> {
        let now_ms = self.broker.now_ms();
        let mut wait = if self.pool.outstanding() > 0 { BUSY_WAIT } else { IDLE_WAIT };
        if let Some(left_ms) = self.window.remaining_ms(&self.options.window, now_ms) {
            wait = wait.min(Duration::from_millis(left_ms.unsigned_abs()));
        }
        for _ in 0..RECORDS_PER_TURN {
            let step = self.broker.poll(wait);
            wait = Duration::ZERO;
            match step {
                Step::Idle => break,
                Step::Record(input) => {
                    self.admit(input);
                    if self.tracker.records() >= self.options.gate.records_max
                        || self.tracker.bytes() >= self.options.gate.bytes_max
                    {
                        break;
                    }
                }
                Step::End(partition) => self.tracker.at_end(partition),
                Step::Assigned(partitions) => {
                    self.unassigned.get_or_insert_default().extend(partitions);
                    return self.retry_assignment();
                }
                Step::Revoked { partitions, lost } => return self.revoked(&partitions, lost),
                Step::Failed(error) => return Err(error),
            }
        }
        // Health hears it from the gauge.
        self.telemetry.worker.polled(seconds(self.broker.now_ms()));
        Ok(())
    }

    fn admit(&mut self, input: InputRecord) {
        let bytes = input.bytes();
        let input = Arc::new(input);
        let now_ms = self.broker.now_ms();
        if let Some(ticket) = self.tracker.admit(&input, now_ms) {
            self.telemetry.worker.received(1, bytes as u64);
            self.pool.submit(ticket, input);
        }
    }

    /// Completes assignments; where offsets cannot be had yet, the next turn tries again.
    fn retry_assignment(&mut self) -> Result<(), Error> {
        let Some(partitions) = &self.unassigned else { return Ok(()) };
        self.telemetry.health.set_rebalancing(true);
        // Refused with `Retry` while the offsets cannot be had: the partitions stay listed for the next turn.
        let starts = self.broker.assigned(partitions)?;
        self.telemetry.health.set_rebalancing(false);
        self.unassigned = None;
        self.telemetry.worker.rebalance(RebalanceKind::Assign);
        for start in &starts {
            tracing::info!(partition = start.partition, offset = start.offset, "assigned");
            self.tracker.assign(*start);
            // From here on a partition that stands still can be told from one that never moved.
            let now = seconds(self.broker.now_ms());
            self.telemetry.worker.progress(&self.options.input_topic, start.partition, now);
        }
        self.telemetry.health.set_joined(true);
        if self.is_paused() {
            // A fresh assignment always fetches: the pause has to be said again.
            self.broker.pause(&self.tracker.partitions())?;
        }
        Ok(())
    }

    /// Finishes and commits what can be, lets the partitions go, and completes the revocation.
    fn revoked(&mut self, partitions: &[i32], lost: bool) -> Result<(), Error> {
        let started_ms = self.broker.now_ms();
        self.telemetry.health.set_rebalancing(true);
        if let Some(unassigned) = &mut self.unassigned {
            unassigned.retain(|partition| !partitions.contains(partition));
        }
        if lost {
            self.telemetry.worker.rebalance(RebalanceKind::Lost);
            self.drop_lanes(partitions);
            if self.window.is_open() {
                // Outputs of lost partitions are in the open transaction: it cannot be committed.
                tracing::warn!(?partitions, "partitions were lost; aborting the transaction");
                self.abort_and_rewind()?;
            }
        } else {
            self.telemetry.worker.rebalance(RebalanceKind::Revoke);
            let until_ms = started_ms + self.options.revoke_ms;
            while self.tracker.running_of(partitions) > 0 && self.broker.now_ms() < until_ms {
                self.take_results(BUSY_WAIT);
            }
            let committed = self.release().and_then(|()| self.commit_window());
            if let Err(error) = committed {
                self.recover(error)?;
            }
            self.drop_lanes(partitions);
        }
        self.broker.revoked(partitions)?;
        self.telemetry.health.set_rebalancing(false);
        let took_ms = self.broker.now_ms() - started_ms;
        self.telemetry.worker.revoke_duration(seconds(took_ms));
        tracing::info!(?partitions, lost, took_ms, "revoked");
        Ok(())
    }

    fn drop_lanes(&mut self, partitions: &[i32]) {
        let mut dropped = 0;
        for partition in partitions {
            dropped += self.tracker.revoke(*partition);
            self.telemetry.worker.forget_partition(&self.options.input_topic, *partition);
        }
        self.telemetry.worker.rewound(RewindReason::Revoke, dropped as u64);
    }

    /// Acts on an error: the one place that knows what each action means.
    pub(super) fn recover(&mut self, error: Error) -> Result<(), Error> {
        match error.action {
            Action::Retry => {
                match self.retries.happened(seconds(self.broker.now_ms())) {
                    Shown::First => tracing::warn!(%error, "will try again"),
                    Shown::Summary(times) => tracing::warn!(%error, times, "still trying"),
                    Shown::No => {}
                }
                Ok(())
            }
            Action::DeadLetter | Action::Abort => {
                tracing::warn!(%error, "aborting the transaction and reading again from the last commit");
                self.abort_and_rewind()
            }
            Action::Rebuild => {
                tracing::warn!(%error, "renewing the producer and reading again from the last commit");
                self.rebuild_and_rewind()
            }
            Action::Hold(reason) => {
                self.hold(error, reason);
                Ok(())
            }
            Action::Exit(_) => Err(error),
        }
    }

    /// Holds consuming. The client does not say of which partition it speaks: the broker is asked.
    fn hold(&mut self, error: Error, reason: HoldReason) {
        if self.held.is_some() {
            return;
        }
        let positions: Vec<Position> =
            self.tracker.heads().into_iter().map(|head| head.position).collect();
        let place = match reason {
            HoldReason::OffsetLost => {
                self.telemetry.worker.offset_out_of_range();
                self.broker.out_of_range(&positions)
            }
            HoldReason::NoRights => None,
        };
        let place = place.map_or_else(
            || self.options.input_topic.clone(),
            |at| format!("{}/{}, offset {}", self.options.input_topic, at.partition, at.offset),
        );
        tracing::error!(%error, stuck_at = place, "stuck: consuming is held until somebody acts");
        self.telemetry.health.set_stuck(Some(format!("stuck at {place}: {error}")));
        if let Err(error) = self.broker.pause(&self.tracker.partitions()) {
            tracing::warn!(%error, "pausing failed");
        }
        self.held = Some(error);
    }

    fn show_gauges(&mut self, now_ms: i64) {
        if now_ms < self.gauges_due_ms {
            return;
        }
        self.gauges_due_ms = now_ms + GAUGES_MS;
        let metrics = &self.telemetry.worker;
        let topic = &self.options.input_topic;
        let heads = self.tracker.heads();
        for lag in lags(&heads, &self.broker.ends(), now_ms) {
            metrics.lag(topic, lag.partition, lag.records, lag.seconds);
        }
        for head in &heads {
            let waited = head.oldest_admitted_ms.map_or(0.0, |admitted| seconds(now_ms - admitted));
            metrics.oldest_unfinished(topic, head.position.partition, waited);
        }
        let paused = if self.is_paused() { heads.len() } else { 0 };
        metrics.assigned(signed(heads.len()));
        metrics.paused(signed(paused));
        metrics.inflight(signed(self.tracker.records()), signed(self.tracker.bytes()));
        metrics.queue(Queue::Input, signed(self.tracker.running()));
        metrics.queue(Queue::Results, signed(self.pool.outstanding() - self.tracker.running()));
        metrics.queue(Queue::Release, signed(self.tracker.records() - self.tracker.running()));
        let facts = self.broker.client_facts();
        self.telemetry.health.set_broker_reached(facts.reachable, seconds(now_ms));
        if facts.stats_at_ms > 0 {
            metrics.client_stats(seconds(facts.stats_at_ms));
        }
        for (broker, rtt_us) in facts.rtt_us {
            metrics.broker_rtt(broker, rtt_us as f64 / 1_000_000.0);
        }
        for reason in facts.rebuilds {
            metrics.producer_rebuilt(super::transaction::rebuild_label(reason));
        }
    }
}

/// Milliseconds as seconds.
pub(super) fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
