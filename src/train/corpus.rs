//! Treebanks and texts with names -> sentences to learn from.
//!
//! Texts with names are divided by our own splitter and tokeniser, whatever their annotators did: the network reads
//! only such tokens later. A name holds every token that its span touches.

use super::batch::{
    ALL_KINDS, KindSet, Source, TrainingSentence, kind_set, name_masks, unknown_names,
};
use crate::analyse::{Block, split};
use crate::eval::{EntityDocument, TreeDocument, TreeWord};
use crate::map::Map;
use crate::model::{NameKind, Notes, Span, Tag, Token, TokenKind};
use crate::pack::Setup;
use crate::text::StableHash;

/// Longer sentences teach little about arcs and cost the square of their length.
pub(super) const WORDS_MAX: usize = 120;

/// What a network is trained on.
pub struct Corpus<'a> {
    setup: &'a Setup,
    /// Corpora, each with its share of an epoch.
    pub sources: Vec<Source>,
    /// Tag classes: the pairs of tags met, in the order in which they were met first.
    pub tags: Vec<Tag>,
}

impl<'a> Corpus<'a> {
    /// A corpus without sentences. Texts will be divided with `setup`.
    pub fn new(setup: &'a Setup) -> Self {
        Corpus { setup, sources: Vec::new(), tags: Vec::new() }
    }

    /// Adds the sentences of a treebank. `names` are documents of the same sentences with names, where there are any.
    pub fn add_treebank(
        &mut self,
        documents: &[TreeDocument],
        names: &[EntityDocument],
        share: f32,
    ) {
        let named: Map<String, Vec<u64>> = names.iter().flat_map(named_sentences).collect();
        let mut sentences = Vec::new();
        for document in documents {
            for sentence in &document.sentences {
                let words = document.words_of(sentence);
                if words.len() > WORDS_MAX {
                    continue;
                }
                let mut taught = self.of_words(words);
                let masks = named.get(&joined(words.iter().map(|word| word.form.as_str())));
                taught.names = masks.cloned().unwrap_or_else(|| unknown_names(words.len()));
                sentences.push(taught);
            }
        }
        self.sources.push(Source { sentences, share });
    }

    /// A hash over everything that is learned from.
    pub fn hash(&self) -> u64 {
        let mut hash = StableHash::new();
        for source in &self.sources {
            hash.write_u64(u64::from(source.share.to_bits()));
            for sentence in &source.sentences {
                hash.write_str(&sentence.text);
                for token in &sentence.tokens {
                    hash.write_u64(u64::from(token.span.end));
                }
                sentence.tags.iter().for_each(|tag| hash.write_u64(u64::from(*tag)));
                sentence.heads.iter().for_each(|head| hash.write_u64(u64::from(*head)));
                sentence.relations.iter().for_each(|label| hash.write_u64(u64::from(*label)));
                sentence.names.iter().for_each(|mask| hash.write_u64(*mask));
            }
        }
        hash.finish()
    }

    fn of_words(&mut self, words: &[TreeWord]) -> TrainingSentence {
        let mut taught = TrainingSentence::default();
        let mut end = None;
        for word in words {
            if end.is_some_and(|end| end < word.surface.start) {
                taught.text.push(' ');
            }
            end = Some(word.surface.end);
            let start = taught.text.len();
            taught.text.push_str(&word.form);
            let span = Span::of(start, taught.text.len());
            taught.tokens.push(Token { span, kind: TokenKind::Word });
            taught.tags.push(self.tag_class(word.tag));
            taught.heads.push(word.head);
            taught.relations.push(word.relation.ix() as u8);
        }
        taught
    }

    /// The class of a pair of tags.
    fn tag_class(&mut self, tag: Tag) -> u16 {
        let known = self.tags.iter().position(|other| *other == tag);
        known.unwrap_or_else(|| {
            self.tags.push(tag);
            self.tags.len() - 1
        }) as u16
    }

    /// Adds texts with names.
    pub fn add_names(&mut self, documents: &[EntityDocument], share: f32) {
        let mut sentences = Vec::new();
        for document in documents {
            let whole = Span::of(0, document.text.len());
            let spans: Vec<Span> = document
                .sentences
                .iter()
                .filter_map(|sentence| {
                    let tokens = document.tokens.get(sentence.range())?;
                    Some(Span::new(tokens.first()?.span.start, tokens.last()?.span.end))
                })
                .collect();
            let blocks = if spans.is_empty() { vec![whole] } else { spans };
            let known = known_kinds(document);
            for block in blocks {
                self.add_block(document, block, known, &mut sentences);
            }
        }
        self.sources.push(Source { sentences, share });
    }

    fn add_block(
        &self,
        document: &EntityDocument,
        block: Span,
        known: KindSet,
        sentences: &mut Vec<TrainingSentence>,
    ) {
        let block = Block { span: block, headline: false };
        let analysis = split(self.setup, &document.text, [block], &mut Notes::default());
        for sentence in &analysis.sentences {
            let tokens = analysis.tokens_of(sentence.tokens);
            if tokens.len() > WORDS_MAX {
                continue;
            }
            let names: Vec<_> = document
                .names
                .iter()
                .filter_map(|name| {
                    let start = tokens.partition_point(|token| token.span.end <= name.span.start);
                    let end = tokens.partition_point(|token| token.span.start < name.span.end);
                    (start < end).then(|| (start..end, kind_set(name.label.kinds)))
                })
                .collect();
            let text = document.text.get(sentence.span.range()).unwrap_or_default().to_owned();
            let tokens = tokens.iter().map(|token| Token {
                span: Span::new(
                    token.span.start - sentence.span.start,
                    token.span.end - sentence.span.start,
                ),
                ..*token
            });
            let tokens: Vec<Token> = tokens.collect();
            let names = name_masks(tokens.len(), &names, known);
            sentences.push(TrainingSentence { text, tokens, names, ..Default::default() });
        }
    }
}

fn known_kinds(document: &EntityDocument) -> KindSet {
    let kinds: Vec<NameKind> =
        NameKind::ALL.iter().copied().filter(|kind| document.scheme.knows(*kind)).collect();
    if kinds.len() == NameKind::ALL.len() { ALL_KINDS } else { kind_set(&kinds) }
}

/// The sentences of a document as their joined forms, with the name classes allowed.
fn named_sentences(document: &EntityDocument) -> Vec<(String, Vec<u64>)> {
    let known = known_kinds(document);
    let sentences = document.sentences.iter().filter_map(|sentence| {
        let range = sentence.range();
        let tokens = document.tokens.get(range.clone())?;
        let forms = tokens.iter().filter_map(|token| document.text.get(token.span.range()));
        let names: Vec<_> = document
            .names
            .iter()
            .map(|name| (name.tokens.range(), kind_set(name.label.kinds)))
            .filter(|(name, _)| name.start >= range.start && name.end <= range.end)
            .map(|(name, kinds)| (name.start - range.start..name.end - range.start, kinds))
            .collect();
        Some((joined(forms), name_masks(tokens.len(), &names, known)))
    });
    sentences.collect()
}

fn joined<'a>(forms: impl Iterator<Item = &'a str>) -> String {
    forms.fold(String::new(), |mut all, form| {
        all.push_str(form);
        all.push(' ');
        all
    })
}
