//! Mistakes in settings and how they are shown: file, line, column and caret, or the overlay they came by.
//!
//! The text of the file is masked before it gets here, and no message is made with the value of a secret: printing a
//! [`Mistakes`] is safe wherever it goes.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::written::Place;

/// One mistake.
#[derive(Clone, Debug)]
pub(super) struct Mistake {
    what: String,
    place: Place,
    label: Option<String>,
    beside: Option<Place>,
    note: Option<String>,
}

impl Mistake {
    /// `what` is wrong at `place`.
    pub(super) fn new(place: Place, what: impl Into<String>) -> Self {
        Mistake { what: what.into(), place, label: None, beside: None, note: None }
    }

    /// Words beside the caret.
    pub(super) fn label(self, label: impl Into<String>) -> Self {
        self.label_maybe(Some(label.into()))
    }

    /// Words beside the caret, if there are any.
    pub(super) fn label_maybe(self, label: Option<String>) -> Self {
        Mistake { label, ..self }
    }

    /// The place of the other value that has to do with it.
    pub(super) fn beside(self, place: Place) -> Self {
        Mistake { beside: Some(place), ..self }
    }

    /// A sentence below: what is possible, or what to do.
    pub(super) fn note(self, note: impl Into<String>) -> Self {
        Mistake { note: Some(note.into()), ..self }
    }
}

/// Every mistake of one load, in the order of the file, then of the overlays. Displays all of them.
#[derive(Clone, Debug)]
pub struct Mistakes {
    path: String,
    /// The file's text without what must not be shown.
    text: String,
    list: Vec<Mistake>,
}

impl Mistakes {
    pub(super) fn new(
        file: Option<(&str, &str)>,
        masked_text: String,
        mut list: Vec<Mistake>,
    ) -> Self {
        list.sort_by(|a, b| a.place.cmp(&b.place));
        let path = file.map(|(path, _)| path.to_owned()).unwrap_or_default();
        Mistakes { path, text: masked_text, list }
    }

    /// How many there are: never none.
    pub fn count(&self) -> usize {
        self.list.len()
    }

    fn shown(&self, mistake: &Mistake) -> String {
        let mut group = Group::with_title(Level::ERROR.primary_title(mistake.what.as_str()));
        let places = [Some((&mistake.place, true)), mistake.beside.as_ref().map(|p| (p, false))];
        let mut snippet = None;
        let mut origins = Vec::new();
        for (place, is_first) in places.into_iter().flatten() {
            match place {
                Place::File { start, end } => {
                    let kind =
                        if is_first { AnnotationKind::Primary } else { AnnotationKind::Context };
                    let label = if is_first { mistake.label.as_deref() } else { None };
                    let annotation = kind.span(self.within_text(*start..*end)).label(label);
                    let source = snippet.unwrap_or_else(|| {
                        Snippet::source(self.text.as_str()).path(self.path.as_str())
                    });
                    snippet = Some(source.annotation(annotation));
                }
                Place::Environment(name) => origins.push(format!("environment {name}")),
                Place::Set(path) => origins.push(format!("--set {path}")),
                Place::Preset(path) => origins.push(format!("default of {path}")),
            }
        }
        if let Some(snippet) = snippet {
            group = group.element(snippet);
        }
        let lines = origins.len();
        for origin in origins {
            group = group.element(Origin::path(origin));
        }
        // Beside a caret there is room for words; an overlay shows no line, so they go below.
        if lines > 0
            && !matches!(mistake.place, Place::File { .. })
            && let Some(label) = &mistake.label
        {
            group = group.element(Level::NOTE.message(label.as_str()));
        }
        if let Some(note) = &mistake.note {
            group = group.element(Level::NOTE.message(note.as_str()));
        }
        Renderer::plain().render(&[group])
    }

    /// A span that the text can show: an error at the end of the file points behind it.
    fn within_text(&self, span: Range<usize>) -> Range<usize> {
        let end = span.end.min(self.text.len());
        span.start.min(end)..end
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for mistake in &self.list {
            // What was blanked leaves spaces at the ends of lines.
            for line in self.shown(mistake).lines() {
                writeln!(f, "{}", line.trim_end())?;
            }
            writeln!(f)?;
        }
        match self.list.len() {
            1 => f.write_str("1 mistake in the settings"),
            count => write!(f, "{count} mistakes in the settings"),
        }
    }
}

