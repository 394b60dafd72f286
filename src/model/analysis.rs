//! Columns that analyse makes over an article: sentences, tokens, folded forms, mentions.
//!
//! Tokens are sorted and do not overlap; `folded` has one entry per token; sentences hold consecutive tokens, are
//! sorted and do not overlap.

use super::{SentenceIx, Span, TokenIx};

/// What a token is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Letters, maybe with inner apostrophes, hyphens or full stops (`U.S.`, `al-Qaeda`).
    Word,
    /// Digits, maybe with separators and unit signs (`1,500`, `3.5`, `57-year-old` is a word).
    Number,
    /// One punctuation mark or symbol.
    Punctuation,
}

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Where it stands in the article's text.
    pub span: Span,
    /// What it is made of.
    pub kind: TokenKind,
}

/// A run of consecutive tokens, half-open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenRange {
    /// First token.
    pub start: TokenIx,
    /// One past the last token.
    pub end: TokenIx,
}

impl TokenRange {
    /// The range for slicing columns.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start.at()..self.end.at()
    }

    /// Number of tokens.
    pub fn len(self) -> usize {
        self.end.at() - self.start.at()
    }

    /// Whether it holds no token.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// One sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Where it stands in the article's text, without surrounding white space.
    pub span: Span,
    /// Its tokens.
    pub tokens: TokenRange,
    /// Whether it is the headline.
    pub headline: bool,
}

/// What a mention is, as far as its form and the tables tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MentionKind {
    /// A run of capitalised words (`Antony Blinken`, `NATO`).
    Name,
    /// A phrase headed by an agent noun (`Russian forces`, `the police`).
    Agent,
    /// The name of a country.
    Country,
    /// A demonym that stands alone (`the Russians`, or an adjective before a trigger noun: `Turkish airstrikes`).
    Demonym,
}

/// A phrase that may take part in an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Where it stands.
    pub span: Span,
    /// Its tokens, without a leading determiner.
    pub tokens: TokenRange,
    /// Its head token.
    pub head: TokenIx,
    /// The sentence it stands in.
    pub sentence: SentenceIx,
    /// What it is.
    pub kind: MentionKind,
}

/// What analyse knows about an article.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Analysis {
    /// Sentences in text order.
    pub sentences: Vec<Sentence>,
    /// Tokens in text order.
    pub tokens: Vec<Token>,
    /// The folded tokens (lower case, no diacritics), each followed by one space, after one leading space: the
    /// haystack of the phrase tables.
    pub folded: String,
    /// Per token, the offset of its first byte in `folded`; one more entry at the end.
    pub folded_starts: Vec<u32>,
    /// Mentions in text order, not overlapping.
    pub mentions: Vec<Mention>,
}

impl Analysis {
    /// The folded form of a token.
    pub fn folded(&self, token: TokenIx) -> &str {
        let start = self.folded_starts.get(token.at()).copied().unwrap_or(0) as usize;
        let end = self.folded_starts.get(token.at() + 1).copied().unwrap_or(1) as usize;
        self.folded.get(start..end.saturating_sub(1)).unwrap_or_default()
    }

    /// The folded tokens of a range with a space on both sides: the haystack of the phrase tables, cut down.
    pub fn haystack(&self, range: TokenRange) -> &str {
        let start = self.folded_starts.get(range.start.at()).copied().unwrap_or(1) as usize;
        let end = self.folded_starts.get(range.end.at()).copied().unwrap_or(1) as usize;
        self.folded.get(start.saturating_sub(1)..end).unwrap_or_default()
    }

    /// The tokens whose folded forms fill `start..end` of `folded`; `None` where the two are not token boundaries.
    pub fn tokens_at(&self, start: u32, end: u32) -> Option<TokenRange> {
        let first = self.folded_starts.binary_search(&start).ok()?;
        let last = self.folded_starts.binary_search(&(end + 1)).ok()?;
        (first < last)
            .then_some(TokenRange { start: TokenIx(first as u32), end: TokenIx(last as u32) })
    }

    /// The sentence that holds a token.
    pub fn sentence_of(&self, token: TokenIx) -> Option<SentenceIx> {
        let after = self.sentences.partition_point(|sentence| sentence.tokens.start <= token);
        let at = after.checked_sub(1)?;
        (token < self.sentences.get(at)?.tokens.end).then_some(SentenceIx(at as u32))
    }

    /// The tokens of a range.
    pub fn tokens_of(&self, range: TokenRange) -> &[Token] {
        self.tokens.get(range.range()).unwrap_or_default()
    }
}
