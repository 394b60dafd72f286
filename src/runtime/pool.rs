//! Where records are prepared: a pool of OS threads, or, for a seeded simulation, inline in an order that a seed picks.
//!
//! Any thread may take any record, because prepare is pure: no key lanes, no hot-key skew. The queue's capacity is the
//! limit of records in flight, so submitting never blocks; bytes are bounded by the same gate. A panic in prepare
//! becomes a refusal of that one record.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::broker::InputRecord;
use super::memory::Rng;
use super::processor::{Policy, Processor, Refusal};
use super::tracker::{Prepared, Ticket};
use crate::telemetry::Telemetry;

/// The stage and error type of a panic in prepare.
pub const PANIC: &str = "panic";

struct Job {
    ticket: Ticket,
    input: Arc<InputRecord>,
}

/// One result.
pub(crate) struct Done<R> {
    pub(crate) ticket: Ticket,
    pub(crate) prepared: Prepared<R>,
}

/// How records are prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workers {
    /// On that many OS threads.
    Threads(usize),
    /// On the calling thread, in an order picked by the seed: for simulation.
    Inline {
        /// The seed.
        seed: u64,
    },
}

/// The pool.
pub(crate) struct Pool<P: Processor> {
    mode: Mode<P>,
    outstanding: usize,
}

enum Mode<P: Processor> {
    Threads {
        jobs: Option<Sender<Job>>,
        results: Receiver<Done<P::Receipt>>,
        threads: Vec<JoinHandle<()>>,
    },
    Inline {
        processor: Arc<P>,
        waiting: Vec<Job>,
        rng: Rng,
    },
}

impl<P: Processor> Pool<P> {
    /// Starts the pool; `capacity` is the greatest number of records in flight.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub(crate) fn start(
        workers: Workers,
        processor: Arc<P>,
        capacity: usize,
        telemetry: &Arc<Telemetry>,
    ) -> std::io::Result<Self> {
        let mode = match workers {
            Workers::Inline { seed } => {
                Mode::Inline { processor, waiting: Vec::new(), rng: Rng::new(seed) }
            }
            Workers::Threads(count) => {
                let (jobs, job_queue) = bounded::<Job>(capacity);
                // Results of abandoned generations may still arrive beside those of a full new one.
                let (result_queue, results) = bounded(capacity * 2 + count);
                let mut threads = Vec::with_capacity(count);
                for number in 0..count {
                    let work = Work {
                        jobs: job_queue.clone(),
                        results: result_queue.clone(),
                        processor: Arc::clone(&processor),
                        telemetry: Arc::clone(telemetry),
                    };
                    let builder = std::thread::Builder::new().name(format!("prepare-{number}"));
                    threads.push(builder.spawn(move || work.run())?);
                }
                Mode::Threads { jobs: Some(jobs), results, threads }
            }
        };
        Ok(Pool { mode, outstanding: 0 })
    }

    /// Hands a record in.
    pub(crate) fn submit(&mut self, ticket: Ticket, input: Arc<InputRecord>) {
        self.outstanding += 1;
        match &mut self.mode {
            Mode::Threads { jobs, .. } => {
                let sent = jobs.as_ref().map(|jobs| jobs.send(Job { ticket, input }));
                debug_assert!(matches!(sent, Some(Ok(()))), "the pool lives as long as the worker");
            }
            Mode::Inline { waiting, .. } => waiting.push(Job { ticket, input }),
        }
    }

    /// The next result, waiting up to `wait` for it.
    pub(crate) fn next(&mut self, wait: Duration) -> Option<Done<P::Receipt>> {
        let done = match &mut self.mode {
            Mode::Threads { results, .. } if wait.is_zero() => results.try_recv().ok(),
            Mode::Threads { results, .. } => results.recv_timeout(wait).ok(),
            Mode::Inline { processor, waiting, rng } => {
                if waiting.is_empty() {
                    None
                } else {
                    let job = waiting.swap_remove(rng.below(waiting.len()));
                    let prepared = prepare(processor.as_ref(), &job.input);
                    Some(Done { ticket: job.ticket, prepared })
                }
            }
        };
        self.outstanding -= usize::from(done.is_some());
        done
    }

    /// Records handed in whose result has not been taken, of all generations.
    pub(crate) fn outstanding(&self) -> usize {
        self.outstanding
    }

    /// Ends the threads; results that nobody took are dropped. A thread that is still busy is not waited for.
    pub(crate) fn stop(mut self) {
        if let Mode::Threads { jobs, threads, .. } = &mut self.mode {
            drop(jobs.take());
            for thread in threads.drain(..).filter(JoinHandle::is_finished) {
                // prepare is caught, so a joined thread cannot have panicked.
                drop(thread.join());
            }
        }
    }
}

struct Work<P: Processor> {
    jobs: Receiver<Job>,
    results: Sender<Done<P::Receipt>>,
    processor: Arc<P>,
    telemetry: Arc<Telemetry>,
}

impl<P: Processor> Work<P> {
    fn run(self) {
        while let Ok(job) = self.jobs.recv() {
            self.telemetry.worker.thread_busy(1);
            let started = Instant::now();
            let prepared = prepare(self.processor.as_ref(), &job.input);
            self.telemetry.worker.worked(started.elapsed().as_secs_f64());
            self.telemetry.worker.thread_busy(-1);
            if self.results.send(Done { ticket: job.ticket, prepared }).is_err() {
                return;
            }
        }
    }
}

fn prepare<P: Processor>(processor: &P, input: &InputRecord) -> Prepared<P::Receipt> {
    catch_unwind(AssertUnwindSafe(|| processor.prepare(input))).unwrap_or_else(|_| {
        Err(Refusal {
            stage: PANIC,
            error_type: PANIC,
            sentence: "the program panicked on this record; its neighbours are unaffected"
                .to_owned(),
            policy: Policy::DeadLetter,
        })
    })
}
