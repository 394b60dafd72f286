//! What a stage may say instead of or beside its value: a reject, or an issue.

use jiff::civil::Date;

use super::{Format, Limit, Span};

/// The stages, in their order. The words are label values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "named like the folders under src/")]
pub enum Stage {
    Decode,
    Clean,
    Analyse,
    Resolve,
    Code,
    Publish,
}

impl Stage {
    /// All stages in order.
    pub const ALL: [Stage; 6] =
        [Stage::Decode, Stage::Clean, Stage::Analyse, Stage::Resolve, Stage::Code, Stage::Publish];

    /// The word in records and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Decode => "decode",
            Stage::Clean => "clean",
            Stage::Analyse => "analyse",
            Stage::Resolve => "resolve",
            Stage::Code => "code",
            Stage::Publish => "publish",
        }
    }
}

/// Something a stage could not do; the article is still published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// The stage that says so.
    pub stage: Stage,
    /// What it was.
    pub kind: IssueKind,
    /// Where, if it is one place.
    pub span: Option<Span>,
}

/// The kinds of issues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssueKind {
    /// A limit was reached; what lies beyond was left out.
    LimitReached {
        /// Which one.
        limit: Limit,
        /// Its value.
        value: u32,
    },
    /// A date field could not be read; the article goes on without it.
    DateUnreadable {
        /// Name of the field in the input.
        field: &'static str,
    },
    /// A clock time without offset: UTC was assumed.
    ZoneAssumed {
        /// Name of the field in the input.
        field: &'static str,
    },
    /// The date line and `published_at` differ by more than a day.
    DatesDiffer {
        /// The date line's date, which wins.
        dateline: Date,
        /// The day of publication.
        published: Date,
    },
    /// The language is not supported: no events were looked for.
    LanguageUnsupported,
}

impl IssueKind {
    /// The word in the record.
    pub fn as_str(&self) -> &'static str {
        match self {
            IssueKind::LimitReached { .. } => "limit_reached",
            IssueKind::DateUnreadable { .. } => "date_unreadable",
            IssueKind::ZoneAssumed { .. } => "zone_assumed",
            IssueKind::DatesDiffer { .. } => "dates_differ",
            IssueKind::LanguageUnsupported => "language_unsupported",
        }
    }
}

/// Input that cannot become an article. Made by decode and clean only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// The stage that rejects.
    pub stage: Stage,
    /// Why.
    pub reason: RejectReason,
}

/// Why input is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RejectReason {
    /// More bytes than `limits.article_bytes_max`.
    TooLarge {
        /// Bytes of the input.
        bytes: u64,
        /// The limit.
        limit: u32,
    },
    /// Not UTF-8.
    InvalidUtf8 {
        /// Offset of the first bad byte.
        position: u64,
    },
    /// JSON that does not parse, or whose fields have other types than the schema's.
    Malformed {
        /// Line, from 1.
        line: u32,
        /// Column, from 1.
        column: u32,
        /// What the matter is; a fixed word, never input text.
        what: &'static str,
    },
    /// A format that is not read (XML, HTML, an unknown `content-type`).
    UnsupportedFormat {
        /// What the input looks like; a fixed word.
        found: &'static str,
    },
    /// The claimed format is not what the bytes hold.
    FormatMismatch {
        /// Claimed by the setting or the header.
        claimed: Format,
        /// What the bytes look like; a fixed word.
        found: &'static str,
    },
    /// JSON without a text field.
    MissingText,
    /// Nothing but white space.
    Empty,
}

impl RejectReason {
    /// All label values of [`RejectReason::as_str`].
    pub const WORDS: [&'static str; 7] = [
        "too_large",
        "invalid_utf8",
        "malformed",
        "unsupported_format",
        "format_mismatch",
        "missing_text",
        "empty",
    ];

    /// The word in dead letters and metrics.
    pub const fn as_str(&self) -> &'static str {
        match self {
            RejectReason::TooLarge { .. } => "too_large",
            RejectReason::InvalidUtf8 { .. } => "invalid_utf8",
            RejectReason::Malformed { .. } => "malformed",
            RejectReason::UnsupportedFormat { .. } => "unsupported_format",
            RejectReason::FormatMismatch { .. } => "format_mismatch",
            RejectReason::MissingText => "missing_text",
            RejectReason::Empty => "empty",
        }
    }
}

impl std::fmt::Display for Reject {
    /// Says what was being done, the value met, the limit or choice. Never input text.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot {} article: ", self.stage.as_str())?;
        match &self.reason {
            RejectReason::TooLarge { bytes, limit } => {
                write!(f, "input has {bytes} bytes, limit is {limit} (limits.article_bytes_max)")
            }
            RejectReason::InvalidUtf8 { position } => write!(f, "invalid UTF-8 at byte {position}"),
            RejectReason::Malformed { line, column, what } => {
                write!(f, "malformed JSON at line {line} column {column}: {what}")
            }
            RejectReason::UnsupportedFormat { found } => {
                write!(f, "unsupported format: looks like {found}; supported are json and text")
            }
            RejectReason::FormatMismatch { claimed, found } => {
                write!(
                    f,
                    "claimed format is {}, but the input looks like {found}",
                    claimed.as_str()
                )
            }
            RejectReason::MissingText => {
                write!(f, "the JSON object has no text (field text, or maintext of news-please)")
            }
            RejectReason::Empty => write!(f, "the text is empty"),
        }
    }
}

impl std::error::Error for Reject {}
