//! What the tests of deployment share: files of the repository, YAML as JSON, programs and what they say, the list of
//! what did not run, and what holds for an image or a command wherever it is named.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dateline::settings::{Settings, Source, load};
use serde_json::Value;

/// What breaks a rule, in words.
pub(super) type Offences = BTreeSet<String>;

/// Images whose publisher gives no tag with a version.
const ROLLING: [&str; 1] = ["gcr.io/distroless/cc-debian12:nonroot"];

pub(super) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

pub(super) fn text(path: &str) -> String {
    std::fs::read_to_string(repository(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(super) fn not_run(reason: &str) {
    let path = repository("target/not-run.txt");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    writeln!(file.unwrap(), "NOT RUN: {reason}").unwrap();
}

/// Whether a program was content, and all that it said.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) content: bool,
    pub(super) text: String,
}

/// Runs a program to its end; `None` where there is no such program.
pub(super) fn run<A: AsRef<OsStr>>(program: &Path, arguments: &[A]) -> Option<Said> {
    let output = match Command::new(program).args(arguments).stdin(Stdio::null()).output() {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => panic!("{}: {error}", program.display()),
    };
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    Some(Said { content: output.status.success(), text })
}

/// The Python environment that `make test` makes.
pub(super) struct Python(PathBuf);

impl Python {
    /// The environment, or a line that says what did not run.
    pub(super) fn find(test: &str) -> Option<Self> {
        match std::env::var_os("DATELINE_VENV") {
            Some(path) if !path.is_empty() => Some(Python(PathBuf::from(path).join("bin"))),
            _ => {
                not_run(&format!("{test}: DATELINE_VENV is not set (make test makes it)"));
                None
            }
        }
    }

    /// Runs one of its tools.
    pub(super) fn tool<A: AsRef<OsStr>>(&self, name: &str, arguments: &[A]) -> Said {
        run(&self.0.join(name), arguments).unwrap_or_else(|| panic!("no {name} in the environment"))
    }

    /// The documents of a YAML text.
    pub(super) fn yaml(&self, text: &str) -> Vec<Value> {
        const READ: &str =
            "import json, sys, yaml; json.dump(list(yaml.safe_load_all(sys.stdin)), sys.stdout)";
        let mut child = Command::new(self.0.join("python"))
            .args(["-c", READ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "not YAML: {text}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The only document of a YAML file of the repository.
    pub(super) fn document(&self, path: &str) -> Value {
        let mut documents = self.yaml(&text(path));
        assert_eq!(documents.len(), 1, "{path}");
        documents.remove(0)
    }
}

/// `text` with `from` replaced, which must be there.
pub(super) fn planted(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "nothing to plant: no {from}");
    text.replace(from, to)
}

/// A word of the offence, and what commits it.
type Planted<'a, T> = (&'a str, &'a dyn Fn(&mut T));

/// Plants errors one by one: each must be found, by a rule that speaks of `what`.
pub(super) fn assert_found<T: Clone>(
    sound: &T,
    offences: impl Fn(&T) -> Offences,
    errors: &[Planted<'_, T>],
) {
    assert_eq!(offences(sound), Offences::new());
    for (what, plant) in errors {
        let mut broken = sound.clone();
        plant(&mut broken);
        let found = offences(&broken);
        assert!(found.iter().any(|offence| offence.contains(what)), "{what}: found only {found:?}");
    }
}

/// Settings of a file and of the variables of a container or unit.
pub(super) fn settings(
    path: &str,
    file: &str,
    environment: &[(String, String)],
) -> Result<Settings, String> {
    load(&Source { file: Some((path, file)), environment, sets: &[] })
        .map_err(|mistakes| mistakes.to_string())
}

/// Why the program does not take these arguments.
pub(super) fn refused(arguments: &[&str]) -> Option<String> {
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--help"]).collect();
    let said = run(Path::new(env!("CARGO_BIN_EXE_dateline")), &arguments).unwrap();
    (!said.content).then(|| format!("dateline takes no {arguments:?}: {}", said.text))
}

/// The value that follows `-c`.
pub(super) fn settings_file<'a>(arguments: &[&'a str]) -> Option<&'a str> {
    let at = arguments.iter().position(|argument| *argument == "-c")?;
    arguments.get(at + 1).copied()
}

/// Why an image may be another one tomorrow.
pub(super) fn unpinned(image: &str) -> Option<String> {
    let (name, tag) = image.rsplit_once(':').unwrap_or((image, ""));
    let is_version =
        tag.split(['.', '-']).filter(|part| part.contains(char::is_numeric)).count() > 1;
    if name.rsplit('/').next() == Some("dateline") && tag != env!("CARGO_PKG_VERSION") {
        return Some(format!("the image {image} is not of this version"));
    }
    let is_pinned = is_version || image.contains("@sha256:") || ROLLING.contains(&image);
    (!is_pinned).then(|| format!("the image {image} has no version"))
}

/// Strings of a list.
pub(super) fn strings(value: &Value) -> Vec<&str> {
    value.as_array().map_or_else(Vec::new, |list| list.iter().filter_map(Value::as_str).collect())
}

/// `60s` as seconds.
pub(super) fn seconds(text: &str) -> Option<u64> {
    text.strip_suffix('s')?.parse().ok()
}

/// What a stop takes at most: work in flight, then the last transaction.
pub(super) fn stop_secs(settings: &Settings) -> u64 {
    let worker = &settings.worker;
    worker.drain_secs + worker.transaction_timeout_ms.div_ceil(1000)
}

#[test]
fn an_image_without_a_version_is_seen() {
    for image in ["rust", "rust:latest", "rust:1", "prom/prometheus:v3", "localhost:5000/kafka"] {
        assert!(unpinned(image).is_some(), "{image}");
    }
    assert!(unpinned("dateline:0.0.9").is_some());
    for image in ["rust:1.95.0-bookworm", "prom/prometheus:v3.7.3", "a/b@sha256:0123"] {
        assert_eq!(unpinned(image), None);
    }
}
