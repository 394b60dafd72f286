//! Reads lists of person names as bylines and credits write them.
//!
//! A name is known by its shape: a few words that begin with a capital, small words such as `van` between them, no
//! digit. Agencies and jobs (`Reuters`, `staff`) stand in such lists too and are no names.

use crate::pack::{Articles, WordKind};

/// Words of the longest name: titles and double surnames included. More words are a clause.
const NAME_WORDS_MAX: usize = 6;

/// The names in `text`, divided by commas, semicolons, brackets, `and`, `&`; `None` where an entry is neither a name nor
/// an agency nor a job.
pub(super) fn names(articles: &Articles, text: &str) -> Option<Vec<String>> {
    read(articles, text).collect::<Option<Vec<_>>>().map(attach)
}

/// The entries of `text` that are names; others are passed over.
pub(super) fn names_among(articles: &Articles, text: &str) -> Vec<String> {
    attach(read(articles, text).flatten().collect())
}

/// What each entry is; `None` for one that fits nothing.
fn read<'a>(
    articles: &'a Articles,
    text: &'a str,
) -> impl Iterator<Item = Option<Entry<'a>>> + use<'a> {
    // In `Jane Doe in Paris, Rome and John Roe` a single word is another place.
    let mut after_place = false;
    entries(text).map(move |entry| {
        let is_place = after_place && !entry.contains(' ');
        after_place = is_place || entry.contains(" in ");
        if is_place { Some(Entry::Nobody) } else { read_entry(articles, entry) }
    })
}

fn attach(entries: Vec<Entry<'_>>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for entry in entries {
        match (entry, names.last_mut()) {
            (Entry::Name(name), _) => names.push(name.to_owned()),
            (Entry::Suffix(suffix), Some(name)) => {
                name.push_str(", ");
                name.push_str(suffix);
            }
            (Entry::Suffix(_), None) | (Entry::Nobody, _) => {}
        }
    }
    names
}

enum Entry<'a> {
    Name(&'a str),
    /// `Jr.` behind a comma belongs to the name before it.
    Suffix(&'a str),
    Nobody,
}

fn entries(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ';', '|', '&', '/', '(', ')'])
        .flat_map(|part| part.split(" and "))
        .map(|part| part.trim().trim_start_matches("and ").trim())
        .filter(|part| !part.is_empty())
}

fn read_entry<'a>(articles: &Articles, entry: &'a str) -> Option<Entry<'a>> {
    let entry = entry.trim_matches([' ', '=', '-', '—', '–', '_', '*', ':']);
    if entry.is_empty() || is_nobody(articles, entry) {
        return Some(Entry::Nobody);
    }
    if matches!(entry.trim_end_matches('.'), "Jr" | "Sr" | "II" | "III" | "IV" | "JR" | "SR") {
        return Some(Entry::Suffix(entry));
    }
    let name = without_place(entry);
    let name = without_job(articles, without_agency(articles, name));
    if ends_in_job(articles, name) {
        return Some(Entry::Nobody);
    }
    let words = name.split(' ').count();
    let is_name = (1..=NAME_WORDS_MAX).contains(&words)
        && name.split(' ').all(|word| is_name_word(articles, word))
        && name.starts_with(char::is_uppercase);
    is_name.then_some(Entry::Name(name))
}

fn is_nobody(articles: &Articles, entry: &str) -> bool {
    let is_known =
        |text: &str| articles.agency(text).is_some() || articles.is_word(WordKind::Staff, text);
    if is_known(entry) {
        return true;
    }
    // `Reuters staff`, `Associated Press writers`
    entry.match_indices(' ').any(|(at, _)| {
        let (first, second) = entry.split_at(at);
        is_known(first.trim_end_matches("'s").trim_end_matches("’s")) && is_known(second.trim())
    })
}

/// `Jane Roe in Paris` -> `Jane Roe`.
fn without_place(entry: &str) -> &str {
    let cut = [" in ", " for ", " at ", " from "].iter().filter_map(|word| entry.find(word)).min();
    cut.map_or(entry, |at| entry.split_at(at).0.trim_end())
}

/// `JANE ROE Associated Press` -> `JANE ROE`, and `Reuters' Jane Roe` the same.
fn without_agency<'a>(articles: &Articles, entry: &'a str) -> &'a str {
    for (at, _) in entry.match_indices(' ') {
        let (first, second) = entry.split_at(at);
        if articles.agency(second).is_some() && first.contains(' ') {
            return first;
        }
        let owner =
            first.trim_end_matches("'s").trim_end_matches("’s").trim_end_matches(['\'', '’']);
        if articles.agency(owner).is_some() && second.trim().contains(' ') {
            return second.trim();
        }
    }
    entry
}

/// `writers Jane Roe` and `Jane Roe Staff Writer` -> `Jane Roe`.
fn without_job<'a>(articles: &Articles, entry: &'a str) -> &'a str {
    for (at, _) in entry.match_indices(' ') {
        let (first, second) = entry.split_at(at);
        if articles.is_word(WordKind::Staff, first) {
            return without_job(articles, second.trim());
        }
        let job = second.trim();
        if first.contains(' ') && job.contains(' ') && articles.is_word(WordKind::Staff, job) {
            return first;
        }
    }
    entry
}

/// Whether it is a title of office (`Chief Political Correspondent`) and nobody's name.
fn ends_in_job(articles: &Articles, entry: &str) -> bool {
    entry.rsplit(' ').next().is_some_and(|word| articles.is_word(WordKind::Staff, word))
}

fn is_name_word(articles: &Articles, word: &str) -> bool {
    let is_shaped = word.chars().all(|c| {
        c.is_alphabetic()
            || unicode_normalization::char::is_combining_mark(c)
            || matches!(c, '.' | '-' | '\'' | '’' | '‘' | '`')
    });
    let capital = word.trim_start_matches(['\'', '’', '‘']).starts_with(char::is_uppercase)
        || word.split(['-', '\'', '’']).any(|part| part.starts_with(char::is_uppercase));
    !word.is_empty() && is_shaped && (capital || articles.is_word(WordKind::Particle, word))
}
