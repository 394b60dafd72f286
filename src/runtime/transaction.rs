//! The ends of a transaction: commit, abort and rewind, and a producer renewed after an unknown outcome.
//!
//! Abort is not rewind: what was aborted is read again only because we seek back to the last committed position, which
//! we take from our own memory (asking the group can starve while other members' transactions are open). Only after a
//! commit of unknown outcome the group is asked, once a new producer has ended the old transaction for good.

use std::time::{Duration, Instant};

use super::broker::{Broker, Position};
use super::error::{Action, Error, ExitReason, RebuildReason};
use super::processor::{Processor, Settled};
use super::worker::{Worker, seconds};
use crate::telemetry::{RewindReason, TransactionResult, TransactionState};

/// Pause between two tries at something that the broker refuses for a while.
const RETRY_PAUSE: Duration = Duration::from_millis(200);

/// The label of a rebuild reason.
pub(super) fn rebuild_label(reason: RebuildReason) -> crate::telemetry::RebuildReason {
    match reason {
        RebuildReason::UnknownOutcome => crate::telemetry::RebuildReason::UnknownOutcome,
        RebuildReason::Fatal => crate::telemetry::RebuildReason::Fatal,
    }
}

impl<B: Broker, P: Processor> Worker<'_, B, P> {
    /// Begins a transaction; `false` where that cannot be done yet. Comes before a record is taken from the tracker: a
    /// record that is taken counts as sent, so one that was taken for a transaction that did not begin would be passed
    /// over by the next commit, and lost.
    pub(super) fn begin_window(&mut self) -> Result<bool, Error> {
        match self.broker.begin() {
            Ok(()) => {}
            Err(error) if error.action == Action::Retry => {
                // The loop goes on, so that the group hears of us and can take partitions meanwhile.
                self.recover(error)?;
                return Ok(false);
            }
            Err(error) => return Err(error),
        }
        self.window.open(self.broker.now_ms());
        self.telemetry.worker.transaction_state(TransactionState::Open);
        Ok(true)
    }

    /// Commits what was sent, with its input positions. Does nothing while no transaction is open.
    pub(super) fn commit_window(&mut self) -> Result<(), Error> {
        if !self.window.is_open() {
            return Ok(());
        }
        let prefix = self.tracker.prefix();
        self.telemetry.worker.transaction_state(TransactionState::Committing);
        let deadline = Duration::from_millis(self.options.transaction_ms);
        match self.broker.commit(&prefix, deadline) {
            Ok(()) => {
                self.settle(&prefix);
                Ok(())
            }
            Err(error) if error.action == Action::Rebuild => {
                tracing::warn!(%error, "the outcome of a commit is unknown; asking the group");
                self.find_out(&prefix)
            }
            Err(error) => {
                if error.action == Action::DeadLetter {
                    // The broker found a record too large; it does not say which. The largest becomes a dead letter
                    // when it comes back; if it was another one, the next round takes the next largest.
                    let largest = self.pending.iter().max_by_key(|pending| pending.largest);
                    self.condemned.extend(largest.map(|pending| pending.at));
                }
                Err(error)
            }
        }
    }

    /// After a commit of unknown outcome: a new producer ends the old transaction, then the committed positions tell.
    fn find_out(&mut self, prefix: &[Position]) -> Result<(), Error> {
        self.renew_producer()?;
        let partitions: Vec<i32> = prefix.iter().map(|position| position.partition).collect();
        let committed = self.patiently(|worker| worker.broker.committed(&partitions))?;
        // A transaction is atomic: either all its positions are committed or none.
        let done = prefix.iter().all(|position| committed.contains(position));
        if done {
            self.settle(prefix);
            Ok(())
        } else {
            self.give_up_window(TransactionResult::Aborted);
            self.rewind()
        }
    }

    fn settle(&mut self, prefix: &[Position]) {
        self.tracker.commit(prefix);
        let now_ms = self.broker.now_ms();
        let worker = &self.telemetry.worker;
        let opened_ms = self.window.opened_ms().unwrap_or(now_ms);
        let records = self.pending.len() as u64;
        worker.transaction(TransactionResult::Committed, seconds(now_ms - opened_ms), records);
        worker.output_bytes(self.window.bytes() as u64);
        let topic = &self.options.input_topic;
        for position in prefix {
            worker.progress(topic, position.partition, seconds(now_ms));
        }
        let mut settled = Vec::with_capacity(self.pending.len());
        for pending in self.pending.drain(..) {
            if let Some(timestamp_ms) = pending.timestamp_ms {
                worker.end_to_end(seconds((now_ms - timestamp_ms).max(0)));
            }
            match &pending.settled {
                Settled::Done(_) => {}
                Settled::DeadLetter { stage, error_type } => worker.dead_letter(stage, error_type),
                Settled::Skipped => worker.discarded(true, 1),
            }
            settled.push(pending.settled);
        }
        self.summary.committed += records;
        self.condemned.retain(|at| {
            !prefix.iter().any(|p| p.partition == at.partition && at.offset < p.offset)
        });
        self.window.close();
        worker.transaction_state(TransactionState::Idle);
        self.processor.committed(settled);
    }

    /// Aborts the open transaction, if any, and reads again from the last commit.
    pub(super) fn abort_and_rewind(&mut self) -> Result<(), Error> {
        if self.window.is_open() {
            self.telemetry.worker.transaction_state(TransactionState::Aborting);
            let deadline = Duration::from_millis(self.options.transaction_ms);
            match self.broker.abort(deadline) {
                Ok(()) => self.give_up_window(TransactionResult::Aborted),
                Err(error) if matches!(error.action, Action::Exit(_)) => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, "the abort failed; renewing the producer");
                    return self.rebuild_and_rewind();
                }
            }
        }
        self.rewind()
    }

    /// Renews the producer, which ends the open transaction, and reads again from the last commit.
    pub(super) fn rebuild_and_rewind(&mut self) -> Result<(), Error> {
        self.renew_producer()?;
        self.give_up_window(TransactionResult::Aborted);
        self.rewind()
    }

    fn give_up_window(&mut self, result: TransactionResult) {
        if let Some(opened_ms) = self.window.opened_ms() {
            let took = seconds(self.broker.now_ms() - opened_ms);
            self.telemetry.worker.transaction(result, took, self.pending.len() as u64);
        }
        self.telemetry.worker.rewound(RewindReason::Abort, self.pending.len() as u64);
        self.pending.clear();
        self.window.close();
        self.telemetry.worker.transaction_state(TransactionState::Idle);
    }

    fn rewind(&mut self) -> Result<(), Error> {
        let (positions, dropped) = self.tracker.rewind();
        self.telemetry.worker.rewound(RewindReason::Abort, dropped as u64);
        self.patiently(|worker| worker.broker.rewind(&positions))
    }

    fn renew_producer(&mut self) -> Result<(), Error> {
        self.patiently(|worker| worker.broker.rebuild())
    }

    /// Tries until it works or the error ends the process; says so at most every 10 seconds. The group may take our
    /// partitions meanwhile: the commit that follows is then refused and aborted, so nothing is written twice.
    fn patiently<T>(
        &mut self,
        mut call: impl FnMut(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut said: Option<Instant> = None;
        loop {
            match call(self) {
                Ok(value) => return Ok(value),
                Err(error) if matches!(error.action, Action::Exit(_)) => return Err(error),
                Err(error) if self.stop.is_requested() => {
                    return Err(Error { action: Action::Exit(ExitReason::Stopped), ..error });
                }
                Err(error) => {
                    let now = seconds(self.broker.now_ms());
                    self.telemetry.health.set_broker_reached(false, now);
                    // Waiting for a broker is not hanging: a restart would only wait again.
                    self.telemetry.health.polled(now);
                    if said.is_none_or(|at| at.elapsed() > Duration::from_secs(10)) {
                        tracing::warn!(%error, "trying again");
                        said = Some(Instant::now());
                    }
                    std::thread::sleep(RETRY_PAUSE);
                }
            }
        }
    }
}
