//! The recipes of `deploy/duckdb` and `deploy/clickhouse`, executed: on what the extractor makes of the example articles,
//! and on hand-made records with slots that it does not fill yet.
//!
//! Every column is compared with the field of the record that its name is the path of, so that a slip in one of some
//! hundred expressions shows. Both dialects must answer alike, and exactly as written here. Needs the Python environment
//! that `scripts/test.sh` makes (`DATELINE_VENV`).

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use dateline::extract::Extractor;
use dateline::model::{Hint, Limits, OutputText, PublishOptions};
use dateline::pack::{Pack, Setup};
use serde_json::{Value, json};

/// Most participants of each side that the recipes pair.
const PAIRED_MAX: usize = 32;

/// Columns that are worked out, or lists that the two dialects keep differently; looked at one by one below.
const NOT_A_PATH: [&str; 10] = [
    "actor",
    "actor_country",
    "actors",
    "article_published_at",
    "context",
    "evidence",
    "link",
    "places",
    "recipient",
    "recipient_country",
];

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The Python of the environment, or a line that says what did not run.
fn python(test: &str) -> Option<PathBuf> {
    match std::env::var_os("DATELINE_VENV") {
        Some(venv) if !venv.is_empty() => Some(Path::new(&venv).join("bin/python")),
        _ => {
            let file = std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(repository("target/not-run.txt"));
            writeln!(
                file.unwrap(),
                "NOT RUN: {test}: DATELINE_VENV is not set (make test makes it)"
            )
            .unwrap();
            None
        }
    }
}

/// What a recipe makes of the records: rows of `events` and `dyads`, and the answer of each query.
fn run(python: &Path, script: &str, arguments: &[&str], records: &[Value]) -> Value {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("it's records.jsonl");
    let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
    std::fs::write(&file, lines).unwrap();
    let recipe = repository(arguments[0]);
    let output = Command::new(python)
        .arg(repository("tests/product/downstream").join(script))
        .arg(recipe)
        .arg(&file)
        .args(&arguments[1..])
        .current_dir(directory.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The answers of DuckDB, of ClickHouse fed as from Kafka, and of ClickHouse fed from a file.
fn answers(python: &Path, records: &[Value]) -> [(&'static str, Value); 3] {
    let clickhouse = |way| run(python, "run_clickhouse.py", &["deploy/clickhouse", way], records);
    [
        ("DuckDB", run(python, "run_duckdb.py", &["deploy/duckdb"], records)),
        ("ClickHouse, Kafka", clickhouse("kafka")),
        ("ClickHouse, file", clickhouse("file")),
    ]
}

/// The event records of the example articles.
fn real_records() -> Vec<Value> {
    let limits = Limits {
        article_bytes_max: 1 << 20,
        sentences_max: 2_000,
        sentence_tokens_max: 256,
        mentions_max: 20_000,
        participants_max: 32,
        events_max: 500,
    };
    let extractor = Extractor::new(Setup { pack: Arc::new(Pack::embedded().unwrap()), limits });
    let options = PublishOptions { output_text: OutputText::Full, article_record: true };
    let articles = std::fs::read_to_string(repository("examples/articles/wikinews.jsonl")).unwrap();
    let mut values = Vec::new();
    for article in articles.lines() {
        let (_, records) =
            extractor.records(article.as_bytes(), &Hint::default(), options, &mut ()).unwrap();
        let all = records.events.iter().chain(&records.article);
        values.extend(all.map(|record| serde_json::from_slice::<Value>(&record.value).unwrap()));
    }
    values
}

/// The field that a column is called after: its path in the record, joined by `_`.
fn field<'a>(record: &'a Value, column: &str) -> Option<&'a Value> {
    record.as_object()?.iter().find_map(|(name, value)| {
        let rest = column.strip_prefix(name.as_str())?;
        if rest.is_empty() { Some(value) } else { field(value, rest.strip_prefix('_')?) }
    })
}

fn rows<'a>(answer: &'a Value, view: &str) -> &'a Vec<Value> {
    answer[view].as_array().unwrap()
}

