//! Which extracted event is which gold mention: one to one, first by overlapping triggers, then by what they tell.
//!
//! The rules are those of the gold's README. Extracted events come sorted by trigger; pairs come out sorted by gold
//! index, and no index occurs twice. It judges nothing: a pair may be wrong in every slot.

use std::cmp::Reverse;

use crate::model::Span;

use super::extracted::{Extracted, Extraction, Party};
use super::gold::{FieldSpan, GoldEvent, TriggerPlace};

/// A gold mention and the extracted event that stands for it, as indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// Index into the document's gold events.
    pub gold: usize,
    /// Index into the extraction's events.
    pub extracted: usize,
}

/// Pairs the events of one document: by overlapping triggers, the largest overlap first; then, among those left, in the
/// same sentence with an accepted type and a participant in common. Ties pair in text order.
pub fn pair(gold: &[GoldEvent], extraction: &Extraction) -> Vec<Pair> {
    let located: Vec<Located> = gold.iter().map(|event| Located::of(event, extraction)).collect();
    let mut order: Vec<usize> = (0..gold.len()).collect();
    // Stable: mentions that begin at one place keep the order of the file.
    order.sort_by_key(|at| Some(located.get(*at)?.triggers.first()?.start));
    let places = order
        .iter()
        .enumerate()
        .filter_map(|(rank, at)| Some((rank, *at, gold.get(*at)?, located.get(*at)?)));
    let mut by_trigger = Vec::new();
    let mut by_content = Vec::new();
    for (rank, at, event, place) in places {
        for (extracted_at, extracted) in extraction.events.iter().enumerate() {
            let pair = Pair { gold: at, extracted: extracted_at };
            let overlaps = place.triggers.iter().map(|trigger| trigger.overlap(extracted.trigger));
            let overlap = overlaps.max().unwrap_or(0);
            if overlap > 0 {
                by_trigger.push((Reverse(overlap), rank, pair));
            } else if place.same_sentence(extracted)
                && event.accepts(extracted.kind)
                && participant_in_common(event, extracted)
            {
                by_content.push((Reverse(0), rank, pair));
            }
        }
    }
    by_trigger.sort();
    let mut pairs: Vec<Pair> = Vec::new();
    for (_, _, pair) in by_trigger.into_iter().chain(by_content) {
        if pairs.iter().all(|taken| taken.gold != pair.gold && taken.extracted != pair.extracted) {
            pairs.push(pair);
        }
    }
    pairs.sort();
    pairs
}

/// Where a gold mention stands in the cleaned text.
struct Located {
    /// Places where its trigger may stand, in text order.
    triggers: Vec<Span>,
    /// Sentences that may be its own.
    sentences: Vec<Span>,
}

impl Located {
    fn of(event: &GoldEvent, extraction: &Extraction) -> Self {
        let to_text = |place: &FieldSpan| extraction.origin.to_text(place.field, place.span);
        let sentence_of = |span: Span| {
            let first = Span::new(span.start, span.start + 1);
            extraction.sentences.iter().copied().find(|sentence| sentence.overlaps(first))
        };
        let head = event.sentence.as_ref().and_then(to_text).and_then(sentence_of);
        let (triggers, sentences) = match &event.trigger {
            TriggerPlace::At(place) => {
                let trigger = place.as_ref().and_then(to_text);
                let sentence = trigger.and_then(sentence_of).or(head);
                (Vec::from_iter(trigger), Vec::from_iter(sentence))
            }
            TriggerPlace::AnyOf(places) => {
                let everywhere: Vec<Span> = places.iter().filter_map(to_text).collect();
                let inside = everywhere.iter().copied();
                let inside: Vec<Span> =
                    inside.filter(|span| head.is_some_and(|head| head.contains(*span))).collect();
                let triggers = if inside.is_empty() { everywhere } else { inside };
                let sentences = triggers.iter().filter_map(|span| sentence_of(*span));
                (triggers.clone(), head.map_or_else(|| sentences.collect(), |head| vec![head]))
            }
        };
        Located { triggers, sentences }
    }

    fn same_sentence(&self, extracted: &Extracted) -> bool {
        self.sentences.iter().any(|sentence| sentence.overlaps(extracted.sentence))
    }
}

/// Whether a participant of the one is a participant of the other, in whatever role.
fn participant_in_common(gold: &GoldEvent, extracted: &Extracted) -> bool {
    let both = |left: &[Party], right: &[Party]| {
        left.iter().any(|left| right.iter().any(|right| texts_overlap(&left.text, &right.text)))
    };
    [&gold.actors, &gold.recipients]
        .into_iter()
        .any(|parties| both(parties, &extracted.actors) || both(parties, &extracted.recipients))
}

/// Words that determine a noun and say nothing of who it is.
const DETERMINERS: [&str; 14] = [
    "the", "a", "an", "this", "that", "these", "those", "my", "your", "his", "her", "its", "our",
    "their",
];

/// Whether two texts overlap: without determiners and case they share their last word, or one contains the other. The
/// texts are compared word by word, so that "he" is not found in "the sheriff"; a possessive 's is no part of a word.
pub fn texts_overlap(left: &str, right: &str) -> bool {
    let (left, right) = (bare_words(left), bare_words(right));
    let (short, long) = if left.len() <= right.len() { (&left, &right) } else { (&right, &left) };
    if short.is_empty() {
        return false;
    }
    short.last() == long.last()
        || long.windows(short.len()).any(|window| window == short.as_slice())
}

fn bare_words(text: &str) -> Vec<String> {
    let words = text.split_whitespace().map(|word| {
        let lower = word.to_lowercase().replace('\u{2019}', "'");
        let bare = lower.trim_matches(|c: char| !c.is_alphanumeric());
        bare.strip_suffix("'s").unwrap_or(bare).to_owned()
    });
    let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
    let determines = |word: &String| DETERMINERS.contains(&word.as_str());
    // A lone "this" or "her" is a pronoun: nothing would be left of it.
    if words.iter().all(determines) {
        return words;
    }
    words.into_iter().filter(|word| !determines(word)).collect()
}
