//! `deploy/systemd/dateline.service` against the settings and the program, and what systemd-analyze says about it.

use std::path::{Path, PathBuf};

use super::files::{
    Offences, assert_found, not_run, planted, refused, repository, run, seconds, settings,
    settings_file, stop_secs, text,
};

const UNIT: &str = "deploy/systemd/dateline.service";

/// The highest exposure that is let pass, times ten.
const EXPOSURE_MAX: &str = "--threshold=15";

/// Exit codes that a restart does not heal, as `dateline --help` lists them: usage, settings, topics, fenced.
const LASTING: &str = "2 3 4 6";

/// Values of a directive, in order.
fn all<'a>(unit: &'a str, name: &str) -> Vec<&'a str> {
    unit.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix('=')).collect()
}

fn one<'a>(unit: &'a str, name: &str) -> &'a str {
    all(unit, name).pop().unwrap_or("")
}

/// The unit with the lines for a password in force.
fn with_password(unit: &str) -> String {
    let unit = planted(unit, "#LoadCredential=", "LoadCredential=");
    planted(&unit, "#Environment=", "Environment=")
}

fn offences(unit: &str) -> Offences {
    let mut found = Offences::new();
    let mut command = one(unit, "ExecStart").split(' ');
    let program = command.next().unwrap_or("");
    let arguments: Vec<&str> = command.collect();
    found.extend(refused(&arguments));
    let mut demand = |holds: bool, what: &str| {
        if !holds {
            found.insert(what.to_owned());
        }
    };
    demand(program == "/usr/bin/dateline", "another program is started");
    // The head of the unit says where the program and the settings are put.
    let path = settings_file(&arguments).unwrap_or("");
    for target in [program, path] {
        let is_installed = |line: &str| line.starts_with("# ") && line.ends_with(target);
        demand(unit.lines().any(is_installed), "the head does not say what to install");
    }
    demand(one(unit, "Restart") == "on-failure", "it is not started again");
    demand(one(unit, "RestartPreventExitStatus") == LASTING, "a lasting error is tried again");
    let variable = |text: &str| text.split_once('=').map(|(n, v)| (n.to_owned(), v.to_owned()));
    let environment: Vec<_> = all(unit, "Environment").into_iter().filter_map(variable).collect();
    match settings("config/dateline.toml", &text("config/dateline.toml"), &environment) {
        Ok(settings) => {
            let run_dir = format!("/run/{}", one(unit, "RuntimeDirectory"));
            demand(settings.kafka.run_dir == run_dir, "kafka.run_dir is not the runtime directory");
            let stop = seconds(one(unit, "TimeoutStopSec")).unwrap_or(0);
            demand(stop >= stop_secs(&settings), "TimeoutStopSec is too short for a stop");
            let name = one(unit, "LoadCredential").split(':').next().unwrap_or("");
            let file = settings.kafka.sasl_password_file.unwrap_or_default();
            demand(name.is_empty() || file == format!("%d/{name}"), "the password is not read");
        }
        Err(mistakes) => drop(found.insert(format!("settings: {mistakes}"))),
    }
    found
}

/// The unit as a file of `folder`, with a program that exists on this machine.
fn written(folder: &Path, unit: &str) -> PathBuf {
    let path = folder.join("dateline.service");
    let unit = planted(unit, "ExecStart=/usr/bin/dateline", "ExecStart=/bin/true");
    std::fs::write(&path, unit).unwrap();
    path
}

/// What systemd-analyze says, or a line that says that it did not run. A mistyped directive is a warning only, so that
/// whatever `verify` says is a complaint.
fn analysed(arguments: &[&str], unit: &Path) -> Option<(bool, String)> {
    let mut all: Vec<&Path> = arguments.iter().map(Path::new).collect();
    all.push(unit);
    let Some(said) = run(Path::new("systemd-analyze"), &all) else {
        not_run("deploy/systemd: there is no systemd-analyze (apt-get install systemd)");
        return None;
    };
    Some((said.content, said.text))
}

#[test]
fn the_unit_fits_the_settings_and_the_program() {
    let change = |from: &'static str, to: &'static str| {
        move |unit: &mut String| *unit = planted(unit, from, to)
    };
    assert_found(
        &text(UNIT),
        |unit| offences(unit),
        &[
            ("takes no", &change("dateline run -c", "dateline run --file")),
            ("another program", &change("ExecStart=/usr", "ExecStart=/opt")),
            ("what to install", &change("run -c /etc", "run -c /srv")),
            ("not started again", &change("Restart=on-failure", "Restart=no")),
            ("lasting", &change("2 3 4 6", "2 3")),
            ("settings", &change("DATELINE__KAFKA__RUN_DIR", "DATELINE__KAFKA__RUNDIR")),
            ("runtime directory", &change("RuntimeDirectory=dateline", "RuntimeDirectory=other")),
            ("too short", &change("TimeoutStopSec=60s", "TimeoutStopSec=30s")),
        ],
    );
    let unit = with_password(&text(UNIT));
    let lost = change("LoadCredential=kafka-password", "LoadCredential=other");
    assert_found(&unit, |unit| offences(unit), &[("the password", &lost)]);
}

#[test]
fn systemd_takes_the_unit() {
    let folder = tempfile::tempdir().unwrap();
    for unit in [text(UNIT), with_password(&text(UNIT))] {
        let Some(said) = analysed(&["verify"], &written(folder.path(), &unit)) else { return };
        assert_eq!(said, (true, String::new()));
    }
    let mistyped = planted(&text(UNIT), "Restart=on-failure", "Restrat=on-failure");
    let (_, said) = analysed(&["verify"], &written(folder.path(), &mistyped)).unwrap();
    assert!(said.contains("Restrat"), "{said}");
}

#[test]
fn the_unit_is_little_exposed() {
    let arguments = ["security", "--offline=yes", EXPOSURE_MAX];
    let Some((is_low, said)) = analysed(&arguments, &repository(UNIT)) else { return };
    assert!(is_low, "{said}");
    let folder = tempfile::tempdir().unwrap();
    let open = planted(&text(UNIT), "SystemCallFilter=", "#");
    let open = planted(&open, "PrivateUsers=yes", "");
    let (is_low, said) = analysed(&arguments, &written(folder.path(), &open)).unwrap();
    assert!(!is_low, "{said}");
}
