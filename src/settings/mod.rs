//! The settings: texts and pairs in, [`Settings`] or the list of every mistake out. Reads no file and no environment.
//!
//! Two steps. As written: the file's table, over it the environment, over that `--set`, every value with its origin
//! (`file`, `overlay`). As meant: each part is built from its own keys, then what must fit together is compared
//! (`meant`). `key` is the list of all keys. A mistake never stops the search for the next one, and no message shows
//! the value of a secret. What the parts mean for Kafka's client is in `properties`.

mod file;
mod key;
mod meant;
mod mistake;
mod overlay;
mod part;
mod properties;
mod reader;
mod written;

use std::fmt::Write as _;

pub use mistake::Mistakes;
pub use part::{
    Http, Input, InputFormat, Kafka, Kernel, Limits, Log, LogFormat, LogLevel, Nlp, OutputText,
    Privacy, SaslMechanism, SecurityProtocol, Start, Worker,
};
pub use properties::{OUTPUT_BYTES_MAX, Properties, properties};

use reader::Reader;
use written::Written;

/// Where the settings come from. Later ones win: file, environment, sets.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Path (for messages) and text of the TOML file.
    pub file: Option<(&'a str, &'a str)>,
    /// The environment; names that do not begin with `DATELINE__` are ignored.
    pub environment: &'a [(String, String)],
    /// The values of `--set`: `kafka.group=x`. The last one wins.
    pub sets: &'a [String],
}

/// All settings, complete and checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Brokers, topics and the worker's place in its group.
    pub kafka: Kafka,
    /// How record values are read.
    pub input: Input,
    /// How much of one article is worked on.
    pub limits: Limits,
    /// How the network of the analysis runs.
    pub nlp: Nlp,
    /// Threads, memory and transactions.
    pub worker: Worker,
    /// Metrics and health.
    pub http: Http,
    /// What the worker says about itself.
    pub log: Log,
    /// How much text leaves.
    pub privacy: Privacy,
}

/// Reads the settings.
///
/// # Errors
/// Every mistake of the file, the environment and the sets. A file that is no TOML gives the parser's first complaint
/// alone, since what its keys would have been is not known.
pub fn load(source: &Source<'_>) -> Result<Settings, Mistakes> {
    let mut written = Written::default();
    let mut mistakes = Vec::new();
    let mut shown = String::new();
    if let Some((_, text)) = source.file {
        let is_toml = file::read(text, &mut written, &mut mistakes);
        shown = mistake::masked(text, &written.secret_spans);
        if !is_toml {
            return Err(Mistakes::new(source.file, shown, mistakes));
        }
    }
    overlay::read_environment(source.environment, &mut written, &mut mistakes);
    overlay::read_sets(source.sets, &mut written, &mut mistakes);
    let mut reader = Reader::new(&written, mistakes);
    let settings = meant::settings(&mut reader);
    let mistakes = reader.into_mistakes();
    if mistakes.is_empty() {
        Ok(settings)
    } else {
        Err(Mistakes::new(source.file, shown, mistakes))
    }
}

impl Default for Settings {
    /// What holds where nothing is written.
    fn default() -> Self {
        load(&Source { file: None, environment: &[], sets: &[] })
            .expect("the presets of the key list are sound, as a test shows")
    }
}

impl Settings {
    /// One line `key=value` per key, in the order of the key list; a secret is `***`, a value that is not set is empty.
    /// Equal settings give equal text: for the hash of the settings and for `config show`.
    pub fn digest_text(&self) -> String {
        let mut text = String::new();
        for (path, value) in self.kafka.lines().into_iter().chain(self.other_lines()) {
            writeln!(text, "{path}={}", escaped(&value)).expect("a String takes everything");
        }
        for (name, value) in &self.kafka.librdkafka {
            let shown = if key::is_secret(name) { "***".to_owned() } else { escaped(value) };
            writeln!(text, "{}.{}={shown}", key::LIBRDKAFKA, escaped(name))
                .expect("a String takes everything");
        }
        text
    }

