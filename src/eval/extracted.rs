//! What the scorers compare: the events of one article in a neutral form, made from the model in one function.
//!
//! Slots that the extraction does not fill are `None`: the scorers count them as wrong where gold has a value. A stage
//! that starts to fill a slot changes [`Extracted::of`] and nothing else of eval. All spans are bytes of the cleaned text.

use crate::model::{Article, Enriched, Event, OriginMap, Participant, PloverType, Span};

/// Whether what is told has happened (the gold's convention, after PLOVER's event status).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Realis {
    /// It happened.
    Actual,
    /// It is announced or expected.
    Future,
    /// It is conditional, wished or asked for.
    Hypothetical,
    /// It did not happen.
    Negated,
    /// It happened over about a year before.
    Historical,
}

impl Realis {
    /// The word in the gold files.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "actual" => Some(Realis::Actual),
            "future" => Some(Realis::Future),
            "hypothetical" => Some(Realis::Hypothetical),
            "negated" => Some(Realis::Negated),
            "historical" => Some(Realis::Historical),
            _ => None,
        }
    }
}

/// One who takes part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    /// The words.
    pub text: String,
    /// ISO 3166 alpha-3, or a PLOVER code of a group.
    pub country: Option<String>,
    /// PLOVER sectors.
    pub sectors: Vec<String>,
}

/// Where it happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The words, where there are any.
    pub text: Option<String>,
    /// The country.
    pub country: Option<String>,
}

/// A number of people; `max` is absent where the text sets no upper end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// The least.
    pub min: u64,
    /// The most.
    pub max: Option<u64>,
}

/// The numbers of an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "named like the fields of the gold files")]
pub struct Counts {
    pub dead: Option<Count>,
    pub injured: Option<Count>,
    pub arrested: Option<Count>,
    pub size: Option<Count>,
}

impl Counts {
    /// The four numbers, in one order.
    pub fn all(self) -> [Option<Count>; 4] {
        [self.dead, self.injured, self.arrested, self.size]
    }
}

/// One extracted event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extracted {
    /// The words that tell it.
    pub trigger: Span,
    /// The sentence that tells it.
    pub sentence: Span,
    /// PLOVER type.
    pub kind: PloverType,
    /// PLOVER mode.
    pub mode: Option<String>,
    /// PLOVER contexts.
    pub contexts: Option<Vec<String>>,
    /// Who did it.
    pub actors: Vec<Party>,
    /// Where the actors stand, one span each.
    pub actor_spans: Vec<Span>,
    /// To whom.
    pub recipients: Vec<Party>,
    /// Where the recipients stand, one span each.
    pub recipient_spans: Vec<Span>,
    /// Where.
    pub place: Option<Place>,
    /// When: a day (`2018-04-05`), a month (`2018-04`) or a year (`2018`).
    pub date: Option<String>,
    /// Whether it happened.
    pub realis: Option<Realis>,
    /// Who says so.
    pub attribution: Option<String>,
    /// How many.
    pub counts: Counts,
}

impl Extracted {
    /// The neutral form of an event. This is the only place where the model's slots become the scorer's.
    pub fn of(article: &Article, event: &Event) -> Self {
        let party = |participant: &Participant| Party {
            text: article.slice(participant.span).to_owned(),
            country: participant.country.map(|country| country.as_str().to_owned()),
            sectors: participant.sectors.iter().map(|sector| sector.as_str().to_owned()).collect(),
        };
        Extracted {
            trigger: event.trigger,
            sentence: event.sentence_span,
            kind: event.kind,
            mode: None,
            contexts: None,
            actors: event.actors.iter().map(party).collect(),
            actor_spans: event.actors.iter().map(|actor| actor.span).collect(),
            recipients: event.recipients.iter().map(party).collect(),
            recipient_spans: event.recipients.iter().map(|recipient| recipient.span).collect(),
            place: None,
            date: event.date.map(|(date, _)| date.to_string()),
            realis: None,
            attribution: None,
            counts: Counts::default(),
        }
    }
}

/// What was extracted from one document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extraction {
    /// Back-map from the fields that were handed over.
    pub origin: OriginMap,
    /// The sentences of the cleaned text, in order.
    pub sentences: Vec<Span>,
    /// The events in text order.
    pub events: Vec<Extracted>,
}

impl Extraction {
    /// The neutral form of an extractor's output.
    pub fn of(enriched: &Enriched) -> Self {
        let mut events: Vec<Extracted> =
            enriched.events.iter().map(|event| Extracted::of(&enriched.article, event)).collect();
        events.sort_by_key(|event| event.trigger);
        Extraction {
            origin: enriched.article.origin.clone(),
            sentences: enriched.analysis.sentences.iter().map(|sentence| sentence.span).collect(),
            events,
        }
    }
}
