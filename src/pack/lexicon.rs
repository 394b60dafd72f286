//! Makes the word lists of `lexicon/*.tsv` into questions that sentence and mention rules ask about one folded word.
//!
//! Words are folded at load; a word that is in a list twice is a mistake that names both lines. What a word is in its
//! sentence is not known here.

use super::pieces::Pieces;
use super::table::{Mistake, Row};
use crate::map::{Map, Set};
use crate::text::fold;

/// The word lists.
#[derive(Debug)]
pub struct Lexicon {
    abbreviations: Map<String, Abbreviation>,
    starters: Set<String>,
    stop_names: Set<String>,
    determiners: Set<String>,
    pieces: Pieces,
}

/// What a full stop after an abbreviation may mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Abbreviation {
    /// Something always follows (`Mr.`, `Gen.`, `Sen.`): it never ends a sentence.
    Title,
    /// It may end a sentence too (`Inc.`, `U.S.`, `p.m.`).
    Ambiguous,
    /// The same, but only with a capital (`Sat.`, `Mass.`): in small letters it is a word.
    Capitalised,
    /// It is one only before a number (`No. 10`, `p. 5`), and never ends a sentence then.
    Numbered,
}

impl Lexicon {
    /// What the abbreviation is, given folded and without its final full stop (`gen`, `u.s`, `p.m`).
    pub fn abbreviation(&self, folded_without_final_stop: &str) -> Option<Abbreviation> {
        self.abbreviations.get(folded_without_final_stop).copied()
    }

    /// Whether the folded word, capitalised after an ambiguous abbreviation, begins a new sentence (`the`, `he`).
    pub fn is_sentence_starter(&self, folded: &str) -> bool {
        self.starters.contains(folded)
    }

    /// Whether the folded word is an article, a demonstrative, a possessive or a quantifier.
    pub fn is_determiner(&self, folded: &str) -> bool {
        self.determiners.contains(folded)
    }

    /// Whether the folded word, though capitalised, is no name and no part of one at its edge: function words,
    /// weekdays, months, sentence adverbs.
    pub fn is_stop_name(&self, folded: &str) -> bool {
        self.stop_names.contains(folded)
    }

    /// Where runs of characters are divided.
    pub fn pieces(&self) -> &Pieces {
        &self.pieces
    }

    pub(super) fn parse(files: &super::Files<'_>, mistakes: &mut Vec<Mistake>) -> Self {
        Lexicon {
            abbreviations: parse_abbreviations(files, mistakes),
            starters: parse_words(files, "lexicon/starters.tsv", mistakes),
            stop_names: parse_words(files, "lexicon/stop_names.tsv", mistakes),
            determiners: parse_words(files, "lexicon/determiners.tsv", mistakes),
            pieces: Pieces::parse(files, mistakes),
        }
    }
}

fn parse_abbreviations(
    files: &super::Files<'_>,
    mistakes: &mut Vec<Mistake>,
) -> Map<String, Abbreviation> {
    let mut lines = Map::default();
    let mut abbreviations = Map::default();
    for row in files.read("lexicon/abbreviations.tsv", &["abbreviation", "kind"], mistakes) {
        let kind = match row.text("kind") {
            "title" => Abbreviation::Title,
            "ambiguous" => Abbreviation::Ambiguous,
            "capitalised" => Abbreviation::Capitalised,
            "numbered" => Abbreviation::Numbered,
            other => {
                let kinds = "title, ambiguous, capitalised, numbered";
                let what = format!("unknown kind `{other}`, kinds are {kinds}");
                mistakes.push(row.mistake("kind", what));
                continue;
            }
        };
        let Some(stem) = row.text("abbreviation").strip_suffix('.') else {
            let what = format!("`{}` does not end in a full stop", row.text("abbreviation"));
            mistakes.push(row.mistake("abbreviation", what));
            continue;
        };
        if let Some(stem) = word(&row, "abbreviation", stem, &mut lines, mistakes) {
            abbreviations.insert(stem, kind);
        }
    }
    abbreviations
}

fn parse_words(files: &super::Files<'_>, file: &str, mistakes: &mut Vec<Mistake>) -> Set<String> {
    let mut lines = Map::default();
    let rows = files.read(file, &["word"], mistakes);
    rows.iter()
        .filter_map(|row| word(row, "word", row.text("word"), &mut lines, mistakes))
        .collect()
}

/// The folded word, unless it is no single word or stands on an earlier line.
fn word(
    row: &Row,
    column: &str,
    text: &str,
    lines: &mut Map<String, u32>,
    mistakes: &mut Vec<Mistake>,
) -> Option<String> {
    let folded = fold(text);
    if folded.is_empty() || folded.contains(' ') {
        mistakes.push(row.mistake(column, format!("`{text}` is not one word")));
        return None;
    }
    if let Some(line) = lines.get(&folded) {
        let what = format!("`{}` is already on line {line}", row.text(column));
        mistakes.push(row.mistake(column, what));
        return None;
    }
    lines.insert(folded.clone(), row.line());
    Some(folded)
}
