//! Admission: pause at the limit of records or bytes in flight, resume at half of it.
//!
//! Hysteresis, because a pause throws the client's prefetched records away and makes it fetch them again.

/// Limits of what may be in flight: being prepared, or finished and not yet sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GateLimits {
    /// Records.
    pub records_max: usize,
    /// Bytes of inputs and finished outputs.
    pub bytes_max: usize,
}

/// Whether records are admitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gate {
    closed: bool,
}

/// What the loop has to do about the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    Pause,
    Resume,
    Keep,
}

impl Gate {
    /// Looks at what is in flight.
    pub(crate) fn turn(&mut self, limits: &GateLimits, records: usize, bytes: usize) -> Turn {
        if !self.closed && (records >= limits.records_max || bytes >= limits.bytes_max) {
            self.closed = true;
            Turn::Pause
        } else if self.closed && records <= limits.records_max / 2 && bytes <= limits.bytes_max / 2
        {
            self.closed = false;
            Turn::Resume
        } else {
            Turn::Keep
        }
    }

    /// Whether records are held back.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_at_the_limit_and_resumes_at_half() {
        let limits = GateLimits { records_max: 10, bytes_max: 100 };
        let mut gate = Gate::default();
        assert_eq!(gate.turn(&limits, 9, 99), Turn::Keep);
        assert_eq!(gate.turn(&limits, 10, 0), Turn::Pause);
        assert_eq!(gate.turn(&limits, 10, 0), Turn::Keep);
        assert_eq!(gate.turn(&limits, 6, 0), Turn::Keep);
        assert_eq!(gate.turn(&limits, 5, 51), Turn::Keep, "bytes are still above half");
        assert_eq!(gate.turn(&limits, 5, 50), Turn::Resume);
        assert_eq!(gate.turn(&limits, 0, 100), Turn::Pause);
        assert!(gate.is_closed());
    }
}
