//! Makes the tokens of one block of text.
//!
//! Tokens are sorted, do not overlap, lie on character boundaries, and together hold every character that is not white
//! space. A clitic (`'s`, `n't`) is a token of its own; a hyphenated word, a number with its separators, an address and
//! an abbreviation with its stop are one token each. Whether a stop belongs to an abbreviation is decided here; whether
//! a sentence ends there is not.

use unicode_normalization::char::is_combining_mark;

use crate::model::{Span, Token, TokenKind};
use crate::pack::{Abbreviation, Lexicon};
use crate::text::fold_into;

/// Adds the tokens of `block` to `tokens`. `scratch` is room for a folded word.
pub(super) fn tokenise(
    text: &str,
    block: Span,
    lexicon: &Lexicon,
    scratch: &mut String,
    tokens: &mut Vec<Token>,
) {
    let mut scanner = Scanner { lexicon, scratch, tokens };
    let mut rest = text.get(block.range()).unwrap_or_default();
    let mut at = block.start as usize;
    loop {
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        if trimmed.is_empty() {
            return;
        }
        let length = trimmed.find(char::is_whitespace).unwrap_or(trimmed.len());
        let (chunk, after) = split(trimmed, length);
        scanner.chunk(chunk, at, after);
        at += chunk.len();
        rest = after;
    }
}

/// Whether a character is part of words and numbers. Marks and joiners count, so that a decomposed letter or a word of
/// an Indic or Arabic script is not broken.
pub(super) fn is_word_character(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_alphanumeric();
    }
    character.is_alphanumeric()
        || is_combining_mark(character)
        || matches!(character, '\u{ad}' | '\u{200c}' | '\u{200d}')
}

/// Whether a character is a straight or curly apostrophe.
pub(super) fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '’')
}

fn split(text: &str, at: usize) -> (&str, &str) {
    text.split_at_checked(at).unwrap_or((text, ""))
}

struct Scanner<'a> {
    lexicon: &'a Lexicon,
    scratch: &'a mut String,
    tokens: &'a mut Vec<Token>,
}

impl Scanner<'_> {
    /// A run without white space. `after` is what follows it in the block.
    fn chunk(&mut self, chunk: &str, at: usize, after: &str) {
        let core = chunk.trim_matches(is_wrapping);
        if !is_address(core) {
            self.pieces(chunk, at, after);
            return;
        }
        let lead = chunk.len() - chunk.trim_start_matches(is_wrapping).len();
        let (lead, rest) = split(chunk, lead);
        let (core, tail) = split(rest, core.len());
        self.pieces(lead, at, "");
        self.push(at + lead.len(), core.len(), TokenKind::Word);
        self.pieces(tail, at + lead.len() + core.len(), after);
    }

    fn pieces(&mut self, chunk: &str, at: usize, after: &str) {
        let mut rest = chunk;
        while let Some(first) = rest.chars().next() {
            let here = at + (chunk.len() - rest.len());
            let length = if is_word_character(first) || starts_number(rest, chunk) {
                self.word(rest, here, after)
            } else {
                let clitic = if rest.len() < chunk.len() { clitic_length(rest) } else { 0 };
                let length = if clitic > 0 { clitic } else { mark_length(rest, first) };
                let kind = if clitic > 0 { TokenKind::Word } else { TokenKind::Punctuation };
                self.push(here, length, kind);
                length
            };
            rest = split(rest, length).1;
        }
    }

    /// The word or number at the beginning of `rest`, as one token or as a word and its clitic. Gives its length.
    fn word(&mut self, rest: &str, at: usize, after: &str) -> usize {
        let mut length = word_length(rest);
        let (word, tail) = split(rest, length);
        let number = !word.chars().any(char::is_alphabetic);
        if number {
            length += usize::from(tail.starts_with('%'));
        } else if let Some(stem) = clitic_start(word) {
            self.push(at, stem, TokenKind::Word);
            self.push(at + stem, length - stem, TokenKind::Word);
            return length;
        } else if tail.starts_with('.') && !tail.starts_with("..") && self.keeps_stop(word, after) {
            length += 1;
        }
        self.push(at, length, if number { TokenKind::Number } else { TokenKind::Word });
        length
    }

    /// Whether the stop after `word` belongs to it.
    fn keeps_stop(&mut self, word: &str, after: &str) -> bool {
        let mut letters = word.chars();
        if letters.next().is_some_and(char::is_uppercase) && letters.all(is_combining_mark) {
            return true;
        }
        if word.contains('.') && word.split('.').all(|part| part.chars().count() <= 2) {
            return true;
        }
        let next = after.trim_start().chars().next();
        self.scratch.clear();
        fold_into(word, self.scratch);
        if self.scratch == "no" {
            return next.is_some_and(char::is_numeric);
        }
        match self.lexicon.abbreviation(self.scratch) {
            None => false,
            Some(Abbreviation::Title) => true,
            // `sat.` and `sun.` are mostly words: a lower-case word before a capital ends its sentence.
            Some(Abbreviation::Ambiguous) => {
                let lower = !word.chars().any(char::is_uppercase);
                !(lower && next.is_none_or(char::is_uppercase))
            }
        }
    }

    fn push(&mut self, at: usize, length: usize, kind: TokenKind) {
        if length > 0 {
            self.tokens.push(Token { span: Span::of(at, at + length), kind });
        }
    }
}

