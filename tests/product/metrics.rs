//! What a scraper sees: names, types, labels and values against docs/METRICS.md, the number of series, the answers of
//! the listener to good and to hostile clients, and Prometheus' own lint of a real scrape.
//!
//! `UPDATE=1` rewrites the table of docs/METRICS.md from the registry; without it any difference fails.

#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "clippy.toml allows them in test functions; here the helpers beside them need the same"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dateline::model::{Limit, PloverType, Stage};
use dateline::telemetry::{
    BuildInfo, HttpServer, LiveLimits, ProcessedOutcome, Queue, RebalanceKind, RebuildReason,
    RewindReason, Telemetry, TransactionResult, TransactionState, Word, bind, serve,
};

/// Labels whose values depend on the deployment; all others are closed enums.
const OPEN_LABELS: [&str; 11] = [
    "broker",
    "hash",
    "kernel",
    "librdkafka",
    "model",
    "name",
    "partition",
    "revision",
    "rustc",
    "topic",
    "version",
];

#[derive(Debug, Default)]
struct Family {
    kind: String,
    help: String,
    /// Label names with the values seen, `le` left out.
    labels: BTreeMap<String, Vec<String>>,
    samples: Vec<(String, f64)>,
}

fn telemetry() -> Telemetry {
    let build = BuildInfo {
        version: "1.2.3",
        revision: "abc\"def\\".to_owned(),
        rustc: "rustc 1.95.0",
        librdkafka: "2.12.1".to_owned(),
        model: "0123456789ab".to_owned(),
        kernel: "scalar",
    };
    Telemetry::new(&build).unwrap()
}

/// Calls every method of the handles once for each word.
fn touch_everything(telemetry: &Telemetry) {
    telemetry.resource_info("en", "0.1.0", "3c1f9a02");
    telemetry.config_info("0123456789abcdef");
    touch_records(telemetry);
    touch_transactions(telemetry);
    touch_partition(telemetry, 0);
    touch_load(telemetry);
    let articles = &telemetry.articles;
    ProcessedOutcome::WORDS.iter().for_each(|word| articles.processed(*word, 2));
    PloverType::ALL.iter().for_each(|kind| articles.events(*kind, 3));
    Stage::ALL.iter().for_each(|stage| articles.stage(*stage, 0.001));
    Limit::ALL.iter().for_each(|limit| articles.limit_reached(*limit, 1));
    articles.events_per_article(4);
    articles.age(3600.0);
}

fn touch_records(telemetry: &Telemetry) {
    let worker = &telemetry.worker;
    worker.set_topic("articles.raw");
    worker.received(3, 3000);
    worker.output_bytes(500);
    RewindReason::WORDS.iter().for_each(|word| worker.rewound(*word, 1));
    worker.late_results(1);
    worker.dead_letter("decode", "too_large");
    worker.discarded(true, 1);
    worker.discarded(false, 1);
    worker.end_to_end(0.2);
    worker.worked(0.002);
    worker.offset_out_of_range();
}

fn touch_transactions(telemetry: &Telemetry) {
    let worker = &telemetry.worker;
    TransactionResult::WORDS.iter().for_each(|word| worker.transaction(*word, 0.3, 100));
    TransactionState::WORDS.iter().for_each(|word| worker.transaction_state(*word));
    RebuildReason::WORDS.iter().for_each(|word| worker.producer_rebuilt(*word));
}

fn touch_partition(telemetry: &Telemetry, partition: i32) {
    let worker = &telemetry.worker;
    worker.lag("articles.raw", partition, 5, 1.5);
    worker.progress("articles.raw", partition, 1.7e9);
    worker.oldest_unfinished("articles.raw", partition, 0.5);
}

