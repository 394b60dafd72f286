//! Makes what an event is known by: its id, its key, its country.
//!
//! The id names one mention of an event in one article; the key names the event, so that all reports of it meet in one
//! partition. Both depend on nothing but the article and the coded slots. The key holds `|` between slots, `+` between
//! participants and `:` before a sector, and none of them elsewhere.

use jiff::civil::Date;

use crate::model::{ArticleId, Country, EventId, Participant, PloverType, SentenceIx, Span};
use crate::text::StableHash;

/// PLOVER's codes for what is no state (manual §"Actors"): under one of them many actors share a country slot.
const GROUP_CODES: [&str; 5] = ["IGO", "NGO", "MNC", "IMG", "ISM"];

/// The id of an event.
pub(super) fn event_id(
    article: ArticleId,
    sentence: SentenceIx,
    trigger: Span,
    kind: PloverType,
) -> EventId {
    let mut hash = StableHash::new();
    hash.write_u64(article.0);
    hash.write_u64(u64::from(sentence.0));
    hash.write_u64(u64::from(trigger.start));
    hash.write_u64(u64::from(trigger.end));
    hash.write_str(kind.as_str());
    EventId(hash.finish())
}

/// The key of an event: `2024-11-13|AGREE|USA:GOV|NATO|BEL`. `head` gives the folded head word of a participant.
pub(super) fn event_key<'a>(
    (date, kind): (Option<Date>, PloverType),
    actors: &[Participant],
    recipients: &[Participant],
    country: Option<Country>,
    head: &dyn Fn(&Participant) -> &'a str,
) -> String {
    let side = |participants: &[Participant]| {
        let mut names: Vec<String> =
            participants.iter().map(|p| participant_key(p, head(p))).collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() { "-".to_owned() } else { names.join("+") }
    };
    let date = date.map_or_else(|| "-".to_owned(), |date| date.to_string());
    let country = country.as_ref().map_or("-", Country::as_str);
    format!("{date}|{}|{}|{}|{country}", kind.as_str(), side(actors), side(recipients))
}

fn participant_key(participant: &Participant, head: &str) -> String {
    let group = |country: &Country| GROUP_CODES.contains(&country.as_str());
    match (
        participant.country.filter(|c| !(group(c) && participant.name.is_some())),
        &participant.name,
    ) {
        (Some(country), _) => match participant.sectors.first() {
            Some(sector) => format!("{}:{}", country.as_str(), sector.as_str()),
            None => country.as_str().to_owned(),
        },
        (None, Some(name)) => without_separators(name),
        (None, None) => without_separators(head),
    }
}

fn without_separators(text: &str) -> String {
    let spaced = text.replace(['|', '+', ':'], " ");
    let trimmed = spaced.trim();
    if trimmed.is_empty() { "-".to_owned() } else { trimmed.to_owned() }
}

/// The country of an event: the recipients', else the actors', where it is just one.
pub(super) fn event_country(actors: &[Participant], recipients: &[Participant]) -> Option<Country> {
    let only = |participants: &[Participant]| {
        let mut countries = participants.iter().filter_map(|participant| participant.country);
        let first = countries.next();
        first.map(|first| countries.all(|country| country == first).then_some(first))
    };
    only(recipients).or_else(|| only(actors)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{MentionIx, Sector, TokenIx};

    fn participant(name: Option<&str>, country: Option<&str>, sector: Option<&str>) -> Participant {
        Participant {
            mention: MentionIx(0),
            span: Span::new(0, 1),
            head: TokenIx(0),
            name: name.map(str::to_owned),
            country: country.and_then(Country::parse),
            sectors: sector.and_then(Sector::parse).into_iter().collect(),
            resolved_by: None,
        }
    }

    fn key(actors: &[Participant], recipients: &[Participant]) -> String {
        let country = event_country(actors, recipients);
        let date = "2024-11-13".parse().ok();
        event_key((date, PloverType::Agree), actors, recipients, country, &|_| "a|b+c:d")
    }

    #[test]
    fn keys_are_canonical() {
        let usa = participant(Some("United States"), Some("USA"), Some("GOV"));
        let nato = participant(Some("NATO"), Some("IGO"), None);
        let ukraine = participant(None, Some("UKR"), None);
        let unknown = participant(None, None, Some("REB"));
        let both = [usa.clone(), ukraine.clone()];
        let turned = [ukraine.clone(), usa.clone(), usa.clone()];
        assert_eq!(
            key(&both, std::slice::from_ref(&nato)),
            key(&turned, std::slice::from_ref(&nato))
        );
        assert_eq!(key(&both, &[]), "2024-11-13|AGREE|UKR+USA:GOV|-|-");
        assert_eq!(key(&[], &[unknown]), "2024-11-13|AGREE|-|a b c d|-");
        assert_eq!(key(&[usa], &[ukraine]), "2024-11-13|AGREE|USA:GOV|UKR|UKR");
        assert_eq!(event_key((None, PloverType::Aid), &[], &[], None, &|_| ""), "-|AID|-|-|-");
    }

    #[test]
    fn ids_differ_by_everything_they_are_made_of() {
        let id = |article, sentence, start, kind| {
            event_id(ArticleId(article), SentenceIx(sentence), Span::new(start, 9), kind).0
        };
        let base = id(1, 2, 3, PloverType::Aid);
        assert_eq!(base, id(1, 2, 3, PloverType::Aid));
        for other in [
            id(2, 2, 3, PloverType::Aid),
            id(1, 3, 3, PloverType::Aid),
            id(1, 2, 4, PloverType::Aid),
            id(1, 2, 3, PloverType::Agree),
        ] {
            assert_ne!(base, other);
        }
    }
}