fn size(record: &Value, list: &str) -> usize {
    record[list].as_array().unwrap().len()
}

/// Equal, where a number is a number however it is written, and absent is NULL.
fn same(row_value: &Value, field: Option<&Value>) -> bool {
    match (row_value.as_f64(), field.and_then(Value::as_f64)) {
        (Some(left), Some(right)) => (left - right).abs() < 1e-9,
        _ => row_value == field.unwrap_or(&Value::Null),
    }
}

/// The list of a row equals the list of the record, which may be absent; in objects, NULL stands for absent.
fn same_list(row_value: &Value, field: Option<&Value>) -> bool {
    let empty = Vec::new();
    let written = field.and_then(Value::as_array).unwrap_or(&empty);
    let read = row_value.as_array().unwrap();
    read.len() == written.len()
        && read.iter().zip(written).all(|(read, written)| match read.as_object() {
            Some(object) => object.iter().all(|(name, value)| {
                same(value, written.get(name))
                    || (value == &json!([]) && written.get(name).is_none())
            }),
            None => read == written,
        })
}

/// Every column of an event row holds what the record has.
fn check_event(place: &str, row: &Value, record: &Value) {
    for (column, value) in row.as_object().unwrap() {
        if !NOT_A_PATH.contains(&column.as_str()) && column != "recipients" {
            let field = field(record, column);
            assert!(same(value, field), "{place}: {column} is {value}, the record has {field:?}");
        }
    }
    for list in ["context", "link", "places"] {
        assert!(same_list(&row[list], record.get(list)), "{place}: {list} is {}", row[list]);
    }
    for (side, count) in [("actor", "actors"), ("recipient", "recipients")] {
        assert_eq!(row[count], json!(size(record, side)), "{place}: {count}");
        let country = record[side].get(0).and_then(|participant| participant.get("country"));
        assert!(same(&row[format!("{side}_country")], country), "{place}: {side}_country");
    }
    let published = record["article"].get("published_at").map(|value| {
        let moment = value.as_str().unwrap().replace('T', " ").replace('Z', "");
        if moment.len() == 10 { format!("{moment} 00:00:00") } else { moment }
    });
    let read = row["article_published_at"].as_str().map(|moment| moment.trim_end_matches(".000"));
    assert_eq!(read, published.as_deref(), "{place}: article_published_at");
}

/// The numbers that the pairs of one side have: all of the list, up to the cap; NULL where nobody is in it.
fn numbers(record: &Value, side: &str) -> Vec<Value> {
    match size(record, side).min(PAIRED_MAX) {
        0 => vec![Value::Null],
        count => (0..count).map(|number| json!(number)).collect(),
    }
}

/// The pairs of an event are the product of its lists, with the participants that the record has there.
fn check_dyads(place: &str, dyads: &[&Value], record: &Value) {
    let mut expected = Vec::new();
    for actor in numbers(record, "actor") {
        expected
            .extend(numbers(record, "recipient").into_iter().map(|other| (actor.clone(), other)));
    }
    let read: Vec<(Value, Value)> = dyads
        .iter()
        .map(|dyad| (dyad["actor_number"].clone(), dyad["recipient_number"].clone()))
        .collect();
    assert_eq!(read, expected, "{place}");
    for dyad in dyads {
        for side in ["actor", "recipient"] {
            let number = dyad[format!("{side}_number")].as_u64();
            let participant = number.map(|number| &record[side][usize::try_from(number).unwrap()]);
            for part in ["text", "name", "country", "code", "wikidata", "resolved_by", "score"] {
                let field = participant.and_then(|participant| participant.get(part));
                let column = format!("{side}_{part}");
                assert!(same(&dyad[&column], field), "{place}: {column} is {}", dyad[&column]);
            }
            let sector = participant.and_then(|participant| participant.pointer("/sector/0"));
            assert!(same(&dyad[format!("{side}_sector")], sector), "{place}: {side}_sector");
        }
        for column in ["event_key", "article_id", "event", "event_scale", "realis", "date"] {
            assert!(same(&dyad[column], field(record, column)), "{place}: {column} of a pair");
        }
    }
}

