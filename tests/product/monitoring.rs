//! What an operator is given: the dashboard, the rules and the alerts, against the metrics that exist, against promtool,
//! and against a real Prometheus that scrapes a worker on a real Kafka.
//!
//! The conventions of the dashboard are those of Grafana's dashboard-linter. Expressions are read by a scanner that knows
//! selectors, ranges and the function around them; whether they are PromQL is left to Prometheus.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use dateline::app::Assembly;
use dateline::pack::Pack;
use dateline::runtime::shutdown::Stop;
use serde_json::{Value, json};

#[path = "../worker/support.rs"]
#[expect(dead_code, reason = "the tests of the worker use what these do not")]
mod support;

use support::{Send, Topics, wait_until};

const BOARD: &str = "deploy/grafana/dashboards/dateline-overview.json";
const RULES: [&str; 2] =
    ["deploy/prometheus/rules/recording.yml", "deploy/prometheus/rules/alerts.yml"];
const OPERATING: &str = "docs/OPERATING.md";

fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

fn text(relative: &str) -> String {
    std::fs::read_to_string(path(relative)).unwrap_or_else(|error| panic!("{relative}: {error}"))
}

fn board() -> Value {
    serde_json::from_str(&text(BOARD)).unwrap()
}

/// One selector of an expression.
#[derive(Debug, Default, PartialEq)]
struct Selector {
    name: String,
    /// What stands between the braces; `None` without braces.
    matchers: Option<String>,
    range: Option<String>,
    /// The function or operator whose parentheses hold the selector directly.
    function: String,
}

impl Selector {
    fn written(&self) -> String {
        format!("{}{{{}}}", self.name, self.matchers.as_deref().unwrap_or_default())
    }
}

fn is_metric(name: &str) -> bool {
    name == "up"
        || name.contains(':')
        || name.starts_with("dateline_")
        || name.starts_with("process_")
}

/// The selectors of an expression, in order.
fn selectors(expr: &str) -> Vec<Selector> {
    let (mut found, mut around, mut word) = (Vec::new(), Vec::new(), String::new());
    let mut rest = expr;
    while let Some(next) = rest.chars().next() {
        let length = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'))
            .unwrap_or(rest.len());
        if length > 0 {
            word = rest[..length].to_owned();
            rest = &rest[length..];
            let (matchers, after) = enclosed(rest, '{', '}');
            if matchers.is_some() || is_metric(&word) {
                let (range, after) = enclosed(after, '[', ']');
                let function: &String = around.last().unwrap_or(&word);
                let function = if around.is_empty() { String::new() } else { function.clone() };
                found.push(Selector { name: std::mem::take(&mut word), matchers, range, function });
                rest = after;
            }
            continue;
        }
        match next {
            '(' => around.push(std::mem::take(&mut word)),
            ')' => {
                around.pop();
                word.clear();
            }
            ' ' => {}
            _ => word.clear(),
        }
        rest = &rest[next.len_utf8()..];
    }
    found
}

/// What stands between two brackets at the start of a text, and the text after them.
fn enclosed(text: &str, open: char, close: char) -> (Option<String>, &str) {
    let inside = text.strip_prefix(open).and_then(|inside| inside.split_once(close));
    inside.map_or((None, text), |(inside, after)| (Some(inside.to_owned()), after))
}

/// Every target of every panel: title of the panel, the target.
fn targets(board: &Value) -> Vec<(String, Value)> {
    let panels = board["panels"].as_array().unwrap();
    let of = |panel: &Value| {
        let title = panel["title"].as_str().unwrap_or("?").to_owned();
        let targets = panel["targets"].as_array().cloned().unwrap_or_default();
        targets.into_iter().map(move |target| (title.clone(), target)).collect::<Vec<_>>()
    };
    panels.iter().flat_map(of).collect()
}

