//! Byte ranges into an article's text, and the typed indices of the analysis columns.
//!
//! A span is half-open, `start < end`, and lies on character boundaries of the text that it was made for. Only
//! [`super::Article`] turns a span into text.

/// A half-open byte range into [`super::Article::text`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span from `start` to `end`. The caller guarantees `start <= end`.
    pub fn new(start: u32, end: u32) -> Self {
        debug_assert!(start <= end, "span {start}..{end} runs backwards");
        Span { start, end }
    }

    /// The span of a byte range of a text of less than 4 GiB (the article limit is far below).
    pub fn of(start: usize, end: usize) -> Self {
        Span::new(start as u32, end as u32)
    }

    /// Length in bytes.
    pub fn len(self) -> u32 {
        self.end - self.start
    }

    /// Whether the span holds no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `other` lies wholly inside.
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the two share at least one byte.
    pub fn overlaps(self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Number of shared bytes.
    pub fn overlap(self, other: Span) -> u32 {
        self.end.min(other.end).saturating_sub(self.start.max(other.start))
    }

    /// The smallest span that holds both.
    pub fn cover(self, other: Span) -> Span {
        Span::new(self.start.min(other.start), self.end.max(other.end))
    }

    /// The range for slicing.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Index of a sentence in [`super::Analysis::sentences`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SentenceIx(pub u32);

/// Index of a token in [`super::Analysis::tokens`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenIx(pub u32);

/// Index of a mention in [`super::Analysis::mentions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MentionIx(pub u32);

impl SentenceIx {
    /// The index as a slice position.
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

impl TokenIx {
    /// The index as a slice position.
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

impl MentionIx {
    /// The index as a slice position.
    pub fn at(self) -> usize {
        self.0 as usize
    }
}
