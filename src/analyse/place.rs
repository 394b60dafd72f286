//! Describes the places between two tokens of a block where a sentence may end, as hashed features.
//!
//! Training and inference call these same functions, or the weights mean nothing. A place is known by the stop before
//! it, the words on both sides, the quotes and brackets that are open, and how far the sentence before it has come.
//! Whether a sentence ends there is not said here.

use crate::model::{Token, TokenKind};
use crate::pack::{Abbreviation, Lexicon};
use crate::text::fold_into;

/// Number of features of a place.
pub const PLACE_FEATURES: usize = 32;

/// Rows of the features of a place.
pub type PlaceRows = [u16; PLACE_FEATURES];

/// How far a closing bracket is looked for. A bracket that stays open longer is taken for a slip.
const BRACKET_TOKENS_MAX: usize = 40;

/// Casing of a block whose capitals are names and beginnings of sentences.
const CASING_RUNNING: u32 = 3;

/// How far into a block the dash of a dateline is looked for.
const DATELINE_TOKENS_MAX: usize = 12;

/// What a token is for the end of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Shape {
    /// Beyond the edge of the block.
    None,
    Lower,
    Title,
    Upper,
    Capital,
    Number,
    Mixed,
    Address,
    /// An abbreviation with its stop that may end a sentence.
    Abbreviation,
    /// One after which something always follows.
    TitleAbbreviation,
    /// A letter chain with a stop at its end (`U.S.`).
    Chain,
    /// One capital with its stop.
    Initial,
    Stop,
    Question,
    Exclamation,
    Ellipsis,
    Colon,
    Semicolon,
    Comma,
    Quote,
    OpenQuote,
    CloseQuote,
    OpenBracket,
    CloseBracket,
    Dash,
    Bullet,
    Clitic,
    Emoticon,
    Mark,
}

impl Shape {
    fn is_stop(self) -> bool {
        matches!(self, Shape::Stop | Shape::Question | Shape::Exclamation | Shape::Ellipsis)
    }

    fn is_abbreviation(self) -> bool {
        matches!(self, Shape::Abbreviation | Shape::Chain | Shape::Initial)
    }
}

/// How well a mark divides a sentence that is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    None,
    Comma,
    Dash,
    Semicolon,
    Stop,
}

/// A token as the features see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    pub(super) shape: Shape,
    /// Whether white space is before it.
    pub(super) spaced: bool,
    /// Whether it is a straight quote that closes, by its place.
    closes: bool,
    /// Whether it is a word that often begins a sentence; known behind abbreviations only.
    starter: bool,
    length: u8,
    form: u32,
    /// Tokens up to the next strong stop, this one included.
    stop_distance: u8,
}

const EDGE: Unit = Unit {
    shape: Shape::None,
    spaced: true,
    closes: false,
    starter: false,
    length: 0,
    form: 0,
    stop_distance: 0,
};

/// The tokens of a block as the features see them, and what is true of the block as a whole.
#[derive(Clone, Debug, Default)]
pub struct Places {
    units: Vec<Unit>,
    block: u32,
}

/// What has been met of a sentence up to a place.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// First token of the sentence.
    start: usize,
    quote_open: bool,
    curly_open: bool,
    bracket_open_at: Option<usize>,
}

impl Places {
    /// Reads the tokens of a block of `text`; what was read before is dropped.
    pub fn read(&mut self, text: &str, tokens: &[Token], lexicon: &Lexicon, scratch: &mut String) {
        self.units.clear();
        let mut end = tokens.first().map_or(0, |token| token.span.start);
        let mut quote_open = false;
        for (at, token) in tokens.iter().enumerate() {
            let word = text.get(token.span.range()).unwrap_or_default();
            let spaced = at == 0 || end < token.span.start;
            end = token.span.end;
            let mut unit = unit(word, *token, lexicon, scratch);
            unit.spaced = spaced;
            if self.units.last().is_some_and(|before| before.shape.is_abbreviation()) {
                scratch.clear();
                fold_into(word, scratch);
                unit.starter = lexicon.is_sentence_starter(scratch);
            }
            if unit.shape == Shape::Quote {
                unit.closes = quote_open;
                quote_open = !quote_open;
            }
            self.units.push(unit);
        }
        self.describe_block();
    }

