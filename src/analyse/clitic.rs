//! Says where one word is divided: before a clitic, inside a fused form, between a number and its unit.
//!
//! Offsets are bytes into the word. Nothing is divided off twice: a word has one clitic at most.

use super::joint::is_word_character;
use crate::pack::Pieces;
use crate::text::fold_into;

/// Longest fused form, in bytes, that is looked up.
const FUSED_BYTES_MAX: usize = 12;

/// Whether a character is a straight or curly apostrophe.
pub(super) fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '’')
}

/// The ends of the first and the second word of `word`: (4, 0) for `Iran's`, (3, 0) for `cannot`, (0, 0) for `attack`.
pub(super) fn word_cuts(word: &str, pieces: &Pieces, scratch: &mut String) -> (usize, usize) {
    let (Some(first), Some(last)) = (word.bytes().next(), word.bytes().next_back()) else {
        return (0, 0);
    };
    if word.len() <= FUSED_BYTES_MAX && pieces.may_be_fused(first, last) {
        scratch.clear();
        fold_into(word, scratch);
        let short = word.chars().count() <= 3;
        if let Some([first, second, third]) = pieces.fused(scratch)
            && !(short && word.chars().any(char::is_uppercase))
        {
            let first = characters_length(word, first);
            let two = characters_length(word, second + first as u8);
            return (first, if third == 0 { 0 } else { two });
        }
    }
    (clitic_start(word).unwrap_or(0), 0)
}

fn characters_length(word: &str, count: u8) -> usize {
    word.char_indices().nth(usize::from(count)).map_or(word.len(), |(at, _)| at)
}

/// Where the clitic of a word begins: `Iran's` at 4, `doesn't` at 4.
fn clitic_start(word: &str) -> Option<usize> {
    if word.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let at = word.rfind(is_apostrophe)?;
    let (stem, clitic) = word.split_at_checked(at)?;
    if stem.is_empty() || is_plural_number(stem) {
        return None;
    }
    if clitic_length(clitic) == clitic.len() {
        return Some(at);
    }
    let negation = clitic.chars().nth(1).is_some_and(|last| last.eq_ignore_ascii_case(&'t'))
        && clitic.chars().count() == 2
        && stem.len() > 1
        && stem.ends_with(['n', 'N']);
    negation.then(|| at - 1)
}

/// `1960's` and `47's` are plurals, `2016's` is a possessive.
fn is_plural_number(stem: &str) -> bool {
    stem.bytes().all(|byte| byte.is_ascii_digit()) && (stem.len() < 3 || stem.ends_with('0'))
}

/// Bytes of the clitic at the beginning of `rest`, 0 where there is none.
pub(super) fn clitic_length(rest: &str) -> usize {
    let Some(mark) = rest.chars().next().filter(|first| is_apostrophe(*first)) else { return 0 };
    let Some((_, letters)) = rest.split_at_checked(mark.len_utf8()) else { return 0 };
    let end = letters.find(|c: char| !is_word_character(c)).unwrap_or(letters.len());
    let word = letters.get(..end).unwrap_or_default();
    let known = ["s", "re", "ve", "ll", "d", "m"].iter().any(|c| word.eq_ignore_ascii_case(c));
    if known { mark.len_utf8() + word.len() } else { 0 }
}

/// Where the unit of a number begins (`10km` at 2), 0 where there is none. `money`: a sign of currency is before it.
pub(super) fn unit_start(word: &str, money: bool, pieces: &Pieces, scratch: &mut String) -> usize {
    if !word.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) {
        return 0;
    }
    let Some(at) = word.find(char::is_alphabetic) else { return 0 };
    let (_, unit) = word.split_at_checked(at).unwrap_or((word, ""));
    if unit.len() > 6 {
        return 0;
    }
    scratch.clear();
    fold_into(unit, scratch);
    if pieces.is_unit(scratch) || (money && pieces.is_amount(scratch)) { at } else { 0 }
}
