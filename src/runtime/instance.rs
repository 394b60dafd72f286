//! The name of this worker among its live peers: configured, or `<host>-<n>` with the first number whose lock file is free.
//!
//! The name is both the consumer's static membership and the tail of the transactional id: two live workers with one
//! name fence each other, and a worker that comes back under its name goes on at once, without waiting for the session
//! of its former self to end. A lock is let go by the system when the process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use super::error::{Action, Error, ExitReason};

/// Names tried before giving up: more workers than this on one host are a mistake.
const NUMBERS: u32 = 1024;

/// A name, held as long as this value lives.
#[derive(Debug)]
pub struct Instance {
    /// The name.
    pub name: String,
    _lock: Option<File>,
}

impl Instance {
    /// A configured name; its uniqueness is the operator's promise.
    pub fn named(name: &str) -> Self {
        Instance { name: name.to_owned(), _lock: None }
    }

    /// The first free name of this host. Lock files lie in `run_dir`, one per group and number.
    ///
    /// # Errors
    /// When the directory cannot be made or no number is free.
    pub fn claim(run_dir: &Path, group: &str, host: &str) -> Result<Self, Error> {
        let broken = |cause: String| {
            Error::new(
                "claim an instance name",
                format!("{cause} (set kafka.instance, or kafka.run_dir to a writable directory)"),
                Action::Exit(ExitReason::Unprepared),
            )
        };
        std::fs::create_dir_all(run_dir)
            .map_err(|error| broken(format!("directory {}: {error}", run_dir.display())))?;
        let group: String =
            group.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        for number in 0..NUMBERS {
            let path = run_dir.join(format!("{group}.{host}-{number}.lock"));
            let file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)
                .map_err(|error| broken(format!("lock file {}: {error}", path.display())))?;
            match file.try_lock() {
                Ok(()) => {
                    return Ok(Instance { name: format!("{host}-{number}"), _lock: Some(file) });
                }
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => {
                    return Err(broken(format!("lock file {}: {error}", path.display())));
                }
            }
        }
        Err(broken(format!("all {NUMBERS} names of {host} are taken")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_live_workers_get_two_names_and_a_dead_one_gives_its_name_back() {
        let dir = tempfile::tempdir().unwrap();
        let first = Instance::claim(dir.path(), "g", "h").unwrap();
        let second = Instance::claim(dir.path(), "g", "h").unwrap();
        assert_eq!((first.name.as_str(), second.name.as_str()), ("h-0", "h-1"));
        drop(first);
        assert_eq!(Instance::claim(dir.path(), "g", "h").unwrap().name, "h-0");
        assert_eq!(Instance::claim(dir.path(), "other", "h").unwrap().name, "h-0");
    }

    #[test]
    fn an_unusable_directory_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("f");
        std::fs::write(&file, "").unwrap();
        let error = Instance::claim(&file, "g", "h").unwrap_err();
        assert!(error.to_string().contains("kafka.run_dir"), "{error}");
    }
}