    fn describe_block(&mut self) {
        let (mut distance, mut words, mut capitals, mut lower, mut stops) = (0_u8, 0, 0, 0, 0);
        for unit in self.units.iter_mut().rev() {
            distance = if unit.shape.is_stop() { 0 } else { distance.saturating_add(1) };
            unit.stop_distance = distance;
            stops += usize::from(unit.shape.is_stop());
            match unit.shape {
                Shape::Lower => {
                    words += 1;
                    lower += usize::from(unit.length > 3);
                }
                Shape::Title | Shape::Upper => {
                    words += 1;
                    capitals += 1;
                }
                _ => {}
            }
        }
        let last = self.units.iter().rev().find(|unit| !is_closer(unit.shape, true));
        let ends = last.is_some_and(|unit| unit.shape.is_stop());
        let casing = match (capitals, lower) {
            (0, _) => 0,
            (_, 0) => 1,
            _ if capitals * 2 > words => 2,
            _ => CASING_RUNNING,
        };
        let stops = u32::from(bucket(stops));
        self.block = stops << 3 | casing << 1 | u32::from(ends);
    }

    fn unit(&self, at: usize) -> Unit {
        self.units.get(at).copied().unwrap_or(EDGE)
    }

    fn before(&self, at: usize, back: usize) -> Unit {
        at.checked_sub(back).map_or(EDGE, |at| self.unit(at))
    }

    /// What rules say of the place before token `at`, where they say anything: a mark that closes or goes on and a
    /// title keep their sentence, a frequent starter after an abbreviation begins one.
    pub fn verdict(&self, at: usize, progress: Progress) -> Option<bool> {
        if !self.is_candidate(at) {
            return Some(false);
        }
        let group = self.group(at);
        let next = self.unit(at);
        let inner_bracket = progress.bracket_open_at.is_some_and(|open| open > progress.start);
        if inner_bracket && self.inside_bracket(at, progress) {
            return Some(false);
        }
        if group.stop.is_abbreviation() && group.closers == 0 {
            return match next.shape {
                Shape::Lower => Some(false),
                Shape::Title | Shape::Capital if next.starter => Some(true),
                _ => None,
            };
        }
        // `the firm Yahoo! said`
        let asked = matches!(group.stop, Shape::Question | Shape::Exclamation);
        let name =
            group.word > progress.start + 1 && self.before(group.word, 1).shape == Shape::Title;
        if asked && name && next.shape == Shape::Lower && self.block >> 1 & 3 == CASING_RUNNING {
            return Some(false);
        }
        if !next.spaced && group.stop == Shape::Stop && next.shape == Shape::Title {
            return Some(true);
        }
        self.is_dateline(at, progress).then_some(false)
    }

    /// Whether a sentence may end before token `at`. Never inside a run that no white space divides, unless a stop is
    /// there; never before a mark that closes or goes on; never after a title.
    fn is_candidate(&self, at: usize) -> bool {
        let (before, next) = (self.before(at, 1), self.unit(at));
        if at == 0 || at >= self.units.len() || before.shape == Shape::TitleAbbreviation {
            return false;
        }
        let plain = matches!(
            before.shape,
            Shape::Lower
                | Shape::Title
                | Shape::Upper
                | Shape::Number
                | Shape::Clitic
                | Shape::Comma
        );
        if plain && (!next.spaced || next.shape == Shape::Lower) {
            return false;
        }
        let goes_on = match next.shape {
            Shape::Comma | Shape::Semicolon | Shape::CloseBracket | Shape::CloseQuote => true,
            Shape::Clitic | Shape::Colon => true,
            Shape::Quote => next.closes && !next.spaced,
            shape if shape.is_stop() => !next.spaced || shape != Shape::Ellipsis,
            _ => false,
        };
        if goes_on {
            return false;
        }
        let group = self.group(at);
        let stop = group.stop != Shape::None && group.stop != Shape::Comma;
        // `"Never?" he asked`
        if group.closers != 0 && next.shape == Shape::Lower {
            return false;
        }
        let capital = || {
            let (first, _) = self.first_word(at);
            !matches!(self.unit(first).shape, Shape::Lower | Shape::Dash | Shape::Mark)
        };
        stop || (next.spaced && capital()) || before.shape == Shape::Emoticon
    }

