//! Sentences to learn from, their augmentation, and the batches of an epoch.
//!
//! Headlines, capitals and small letters are made from running text, so that a headline does not read as one long name:
//! some sentences are written in title case, in capitals, without capitals or without their final stop; what is to be
//! learned about them stays the same.

use super::gradient::Example;
use super::rng::Rng;
use crate::model::{NameKind, Span, Token};
use crate::nn::{FeatureScratch, NAME_CLASSES, keys};
use crate::pack::{NameLists, NameScratch};

/// Kinds of names that one name of a corpus may be, one bit a kind of [`NameKind::ALL`].
pub type KindSet = u8;

/// Every kind.
pub(super) const ALL_KINDS: KindSet = u8::MAX;

/// The set of some kinds.
pub fn kind_set(kinds: &[NameKind]) -> KindSet {
    kinds.iter().fold(0, |set, kind| set | 1 << kind.ix())
}

/// One sentence with what its corpus knows about it; columns that it does not know are empty.
#[derive(Clone, Debug, Default)]
pub struct TrainingSentence {
    /// Its text.
    pub text: String,
    /// Its words.
    pub tokens: Vec<Token>,
    /// Tag class of each word.
    pub tags: Vec<u16>,
    /// Head of each word: 0 is the root, else one more than its place.
    pub heads: Vec<u32>,
    /// Relation of each word, as index into `Relation::ALL`.
    pub relations: Vec<u8>,
    /// For each word the name classes that the annotation allows.
    pub names: Vec<u64>,
}

/// Sentences of one corpus and how often an epoch shows each.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its sentences.
    pub sentences: Vec<TrainingSentence>,
    /// Times that an epoch shows each sentence; a fraction shows a part of them, drawn anew each time.
    pub share: f32,
}

/// The allowed classes of `length` words. `names` are ranges of words with the kinds that each may be; `known` are the
/// kinds that the corpus annotates: a word outside every name may still be part of a name of another kind.
pub fn name_masks(
    length: usize,
    names: &[(std::ops::Range<usize>, KindSet)],
    known: KindSet,
) -> Vec<u64> {
    let classes = |kinds: KindSet, part: usize| {
        let of = NameKind::ALL.iter().filter(|kind| kinds >> kind.ix() & 1 == 1);
        of.fold(0_u64, |mask, kind| mask | 1 << (1 + 4 * kind.ix() + part))
    };
    let others = (0..4).fold(1, |mask, part| mask | classes(!known, part));
    let mut masks = vec![others; length];
    for (range, kinds) in names {
        let last = range.end.saturating_sub(1);
        for (at, mask) in masks.iter_mut().enumerate().take(range.end).skip(range.start) {
            let part = match (at == range.start, at == last) {
                (true, true) => 3,
                (true, false) => 0,
                (false, true) => 2,
                (false, false) => 1,
            };
            *mask = classes(*kinds, part);
        }
    }
    masks
}

/// A mask that says nothing.
pub(super) fn unknown_names(length: usize) -> Vec<u64> {
    vec![(1 << NAME_CLASSES) - 1; length]
}

/// How a sentence is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writing {
    AsItIs,
    Title,
    Upper,
    Lower,
}

/// Chances of the augmentations.
#[derive(Clone, Copy, Debug)]
pub struct Augmentation {
    /// Of title case.
    pub title: f32,
    /// Of capitals only.
    pub upper: f32,
    /// Of small letters only.
    pub lower: f32,
    /// Of a final stop left out.
    pub stopless: f32,
}

