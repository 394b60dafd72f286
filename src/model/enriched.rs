//! The end of the core: an article with all that was found in it.

use super::{Analysis, Article, Event, Issue, Resolution};

/// What became of an article. The words are label values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// At least one event.
    Events,
    /// Read, but no event found.
    NoEvent,
    /// Not in a supported language: no events were looked for.
    UnsupportedLanguage,
}

impl Outcome {
    /// The word in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Events => "events",
            Outcome::NoEvent => "no_event",
            Outcome::UnsupportedLanguage => "unsupported_language",
        }
    }
}

/// What made a record: program, tables, mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// Version of the program.
    pub program: String,
    /// Name, version and hash of the language pack (`en@0.1.0+3c1f…`).
    pub pack: String,
    /// Version of the PLOVER and CAMEO mapping.
    pub mapping: String,
}

/// An article with all that was found in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Enriched {
    /// The cleaned article.
    pub article: Article,
    /// Sentences, tokens, mentions; empty for an unsupported language.
    pub analysis: Analysis,
    /// Who the mentions are.
    pub resolution: Resolution,
    /// The events in text order.
    pub events: Vec<Event>,
    /// What could not be done.
    pub issues: Vec<Issue>,
    /// What became of it.
    pub outcome: Outcome,
    /// What made it.
    pub provenance: Provenance,
}
