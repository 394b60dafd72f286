//! Log lines on standard error, as text or JSON, and the limit on repeated ones.
//!
//! Every line that leaves is one line: control characters inside it, and the marks that turn the direction of text,
//! are escaped, whatever a client library or a header name put into a message. This file does not decide what may be
//! said; the rule is that no text, headline, key or header value of an article is logged at any level.

use std::io::{self, Write};

use thiserror::Error;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

/// The form of log lines (`log.format`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Why logging cannot begin.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LogError {
    /// The level is not one; write `error`, `warn`, `info`, `debug`, `trace`, or directives such as
    /// `info,dateline=debug`.
    #[error("cannot read log level {level:?} (log.level)")]
    Level {
        /// As it was written.
        level: String,
        /// What the parser says.
        #[source]
        source: tracing_subscriber::filter::ParseError,
    },
    /// Somebody in this process has begun logging before.
    #[error("cannot begin logging")]
    Begun {
        /// What tracing says.
        #[source]
        source: tracing_subscriber::util::TryInitError,
    },
}

/// Sends everything at `level` or above to standard error from now on. Messages of libraries that use the `log` crate
/// come along.
///
/// # Errors
/// [`LogError`]: the level does not parse, or logging has begun before.
pub fn init(format: LogFormat, level: &str) -> Result<(), LogError> {
    let filter = EnvFilter::try_new(level)
        .map_err(|source| LogError::Level { level: level.to_owned(), source })?;
    subscriber(format, filter, io::stderr).try_init().map_err(|source| LogError::Begun { source })
}

/// The subscriber writes each event with one call, which [`OneLine`] relies on.
fn subscriber<M>(
    format: LogFormat,
    filter: EnvFilter,
    make_writer: M,
) -> Box<dyn tracing::Subscriber + Send + Sync>
where
    M: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(OneLineWriters(make_writer));
    match format {
        LogFormat::Text => Box::new(builder.finish()),
        LogFormat::Json => Box::new(builder.json().flatten_event(true).finish()),
    }
}

struct OneLineWriters<M>(M);

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for OneLineWriters<M> {
    type Writer = OneLine<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        OneLine(self.0.make_writer())
    }
}

/// Writes what it is given as one line, escaped.
struct OneLine<W>(W);

impl<W: Write> Write for OneLine<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_all(one_line(&String::from_utf8_lossy(bytes)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Escapes all but a last line end. `\u` and four digits is right inside a JSON string and legible in text.
fn one_line(written: &str) -> String {
    let (line, end) = match written.strip_suffix('\n') {
        Some(line) => (line, "\n"),
        None => (written, ""),
    };
    let mut escaped = String::with_capacity(written.len());
    for character in line.chars() {
        match character {
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            hostile if hostile.is_control() || turns_or_breaks(hostile) => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(hostile)));
            }
            harmless => escaped.push(harmless),
        }
    }
    escaped + end
}

/// Marks that reorder the rest of a line on a terminal (Unicode Annex 9, explicit formatting), and line separators
/// that are no control characters.
fn turns_or_breaks(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Limits a repeated message: the first is shown, then one summary for each period.
///
/// Keep one for each kind of message. It has no clock; the caller says what time it is.
#[derive(Debug)]
pub struct Repeats {
    period_secs: f64,
    shown_at: Option<f64>,
    hidden: u64,
}

/// What to do with one more occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Log the message.
    First,
    /// Log the message with this number of occurrences since the last line, this one included.
    Summary(u64),
    /// Log nothing; it is counted.
    No,
}

impl Repeats {
    /// The period that all messages of the worker use.
    pub const PERIOD_SECS: f64 = 10.0;

    /// Nothing has happened yet.
    pub fn new(period_secs: f64) -> Repeats {
        Repeats { period_secs, shown_at: None, hidden: 0 }
    }

    /// It happened once more, at `now` in seconds of any clock.
    pub fn happened(&mut self, now: f64) -> Shown {
        // A clock that was set back ends the period at once, lest it last for hours.
        if self.shown_at.is_some_and(|at| now >= at && now - at < self.period_secs) {
            self.hidden += 1;
            return Shown::No;
        }
        self.shown_at = Some(now);
        match std::mem::take(&mut self.hidden) {
            0 => Shown::First,
            hidden => Shown::Summary(hidden + 1),
        }
    }
}

impl Default for Repeats {
    fn default() -> Self {
        Repeats::new(Repeats::PERIOD_SECS)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat, message: &str) -> String {
        let memory = Memory::default();
        let written = memory.clone();
        let filter = EnvFilter::try_new("info").unwrap();
        let subscriber = subscriber(format, filter, move || memory.clone());
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!("record", topic = "articles.raw", partition = 3);
            let _entered = span.enter();
            tracing::info!(cause = message, "{message}");
            tracing::debug!("not at this level");
        });
        let bytes = written.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    const HOSTILE: &str = "a\u{1b}[2Jb\r\nforged line\u{9b}31m\u{202e}\u{7f}\u{2028}é";

    #[test]
    fn text_is_one_line_without_control_characters() {
        let line = logged(LogFormat::Text, HOSTILE);
        assert_eq!(line.matches('\n').count(), 1, "{line:?}");
        assert!(line.ends_with('\n'));
        assert!(
            line.trim_end().chars().all(|c| !c.is_control() && !turns_or_breaks(c)),
            "{line:?}"
        );
        assert!(line.contains('é') && line.contains("articles.raw"), "{line:?}");
    }

    #[test]
    fn json_parses_and_says_the_same() {
        let line = logged(LogFormat::Json, HOSTILE);
        assert_eq!(line.matches('\n').count(), 1, "{line:?}");
        assert!(
            line.trim_end().chars().all(|c| !c.is_control() && !turns_or_breaks(c)),
            "{line:?}"
        );
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["cause"], HOSTILE);
        assert_eq!(value["level"], "INFO");
        assert_eq!(value["span"]["partition"], 3);
    }

    #[test]
    fn a_wrong_level_names_the_setting() {
        let error = init(LogFormat::Text, "loud=chatty").unwrap_err();
        assert_eq!(error.to_string(), "cannot read log level \"loud=chatty\" (log.level)");
    }

    #[test]
    fn first_then_one_summary_for_each_period() {
        let mut repeats = Repeats::default();
        let shown =
            [100.0, 101.0, 109.9, 110.0, 115.0, 121.0, 140.0].map(|now| repeats.happened(now));
        let expected = [
            Shown::First,
            Shown::No,
            Shown::No,
            Shown::Summary(3),
            Shown::No,
            Shown::Summary(2),
            Shown::First,
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_clock_set_back_does_not_silence_for_long() {
        let mut repeats = Repeats::default();
        assert_eq!(repeats.happened(5000.0), Shown::First);
        assert_eq!(repeats.happened(100.0), Shown::First);
    }
}
