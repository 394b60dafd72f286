//! Scores of a finished model on dev and test parts, and the floors that a released model must reach.

use crate::eval::{
    GoldError, NameTally, SyntaxReport, SyntaxTally, analyse_entities, analyse_raw, analyse_words,
    read_conllu, read_entities,
};
use crate::pack::Setup;

/// What a file is scored for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    /// Words, sentences, tags, trees, lemmas.
    Trees,
    /// Names.
    Names,
}

/// Files that a model is scored on, below the data directory. None of them is learned from.
const FILES: [(&str, Task); 8] = [
    ("ud_ewt/dev.conllu", Task::Trees),
    ("ud_ewt/test.conllu", Task::Trees),
    ("ud_gum/dev.conllu", Task::Trees),
    ("ud_gum/test.conllu", Task::Trees),
    ("uner_ewt/dev.iob2", Task::Names),
    ("uner_ewt/test.iob2", Task::Names),
    ("current_events_ner/dev.jsonl", Task::Names),
    ("current_events_ner/test.jsonl", Task::Names),
];

/// Lowest figures of a released model, as file, measure, share.
const FLOORS: [(&str, &str, f64); 9] = [
    ("ud_ewt/test.conllu", "las_raw", 0.795),
    ("ud_ewt/test.conllu", "las_gold", 0.84),
    ("ud_ewt/test.conllu", "upos_gold", 0.953),
    ("ud_ewt/test.conllu", "lemma_gold", 0.965),
    ("ud_gum/test.conllu", "las_raw", 0.82),
    ("ud_gum/test.conllu", "upos_gold", 0.96),
    ("uner_ewt/test.iob2", "ner_f1", 0.70),
    ("current_events_ner/test.jsonl", "ner_f1", 0.86),
    ("current_events_ner/test.jsonl", "ner_f1_8", 0.80),
];

/// One figure of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The file scored.
    pub file: &'static str,
    /// The measure, as `dateline eval` names it.
    pub measure: String,
    /// Its value, 0 to 1.
    pub value: f64,
}

/// Paths of the files that a model is scored on.
pub fn scored_paths() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(path, _)| *path)
}

/// The figures of a setup's model on those files whose texts are given.
///
/// # Errors
/// The first line of a file that can not be read.
pub fn score(
    setup: &Setup,
    texts: &[(&'static str, String)],
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<Figure>, GoldError> {
    let mut figures = Vec::new();
    for (path, task) in FILES {
        let Some((_, text)) = texts.iter().find(|(other, _)| *other == path) else { continue };
        progress(path);
        let measures = match task {
            Task::Trees => tree_measures(setup, path, text)?,
            Task::Names => name_measures(setup, path, text)?,
        };
        let named = measures.into_iter();
        figures.extend(named.map(|(measure, value)| Figure { file: path, measure, value }));
    }
    Ok(figures)
}

fn tree_measures(setup: &Setup, path: &str, text: &str) -> Result<Vec<(String, f64)>, GoldError> {
    let mut report = SyntaxReport::default();
    for document in read_conllu(path, text)? {
        let analysis = analyse_raw(setup, &document);
        report.raw.add(&SyntaxTally::raw(&document, &analysis));
        let (words, analysis) = analyse_words(setup, &document);
        report.gold.add(&SyntaxTally::gold(&document, &words, &analysis));
    }
    let measures = report.measures().into_iter();
    Ok(measures.map(|(name, both)| (name.to_owned(), both.f1().unwrap_or(0.0))).collect())
}

fn name_measures(setup: &Setup, path: &str, text: &str) -> Result<Vec<(String, f64)>, GoldError> {
    let mut tally = NameTally::default();
    for document in read_entities(path, text)? {
        let analysis = analyse_entities(setup, &document);
        tally.add(&NameTally::of(&document, &analysis));
    }
    let measures = tally.measures().into_iter();
    Ok(measures.map(|(name, both)| (name, both.f1().unwrap_or(0.0))).collect())
}

/// The lowest figures of a released model, as file, measure, share.
pub fn floors() -> impl Iterator<Item = (&'static str, &'static str, f64)> {
    FLOORS.into_iter()
}

/// The floors that the figures miss, in words. A figure that is not there misses none.
pub fn below_floors(figures: &[Figure]) -> Vec<String> {
    let missed = FLOORS.iter().filter_map(|(file, measure, floor)| {
        let mut figures = figures.iter();
        let figure = figures.find(|figure| figure.file == *file && figure.measure == *measure)?;
        (figure.value < *floor)
            .then(|| format!("{file} {measure} {:.4}, the floor is {floor}", figure.value))
    });
    missed.collect()
}