    fn other_lines(&self) -> Vec<(&'static str, String)> {
        let Settings { kafka: _, input, limits, nlp, worker, http, log, privacy } = self;
        vec![
            ("input.format", input.format.as_str().to_owned()),
            ("limits.article_bytes_max", limits.article_bytes_max.to_string()),
            ("limits.sentences_max", limits.sentences_max.to_string()),
            ("limits.sentence_tokens_max", limits.sentence_tokens_max.to_string()),
            ("limits.mentions_max", limits.mentions_max.to_string()),
            ("limits.participants_max", limits.participants_max.to_string()),
            ("limits.events_max", limits.events_max.to_string()),
            ("nlp.kernel", nlp.kernel.as_str().to_owned()),
            ("worker.threads", worker.threads.to_string()),
            ("worker.inflight_records_max", worker.inflight_records_max.to_string()),
            ("worker.inflight_bytes_max", worker.inflight_bytes_max.to_string()),
            ("worker.window_ms", worker.window_ms.to_string()),
            ("worker.window_records_max", worker.window_records_max.to_string()),
            ("worker.window_bytes_max", worker.window_bytes_max.to_string()),
            ("worker.drain_secs", worker.drain_secs.to_string()),
            ("worker.transaction_timeout_ms", worker.transaction_timeout_ms.to_string()),
            ("http.listen", http.listen.map(|address| address.to_string()).unwrap_or_default()),
            ("log.format", log.format.as_str().to_owned()),
            ("log.level", log.level.as_str().to_owned()),
            ("privacy.output_text", privacy.output_text.as_str().to_owned()),
        ]
    }
}

impl Kafka {
    fn lines(&self) -> Vec<(&'static str, String)> {
        let or_empty = |value: &Option<String>| value.clone().unwrap_or_default();
        vec![
            ("kafka.brokers", self.brokers.clone()),
            ("kafka.group", self.group.clone()),
            ("kafka.instance", or_empty(&self.instance)),
            ("kafka.run_dir", self.run_dir.clone()),
            ("kafka.start", self.start.to_string()),
            ("kafka.input_topic", self.input_topic.clone()),
            ("kafka.events_topic", self.events_topic.clone()),
            ("kafka.articles_topic", or_empty(&self.articles_topic)),
            ("kafka.dead_topic", self.dead_topic.clone()),
            ("kafka.security_protocol", self.security_protocol.as_str().to_owned()),
            (
                "kafka.sasl_mechanism",
                self.sasl_mechanism.map(SaslMechanism::as_str).unwrap_or_default().to_owned(),
            ),
            ("kafka.sasl_username", or_empty(&self.sasl_username)),
            (
                key::SASL_PASSWORD,
                self.sasl_password.as_ref().map(|_| "***").unwrap_or_default().to_owned(),
            ),
            ("kafka.sasl_password_file", or_empty(&self.sasl_password_file)),
            ("kafka.ssl_ca_file", or_empty(&self.ssl_ca_file)),
            ("kafka.allow_plaintext_sasl", self.allow_plaintext_sasl.to_string()),
        ]
    }
}

