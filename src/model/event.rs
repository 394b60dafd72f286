//! One event: what happened, who did it to whom, and the spans that say so.

use jiff::civil::Date;

use super::{Actor, CameoCode, Country, PloverType, Scale, SentenceIx, Span, TokenIx};

/// Identity of an event: hash of article id, sentence, trigger span and final type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventId(pub u64);

impl std::fmt::Display for EventId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ev-{:016x}", self.0)
    }
}

/// Where in the article the event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// In the headline.
    Headline,
    /// In the first three sentences of the body.
    Lead,
    /// Further down.
    Body,
}

impl Position {
    /// The word in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            Position::Headline => "headline",
            Position::Lead => "lead",
            Position::Body => "body",
        }
    }
}

/// The CAMEO side of the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cameo {
    /// The code, a root (`19`) where nothing finer is known.
    pub code: CameoCode,
    /// Its name in the codebook.
    pub name: String,
    /// Goldstein value, where the scale has one.
    pub goldstein: Option<Scale>,
}

/// How the date of an event was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateBasis {
    /// Nothing in the text was read: the article's reference date.
    Reference,
}

impl DateBasis {
    /// The word in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            DateBasis::Reference => "reference",
        }
    }
}

/// One who takes part: an actor or a recipient.
pub type Participant = Actor;

/// One coded event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Identity.
    pub id: EventId,
    /// Canonical text of (date, type, actors, recipients, country); the Kafka message key.
    pub key: String,
    /// The sentence that tells it.
    pub sentence: SentenceIx,
    /// The span of that sentence.
    pub sentence_span: Span,
    /// Where in the article that sentence stands.
    pub position: Position,
    /// The words that tell it.
    pub trigger: Span,
    /// The head token of the trigger.
    pub trigger_token: TokenIx,
    /// PLOVER type.
    pub kind: PloverType,
    /// PLOVER score of the type.
    pub scale: Scale,
    /// CAMEO code of the same run.
    pub cameo: Cameo,
    /// Who did it; for two-sided events all parties.
    pub actors: Vec<Participant>,
    /// To whom.
    pub recipients: Vec<Participant>,
    /// The country of the event as the key has it: the recipients' country, else the actors', where there is just one.
    pub country: Option<Country>,
    /// The day, and how it was found.
    pub date: Option<(Date, DateBasis)>,
    /// Id of the frame that fired.
    pub rule: String,
}
