//! Tokens and sentences -> tags, arcs and lemmas, and the logits that names are decided by.
//!
//! One run of the network over the whole text. What it says of a word depends on the words of its sentence alone.

use crate::model::{Analysis, Arc, Relation, Score, TokenIx};
use crate::nn::{FeatureScratch, Keys, NetworkScratch, Outcome, keys};
use crate::pack::{NameScratch, Setup};

/// Fills tags, arcs and lemmas. Gives the logits of the names head, a row of classes per token.
pub(super) fn tag(setup: &Setup, text: &str, analysis: &mut Analysis) -> Vec<f32> {
    let model = &setup.pack.model;
    let keys = word_keys(setup, text, analysis);
    let lengths: Vec<u32> =
        analysis.sentences.iter().map(|sentence| sentence.tokens.len() as u32).collect();
    let mut outcome = Outcome::default();
    let mut scratch = NetworkScratch::default();
    model.network.run(model.kernel, &keys, &lengths, &mut scratch, &mut outcome);
    analysis.tags.clear();
    let tags = outcome.tags.iter().filter_map(|class| model.tags.get(usize::from(*class)));
    analysis.tags.extend(tags);
    fill_arcs(&outcome, analysis);
    fill_lemmas(setup, text, analysis);
    outcome.name_scores
}

/// Rows of the network's tables for every token.
fn word_keys(setup: &Setup, text: &str, analysis: &Analysis) -> Vec<Keys> {
    let mut bits = Vec::with_capacity(analysis.tokens.len());
    let mut names = NameScratch::default();
    for sentence in &analysis.sentences {
        setup.pack.names.bits(text, analysis.tokens_of(sentence.tokens), &mut names, &mut bits);
    }
    let mut features = FeatureScratch::default();
    let words = analysis.tokens.iter().zip(&bits).map(|(token, [begins, inside])| {
        let form = text.get(token.span.range()).unwrap_or_default();
        keys(form, *begins, *inside, &mut features)
    });
    words.collect()
}

fn fill_arcs(outcome: &Outcome, analysis: &mut Analysis) {
    analysis.arcs.clear();
    analysis.arcs.reserve(outcome.heads.len());
    let heads = outcome.heads.iter().zip(&outcome.head_probabilities);
    let relations = outcome.relations.iter().zip(&outcome.relation_probabilities);
    let mut words = heads.zip(relations);
    for sentence in &analysis.sentences {
        let before = sentence.tokens.start;
        for ((head, head_probability), (relation, probability)) in
            words.by_ref().take(sentence.tokens.len())
        {
            analysis.arcs.push(Arc {
                head: head.checked_sub(1).map(|at| TokenIx(before.0 + at)),
                relation: Relation::at(usize::from(*relation)).unwrap_or(Relation::Dep),
                head_score: score(*head_probability),
                relation_score: score(*probability),
            });
        }
    }
}

fn fill_lemmas(setup: &Setup, text: &str, analysis: &mut Analysis) {
    analysis.lemmas.clear();
    analysis.lemma_starts.clear();
    analysis.lemmas.reserve(text.len());
    let mut scratch = String::new();
    for (token, tag) in analysis.tokens.iter().zip(&analysis.tags) {
        analysis.lemma_starts.push(analysis.lemmas.len() as u32);
        let form = text.get(token.span.range()).unwrap_or_default();
        setup.pack.model.lemmas.lemma_into(form, *tag, &mut scratch, &mut analysis.lemmas);
    }
    analysis.lemma_starts.push(analysis.lemmas.len() as u32);
}

/// A probability in thousandths.
pub(super) fn score(probability: f32) -> Score {
    Score::from_thousandths((probability * 1000.0).round() as u16)
}
