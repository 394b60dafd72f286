//! Decides the date of the story's place line, and the date that its relative dates refer to.
//!
//! Best first (the record contract): a date in the dateline or a date line, the day of publication, the day of the
//! Kafka record, nothing. A dateline's date without year counts: `Nov 13` on a story published at 01:00 UTC of the next
//! day says what "Tuesday" means.

use jiff::civil::Date;

use crate::model::{
    Dateline, IssueKind, Moment, Notes, RawArticle, Reference, ReferenceBasis, Stage,
};
use crate::pack::DateCue;

use super::convention::Found;
use super::date::days_between;

/// Days by which the date line and the day of publication may differ without an issue: one lies between the zones of
/// the world.
const DAYS_APART_MAX: i32 = 1;

/// The place line of the article: what its dateline and its date lines say.
pub(super) fn dateline(found: &Found, raw: &RawArticle) -> Option<Dateline> {
    let date = date(found, known_day(raw));
    let place = found.place.clone();
    if place.is_none() && date.is_none() {
        return None;
    }
    let place = place.unwrap_or_default();
    Some(Dateline {
        city: place.city,
        region: place.region,
        country: place.country,
        date,
        agency: place.agency,
    })
}

/// The reference date. Files an issue where the date line and `published_at` do not agree.
pub(super) fn reference(
    dateline: Option<&Dateline>,
    raw: &RawArticle,
    notes: &mut Notes,
) -> Reference {
    let published = raw.published_at.map(Moment::day);
    let stated = dateline.and_then(|dateline| dateline.date);
    if let (Some(dateline), Some(published)) = (stated, published)
        && days_between(dateline, published) > DAYS_APART_MAX
    {
        notes.issue(Stage::Clean, IssueKind::DatesDiffer { dateline, published }, None);
    }
    let candidates = [
        (stated, ReferenceBasis::Dateline),
        (published, ReferenceBasis::PublishedAt),
        (raw.recorded_at.map(Moment::day), ReferenceBasis::Record),
    ];
    let best = candidates.into_iter().find(|(date, _)| date.is_some());
    let (date, from) = best.unwrap_or((None, ReferenceBasis::None));
    Reference { date, from }
}

fn known_day(raw: &RawArticle) -> Option<Date> {
    raw.published_at.or(raw.recorded_at).map(Moment::day)
}

/// The stated date: full in the dateline, else the first date line (one of publication before one of change), else the
/// dateline's with the year that brings it nearest to `known`.
fn date(found: &Found, known: Option<Date>) -> Option<Date> {
    let in_place = found.place.as_ref().and_then(|place| place.date);
    let line_of = |cue: DateCue| found.date_lines.iter().find(move |line| line.cue == cue);
    let line = line_of(DateCue::Published).or_else(|| line_of(DateCue::Updated));
    let candidates = [in_place.filter(|date| date.is_full()), line.map(|line| line.date), in_place];
    candidates.into_iter().flatten().find_map(|date| date.resolve(known))
}
