//! Makes an actor out of one mention and the table rows inside it.
//!
//! The country is that of the first row that has one (`U.S. envoy to Syria` is of the United States); the sectors are
//! those of the agent noun or organisation nearest the head. A country that is itself the actor stands for its
//! government, as both codebooks have it.

use crate::model::{
    Actor, Analysis, Article, Country, Mention, MentionIx, MentionKind, ResolvedBy, Score, Sector,
    TokenRange,
};
use crate::pack::{ActorEntry, Setup};
use crate::text::PhraseHit;

/// A name of a country or organisation is hardly ever another one's; what is left is a place or a person of that name
/// (Jordan, Georgia). Higher would claim that never happens.
const ROW_SCORE: u16 = 950;

/// A demonym says whose somebody is, but also what language or origin (`a Turkish restaurant`). Lower than a row.
const DEMONYM_SCORE: u16 = 850;

/// An agent noun tells a sector and no country: half of what is asked. Lower than whatever names a country.
const AGENT_NOUN_SCORE: u16 = 700;

/// The rows inside a mention, and what the mention's form alone tells.
pub(super) struct Evidence {
    entries: Vec<(ActorEntry, TokenRange)>,
    /// `US` in capitals, which no table can hold because `us` is a pronoun.
    bare_us: bool,
}

/// Looks up the rows inside a mention. `hits` is room for matches.
pub(super) fn evidence(
    setup: &Setup,
    article: &Article,
    (analysis, mention): (&Analysis, &Mention),
    hits: &mut Vec<PhraseHit<ActorEntry>>,
) -> Evidence {
    setup.pack.actors.phrases.longest(analysis.haystack(mention.tokens), hits);
    let first = analysis.folded_starts.get(mention.tokens.start.at()).copied().unwrap_or(1);
    let entries = hits.iter().filter_map(|hit| {
        // Offsets of the haystack begin at the space before the mention's first token.
        let tokens = analysis.tokens_at(first + hit.start - 1, first + hit.end - 1)?;
        let mut words = analysis.tokens_of(tokens).iter().map(|token| article.slice(token.span));
        let named = words.any(|word| word.contains(char::is_uppercase));
        (named || matches!(hit.value, ActorEntry::Agent(_))).then_some((hit.value, tokens))
    });
    let entries = entries.collect();
    let mut words = analysis.tokens_of(mention.tokens).iter();
    let bare_us = words.any(|token| article.slice(token.span) == "US");
    Evidence { entries, bare_us }
}

/// The actor that a mention is according to its evidence.
pub(super) fn actor(setup: &Setup, mention: &Mention, at: u32, evidence: &Evidence) -> Actor {
    let mut country = evidence.entries.iter().find_map(|(entry, _)| country_of(setup, *entry));
    if country.is_none() && evidence.bare_us {
        country = Country::parse("USA").map(|country| (country, ResolvedBy::Row));
    }
    let sectors = sectors(setup, mention, evidence);
    let by = match country {
        Some((_, by)) => Some(by),
        None if sectors.is_empty() => None,
        None if evidence.entries.iter().any(|(entry, _)| is_organisation(*entry)) => {
            Some(ResolvedBy::Row)
        }
        None => Some(ResolvedBy::AgentNoun),
    };
    Actor {
        mention: MentionIx(at),
        span: mention.span,
        head: mention.head,
        name: name(setup, mention, evidence),
        country: country.map(|(country, _)| country),
        sectors,
        resolved_by: by.map(|by| (by, score(by))),
    }
}

fn score(by: ResolvedBy) -> Score {
    Score::from_thousandths(match by {
        ResolvedBy::Row => ROW_SCORE,
        ResolvedBy::Demonym => DEMONYM_SCORE,
        ResolvedBy::AgentNoun => AGENT_NOUN_SCORE,
    })
}

fn is_organisation(entry: ActorEntry) -> bool {
    matches!(entry, ActorEntry::Organisation(_))
}

fn country_of(setup: &Setup, entry: ActorEntry) -> Option<(Country, ResolvedBy)> {
    let actors = &setup.pack.actors;
    match entry {
        ActorEntry::Country(row) => Some((actors.country(row).country, ResolvedBy::Row)),
        ActorEntry::Demonym(row) => Some((actors.country(row).country, ResolvedBy::Demonym)),
        ActorEntry::Organisation(row) => {
            actors.organisation(row).country.map(|country| (country, ResolvedBy::Row))
        }
        ActorEntry::Agent(_) => None,
    }
}

/// Sectors of the agent nouns and organisations, the row nearest the head first.
fn sectors(setup: &Setup, mention: &Mention, evidence: &Evidence) -> Vec<Sector> {
    let actors = &setup.pack.actors;
    let distance = |tokens: &TokenRange| {
        let last = tokens.end.0.saturating_sub(1);
        mention.head.0.abs_diff(last).min(mention.head.0.abs_diff(tokens.start.0))
    };
    let rows = evidence.entries.iter().filter_map(|(entry, tokens)| match *entry {
        ActorEntry::Agent(row) => Some((distance(tokens), &actors.agent(row).sectors)),
        ActorEntry::Organisation(row) => {
            Some((distance(tokens), &actors.organisation(row).sectors))
        }
        ActorEntry::Country(_) | ActorEntry::Demonym(_) => None,
    });
    // Ties keep the order of the text: `min_by_key` takes the first.
    let nearest = rows.filter(|(_, sectors)| !sectors.is_empty()).min_by_key(|(far, _)| *far);
    match nearest {
        Some((_, sectors)) => sectors.clone(),
        None if mention.kind == MentionKind::Country => Sector::parse("GOV")
            .filter(|sector| setup.pack.ontology.is_sector(*sector))
            .into_iter()
            .collect(),
        None => Vec::new(),
    }
}

/// The canonical name where the head belongs to a country or an organisation.
fn name(setup: &Setup, mention: &Mention, evidence: &Evidence) -> Option<String> {
    let at_head = |tokens: &TokenRange| tokens.range().contains(&mention.head.at());
    let (entry, _) = evidence.entries.iter().find(|(_, tokens)| at_head(tokens))?;
    match *entry {
        ActorEntry::Country(row) => Some(setup.pack.actors.country(row).name.clone()),
        ActorEntry::Organisation(row) => Some(setup.pack.actors.organisation(row).name.clone()),
        ActorEntry::Agent(_) | ActorEntry::Demonym(_) => None,
    }
}