/// One line whatever the value holds; different values stay different.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for character in value.chars() {
        if character.is_control() || character == '\\' {
            text.extend(character.escape_default());
        } else {
            text.push(character);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_sets(sets: &[&str]) -> Settings {
        let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
        load(&Source { file: None, environment: &[], sets: &sets }).unwrap()
    }

    #[test]
    fn digest_names_every_key_once_and_in_order() {
        let digest = Settings::default().digest_text();
        let names: Vec<&str> = digest.lines().map(|line| line.split_once('=').unwrap().0).collect();
        let mut expected: Vec<&str> = key::KEYS.iter().map(|key| key.path).collect();
        let file_at = expected.iter().position(|path| *path == "kafka.sasl_password_file").unwrap();
        expected.insert(file_at, key::SASL_PASSWORD);
        assert_eq!(names, expected);
    }

    #[test]
    fn digest_of_a_default_is_the_preset() {
        let digest = Settings::default().digest_text();
        for key in &key::KEYS {
            let expected = match key.preset {
                key::Preset::Text(text) => text.to_owned(),
                key::Preset::Count { value, .. } => value.to_string(),
                key::Preset::Flag(flag) => flag.to_string(),
            };
            assert!(
                digest.lines().any(|line| line == format!("{}={expected}", key.path)),
                "{} is not {expected} in\n{digest}",
                key.path
            );
        }
    }

    #[test]
    fn sets_win_over_environment_and_environment_over_file() {
        let environment = [
            ("DATELINE__KAFKA__GROUP".to_owned(), "environment".to_owned()),
            ("DATELINE__LOG__LEVEL".to_owned(), "debug".to_owned()),
            ("DATELINE_TEST_BROKERS".to_owned(), "ignored".to_owned()),
        ];
        let sets = ["kafka.group=first".to_owned(), "kafka.group=last".to_owned()];
        let text = "[kafka]\ngroup = \"file\"\nbrokers = \"k1:9092\"\n[log]\nlevel = \"warn\"\n";
        let settings = load(&Source {
            file: Some(("dateline.toml", text)),
            environment: &environment,
            sets: &sets,
        })
        .unwrap();
        assert_eq!(settings.kafka.group, "last");
        assert_eq!(settings.log.level, LogLevel::Debug);
        assert_eq!(settings.kafka.brokers, "k1:9092");
    }

    #[test]
    fn empty_text_switches_the_optional_off() {
        let settings = from_sets(&["kafka.articles_topic=", "http.listen="]);
        assert_eq!(settings.kafka.articles_topic, None);
        assert_eq!(settings.http.listen, None);
        let defaults = Settings::default();
        assert_eq!(defaults.kafka.articles_topic.as_deref(), Some("articles.enriched"));
        assert_eq!(defaults.http.listen.unwrap().to_string(), "127.0.0.1:9464");
    }

    #[test]
    fn start_takes_two_words_and_a_time_in_text_or_toml() {
        assert_eq!(from_sets(&["kafka.start=latest"]).kafka.start, Start::Latest);
        let time = Start::Timestamp(1_767_225_600_000);
        assert_eq!(from_sets(&["kafka.start=2026-01-01T00:00:00Z"]).kafka.start, time);
        for written in ["2026-01-01T01:00:00+01:00", "\"2026-01-01T00:00:00Z\""] {
            let text = format!("[kafka]\nstart = {written}\n");
            let settings =
                load(&Source { file: Some(("x", &text)), environment: &[], sets: &[] }).unwrap();
            assert_eq!(settings.kafka.start, time);
            assert!(settings.digest_text().contains("kafka.start=2026-01-01T00:00:00Z\n"));
        }
    }

    #[test]
    fn librdkafka_is_the_same_quoted_nested_and_overlaid() {
        let text = "[kafka.librdkafka]\n\"client.rack\" = \"a\"\nlinger.ms = 20\n\
                    consumer.check.crcs = false\n";
        let environment = [("DATELINE__KAFKA__LIBRDKAFKA__CLIENT_RACK".to_owned(), "b".to_owned())];
        let sets = ["kafka.librdkafka.fetch.min.bytes=2".to_owned()];
        let settings =
            load(&Source { file: Some(("x", text)), environment: &environment, sets: &sets })
                .unwrap();
        let entries: Vec<(&str, &str)> = settings
            .kafka
            .librdkafka
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            entries,
            [
                ("client.rack", "b"),
                ("consumer.check.crcs", "false"),
                ("fetch.min.bytes", "2"),
                ("linger.ms", "20"),
            ]
        );
        assert!(settings.digest_text().ends_with("kafka.librdkafka.linger.ms=20\n"));
    }

    #[test]
    fn the_password_comes_from_the_environment_and_is_never_shown() {
        let environment = [("DATELINE__KAFKA__SASL_PASSWORD".to_owned(), "canary-7f3a".to_owned())];
        let sets = [
            "kafka.security_protocol=sasl_ssl".to_owned(),
            "kafka.sasl_mechanism=SCRAM-SHA-512".to_owned(),
            "kafka.sasl_username=worker".to_owned(),
        ];
        let settings =
            load(&Source { file: None, environment: &environment, sets: &sets }).unwrap();
        assert!(settings.kafka.sasl_password.is_some());
        let digest = settings.digest_text();
        assert!(digest.contains("kafka.sasl_password=***\n"));
        assert!(!digest.contains("canary"));
        assert!(!format!("{settings:?}").contains("canary"));
    }

    #[test]
    fn a_value_stays_on_its_line() {
        assert_eq!(escaped("a\nb\\c\u{1b}ü"), "a\\nb\\\\c\\u{1b}ü");
    }
}