/// Events and pairs are exactly those of the records that count, `expected` by id.
fn check(place: &str, answer: &Value, expected: &BTreeMap<&str, &Value>) {
    let mut dyads: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for dyad in rows(answer, "dyads") {
        dyads.entry(dyad["id"].as_str().unwrap()).or_default().push(dyad);
    }
    let read: Vec<&str> =
        rows(answer, "events").iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(read, expected.keys().copied().collect::<Vec<_>>(), "{place}: ids of events");
    assert_eq!(dyads.keys().copied().collect::<Vec<_>>(), read, "{place}: ids of dyads");
    for row in rows(answer, "events") {
        let id = row["id"].as_str().unwrap();
        let place = format!("{place}, {id}");
        check_event(&place, row, expected[id]);
        check_dyads(&place, &dyads[id], expected[id]);
    }
}

fn by_id(records: &[Value]) -> BTreeMap<&str, &Value> {
    let events = records.iter().filter(|record| record["schema"] == "dateline.event/1");
    events.map(|record| (record["id"].as_str().unwrap(), record)).collect()
}

/// Number of events by a field.
fn tally<'a>(events: impl Iterator<Item = &'a Value>, column: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for event in events {
        *counts.entry(event[column].to_string()).or_default() += 1;
    }
    counts
}

fn total(rows: &[Value], column: &str) -> u64 {
    rows.iter().map(|row| row[column].as_u64().unwrap()).sum()
}

fn tells_of_casualties(event: &Value) -> bool {
    event.get("realis").is_none_or(|realis| realis == "actual")
        && ["dead", "injured", "arrested"].iter().any(|count| event.get(count).is_some())
}

#[test]
fn recipes_read_what_the_extractor_writes() {
    let Some(python) = python("recipes on real output") else { return };
    let records = real_records();
    let expected = by_id(&records);
    assert!(expected.len() > 100, "{} events", expected.len());
    let answers = answers(&python, &records);
    for (place, answer) in &answers {
        check(place, answer, &expected);
        let types = tally(expected.values().copied(), "event");
        assert_eq!(tally(rows(answer, "events").iter(), "event"), types, "{place}");
        let queries = &answer["queries"];
        let weeks = rows(queries, "country_weeks");
        assert_eq!(total(weeks, "events"), expected.len() as u64, "{place}");
        let classes = tally(expected.values().copied(), "quad_code");
        for (code, class) in [
            ("1", "verbal_cooperation"),
            ("2", "material_cooperation"),
            ("3", "verbal_conflict"),
            ("4", "material_conflict"),
        ] {
            assert_eq!(total(weeks, class), classes[code] as u64, "{place}: {class}");
        }
        assert!(!rows(queries, "top_dyads").is_empty(), "{place}");
        let counted = expected.values().any(|event| tells_of_casualties(event));
        assert_eq!(!rows(queries, "casualties").is_empty(), counted, "{place}");
    }
    let [(_, first), rest @ ..] = &answers;
    for (place, answer) in rest {
        assert_eq!(normal(&answer["queries"]), normal(&first["queries"]), "{place}");
    }
}

/// A record with every slot of the contract filled.
fn full_record() -> Value {
    serde_json::from_str(include_str!("downstream/full_record.json")).unwrap()
}

