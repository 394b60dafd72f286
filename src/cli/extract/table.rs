//! Events as a table for people: one line per event, columns of fixed width.
//!
//! Fixed, because rows are printed while later articles are still being read. What does not fit ends in `…`; the sentence
//! comes last and is never cut. Whatever a text holds, a terminal gets only characters that print: an article must not be
//! able to move the cursor or turn the reading direction.

use std::fmt::Write as _;
use std::io::Write;

use dateline::publish::{EventRecord, ParticipantSlot};

/// Names and widths of the columns but the last.
const COLUMNS: [(&str, usize); 5] =
    [("DATE", 10), ("TYPE", 9), ("ACTORS", 28), ("RECIPIENTS", 28), ("TRIGGER", 14)];

/// Prints the names of the columns.
///
/// # Errors
/// Where `out` cannot be written to.
pub(super) fn write_head(out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "{}", line(COLUMNS.map(|(name, _)| name.to_owned()), "SENTENCE"))
}

/// One event as a row.
pub(super) fn row(event: &EventRecord) -> String {
    let cells = [
        event.date.clone().unwrap_or_else(|| "-".to_owned()),
        event.event.clone(),
        people(&event.actor),
        people(&event.recipient),
        event.text_info.trigger.text.clone().unwrap_or_else(|| "-".to_owned()),
    ];
    line(cells, event.event_text.as_deref().unwrap_or("-"))
}

fn line(cells: [String; 5], last: &str) -> String {
    let mut line = String::new();
    for (cell, (_, width)) in cells.iter().zip(COLUMNS) {
        line.push_str(&fitted(&printable(cell), width));
        line.push_str("  ");
    }
    line.push_str(&printable(last));
    line
}

fn people(participants: &[ParticipantSlot]) -> String {
    let names = participants.iter().map(|participant| {
        let words = participant.text.as_deref().or(participant.name.as_deref());
        match (participant.code.as_deref(), words) {
            (Some(code), Some(words)) => format!("{code} {words}"),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => "?".to_owned(),
        }
    });
    let joined = names.collect::<Vec<_>>().join("; ");
    if joined.is_empty() { "-".to_owned() } else { joined }
}

/// The text in exactly `width` characters.
fn fitted(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        return format!("{text:width$}");
    }
    let mut cut = text.chars().take(width.saturating_sub(1)).collect::<String>();
    cut.push('…');
    cut
}

/// The text with line breaks and tabs as spaces, and everything else that does not print written out as `\u{1b}`.
pub(crate) fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => out.push(' '),
            // marks, embeddings, overrides and isolates of the reading direction
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                write!(out, "{}", letter.escape_unicode()).expect("a String takes any text");
            }
            _ if letter.is_control() => {
                write!(out, "{}", letter.escape_unicode()).expect("a String takes any text");
            }
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_is_printed() {
        let text = printable("a\u{1b}[31mb\u{7}c\u{9b}d\ne\u{202e}f\u{7f}é");
        assert_eq!(text, "a\\u{1b}[31mb\\u{7}c\\u{9b}d e\\u{202e}f\\u{7f}é");
    }

    #[test]
    fn cells_have_their_width_whatever_they_hold() {
        for text in ["", "short", "a very long text indeed", "ééééééééé"] {
            assert_eq!(fitted(text, 9).chars().count(), 9, "{text}");
        }
        assert_eq!(fitted("1234567890", 9), "12345678…");
    }

    #[test]
    fn participants_show_code_and_words() {
        let participant = |text: Option<&str>, code: Option<&str>| ParticipantSlot {
            text: text.map(str::to_owned),
            span: [0, 1],
            name: None,
            country: None,
            sector: Vec::new(),
            code: code.map(str::to_owned),
            resolved_by: None,
            score: None,
        };
        assert_eq!(people(&[]), "-");
        assert_eq!(people(&[participant(None, None)]), "?");
        let both = [participant(Some("Russia"), Some("RUS")), participant(Some("rebels"), None)];
        assert_eq!(people(&both), "RUS Russia; rebels");
    }
}
