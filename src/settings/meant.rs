//! The settings as meant: each part from its own keys, then what must fit together.
//!
//! The checks here are those that Kafka, its client or the records would otherwise make late, in production, or never.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::Settings;
use super::key;
use super::mistake::Mistake;
use super::part::{
    Http, Input, InputFormat, Kafka, Kernel, Limits, Log, LogFormat, LogLevel, Nlp, OutputText,
    Privacy, SaslMechanism, SecurityProtocol, Start, Worker,
};
use super::properties;
use super::reader::Reader;
use super::written::{Value, quoted};

/// Builds all parts; the reader keeps the mistakes, with which the result is worthless.
pub(super) fn settings(reader: &mut Reader<'_>) -> Settings {
    Settings {
        kafka: kafka(reader),
        input: Input {
            format: reader.choice("input.format", &InputFormat::ALL, InputFormat::as_str),
        },
        limits: limits(reader),
        nlp: Nlp { kernel: reader.choice("nlp.kernel", &Kernel::ALL, Kernel::as_str) },
        worker: worker(reader),
        http: Http { listen: listen(reader) },
        log: Log {
            format: reader.choice("log.format", &LogFormat::ALL, LogFormat::as_str),
            level: reader.choice("log.level", &LogLevel::ALL, LogLevel::as_str),
        },
        privacy: Privacy {
            output_text: reader.choice("privacy.output_text", &OutputText::ALL, OutputText::as_str),
        },
    }
}

fn kafka(reader: &mut Reader<'_>) -> Kafka {
    let kafka = Kafka {
        brokers: reader.filled_text("kafka.brokers"),
        group: reader.filled_text("kafka.group"),
        instance: instance(reader),
        run_dir: reader.text("kafka.run_dir"),
        start: start(reader),
        input_topic: topic(reader, "kafka.input_topic"),
        events_topic: topic(reader, "kafka.events_topic"),
        articles_topic: Some(reader.text("kafka.articles_topic"))
            .filter(|name| !name.is_empty())
            .map(|_| topic(reader, "kafka.articles_topic")),
        dead_topic: topic(reader, "kafka.dead_topic"),
        security_protocol: reader.choice(
            "kafka.security_protocol",
            &SecurityProtocol::ALL,
            SecurityProtocol::as_str,
        ),
        sasl_mechanism: reader.optional_choice(
            "kafka.sasl_mechanism",
            &SaslMechanism::ALL,
            SaslMechanism::as_str,
        ),
        sasl_username: reader.optional_text("kafka.sasl_username"),
        sasl_password: reader.written.sasl_password.clone(),
        sasl_password_file: reader.optional_text("kafka.sasl_password_file"),
        ssl_ca_file: reader.optional_text("kafka.ssl_ca_file"),
        allow_plaintext_sasl: reader.flag("kafka.allow_plaintext_sasl"),
        librdkafka: librdkafka(reader),
    };
    compare_topics(reader, &kafka);
    compare_sasl(reader, &kafka);
    kafka
}

fn limits(reader: &mut Reader<'_>) -> Limits {
    Limits {
        article_bytes_max: reader.count("limits.article_bytes_max"),
        sentences_max: reader.count("limits.sentences_max"),
        sentence_tokens_max: reader.count("limits.sentence_tokens_max"),
        mentions_max: reader.count("limits.mentions_max"),
        participants_max: reader.count("limits.participants_max"),
        events_max: reader.count("limits.events_max"),
    }
}

fn worker(reader: &mut Reader<'_>) -> Worker {
    let worker = Worker {
        threads: reader.count("worker.threads"),
        inflight_records_max: reader.count("worker.inflight_records_max"),
        inflight_bytes_max: reader.count("worker.inflight_bytes_max"),
        window_ms: reader.count("worker.window_ms"),
        window_records_max: reader.count("worker.window_records_max"),
        window_bytes_max: reader.count("worker.window_bytes_max"),
        drain_secs: reader.count("worker.drain_secs"),
        transaction_timeout_ms: reader.count("worker.transaction_timeout_ms"),
    };
    compare_window(reader, worker);
    worker
}