fn touch_load(telemetry: &Telemetry) {
    let worker = &telemetry.worker;
    worker.assigned(4);
    worker.paused(1);
    RebalanceKind::WORDS.iter().for_each(|word| worker.rebalance(*word));
    worker.revoke_duration(0.4);
    worker.inflight(10, 20_000);
    worker.inflight_limit_bytes(1 << 26);
    for queue in Queue::WORDS {
        worker.queue(*queue, 3);
        worker.queue_capacity(*queue, 64);
    }
    worker.threads(2);
    worker.thread_busy(1);
    worker.polled(1.7e9);
    worker.client_stats(1.7e9);
    worker.broker_rtt(1, 0.001);
    worker.broker_rtt(-1, 0.001);
}

/// Reads Prometheus text 0.0.4 and panics at what is not.
fn parse(text: &str) -> BTreeMap<String, Family> {
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    assert!(text.ends_with('\n'));
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            families.entry(name.to_owned()).or_default().help = help.to_owned();
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            families.entry(name.to_owned()).or_default().kind = kind.to_owned();
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let (name, labels) = match series.split_once('{') {
                Some((name, labels)) => (name, parse_labels(labels)),
                None => (series, Vec::new()),
            };
            let family = family_of(&mut families, name);
            family.samples.push((series.to_owned(), value.parse().unwrap()));
            for (label, value) in labels.into_iter().filter(|(label, _)| label != "le") {
                let values = family.labels.entry(label).or_default();
                if !values.contains(&value) {
                    values.push(value);
                }
            }
        }
    }
    families
}

fn family_of<'a>(families: &'a mut BTreeMap<String, Family>, sample: &str) -> &'a mut Family {
    let base = ["_bucket", "_sum", "_count"]
        .iter()
        .find_map(|suffix| sample.strip_suffix(suffix))
        .filter(|base| families.get(*base).is_some_and(|family| family.kind == "histogram"))
        .unwrap_or(sample);
    families.get_mut(base).unwrap_or_else(|| panic!("{sample} has no HELP and TYPE before it"))
}

fn parse_labels(text: &str) -> Vec<(String, String)> {
    let mut rest = text;
    let mut labels = Vec::new();
    while !rest.starts_with('}') {
        let (name, after) = rest.split_once("=\"").unwrap();
        let mut value = String::new();
        let mut characters = after.char_indices();
        let end = loop {
            match characters.next().unwrap() {
                (at, '"') => break at + 1,
                (_, '\\') => value.push(characters.next().unwrap().1),
                (_, other) => value.push(other),
            }
        };
        labels.push((name.to_owned(), value));
        rest = after[end..].trim_start_matches(',');
    }
    assert_eq!(rest, "}");
    labels
}

fn value(families: &BTreeMap<String, Family>, series: &str) -> f64 {
    let all = || families.values().flat_map(|family| &family.samples);
    let (_, value) =
        all().find(|(name, _)| name == series).unwrap_or_else(|| panic!("no {series}"));
    *value
}