/// A record with the slots that every record has, and others over them.
fn bare_record(number: u32, slots: Value) -> Value {
    let mut record = json!({
        "schema": "dateline.event/1", "op": "upsert", "id": format!("ev-{number:016x}"), "event_key": "-|PROTEST|-|-|-",
        "article": {"id": format!("ar-{number:016x}"), "version": 1}, "reference": {"from": "none"},
        "event": "PROTEST", "quad_code": 3, "event_scale": -3.0,
        "cameo": {"code": "14", "root": "14", "name": "Protest", "mapping": "1"},
        "text_info": {"sentence": 0, "span": [0, 9], "trigger": {"span": [0, 9]}, "position": "headline"},
        "is_lead": true, "actor": [], "recipient": [], "evidence": {"type": [[0, 9]]}, "rule": "en.protest.1",
        "provenance": {"program": "0.1.0", "pack": "en@1.0.0+3c1f9a02", "mapping": "plover-2.0/cameo-1"}
    });
    let Value::Object(slots) = slots else { panic!("slots are an object") };
    record.as_object_mut().unwrap().extend(slots);
    record
}

fn retraction(number: u32) -> Value {
    json!({"schema": "dateline.event/1", "op": "retract", "id": format!("ev-{number:016x}")})
}

fn people(codes: &[&str]) -> Value {
    let one = |code: &&str| match code.len() {
        3 => json!({"span": [0, 3], "country": code, "code": code}),
        6 => {
            json!({"span": [0, 3], "country": &code[..3], "sector": [&code[3..]], "code": code})
        }
        _ => json!({"span": [0, 3], "name": code}),
    };
    codes.iter().map(one).collect()
}

/// Records in the order in which they were written, and the numbers of those that count in the end, with their place.
fn hand_made_records() -> (Vec<Value>, BTreeMap<u32, usize>) {
    let same_event = full_record()["event_key"].clone();
    let place = full_record()["event_loc"].clone();
    let capital = json!({"text": "Sampleton", "span": [0, 9], "country": "CCC", "precision": 1});
    let many: Vec<String> = (0..40).map(|number| format!("Party number {number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let talks = json!({"event": "CONSULT", "quad_code": 1, "event_scale": 1.5});
    let with = |slots: &Value, more: Value| {
        let mut slots = slots.clone();
        slots.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        slots
    };
    let records = vec![
        full_record(),
        // another article tells of the same event, later and with more dead, at least ten
        bare_record(
            2,
            json!({"event_key": same_event, "event": "ASSAULT", "quad_code": 4, "event_scale": -9.0,
            "date": "2026-03-04", "event_loc": place, "dead": {"min": 10, "qualifier": "at_least"}}),
        ),
        // another event at the same place; only an upper bound
        bare_record(
            3,
            json!({"event_key": "2026-03-09|PROTEST|-|-|BBB", "date": "2026-03-09", "event_loc": place,
            "injured": {"max": 20, "qualifier": "at_most"}}),
        ),
        // feared, so not counted
        bare_record(
            4,
            json!({"realis": "hypothetical", "date": "2026-03-09", "event_loc": place, "dead": {"min": 900}}),
        ),
        // two articles without a date: two events
        bare_record(5, json!({"event_loc": capital, "dead": {"min": 1, "max": 3}})),
        bare_record(
            6,
            json!({"event_loc": capital, "dead": {"min": 1, "max": 1}, "article":
            {"id": "ar-0000000000000006", "version": 1, "published_at": "2026-03-05"}}),
        ),
        // no place
        bare_record(
            7,
            json!({"date": "2026-03-08", "arrested": {"min": 4, "max": 4}, "actor": people(&["DDDCOP"])}),
        ),
        // written twice: the second has fewer people and no dead
        bare_record(
            8,
            json!({"dead": {"min": 70, "max": 70}, "actor": people(&["EEE", "FFF"]), "recipient": people(&["GGG"])}),
        ),
        bare_record(
            9,
            json!({"dead": {"min": 80, "max": 80}, "actor": people(&["EEE"]), "recipient": people(&["GGG"])}),
        ),
        retraction(10),
        bare_record(
            8,
            with(&talks, json!({"actor": people(&["EEE"]), "recipient": people(&["GGG"])})),
        ),
        retraction(9),
        bare_record(
            10,
            with(&talks, json!({"actor": people(&["EEE", "EEE"]), "recipient": people(&["GGG"])})),
        ),
        // more participants than are paired
        bare_record(
            11,
            with(&talks, json!({"actor": people(&many), "recipient": people(&["GG"])})),
        ),
        json!({"schema": "dateline.article/1", "id": "ar-0000000000000001", "version": 1, "text": "ev-", "events": [],
            "places": [], "reference": {"from": "none"}}),
    ];
    let last =
        [(1, 0), (2, 1), (3, 2), (4, 3), (5, 4), (6, 5), (7, 6), (8, 10), (10, 12), (11, 13)];
    (records, last.into())
}

fn week(week: Option<&str>, country: Option<&str>, classes: [u64; 4]) -> Value {
    json!({
        "week": week, "country": country, "verbal_cooperation": classes[0], "material_cooperation": classes[1],
        "verbal_conflict": classes[2], "material_conflict": classes[3], "events": classes.iter().sum::<u64>()
    })
}

fn casualties(
    place: Option<&str>,
    country: Option<&str>,
    events: u64,
    counts: [Option<u64>; 6],
) -> Value {
    json!({
        "place": place, "country": country, "events": events, "dead_min": counts[0], "dead_max": counts[1],
        "injured_min": counts[2], "injured_max": counts[3], "arrested_min": counts[4], "arrested_max": counts[5]
    })
}

fn dyad(actor: &str, recipient: &str, events: u64, conflicts: u64, mean_scale: f64) -> Value {
    json!({
        "actor": actor, "recipient": recipient, "events": events, "conflicts": conflicts, "mean_scale": mean_scale
    })
}

/// Numbers as floats, because one dialect writes -9 and the other -9.0.
fn normal(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(normal).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), normal(value))).collect()
        }
        Value::Number(number) => json!(number.as_f64()),
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}

