//! The exactly-once worker over bytes: topics, offsets, transactions, and no word of what the records mean.
//!
//! How exactly-once works here, once and for all. Outputs and the input positions they stand for are written in one
//! transaction; readers with `isolation.level=read_committed` see all of it or nothing. Records are prepared by any
//! thread in any order, but sent in offset order per partition ("released"), so what a transaction holds is always a
//! contiguous prefix of each partition and it may close at any moment. If it was committed, its positions are
//! committed; if not, nothing of it is visible and we read again from the last commit. Sending the output of offset 9
//! while 8 is unfinished would break this: 9's output would be committed without its position, and written twice after
//! a crash.
//!
//! | file | what it does |
//! |---|---|
//! | `worker.rs` | the loop over one closed enum of steps |
//! | `transaction.rs` | commit, abort, rewind, rebuild |
//! | `tracker.rs` | which record is where; generations |
//! | `window.rs`, `gate.rs` | when to commit; when to admit |
//! | `pool.rs` | where records are prepared |
//! | `dead_letter.rs` | the record that could not be prepared |
//! | `lag.rs` | our own lag |
//! | `instance.rs`, `shutdown.rs` | the worker's name; stop as a value |
//! | `broker.rs`, `processor.rs` | the two traits |
//! | `memory.rs` | a broker in memory |
//! | `kafka/` | Apache Kafka, the only folder that names its client |

pub mod broker;
pub mod error;
pub mod instance;
pub mod kafka;
pub mod memory;
pub mod processor;
pub mod shutdown;

mod dead_letter;
mod gate;
mod lag;
mod pool;
mod tracker;
mod transaction;
mod window;
mod worker;

pub use gate::GateLimits;
pub use pool::{PANIC, Workers};
pub use window::WindowLimits;
pub use worker::{Options, Summary, run};