/// A window that is open for long leaves too little time to commit it before the broker gives it up.
fn compare_window(reader: &mut Reader<'_>, worker: Worker) {
    const WINDOW: &str = "worker.window_ms";
    const TIMEOUT: &str = "worker.transaction_timeout_ms";
    let longest_ms = worker.transaction_timeout_ms / 4;
    if worker.window_ms > longest_ms && reader.are_sound(&[WINDOW, TIMEOUT]) {
        let mistake = Mistake::new(
            reader.place(WINDOW),
            format!(
                "`{WINDOW}` is {}, more than a quarter of `{TIMEOUT}`, which is {}",
                worker.window_ms, worker.transaction_timeout_ms
            ),
        )
        .beside(reader.place(TIMEOUT))
        .note(format!(
            "a transaction needs time to end before the broker gives it up; the window can be {longest_ms} at most"
        ));
        reader.refuse(WINDOW, mistake);
    }
}

fn listen(reader: &mut Reader<'_>) -> Option<SocketAddr> {
    const PATH: &str = "http.listen";
    let text = reader.optional_text(PATH)?;
    let address = text.parse().ok();
    if address.is_none() {
        let mistake = reader
            .mismatch(PATH, "an address with a port")
            .note("for example 127.0.0.1:9464, [::1]:9464 or 0.0.0.0:9464; empty = off");
        reader.refuse(PATH, mistake);
    }
    address
}

/// The characters of a topic's name, which serve for instance names, too: both end in names of the broker.
fn is_name_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-')
}

fn instance(reader: &mut Reader<'_>) -> Option<String> {
    const PATH: &str = "kafka.instance";
    let instance = reader.optional_text(PATH)?;
    if let Some(character) = instance.chars().find(|character| !is_name_character(*character)) {
        let mistake = Mistake::new(
            reader.place(PATH),
            format!(
                "`{PATH}` holds {}, but may hold letters, digits and . _ - only",
                quoted(&character.to_string())
            ),
        );
        reader.refuse(PATH, mistake);
    }
    Some(instance)
}

fn start(reader: &mut Reader<'_>) -> Start {
    const PATH: &str = "kafka.start";
    let text = reader.text_or_time(PATH);
    let since_1970 = |time: jiff::Timestamp| Some(time.as_millisecond()).filter(|ms| *ms >= 0);
    match text.as_str() {
        "earliest" => Start::Earliest,
        "latest" => Start::Latest,
        time => match time.parse().ok().and_then(since_1970) {
            Some(ms) => Start::Timestamp(ms),
            None => {
                if reader.are_sound(&[PATH]) {
                    let near = key::nearest(time, ["earliest", "latest"]);
                    let mistake = reader
                        .mismatch(PATH, "earliest, latest or a time since 1970 with its zone")
                        .label_maybe(near.map(|near| format!("did you mean `{near}`?")))
                        .note("a time is written as in RFC 3339: 2026-01-31T06:00:00Z");
                    reader.refuse(PATH, mistake);
                }
                Start::Earliest
            }
        },
    }
}

/// Kafka's rules for the names of topics (`org.apache.kafka.common.internals.Topic`).
fn topic(reader: &mut Reader<'_>, path: &'static str) -> String {
    const CHARACTERS_MAX: usize = 249;
    let name = reader.filled_text(path);
    let is_legal = name.chars().all(is_name_character)
        && name.len() <= CHARACTERS_MAX
        && !matches!(name.as_str(), "." | "..");
    if !is_legal && reader.are_sound(&[path]) {
        let mistake = reader.mismatch(path, "the name of a topic").note(format!(
            "it may hold letters, digits and . _ - only, {CHARACTERS_MAX} at most, and not be . or .."
        ));
        reader.refuse(path, mistake);
    }
    name
}