fn count_of_series(families: &BTreeMap<String, Family>) -> usize {
    families.values().map(|family| family.samples.len()).sum()
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn not_run(reason: &str) {
    let path = repository("target/not-run.txt");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    writeln!(file, "NOT RUN: {reason}").unwrap();
}

fn table(families: &BTreeMap<String, Family>) -> String {
    let mut table = String::from("| Metric | Type | Labels | Meaning |\n|---|---|---|---|\n");
    for (name, family) in families {
        let labels: Vec<String> = family
            .labels
            .iter()
            .map(|(label, values)| {
                if OPEN_LABELS.contains(&label.as_str()) {
                    return format!("`{label}`");
                }
                let mut values = values.clone();
                values.sort();
                format!("`{label}` = {}", values.join(", "))
            })
            .collect();
        let labels = if labels.is_empty() { "–".to_owned() } else { labels.join("; ") };
        writeln!(table, "| `{name}` | {} | {labels} | {} |", family.kind, family.help).unwrap();
    }
    table
}

#[test]
fn the_document_lists_exactly_what_is_exported() {
    let telemetry = telemetry();
    touch_everything(&telemetry);
    let exported = table(&parse(&telemetry.render().unwrap()));
    let path = repository("docs/METRICS.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let (begin, end) = ("<!-- table -->\n", "<!-- end of table -->\n");
    let (head, rest) = document.split_once(begin).unwrap();
    let (documented, tail) = rest.split_once(end).unwrap();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, format!("{head}{begin}{exported}{end}{tail}")).unwrap();
    } else if cfg!(target_os = "linux") {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let missing: Vec<_> =
            lines(&exported).into_iter().filter(|row| !documented.contains(row.as_str())).collect();
        let gone: Vec<_> =
            lines(documented).into_iter().filter(|row| !exported.contains(row.as_str())).collect();
        assert!(
            documented == exported,
            "docs/METRICS.md differs; UPDATE=1 rewrites it.\nnot documented: {missing:#?}\nnot exported: {gone:#?}"
        );
    } else {
        not_run("docs/METRICS.md lists process_* metrics, which only Linux has");
    }
}

#[test]
fn names_keep_the_rules() {
    let telemetry = telemetry();
    touch_everything(&telemetry);
    for (name, family) in parse(&telemetry.render().unwrap()) {
        assert!(name.starts_with("dateline_") || name.starts_with("process_"), "{name}");
        assert_eq!(name.ends_with("_total"), family.kind == "counter", "{name}");
        assert!(
            !family.help.is_empty() && !family.help.ends_with('.') || name.starts_with("process_"),
            "{name}"
        );
        assert!(!name.contains("_ms") && !name.contains("_micro"), "{name}: base units only");
        for (label, values) in &family.labels {
            let closed = !OPEN_LABELS.contains(&label.as_str());
            assert!(!closed || values.len() <= 16, "{name} {label}: {values:?}");
        }
    }
}

#[test]
fn known_series_are_there_before_anything_happens() {
    let telemetry = telemetry();
    telemetry.worker.set_topic("articles.raw");
    let before = parse(&telemetry.render().unwrap());
    touch_everything(&telemetry);
    let after = parse(&telemetry.render().unwrap());
    let open = |name: &str| {
        ["partition=", "broker=", "dateline_resource_info", "dateline_config_info"]
            .iter()
            .any(|part| name.contains(part))
    };
    let names = |families: &BTreeMap<String, Family>| -> Vec<String> {
        let samples = families.values().flat_map(|family| &family.samples);
        samples.map(|(series, _)| series.clone()).filter(|series| !open(series)).collect()
    };
    assert_eq!(names(&before), names(&after));
    for family in before.values().filter(|family| family.kind == "counter") {
        for (series, value) in &family.samples {
            assert!(*value == 0.0 || series.starts_with("process_"), "{series} = {value}");
        }
    }
    assert_eq!(value(&before, "dateline_transaction_state{state=\"idle\"}"), 1.0);
}

