//! Makes clean lines out of a decoded field: NFC, plain spaces, nothing invisible, every byte with its origin.
//!
//! CRLF, CR, LF and the two Unicode separators end a line; every other white space is a space, and a run of it is one;
//! controls, zero-width characters and bidi controls are dropped. Quotes and dashes stay as they are: what they mean is
//! for later stages. Composition works on one character with its marks at a time (no composition reaches over a
//! starter that cannot compose with what precedes it, UAX #15 §9), which gives the NFC of the whole.
//! Which lines belong together is not decided here.

use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::model::{Field, Span};

use super::passage::Passage;

/// The lines of `raw`, blank ones as empty passages.
pub(super) fn lines(field: Field, raw: &str) -> Vec<Passage> {
    let mut lines = Vec::new();
    let mut line = Line::new(field);
    let mut after_return = false;
    for (start, character) in raw.char_indices() {
        let at = Span::of(start, start + character.len_utf8());
        match kind(character) {
            Kind::LineEnd if after_return && character == '\n' => {}
            Kind::LineEnd => lines.push(std::mem::replace(&mut line, Line::new(field)).end()),
            Kind::Space => line.space(at),
            Kind::Invisible => {}
            Kind::Visible => line.visible(character, at),
        }
        after_return = character == '\r';
    }
    lines.push(line.end());
    lines
}

enum Kind {
    LineEnd,
    Space,
    Invisible,
    Visible,
}

fn kind(character: char) -> Kind {
    match character {
        '\n' | '\r' | '\u{2028}' | '\u{2029}' => Kind::LineEnd,
        ' ' => Kind::Space,
        '!'..='~' => Kind::Visible,
        // soft hyphen, zero-width characters, bidi controls, invisible operators, byte order mark
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' => Kind::Invisible,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => Kind::Invisible,
        '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' => Kind::Invisible,
        _ if character.is_whitespace() => Kind::Space,
        _ if character.is_control() => Kind::Invisible,
        _ => Kind::Visible,
    }
}

/// A line in the making: what is finished, the space that waits for something to follow, and the open character.
struct Line {
    passage: Passage,
    space: Option<Span>,
    cluster: String,
    origin: Span,
}

impl Line {
    fn new(field: Field) -> Self {
        let passage = Passage::new(field);
        Line { passage, space: None, cluster: String::new(), origin: Span::new(0, 0) }
    }

    fn space(&mut self, at: Span) {
        self.end_cluster();
        self.space = Some(self.space.map_or(at, |run| run.cover(at)));
    }

    fn visible(&mut self, character: char, at: Span) {
        if starts_cluster(character) || self.cluster.is_empty() {
            self.end_cluster();
            self.origin = at;
        }
        self.cluster.push(character);
        self.origin.end = at.end;
    }

    fn end(mut self) -> Passage {
        self.end_cluster();
        self.passage
    }

    fn end_cluster(&mut self) {
        if self.cluster.is_empty() {
            return;
        }
        if let Some(run) = self.space.take()
            && !self.passage.text.is_empty()
        {
            self.passage.push(" ", run);
        }
        if self.cluster.is_ascii() {
            self.passage.push(&self.cluster, self.origin);
        } else {
            // The map takes equal lengths for byte by byte. That is wrong inside a character whose marks were only put
            // into another order; the character as a whole still maps right.
            let composed: String = self.cluster.nfc().collect();
            self.passage.push(&composed, self.origin);
        }
        self.cluster.clear();
    }
}

/// Whether nothing before `character` can compose with it.
fn starts_cluster(character: char) -> bool {
    if character.is_ascii() {
        return true;
    }
    let first = std::iter::once(character).nfd().next().unwrap_or(character);
    canonical_combining_class(first) == 0
        && matches!(is_nfc_quick(std::iter::once(first)), IsNormalized::Yes)
}