fn compare_topics(reader: &mut Reader<'_>, kafka: &Kafka) {
    const INPUT: &str = "kafka.input_topic";
    let mut topics = vec![(INPUT, &kafka.input_topic), ("kafka.events_topic", &kafka.events_topic)];
    topics.extend(kafka.articles_topic.as_ref().map(|name| ("kafka.articles_topic", name)));
    topics.push(("kafka.dead_topic", &kafka.dead_topic));
    for (ix, (path, name)) in topics.iter().enumerate() {
        let Some((earlier, _)) = topics.iter().take(ix).find(|(_, other)| other == name) else {
            continue;
        };
        if !reader.are_sound(&[*path, *earlier]) {
            continue;
        }
        let why = if *earlier == INPUT {
            "the worker would read what it writes, without end"
        } else {
            "each kind of record needs a topic of its own"
        };
        let mistake = Mistake::new(
            reader.place(path),
            format!("`{path}` and `{earlier}` are the same topic, {}", quoted(name)),
        )
        .beside(reader.place(earlier))
        .note(why);
        reader.refuse_other(mistake);
    }
}

fn compare_sasl(reader: &mut Reader<'_>, kafka: &Kafka) {
    const PROTOCOL: &str = "kafka.security_protocol";
    if !kafka.security_protocol.is_sasl() || !reader.are_sound(&[PROTOCOL]) {
        return;
    }
    let protocol = kafka.security_protocol.as_str();
    let mut missing = Vec::new();
    if kafka.sasl_mechanism.is_none() && reader.are_sound(&["kafka.sasl_mechanism"]) {
        let words: Vec<&str> = SaslMechanism::ALL.iter().map(|word| word.as_str()).collect();
        missing.push(format!("`kafka.sasl_mechanism`: one of {}", words.join(", ")));
    }
    if kafka.sasl_username.is_none() && reader.are_sound(&["kafka.sasl_username"]) {
        missing.push("`kafka.sasl_username`".to_owned());
    }
    if kafka.sasl_password.is_none()
        && kafka.sasl_password_file.is_none()
        && reader.are_sound(&["kafka.sasl_password_file"])
    {
        missing.push(format!(
            "a password, by `kafka.sasl_password_file` or the environment variable {}",
            key::environment_name(key::SASL_PASSWORD)
        ));
    }
    for what in missing {
        reader.refuse_other(Mistake::new(
            reader.place(PROTOCOL),
            format!("`{PROTOCOL}` is {protocol}, which needs {what}"),
        ));
    }
    if kafka.security_protocol == SecurityProtocol::SaslPlaintext
        && !kafka.allow_plaintext_sasl
        && reader.are_sound(&["kafka.allow_plaintext_sasl"])
    {
        let mistake = Mistake::new(
            reader.place(PROTOCOL),
            format!("`{PROTOCOL}` is {protocol}, which sends the password without encryption"),
        )
        .note("use sasl_ssl, or accept it by `kafka.allow_plaintext_sasl = true`");
        reader.refuse_other(mistake);
    }
}

fn librdkafka(reader: &mut Reader<'_>) -> BTreeMap<String, String> {
    let mut entries = BTreeMap::new();
    for (name, entry) in &reader.written.librdkafka {
        let shown = quoted(name);
        let value = match &entry.value {
            Value::Text(text) | Value::Bare(text) => text.clone(),
            Value::Integer(number) => number.to_string(),
            Value::Flag(flag) => flag.to_string(),
            Value::Time(_) | Value::Other(_) => {
                let what = format!("{shown} must be a text, a whole number, true or false");
                reader.refuse_other(Mistake::new(entry.place.clone(), what));
                continue;
            }
        };
        match properties::objection(name, &value) {
            Some(objection) => {
                let mistake =
                    Mistake::new(entry.place.clone(), format!("{shown} {}", objection.what));
                reader.refuse_other(mistake.note(objection.instead));
            }
            None => {
                entries.insert(name.clone(), value);
            }
        }
    }
    entries
}
