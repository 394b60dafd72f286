//! The event scorer: gold and extraction of one document in, counts out; counts of all documents in, report out.
//!
//! Definitions are those of the gold's README. What it leaves open is decided here. Of the paired mentions of one event,
//! the first core one (else the first) stands for the event in `core_all_right`, the actor figures and the figures by
//! type. `nonactual_f1` and `attribution_f1` are on pairs. Who is who among participants, `participant` says.

use crate::map::Map;
use crate::model::PloverType;

use super::agreement::{Both, Share};
use super::extracted::{Extracted, Extraction, Realis};
use super::gold::{GoldDocument, GoldEvent};
use super::pairing::{Pair, pair, texts_overlap};
use super::participant::{country_right, found, is_reference, parties_right, sector_right};

/// The counts behind the six figures that get an interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "Tally's table says what they count")]
pub struct Headline {
    pub core_found: u32,
    pub core: u32,
    pub found: u32,
    pub all: u32,
    pub paired: u32,
    pub extracted: u32,
    pub all_right: u32,
    pub type_right: u32,
}

impl Headline {
    /// Adds the counts of another document.
    pub fn add(&mut self, other: Headline) {
        self.core_found += other.core_found;
        self.core += other.core;
        self.found += other.found;
        self.all += other.all;
        self.paired += other.paired;
        self.extracted += other.extracted;
        self.all_right += other.all_right;
        self.type_right += other.type_right;
    }
}

/// The counts of one type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindTally {
    /// Core events of the type; right where found with the type or an alternative.
    pub core: Share,
    /// Events extracted as the type; right where paired with an event that accepts it.
    pub extracted: Share,
    /// Pairs whose gold has the type, and pairs extracted as it.
    pub pairs: Both,
}

/// The counts of one document, or of many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Documents.
    pub documents: u32,
    /// Documents that gold marks empty.
    pub empty_documents: u32,
    /// Events extracted from them.
    pub false_events: u32,
    /// The counts behind the first six figures: events found and all, events extracted and paired.
    pub headline: Headline,
    /// By type, in the order of [`PloverType::ALL`].
    pub kinds: [KindTally; 16],
    /// Pairs of the gold's exact type with a gold mode.
    pub mode: Share,
    /// Contexts of pairs.
    pub context: Both,
    /// Pairs with a gold place.
    pub place: Share,
    /// Gold numbers of pairs.
    pub count: Share,
    /// Pairs with a gold date.
    pub date: Share,
    /// Participants of found core events.
    pub actor: Both,
    /// The same without sectors.
    pub actor_country: Both,
    /// Participants told by a pronoun or a definite noun phrase.
    pub reference: Share,
    /// Pairs that gold or the extraction calls not actual.
    pub nonactual: Both,
    /// Pairs that gold or the extraction attributes.
    pub attribution: Both,
}

impl Tally {
    /// Adds the counts of another document.
    pub fn add(&mut self, other: &Tally) {
        self.documents += other.documents;
        self.empty_documents += other.empty_documents;
        self.false_events += other.false_events;
        self.headline.add(other.headline);
        for (kind, other) in self.kinds.iter_mut().zip(other.kinds) {
            kind.core.add(other.core);
            kind.extracted.add(other.extracted);
            kind.pairs.add(other.pairs);
        }
        self.mode.add(other.mode);
        self.context.add(other.context);
        self.place.add(other.place);
        self.count.add(other.count);
        self.date.add(other.date);
        self.actor.add(other.actor);
        self.actor_country.add(other.actor_country);
        self.reference.add(other.reference);
        self.nonactual.add(other.nonactual);
        self.attribution.add(other.attribution);
    }

    /// Scores one document.
    pub fn of(document: &GoldDocument, extraction: &Extraction) -> Self {
        let mut tally = Tally { documents: 1, ..Tally::default() };
        let pairs = pair(&document.events, extraction);
        tally.headline.extracted = extraction.events.len() as u32;
        tally.headline.paired = pairs.len() as u32;
        if document.marked_empty {
            tally.empty_documents = 1;
            tally.false_events = tally.headline.extracted;
        }
        for extracted in &extraction.events {
            tally.kind(extracted.kind, |kind| kind.extracted.all += 1);
        }
        for (gold, extracted) in pairs.iter().filter_map(|pair| both(*pair, document, extraction)) {
            tally.count_type(gold, extracted);
            tally.count_slots(gold, extracted, document.dates_scored);
        }
        for event in chains(document, &pairs) {
            let standing = event.pair.and_then(|pair| both(pair, document, extraction));
            tally.count_event(&event, standing);
        }
        tally
    }

    fn kind(&mut self, kind: PloverType, change: impl FnOnce(&mut KindTally)) {
        if let Some(kind) = self.kinds.get_mut(kind.index()) {
            change(kind);
        }
    }

    fn count_type(&mut self, gold: &GoldEvent, extracted: &Extracted) {
        let right = gold.accepts(extracted.kind);
        self.headline.type_right += u32::from(right);
        self.kind(gold.kind, |kind| kind.pairs.gold += 1);
        if right {
            self.kind(extracted.kind, |kind| kind.extracted.right += 1);
            self.kind(gold.kind, |kind| {
                kind.pairs.both += 1;
                kind.pairs.extracted += 1;
            });
        } else {
            self.kind(extracted.kind, |kind| kind.pairs.extracted += 1);
        }
    }

