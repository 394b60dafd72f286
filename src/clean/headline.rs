//! Says which paragraph is a headline, and pairs a repeated headline with the kept one.
//!
//! A headline is known by what it lacks: length and a full stop. Two headlines are the same when they fold to the same;
//! a removed repeat is paired with the kept copy character by character, so that a span in it finds its place.
//! Whether a title field is true to the story is not asked.

use crate::model::{Field, Piece, Span};
use crate::pack::Setup;
use crate::text::fold;

use super::passage::Passage;

/// Characters of the longest headline. The longest ones of wire stories and of Wikinews have 110 to 130; paragraphs of
/// running text are longer or end in a full stop.
const HEADLINE_CHARS_MAX: usize = 160;

/// Whether the first paragraph, of which `next` is the follower, looks like a headline. A final full stop speaks
/// against it, unless the follower repeats it.
pub(super) fn looks_like_headline(setup: &Setup, first: &Passage, next: &Passage) -> bool {
    let text = &first.text;
    let open = match text.strip_suffix('.') {
        Some(open) if is_same(first, next) => open,
        _ => text,
    };
    text.chars().nth(HEADLINE_CHARS_MAX).is_none()
        && text.chars().any(char::is_alphabetic)
        && !ends_with_full_stop(setup, open)
        && !text.ends_with([':', ',', ';'])
}

/// `text` without the full stop at its end, where that is one and not an abbreviation's.
pub(super) fn without_full_stop<'a>(setup: &Setup, text: &'a str) -> &'a str {
    match text.strip_suffix('.') {
        Some(open) if !open.is_empty() && ends_with_full_stop(setup, text) => open,
        _ => text,
    }
}

/// Whether the two are equal after folding of case, quotes and dashes.
pub(super) fn is_same(one: &Passage, other: &Passage) -> bool {
    // Folding changes lengths by little; a long paragraph need not be folded to differ from a headline.
    let close = one.text.len().abs_diff(other.text.len()) <= one.text.len().min(other.text.len());
    close && fold(&one.text) == fold(&other.text)
}

/// The aliases that say where the text of `repeat` stands in `kept`, which begins the article's text. Character by
/// character where both have as many, else as a whole.
pub(super) fn aliases(kept: &Passage, repeat: &Passage) -> Vec<Piece> {
    if kept.text.chars().count() != repeat.text.chars().count() {
        let whole = repeat.pieces().first().zip(repeat.pieces().last());
        let alias = whole.map(|(first, last)| Piece {
            text: Span::of(0, kept.text.len()),
            field: repeat.field,
            origin: first.origin.cover(last.origin),
        });
        return alias.into_iter().collect();
    }
    let mut aliases: Vec<Piece> = Vec::new();
    let pairs = kept.text.char_indices().zip(repeat.text.char_indices());
    let mut piece_at = 0;
    for ((to, character), (from, removed)) in pairs {
        let text = Span::of(to, to + character.len_utf8());
        let here = Span::of(from, from + removed.len_utf8());
        while repeat.pieces().get(piece_at).is_some_and(|piece| piece.text.end <= here.start) {
            piece_at += 1;
        }
        let Some(piece) = repeat.pieces().get(piece_at) else { break };
        let origin = if piece.text.len() == piece.origin.len() {
            let ahead = here.start - piece.text.start;
            Span::new(piece.origin.start + ahead, piece.origin.start + ahead + here.len())
        } else {
            piece.origin
        };
        push_alias(&mut aliases, Piece { text, field: repeat.field, origin });
    }
    aliases
}

fn push_alias(aliases: &mut Vec<Piece>, alias: Piece) {
    let is_straight = |piece: &Piece| piece.text.len() == piece.origin.len();
    if let Some(last) = aliases.last_mut()
        && is_straight(last)
        && is_straight(&alias)
        && last.text.end == alias.text.start
        && last.origin.end == alias.origin.start
    {
        last.text.end = alias.text.end;
        last.origin.end = alias.origin.end;
        return;
    }
    aliases.push(alias);
}

/// One line out of a title field, whatever line breaks it has.
pub(super) fn title_line(lines: &[Passage]) -> Passage {
    let mut title = Passage::new(Field::Title);
    for line in lines {
        title.join(line);
    }
    title
}

/// Whether the text ends in a full stop that ends a sentence: `to visit U.S.` and `Acme Inc.` do not.
fn ends_with_full_stop(setup: &Setup, text: &str) -> bool {
    let closed = text.trim_end_matches(['"', '\'', '”', '’', ')', ']']);
    let Some(open) = closed.strip_suffix('.') else { return closed.ends_with('…') };
    let word = open.rsplit([' ', '-', '/', '(']).next().unwrap_or_default();
    let is_abbreviation = (word.contains('.') && !word.ends_with('.'))
        || setup.pack.lexicon.abbreviation(&fold(word)).is_some();
    !is_abbreviation
}