#[test]
fn queries_answer_as_expected_once_all_slots_are_filled() {
    let Some(python) = python("recipes on hand-made records") else { return };
    let (records, last) = hand_made_records();
    let expected: BTreeMap<&str, &Value> = last
        .values()
        .map(|position| (records[*position]["id"].as_str().unwrap(), &records[*position]))
        .collect();
    assert_eq!(expected.len(), last.len());
    let mut pairs = vec![dyad("EEE", "GGG", 2, 0, 1.5), dyad("AAAREB", "BBBCVL", 1, 1, -9.0)];
    // of forty parties the first thirty-two are paired; of the query's twenty rows two are taken
    let mut parties: Vec<String> = (0..32).map(|number| format!("Party number {number}")).collect();
    parties.sort();
    pairs.extend(parties.iter().take(18).map(|party| dyad(party, "GG", 1, 0, 1.5)));
    let expected_queries = json!({
        "country_weeks": [
            week(Some("2026-03-02"), Some("BBB"), [0, 0, 0, 2]),
            week(Some("2026-03-02"), Some("DDD"), [0, 0, 1, 0]),
            week(Some("2026-03-09"), Some("BBB"), [0, 0, 1, 0]),
            week(None, Some("CCC"), [0, 0, 2, 0]),
            week(None, Some("EEE"), [2, 0, 0, 0]),
            week(None, None, [1, 0, 0, 0]),
        ],
        "top_dyads": pairs,
        "casualties": [
            casualties(Some("Exampleville"), Some("BBB"), 2, [Some(10), Some(10), Some(20), Some(50), Some(2), Some(2)]),
            casualties(Some("Sampleton"), Some("CCC"), 2, [Some(2), Some(4), None, None, None, None]),
            casualties(None, None, 1, [None, None, None, None, Some(4), Some(4)]),
        ],
    });
    for (place, answer) in &answers(&python, &records) {
        check(place, answer, &expected);
        let full = rows(answer, "events")[0].as_object().unwrap();
        let empty: Vec<&String> =
            full.iter().filter(|(_, value)| value.is_null()).map(|(column, _)| column).collect();
        assert_eq!(empty, ["arrested_max", "size_min"], "{place}: all other slots are filled");
        assert_eq!(normal(&answer["queries"]), normal(&expected_queries), "{place}");
    }
}
