//! The back-map from the cleaned text to the decoded fields, and forth.
//!
//! Pieces are sorted by their place in the text and do not overlap. A piece whose two lengths are equal maps byte by
//! byte; any other piece (a normalised character, a collapsed run of white space) maps as a whole. Aliases say that a
//! part of a field that cleaning removed stands in the text at another place: a repeated headline maps to the kept copy.

use super::Span;

/// A decoded field of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// [`super::RawArticle::title`].
    Title,
    /// [`super::RawArticle::body`].
    Body,
}

/// A stretch of text and the stretch of the field that it was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where it stands in the article's text.
    pub text: Span,
    /// The field it comes from.
    pub field: Field,
    /// Where it stands in that field.
    pub origin: Span,
}

/// The back-map. Built by clean, in text order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OriginMap {
    pieces: Vec<Piece>,
    aliases: Vec<Piece>,
}

impl OriginMap {
    /// Adds the piece that follows the last one in the text. Byte-by-byte neighbours are joined.
    pub fn push(&mut self, piece: Piece) {
        if let Some(last) = self.pieces.last_mut() {
            debug_assert!(last.text.end <= piece.text.start, "pieces must come in text order");
            let straight = |p: &Piece| p.text.len() == p.origin.len();
            if straight(last)
                && straight(&piece)
                && last.field == piece.field
                && last.text.end == piece.text.start
                && last.origin.end == piece.origin.start
            {
                last.text.end = piece.text.end;
                last.origin.end = piece.origin.end;
                return;
            }
        }
        self.pieces.push(piece);
    }

    /// Says that `piece.origin`, which is not in the text, repeats what stands at `piece.text`.
    pub fn alias(&mut self, piece: Piece) {
        self.aliases.push(piece);
    }

    /// All pieces in text order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The field and the range in it that `span` of the text was made from: from the origin of its first byte to the
    /// origin of its last one. `None` where the two lie in different fields or the span has no origin.
    pub fn to_field(&self, span: Span) -> Option<(Field, Span)> {
        if span.is_empty() {
            return None;
        }
        let first = self.piece_at(span.start)?;
        let last = self.piece_at(span.end - 1)?;
        if first.field != last.field {
            return None;
        }
        let start = map_offset(span.start, first.text, first.origin).start;
        let end = map_offset(span.end - 1, last.text, last.origin).end;
        (start < end).then(|| (first.field, Span::new(start, end)))
    }

    /// The place in the text that was made from `origin` of `field`, looking through aliases too. `None` where nothing
    /// of it is left. A range of which only a part is left maps to that part.
    pub fn to_text(&self, field: Field, origin: Span) -> Option<Span> {
        let mut found: Option<Span> = None;
        for piece in self.pieces.iter().chain(&self.aliases) {
            if piece.field != field || !piece.origin.overlaps(origin) {
                continue;
            }
            let start = origin.start.max(piece.origin.start);
            let end = origin.end.min(piece.origin.end);
            let part = Span::new(
                map_offset(start, piece.origin, piece.text).start,
                map_offset(end - 1, piece.origin, piece.text).end,
            );
            found = Some(found.map_or(part, |span| span.cover(part)));
        }
        found
    }

    fn piece_at(&self, offset: u32) -> Option<&Piece> {
        let after = self.pieces.partition_point(|piece| piece.text.start <= offset);
        let piece = self.pieces.get(after.checked_sub(1)?)?;
        (offset < piece.text.end).then_some(piece)
    }
}

/// The byte of `to` that corresponds to the byte at `offset` of `from`: itself where both run in step, else all of `to`.
fn map_offset(offset: u32, from: Span, to: Span) -> Span {
    if from.len() == to.len() {
        let start = to.start + (offset - from.start);
        Span::new(start, start + 1)
    } else {
        to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_there_and_back_through_a_collapsed_run_and_an_alias() {
        let mut map = OriginMap::default();
        // "ab  cd" -> "ab cd", then a removed copy of "cd" at 10..12
        map.push(Piece { text: Span::new(0, 2), field: Field::Body, origin: Span::new(0, 2) });
        map.push(Piece { text: Span::new(2, 3), field: Field::Body, origin: Span::new(2, 4) });
        map.push(Piece { text: Span::new(3, 5), field: Field::Body, origin: Span::new(4, 6) });
        map.alias(Piece { text: Span::new(3, 5), field: Field::Body, origin: Span::new(10, 12) });
        assert_eq!(map.to_field(Span::new(1, 4)), Some((Field::Body, Span::new(1, 5))));
        assert_eq!(map.to_text(Field::Body, Span::new(4, 6)), Some(Span::new(3, 5)));
        assert_eq!(map.to_text(Field::Body, Span::new(11, 12)), Some(Span::new(4, 5)));
        assert_eq!(map.to_text(Field::Title, Span::new(0, 2)), None);
        assert_eq!(map.to_field(Span::new(9, 10)), None);
    }
}