impl std::error::Error for Mistakes {}

/// `text` with the spans of secrets blanked, and whatever follows a word that sounds like one: a file that is no TOML
/// has no spans. Every byte keeps its place, so that spans still fit; no length is given away.
pub(super) fn masked(text: &str, secret_spans: &[Range<usize>]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for span in secret_spans {
        blank(&mut bytes, span.clone());
    }
    let mut line_start = 0;
    let mut open_quotes = None;
    for line in text.split_inclusive('\n') {
        let secret_start = if open_quotes.is_some() { Some(0) } else { secret_start(line) };
        if let Some(start) = secret_start {
            blank(&mut bytes, line_start + start..line_start + line.len());
            let (_, tail) = line.split_at_checked(start).unwrap_or_default();
            open_quotes = still_open(tail, open_quotes);
        }
        line_start += line.len();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The delimiter of a text over several lines that is open behind `tail`.
fn still_open(tail: &str, open_before: Option<&'static str>) -> Option<&'static str> {
    let mut open = open_before;
    let mut rest = tail;
    loop {
        let found = match open {
            Some(quotes) => rest.find(quotes).map(|at| (at, quotes)),
            None => ["\"\"\"", "'''"]
                .into_iter()
                .filter_map(|quotes| rest.find(quotes).map(|at| (at, quotes)))
                .min(),
        };
        let Some((at, quotes)) = found else { return open };
        open = if open.is_some() { None } else { Some(quotes) };
        rest = rest.split_at_checked(at + quotes.len()).map_or("", |(_, behind)| behind);
    }
}

/// Where on this line something begins that might be a secret.
fn secret_start(line: &str) -> Option<usize> {
    const WORDS: [&str; 8] =
        ["pass", "pwd", "secret", "credential", "private", "pem", "jaas", "oauthbearer.config"];
    const OPEN_ENDS: [&str; 3] = ["_file", ".file", ".location"];
    let lower = line.to_ascii_lowercase();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    WORDS
        .iter()
        .flat_map(|word| lower.match_indices(word).map(|(at, _)| at))
        .filter_map(|at| {
            let (_, from_word) = lower.split_at_checked(at)?;
            let name_end = from_word.find(|c| !is_name(c)).unwrap_or(from_word.len());
            let (name, behind) = from_word.split_at_checked(name_end)?;
            let is_open = OPEN_ENDS.iter().any(|end| name.ends_with(end));
            let value_start = behind.find('=').map_or(name_end, |equals| name_end + equals + 1);
            (!is_open).then_some(at + value_start)
        })
        .min()
}

/// Three stars in place of what is not a space, then blanks.
fn blank(bytes: &mut [u8], span: Range<usize>) {
    const STARS: usize = 3;
    let Some(bytes) = bytes.get_mut(span) else { return };
    let shown = bytes.iter_mut().skip_while(|byte| byte.is_ascii_whitespace());
    let within_lines = shown.filter(|byte| !matches!(**byte, b'\n' | b'\r'));
    for (ix, byte) in within_lines.enumerate() {
        *byte = if ix < STARS { b'*' } else { b' ' };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_what_sounds_secret_and_keeps_places() {
        let text = "a = 1\nsasl_password = \"hunter2\" # x\npassword hunter2\nb = 2\n";
        let masked = masked(text, &[]);
        assert_eq!(masked.len(), text.len());
        assert!(!masked.contains("hunter2"));
        assert!(masked.starts_with("a = 1\nsasl_password = ***"));
        assert!(masked.ends_with("\nb = 2\n"));
    }

    #[test]
    fn masks_a_text_over_several_lines() {
        let text = "\"ssl.key.pem\" = \"\"\"\nBEGIN\nEND\"\"\"\nb = 2\n";
        let masked = masked(text, &[]);
        assert!(!masked.contains("BEGIN") && !masked.contains("END"));
        assert!(masked.ends_with("\nb = 2\n"));
    }

    #[test]
    fn leaves_names_of_files_and_limits_alone() {
        let text = "sasl_password_file = \"/run/x\"\n\"ssl.key.location\" = \"/y\"\n\
                    sentence_tokens_max = 3\n";
        assert_eq!(masked(text, &[]), text);
    }

    #[test]
    fn masks_spans() {
        assert_eq!(masked("a = \"ü\"\n", std::slice::from_ref(&(4..8))), "a = *** \n");
    }
}
