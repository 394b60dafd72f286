//! Reads the place line that a wire story begins with: `KYIV, Ukraine, Nov 13 (Reuters) - `.
//!
//! Either an agency stands in brackets, or a city in capitals stands before a dash that is no hyphen. Anything less
//! ("NATO - the alliance - said") is text: a dateline left in a sentence costs a little, a subject cut off costs an
//! event. Which country a city lies in is for resolve.

use crate::model::Country;
use crate::pack::{Setup, WordKind};
use crate::text::fold;

use super::date::{StatedDate, date_at_start, year_number};

/// Bytes within which a dateline's bracket or dash stands. Three cities with regions and a date stay below; further on
/// a bracket or dash belongs to a sentence.
const PLACE_BYTES_MAX: usize = 120;

/// Words of the longest city name (`ABOARD THE PAPAL PLANE`).
const CITY_WORDS_MAX: usize = 5;

/// What a dateline says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PlaceLine {
    /// The city, or cities divided by slashes, as written.
    pub(super) city: Option<String>,
    /// What follows the city, as written.
    pub(super) region: Option<String>,
    /// The country that the region names.
    pub(super) country: Option<Country>,
    /// The date as stated.
    pub(super) date: Option<StatedDate>,
    /// Name of the agency.
    pub(super) agency: Option<String>,
}

/// The dateline at the start of `text` and the bytes it takes with its dash; `None` where there is none.
pub(super) fn dateline(setup: &Setup, text: &str) -> Option<(PlaceLine, usize)> {
    with_agency(setup, text).or_else(|| with_capitals(setup, text))
}

fn with_agency(setup: &Setup, text: &str) -> Option<(PlaceLine, usize)> {
    let (open, _) = text.match_indices('(').next().filter(|(at, _)| *at <= PLACE_BYTES_MAX)?;
    let (place, bracket) = text.split_at_checked(open)?;
    let close = bracket.find(')').filter(|at| *at <= PLACE_BYTES_MAX)?;
    let inside = bracket.get(1..close)?;
    let behind = bracket.get(close + 1..)?;
    let after_dash = behind.trim_start().trim_start_matches(['-', '—', '–', '―', '_', '−']);
    if after_dash.len() == behind.trim_start().len() {
        return None;
    }
    let line = match agency(setup, inside) {
        Some(agency) => {
            PlaceLine { agency: Some(agency), ..place_line(setup, place.trim(), Case::Any)? }
        }
        None => {
            let line = place_line(setup, place.trim(), Case::Capitals)?;
            PlaceLine { agency: Some(unknown_agency(setup, &line, inside)?), ..line }
        }
    };
    Some((line, text.len() - after_dash.trim_start().len()))
}

fn with_capitals(setup: &Setup, text: &str) -> Option<(PlaceLine, usize)> {
    let dashes = [" -- ", " — ", " – ", " ― ", " --- "];
    let found = dashes.into_iter().filter_map(|dash| text.find(dash).map(|at| (at, dash.len())));
    let (at, length) = found.min().filter(|(at, _)| *at <= PLACE_BYTES_MAX)?;
    let (place, _) = text.split_at_checked(at)?;
    let rest = text.get(at + length..)?;
    // In "NATO — the alliance — said" the text goes on in lower case.
    let begins = rest.trim_start_matches(['"', '\'', '“', '‘', '(', '[']);
    if !begins.starts_with(|c: char| c.is_uppercase() || c.is_numeric()) {
        return None;
    }
    let line = place_line(setup, place, Case::Capitals)?;
    Some((line, at + length))
}

/// The agency in the brackets: a known form, or known forms divided by slashes, of which the first counts.
fn agency(setup: &Setup, inside: &str) -> Option<String> {
    let articles = &setup.pack.articles;
    if let Some(name) = articles.agency(inside) {
        return Some(name.to_owned());
    }
    let mut parts = inside.split('/').map(|part| articles.agency(part));
    let first = parts.next().flatten()?;
    parts.all(|part| part.is_some()).then(|| first.to_owned())
}

/// An agency that no table has is believed where a region or a date stands with the city: `KABUL, Nov 13 (Pajhwok) -`.
fn unknown_agency(setup: &Setup, line: &PlaceLine, inside: &str) -> Option<String> {
    let is_vouched = line.region.is_some() || line.date.is_some();
    (is_vouched && is_place_name(setup, inside, Case::Any)).then(|| inside.to_owned())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    /// An agency vouches for the rest.
    Any,
    /// The city's capitals are all there is.
    Capitals,
}