    /// How well the sentence is divided after token `at`.
    pub(super) fn strength(&self, at: usize) -> Strength {
        match self.unit(at).shape {
            shape if shape.is_stop() => Strength::Stop,
            Shape::Semicolon | Shape::Colon => Strength::Semicolon,
            Shape::Dash | Shape::Bullet if self.unit(at).spaced => Strength::Dash,
            Shape::Comma => Strength::Comma,
            _ => Strength::None,
        }
    }

    /// What has been met up to `at`, where a sentence begins.
    pub fn begin(&self, at: usize, progress: Progress) -> Progress {
        Progress { start: at, bracket_open_at: None, ..progress }
    }

    /// What has been met after token `at`.
    pub fn step(&self, at: usize, mut progress: Progress) -> Progress {
        match self.unit(at).shape {
            Shape::Quote => progress.quote_open = !progress.quote_open,
            Shape::OpenQuote => progress.curly_open = true,
            Shape::CloseQuote => progress.curly_open = false,
            Shape::OpenBracket => progress.bracket_open_at = Some(at),
            Shape::CloseBracket => progress.bracket_open_at = None,
            _ => {}
        }
        progress
    }

    /// The stop before `at`, behind the quotes and brackets that close.
    fn group(&self, at: usize) -> Group {
        let mut group = Group { stop: Shape::None, form: 0, word: at, closers: 0 };
        let mut end = at;
        while let Some(before) = end.checked_sub(1) {
            let unit = self.unit(before);
            let quote = unit.shape == Shape::Quote && unit.closes;
            if !(quote || is_closer(unit.shape, false)) || at - before > 3 {
                break;
            }
            group.closers |= if unit.shape == Shape::CloseBracket { 2 } else { 1 };
            if self.unit(end).spaced && end < at {
                break;
            }
            end = before;
        }
        let last = self.before(end, 1);
        group.word = end;
        match last.shape {
            Shape::Stop | Shape::Question | Shape::Exclamation | Shape::Ellipsis => {
                group.stop = last.shape;
                group.form = last.form;
                group.word = end.saturating_sub(1);
            }
            Shape::Colon | Shape::Semicolon | Shape::Comma | Shape::Dash => {
                group.stop = last.shape;
                group.form = last.form;
                group.word = end.saturating_sub(1);
            }
            shape if shape.is_abbreviation() => {
                group.stop = shape;
                group.form = last.form;
            }
            Shape::Emoticon => group.stop = Shape::Emoticon,
            _ => {}
        }
        group
    }

    /// The first token from `at` that is no opening mark, and what the marks before it are.
    fn first_word(&self, at: usize) -> (usize, u32) {
        let mut opened = 0;
        for offset in 0..3 {
            opened |= match self.unit(at + offset).shape {
                Shape::OpenQuote => 1,
                Shape::Quote if !self.unit(at + offset).closes => 1,
                Shape::OpenBracket => 2,
                Shape::Dash | Shape::Bullet => 4,
                _ => return (at + offset, opened),
            };
        }
        (at, opened)
    }

    /// Whether the place is on one side of the dash of a dateline (`GENEVA (Agency) -`, `ISTANBUL —`).
    fn is_dateline(&self, at: usize, progress: Progress) -> bool {
        let (word, dash) = match (self.before(at, 1).shape, self.unit(at).shape) {
            (Shape::Dash, _) => (self.before(at, 2), true),
            (_, Shape::Dash) => (self.before(at, 1), true),
            _ => (EDGE, false),
        };
        let place = self.unit(0).shape == Shape::Upper || word.shape == Shape::CloseBracket;
        dash && place && progress.start == 0 && at < DATELINE_TOKENS_MAX
    }

