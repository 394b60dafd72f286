//! Puts the story together: the text, its back-map and its paragraphs.
//!
//! The text is the headline and the paragraphs, divided by `\n\n`. Every byte of them has a piece in the map; the
//! joints have none, because nothing in the input need stand there.

use crate::model::{OriginMap, Paragraph, Piece, Span};

use super::convention::Story;
use super::headline::{aliases, is_same};
use super::paragraph;
use super::passage::Passage;

const JOINT: &str = "\n\n";

/// The text of a story and where it comes from.
pub(super) struct Assembled {
    /// The text.
    pub(super) text: String,
    /// Where the headline stands.
    pub(super) title: Option<Span>,
    /// The paragraphs.
    pub(super) paragraphs: Vec<Paragraph>,
    /// The back-map.
    pub(super) origin: OriginMap,
}

/// Puts `story` together.
pub(super) fn assemble(story: &Story) -> Assembled {
    let mut text = String::new();
    let mut origin = OriginMap::default();
    let title = story.title.as_ref().map(|title| append(&mut text, &mut origin, title));
    let mut paragraphs = Vec::with_capacity(story.body.len());
    for (at, passage) in story.body.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| story.body.get(before));
        let kind = paragraph::kind(before, passage, story.body.get(at + 1));
        let span = append(&mut text, &mut origin, passage);
        paragraphs.push(Paragraph { span, kind });
    }
    let first = story.title.as_ref().or_else(|| story.body.front());
    for repeat in &story.repeats {
        if let Some(kept) = first.filter(|kept| is_same(kept, repeat)) {
            aliases(kept, repeat).into_iter().for_each(|alias| origin.alias(alias));
        }
    }
    Assembled { text, title, paragraphs, origin }
}

fn append(text: &mut String, origin: &mut OriginMap, passage: &Passage) -> Span {
    if !text.is_empty() {
        text.push_str(JOINT);
    }
    let start = text.len() as u32;
    text.push_str(&passage.text);
    for piece in passage.pieces() {
        let span = Span::new(start + piece.text.start, start + piece.text.end);
        origin.push(Piece { text: span, ..*piece });
    }
    Span::new(start, text.len() as u32)
}
