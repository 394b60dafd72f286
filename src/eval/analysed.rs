//! Analyses of gold texts: from raw text, with gold sentences, or with gold tokens.
//!
//! The one place where scorers and the analysis stage meet.

use crate::analyse::{Block, complete, split};
use crate::model::{Analysis, Notes, Sentence, Span, Token, TokenIx, TokenRange};
use crate::pack::Setup;
use crate::text::fold_token_into;

use super::conllu::TreeDocument;
use super::entity_file::{EntityDocument, kind_of};

/// The analysis of a treebank document's raw text, its paragraphs given.
pub fn analyse_raw(setup: &Setup, document: &TreeDocument) -> Analysis {
    analysed(setup, &document.text, document.paragraphs.iter().copied())
}

/// The words of a treebank document as text, and the analysis whose tokens and sentences they are.
pub fn analyse_words(setup: &Setup, document: &TreeDocument) -> (String, Analysis) {
    let (text, spans) = document.worded();
    let mut analysis = Analysis::default();
    analysis.folded.push(' ');
    for span in spans {
        let form = text.get(span.range()).unwrap_or_default();
        analysis.folded_starts.push(analysis.folded.len() as u32);
        fold_token_into(form, &mut analysis.folded);
        analysis.folded.push(' ');
        analysis.tokens.push(Token { span, kind: kind_of(form) });
    }
    analysis.folded_starts.push(analysis.folded.len() as u32);
    let ranges = document.sentences.iter().map(|sentence| sentence.tokens);
    analysis.sentences = ranges.filter_map(|tokens| sentence(&analysis, tokens)).collect();
    complete(setup, &text, &mut analysis);
    (text, analysis)
}

/// The analysis of a text with names: where it has gold sentences, our tokens within them; else from raw text.
pub fn analyse_entities(setup: &Setup, document: &EntityDocument) -> Analysis {
    let spans: Vec<Span> = document
        .sentences
        .iter()
        .filter_map(|tokens| {
            let tokens = document.tokens.get(tokens.range())?;
            Some(tokens.first()?.span.cover(tokens.last()?.span))
        })
        .collect();
    if spans.is_empty() {
        return analysed(setup, &document.text, [Span::of(0, document.text.len())]);
    }
    let mut analysis = divided(setup, &document.text, spans.iter().copied());
    let mut sentences = Vec::with_capacity(spans.len());
    for span in spans {
        let start = analysis.tokens.partition_point(|token| token.span.end <= span.start);
        let end = analysis.tokens.partition_point(|token| token.span.start < span.end);
        let tokens = TokenRange { start: TokenIx(start as u32), end: TokenIx(end as u32) };
        sentences.extend(sentence(&analysis, tokens));
    }
    analysis.sentences = sentences;
    complete(setup, &document.text, &mut analysis);
    analysis
}

/// The analysis of a text whose blocks, none a headline, are given.
pub fn analysed(setup: &Setup, text: &str, blocks: impl IntoIterator<Item = Span>) -> Analysis {
    let mut analysis = divided(setup, text, blocks);
    complete(setup, text, &mut analysis);
    analysis
}

fn divided(setup: &Setup, text: &str, blocks: impl IntoIterator<Item = Span>) -> Analysis {
    let blocks = blocks.into_iter().map(|span| Block { span, headline: false });
    split(setup, text, blocks, &mut Notes::default())
}

/// The sentence of some tokens; `None` of no token.
fn sentence(analysis: &Analysis, tokens: TokenRange) -> Option<Sentence> {
    let words = analysis.tokens_of(tokens);
    let span = words.first()?.span.cover(words.last()?.span);
    Some(Sentence { span, tokens, headline: false })
}
