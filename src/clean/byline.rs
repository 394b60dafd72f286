//! Reads bylines: `By Jane Doe`, `By JANE DOE and John Roe, Associated Press`.
//!
//! A paragraph is a byline only when all of it is. Names keep the case they are written in: `JOHN DOE` cannot be told
//! from `JOHN DoE` once it is changed.

use crate::pack::Articles;

use super::name::names;

/// Characters of the longest byline: some six names with their agency.
const BYLINE_CHARS_MAX: usize = 200;

/// The names of the byline that `text` is; empty where it names only an agency or a job. `None` for other text.
pub(super) fn byline(articles: &Articles, text: &str) -> Option<Vec<String>> {
    if text.chars().nth(BYLINE_CHARS_MAX).is_some() {
        return None;
    }
    if articles.agency(text).is_some() {
        return Some(Vec::new());
    }
    let rest = text
        .strip_prefix("By ")
        .or_else(|| text.strip_prefix("BY "))
        .or_else(|| text.strip_prefix("by "))
        .or_else(|| text.strip_prefix("By: "))?;
    let names = names(articles, rest)?;
    // One word alone is a name too rarely: `By Popular`, `By Tuesday`.
    names.iter().all(|name| name.contains(' ')).then_some(names)
}