#[test]
fn what_is_counted_is_shown() {
    let telemetry = telemetry();
    let worker = &telemetry.worker;
    worker.set_topic("articles.raw");
    worker.set_topic("another");
    worker.received(3, 3000);
    worker.received(1, 5);
    worker.dead_letter("clean", "empty");
    worker.dead_letter("panic", "panic");
    worker.transaction_state(TransactionState::Committing);
    worker.transaction(TransactionResult::Aborted, 9.0, 50);
    worker.transaction(TransactionResult::Committed, 0.2, 50);
    worker.lag("articles.raw", 7, -1, -0.5);
    worker.end_to_end(-3.0);
    worker.thread_busy(1);
    worker.thread_busy(-1);
    telemetry.articles.events(PloverType::Assault, 2);
    let shown = parse(&telemetry.render().unwrap());
    for (series, expected) in [
        ("dateline_articles_received_total{topic=\"articles.raw\"}", 4.0),
        ("dateline_input_bytes_total", 3005.0),
        ("dateline_errors_total{error_type=\"empty\",stage=\"clean\"}", 1.0),
        ("dateline_dead_letters_total{error_type=\"empty\",stage=\"clean\"}", 1.0),
        ("dateline_dead_letters_total{error_type=\"panic\",stage=\"panic\"}", 1.0),
        ("dateline_transaction_state{state=\"committing\"}", 1.0),
        ("dateline_transaction_state{state=\"idle\"}", 0.0),
        ("dateline_transactions_total{result=\"aborted\"}", 1.0),
        ("dateline_transaction_articles_sum", 50.0),
        ("dateline_transaction_duration_seconds_count", 1.0),
        ("dateline_consumer_lag_articles{partition=\"7\",topic=\"articles.raw\"}", 0.0),
        ("dateline_consumer_lag_seconds{partition=\"7\",topic=\"articles.raw\"}", 0.0),
        ("dateline_end_to_end_latency_seconds_sum", 0.0),
        ("dateline_worker_threads_busy", 0.0),
        ("dateline_events_emitted_total{event_type=\"ASSAULT\"}", 2.0),
        ("dateline_ready", 0.0),
    ] {
        assert_eq!(value(&shown, series), expected, "{series}");
    }
}

/// The ceiling follows from the code: a fixed part, and four series for each partition that is ours now.
#[test]
fn series_are_bounded_and_go_with_their_partition() {
    let telemetry = telemetry();
    touch_everything(&telemetry);
    telemetry.worker.forget_partition("articles.raw", 0);
    let fixed = count_of_series(&parse(&telemetry.render().unwrap()));
    assert!(fixed < 500, "{fixed} series without a partition");
    for round in 0..3 {
        for partition in 0..100 {
            touch_partition(&telemetry, partition);
        }
        touch_everything(&telemetry);
        let full = count_of_series(&parse(&telemetry.render().unwrap()));
        assert_eq!(full, fixed + 4 * 100, "round {round}");
        (0..100).for_each(|partition| telemetry.worker.forget_partition("articles.raw", partition));
        let empty = parse(&telemetry.render().unwrap());
        assert_eq!(count_of_series(&empty), fixed, "round {round}");
        assert!(!empty.values().any(|family| family.labels.contains_key("partition")));
    }
}

struct Served {
    telemetry: Arc<Telemetry>,
    server: HttpServer,
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}

fn served() -> Served {
    let telemetry = Arc::new(telemetry());
    let limits = LiveLimits { poll_silence_secs_max: 270.0, progress_silence_secs_max: 300.0 };
    let listener = bind("127.0.0.1:0").unwrap();
    let server = serve(listener, Arc::clone(&telemetry), limits).unwrap();
    Served { telemetry, server }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// Sends bytes and reads until the other side closes: status line and headers, then the body.
fn exchange(address: SocketAddr, request: &str) -> (String, String) {
    let mut stream = connect(address);
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let (head, body) =
        exchange(address, &format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n"));
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body)
}

#[test]
fn probes_follow_the_worker() {
    let Served { telemetry, server } = served();
    let address = server.local_addr();
    let statuses =
        || ["/livez", "/healthz", "/readyz", "/startupz"].map(|path| get(address, path).0);
    assert_eq!(statuses(), [200, 200, 503, 503], "starting");
    assert_eq!(get(address, "/startupz").1.lines().count(), 2);
    telemetry.health.set_loaded();
    telemetry.health.set_broker_reached(true, now());
    telemetry.health.set_joined(true);
    assert_eq!(statuses(), [200, 200, 200, 200], "idle standby");
    assert_eq!(get(address, "/readyz").1, "ok\n");
    telemetry.health.set_broker_reached(false, now() - 30.0);
    assert_eq!(statuses(), [200, 200, 503, 200], "broker gone");
    assert_eq!(get(address, "/readyz").1, "broker: the broker is unreachable\n");
    let (status, body) = get(address, "/readyz?verbose");
    let details: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &details["ok"]), (503, &serde_json::Value::Bool(false)));
    assert!(details["checks"][1]["age_secs"].as_f64().unwrap() >= 30.0, "{details}");
    telemetry.health.set_broker_reached(true, now());
    telemetry.health.polled(now() - 300.0);
    assert_eq!(statuses(), [503, 503, 200, 200], "hanging");
    telemetry.health.polled(now());
    telemetry.health.set_draining();
    assert_eq!(statuses(), [200, 200, 503, 200], "draining");
    assert!(get(address, "/metrics").1.contains("\ndateline_draining 1\n"));
    server.stop().unwrap();
}

