//! Makes the records of one enriched article: one per event, and one for the article where that is asked for.
//!
//! The same enriched article and options give the same bytes: records are structs with fields in a fixed order, maps are
//! sorted. Absent means unknown or withheld; nothing is ever `null`, and no object is empty. Lists that are worked out
//! for every article are always there, maybe empty (`actor`, `recipient`, `paragraphs`, `events`, `issues`): nobody
//! found is known, not unknown. Lists of what a text may state are absent where it states none (`sector`, `byline`,
//! `credits`).
//!
//! How much text leaves ([`OutputText`]; spans stay in every case):
//!
//! | | full | sentence | span | none |
//! |---|---|---|---|---|
//! | `text`, `title` of the article | yes | | | |
//! | `event_text` | yes | yes | | |
//! | words of slots: trigger, participants, place line, byline, credits | yes | yes | yes | |
//! | words in `event_key` | yes | yes | yes | a hash of the word |
//!
//! What the producer states beside the text (id, source, url) and what comes from the pack's tables (codes, rule ids,
//! agency) leaves in every case, but a participant's canonical `name`, which the text mostly has too, not with `none`.

mod article;
mod envelope;
mod event;
mod key;
mod schema;

pub use article::article_record;
pub use envelope::{InputOrigin, RecordKind, headers};
pub use event::event_record;
pub use schema::{
    ArticleRecord, ArticleReference, CameoSlot, CreditSlot, DatelineSlot, EventRecord, IssueSlot,
    ParagraphSlot, ParticipantSlot, PlaceSlot, ProvenanceSlot, ReferenceSlot, RevisionSlot,
    SpanPair, TextInfoSlot, TriggerSlot, article_schema, event_schema,
};

use serde::Serialize;

use crate::model::{Enriched, OutputText, PublishOptions};

/// One record: the message key and the JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The key: `event_key` of an event, the id of an article.
    pub key: String,
    /// The value, JSON in UTF-8 on one line.
    pub value: Vec<u8>,
}

/// The records of one article.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    /// One per event, in text order.
    pub events: Vec<Record>,
    /// The article record, where it is asked for.
    pub article: Option<Record>,
}

/// Makes the records of one article.
pub fn publish(enriched: &Enriched, options: PublishOptions) -> Records {
    let events = enriched.events.iter().map(|event| {
        let record = event_record(enriched, event, options.output_text);
        Record { value: to_json(&record), key: record.event_key }
    });
    let article = options.article_record.then(|| {
        let record = article_record(enriched, options.output_text);
        Record { value: to_json(&record), key: record.id }
    });
    Records { events: events.collect(), article }
}

fn to_json<T: Serialize>(record: &T) -> Vec<u8> {
    serde_json::to_vec(record).expect("structs with text keys and finite numbers always serialise")
}

/// Whether the words of slots leave.
fn words_leave(output_text: OutputText) -> bool {
    match output_text {
        OutputText::Full | OutputText::Sentence | OutputText::Span => true,
        OutputText::None => false,
    }
}