/// Punctuation that may stand around an address.
fn is_wrapping(character: char) -> bool {
    matches!(
        character,
        '(' | ')'
            | '['
            | ']'
            | '{'
            | '}'
            | '<'
            | '>'
            | '"'
            | '\''
            | '“'
            | '”'
            | '‘'
            | '’'
            | '.'
            | ','
            | ';'
            | ':'
            | '!'
            | '?'
            | '…'
    )
}

/// Whether a run is a URL, an e-mail address, an @name or a #topic.
fn is_address(core: &str) -> bool {
    let starts_word = |text: &str| text.chars().next().is_some_and(is_word_character);
    if let Some(rest) = core.strip_prefix(['@', '#']) {
        return starts_word(rest) && rest.chars().any(char::is_alphabetic);
    }
    if let Some((scheme, rest)) = core.split_once("://") {
        return !scheme.is_empty()
            && !rest.is_empty()
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric());
    }
    if core.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www.")) {
        return core.len() > 4;
    }
    core.split_once('@').is_some_and(|(name, host)| {
        starts_word(name) && starts_word(host) && host.contains('.') && !host.contains('@')
    })
}

/// A sign before a digit, or the apostrophe of `'90s`, at the beginning of a chunk.
fn starts_number(rest: &str, chunk: &str) -> bool {
    let mut characters = rest.chars();
    let sign = characters.next();
    let digit = |character: Option<char>| character.is_some_and(|c| c.is_ascii_digit());
    match sign {
        Some('-' | '+' | '−') => rest.len() == chunk.len() && digit(characters.next()),
        Some(mark) if is_apostrophe(mark) => {
            digit(characters.next()) && digit(characters.next()) && characters.next() == Some('s')
        }
        _ => false,
    }
}

/// Bytes of the word at the beginning of `rest`. The first character is taken whatever it is.
fn word_length(rest: &str) -> usize {
    let mut characters = rest.char_indices().peekable();
    let Some((_, first)) = characters.next() else { return 0 };
    let mut end = first.len_utf8();
    let mut previous = first;
    let mut segment = Segment::default().with(first);
    while let Some((at, character)) = characters.next() {
        if !is_word_character(character) {
            let next = characters.peek().map(|(_, next)| *next);
            let joined = next.is_some_and(|next| {
                is_word_character(next) && joins(previous, character, next, segment)
            });
            if !joined && !is_chain_before_hyphen(rest, at) {
                break;
            }
            segment = Segment::default();
        } else {
            segment = segment.with(character);
        }
        previous = character;
        end = at + character.len_utf8();
    }
    end
}

/// Whether the mark at `at` is the last stop of a letter chain that a hyphen carries on, as in `U.S.-led`.
fn is_chain_before_hyphen(rest: &str, at: usize) -> bool {
    let (word, tail) = split(rest, at);
    let chain = word.contains('.') && word.split('.').all(|part| part.chars().count() == 1);
    let hyphen = tail.strip_prefix(".-").and_then(|tail| tail.chars().next());
    chain && hyphen.is_some_and(is_word_character)
}

