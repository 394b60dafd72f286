//! Reads the dates that wire conventions state: in a dateline, or in a line of their own.
//!
//! Month names only: `3/4/2017` is two dates and is never guessed. A date without year takes the year that brings it
//! nearest to a known day. Dates in running text are not read here.

use jiff::civil::Date;

use crate::pack::{Articles, DateCue, WordKind};

/// Characters of the longest date line: a cue, weekday, date, clock time and zone, twice.
const DATE_LINE_CHARS_MAX: usize = 100;

/// Words of the longest name of an outlet before the cue of a date line.
const OUTLET_WORDS_MAX: usize = 4;

/// A date as stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StatedDate {
    year: Option<i16>,
    month: i8,
    day: i8,
}

/// A line that is a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DateLine {
    /// Its date; it has a year.
    pub(super) date: StatedDate,
    /// What the line says about it.
    pub(super) cue: DateCue,
}

impl StatedDate {
    /// Whether the year is stated.
    pub(super) fn is_full(self) -> bool {
        self.year.is_some()
    }

    /// The day that is meant; `None` for a day that the calendar lacks, and without year where no day is known.
    pub(super) fn resolve(self, known: Option<Date>) -> Option<Date> {
        if let Some(year) = self.year {
            return Date::new(year, self.month, self.day).ok();
        }
        let known = known?;
        let years = [known.year() - 1, known.year(), known.year() + 1];
        years
            .into_iter()
            .filter_map(|year| Date::new(year, self.month, self.day).ok())
            .min_by_key(|date| days_between(*date, known))
    }
}

/// The number of days between two dates, whichever is first.
pub(super) fn days_between(one: Date, other: Date) -> i32 {
    one.until(other).map_or(i32::MAX, |span| span.get_days().abs())
}

/// The date at the start of `text`, its weekday before it or not: the date, the bytes it takes, and whether there is a
/// weekday.
pub(super) fn date_at_start(articles: &Articles, text: &str) -> Option<(StatedDate, usize, bool)> {
    let mut words = words(text).peekable();
    let has_weekday = words.next_if(|word| articles.is_weekday(word.text)).is_some();
    let first = words.next()?;
    if let Some(date) = iso_date(first.text) {
        return Some((date, first.end, has_weekday));
    }
    let second = words.next()?;
    let (month, day, mut end) = match (articles.month(first.text), articles.month(second.text)) {
        (Some(month), _) => (month, day_number(second.text)?, second.end),
        (None, Some(month)) => (month, day_number(first.text)?, second.end),
        (None, None) => return None,
    };
    let year = words.peek().and_then(|word| year_number(word.text).map(|year| (year, word.end)));
    if let Some((_, year_end)) = year {
        end = year_end;
    }
    Some((StatedDate { year: year.map(|(year, _)| year), month, day }, end, has_weekday))
}

/// The date line that `text` is as a whole: a date with its year, and beside it only a cue, a weekday, a clock time, a
/// zone, or another date line.
pub(super) fn date_line(articles: &Articles, text: &str) -> Option<DateLine> {
    if text.chars().nth(DATE_LINE_CHARS_MAX).is_some() {
        return None;
    }
    let (rest, cue) = match articles.date_cue(text) {
        Some((length, cue)) => (text.get(length..)?, cue),
        None => behind_outlet(articles, text).unwrap_or((text, DateCue::Published)),
    };
    let rest = skip_clock(articles, rest);
    let (date, end, _) = date_at_start(articles, rest)?;
    let rest = skip_clock(articles, rest.get(end..)?);
    let closed = rest.is_empty() || date_line(articles, rest).is_some();
    (date.is_full() && closed).then_some(DateLine { date, cue })
}

/// `CTV Saskatoon Published Saturday, …`: what stands behind a cue that follows a few words, and the cue.
fn behind_outlet<'a>(articles: &Articles, text: &'a str) -> Option<(&'a str, DateCue)> {
    let starts = text.match_indices(' ').take(OUTLET_WORDS_MAX).map(|(at, _)| at + 1);
    starts.into_iter().find_map(|start| {
        let rest = text.get(start..).filter(|rest| rest.starts_with(char::is_uppercase))?;
        let (length, cue) = articles.date_cue(rest)?;
        Some((rest.get(length..)?, cue))
    })
}

/// `text` behind the clock times, zones and separators that it begins with.
fn skip_clock<'a>(articles: &Articles, text: &'a str) -> &'a str {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| " :|,.;-–—/()[]•·".contains(c));
        let word = rest.split([' ', ',', '|', ')', ']', ';']).next().unwrap_or_default();
        // a cue begins the next date line, a weekday or an hour before a month begins the date
        let begins_date = date_at_start(articles, rest).is_some();
        if word.is_empty()
            || begins_date
            || articles.date_cue(rest).is_some()
            || !is_clock(articles, word)
        {
            return rest;
        }
        rest = rest.get(word.len()..).unwrap_or_default();
    }
}

/// Whether the word belongs to a clock time: `16:20`, `1320`, `1:19PM`, `GMT`, `+01:00`.
fn is_clock(articles: &Articles, word: &str) -> bool {
    let digits = word.trim_start_matches(['+', '-', 'T']);
    let time = digits.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '.');
    let suffix = digits.get(time.len()..).unwrap_or_default();
    let is_time = (1..=8).contains(&time.len())
        && time.starts_with(|c: char| c.is_ascii_digit())
        && time.chars().all(|c| c.is_ascii_digit() || c == ':' || c == '.')
        && (suffix.is_empty() || articles.is_word(WordKind::Clock, suffix));
    let zone = word.split(['+', '-']).next().unwrap_or_default();
    is_time || articles.is_word(WordKind::Clock, zone)
}

struct Word<'a> {
    text: &'a str,
    /// One past its last byte, a comma or full stop behind it not counted.
    end: usize,
}

/// The words of `text`, commas left out; a full stop stays.
fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    let mut at = 0;
    text.split_inclusive([' ', ',']).filter_map(move |piece| {
        let word = piece.trim_end_matches([' ', ',']);
        let end = at + word.len();
        at += piece.len();
        (!word.is_empty()).then_some(Word { text: word, end })
    })
}

fn iso_date(word: &str) -> Option<StatedDate> {
    let date: Date = word.get(..10)?.parse().ok()?;
    let rest = word.get(10..)?;
    let closed = rest.is_empty() || rest.starts_with('T');
    let stated = StatedDate { year: Some(date.year()), month: date.month(), day: date.day() };
    (closed && word.starts_with(|c: char| c.is_ascii_digit())).then_some(stated)
}

/// A day of the month: `5`, `05`, `5th`.
fn day_number(word: &str) -> Option<i8> {
    let lower = word.trim_end_matches('.').to_ascii_lowercase();
    let digits = ["st", "nd", "rd", "th"].into_iter().find_map(|end| lower.strip_suffix(end));
    let digits = digits.unwrap_or(&lower);
    if digits.is_empty() || digits.len() > 2 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse::<i8>().ok().filter(|day| (1..=31).contains(day))
}

/// A year of four digits that news may be from.
pub(super) fn year_number(word: &str) -> Option<i16> {
    let word = word.trim_end_matches(['.', ':', ';']);
    if word.len() != 4 || !word.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    word.parse::<i16>().ok().filter(|year| (1800..=2199).contains(year))
}
