//! Stop as a value: set by a signal handler or a test, looked at by the loop in one safe place.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The wish that the worker stops after draining.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// A stop that nobody has asked for yet.
    pub fn new() -> Self {
        Stop::default()
    }

    /// Asks for the stop.
    pub fn request(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether it was asked for.
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