fn offences(board: &Value) -> Vec<String> {
    let mut offences = Vec::new();
    if board["editable"] != json!(false) {
        offences.push("the board is editable".to_owned());
    }
    let variables = board["templating"]["list"].as_array().unwrap();
    for (name, kind) in [("datasource", "datasource"), ("job", "query"), ("instance", "query")] {
        match variables.iter().find(|variable| variable["name"] == name) {
            Some(variable) if variable["type"] == kind => {
                let reloads = kind != "query" || variable["refresh"] == 2;
                let source = kind != "query" || variable["datasource"]["uid"] == "${datasource}";
                if !reloads || !source || variable["label"].as_str().is_none_or(str::is_empty) {
                    offences.push(format!("variable {name}: label, data source or refresh"));
                }
            }
            _ => offences.push(format!("no variable {name} of type {kind}")),
        }
    }
    let (mut ids, mut places) = (BTreeSet::new(), Vec::new());
    for panel in board["panels"].as_array().unwrap() {
        let title = panel["title"].as_str().unwrap_or_default();
        if title.is_empty() || !ids.insert(panel["id"].as_u64()) {
            offences.push(format!("panel {}: no title, or an id used twice", panel["id"]));
        }
        let place = ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64().unwrap());
        let meets = |other: &[u64; 4]| {
            let apart = |from: usize| {
                place[from] + place[from + 2] <= other[from]
                    || other[from] + other[from + 2] <= place[from]
            };
            !apart(0) && !apart(1)
        };
        if place[0] + place[2] > 24 || places.iter().any(meets) {
            offences.push(format!("panel {title}: outside the board, or upon another"));
        }
        places.push(place);
        if panel["type"] != "row" {
            offences
                .extend(panel_offences(panel).into_iter().map(|o| format!("panel {title}: {o}")));
        }
    }
    offences
}

fn panel_offences(panel: &Value) -> Vec<String> {
    let mut offences = Vec::new();
    if panel["description"].as_str().is_none_or(str::is_empty) {
        offences.push("no description".to_owned());
    }
    if panel["fieldConfig"]["defaults"]["unit"].as_str().is_none_or(str::is_empty) {
        offences.push("no unit".to_owned());
    }
    let targets = panel["targets"].as_array().cloned().unwrap_or_default();
    if targets.is_empty() {
        offences.push("no query".to_owned());
    }
    let sources = std::iter::once(panel).chain(&targets);
    if sources.into_iter().any(|place| place["datasource"]["uid"] != "${datasource}") {
        offences.push("another data source than ${datasource}".to_owned());
    }
    let mut names = BTreeSet::new();
    for target in &targets {
        if !names.insert(target["refId"].as_str()) {
            offences.push("two queries of one name".to_owned());
        }
        let expr = target["expr"].as_str().unwrap_or_default();
        let found = selectors(expr);
        if found.is_empty() {
            offences.push(format!("no selector in {expr:?}"));
        }
        let instant = target["instant"] == json!(true);
        offences.extend(found.iter().filter_map(|selector| selector_offence(selector, instant)));
    }
    offences
}

fn selector_offence(selector: &Selector, instant: bool) -> Option<String> {
    let Selector { name, matchers, range, function } = selector;
    let matchers = matchers.as_deref().unwrap_or_default();
    for matcher in ["job=~\"$job\"", "instance=~\"$instance\""] {
        if !matchers.contains(matcher) {
            return Some(format!("{name} without {matcher}"));
        }
    }
    let is_counter =
        ["_total", "_bucket", "_sum", "_count"].iter().any(|suffix| name.ends_with(suffix));
    // Some things are counted before a process is scraped for the first time, and an increase does not show them.
    let is_rate = ["rate", "increase"].contains(&function.as_str())
        || function == "max_over_time" && range.as_deref() == Some("$__range");
    if is_counter != is_rate {
        return Some(format!("{name}: rate or increase goes with counters, and with them alone"));
    }
    match range.as_deref() {
        None if !is_counter => None,
        Some("$__rate_interval") => None,
        // A single value about the whole time shown.
        Some("$__range") if instant && function != "rate" => None,
        other => Some(format!("{name}: range {other:?} is not $__rate_interval")),
    }
}