    /// Whether a bracket that is open at `at` closes soon.
    fn inside_bracket(&self, at: usize, progress: Progress) -> bool {
        let close = |at: usize| self.unit(at).shape == Shape::CloseBracket;
        progress.bracket_open_at.is_some_and(|opened| {
            at - opened < 3 * BRACKET_TOKENS_MAX && (at..at + BRACKET_TOKENS_MAX).any(close)
        })
    }

    /// The features of the place before token `at`.
    pub fn rows(&self, at: usize, progress: Progress) -> PlaceRows {
        let group = self.group(at);
        let (first, opened) = self.first_word(at);
        let (next, after, third) = (self.unit(first), self.unit(first + 1), self.unit(first + 2));
        let (word, earlier) = (self.before(group.word, 1), self.before(group.word, 2));
        let stop = group.stop as u32 | u32::from(self.unit(at).spaced) << 5;
        let (n, a, w, e) =
            (next.shape as u32, after.shape as u32, word.shape as u32, earlier.shape as u32);
        let open = u32::from(progress.quote_open)
            | u32::from(progress.curly_open) << 1
            | u32::from(self.inside_bracket(at, progress)) << 2;
        let length = u32::from(bucket(at - progress.start));
        let rest = u32::from(bucket(usize::from(next.stop_distance)));
        let left = u32::from(bucket(self.units.len() - at));
        let start = self.unit(progress.start);
        let begun = start.shape as u32 | u32::from(start.form == next.form) << 5;
        let size = u32::from(word.length.min(5));
        let features: [[u32; 4]; PLACE_FEATURES] = [
            [stop, group.closers, 0, 0],
            [stop, n, opened, group.closers],
            [stop, w, n, 0],
            [stop, word.form, 0, 0],
            [stop, next.form, 0, 0],
            [stop, next.form, n, opened],
            [stop, word.form, n, 0],
            [stop, n, a, opened],
            [stop, after.form, n, 0],
            [open, stop, group.closers, n],
            [length, stop, n, 0],
            [rest, stop, n, 0],
            [length, rest, stop, self.block & 7],
            [self.block, stop, n, 0],
            [begun, stop, length, 0],
            [stop, e, w, 0],
            [word.form, next.form, 0, 0],
            [stop, earlier.form, 0, 0],
            [group.form, stop, n, self.block & 6],
            [size, stop, w, n],
            [rest, stop, n, self.block & 7],
            [open, rest, stop, 0],
            [left, stop, self.block & 7, 0],
            [begun, stop, n, a],
            [n, after.form, stop, 0],
            [next.form, after.form, 0, 0],
            [stop, a, third.shape as u32, n],
            [word.form, stop, next.form, 0],
            [earlier.form, word.form, 0, 0],
            [self.unit(at).shape as u32, self.before(at, 1).shape as u32, w, n],
            [stop, w, n, (at - progress.start).min(4) as u32],
            [stop, w, word.form, length.min(4)],
        ];
        let mut template = 0;
        features.map(|values| {
            template += 1;
            row(template, values)
        })
    }
}

/// What stands before a place.
struct Group {
    stop: Shape,
    form: u32,
    /// One past the last word before the stop.
    word: usize,
    closers: u32,
}

fn is_closer(shape: Shape, any_quote: bool) -> bool {
    matches!(shape, Shape::CloseQuote | Shape::CloseBracket) || (any_quote && shape == Shape::Quote)
}

fn bucket(count: usize) -> u8 {
    match count {
        0..=3 => count as u8,
        4..=5 => 4,
        6..=8 => 5,
        9..=14 => 6,
        15..=24 => 7,
        25..=39 => 8,
        _ => 9,
    }
}

/// A row of the table of the splitter: multiply and shift, the product folded by its high half.
fn row(template: u32, values: [u32; 4]) -> u16 {
    let [first, second, third, fourth] = values.map(u64::from);
    let mut hash = u64::from(template) ^ first << 16;
    hash = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ second;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd) ^ third;
    hash = (hash ^ hash >> 29).wrapping_mul(0xc4ce_b9fe_1a85_ec53) ^ fourth;
    hash = (hash ^ hash >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
    (hash >> (64 - crate::nn::SPLITTER_BITS)) as u16
}

