//! `/proc/self/status` -> the memory of this process that is resident, where the system has that file.

/// Resident memory in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Resident {
    /// Now.
    pub(super) now: u64,
    /// The most since the process began.
    pub(super) peak: u64,
}

impl Resident {
    /// What the system says of this process; `None` where it says nothing.
    pub(super) fn read() -> Option<Resident> {
        Resident::of(&std::fs::read_to_string("/proc/self/status").ok()?)
    }

    fn of(status: &str) -> Option<Resident> {
        Some(Resident { now: bytes(status, "VmRSS:")?, peak: bytes(status, "VmHWM:")? })
    }
}

/// The value of the line that begins with `name`: white space, a number and kB, which are 1024 bytes.
fn bytes(status: &str, name: &str) -> Option<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = value.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_lines_or_none() {
        let status =
            "Name:\tdateline\nVmPeak:\t  999 kB\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n";
        assert_eq!(Resident::of(status), Some(Resident { now: 1 << 20, peak: 2 << 20 }));
        assert_eq!(Resident::of("VmRSS:\t1024 kB\n"), None);
        assert_eq!(Resident::of("VmHWM:\t1 kB\nVmRSS:\t1024 MB\n"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_has_memory() {
        let resident = Resident::read().unwrap();
        assert!(0 < resident.now && resident.now <= resident.peak, "{resident:?}");
    }
}
