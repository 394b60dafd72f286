//! The words whose inflected forms the rules of spelling do not give, out of `lexicon/irregular.tsv`.
//!
//! Training reads them for the lemmas; extraction has those in the model file, so a pack that is loaded does not parse
//! this table.

use super::{Mistake, PackError, Table, embedded};

const FILE: &str = "lexicon/irregular.tsv";

/// What a word is, and with that what its two lists of forms are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IrregularClass {
    /// Past tense, past participle.
    Verb,
    /// Plural, nothing.
    Noun,
    /// Comparative, superlative.
    Adjective,
    /// Comparative, superlative.
    Adverb,
}

/// A word with its forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IrregularWord {
    /// The lemma.
    pub lemma: String,
    /// What it is.
    pub class: IrregularClass,
    /// The first list of forms.
    pub first: Vec<String>,
    /// The second list of forms.
    pub second: Vec<String>,
}

/// The words of the embedded pack.
///
/// # Errors
/// Every row that is not as the table's head says; a test sees to it that there are none.
pub fn irregular_words() -> Result<Vec<IrregularWord>, PackError> {
    let (mut words, mut mistakes) = (Vec::new(), Vec::new());
    let bytes = embedded::FILES.iter().find(|(file, _)| *file == FILE).map_or(&[][..], |(_, b)| b);
    let columns = ["lemma", "class", "first", "second"];
    for row in Table::read(FILE, bytes, &columns, &mut mistakes) {
        let class = match row.text("class") {
            "verb" => IrregularClass::Verb,
            "noun" => IrregularClass::Noun,
            "adjective" => IrregularClass::Adjective,
            "adverb" => IrregularClass::Adverb,
            other => {
                let mistake: Mistake = row.mistake("class", format!("`{other}` is no class"));
                mistakes.push(mistake);
                continue;
            }
        };
        let forms = |column| row.list(column).filter(|form| *form != "-").map(str::to_owned);
        let (first, second) = (forms("first").collect(), forms("second").collect());
        words.push(IrregularWord { lemma: row.text("lemma").to_owned(), class, first, second });
    }
    if mistakes.is_empty() { Ok(words) } else { Err(PackError { mistakes }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_table_is_sound() {
        let words = irregular_words().unwrap();
        let go = words.iter().find(|word| word.lemma == "go").unwrap();
        assert_eq!((go.first.join("|"), go.second.join("|")), ("went".into(), "gone".into()));
        let child = words.iter().find(|word| word.lemma == "child").unwrap();
        assert_eq!((child.class, child.second.len()), (IrregularClass::Noun, 0));
        assert!(words.iter().all(|word| !word.first.is_empty()));
        assert!(
            words
                .windows(2)
                .all(|pair| (&pair[0].lemma, pair[0].class) < (&pair[1].lemma, pair[1].class))
        );
    }
}