    fn count_slots(&mut self, gold: &GoldEvent, extracted: &Extracted, dates_scored: bool) {
        if let Some(mode) = gold.mode.as_ref().filter(|_| gold.kind == extracted.kind) {
            self.mode.count(extracted.mode.as_ref() == Some(mode));
        }
        if let Some(contexts) = &gold.contexts {
            let found = extracted.contexts.as_deref().unwrap_or_default();
            let right = contexts.iter().filter(|context| found.contains(context)).count();
            self.context.add(Both {
                gold: contexts.len() as u32,
                extracted: found.len() as u32,
                both: right as u32,
            });
        }
        if let Some(right) = place_right(gold, extracted) {
            self.place.count(right);
        }
        for (gold, extracted) in gold.counts.into_iter().zip(extracted.counts.all()) {
            if let Some(gold) = gold {
                self.count.count(extracted.is_some_and(|count| gold.accepts(count.min)));
            }
        }
        if let Some(date) = gold.date.as_deref().filter(|_| dates_scored) {
            let found = extracted.date.as_deref().and_then(|found| found.get(..date.len()));
            self.date.count(found == Some(date));
        }
        let realis = extracted.realis.unwrap_or(Realis::Actual);
        self.nonactual.add(one(
            gold.realis != Realis::Actual,
            realis != Realis::Actual,
            gold.realis == realis,
        ));
        let (said, found) = (gold.attribution.as_deref(), extracted.attribution.as_deref());
        let same = said.zip(found).is_some_and(|(said, found)| texts_overlap(said, found));
        self.attribution.add(one(said.is_some(), found.is_some(), same));
    }

    fn count_event(&mut self, event: &Chain<'_>, standing: Option<(&GoldEvent, &Extracted)>) {
        self.headline.all += 1;
        self.headline.found += u32::from(standing.is_some());
        if !event.core {
            return;
        }
        self.headline.core += 1;
        let accepted = standing.is_some_and(|(gold, extracted)| gold.accepts(extracted.kind));
        self.kind(event.first_core.kind, |kind| kind.core.count(accepted));
        let Some((gold, extracted)) = standing else { return };
        self.headline.core_found += 1;
        let realis = extracted.realis.unwrap_or(Realis::Actual);
        let all_right = accepted && parties_right(gold, extracted) && realis == gold.realis;
        self.headline.all_right += u32::from(all_right);
        for (gold, extracted) in
            [(&gold.actors, &extracted.actors), (&gold.recipients, &extracted.recipients)]
        {
            let by_country = found(gold, extracted, country_right);
            let by_sector = found(gold, extracted, |gold, extracted| {
                country_right(gold, extracted) && sector_right(gold, extracted)
            });
            let both = |found: &[bool]| Both {
                gold: gold.len() as u32,
                extracted: extracted.len() as u32,
                both: found.iter().filter(|found| **found).count() as u32,
            };
            self.actor.add(both(&by_sector));
            self.actor_country.add(both(&by_country));
            for (party, found) in gold.iter().zip(by_country) {
                if party.country.is_some() && is_reference(&party.text) {
                    self.reference.count(found);
                }
            }
        }
    }
}

/// One thing that each side has or has not; the same only where both have it.
fn one(gold: bool, extracted: bool, same: bool) -> Both {
    Both {
        gold: u32::from(gold),
        extracted: u32::from(extracted),
        both: u32::from(gold && extracted && same),
    }
}

fn both<'a>(
    pair: Pair,
    document: &'a GoldDocument,
    extraction: &'a Extraction,
) -> Option<(&'a GoldEvent, &'a Extracted)> {
    Some((document.events.get(pair.gold)?, extraction.events.get(pair.extracted)?))
}

/// Mentions of one event.
struct Chain<'a> {
    /// Whether any mention is core.
    core: bool,
    /// The first core mention, else the first: its type is the event's.
    first_core: &'a GoldEvent,
    /// The pair that stands for the event.
    pair: Option<Pair>,
}

/// The events of a document, in the order of their first mentions.
fn chains<'a>(document: &'a GoldDocument, pairs: &[Pair]) -> Vec<Chain<'a>> {
    let mut chains: Vec<Chain<'a>> = Vec::new();
    let mut numbers: Map<usize, usize> = Map::default();
    let mut standing_core: Vec<bool> = Vec::new();
    for (at, event) in document.events.iter().enumerate() {
        let number = *numbers.entry(event.chain).or_insert(chains.len());
        if number == chains.len() {
            chains.push(Chain { core: false, first_core: event, pair: None });
            standing_core.push(false);
        }
        let pair = pairs.iter().copied().find(|pair| pair.gold == at);
        let (Some(chain), Some(core)) = (chains.get_mut(number), standing_core.get_mut(number))
        else {
            continue;
        };
        if event.core && !chain.core {
            chain.core = true;
            chain.first_core = event;
        }
        if pair.is_some() && (chain.pair.is_none() || (event.core && !*core)) {
            chain.pair = pair;
            *core = event.core;
        }
    }
    chains
}

/// Whether the place is right; `None` where gold has none.
fn place_right(gold: &GoldEvent, extracted: &Extracted) -> Option<bool> {
    let place = gold.place.as_ref()?;
    let found = extracted.place.as_ref();
    if let Some(text) = &place.text {
        let found = found.and_then(|found| found.text.as_ref());
        return Some(found.is_some_and(|found| texts_overlap(text, found)));
    }
    let country = place.country.as_ref()?;
    Some(found.and_then(|found| found.country.as_ref()) == Some(country))
}
