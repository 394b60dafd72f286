//! When a participant is right: by role and country, by sector where asked, and by its words where gold has no country.
//!
//! A gold participant and an extracted one are the same where they stand in the same role with the same country; where
//! gold gives no country, only the words can tell who it is, and the texts must overlap. Each is used once.

use super::extracted::{Extracted, Party};
use super::gold::GoldEvent;
use super::pairing::texts_overlap;

/// Whether every gold participant with a country is found in its role, and no participant stands in a wrong role.
pub(super) fn parties_right(gold: &GoldEvent, extracted: &Extracted) -> bool {
    let roles = [
        (&gold.actors, &gold.recipients, &extracted.actors),
        (&gold.recipients, &gold.actors, &extracted.recipients),
    ];
    roles.into_iter().all(|(own, other, extracted)| {
        let with_country: Vec<Party> =
            own.iter().filter(|party| party.country.is_some()).cloned().collect();
        let named = |party: &Party, among: &[Party]| {
            among.iter().any(|gold| texts_overlap(&gold.text, &party.text))
        };
        found(&with_country, extracted, country_right).into_iter().all(|found| found)
            && !extracted.iter().any(|party| named(party, other) && !named(party, own))
    })
}

/// Whether the country is the gold's; without one, whether the words overlap.
pub(super) fn country_right(gold: &Party, extracted: &Party) -> bool {
    match &gold.country {
        Some(_) => gold.country == extracted.country,
        None => texts_overlap(&gold.text, &extracted.text),
    }
}

/// Whether any sector is the gold's, where it has one.
pub(super) fn sector_right(gold: &Party, extracted: &Party) -> bool {
    gold.sectors.is_empty() || gold.sectors.iter().any(|sector| extracted.sectors.contains(sector))
}

/// For each gold participant whether it is found: the largest one-to-one assignment of participants that are right, by
/// augmenting paths (Kuhn 1955). Those whose words overlap are tried first.
pub(super) fn found(
    gold: &[Party],
    extracted: &[Party],
    right: impl Fn(&Party, &Party) -> bool,
) -> Vec<bool> {
    let edges: Vec<Vec<usize>> = gold
        .iter()
        .map(|party| {
            let fits = extracted.iter().enumerate().filter(|(_, found)| right(party, found));
            let mut fits: Vec<(bool, usize)> =
                fits.map(|(at, found)| (!texts_overlap(&party.text, &found.text), at)).collect();
            fits.sort_unstable();
            fits.into_iter().map(|(_, at)| at).collect()
        })
        .collect();
    let mut holder: Vec<Option<usize>> = vec![None; extracted.len()];
    for at in 0..gold.len() {
        let mut seen = vec![false; extracted.len()];
        assign(at, &edges, &mut holder, &mut seen);
    }
    (0..gold.len()).map(|at| holder.contains(&Some(at))).collect()
}

fn assign(
    gold: usize,
    edges: &[Vec<usize>],
    holder: &mut [Option<usize>],
    seen: &mut [bool],
) -> bool {
    for to in edges.get(gold).into_iter().flatten().copied() {
        if seen.get(to).copied().unwrap_or(true) {
            continue;
        }
        if let Some(seen) = seen.get_mut(to) {
            *seen = true;
        }
        let free = match holder.get(to).copied().flatten() {
            None => true,
            Some(other) => assign(other, edges, holder, seen),
        };
        if let (true, Some(held)) = (free, holder.get_mut(to)) {
            *held = Some(gold);
            return true;
        }
    }
    false
}

/// Pronouns that can tell a participant.
const PRONOUNS: [&str; 22] = [
    "he",
    "him",
    "himself",
    "she",
    "her",
    "herself",
    "it",
    "itself",
    "they",
    "them",
    "themselves",
    "we",
    "us",
    "i",
    "me",
    "you",
    "who",
    "whom",
    "which",
    "that",
    "this",
    "one",
];

/// Words that make a noun phrase definite.
const DEFINITE: [&str; 12] =
    ["the", "this", "that", "these", "those", "its", "his", "her", "their", "our", "my", "your"];

/// Whether a participant's text is a pronoun, or a definite noun phrase in lower case (its first word may open a
/// sentence): whoever it is, the words alone do not say.
pub(super) fn is_reference(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let Some(first) = words.next() else { return false };
    let first = first.to_lowercase();
    let mut rest = words.peekable();
    if rest.peek().is_none() {
        return PRONOUNS.contains(&first.as_str());
    }
    DEFINITE.contains(&first.as_str()) && rest.all(|word| !word.contains(char::is_uppercase))
}
