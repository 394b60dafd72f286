//! A news text: as decoded ([`RawArticle`]) and as cleaned ([`Article`], the immutable text that every span points into).

use jiff::civil::Date;

use super::{Country, Moment, OriginMap, Reference, Span};

/// The input formats that are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The native JSON envelope.
    Json,
    /// The JSON that the news-please crawler writes.
    NewsPlease,
    /// Plain wire text.
    Text,
}

impl Format {
    /// The word in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::NewsPlease => "news_please",
            Format::Text => "text",
        }
    }
}

/// Identity of an article: a stable hash of (source, source id), else of the url, else of the input bytes. Not of the version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArticleId(pub u64);

impl std::fmt::Display for ArticleId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ar-{:016x}", self.0)
    }
}

/// What decode reads from the input bytes: fields, not yet cleaned.
#[derive(Clone, Debug, PartialEq)]
pub struct RawArticle {
    /// The format the bytes were read as.
    pub format: Format,
    /// Identity, see [`ArticleId`].
    pub id: ArticleId,
    /// Publisher or feed.
    pub source: Option<String>,
    /// The publisher's own id.
    pub source_id: Option<String>,
    /// Address.
    pub url: Option<String>,
    /// Headline field, where the format has one.
    pub title: Option<String>,
    /// Body, or the whole text of a wire story.
    pub body: String,
    /// Publication time.
    pub published_at: Option<Moment>,
    /// Time of the last change.
    pub modified_at: Option<Moment>,
    /// Timestamp of the Kafka record, from the hint.
    pub recorded_at: Option<Moment>,
    /// Author names, where the format has a field for them.
    pub authors: Vec<String>,
    /// The language claim, as written.
    pub language: Option<String>,
}

/// What a paragraph is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParagraphKind {
    /// Running text.
    Body,
    /// A heading between paragraphs.
    Subhead,
}

impl ParagraphKind {
    /// The word in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            ParagraphKind::Body => "body",
            ParagraphKind::Subhead => "subhead",
        }
    }
}

/// A paragraph of the cleaned text. The headline is not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paragraph {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: ParagraphKind,
}

/// The place line of a wire story; it leaves the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dateline {
    /// The city as written (`BRUSSELS`).
    pub city: Option<String>,
    /// What follows the city, as written (`Texas`, `Belgium`).
    pub region: Option<String>,
    /// The country, where the region names one.
    pub country: Option<Country>,
    /// The date, where it is full or the year follows from the publication date.
    pub date: Option<Date>,
    /// The agency (`Reuters`).
    pub agency: Option<String>,
}

/// Who did what for the story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CreditRole {
    /// Reporting by.
    Reporting,
    /// Additional reporting by.
    AdditionalReporting,
    /// Writing by.
    Writing,
    /// Editing by.
    Editing,
    /// Compiled by.
    Compiling,
    /// Translation by.
    Translating,
    /// Photographs by.
    Photo,
}

impl CreditRole {
    /// The word in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            CreditRole::Reporting => "reporting",
            CreditRole::AdditionalReporting => "additional_reporting",
            CreditRole::Writing => "writing",
            CreditRole::Editing => "editing",
            CreditRole::Compiling => "compiling",
            CreditRole::Translating => "translating",
            CreditRole::Photo => "photo",
        }
    }
}

/// Names credited in one role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    /// The role.
    pub role: CreditRole,
    /// The names, in the order of the text.
    pub names: Vec<String>,
}

/// What kind of version of a story this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevisionKind {
    /// The first version.
    Original,
    /// More facts.
    Update,
    /// A substantive correction.
    Correction,
    /// A small fix, sent again.
    Refile,
    /// Sent again unchanged.
    Repeat,
    /// The story is withdrawn.
    Withdrawal,
}

impl RevisionKind {
    /// The word in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            RevisionKind::Original => "original",
            RevisionKind::Update => "update",
            RevisionKind::Correction => "correction",
            RevisionKind::Refile => "refile",
            RevisionKind::Repeat => "repeat",
            RevisionKind::Withdrawal => "withdrawal",
        }
    }
}

/// The revision mark of a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Its kind.
    pub kind: RevisionKind,
    /// Its number, 0 where none is stated.
    pub n: u16,
}

/// A cleaned article: the text is the headline, a blank line, and the paragraphs divided by blank lines. Never edited again.
#[derive(Clone, Debug, PartialEq)]
pub struct Article {
    /// Identity.
    pub id: ArticleId,
    /// The format it was read as.
    pub format: Format,
    /// Publisher or feed.
    pub source: Option<String>,
    /// The publisher's own id.
    pub source_id: Option<String>,
    /// Address.
    pub url: Option<String>,
    /// Language subtag in lower case (`en`); `en` is assumed where the input claims none.
    pub language: String,
    /// Publication time.
    pub published_at: Option<Moment>,
    /// Time of the last change.
    pub modified_at: Option<Moment>,
    /// The date that relative dates refer to.
    pub reference: Reference,
    /// The cleaned text, NFC.
    pub text: String,
    /// Where the headline stands in the text.
    pub title: Option<Span>,
    /// The paragraphs in order, not overlapping.
    pub paragraphs: Vec<Paragraph>,
    /// Back-map to the decoded fields.
    pub origin: OriginMap,
    /// The place line.
    pub dateline: Option<Dateline>,
    /// Names in the byline, then those of the author field that the byline lacks.
    pub byline: Vec<String>,
    /// Credits at the end of the story.
    pub credits: Vec<Credit>,
    /// Revision mark.
    pub revision: Revision,
}

impl Article {
    /// The text of a span; empty where the span does not lie in the text (a span of another article).
    pub fn slice(&self, span: Span) -> &str {
        debug_assert!(
            self.text.get(span.range()).is_some(),
            "span {span:?} does not lie in the text"
        );
        self.text.get(span.range()).unwrap_or_default()
    }
}
