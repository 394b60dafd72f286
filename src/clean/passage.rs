//! A stretch of cleaned text of one field that knows where each of its bytes comes from.
//!
//! Pieces are sorted, do not overlap and cover the text without gap. A passage is one line: it holds no line break, no
//! two spaces in a row, and none at its ends. Cutting and joining keep that.

use std::ops::Range;

use crate::model::{Field, Piece, Span};

/// A line or paragraph, cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Passage {
    /// The field it comes from.
    pub(super) field: Field,
    /// The text.
    pub(super) text: String,
    pieces: Vec<Piece>,
}

impl Passage {
    /// A passage without text.
    pub(super) fn new(field: Field) -> Self {
        Passage { field, text: String::new(), pieces: Vec::new() }
    }

    /// The pieces, their text spans counted from the start of the passage.
    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Adds text that was made from `origin`; where both are as long, byte by byte.
    pub(super) fn push(&mut self, text: &str, origin: Span) {
        let start = self.text.len();
        self.text.push_str(text);
        let piece = Piece { text: Span::of(start, self.text.len()), field: self.field, origin };
        if let Some(last) = self.pieces.last_mut()
            && is_straight(last)
            && is_straight(&piece)
            && last.origin.end == origin.start
        {
            last.text.end = piece.text.end;
            last.origin.end = origin.end;
            return;
        }
        self.pieces.push(piece);
    }

    /// Adds a space for what lies between the two in the field, and `next`.
    pub(super) fn join(&mut self, next: &Passage) {
        let gap = match (self.pieces.last(), next.pieces.first()) {
            (Some(last), Some(first)) => Span::new(last.origin.end, first.origin.start),
            (Some(_), None) => return,
            (None, _) => {
                *self = next.clone();
                return;
            }
        };
        self.push(" ", gap);
        for piece in &next.pieces {
            self.push(next.text.get(piece.text.range()).unwrap_or_default(), piece.origin);
        }
    }

    /// The part of the passage at `range`, without spaces at its ends; empty where the range is none of the text.
    pub(super) fn cut(&self, range: Range<usize>) -> Passage {
        let mut part = Passage::new(self.field);
        let Some(text) = self.text.get(range.clone()) else { return part };
        let start = range.start + (text.len() - text.trim_start_matches(' ').len());
        let text = text.trim_matches(' ');
        let kept = Span::of(start, start + text.len());
        for piece in self.pieces.iter().filter(|piece| piece.text.overlaps(kept)) {
            let from = piece.text.start.max(kept.start);
            let to = piece.text.end.min(kept.end);
            let origin = if is_straight(piece) {
                let ahead = piece.origin.start + (from - piece.text.start);
                Span::new(ahead, ahead + (to - from))
            } else {
                piece.origin
            };
            let text = self.text.get(from as usize..to as usize).unwrap_or_default();
            part.push(text, origin);
        }
        part
    }

    /// The part from `start` on.
    pub(super) fn cut_from(&self, start: usize) -> Passage {
        self.cut(start..self.text.len())
    }

    /// Number of characters, which is the width of a line.
    pub(super) fn width(&self) -> usize {
        self.text.chars().count()
    }
}

fn is_straight(piece: &Piece) -> bool {
    piece.text.len() == piece.origin.len()
}
