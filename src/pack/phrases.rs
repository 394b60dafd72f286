//! Collects the folded phrases of one table, each once, and builds phrase tables out of them.
//!
//! A phrase that stands twice in one table is a mistake that names both lines: the second would silently never match.
//! Equal phrases of different tables are allowed; the table that was added first wins.

use super::table::{Mistake, Row};
use crate::map::Map;
use crate::text::{PhraseTable, fold, space_hyphens};

/// The phrases of one or more tables.
pub(super) struct Phrases<V> {
    rows: Vec<(String, V)>,
    lines: Map<String, u32>,
}

impl<V: Copy> Phrases<V> {
    pub(super) fn new() -> Self {
        Phrases { rows: Vec::new(), lines: Map::default() }
    }

    /// Begins the next table: what follows may repeat phrases of the tables before, and loses against them.
    pub(super) fn next_table(&mut self) {
        self.lines.clear();
    }

    /// Adds the folded form of `text`, which stands in `column` of `row`.
    pub(super) fn add(
        &mut self,
        (row, column): (&Row, &str),
        text: &str,
        value: V,
        mistakes: &mut Vec<Mistake>,
    ) {
        let folded = divided(&fold(text));
        if folded.split(' ').any(str::is_empty) {
            let what = format!("phrase `{text}` is not words separated by single spaces");
            mistakes.push(row.mistake(column, what));
        } else if let Some(line) = self.lines.get(&folded) {
            mistakes.push(row.mistake(column, format!("`{text}` is already on line {line}")));
        } else {
            self.lines.insert(folded.clone(), row.line());
            self.rows.push((folded, value));
        }
    }

    /// The phrase table, or `None` where it cannot be built, which is a mistake of `file` then.
    pub(super) fn build(self, file: &str, mistakes: &mut Vec<Mistake>) -> Option<PhraseTable<V>> {
        match PhraseTable::build(&self.rows) {
            Ok(table) => Some(table),
            Err(error) => {
                let (file, what) = (file.to_owned(), error.to_string());
                mistakes.push(Mistake { file, line: 0, column: None, what });
                None
            }
        }
    }
}

/// A folded phrase, divided as the tokeniser divides: clitics apart, hyphens between spaces.
fn divided(folded: &str) -> String {
    let mut out = String::with_capacity(folded.len() + 4);
    for (at, word) in folded.split(' ').enumerate() {
        if at > 0 {
            out.push(' ');
        }
        let start = out.len();
        let (stem, clitic) = word.split_at_checked(stem_length(word)).unwrap_or((word, ""));
        out.push_str(stem);
        space_hyphens(start, &mut out);
        if !clitic.is_empty() {
            out.push(' ');
            out.push_str(clitic);
        }
    }
    out
}

/// Bytes before the clitic of a word; all of them where it has none.
fn stem_length(word: &str) -> usize {
    const CLITICS: [&str; 8] = ["n't", "'s", "'re", "'ve", "'ll", "'d", "'m", "'"];
    let stem = match word {
        "cannot" => Some("can"),
        _ => CLITICS.iter().find_map(|clitic| word.strip_suffix(clitic)),
    };
    stem.filter(|stem| !stem.is_empty()).map_or(word.len(), str::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_divided_as_tokens_are() {
        for (phrase, expected) in [
            ("al-shabaab's fighters", "al - shabaab 's fighters"),
            ("the workers' union", "the workers ' union"),
            ("don't", "do n't"),
            ("cannot", "can not"),
            ("call 's", "call 's"),
            ("a  b", "a  b"),
            ("o'brien", "o'brien"),
        ] {
            assert_eq!(divided(phrase), expected);
        }
    }
}
