//! The lines of the full form as serde reads them, and what they become.
//!
//! Fields that a file does not have are absent (whole articles have no contexts and no counts). Unknown types and
//! statuses are errors: a scorer that drops a gold event in silence reports a better figure than was earned.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::eval::extracted::{Count, Party, Place, Realis};
use crate::model::PloverType;

use super::{GoldCount, GoldError, GoldEvent, Layout, TriggerPlace, fault};

/// A line of `docs.jsonl` or `train_docs.jsonl`.
#[derive(Deserialize)]
pub(in crate::eval) struct DocumentRow {
    pub(in crate::eval) doc: String,
    pub(super) file: Option<String>,
    pub(in crate::eval) text: Option<String>,
    pub(super) title: Option<String>,
    pub(in crate::eval) published_at: Option<String>,
    pub(in crate::eval) split: Option<String>,
}

/// A line of `events.jsonl`.
#[derive(Deserialize)]
pub(super) struct EventRow {
    pub(super) doc: String,
    #[serde(default)]
    pub(super) empty: bool,
    #[serde(default)]
    pub(super) id: String,
    pub(super) same_as: Option<String>,
    sentence: Option<String>,
    sentence_start: Option<usize>,
    #[serde(default)]
    trigger: String,
    trigger_start: Option<usize>,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    alt: Vec<String>,
    mode: Option<String>,
    contexts: Option<Vec<String>>,
    #[serde(default)]
    actors: Vec<PartyRow>,
    #[serde(default)]
    recipients: Vec<PartyRow>,
    location: Option<PlaceRow>,
    date: Option<String>,
    realis: Option<String>,
    attributed_to: Option<String>,
    dead: Option<CountRow>,
    injured: Option<CountRow>,
    arrested: Option<CountRow>,
    size: Option<CountRow>,
    #[serde(default)]
    core: bool,
}

#[derive(Deserialize)]
struct PartyRow {
    text: String,
    country: Option<String>,
    sector: Option<String>,
}

#[derive(Deserialize)]
struct PlaceRow {
    text: Option<String>,
    country: Option<String>,
}

#[derive(Deserialize)]
struct CountRow {
    min: u64,
    max: Option<u64>,
}

/// Reads JSON Lines; blank lines are skipped.
pub(in crate::eval) fn rows<R: DeserializeOwned>(
    file: &str,
    text: &str,
) -> Result<Vec<(usize, R)>, GoldError> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| match serde_json::from_str(line) {
            Ok(row) => Ok((at + 1, row)),
            Err(error) => Err(fault(file, at + 1, error.to_string())),
        })
        .collect()
}

impl EventRow {
    /// The event of the line, its offsets mapped to the fields handed over.
    pub(super) fn event(self, layout: &Layout, chain: usize) -> Result<GoldEvent, String> {
        let trigger = match self.trigger_start {
            Some(start) => TriggerPlace::At(layout.place(&self.trigger, start)?),
            None => TriggerPlace::AnyOf(layout.occurrences(&self.trigger)),
        };
        let sentence = match (&self.sentence, self.sentence_start) {
            (Some(head), Some(start)) => layout.place(head, start)?,
            _ => None,
        };
        Ok(GoldEvent {
            trigger,
            sentence,
            kind: plover_type(&self.kind)?,
            alternatives: self
                .alt
                .iter()
                .map(|name| plover_type(name))
                .collect::<Result<_, _>>()?,
            mode: self.mode,
            contexts: self.contexts,
            actors: self.actors.into_iter().map(PartyRow::party).collect(),
            recipients: self.recipients.into_iter().map(PartyRow::party).collect(),
            place: self.location.map(|place| Place { text: place.text, country: place.country }),
            date: self.date,
            realis: realis(self.realis.as_deref().unwrap_or("actual"))?,
            attribution: self.attributed_to,
            counts: [self.dead, self.injured, self.arrested, self.size].map(|count| {
                let CountRow { min, max } = count?;
                Some(GoldCount::of(Count { min, max }, &layout.text))
            }),
            core: self.core,
            chain,
        })
    }
}

impl PartyRow {
    fn party(self) -> Party {
        let sectors = self.sector.unwrap_or_default();
        Party {
            text: self.text,
            country: self.country,
            sectors: sectors.split_whitespace().map(str::to_owned).collect(),
        }
    }
}

/// The type of that name.
pub(in crate::eval) fn plover_type(name: &str) -> Result<PloverType, String> {
    PloverType::parse(name).ok_or_else(|| format!("unknown type {name:?}"))
}

/// The status of that name.
pub(in crate::eval) fn realis(word: &str) -> Result<Realis, String> {
    Realis::parse(word).ok_or_else(|| format!("unknown realis {word:?}"))
}
