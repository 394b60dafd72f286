//! Columns that analyse makes over an article: sentences, tokens, folded forms, tags, lemmas, arcs, names, mentions.
//!
//! Tokens are words of Universal Dependencies: contractions and possessives are divided (`does` `n't`, `Iran` `'s`).
//! They are sorted and do not overlap; every column of tokens has one entry per token; sentences hold consecutive
//! tokens, are sorted and do not overlap. Heads stay inside their sentence and form one tree with one root.

use super::{NameKind, Relation, Score, SentenceIx, Span, TokenIx, Upos, Xpos};

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

/// Part-of-speech tags of one token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Universal tag.
    pub upos: Upos,
    /// Penn tag.
    pub xpos: Xpos,
}

/// The arc that ends at one token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arc {
    /// The word that the token depends on; `None` at the root of the sentence.
    pub head: Option<TokenIx>,
    /// How it depends on it.
    pub relation: Relation,
    /// Probability of the head among all words of the sentence and the root.
    pub head_score: Score,
    /// Probability of the relation, given the head.
    pub relation_score: Score,
}

/// A name in the text: what a named-entity tagger finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// Where it stands.
    pub span: Span,
    /// Its tokens.
    pub tokens: TokenRange,
    /// The token that the others depend on.
    pub head: TokenIx,
    /// The sentence it stands in.
    pub sentence: SentenceIx,
    /// What it names.
    pub kind: NameKind,
    /// Probability that these tokens are a name of this kind.
    pub score: Score,
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
    /// Per token, its part-of-speech tags.
    pub tags: Vec<Tag>,
    /// Per token, the arc from its head.
    pub arcs: Vec<Arc>,
    /// The lemmas of all tokens, one after the other.
    pub lemmas: String,
    /// Per token, the offset of its first byte in `lemmas`; one more entry at the end.
    pub lemma_starts: Vec<u32>,
    /// Names in text order, not overlapping.
    pub names: Vec<Name>,
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

    /// The lemma of a token.
    pub fn lemma(&self, token: TokenIx) -> &str {
        let start = self.lemma_starts.get(token.at()).copied().unwrap_or(0) as usize;
        let end = self.lemma_starts.get(token.at() + 1).copied().unwrap_or(0) as usize;
        self.lemmas.get(start..end).unwrap_or_default()
    }

    /// The folded tokens of a range with a space on both sides: the haystack of the phrase tables, cut down.
    pub fn haystack(&self, range: TokenRange) -> &str {
        let start = self.folded_starts.get(range.start.at()).copied().unwrap_or(1) as usize;
        let end = self.folded_starts.get(range.end.at()).copied().unwrap_or(1) as usize;
        self.folded.get(start.saturating_sub(1)..end).unwrap_or_default()
    }

    /// The tokens whose folded forms fill `start..end` of `folded`; `None` where the two are not token boundaries, or
    /// stand at a hyphen inside a compound: `Iran` of `Iran-backed` is no phrase.
    pub fn tokens_at(&self, start: u32, end: u32) -> Option<TokenRange> {
        let first = self.folded_starts.binary_search(&start).ok()?;
        let last = self.folded_starts.binary_search(&(end + 1)).ok()?;
        let joined = first.checked_sub(1).is_some_and(|before| self.is_joint(before));
        (first < last && !joined && !self.is_joint(last))
            .then_some(TokenRange { start: TokenIx(first as u32), end: TokenIx(last as u32) })
    }

    /// Whether the token at `at` is a hyphen that holds the words around it together.
    fn is_joint(&self, at: usize) -> bool {
        let (Some(before), Some(token), Some(after)) = (
            at.checked_sub(1).and_then(|at| self.tokens.get(at)),
            self.tokens.get(at),
            self.tokens.get(at + 1),
        ) else {
            return false;
        };
        // a dash folds to a hyphen too, but is longer
        token.span.len() == 1
            && before.span.end == token.span.start
            && token.span.end == after.span.start
            && before.kind != TokenKind::Punctuation
            && after.kind != TokenKind::Punctuation
            && self.folded(TokenIx(at as u32)) == "-"
    }

    /// One past the last token of the compound that begins at `token` (`Iran` `-` `backed`); of other tokens, the next.
    pub fn compound_end(&self, token: TokenIx) -> TokenIx {
        let mut end = token.at() + 1;
        while self.is_joint(end) {
            end += 2;
        }
        TokenIx(end as u32)
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
