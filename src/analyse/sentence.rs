//! Says where the sentences of a block end, token by token.
//!
//! A sentence ends after a stop, a question or an exclamation mark, with the quotes and brackets that close behind it,
//! before something that can begin a sentence. After an abbreviation that may end one, only a frequent starter (`The`,
//! `He`) counts as a beginning; after a title or an initial nothing does. Where both readings are possible the sentence
//! goes on: two events in one long sentence cost less than an actor cut off from its verb.

use crate::model::Token;
use crate::pack::{Abbreviation, Lexicon};
use crate::text::fold_into;

/// How far a closing bracket is looked for. A bracket that stays open longer is taken for a slip, and sentences end
/// inside it again.
const BRACKET_TOKENS_MAX: usize = 40;

/// How far after a closing quote the verb of its speaker is looked for (`"Never!" Prime Minister Jane Doe said.`).
const SPEAKER_TOKENS_MAX: usize = 6;

/// Verbs that hand a quote to its speaker.
const REPORTING: [&str; 9] =
    ["said", "says", "asked", "asks", "told", "added", "wrote", "shouted", "replied"];

/// Number of tokens of the sentence that begins at the first of `tokens`, which are the rest of a block.
pub(super) fn sentence_length(
    text: &str,
    tokens: &[Token],
    lexicon: &Lexicon,
    scratch: &mut String,
) -> usize {
    let view = View { text, tokens, lexicon };
    let mut bracket_opened_at = None;
    for at in 0..tokens.len() {
        match view.word(at) {
            "(" | "[" => bracket_opened_at = Some(at),
            ")" | "]" => bracket_opened_at = None,
            _ => {}
        }
        let Some(stop) = view.stop_at(at, scratch) else { continue };
        let end = view.with_closers(at + 1);
        let inside_bracket = bracket_opened_at.is_some()
            && !view.closes_bracket(at + 1..end)
            && view.closes_bracket(end..end + BRACKET_TOKENS_MAX);
        if !inside_bracket && view.begins_sentence(end, at, stop, scratch) {
            return end;
        }
    }
    tokens.len()
}

/// What kind of stop stands at a token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// A full stop or an ellipsis.
    Plain,
    /// A question or an exclamation mark.
    Marked,
    /// The stop of an abbreviation that may end a sentence.
    Abbreviated,
}

struct View<'a> {
    text: &'a str,
    tokens: &'a [Token],
    lexicon: &'a Lexicon,
}

impl View<'_> {
    fn word(&self, at: usize) -> &str {
        let span = self.tokens.get(at).map(|token| token.span.range());
        span.and_then(|span| self.text.get(span)).unwrap_or_default()
    }

    /// Whether white space divides a token from the one before.
    fn spaced(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|before| self.tokens.get(before));
        match (before, self.tokens.get(at)) {
            (Some(before), Some(token)) => before.span.end < token.span.start,
            (None, _) | (_, None) => true,
        }
    }

    fn stop_at(&self, at: usize, scratch: &mut String) -> Option<Stop> {
        let word = self.word(at);
        match word {
            "!" | "?" => return Some(Stop::Marked),
            "…" | "。" => return Some(Stop::Plain),
            _ => {}
        }
        let stem = word.strip_suffix('.')?;
        if stem.trim_matches('.').is_empty() {
            return Some(Stop::Plain);
        }
        scratch.clear();
        fold_into(stem, scratch);
        match self.lexicon.abbreviation(scratch) {
            Some(Abbreviation::Title) => None,
            // A stop that the tokeniser left with a word without a row is that of an initial or of a letter chain.
            Some(Abbreviation::Ambiguous) | None => Some(Stop::Abbreviated),
        }
    }

    /// The end of the marks that belong to the stop: further stops, and quotes and brackets that close.
    fn with_closers(&self, from: usize) -> usize {
        let mut end = from;
        while end < self.tokens.len() {
            let closes = match self.word(end) {
                "!" | "?" | "”" | "’" | "»" | ")" | "]" => true,
                "\"" | "'" | "''" => {
                    !self.spaced(end) && (self.spaced(end + 1) || self.is_mark(end + 1))
                }
                _ => false,
            };
            if !closes || self.spaced(end) {
                break;
            }
            end += 1;
        }
        end
    }

    fn is_mark(&self, at: usize) -> bool {
        matches!(self.word(at), ")" | "]" | "\"" | "'" | "”" | "’")
    }

    fn closes_bracket(&self, range: std::ops::Range<usize>) -> bool {
        range.take_while(|at| *at < self.tokens.len()).any(|at| matches!(self.word(at), ")" | "]"))
    }

    /// Whether the token at `next` begins a sentence after the stop at `stop_at`.
    fn begins_sentence(
        &self,
        next: usize,
        stop_at: usize,
        stop: Stop,
        scratch: &mut String,
    ) -> bool {
        if next >= self.tokens.len() {
            return true;
        }
        if is_list_number(self.word(0)) && stop_at <= 1 {
            return false;
        }
        let first = self.first_word(next);
        let Some(initial) = self.word(first).chars().next() else { return false };
        let slipped = stop == Stop::Plain && initial.is_uppercase();
        if !(self.spaced(next) || slipped) {
            return false;
        }
        if initial.is_lowercase()
            || !(initial.is_alphanumeric() || first > next || is_bullet(initial))
        {
            return false;
        }
        match stop {
            Stop::Plain => true,
            Stop::Marked => next == stop_at + 1 || !self.speaker_follows(next),
            Stop::Abbreviated => {
                scratch.clear();
                fold_into(self.word(first), scratch);
                let quoted = next > stop_at + 1 && initial.is_uppercase();
                quoted || (initial.is_uppercase() && self.lexicon.is_sentence_starter(scratch))
            }
        }
    }

    /// The first token from `at` that is no opening quote or bracket.
    fn first_word(&self, at: usize) -> usize {
        let opens = |word: &str| {
            matches!(word, "\"" | "'" | "''" | "“" | "‘" | "«" | "(" | "[" | "–" | "—" | "--")
        };
        (at..self.tokens.len().min(at + 3)).find(|at| !opens(self.word(*at))).unwrap_or(at)
    }

    /// Whether a reporting verb stands in the next few tokens, before any other punctuation mark.
    fn speaker_follows(&self, from: usize) -> bool {
        (from..from + SPEAKER_TOKENS_MAX)
            .map(|at| self.word(at))
            .take_while(|word| word.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-')))
            .any(|word| REPORTING.contains(&word))
    }
}

/// `1.` at the beginning of a line numbers it.
fn is_list_number(word: &str) -> bool {
    !word.is_empty() && word.len() <= 2 && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_bullet(character: char) -> bool {
    matches!(character, '•' | '*' | '-' | '–' | '—' | '$' | '€' | '£' | '@' | '#')
}