/// What stands since the last joining mark.
#[derive(Clone, Copy, Default)]
struct Segment {
    characters_count: u32,
    lower_count: u32,
}

impl Segment {
    fn with(self, character: char) -> Self {
        Segment {
            characters_count: self.characters_count + 1,
            lower_count: self.lower_count + u32::from(character.is_lowercase()),
        }
    }
}

/// Whether `mark` holds the characters around it together.
fn joins(previous: char, mark: char, next: char, before: Segment) -> bool {
    let digits = previous.is_numeric() && next.is_numeric();
    match mark {
        '-' | '\u{2010}' | '\u{2011}' | '\'' | '’' | '_' => true,
        // A stop without a space after it (`the war.The`) is a slip of the keyboard, not a joint.
        '.' => {
            let ends_sentence = before.lower_count >= 3 || previous.is_numeric();
            !(ends_sentence && next.is_uppercase())
        }
        ',' | ':' | '/' => digits,
        '&' => previous.is_uppercase() && next.is_uppercase() && before.characters_count <= 3,
        _ => false,
    }
}

/// Where the clitic of a word begins: `Iran's` at 4, `doesn't` at 4.
fn clitic_start(word: &str) -> Option<usize> {
    let at = word.rfind(is_apostrophe)?;
    let (stem, clitic) = split(word, at);
    if stem.is_empty() {
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

/// Bytes of the clitic at the beginning of `rest`, 0 where there is none.
fn clitic_length(rest: &str) -> usize {
    let Some(mark) = rest.chars().next().filter(|first| is_apostrophe(*first)) else { return 0 };
    let letters = split(rest, mark.len_utf8()).1;
    let end = letters.find(|c: char| !is_word_character(c)).unwrap_or(letters.len());
    let word = split(letters, end).0;
    let known = ["s", "re", "ve", "ll", "d", "m"].iter().any(|c| word.eq_ignore_ascii_case(c));
    if known { mark.len_utf8() + word.len() } else { 0 }
}

/// Bytes of the punctuation at the beginning of `rest`: one character, or a run of stops or of hyphens.
fn mark_length(rest: &str, first: char) -> usize {
    if matches!(first, '.' | '-') {
        rest.len() - rest.trim_start_matches(first).len()
    } else {
        first.len_utf8()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pack::Pack;

    fn tokens(text: &str) -> Vec<(&str, TokenKind)> {
        let pack = Pack::embedded().unwrap();
        let mut tokens = Vec::new();
        let block = Span::of(0, text.len());
        tokenise(text, block, &pack.lexicon, &mut String::new(), &mut tokens);
        tokens.iter().map(|token| (&text[token.span.range()], token.kind)).collect()
    }

    #[test]
    fn kinds_follow_what_a_token_is_made_of() {
        assert_eq!(
            tokens("A 57-year-old paid $1,500.75, or 3%, on 9/11 at 10:30."),
            [
                ("A", TokenKind::Word),
                ("57-year-old", TokenKind::Word),
                ("paid", TokenKind::Word),
                ("$", TokenKind::Punctuation),
                ("1,500.75", TokenKind::Number),
                (",", TokenKind::Punctuation),
                ("or", TokenKind::Word),
                ("3%", TokenKind::Number),
                (",", TokenKind::Punctuation),
                ("on", TokenKind::Word),
                ("9/11", TokenKind::Number),
                ("at", TokenKind::Word),
                ("10:30", TokenKind::Number),
                (".", TokenKind::Punctuation),
            ]
        );
    }

    proptest! {
        #[test]
        fn tokens_hold_every_character_that_is_no_white_space(text in "\\PC*|[a-zA-Z0-9 .,'’\"\\-@:/#&!?…%]*") {
            let joined: String = tokens(&text).into_iter().map(|(token, _)| token).collect();
            let expected: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            prop_assert_eq!(joined, expected);
        }
    }
}
