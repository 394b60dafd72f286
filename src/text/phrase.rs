//! Longest match of a table of phrases over a folded text, by one Aho-Corasick automaton.
//!
//! The text is a run of folded tokens, each followed by one space, after one leading space. Phrases are stored with a
//! space on both sides, so that only whole tokens match. Hits come leftmost first, and of those that begin at the same
//! token the longest; they are sorted and do not overlap.
//! The automaton reports every overlapping match and the choice is made here, since its own leftmost-longest mode
//! would consume the space that the next hit needs.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

use crate::map::Set;

/// A table of phrases, each with a value.
#[derive(Clone, Debug)]
pub struct PhraseTable<V> {
    automaton: AhoCorasick,
    values: Vec<V>,
}

/// A phrase found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhraseHit<V> {
    /// First byte of the phrase in the haystack.
    pub start: u32,
    /// One past its last byte; the space that follows is not part of it.
    pub end: u32,
    /// What the table says about it.
    pub value: V,
}

/// Why a table of phrases cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhraseError {
    /// The phrase at this place of the rows could never match: it is empty, or its words are not separated by single
    /// spaces. Correct the row.
    #[error("phrase `{phrase}` is not words separated by single spaces")]
    Malformed {
        /// Index into the rows.
        row_index: usize,
        /// The phrase as given.
        phrase: String,
    },
    /// The automaton would be too large. Split the table.
    #[error("phrases do not fit one automaton: {cause}")]
    TooLarge {
        /// What the automaton's builder says.
        cause: String,
    },
}

impl<V: Copy> PhraseTable<V> {
    /// Builds the table of folded phrases. Of equal phrases the first row wins.
    ///
    /// # Errors
    /// [`PhraseError`] for a phrase that could never match and for a table that is too large.
    pub fn build(rows: &[(String, V)]) -> Result<Self, PhraseError> {
        let mut seen = Set::default();
        let mut patterns = Vec::with_capacity(rows.len());
        let mut values = Vec::with_capacity(rows.len());
        for (row_index, (phrase, value)) in rows.iter().enumerate() {
            if phrase.split(' ').any(str::is_empty) {
                return Err(PhraseError::Malformed { row_index, phrase: phrase.clone() });
            }
            if seen.insert(phrase.as_str()) {
                patterns.push(format!(" {phrase} "));
                values.push(*value);
            }
        }
        // every pattern begins with a space, so a prefilter on first bytes would stop at every token for nothing
        let automaton = AhoCorasickBuilder::new()
            .match_kind(MatchKind::Standard)
            .prefilter(false)
            .build(&patterns)
            .map_err(|error| PhraseError::TooLarge { cause: error.to_string() })?;
        Ok(PhraseTable { automaton, values })
    }

    /// Fills `hits` (what was in it is dropped) with the hits in `haystack`: leftmost, longest, not overlapping,
    /// sorted.
    pub fn longest(&self, haystack: &str, hits: &mut Vec<PhraseHit<V>>) {
        hits.clear();
        for found in self.automaton.find_overlapping_iter(haystack) {
            if let Some(value) = self.values.get(found.pattern().as_usize()) {
                let (start, end) = (found.start() as u32 + 1, found.end() as u32 - 1);
                hits.push(PhraseHit { start, end, value: *value });
            }
        }
        hits.sort_unstable_by_key(|hit| (hit.start, std::cmp::Reverse(hit.end)));
        let mut free_from = 0;
        hits.retain(|hit| {
            let free = hit.start >= free_from;
            if free {
                free_from = hit.end;
            }
            free
        });
    }

    /// Number of different phrases.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether the table holds no phrase.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table(phrases: &[&str]) -> PhraseTable<usize> {
        let rows: Vec<_> =
            phrases.iter().enumerate().map(|(at, phrase)| ((*phrase).to_owned(), at)).collect();
        PhraseTable::build(&rows).unwrap()
    }

    fn found<'a>(table: &PhraseTable<usize>, haystack: &'a str) -> Vec<(&'a str, usize)> {
        let mut hits = Vec::new();
        table.longest(haystack, &mut hits);
        hits.iter().map(|h| (&haystack[h.start as usize..h.end as usize], h.value)).collect()
    }

    #[test]
    fn takes_the_longest_of_the_leftmost_and_only_whole_tokens() {
        let table = table(&["prime", "prime minister", "minister of state", "us", "heart attack"]);
        assert_eq!(
            found(&table, " the prime minister of state in the us , a heart attack "),
            [("prime minister", 1), ("us", 3), ("heart attack", 4)]
        );
        assert_eq!(found(&table, " primed bus ministers "), []);
    }

    #[test]
    fn neighbours_share_the_space_between_them() {
        assert_eq!(
            found(&table(&["a", "b", "a b c"]), " a b a b c b "),
            [("a", 0), ("b", 1), ("a b c", 2), ("b", 1)]
        );
    }

    #[test]
    fn the_first_of_equal_phrases_wins() {
        let table = table(&["a", "b", "a"]);
        assert_eq!((table.len(), table.is_empty()), (2, false));
        assert_eq!(found(&table, " a b "), [("a", 0), ("b", 1)]);
    }

    #[test]
    fn an_empty_table_finds_nothing() {
        let table = table(&[]);
        assert!(table.is_empty());
        assert_eq!(found(&table, " a b "), []);
    }

    #[test]
    fn refuses_phrases_that_cannot_match() {
        for phrase in ["", " a", "a ", "a  b"] {
            let rows = [("x".to_owned(), 0), (phrase.to_owned(), 1)];
            let error = PhraseTable::build(&rows).unwrap_err();
            assert_eq!(
                error,
                PhraseError::Malformed { row_index: 1, phrase: phrase.to_owned() },
                "{phrase:?}"
            );
            let message = format!("phrase `{phrase}` is not words separated by single spaces");
            assert_eq!(error.to_string(), message);
        }
    }

    proptest! {
        #[test]
        fn hits_are_whole_tokens_sorted_apart_and_longest(
            phrases in prop::collection::vec("[ab]{1,2}( [ab]{1,2}){0,2}", 0..8),
            tokens in prop::collection::vec("[abc]{1,2}", 0..20),
        ) {
            let rows: Vec<(String, usize)> = phrases.iter().cloned().zip(0..).collect();
            let haystack: String =
                std::iter::once(" ".to_owned()).chain(tokens.iter().map(|t| format!("{t} "))).collect();
            let mut hits = Vec::new();
            PhraseTable::build(&rows).unwrap().longest(&haystack, &mut hits);
            // the same by trying every phrase at every token
            let mut expected = Vec::new();
            let mut at = 0;
            while at < haystack.len() {
                let rest = &haystack[at..];
                let best = phrases.iter().filter(|p| rest.starts_with(&format!(" {p} "))).max_by_key(|p| p.len());
                match best {
                    Some(phrase) => {
                        expected.push((at + 1, phrase.as_str()));
                        at += 1 + phrase.len();
                    }
                    None => at += 1 + rest[1..].find(' ').unwrap_or(rest.len()),
                }
            }
            let seen: Vec<_> = hits
                .iter()
                .map(|h| (h.start as usize, phrases[h.value].as_str()))
                .collect();
            prop_assert_eq!(seen, expected);
        }
    }
}