/// Makes examples of sentences; keeps its buffers.
pub(super) struct Writer<'a> {
    lists: &'a NameLists,
    features: FeatureScratch,
    names: NameScratch,
    bits: Vec<[u8; 2]>,
    text: String,
    tokens: Vec<Token>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(lists: &'a NameLists) -> Self {
        Writer {
            lists,
            features: FeatureScratch::default(),
            names: NameScratch::default(),
            bits: Vec::new(),
            text: String::new(),
            tokens: Vec::new(),
        }
    }

    /// The sentence as an example, as it is written.
    pub(super) fn plain(&mut self, sentence: &TrainingSentence) -> Example {
        self.example(sentence, sentence.tokens.len(), Writing::AsItIs)
    }

    /// The sentence as an example, maybe written otherwise.
    pub(super) fn varied(
        &mut self,
        sentence: &TrainingSentence,
        chances: Augmentation,
        rng: &mut Rng,
    ) -> Example {
        let draw = rng.unit();
        let writing = if draw < chances.title {
            Writing::Title
        } else if draw < chances.title + chances.upper {
            Writing::Upper
        } else if draw < chances.title + chances.upper + chances.lower {
            Writing::Lower
        } else {
            Writing::AsItIs
        };
        let mut length = sentence.tokens.len();
        let stopped = length > 2
            && sentence.tokens.last().and_then(|token| sentence.text.get(token.span.range()))
                == Some(".")
            && !sentence.heads.iter().any(|head| *head as usize == length);
        if stopped && rng.happens(chances.stopless) {
            length -= 1;
        }
        self.example(sentence, length, writing)
    }

    fn example(&mut self, sentence: &TrainingSentence, length: usize, writing: Writing) -> Example {
        self.text.clear();
        self.tokens.clear();
        let mut end = 0;
        for token in sentence.tokens.iter().take(length) {
            if token.span.start > end && !self.text.is_empty() {
                self.text.push(' ');
            }
            end = token.span.end;
            let start = self.text.len();
            let form = sentence.text.get(token.span.range()).unwrap_or_default();
            write_form(form, writing, &mut self.text);
            let span = Span::of(start, self.text.len());
            self.tokens.push(Token { span, kind: token.kind });
        }
        self.bits.clear();
        self.lists.bits(&self.text, &self.tokens, &mut self.names, &mut self.bits);
        let features = &mut self.features;
        let words = self.tokens.iter().zip(&self.bits).map(|(token, [begins, inside])| {
            let form = self.text.get(token.span.range()).unwrap_or_default();
            keys(form, *begins, *inside, features)
        });
        let cut = |column: &[u32]| column.iter().take(length).copied().collect();
        Example {
            keys: words.collect(),
            tags: sentence.tags.iter().take(length).copied().collect(),
            heads: cut(&sentence.heads),
            relations: sentence.relations.iter().take(length).copied().collect(),
            names: sentence.names.iter().take(length).copied().collect(),
        }
    }
}

fn write_form(form: &str, writing: Writing, out: &mut String) {
    match writing {
        Writing::AsItIs => out.push_str(form),
        Writing::Upper => out.extend(form.chars().flat_map(char::to_uppercase)),
        Writing::Lower => out.extend(form.chars().flat_map(char::to_lowercase)),
        Writing::Title => {
            let small = form.chars().count() <= 3 && form.chars().all(char::is_lowercase);
            let mut characters = form.chars();
            match characters.next() {
                Some(first) if !small => {
                    out.extend(first.to_uppercase());
                    out.push_str(characters.as_str());
                }
                Some(_) | None => out.push_str(form),
            }
        }
    }
}

/// The order of an epoch: sentences of all sources, each as often as its share says, in a random order.
pub(super) fn epoch_order(sources: &[Source], rng: &mut Rng) -> Vec<(u32, u32)> {
    let mut order = Vec::new();
    for (source_ix, source) in sources.iter().enumerate() {
        for sentence_ix in 0..source.sentences.len() {
            let whole = source.share.floor();
            let times = whole as u32 + u32::from(rng.happens(source.share - whole));
            order.extend((0..times).map(|_| (source_ix as u32, sentence_ix as u32)));
        }
    }
    rng.shuffle(&mut order);
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_outside_names_may_be_of_kinds_that_the_corpus_leaves_out() {
        let known = kind_set(&[NameKind::Person, NameKind::Organisation]);
        let masks = name_masks(3, &[(1..3, kind_set(&[NameKind::Person]))], known);
        assert_eq!(masks[1], 1 << 1);
        assert_eq!(masks[2], 1 << 3);
        assert_eq!(masks[0] & 0b1_1111_1111, 1, "neither person nor organisation");
        assert_eq!(masks[0] >> 9, (1 << 24) - 1, "but any other kind");
        assert_eq!(name_masks(1, &[], ALL_KINDS), [1]);
    }

    #[test]
    fn title_case_leaves_small_words() {
        let mut out = String::new();
        for form in ["élysée", "of", "NATO", "the", "talks"] {
            write_form(form, Writing::Title, &mut out);
            out.push(' ');
        }
        assert_eq!(out, "Élysée of NATO the Talks ");
    }
}