#[test]
fn the_scanner_sees_every_selector_with_what_is_around_it() {
    let found = selectors(
        r#"histogram_quantile(0.9, sum by (le) (rate(a_bucket{job=~"$job"}[5m]))) / up > 2 and on (x) (time() - b{})"#,
    );
    let seen: Vec<_> = found.iter().map(|s| (&*s.name, s.range.as_deref(), &*s.function)).collect();
    assert_eq!(seen, [("a_bucket", Some("5m"), "rate"), ("up", None, ""), ("b", None, "")]);
    assert_eq!(found[0].written(), r#"a_bucket{job=~"$job"}"#);
}

#[test]
fn the_board_keeps_its_conventions() {
    let offences = offences(&board());
    assert!(offences.is_empty(), "{offences:#?}");
}

#[test]
fn planted_offences_are_found() {
    let first = board()["panels"].as_array().unwrap().iter().position(|p| p["type"] != "row");
    let at = |pointer: &str| format!("/panels/{}{pointer}", first.unwrap());
    let expr = |expr: &str| (at("/targets/0/expr"), json!(expr));
    let planted = [
        ("/editable".to_owned(), json!(true)),
        ("/templating/list/0/name".to_owned(), json!("source")),
        ("/templating/list/1/refresh".to_owned(), json!(0)),
        (at("/title"), json!("")),
        (at("/description"), json!("")),
        (at("/fieldConfig/defaults/unit"), json!("")),
        (at("/targets"), json!([])),
        (at("/targets/0/datasource/uid"), json!("prometheus")),
        (at("/gridPos/w"), json!(24)),
        expr("dateline_ready"),
        expr(r#"dateline_ready{job=~"$job"}"#),
        expr(r#"dateline_late_results_total{job=~"$job", instance=~"$instance"}"#),
        expr(r#"sum(dateline_late_results_total{job=~"$job", instance=~"$instance"})"#),
        expr(r#"rate(dateline_late_results_total{job=~"$job", instance=~"$instance"}[5m])"#),
        expr(r#"rate(dateline_late_results_total{job=~"$job", instance=~"$instance"}[$__range])"#),
        expr(r#"rate(dateline_ready{job=~"$job", instance=~"$instance"}[$__rate_interval])"#),
    ];
    for (pointer, value) in planted {
        let mut board = board();
        *board.pointer_mut(&pointer).unwrap_or_else(|| panic!("no {pointer}")) = value.clone();
        assert!(!offences(&board).is_empty(), "{pointer} = {value} went unnoticed");
    }
}

/// A rule as written in the YAML of this repository.
#[derive(Debug, Default)]
struct Rule {
    alert: Option<String>,
    record: Option<String>,
    expr: String,
    runbook: String,
    severity: String,
}

/// Reads the plain YAML of our rule files; that nothing is missed is checked against Prometheus.
fn rules() -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for file in RULES {
        let mut in_expr = false;
        for line in text(file).lines() {
            let (indent, words) = (line.len() - line.trim_start().len(), line.trim_start());
            let (key, value) = words.split_once(':').map_or((words, ""), |(k, v)| (k, v.trim()));
            if let "- alert" | "- record" = key {
                let named = (key == "- alert", value.to_owned());
                let (alert, record) =
                    if named.0 { (Some(named.1), None) } else { (None, Some(named.1)) };
                rules.push(Rule { alert, record, ..Rule::default() });
            }
            in_expr &= words.is_empty() || indent > 8;
            let Some(rule) = rules.last_mut() else { continue };
            match key {
                _ if in_expr => rule.expr.extend([" ", words]),
                "expr" if value == "|" => in_expr = true,
                "expr" => rule.expr = value.to_owned(),
                "runbook_url" => rule.runbook = value.to_owned(),
                "severity" => rule.severity = value.to_owned(),
                _ => {}
            }
        }
    }
    rules
}

/// Names and kinds of all metrics, from the table that `metrics.rs` compares with the registry.
fn exported() -> BTreeMap<String, String> {
    let table = text("docs/METRICS.md");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
    let parts = rows.filter_map(|row| row.split_once("` | "));
    parts
        .map(|(name, rest)| (name.to_owned(), rest.split(' ').next().unwrap().to_owned()))
        .collect()
}

fn exists(name: &str, exported: &BTreeMap<String, String>) -> bool {
    let base = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix));
    let histogram = |name: &str| exported.get(name).is_some_and(|kind| kind == "histogram");
    base.is_some_and(histogram) || exported.contains_key(name) && !histogram(name)
}

#[test]
fn board_and_rules_name_only_what_exists() {
    let (exported, rules) = (exported(), rules());
    assert!(exported.len() > 40 && rules.len() > 10, "{} {}", exported.len(), rules.len());
    let recorded: BTreeSet<&str> = rules.iter().filter_map(|rule| rule.record.as_deref()).collect();
    let mut unknown: Vec<String> = Vec::new();
    let board_exprs = targets(&board())
        .into_iter()
        .map(|(panel, target)| (panel, target["expr"].as_str().unwrap().to_owned()));
    let rule_exprs = rules.iter().map(|rule| (format!("{rule:?}"), rule.expr.clone()));
    for (place, expr) in board_exprs.chain(rule_exprs) {
        let found = selectors(&expr);
        assert!(!found.is_empty(), "{place}: {expr}");
        for Selector { name, .. } in found {
            if name != "up" && !recorded.contains(&*name) && !exists(&name, &exported) {
                unknown.push(format!("{place}: {name}"));
            }
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
    assert!(!exists("dateline_no_such_total", &exported), "the comparison can fail");
    assert!(!exists("dateline_article_duration_seconds", &exported), "a histogram has no value");
}

#[test]
fn every_alert_has_a_severity_and_a_section_in_the_runbook() {
    let runbook = text(OPERATING);
    let mut names = BTreeSet::new();
    for rule in rules() {
        let Some(alert) = rule.alert else { continue };
        assert!(["warning", "critical"].contains(&&*rule.severity), "{alert}: {}", rule.severity);
        assert_eq!(rule.runbook, format!("{OPERATING}#{}", alert.to_lowercase()), "{alert}");
        let heading = format!("### {alert}");
        let sections = runbook.lines().filter(|line| *line == heading).count();
        assert_eq!(sections, 1, "{alert}: its heading in {OPERATING}");
        names.insert(alert);
    }
    let expected = [
        "DatelineDeadLetterRate",
        "DatelineDiscardedUnintended",
        "DatelineDown",
        "DatelineLagSecondsHigh",
        "DatelineStalled",
    ];
    assert_eq!(names.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

/// A program that an environment variable names, or a line that says what did not run.
fn program(variable: &str, what: &str) -> Option<PathBuf> {
    let found = std::env::var_os(variable).map(PathBuf::from);
    if found.is_none() {
        support::not_run(&format!("{what}: {variable} is not set (make test fetches Prometheus)"));
    }
    found
}

#[test]
fn promtool_accepts_rules_and_their_cases() {
    let Some(promtool) = program("DATELINE_PROMTOOL", "promtool on rules and alerts") else {
        return;
    };
    let run = |arguments: &[&str]| {
        let files = arguments.iter().skip(2).map(|file| path(file));
        let output = Command::new(&promtool).args(&arguments[..2]).args(files).output().unwrap();
        let said =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "promtool {arguments:?}: {said}");
    };
    run(&["check", "rules", RULES[0], RULES[1]]);
    run(&["check", "config", "deploy/prometheus/prometheus.yml"]);
    let cases = ["deploy/prometheus/tests/alerts.yml", "deploy/prometheus/tests/recording.yml"];
    run(&["test", "rules", cases[0], cases[1]]);
    // One case that fires and one that is silent for each alert. A case without exp_alerts expects silence.
    let cases = text(cases[0]);
    let cases: Vec<&str> = cases.split("- eval_time:").collect();
    for alert in rules().into_iter().filter_map(|rule| rule.alert) {
        let of = |fires: bool| {
            let name = format!("alertname: {alert}\n");
            let named = cases.iter().filter(|case| format!("{case}\n").contains(&name));
            named.filter(|case| case.contains("exp_alerts:") == fires).count()
        };
        assert!(
            of(true) > 0 && of(false) > 0,
            "{alert}: {} fire, {} are silent",
            of(true),
            of(false)
        );
    }
}

/// Ends when it goes out of sight, also when a test fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Requests the stop when it goes out of sight, so that a failed test does not wait for its worker for ever.
struct StopAtEnd(Stop);

impl Drop for StopAtEnd {
    fn drop(&mut self) {
        self.0.request();
    }
}

/// A Prometheus with the configuration of the repository, only faster and with another target.
fn prometheus(program: &Path, directory: &Path, target: SocketAddr) -> (Running, SocketAddr) {
    let mut config = text("deploy/prometheus/prometheus.yml");
    let rules = path("deploy/prometheus/rules/*.yml").display().to_string();
    for (from, to) in [
        ("scrape_interval: 5s", "scrape_interval: 1s"),
        ("scrape_timeout: 4s", "scrape_timeout: 1s"),
        ("evaluation_interval: 15s", "evaluation_interval: 1s"),
        ("worker:9464", &target.to_string()),
        ("- rules/*.yml", &format!("- {rules}")),
    ] {
        assert_eq!(config.matches(from).count(), 1, "prometheus.yml: {from}");
        config = config.replace(from, to);
    }
    let file = directory.join("prometheus.yml");
    std::fs::write(&file, config).unwrap();
    let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let log = std::fs::File::create(directory.join("prometheus.log")).unwrap();
    let child = Command::new(program)
        .arg(format!("--config.file={}", file.display()))
        .arg(format!("--storage.tsdb.path={}", directory.join("data").display()))
        .arg(format!("--web.listen-address={listen}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    (Running(child), listen)
}

/// Status and body of a GET; `None` while nobody listens.
fn get(address: SocketAddr, target: &str) -> Option<(u16, Value)> {
    let mut stream = TcpStream::connect(address).ok()?;
    // Version 1.0: the answer comes in one piece.
    write!(stream, "GET {target} HTTP/1.0\r\nhost: {address}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, serde_json::from_str(body).unwrap_or(Value::Null)))
}

/// The values of an instant query, or why there are none.
fn values(prometheus: SocketAddr, expr: &str) -> Result<Vec<f64>, String> {
    let coded: String = expr.bytes().map(|byte| format!("%{byte:02X}")).collect();
    match get(prometheus, &format!("/api/v1/query?query={coded}")) {
        Some((200, body)) => {
            let result = body["data"]["result"].as_array().ok_or("no result")?;
            let value = |series: &Value| series["value"][1].as_str()?.parse::<f64>().ok();
            result.iter().map(|series| value(series).ok_or_else(|| series.to_string())).collect()
        }
        Some((status, body)) => Err(format!("status {status}: {}", body["error"])),
        None => Err("nobody listens".to_owned()),
    }
}

/// Good articles, one that is broken, one without text and one without a value, for each partition.
fn load(partitions: i32) -> Vec<Send> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let timestamp_ms = i64::try_from(now.as_millis()).unwrap();
    let published = jiff::Timestamp::from_millisecond(timestamp_ms - 3_600_000).unwrap();
    let dated = support::articles(10).into_iter().map(|article| {
        let mut article: Value = serde_json::from_slice(&article).unwrap();
        article["published_at"] = json!(published.to_string());
        Some(article.to_string().into_bytes())
    });
    let broken = [Some(b"{\"text\": ".to_vec()), Some(b"   ".to_vec()), None];
    let inputs: Vec<Option<Vec<u8>>> = dated.chain(broken).collect();
    let of = |partition: i32| {
        let send = move |value: &Option<Vec<u8>>| Send {
            partition,
            timestamp_ms,
            value: value.clone(),
            headers: Vec::new(),
        };
        inputs.iter().map(send).collect::<Vec<_>>()
    };
    (0..partitions).flat_map(of).collect()
}

/// What Grafana would put in the place of its variables.
fn substituted(expr: &str) -> String {
    [("$job", "dateline"), ("$instance", ".+"), ("$__rate_interval", "10s"), ("$__range", "60s")]
        .iter()
        .fold(expr.to_owned(), |expr, (from, to)| expr.replace(from, to))
}

/// What a real Prometheus cannot answer under load: expressions of the board, recording rules, selectors of alerts.
fn unanswered(prometheus: SocketAddr) -> Vec<String> {
    let mut asked: Vec<(String, String)> = targets(&board())
        .into_iter()
        .map(|(panel, target)| (panel, substituted(target["expr"].as_str().unwrap())))
        .collect();
    for rule in rules() {
        if let Some(record) = rule.record {
            asked.push((format!("{record} as recorded"), record.clone()));
            asked.push((record, rule.expr));
        } else {
            let selectors = selectors(&rule.expr).into_iter().map(|one| one.written());
            asked.extend(selectors.map(|one| (format!("{:?}", rule.alert), one)));
        }
    }
    let judged = asked.into_iter().filter_map(|(place, expr)| {
        fault(prometheus, &expr).map(|fault| format!("{place}: {fault}: {expr}"))
    });
    judged.collect()
}

/// What is wrong with the answer to a query.
fn fault(prometheus: SocketAddr, expr: &str) -> Option<String> {
    match values(prometheus, expr) {
        Ok(values) if values.is_empty() => Some("empty".to_owned()),
        Ok(values) if values.iter().any(|value| value.is_nan()) => Some("NaN".to_owned()),
        Ok(_) => None,
        Err(error) => Some(error),
    }
}

#[test]
fn a_real_prometheus_answers_every_expression_under_load() {
    let what = "a real Prometheus on a running worker";
    let Some(program) = program("DATELINE_PROMETHEUS", what) else { return };
    let Some(brokers) = support::brokers(what) else { return };
    let topics = Topics::create(&brokers, "monitoring", 2);
    let settings = support::settings(&topics.sets(&brokers, "monitoring"));
    let stop = Stop::new();
    let worker =
        Assembly::new(settings, Arc::new(Pack::embedded().unwrap()), stop.clone()).unwrap();
    let server = worker.serve_at("127.0.0.1:0".parse().unwrap()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let (running, prometheus) = prometheus(&program, directory.path(), server.local_addr());
    std::thread::scope(|scope| {
        let stop_at_end = StopAtEnd(stop.clone());
        let working = scope.spawn(|| worker.run_kafka(None));
        scope.spawn(|| {
            while !stop.is_requested() {
                support::produce(&brokers, &topics.input, &load(topics.partitions));
                std::thread::sleep(Duration::from_millis(200));
            }
        });
        let at_least = |expr: &str, least: f64| {
            values(prometheus, expr).is_ok_and(|values| values.iter().any(|value| *value >= least))
        };
        wait_until("two partitions in work", || {
            assert!(!working.is_finished(), "the worker ended");
            at_least("count(dateline_consumer_lag_seconds)", 2.0)
        });
        wait_until("statistics of the client", || at_least("dateline_broker_rtt_seconds", 0.0));
        wait_until("enough scrapes", || at_least("count_over_time(up[1m])", 20.0));
        let unanswered = unanswered(prometheus);
        assert!(unanswered.is_empty(), "{} unanswered: {unanswered:#?}", unanswered.len());
        assert!(at_least(r#"dateline_discarded_articles_total{intentional="true"}"#, 1.0));
        let planted = ["sum(dateline_ready) by by", "dateline_no_such", "dateline_ready * 0 / 0"];
        let faults = planted.map(|expr| fault(prometheus, expr).unwrap_or_default());
        assert!(faults[0].starts_with("status 400"), "{}", faults[0]);
        assert_eq!(faults[1..], ["empty", "NaN"]);
        check_loaded_rules(prometheus);
        drop(stop_at_end);
        let summary = working.join().unwrap().unwrap();
        assert!(summary.committed > 100, "{summary:?}");
    });
    drop(running);
    server.stop().unwrap();
}

/// Prometheus has loaded each rule that `rules` reads, with the same expression, and none of them has failed.
fn check_loaded_rules(prometheus: SocketAddr) {
    let (status, body) = get(prometheus, "/api/v1/rules").unwrap();
    assert_eq!(status, 200);
    let groups = body["data"]["groups"].as_array().unwrap();
    let loaded: Vec<&Value> =
        groups.iter().flat_map(|group| group["rules"].as_array().unwrap()).collect();
    for rule in &loaded {
        assert_eq!(rule["health"], "ok", "{rule}");
    }
    let names = |selectors: Vec<Selector>| -> Vec<String> {
        selectors.into_iter().map(|selector| selector.name).collect()
    };
    let mut seen: Vec<_> = loaded
        .iter()
        .map(|rule| (rule["name"].as_str().unwrap().to_owned(), rule["query"].as_str().unwrap()))
        .map(|(name, query)| (name, names(selectors(query))))
        .collect();
    let mut read: Vec<_> = rules()
        .into_iter()
        .map(|rule| (rule.alert.or(rule.record).unwrap(), names(selectors(&rule.expr))))
        .collect();
    seen.sort();
    read.sort();
    assert_eq!(seen, read);
}
