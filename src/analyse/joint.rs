//! Says how far a word or number goes: which marks hold the characters around them together.
//!
//! An apostrophe between letters does, a comma between groups of three digits, a stop inside a letter chain; a hyphen
//! only after a bound prefix, before a bound suffix, and inside telephone numbers and dates. A word is at most
//! [`WORD_BYTES_MAX`] bytes longer than its first part, so that no run of marks takes quadratic time.

use unicode_normalization::char::is_combining_mark;

use super::clitic::is_apostrophe;
use crate::pack::{Abbreviation, Lexicon, Pieces};
use crate::text::fold_into;

/// Beyond this many bytes no mark joins.
const WORD_BYTES_MAX: usize = 256;

/// Longest part, in bytes, that is looked up in the lists of pieces.
const PIECE_BYTES_MAX: usize = 12;

/// Longest telephone number in bytes.
const PHONE_BYTES_MAX: usize = 24;

/// Whether a character is part of words and numbers. Marks and joiners count, so that a decomposed letter or a word of
/// an Indic or Arabic script is not broken.
pub(super) fn is_word_character(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_alphanumeric();
    }
    character.is_alphanumeric() && !is_small_number(character)
        || is_combining_mark(character)
        || matches!(character, '\u{ad}' | '\u{200c}' | '\u{200d}')
}

/// `²` of `km²`.
fn is_small_number(character: char) -> bool {
    matches!(character, '²' | '³' | '¹')
}

/// Bytes of the word at the beginning of `rest`. The first character is taken whatever it is.
pub(super) fn word_length(rest: &str, lexicon: &Lexicon, scratch: &mut String) -> usize {
    let first = rest.chars().next().map_or(0, char::len_utf8);
    let mut joints = Joints { pieces: lexicon.pieces(), lexicon, scratch };
    let mut end = first;
    let mut part_start = 0;
    loop {
        end += word_characters_length(rest.get(end..).unwrap_or_default());
        let (Some(before), Some(tail)) = (rest.get(..end), rest.get(end..)) else { return end };
        let mut characters = tail.chars();
        let Some(mark) = characters.next() else { return end };
        let after = characters.as_str();
        let part = rest.get(part_start..end).unwrap_or_default();
        if before.len() > WORD_BYTES_MAX
            || !after.starts_with(is_word_character)
            || !joints.joins(before, part, mark, after)
        {
            return end;
        }
        end += mark.len_utf8();
        part_start = end;
    }
}

fn word_characters_length(text: &str) -> usize {
    let ascii = text.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let tail = text.get(ascii..).unwrap_or_default();
    if tail.bytes().next().is_none_or(|byte| byte.is_ascii()) {
        return ascii;
    }
    ascii + tail.find(|c: char| !is_word_character(c)).unwrap_or(tail.len())
}

/// Bytes of the hyphen that a broken-off word ends with (`th-`), 0 where the hyphen is a mark of its own.
pub(super) fn trailing_hyphen_length(word: &str, tail: &str) -> usize {
    let broken = word.len() <= 2 && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    let ends = tail.strip_prefix('-').is_some_and(|rest| {
        rest.chars().next().is_none_or(|next| !is_word_character(next) && next != '-')
    });
    usize::from(broken && ends && word.bytes().skip(1).all(|byte| byte.is_ascii_lowercase()))
}

struct Joints<'a> {
    pieces: &'a Pieces,
    lexicon: &'a Lexicon,
    scratch: &'a mut String,
}

