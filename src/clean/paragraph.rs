//! Makes paragraphs out of lines, and says which of them are subheads.
//!
//! Blank lines divide paragraphs. Inside a block a line break either wraps a line at a column, and then it is a space,
//! or ends a paragraph; the same rule judges a text without any blank line. Where in doubt it divides: a paragraph cut
//! in two costs a sentence its other half, two stories' worth of headline and lead in one sentence cost both.

use crate::model::ParagraphKind;

use super::passage::Passage;

/// Characters a line must have before its end may be a wrap. Wire text is wrapped at 60 to 80; below 45 lie headings,
/// bylines and list items.
const WRAPPED_CHARS_MIN: usize = 45;

/// Characters by which a wrapped line may fall short of the column, beyond the word that did not fit: hand-wrapped
/// text is ragged. Larger would take a headline above one long line for wrapped text.
const RAGGED_CHARS_MAX: usize = 24;

/// Characters of the longest subhead. Measured on subheads of wire stories, which have two to six words; a longer line
/// without full stop is more often a caption or a list item, which are body.
const SUBHEAD_CHARS_MAX: usize = 60;

/// The paragraphs of `lines`; `divides` says of two lines whether their words forbid that the one goes on in the other.
pub(super) fn paragraphs(
    lines: &[Passage],
    divides: impl Fn(&Passage, &Passage) -> bool,
) -> Vec<Passage> {
    let mut paragraphs = Vec::new();
    for block in lines.split(|line| line.text.is_empty()) {
        let column = block.iter().map(Passage::width).max().unwrap_or(0);
        let mut paragraph: Option<Passage> = None;
        let mut previous: Option<&Passage> = None;
        for line in block {
            match (previous, &mut paragraph) {
                (Some(above), Some(open))
                    if is_wrapped(above, line, column) && !divides(above, line) =>
                {
                    open.join(line);
                }
                _ => paragraphs.extend(paragraph.replace(line.clone())),
            }
            previous = Some(line);
        }
        paragraphs.extend(paragraph);
    }
    paragraphs
}

/// Whether the line `above` ends where it does only because the first word of `line` did not fit into the column.
fn is_wrapped(above: &Passage, line: &Passage, column: usize) -> bool {
    let width = above.width();
    let word = line.text.split(' ').next().map_or(0, |word| word.chars().count());
    width >= WRAPPED_CHARS_MIN
        && !ends_sentence(&above.text)
        && above.text != line.text
        && width + 1 + word + RAGGED_CHARS_MAX >= column
}

/// Whether the text ends as a sentence does, closing quotes and brackets aside.
pub(super) fn ends_sentence(text: &str) -> bool {
    text.trim_end_matches(['"', '\'', '”', '’', '»', ')', ']']).ends_with(['.', '!', '?', '…'])
}

/// What the paragraph `at` of `paragraphs` is: a subhead is short, has no punctuation at its end and stands between
/// two paragraphs.
pub(super) fn kind<'a>(
    before: Option<&'a Passage>,
    paragraph: &'a Passage,
    after: Option<&'a Passage>,
) -> ParagraphKind {
    let text = &paragraph.text;
    let closed = text.trim_end_matches(['"', '\'', '”', '’', ')', ']']);
    let is_short = paragraph.width() <= SUBHEAD_CHARS_MAX;
    let is_open = !closed.ends_with(['.', '!', '?', '…', ':', ';', ',', '-', '–', '—']);
    let is_item = text.starts_with(['-', '–', '—', '•', '*', '·']);
    if before.is_some() && after.is_some() && is_short && is_open && !is_item {
        ParagraphKind::Subhead
    } else {
        ParagraphKind::Body
    }
}
