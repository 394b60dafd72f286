//! Makes `lexicon/pieces.tsv` into the questions that the tokeniser asks about a part of a run of characters.
//!
//! Texts are folded at load, emoticons are not. A text that stands twice under one kind is a mistake that names both
//! lines. Which part of a text a question is about is for the tokeniser to say.

use super::table::{Mistake, Row};
use crate::map::{Map, Set};
use crate::text::fold;

const FILE: &str = "lexicon/pieces.tsv";

/// Number of characters of the words of a fused form; a form has three words at most.
pub type Cuts = [u8; 3];

/// The lists of pieces.
#[derive(Debug)]
pub struct Pieces {
    prefixes: Set<String>,
    suffixes: Set<String>,
    wholes: Set<String>,
    units: Set<String>,
    amounts: Set<String>,
    endings: Set<String>,
    fused: Map<String, Cuts>,
    /// One bit for each pair of a first and a last byte of a fused form, five bits of each.
    fused_edges: [u64; 16],
    /// Longest first.
    emoticons: Vec<String>,
}

impl Pieces {
    /// Whether the folded text stays with the word behind its hyphen (`co`).
    pub fn is_prefix(&self, folded: &str) -> bool {
        self.prefixes.contains(folded)
    }

    /// Whether the folded text stays with the word before its hyphen (`wise`).
    pub fn is_suffix(&self, folded: &str) -> bool {
        self.suffixes.contains(folded)
    }

    /// Whether the folded text is never divided (`s/he`).
    pub fn is_whole(&self, folded: &str) -> bool {
        self.wholes.contains(folded)
    }

    /// Whether the folded text, right behind a number, is a word of its own (`km`).
    pub fn is_unit(&self, folded: &str) -> bool {
        self.units.contains(folded)
    }

    /// Whether the folded text, right behind an amount of money, is a word of its own (`b` of `$2b`).
    pub fn is_amount(&self, folded: &str) -> bool {
        self.amounts.contains(folded)
    }

    /// Whether the folded text, behind the last full stop, ends a host or a file name (`com`).
    pub fn is_ending(&self, folded: &str) -> bool {
        self.endings.contains(folded)
    }

    /// Whether a fused form begins and ends with these bytes. Cheap; letters of either case give the same answer.
    pub fn may_be_fused(&self, first: u8, last: u8) -> bool {
        let (word, bit) = edge(first, last);
        self.fused_edges.get(word).is_some_and(|bits| bits & bit != 0)
    }

    /// Where the folded form is divided: the number of characters of each word (`cannot`: 3, 3, 0).
    pub fn fused(&self, folded: &str) -> Option<Cuts> {
        self.fused.get(folded).copied()
    }

    /// The length in bytes of the longest emoticon that `text` begins with.
    pub fn emoticon_length(&self, text: &str) -> Option<usize> {
        self.emoticons.iter().find(|emoticon| text.starts_with(*emoticon)).map(String::len)
    }

    pub(super) fn parse(files: &super::Files<'_>, mistakes: &mut Vec<Mistake>) -> Self {
        let mut pieces = Pieces {
            prefixes: Set::default(),
            suffixes: Set::default(),
            wholes: Set::default(),
            units: Set::default(),
            amounts: Set::default(),
            endings: Set::default(),
            fused: Map::default(),
            fused_edges: [0; 16],
            emoticons: Vec::new(),
        };
        let mut lines = Map::default();
        for row in files.read(FILE, &["text", "kind"], mistakes) {
            let (text, kind) = (row.text("text"), row.text("kind"));
            if let Some(line) = lines.insert((text.to_owned(), kind.to_owned()), row.line()) {
                mistakes.push(row.mistake("text", format!("`{text}` is already on line {line}")));
            } else if let Err((column, what)) = pieces.add(&row) {
                mistakes.push(row.mistake(column, what));
            }
        }
        pieces.emoticons.sort_by(|left, right| right.len().cmp(&left.len()).then(left.cmp(right)));
        pieces
    }

    fn add(&mut self, row: &Row) -> Result<(), (&'static str, String)> {
        let text = row.text("text");
        let folded = fold(text);
        let list = match row.text("kind") {
            "prefix" => &mut self.prefixes,
            "suffix" => &mut self.suffixes,
            "whole" => &mut self.wholes,
            "unit" => &mut self.units,
            "amount" => &mut self.amounts,
            "ending" => &mut self.endings,
            "emoticon" => {
                self.emoticons.push(text.to_owned());
                return Ok(());
            }
            "fused" => return self.add_fused(&folded).map_err(|what| ("text", what)),
            other => {
                let kinds = "prefix, suffix, whole, fused, unit, amount, ending, emoticon";
                return Err(("kind", format!("unknown kind `{other}`, kinds are {kinds}")));
            }
        };
        if folded.is_empty() || folded.contains(' ') {
            return Err(("text", format!("`{text}` is not one word")));
        }
        list.insert(folded);
        Ok(())
    }

    fn add_fused(&mut self, folded: &str) -> Result<(), String> {
        let mut cuts = Cuts::default();
        let words: Vec<&str> = folded.split(' ').collect();
        let known = (2..=cuts.len()).contains(&words.len());
        if !known || words.iter().any(|word| word.is_empty()) || !folded.is_ascii() {
            return Err(format!("`{folded}` is not two or three words of ASCII letters"));
        }
        for (cut, word) in cuts.iter_mut().zip(&words) {
            *cut = word.len() as u8;
        }
        let form = words.concat();
        if let (Some(first), Some(last)) = (form.bytes().next(), form.bytes().next_back()) {
            let (word, bit) = edge(first, last);
            if let Some(bits) = self.fused_edges.get_mut(word) {
                *bits |= bit;
            }
        }
        self.fused.insert(form, cuts);
        Ok(())
    }
}

/// The place of a pair of bytes among 1024 bits.
fn edge(first: u8, last: u8) -> (usize, u64) {
    let place = usize::from(first & 31) << 5 | usize::from(last & 31);
    (place >> 6, 1 << (place & 63))
}
