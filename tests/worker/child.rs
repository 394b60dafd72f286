//! A process that a test starts: it ends with the test, however that ends, and a failing test shows what it said last.

use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};

use crate::support::wait_until;

/// Lines of its log that a failing test prints.
const LAST_LINES: usize = 40;

/// A child process whose standard error goes to a file. Killed and waited for when it goes out of sight.
pub(crate) struct Running {
    child: Child,
    /// Open as long as this process lives and this value is in sight; the child may watch it.
    _input: Option<ChildStdin>,
    log: PathBuf,
    _directory: tempfile::TempDir,
}

impl Running {
    /// Starts it. It inherits no output of ours: whoever reads that to its end must not wait for a child. Its input ends
    /// when this process does, however that ends.
    pub(crate) fn start(mut command: Command) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("log");
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        Running { child, _input: input, log, _directory: directory }
    }

    /// Whether it runs.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Asks it to stop.
    pub(crate) fn terminate(&self) {
        let status = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(status.unwrap().success());
    }

    /// Kills it at once.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        wait_until("the end of a process", || !self.is_running());
        self.child.wait().unwrap()
    }

    /// All that it has said.
    pub(crate) fn said(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap()).into_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail where it has ended and was waited for.
        self.child.kill().ok();
        self.child.wait().ok();
        if std::thread::panicking() {
            let said = std::fs::read(&self.log).unwrap_or_default();
            let said = String::from_utf8_lossy(&said);
            let lines: Vec<&str> = said.lines().collect();
            let last = lines.len().saturating_sub(LAST_LINES);
            println!("process {} said last:\n{}", self.child.id(), lines[last..].join("\n"));
        }
    }
}