/// Reads `KYIV, Ukraine, Nov 13, 2024`. An empty text is a dateline without place (`(Reuters) -`).
fn place_line(setup: &Setup, text: &str, case: Case) -> Option<PlaceLine> {
    let mut line = PlaceLine::default();
    if text.is_empty() {
        return (case == Case::Any).then_some(line);
    }
    let mut parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let city = parts.next()?;
    let mut regions: Vec<&str> = Vec::new();
    let mut dates: Vec<&str> = Vec::new();
    for part in parts {
        if is_date_part(setup, part) {
            dates.push(part);
        } else if is_place_name(setup, part, Case::Any) {
            regions.push(part);
        } else {
            return None;
        }
    }
    let alone = regions.is_empty() && dates.is_empty();
    if !is_city(setup, city, case)
        || (case == Case::Capitals && alone && !is_known_shape(setup, city))
    {
        return None;
    }
    if !dates.is_empty() {
        line.date = date_at_start(&setup.pack.articles, &dates.join(" ")).map(|(date, _, _)| date);
    }
    line.city = Some(city.to_owned());
    line.country = regions.last().and_then(|region| country(setup, region, city));
    line.region = (!regions.is_empty()).then(|| regions.join(", "));
    Some(line)
}

fn country(setup: &Setup, region: &str, city: &str) -> Option<Country> {
    let country = setup.pack.actors.country_named(&fold(region))?;
    setup.pack.articles.region_may_be_country(region, city).then_some(country)
}

/// Whether the part is a weekday, a year, or a month with a day.
fn is_date_part(setup: &Setup, part: &str) -> bool {
    let articles = &setup.pack.articles;
    articles.is_weekday(part)
        || year_number(part).is_some()
        || date_at_start(articles, part).is_some_and(|(_, end, _)| {
            part.get(end..).unwrap_or_default().trim_matches(['.', ' ']).is_empty()
        })
}

fn is_city(setup: &Setup, city: &str, case: Case) -> bool {
    let articles = &setup.pack.articles;
    let first = city.split(' ').next().unwrap_or_default().trim_end_matches([':', '.']);
    let is_other = articles.is_word(WordKind::NoCity, city)
        || (articles.is_word(WordKind::NoCity, first)
            && !articles.is_word(WordKind::CityLead, first))
        || setup.pack.lexicon.is_stop_name(&fold(city));
    !is_other && is_place_name(setup, city, case)
}

/// Whether the words look like the name of a place: capitals at their starts, no digits.
fn is_place_name(setup: &Setup, text: &str, case: Case) -> bool {
    let words = text.split([' ', '/']).count();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let longest = if text.contains('/') { 3 * CITY_WORDS_MAX } else { CITY_WORDS_MAX };
    let is_word = |word: &str| {
        let shaped = word.chars().all(|c| {
            c.is_alphabetic()
                || unicode_normalization::char::is_combining_mark(c)
                || matches!(c, '.' | '-' | '\'' | '’' | '‘')
        });
        let cased = match case {
            Case::Capitals => !word.chars().any(char::is_lowercase),
            Case::Any => {
                word.trim_start_matches(['\'', '’', '‘']).starts_with(char::is_uppercase)
                    || setup.pack.articles.is_word(WordKind::Particle, word)
                    || word == "of"
                    || word == "the"
            }
        };
        !word.is_empty() && shaped && cased
    };
    words <= longest && letters >= 2 && text.split([' ', '/']).all(is_word)
}

/// Whether a city in capitals that stands alone looks like one: one word of three letters or more, or several of which
/// the first or last is known from city names. A heading in capitals has other words.
fn is_known_shape(setup: &Setup, city: &str) -> bool {
    let articles = &setup.pack.articles;
    city.split('/').all(|name| {
        let mut words = name.split(' ');
        let first = words.next().unwrap_or_default();
        match words.next_back() {
            None => name.chars().filter(|c| c.is_alphabetic()).count() >= 3,
            Some(last) => {
                articles.is_word(WordKind::CityLead, first)
                    || articles.is_word(WordKind::CityEnd, last)
            }
        }
    })
}
