//! Reads what a headline or an editorial note says about the version of a story, and the slug before a headline.
//!
//! `UPDATE 1-`, `CORRECTED-`, `RPT-UPDATE 2-` leave the headline; the first mark gives the kind, the first number the
//! number. Words of genre (`ANALYSIS-`, `FACTBOX-`) say nothing about the version and stay, as does `(1)`.

use crate::model::{Revision, RevisionKind};
use crate::pack::{Articles, Mark, MarkPlace};

/// Characters of the longest editorial note.
const NOTE_CHARS_MAX: usize = 300;

/// Letters that a slug in capitals with one hyphen must have when the headline follows without space: `US-EU/NATO` is
/// a shorter one and no slug.
const SLUG_LETTERS_MIN: usize = 10;

/// The revision mark at the start of a headline and the bytes that it takes; `None` where there is none, or nothing
/// follows it.
pub(super) fn headline_mark(articles: &Articles, headline: &str) -> Option<(Revision, usize)> {
    articles.marks(MarkPlace::Headline).find_map(|mark| {
        let (n, length) = mark_at_start(mark, headline)?;
        let rest = headline.get(length..)?;
        (!rest.is_empty()).then_some((Revision { kind: mark.kind, n: n.unwrap_or(0) }, length))
    })
}

/// The revision that an editorial note in brackets states: `(Adds details, background)`.
pub(super) fn note(articles: &Articles, text: &str) -> Option<Revision> {
    let inner = text.strip_prefix('(')?.strip_suffix(')')?;
    let is_short = text.chars().nth(NOTE_CHARS_MAX).is_none();
    let mut marks = articles.marks(MarkPlace::Note);
    let mark = marks.find(|mark| {
        inner
            .strip_prefix(mark.form.as_str())
            .is_some_and(|rest| rest.starts_with([' ', ',', ':', ';']))
    })?;
    is_short.then_some(Revision { kind: mark.kind, n: 0 })
}

/// Bytes of the slug that the headline begins with (`US-USA-ELECTION/`), 0 where there is none or nothing follows it.
pub(super) fn slug(headline: &str) -> usize {
    let Some((slug, rest)) = headline.split_once('/') else { return 0 };
    let hyphens = slug.matches('-').count();
    let letters = slug.chars().filter(|c| c.is_alphabetic()).count();
    let is_shaped = slug.starts_with(char::is_alphanumeric)
        && slug.ends_with(char::is_alphanumeric)
        && slug.chars().all(|c| c.is_alphanumeric() || c == '-');
    let is_capitals = !slug.chars().any(char::is_lowercase);
    let is_slug = match hyphens {
        0 => false,
        _ if rest.starts_with(' ') => true,
        1 => is_capitals && letters >= SLUG_LETTERS_MIN,
        _ => is_capitals,
    };
    if is_shaped && is_slug && !rest.trim_start().is_empty() {
        headline.len() - rest.trim_start().len()
    } else {
        0
    }
}

/// The mark with a further one found behind it: the first kind stays, a number is taken where none was stated.
pub(super) fn combine(known: Option<Revision>, found: Revision) -> Revision {
    match known {
        None => found,
        Some(Revision { kind: RevisionKind::Original, n }) => {
            Revision { n: n.max(found.n), ..found }
        }
        Some(Revision { kind, n }) => Revision { kind, n: if n == 0 { found.n } else { n } },
    }
}

/// The stated number of the mark and the bytes it takes with its separator. In capitals the mark may be followed by
/// a hyphen, a dash or a colon; in other writing only by a colon (`Correction: …`), or else with a number (`Update 1-`).
fn mark_at_start(mark: &Mark, headline: &str) -> Option<(Option<u16>, usize)> {
    let (head, behind) = headline.split_at_checked(mark.form.len())?;
    if !head.eq_ignore_ascii_case(&mark.form) {
        return None;
    }
    let spaceless = behind.trim_start();
    let digits = spaceless.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    let n = digits.parse::<u16>().ok();
    if n.is_some() && spaceless.len() == behind.len() {
        return None;
    }
    let behind = spaceless.get(digits.len()..)?.trim_start();
    let rest = behind.strip_prefix([':', '-', '–', '—'])?;
    let is_capitals = !head.chars().any(char::is_lowercase);
    if !is_capitals
        && n.is_none()
        && !(behind.starts_with(':') && mark.kind != RevisionKind::Withdrawal)
    {
        return None;
    }
    Some((n, headline.len() - rest.trim_start_matches(['-', ' ']).len()))
}
