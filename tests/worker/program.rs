//! The program as it is deployed: exit codes, health over HTTP, a drain at SIGTERM.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::child::Running;
use crate::support::{Send, Topics, articles, brokers, produce, wait_until};

fn dateline(sets: &[String], listen: &str) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dateline"));
    command.arg("run");
    for set in sets.iter().filter(|set| !set.starts_with("http.listen")) {
        command.args(["--set", set]);
    }
    command.args(["--set", &format!("http.listen={listen}")]);
    Running::start(command)
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// The status line of a GET, if anybody answers.
fn status(address: &str, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.lines().next().map(|line| line.trim_start_matches("HTTP/1.1 ").to_owned())
}

fn is_status(address: &str, path: &str, code: &str) -> bool {
    status(address, path).is_some_and(|line| line.starts_with(code))
}

#[test]
fn without_a_broker_it_waits_unready_and_says_so_rarely() {
    let address = free_address();
    let nobody = free_address();
    let sets = Topics::named("nobody", 1).sets(&nobody, "nobody");
    let mut child = dateline(&sets, &address);
    wait_until("an answer", || status(&address, "/livez").is_some());
    std::thread::sleep(Duration::from_secs(6));
    assert!(
        is_status(&address, "/livez", "200"),
        "waiting for a broker is no reason for a restart"
    );
    assert!(is_status(&address, "/readyz", "503"));
    assert!(is_status(&address, "/startupz", "503"));
    child.terminate();
    let code = child.wait().code();
    let said = child.said();
    assert_eq!(code, Some(0), "{said}");
    let lines = said.lines().filter(|line| line.contains("WARN")).count();
    assert_eq!(lines, 1, "one line in ten seconds is enough:\n{said}");
}

#[test]
fn a_missing_output_topic_ends_it_with_4_and_names_topic_and_command() {
    let Some(brokers) = brokers("program: missing topic") else { return };
    let topics = Topics::create(&brokers, "missing", 1);
    let mut sets = topics.sets(&brokers, "missing");
    sets.push("kafka.events_topic=there.is.no.such.topic".to_owned());
    let mut child = dateline(&sets, "");
    let code = child.wait().code();
    let said = child.said();
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("topic there.is.no.such.topic does not exist"), "{said}");
    assert!(said.contains("--create --topic there.is.no.such.topic"), "{said}");
}

#[test]
fn wrong_settings_end_it_with_3_and_a_usage_error_with_2() {
    let run = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_dateline")).args(args).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = run(&["run", "--set", "kafka.grup=x"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("kafka.group"), "{said}");
    let (code, said) = run(&["run", "-c", "/there/is/no/such.toml"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("/there/is/no/such.toml"), "{said}");
    assert_eq!(run(&["run", "--no-such-flag"]).0, Some(2));
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("http.listen={}", taken.local_addr().unwrap());
    let (code, said) = run(&["run", "--set", &listen, "--set", "kafka.brokers=127.0.0.1:9"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("http.listen"), "{said}");
}

#[test]
fn sigterm_drains_within_seconds_and_the_next_start_goes_on_at_once() {
    let Some(brokers) = brokers("program: drain") else { return };
    let topics = Topics::create(&brokers, "drain", 2);
    let send = |from: usize, to: usize| {
        let records: Vec<Send> = (0..)
            .zip(&articles(to)[from..])
            .map(|(number, value)| Send {
                partition: number % 2,
                timestamp_ms: 1_700_000_000_000,
                value: Some(value.clone()),
                headers: Vec::new(),
            })
            .collect();
        produce(&brokers, &topics.input, &records);
    };
    send(0, 600);
    let address = free_address();
    let sets = topics.sets(&brokers, "drain");
    let reader = topics.reader(&brokers, &topics.articles, "read_committed");
    let mut child = dateline(&sets, &address);
    let mut reads = Vec::new();
    wait_until("the first outputs", || {
        reads.extend(reader.take(Duration::from_millis(20)));
        !reads.is_empty()
    });
    assert!(is_status(&address, "/readyz", "200") && is_status(&address, "/livez", "200"));
    let asked = Instant::now();
    child.terminate();
    let code = child.wait().code();
    let took = asked.elapsed();
    let said = child.said();
    assert_eq!(code, Some(0), "{said}");
    assert!(
        !said.contains("WARN") && !said.contains("ERROR"),
        "nothing was wrong, but it said:\n{said}"
    );
    assert!(took < Duration::from_secs(10), "the drain took {took:?}");

    let restarted = Instant::now();
    let mut child = dateline(&sets, &address);
    send(600, 700);
    wait_until("the rest", || {
        reads.extend(reader.take(Duration::from_millis(50)));
        reads.len() >= 700
    });
    let back = restarted.elapsed();
    assert!(
        back < Duration::from_secs(20),
        "a static member must not wait for its old session: {back:?}"
    );
    child.terminate();
    assert_eq!(child.wait().code(), Some(0));
    let origins: std::collections::BTreeSet<_> =
        reads.iter().map(crate::support::Read::origin).collect();
    assert_eq!((reads.len(), origins.len()), (700, 700), "each article once");
}