impl Joints<'_> {
    /// Whether `mark` holds together what is before it, whose last part is `part`, and the word character after it.
    fn joins(&mut self, before: &str, part: &str, mark: char, after: &str) -> bool {
        let previous = before.chars().next_back().unwrap_or(mark);
        let next = after.chars().next().unwrap_or(mark);
        let letters = previous.is_alphabetic() && next.is_alphabetic();
        let digits = previous.is_ascii_digit() && next.is_ascii_digit();
        match mark {
            '-' | '\u{2010}' | '\u{2011}' => self.hyphen_joins(before, after),
            _ if is_apostrophe(mark) => previous.is_alphanumeric() && next.is_alphabetic(),
            '.' => self.stop_joins(before, part, after),
            ',' => digits && is_group(after),
            ':' => digits,
            '/' => digits || self.is_whole(before, after),
            '&' => {
                let short = part.chars().count() <= 3;
                let case = |c: char| (c.is_uppercase(), c.is_lowercase());
                let small =
                    previous.is_lowercase() && (part.len() > 1 || next_part(after).len() > 1);
                letters && short && !small && case(previous) == case(next)
            }
            '_' => true,
            '*' => letters,
            _ => false,
        }
    }

    fn hyphen_joins(&mut self, before: &str, after: &str) -> bool {
        let digit = after.starts_with(|next: char| next.is_ascii_digit());
        if digit && before.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'/')) {
            return before.len() <= PHONE_BYTES_MAX && is_digit_chain(before, after);
        }
        if before.len() > PIECE_BYTES_MAX {
            return self.ends_with_suffix(after);
        }
        self.fold(before);
        let acronym = before.len() <= 3 && before.bytes().all(|byte| byte.is_ascii_uppercase());
        (self.pieces.is_prefix(self.scratch) && !(acronym && before.len() > 1))
            || self.ends_with_suffix(after)
            || self.is_whole(before, after)
    }

    fn ends_with_suffix(&mut self, after: &str) -> bool {
        let part = next_part(after);
        let last = after.get(part.len()..).is_none_or(|rest| !rest.starts_with('-'));
        self.fold(part);
        last && part.len() <= PIECE_BYTES_MAX && self.pieces.is_suffix(self.scratch)
    }

    fn is_whole(&mut self, before: &str, after: &str) -> bool {
        let part = next_part(after);
        let short = before.len() + part.len() < PIECE_BYTES_MAX;
        short
            && ['-', '/'].iter().any(|mark| {
                self.scratch.clear();
                fold_into(before, self.scratch);
                self.scratch.push(*mark);
                fold_into(part, self.scratch);
                self.pieces.is_whole(self.scratch)
            })
    }

    fn stop_joins(&mut self, before: &str, part: &str, after: &str) -> bool {
        let next = next_part(after);
        let first = next.chars().next().unwrap_or('.');
        let previous = part.chars().next_back().unwrap_or('.');
        if previous.is_numeric() {
            return !first.is_uppercase();
        }
        let lower = part.chars().filter(|c| c.is_lowercase()).count();
        if first.is_numeric() {
            self.fold(part);
            let numbered =
                || self.lexicon.abbreviation(self.scratch) == Some(Abbreviation::Numbered);
            return lower < 3 && !(part.len() == before.len() && numbered());
        }
        // A stop without a space after it (`the war.The`) is a slip of the keyboard, not a joint.
        if lower >= 3 && first.is_uppercase() {
            self.fold(next);
            return next.len() >= 3 && self.pieces.is_ending(self.scratch);
        }
        let chained = part.len() < before.len()
            || after.get(next.len()..).is_some_and(|rest| {
                let mut rest = rest.chars();
                rest.next() == Some('.') && rest.next().is_some_and(is_word_character)
            });
        if chained || part.chars().count() < 2 || next.chars().count() < 2 || lower == 0 {
            return true;
        }
        self.fold(next);
        first.is_uppercase() || self.pieces.is_ending(self.scratch)
    }

    fn fold(&mut self, text: &str) {
        self.scratch.clear();
        if text.len() <= PIECE_BYTES_MAX {
            fold_into(text, self.scratch);
        }
    }
}

/// The word characters at the beginning of `text`.
fn next_part(text: &str) -> &str {
    text.get(..word_characters_length(text)).unwrap_or_default()
}

/// Whether `after`, behind a comma, begins with a group of three digits, or with one of two before such a group.
fn is_group(after: &str) -> bool {
    let digits = |text: &str| text.bytes().take(4).take_while(u8::is_ascii_digit).count();
    let lakhs = |rest: &str| rest.strip_prefix(',').is_some_and(|rest| digits(rest) == 3);
    match digits(after) {
        3 => true,
        2 => after.get(2..).is_some_and(lakhs),
        _ => false,
    }
}

/// Whether the digits and hyphens around a hyphen are a telephone number, a postal code or a date, and no range.
fn is_digit_chain(before: &str, after: &str) -> bool {
    if before.starts_with('+') || before.contains('/') {
        return true;
    }
    let bytes = after.bytes().take(PHONE_BYTES_MAX);
    let length = bytes.take_while(|byte| byte.is_ascii_digit() || *byte == b'-').count();
    let tail = after.get(..length).unwrap_or_default();
    let groups = before.split('-').chain(tail.split('-')).map(str::len);
    let (count, longest) =
        groups.fold((0, 0), |(count, longest), length| (count + 1, length.max(longest)));
    let first = before.split('-').next().map_or(0, str::len);
    let last = tail.split('-').next_back().map_or(0, str::len);
    match count {
        2 => matches!((first, last), (3 | 5, 4)),
        _ => longest >= 2,
    }
}
