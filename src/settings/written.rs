//! The settings as written: each value with its place, before anybody asks what it means.

use std::collections::BTreeMap;
use std::ops::Range;

/// All values that somebody wrote.
#[derive(Default)]
pub(super) struct Written {
    /// By path, for keys of the list.
    pub(super) keys: BTreeMap<&'static str, Entry>,
    /// By property, for `[kafka.librdkafka]`.
    pub(super) librdkafka: BTreeMap<String, Entry>,
    /// The password, which only the environment may hold.
    pub(super) sasl_password: Option<secrecy::SecretString>,
    /// Where the file holds what must not be shown.
    pub(super) secret_spans: Vec<Range<usize>>,
}

/// A value and where it stands.
pub(super) struct Entry {
    pub(super) value: Value,
    pub(super) place: Place,
}

/// A value as far as its writing tells.
pub(super) enum Value {
    /// Text in quotes.
    Text(String),
    /// A whole number.
    Integer(i128),
    /// `true` or `false`.
    Flag(bool),
    /// A date or a time without quotes.
    Time(String),
    /// From an overlay: what it is depends on the key.
    Bare(String),
    /// What no key takes, with its article: "an array".
    Other(&'static str),
}

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Bytes of the file.
    File { start: usize, end: usize },
    /// An environment variable.
    Environment(String),
    /// A `--set`, by its key.
    Set(String),
    /// Nowhere: the preset of a key.
    Preset(&'static str),
}

impl Place {
    /// These bytes of the file.
    pub(super) fn file(span: Range<usize>) -> Self {
        Place::File { start: span.start, end: span.end }
    }
}

impl Value {
    /// The value as a message shows it.
    pub(super) fn shown(&self) -> String {
        match self {
            Value::Text(text) | Value::Bare(text) if text.is_empty() => "an empty text".to_owned(),
            Value::Text(text) => format!("the text {}", quoted(text)),
            Value::Integer(number) => number.to_string(),
            Value::Flag(flag) => flag.to_string(),
            Value::Time(time) => format!("the time {}", quoted(time)),
            Value::Bare(text) => quoted(text),
            Value::Other(what) => (*what).to_owned(),
        }
    }
}

/// `text` between backticks: on one line, without control characters, not longer than a line may be.
pub(super) fn quoted(text: &str) -> String {
    const CHARACTERS_MAX: usize = 60;
    let mut shown = String::from("`");
    for (ix, character) in text.chars().enumerate() {
        if ix == CHARACTERS_MAX {
            shown.push('…');
            break;
        }
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown.push('`');
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_text_is_short_and_harmless() {
        assert_eq!(quoted("a\u{1b}[31m\n"), "`a\\u{1b}[31m\\n`");
        assert_eq!(quoted(&"ü".repeat(61)).chars().count(), 63);
    }
}
