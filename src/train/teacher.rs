//! What a finished model, the teacher, adds to a corpus: trees of sentences that have names only, and both for texts
//! that have neither.
//!
//! A wider network that was trained on the same corpora knows more than the one that is to be shipped, which learns it
//! from the teacher's answers (self-training and distillation, Hinton et al. 2015, McClosky et al. 2006). Answers that
//! the teacher is not sure of are left out. What people annotated is never replaced.

use super::batch::{ALL_KINDS, Source, TrainingSentence, name_masks};
use super::corpus::{Corpus, WORDS_MAX};
use super::gradient::{UNKNOWN_HEAD, UNKNOWN_TAG};
use crate::analyse::{Block, complete, split};
use crate::model::{Analysis, Name, Notes, Sentence, Span, TokenIx, TokenRange};
use crate::pack::Setup;

/// Arcs below this probability, in thousandths, teach nothing.
const ARC_SCORE_MIN: u16 = 600;

/// A sentence with a name below this probability, in thousandths, teaches nothing about names there.
const NAME_SCORE_MIN: u16 = 700;

/// Shorter sentences of texts are mostly remains of lists.
const WORDS_MIN: usize = 5;

/// One text of a file of texts.
#[derive(serde::Deserialize)]
struct TextLine {
    id: String,
    text: String,
}

/// The texts of a JSONL file with `id` and `text` a line, without those whose id `without` holds for.
///
/// # Errors
/// The number of the first line that is not such an object, and why.
pub fn read_texts(jsonl: &str, without: &dyn Fn(&str) -> bool) -> Result<Vec<String>, String> {
    let mut texts = Vec::new();
    for (at, line) in jsonl.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let line: TextLine =
            serde_json::from_str(line).map_err(|error| format!("line {}: {error}", at + 1))?;
        if !without(&line.id) {
            texts.push(line.text);
        }
    }
    Ok(texts)
}

impl Corpus<'_> {
    /// Gives tags and arcs to every sentence that has none.
    pub fn add_trees(&mut self, teacher: &Setup) {
        let mut sources = std::mem::take(&mut self.sources);
        let sentences = sources.iter_mut().flat_map(|source| &mut source.sentences);
        for sentence in sentences.filter(|sentence| sentence.heads.is_empty()) {
            let tokens =
                TokenRange { start: TokenIx(0), end: TokenIx(sentence.tokens.len() as u32) };
            let span = Span::of(0, sentence.text.len());
            let mut analysis = Analysis {
                tokens: sentence.tokens.clone(),
                sentences: vec![Sentence { span, tokens, headline: false }],
                folded: " ".to_owned(),
                folded_starts: vec![1; sentence.tokens.len() + 1],
                ..Analysis::default()
            };
            complete(teacher, &sentence.text, &mut analysis);
            self.take_tree(&analysis, tokens, sentence);
        }
        self.sources = sources;
    }

    /// Adds the sentences of texts that nobody annotated.
    pub fn add_texts(&mut self, teacher: &Setup, texts: &[String], share: f32) {
        let mut sentences = Vec::new();
        for text in texts {
            let block = Block { span: Span::of(0, text.len()), headline: false };
            let mut analysis = split(teacher, text, [block], &mut Notes::default());
            complete(teacher, text, &mut analysis);
            for sentence in &analysis.sentences {
                if (WORDS_MIN..=WORDS_MAX).contains(&sentence.tokens.len()) {
                    sentences.push(self.taught(&analysis, sentence, text));
                }
            }
        }
        self.sources.push(Source { sentences, share });
    }

    fn taught(&mut self, analysis: &Analysis, sentence: &Sentence, text: &str) -> TrainingSentence {
        let range = sentence.tokens;
        let shift = sentence.span.start;
        let tokens = analysis.tokens_of(range).iter().map(|token| {
            let span = Span::new(token.span.start - shift, token.span.end - shift);
            crate::model::Token { span, ..*token }
        });
        let mut taught = TrainingSentence {
            text: text.get(sentence.span.range()).unwrap_or_default().to_owned(),
            tokens: tokens.collect(),
            ..TrainingSentence::default()
        };
        let first = range.start.at();
        let inside = |at: usize| range.range().contains(&at);
        let names = analysis.names.iter().filter(|name| inside(name.tokens.start.at()));
        let (sure, unsure): (Vec<_>, Vec<_>) =
            names.partition(|name| name.score.thousandths() >= NAME_SCORE_MIN);
        let named: Vec<_> = sure
            .iter()
            .map(|name: &&Name| {
                (name.tokens.start.at() - first..name.tokens.end.at() - first, 1 << name.kind.ix())
            })
            .collect();
        taught.names = name_masks(range.len(), &named, ALL_KINDS);
        for name in unsure {
            let places = name.tokens.start.at() - first..name.tokens.end.at() - first;
            let masks = taught.names.get_mut(places).unwrap_or_default();
            masks.fill(u64::MAX);
        }
        self.take_tree(analysis, range, &mut taught);
        taught
    }

    /// Tags and arcs of a range of the analysis, as far as the teacher is sure of them.
    fn take_tree(
        &mut self,
        analysis: &Analysis,
        range: TokenRange,
        sentence: &mut TrainingSentence,
    ) {
        let first = range.start.0;
        let known = |tag| self.tags.iter().position(|other| *other == tag);
        let tags = analysis.tags.get(range.range()).unwrap_or_default();
        sentence.tags =
            tags.iter().map(|tag| known(*tag).map_or(UNKNOWN_TAG, |class| class as u16)).collect();
        let arcs = analysis.arcs.get(range.range()).unwrap_or_default();
        let head = |arc: &crate::model::Arc| match arc.head {
            _ if arc.head_score.thousandths() < ARC_SCORE_MIN => UNKNOWN_HEAD,
            None => 0,
            Some(head) => head.0 - first + 1,
        };
        sentence.heads = arcs.iter().map(head).collect();
        sentence.relations = arcs.iter().map(|arc| arc.relation.ix() as u8).collect();
    }
}