fn unit(word: &str, token: Token, lexicon: &Lexicon, scratch: &mut String) -> Unit {
    let mark = mark_shape(word);
    let word = match word {
        "…" => "...",
        "“" | "”" => "\"",
        "‘" | "’" => "'",
        other => other,
    };
    let mut form = 0x811c_9dc5_u32;
    let (mut upper, mut lower, mut digits, mut others) = (0_usize, 0, 0, 0);
    for byte in word.bytes() {
        let byte = match byte {
            b'A'..=b'Z' => {
                upper += 1;
                byte | 0x20
            }
            b'a'..=b'z' => {
                lower += 1;
                byte
            }
            b'0'..=b'9' => {
                digits += 1;
                b'0'
            }
            _ => {
                others += 1;
                byte
            }
        };
        form = (form ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    let shape = match token.kind {
        TokenKind::Punctuation => mark,
        TokenKind::Number => Shape::Number,
        TokenKind::Word if others > 0 => word_shape(word, lexicon, scratch),
        TokenKind::Word => match (upper, lower, digits) {
            (0, _, 0) => Shape::Lower,
            (1, 0, 0) => Shape::Capital,
            (_, 0, 0) => Shape::Upper,
            (1, _, 0) if word.bytes().next().is_some_and(|byte| byte.is_ascii_uppercase()) => {
                Shape::Title
            }
            _ => Shape::Mixed,
        },
    };
    let length = word.len().min(255) as u8;
    Unit { shape, spaced: false, closes: false, starter: false, length, form, stop_distance: 0 }
}

fn word_shape(word: &str, lexicon: &Lexicon, scratch: &mut String) -> Shape {
    let mut characters = word.chars();
    let first = characters.next().unwrap_or(' ');
    if let Some(stem) = word.strip_suffix('.') {
        scratch.clear();
        fold_into(stem, scratch);
        return match lexicon.abbreviation(scratch) {
            Some(Abbreviation::Title | Abbreviation::Numbered) => Shape::TitleAbbreviation,
            Some(Abbreviation::Ambiguous | Abbreviation::Capitalised) if !stem.contains('.') => {
                Shape::Abbreviation
            }
            Some(_) | None if stem.chars().count() == 1 => Shape::Initial,
            Some(_) | None => Shape::Chain,
        };
    }
    if super::clitic::is_apostrophe(first) {
        return Shape::Clitic;
    }
    if matches!(first, '@' | '#') || word.contains('@') || word.contains('/') {
        return Shape::Address;
    }
    if first.is_uppercase() {
        let small = characters.any(char::is_lowercase);
        return if small { Shape::Title } else { Shape::Upper };
    }
    if first.is_lowercase() { Shape::Lower } else { Shape::Mixed }
}

fn mark_shape(mark: &str) -> Shape {
    let mut characters = mark.chars();
    let first = characters.next().unwrap_or(' ');
    let rest = characters.as_str();
    match first {
        '.' | '。' if rest.is_empty() => Shape::Stop,
        '.' | '…' => Shape::Ellipsis,
        '?' => Shape::Question,
        '!' => Shape::Exclamation,
        ':' if rest.is_empty() => Shape::Colon,
        ';' if rest.is_empty() => Shape::Semicolon,
        ',' => Shape::Comma,
        '"' | '\'' | '`' => Shape::Quote,
        '“' | '‘' | '«' | '„' | '¿' | '¡' => Shape::OpenQuote,
        '”' | '’' | '»' => Shape::CloseQuote,
        '(' | '[' | '{' if rest.is_empty() => Shape::OpenBracket,
        ')' | ']' | '}' if rest.is_empty() => Shape::CloseBracket,
        '-' | '–' | '—' => Shape::Dash,
        '•' | '*' | '·' | '>' | '|' | '~' | '=' | '_' | '+' | '►' | '■' | '●' | '▪' => {
            Shape::Bullet
        }
        ':' | ';' | '(' | ')' | '^' => Shape::Emoticon,
        _ => Shape::Mark,
    }
}
