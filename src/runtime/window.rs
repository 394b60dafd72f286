//! When the open transaction closes: by age, by records or by bytes. Pure: time is an argument.

/// Limits of one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowLimits {
    /// Milliseconds from begin to commit. Readers wait that long for a record; each commit costs the broker some
    /// milliseconds. At most a quarter of the transaction time-out, so that the broker never aborts a healthy window.
    pub age_ms: i64,
    /// Input records.
    pub records_max: usize,
    /// Bytes of output.
    pub bytes_max: usize,
}

/// The open transaction's size, or none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Window {
    opened_ms: Option<i64>,
    records: usize,
    bytes: usize,
}

impl Window {
    /// Notes that the transaction has begun.
    pub(crate) fn open(&mut self, now_ms: i64) {
        *self = Window { opened_ms: Some(now_ms), records: 0, bytes: 0 };
    }

    /// Whether a transaction is open.
    pub(crate) fn is_open(&self) -> bool {
        self.opened_ms.is_some()
    }

    /// Counts one input record with its outputs.
    pub(crate) fn add(&mut self, output_bytes: usize) {
        self.records += 1;
        self.bytes += output_bytes;
    }

    /// Whether nothing more fits.
    pub(crate) fn is_full(&self, limits: &WindowLimits) -> bool {
        self.records >= limits.records_max || self.bytes >= limits.bytes_max
    }

    /// Whether it is time to commit.
    pub(crate) fn is_due(&self, limits: &WindowLimits, now_ms: i64) -> bool {
        self.opened_ms.is_some_and(|opened| now_ms - opened >= limits.age_ms)
            || self.is_full(limits)
    }

    /// Milliseconds until it is due by age; `None` while none is open.
    pub(crate) fn remaining_ms(&self, limits: &WindowLimits, now_ms: i64) -> Option<i64> {
        self.opened_ms.map(|opened| (opened + limits.age_ms - now_ms).max(0))
    }

    /// Bytes of output so far.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// When it was opened.
    pub(crate) fn opened_ms(&self) -> Option<i64> {
        self.opened_ms
    }

    /// Notes that the transaction has ended.
    pub(crate) fn close(&mut self) {
        *self = Window::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closes_by_age_records_or_bytes() {
        let limits = WindowLimits { age_ms: 200, records_max: 2, bytes_max: 100 };
        let mut window = Window::default();
        assert!(!window.is_due(&limits, 1_000_000), "nothing is open");
        window.open(1000);
        assert!(!window.is_due(&limits, 1199));
        assert_eq!(window.remaining_ms(&limits, 1150), Some(50));
        assert!(window.is_due(&limits, 1200));
        window.add(10);
        assert!(!window.is_full(&limits));
        window.add(10);
        assert!(window.is_full(&limits) && window.is_due(&limits, 1001));
        window.open(2000);
        window.add(100);
        assert!(window.is_full(&limits));
        window.close();
        assert!(!window.is_open());
    }
}
