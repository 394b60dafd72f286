//! The list of every key with its preset and range, and what is known from a name alone.
//!
//! One list for the walk over the file, both overlays, the presets, the digest and the tests that compare
//! `config/dateline.toml` and `docs/CONFIG.md` with it. It says nothing about how keys fit together: that is `meant`.

use std::fmt::Write as _;

/// One key.
#[derive(Debug)]
pub(super) struct Key {
    /// `section.name`.
    pub(super) path: &'static str,
    /// What holds where nothing is written; also the kind of the value.
    pub(super) preset: Preset,
}

/// The value that holds where nothing is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Preset {
    /// Empty means "not set" where that is allowed.
    Text(&'static str),
    /// A whole number within both ends.
    Count { value: u64, min: u64, max: u64 },
    /// Yes or no.
    Flag(bool),
}

/// The section of properties that go to the Kafka client as they are.
pub(super) const LIBRDKAFKA: &str = "kafka.librdkafka";

/// The key that only the environment may hold.
pub(super) const SASL_PASSWORD: &str = "kafka.sasl_password";

const fn text(path: &'static str, preset: &'static str) -> Key {
    Key { path, preset: Preset::Text(preset) }
}

const fn count(path: &'static str, value: u64, min: u64, max: u64) -> Key {
    Key { path, preset: Preset::Count { value, min, max } }
}

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// Every key, in the order of the file. Why a range ends where it does stands beside it where it is no plain guard
/// against slips of the keyboard.
pub(super) const KEYS: [Key; 35] = [
    text("kafka.brokers", "127.0.0.1:9092"),
    text("kafka.group", "dateline"),
    text("kafka.instance", ""),
    text("kafka.run_dir", ""),
    text("kafka.start", "earliest"),
    text("kafka.input_topic", "articles.raw"),
    text("kafka.events_topic", "articles.events"),
    text("kafka.articles_topic", "articles.enriched"),
    text("kafka.dead_topic", "articles.dead"),
    text("kafka.security_protocol", "plaintext"),
    text("kafka.sasl_mechanism", ""),
    text("kafka.sasl_username", ""),
    text("kafka.sasl_password_file", ""),
    text("kafka.ssl_ca_file", ""),
    Key { path: "kafka.allow_plaintext_sasl", preset: Preset::Flag(false) },
    text("input.format", "auto"),
    // More than `receive.message.max.bytes` could not arrive.
    count("limits.article_bytes_max", MIB, 1, 64 * MIB),
    count("limits.sentences_max", 2000, 1, 100_000),
    count("limits.sentence_tokens_max", 256, 1, 10_000),
    count("limits.mentions_max", 4000, 1, 100_000),
    count("limits.participants_max", 32, 1, 1000),
    count("limits.events_max", 500, 1, 10_000),
    text("nlp.kernel", "auto"),
    count("worker.threads", 0, 0, 1024),
    count("worker.inflight_records_max", 1000, 1, 1_000_000),
    count("worker.inflight_bytes_max", 64 * MIB, KIB, 64 * KIB * MIB),
    count("worker.window_ms", 200, 1, 60_000),
    // The producer's queue holds no more: `queue.buffering.max.messages`, `queue.buffering.max.kbytes`.
    count("worker.window_records_max", 2000, 1, 100_000),
    count("worker.window_bytes_max", 8 * MIB, KIB, 64 * MIB),
    count("worker.drain_secs", 30, 0, 3600),
    // Below 1000 librdkafka refuses; a commit that lasts as long as `max.poll.interval.ms` costs the partitions.
    count("worker.transaction_timeout_ms", 30_000, 1000, 240_000),
    text("http.listen", "127.0.0.1:9464"),
    text("log.format", "json"),
    text("log.level", "info"),
    text("privacy.output_text", "full"),
];

/// The key with this path.
pub(super) fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

/// The sections in the order of the file.
pub(super) fn sections() -> Vec<&'static str> {
    let mut sections: Vec<&str> = KEYS.iter().map(Key::section).collect();
    sections.dedup();
    sections
}

impl Key {
    /// `kafka` of `kafka.group`.
    pub(super) fn section(&self) -> &'static str {
        self.path.split_once('.').map_or(self.path, |(section, _)| section)
    }

    /// `group` of `kafka.group`.
    pub(super) fn name(&self) -> &'static str {
        self.path.split_once('.').map_or(self.path, |(_, name)| name)
    }
}

/// `DATELINE__KAFKA__GROUP` of `kafka.group`.
pub(super) fn environment_name(path: &str) -> String {
    let mut name = String::from("DATELINE");
    for part in path.split('.') {
        write!(name, "__{}", part.to_ascii_uppercase()).expect("a String takes everything");
    }
    name
}

/// Whether a key or a property of this name holds a secret. Names of files do not.
pub(super) fn is_secret(name: &str) -> bool {
    const PARTS: [&str; 5] =
        ["password", "passphrase", "secret", "key.pem", "sasl.oauthbearer.config"];
    let name = name.to_ascii_lowercase();
    !name.ends_with("_file") && PARTS.iter().any(|part| name.contains(part))
}

/// The candidate that was probably meant, if one is near: at most one slip in three characters.
pub(super) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let word = word.to_lowercase();
    let slips_max = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(slips, _)| *slips <= slips_max)
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_unique_and_sections_whole() {
        let mut paths: Vec<&str> = KEYS.iter().map(|key| key.path).collect();
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(paths.len(), KEYS.len());
        let order = ["kafka", "input", "limits", "nlp", "worker", "http", "log", "privacy"];
        assert_eq!(sections(), order);
    }

    #[test]
    fn presets_lie_in_their_range() {
        for key in &KEYS {
            if let Preset::Count { value, min, max } = key.preset {
                assert!(min <= value && value <= max, "{}", key.path);
            }
        }
    }

    #[test]
    fn secrets_are_known_by_name() {
        for secret in ["sasl.password", "ssl.key.password", "producer.ssl.key.pem", SASL_PASSWORD] {
            assert!(is_secret(secret), "{secret}");
        }
        for open in ["kafka.sasl_password_file", "ssl.ca.pem", "ssl.key.location", "kafka.group"] {
            assert!(!is_secret(open), "{open}");
        }
    }

    #[test]
    fn the_nearest_is_near() {
        assert_eq!(nearest("grup", ["group", "start"]), Some("group"));
        assert_eq!(nearest("GROUP", ["group", "start"]), Some("group"));
        assert_eq!(nearest("x", ["group", "start"]), None);
    }
}
