//! What is handed in beside the bytes: limits, the hint that comes with a record, and what may leave.

use super::Moment;

/// The limits of the core. Every one is a setting; none has a default here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one input record; more is a dead letter.
    pub article_bytes_max: u32,
    /// Sentences of one article; the rest is left out, with an issue.
    pub sentences_max: u32,
    /// Tokens of one sentence; a longer one is divided at its strongest mark, with an issue.
    pub sentence_tokens_max: u32,
    /// Mentions of one article; the rest is left out, with an issue.
    pub mentions_max: u32,
    /// Participants of one role of one event; the rest is left out, with an issue.
    pub participants_max: u32,
    /// Events of one article; the rest is left out, with an issue.
    pub events_max: u32,
}

/// Which limit was met. The words are label values and part of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "named like the fields of Limits")]
pub enum Limit {
    ArticleBytes,
    Sentences,
    SentenceTokens,
    Mentions,
    Participants,
    Events,
}

impl Limit {
    /// All limits.
    pub const ALL: [Limit; 6] = [
        Limit::ArticleBytes,
        Limit::Sentences,
        Limit::SentenceTokens,
        Limit::Mentions,
        Limit::Participants,
        Limit::Events,
    ];

    /// The name of the setting in `[limits]`.
    pub fn as_str(self) -> &'static str {
        match self {
            Limit::ArticleBytes => "article_bytes_max",
            Limit::Sentences => "sentences_max",
            Limit::SentenceTokens => "sentence_tokens_max",
            Limit::Mentions => "mentions_max",
            Limit::Participants => "participants_max",
            Limit::Events => "events_max",
        }
    }
}

/// What is known about a record beside its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// The format fixed by setting, or `None` for a look at the bytes.
    pub format: Option<super::Format>,
    /// The media type of the `content-type` header, as it came.
    pub content_type: Option<String>,
    /// Publication time to use where the input has none (`extract --published-at`).
    pub published_at: Option<Moment>,
    /// The timestamp of the Kafka record.
    pub recorded_at: Option<Moment>,
}

/// How much text leaves in records (`privacy.output_text`). Spans stay in every case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputText {
    /// The article's text, and the sentence of each event.
    Full,
    /// The sentence of each event, no article text.
    Sentence,
    /// Only the words of filled slots (trigger, participants).
    Span,
    /// No text of the article at all.
    None,
}

/// Choices of publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishOptions {
    /// How much text leaves.
    pub output_text: OutputText,
    /// Whether an article record is made.
    pub article_record: bool,
}