#[test]
fn other_answers() {
    let Served { server, .. } = served();
    let address = server.local_addr();
    let (head, body) = exchange(address, "GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n");
    assert!(head.starts_with("http/1.1 200 "), "{head}");
    assert!(head.contains("\r\ncontent-type: text/plain; version=0.0.4; charset=utf-8"), "{head}");
    assert!(head.contains("\r\nconnection: close"), "{head}");
    assert!(head.contains("\r\nx-content-type-options: nosniff"), "{head}");
    parse(&body);
    let (status, body) = get(address, "/version");
    let version: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, version["version"].as_str()), (200, Some("1.2.3")));
    assert_eq!(version["model"].as_str(), Some("0123456789ab"));
    assert_eq!(version["kernel"].as_str(), Some("scalar"));
    assert_eq!(get(address, "/config").0, 404);
    assert_eq!(get(address, "/../../etc/passwd").0, 404);
    for (request, status) in [
        ("POST /metrics HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n", " 405 "),
        ("POST /metrics HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nbody", " 413 "),
        ("GET /metrics HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n", " 413 "),
        ("nonsense\r\n\r\n", " 400 "),
    ] {
        let (head, _) = exchange(address, request);
        assert!(head.contains(status), "{request:?}: {head}");
    }
    server.stop().unwrap();
    assert!(TcpStream::connect(address).is_err(), "the listener is gone");
}

/// More silent clients than there are places: a scrape waits until the first ones run out of time, and is answered.
#[test]
fn silent_clients_are_dropped() {
    let Served { server, .. } = served();
    let address = server.local_addr();
    let silent: Vec<TcpStream> = (0..80)
        .map(|_| {
            let mut stream = connect(address);
            stream.write_all(b"GET /metrics HTTP/1.1\r\nx-slow: ").unwrap();
            stream
        })
        .collect();
    let mut last = connect(address);
    last.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
    last.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut answer = String::new();
    last.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("\r\n\r\nok\n"), "{answer}");
    let mut first = silent.into_iter().next().unwrap();
    let mut rest = Vec::new();
    // Either the connection was reset or it ended; in both cases nothing was answered.
    assert!(first.read_to_end(&mut rest).is_err() || rest.is_empty(), "{rest:?}");
    server.stop().unwrap();
}

#[test]
fn an_address_in_use_is_named_with_its_setting() {
    let first = bind("127.0.0.1:0").unwrap();
    let address = first.local_addr().unwrap().to_string();
    let error = bind(&address).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot listen on {address} (http.listen)"));
}

#[test]
fn promtool_accepts_a_real_scrape() {
    let Some(promtool) = std::env::var_os("DATELINE_PROMTOOL") else {
        not_run("promtool check metrics: DATELINE_PROMTOOL does not name Prometheus' promtool");
        return;
    };
    let Served { telemetry, server } = served();
    touch_everything(&telemetry);
    let (status, body) = get(server.local_addr(), "/metrics");
    assert_eq!(status, 200);
    let mut child = Command::new(promtool)
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(body.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.trim().is_empty(), "promtool says: {said}");
    server.stop().unwrap();
}
