//! Makes the tokens of one block of text: the words of Universal Dependencies English.
//!
//! Tokens are sorted, do not overlap, lie on character boundaries, and together hold every character that is not white
//! space. A clitic (`'s`, `n't`), each part of a compound and the hyphen between them, a number and its unit are tokens
//! of their own; a number with its separators, an address and an abbreviation with its stop are one token each. Where a
//! run of characters is divided says `joint.rs`, where a word is, `clitic.rs`. Whether a stop belongs to an abbreviation
//! is decided here; whether a sentence ends there is not.

use super::clitic::{clitic_length, unit_start, word_cuts};
use super::joint::{is_word_character, trailing_hyphen_length, word_length};
use crate::model::{Span, Token, TokenKind};
use crate::pack::{Abbreviation, Lexicon};
use crate::text::fold_into;

pub(super) use super::clitic::is_apostrophe;

/// Adds the tokens of `block` to `tokens`. `scratch` is room for a folded word.
pub fn tokenise(
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
        let (chunk, after) = split(trimmed, chunk_length(trimmed));
        if chunk.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            scanner.word_pieces(chunk, at);
        } else {
            scanner.chunk(chunk, at, after);
        }
        at += chunk.len();
        rest = after;
    }
}

/// Bytes up to the first white space.
fn chunk_length(text: &str) -> usize {
    // the vertical tab is white space, but not to `is_ascii_whitespace`
    let ends = |byte: u8| byte.is_ascii_whitespace() || byte == 0x0b || byte >= 0x80;
    let ascii = text.bytes().position(ends);
    match ascii {
        None => text.len(),
        Some(at) if text.as_bytes().get(at).is_some_and(u8::is_ascii) => at,
        Some(_) => text.find(char::is_whitespace).unwrap_or(text.len()),
    }
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
        let Some((start, end)) = self.address(chunk) else {
            self.pieces(chunk, at, after);
            return;
        };
        let (head, tail) = split(chunk, end);
        let (lead, core) = split(head, start);
        self.pieces(lead, at, "");
        self.push(at + start, core.len(), TokenKind::Word);
        self.pieces(tail, at + end, after);
    }

    fn pieces(&mut self, chunk: &str, at: usize, after: &str) {
        let mut rest = chunk;
        let mut bracket_open = false;
        while let Some(first) = rest.chars().next() {
            let here = at + (chunk.len() - rest.len());
            let previous = split(chunk, chunk.len() - rest.len()).0.chars().next_back();
            let is_start = previous.is_none();
            let length = if is_word_character(first) || starts_number(rest, previous) {
                self.word(rest, (here, previous), after)
            } else {
                let leading = self.leading_word_length(rest, is_start);
                let clitic = if is_start { 0 } else { clitic_length(rest) };
                let emoticon = if bracket_open { None } else { self.emoticon_length(rest) };
                let word = leading.max(clitic);
                let kind = if word > 0 { TokenKind::Word } else { TokenKind::Punctuation };
                let mark = emoticon.unwrap_or_else(|| mark_length(rest, first));
                let length = if word > 0 { word } else { mark };
                bracket_open |= first == '(';
                self.push(here, length, kind);
                length
            };
            rest = split(rest, length).1;
        }
    }

    /// The word or number at the beginning of `rest`, as one token or as several. Gives the length of all.
    fn word(&mut self, rest: &str, (at, previous): (usize, Option<char>), after: &str) -> usize {
        let money = previous.is_some_and(is_currency);
        let length = word_length(rest, self.lexicon, self.scratch);
        let (word, tail) = split(rest, length);
        let hyphen = trailing_hyphen_length(word, tail);
        if hyphen > 0 {
            self.push(at, length + hyphen, TokenKind::Word);
            return length + hyphen;
        }
        let unit = unit_start(word, money, self.lexicon.pieces(), self.scratch);
        if unit > 0 {
            self.push(at, unit, TokenKind::Number);
        }
        let (word, start) = (split(word, unit).1, at + unit);
        let stop = tail.starts_with('.') && (!tail.starts_with("..") || tail == "..");
        if unit == 0 && !word.chars().any(char::is_alphabetic) {
            self.push(start, word.len(), TokenKind::Number);
        } else if (tail.starts_with('$') && is_currency_prefix(word, tail))
            || (stop && self.keeps_stop(word, split(tail, 1).1, after))
        {
            self.push(start, word.len() + 1, TokenKind::Word);
            return length + 1;
        } else {
            self.word_pieces(word, start);
        }
        length
    }

    /// One word of letters, divided where clitics and fused forms are.
    fn word_pieces(&mut self, word: &str, at: usize) {
        let (first, second) = word_cuts(word, self.lexicon.pieces(), self.scratch);
        if first == 0 {
            self.push(at, word.len(), TokenKind::Word);
            return;
        }
        self.push(at, first, TokenKind::Word);
        let second = if second == 0 { word.len() } else { second };
        self.push(at + first, second - first, TokenKind::Word);
        self.push(at + second, word.len() - second, TokenKind::Word);
    }

    /// Whether the stop after `word` belongs to it. `tail` is what follows the stop without white space, `after` what
    /// follows then.
    fn keeps_stop(&mut self, word: &str, tail: &str, after: &str) -> bool {
        if word.contains('.') && word.split('.').all(|part| part.chars().count() <= 2) {
            return true;
        }
        let next = || tail.chars().next().or_else(|| after.trim_start().chars().next());
        let mut letters = word.chars();
        let first = letters.next();
        if first.is_some_and(char::is_uppercase)
            && letters.all(unicode_normalization::char::is_combining_mark)
        {
            // `Bush and I.` and `vitamin C.` end a sentence; before a name `I.` is an initial
            return word != "I" && next().is_some()
                || next().is_some_and(|next| next.is_uppercase() && self.tokens.is_empty());
        }
        self.scratch.clear();
        fold_into(word, self.scratch);
        let capital = word.chars().any(char::is_uppercase);
        match self.lexicon.abbreviation(self.scratch) {
            None => false,
            Some(Abbreviation::Title) => true,
            Some(Abbreviation::Numbered) => next().is_some_and(char::is_numeric),
            Some(Abbreviation::Capitalised) => capital,
            Some(Abbreviation::Ambiguous) => capital || !next().is_none_or(char::is_uppercase),
        }
    }

    /// Bytes of a word or number that begins with a mark (`'em`, `'90s`), 0 where there is none.
    fn leading_word_length(&mut self, rest: &str, is_start: bool) -> usize {
        let mut characters = rest.chars();
        if !characters.next().is_some_and(is_apostrophe) {
            return 0;
        }
        let word = characters.as_str();
        let mut length = rest.len() - word.len();
        length += word.find(|c: char| !is_word_character(c)).unwrap_or(word.len());
        let ends_quoted = split(rest, length).1.chars().next().filter(|c| is_apostrophe(*c));
        for length in [length + ends_quoted.map_or(0, char::len_utf8), length] {
            self.scratch.clear();
            fold_into(split(rest, length).0, self.scratch);
            if length <= 12 && self.lexicon.pieces().is_whole(self.scratch) {
                return length;
            }
        }
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        let (word, _) = split(rest, length);
        let year =
            digits == 2 && (word.ends_with('s') || word.ends_with(|c: char| c.is_ascii_digit()));
        if year && is_start && ends_quoted.is_none() { length } else { 0 }
    }

    fn emoticon_length(&self, rest: &str) -> Option<usize> {
        let length = self.lexicon.pieces().emoticon_length(rest)?;
        let next = split(rest, length).1.chars().next();
        next.is_none_or(|next| !is_word_character(next)).then_some(length)
    }

    /// Where the URL, e-mail address, @name, #topic or host in `chunk` begins and ends.
    fn address(&mut self, chunk: &str) -> Option<(usize, usize)> {
        let marked = |byte| matches!(byte, b'@' | b'#' | b':' | b'/' | b'w' | b'W');
        if !chunk.bytes().any(marked) {
            return None;
        }
        let core = chunk.trim_matches(is_wrapping);
        let mut start = chunk.len() - chunk.trim_start_matches(is_wrapping).len();
        let end = start + core.len();
        let opened = core.rfind(['<', '"']).map_or(0, |at| at + 1);
        let core = split(core, opened).1;
        start += opened;
        if !is_address(core) && !self.is_path(core) {
            let scheme = core.find("://")?;
            let (before, _) = split(core, scheme);
            let begins = before.rfind(|c: char| !c.is_ascii_alphanumeric())? + 1;
            let (_, address) = before.split_at_checked(begins)?;
            start += begins;
            return (!address.is_empty()).then_some((start, end));
        }
        Some((start, end))
    }

    /// Whether a run is a host with a path (`example.org/a`).
    fn is_path(&mut self, core: &str) -> bool {
        let Some((host, _)) = core.split_once('/') else { return false };
        let Some((name, ending)) = host.rsplit_once('.') else { return false };
        self.scratch.clear();
        fold_into(ending, self.scratch);
        name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
            && self.lexicon.pieces().is_ending(self.scratch)
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
    let begins = |prefix: &str| {
        core.len() > prefix.len()
            && core.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    if begins("www.") || begins("mailto:") || begins("doi:") {
        return true;
    }
    core.split_once('@')
        .is_some_and(|(name, host)| starts_word(name) && starts_word(host) && !host.contains('@'))
}

/// A sign or a decimal point before a digit, at the beginning of a number. `- 0400` is a zone, not a number.
fn starts_number(rest: &str, previous: Option<char>) -> bool {
    let is_start = previous.is_none_or(|previous| matches!(previous, '(' | '[' | '"' | '“'));
    let mut characters = rest.chars();
    let sign = characters.next();
    let number = characters.as_str();
    let digit = number.starts_with(|next: char| next.is_ascii_digit());
    match sign {
        Some('+' | '−') => is_start && digit,
        Some('-') => is_start && digit && !(number.starts_with('0') && number.len() >= 4),
        Some('.') => digit && (is_start || previous.is_some_and(is_currency)),
        _ => false,
    }
}

fn is_currency(character: char) -> bool {
    matches!(character, '$' | '€' | '£' | '¥' | '₹' | '₽' | '₺' | '₴' | '₩' | '₦')
}

/// `US` of `US$5`.
fn is_currency_prefix(word: &str, tail: &str) -> bool {
    let amount = split(tail, 1).1;
    word.len() <= 3
        && word.bytes().all(|byte| byte.is_ascii_uppercase())
        && (amount.is_empty() || amount.starts_with(|next: char| next.is_ascii_digit()))
}

/// Bytes of the punctuation at the beginning of `rest`: one character, or a run of the same one.
fn mark_length(rest: &str, first: char) -> usize {
    let run = |same: &dyn Fn(char) -> bool| rest.find(|c: char| !same(c)).unwrap_or(rest.len());
    match first {
        '.' | '…' => {
            let stops = run(&|c| matches!(c, '.' | '…'));
            let marks = run(&|c| matches!(c, '.' | '…' | '?' | '!'));
            if stops == 1 && rest.starts_with(".?") { marks } else { stops }
        }
        '!' | '?' => run(&|c| matches!(c, '!' | '?')),
        '$' | '-' | '*' | '=' | '_' | '#' | '~' | '+' | '<' | '>' | '–' | '—' | '`' => {
            run(&|c| c == first)
        }
        '\'' | '’' | '‘' => {
            let next = rest.chars().nth(1);
            if next == Some(first) || (first == '‘' && next == Some('’')) {
                2 * first.len_utf8()
            } else {
                first.len_utf8()
            }
        }
        _ => first.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pack::Pack;

    fn tokens(text: &str) -> Vec<(&str, TokenKind)> {
        static PACK: std::sync::OnceLock<Pack> = std::sync::OnceLock::new();
        let pack = PACK.get_or_init(|| Pack::embedded().unwrap());
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
                ("57", TokenKind::Number),
                ("-", TokenKind::Punctuation),
                ("year", TokenKind::Word),
                ("-", TokenKind::Punctuation),
                ("old", TokenKind::Word),
                ("paid", TokenKind::Word),
                ("$", TokenKind::Punctuation),
                ("1,500.75", TokenKind::Number),
                (",", TokenKind::Punctuation),
                ("or", TokenKind::Word),
                ("3", TokenKind::Number),
                ("%", TokenKind::Punctuation),
                (",", TokenKind::Punctuation),
                ("on", TokenKind::Word),
                ("9/11", TokenKind::Number),
                ("at", TokenKind::Word),
                ("10:30", TokenKind::Number),
                (".", TokenKind::Punctuation),
            ]
        );
    }

    #[test]
    fn words_are_those_of_universal_dependencies() {
        for (text, expected) in [
            ("He cannot say; they don’t", "He|can|not|say|;|they|do|n’t"),
            ("We're gonna win, y'all", "We|'re|gon|na|win|,|y'|all"),
            ("the '90s, rock 'n' roll, get 'em", "the|'90s|,|rock|'n'|roll|,|get|'em"),
            ("Iran’s 1960's and 2016's", "Iran|’s|1960's|and|2016|'s"),
            ("ex-president, e-mail, U.N.-backed", "ex-president|,|e-mail|,|U.N.|-|backed"),
            ("pro-same-sex and career-wise", "pro-same|-|sex|and|career-wise"),
            ("9/11, and/or, w/o, 11/28/2000", "9/11|,|and|/|or|,|w/o|,|11/28/2000"),
            ("10km at 5pm for US$4.5m or $2b", "10|km|at|5|pm|for|US$|4.5|m|or|$|2|b"),
            ("3.5% at -5°C, 1,200 [13,14]", "3.5|%|at|-5|°|C|,|1,200|[|13|,|14|]"),
            ("713-853-3989, 1969-1970, +44", "713-853-3989|,|1969|-|1970|,|+44"),
            ("Lt. Gen. J. Doe of Acme Inc. in W.Va.", "Lt.|Gen.|J.|Doe|of|Acme|Inc.|in|W.Va."),
            ("No. 10 said no. He sat.", "No.|10|said|no|.|He|sat|."),
            ("you and I.", "you|and|I|."),
            ("it... well -- no!!! why?!", "it|...|well|--|no|!!!|why|?!"),
            ("a\u{a0}b\u{202f}c\u{2009}d", "a|b|c|d"),
            ("thanks :-) ok", "thanks|:-)|ok"),
            ("\"Jane\"<jane@example.org> #peace @un", "\"|Jane|\"|<|jane@example.org|>|#peace|@un"),
            ("(see example.org/a,b)", "(|see|example.org/a,b|)"),
            ("war.The end.", "war|.|The|end|."),
            ("s-so th- that", "s|-|so|th-|that"),
        ] {
            let words: Vec<&str> = tokens(text).into_iter().map(|(word, _)| word).collect();
            assert_eq!(words.join("|"), expected);
        }
    }

    #[test]
    fn a_long_run_of_marks_takes_no_quadratic_time() {
        for run in ["a.", "1-", "a-", "a/", "a'", "1,", ":)", "(", "a@"] {
            let text = run.repeat(200_000);
            assert!(!tokens(&text).is_empty());
        }
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
