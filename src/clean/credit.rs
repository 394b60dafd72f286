//! Reads the credits at the end of a story: `(Reporting by Jane Doe; Editing by John Roe)`, with and without brackets.
//!
//! In brackets a credit is what it looks like, and entries that are no names are passed over. Without brackets every
//! word has to fit, because a sentence may begin like a credit ("Reporting by the paper suggests …").

use crate::model::{Credit, CreditRole};
use crate::pack::{Articles, WordKind};

use super::name::{names, names_among};

/// Characters of the longest paragraph that is read as credits without brackets.
const OPEN_CREDITS_CHARS_MAX: usize = 400;

/// The credits that the paragraph is as a whole; `None` for other text.
pub(super) fn credits(articles: &Articles, text: &str) -> Option<Vec<Credit>> {
    let text = text.trim_start_matches(|c: char| "—–-_* ".contains(c));
    let text = text.trim_end_matches(['=', ' ']);
    if let Some(inner) = text.strip_prefix(['(', '[']) {
        let inner = inner.trim_end_matches([')', ']', '.', ' ']);
        articles.credit_cue(inner)?;
        return read(articles, inner, Strictness::Lenient);
    }
    if text.chars().nth(OPEN_CREDITS_CHARS_MAX).is_some() || articles.credit_cue(text).is_none() {
        return None;
    }
    read(articles, text, Strictness::Strict)
}

/// Where credits in brackets begin that end the paragraph, and what they say.
pub(super) fn credits_at_end(articles: &Articles, text: &str) -> Option<(usize, Vec<Credit>)> {
    if !text.trim_end_matches('.').ends_with([')', ']']) {
        return None;
    }
    let starts = text.match_indices(['(', '[']).map(|(at, _)| at);
    let start = starts.rev().take(4).find(|at| {
        let inner = text.get(at + 1..).unwrap_or_default();
        articles.credit_cue(inner.trim_start()).is_some()
    })?;
    Some((start, credits(articles, text.get(start..)?)?))
}

/// The names of a paragraph that says who else worked on the story ("Associated Press writers Jane Doe in Rome and John
/// Roe contributed to this report."); `None` for other text.
pub(super) fn contribution(articles: &Articles, text: &str) -> Option<Vec<Credit>> {
    let text = text.trim_matches(|c: char| "—–-_* ()".contains(c)).trim_end_matches('.');
    if text.chars().nth(OPEN_CREDITS_CHARS_MAX).is_some()
        || !articles.contains_word(WordKind::Contribution, text)
    {
        return None;
    }
    // `Doe reported from Rome. Roe contributed …`: the sentence with the cue is the last one
    let sentence = text.rsplit(". ").next().unwrap_or_default();
    let contributed = sentence.find(" contributed").or_else(|| sentence.find(" also contributed"));
    let (who, _) = sentence.split_at_checked(contributed?)?;
    let who = who.trim_end_matches(" also").trim_end_matches(',');
    let mut names = names_among(articles, who);
    names.retain(|name| name.contains(' '));
    Some(credit(CreditRole::AdditionalReporting, names))
}

/// Adds `found` to `credits`: one entry a role, each name once.
pub(super) fn merge(credits: &mut Vec<Credit>, found: Vec<Credit>) {
    for credit in found {
        let at = credits.iter().position(|known| known.role == credit.role);
        match at.and_then(|at| credits.get_mut(at)) {
            Some(known) => {
                for name in credit.names {
                    if !known.names.contains(&name) {
                        known.names.push(name);
                    }
                }
            }
            None => credits.push(credit),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Strictness {
    Lenient,
    Strict,
}

/// Reads `text`, which begins with a cue: from cue to cue, each with the names behind it.
fn read(articles: &Articles, text: &str, strictness: Strictness) -> Option<Vec<Credit>> {
    let mut credits = Vec::new();
    let mut rest = text;
    while let Some((length, roles)) = articles.credit_cue(rest) {
        let behind = rest.get(length..).unwrap_or_default();
        let end = next_cue(articles, behind).unwrap_or(behind.len());
        let (list, next) = behind.split_at_checked(end)?;
        let list = list.trim_end().trim_end_matches([';', ',', '.', '|', ')', ']']);
        let list = list.strip_suffix(" and").unwrap_or(list).trim_start_matches([':', ' ']);
        let found = match strictness {
            Strictness::Lenient => names_among(articles, list),
            Strictness::Strict => names(articles, list)?,
        };
        for role in roles {
            merge(&mut credits, credit(*role, found.clone()));
        }
        rest = next;
    }
    Some(credits)
}

fn credit(role: CreditRole, names: Vec<String>) -> Vec<Credit> {
    if names.is_empty() { Vec::new() } else { vec![Credit { role, names }] }
}

/// Where the next cue begins: behind a separator or `and`, or anywhere with a capital letter.
fn next_cue(articles: &Articles, text: &str) -> Option<usize> {
    let after_space = text.match_indices([' ', ';', '|', '—', '–']).map(|(at, sep)| at + sep.len());
    after_space.into_iter().find(|at| {
        let Some((before, after)) = text.split_at_checked(*at) else { return false };
        let before = before.trim_end();
        let divided = before.ends_with([';', ',', '.', '|', '-', '—', '–', ':'])
            || before.ends_with(" and")
            || after.starts_with(char::is_uppercase);
        divided && articles.credit_cue(after).is_some()
    })
}
