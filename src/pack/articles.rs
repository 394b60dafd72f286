//! Makes the wire conventions that clean obeys out of the tables in `articles/` of a language pack.
//!
//! Six files: `agencies.tsv` (written form, name), `calendar.tsv` (months, weekdays), `credits.tsv` (cue, roles),
//! `marks.tsv` (revision marks), `signoffs.tsv` (closing lines), `words.tsv` (words by what they say in a convention).
//! Forms are compared after folding (case, diacritics, quotes, dashes), except where a form must be found at the
//! start of a text that is cut behind it: those forms are ASCII, so that a byte length of the form is one of the text.
//! Nothing here looks at an article as a whole: what a line of a story is, clean decides.

use crate::map::{Map, Set};
use crate::model::{CreditRole, RevisionKind};
use crate::text::fold_into;

use super::Files;
use super::table::{Mistake, Row};

/// The wire conventions of a language.
#[derive(Clone, Debug, Default)]
pub struct Articles {
    agencies: Map<String, String>,
    months: Map<String, i8>,
    weekdays: Set<String>,
    cues: Vec<(String, Vec<CreditRole>)>,
    marks: Vec<Mark>,
    signoffs: Vec<(SignoffPlace, String)>,
    words: Vec<Set<String>>,
    date_cues: Vec<(String, DateCue)>,
    doubtful_regions: Map<String, Vec<String>>,
}

/// A word or phrase that says which version of a story this is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The form as written at the start, ASCII.
    pub form: String,
    /// What it says.
    pub kind: RevisionKind,
    /// Where it says so.
    pub place: MarkPlace,
}

/// Where a revision mark stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkPlace {
    /// In front of a headline: `UPDATE 1-`.
    Headline,
    /// As first word of an editorial note in brackets: `(Adds quotes)`.
    Note,
}

/// What a date line says in front of its date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateCue {
    /// The date of publication.
    Published,
    /// The date of the last change.
    Updated,
}

/// What a word says in a convention (`words.tsv`, column `kind`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordKind {
    /// Stands in capitals before a dash, but is no city: `FILE`, `READ MORE`, `NATO`.
    NoCity,
    /// First word of city names of several words: `NEW`, `SAN`.
    CityLead,
    /// Last word of city names of several words: `CITY`, `BEACH`.
    CityEnd,
    /// A lower-case word inside a name: `van`, `al`.
    Particle,
    /// A job in a byline, which is no name: `correspondent`.
    Staff,
    /// A word that may follow or precede the date in a date line: `GMT`, `local`.
    Clock,
    /// A phrase by which a paragraph says who else worked on the story.
    Contribution,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SignoffPlace {
    Whole,
    Start,
    Inside,
}

impl WordKind {
    const ALL: [(WordKind, &'static str); 7] = [
        (WordKind::NoCity, "no_city"),
        (WordKind::CityLead, "city_lead"),
        (WordKind::CityEnd, "city_end"),
        (WordKind::Particle, "particle"),
        (WordKind::Staff, "staff"),
        (WordKind::Clock, "clock"),
        (WordKind::Contribution, "contribution"),
    ];
}

impl Articles {
    /// Reads the tables. Rows with mistakes are left out and named in `mistakes`.
    pub(super) fn parse(files: &Files<'_>, mistakes: &mut Vec<Mistake>) -> Articles {
        let mut articles =
            Articles { words: vec![Set::default(); WordKind::ALL.len()], ..Articles::default() };
        articles.read_agencies(files, mistakes);
        articles.read_calendar(files, mistakes);
        articles.read_credits(files, mistakes);
        articles.read_marks(files, mistakes);
        articles.read_signoffs(files, mistakes);
        articles.read_words(files, mistakes);
        articles
    }

    /// The name of the agency that `text` is a written form of (`AP`, `Agence France-Presse`).
    pub fn agency(&self, text: &str) -> Option<&str> {
        self.agencies.get(&folded(text)).map(String::as_str)
    }

    /// The number of the month, 1 to 12, by its name or abbreviation, with or without full stop.
    pub fn month(&self, word: &str) -> Option<i8> {
        self.months.get(&folded(word.trim_end_matches('.'))).copied()
    }

    /// Whether the word names a weekday, in full or abbreviated, with or without full stop.
    pub fn is_weekday(&self, word: &str) -> bool {
        self.weekdays.contains(&folded(word.trim_end_matches('.')))
    }

    /// The credit cue that `text` begins with, the longest one: its length in bytes, and the roles it gives.
    pub fn credit_cue(&self, text: &str) -> Option<(usize, &[CreditRole])> {
        self.cues
            .iter()
            .find(|(cue, _)| begins_with_word(text, cue))
            .map(|(cue, roles)| (cue.len(), roles.as_slice()))
    }

    /// The revision marks that stand at `place`, the longest form first.
    pub fn marks(&self, place: MarkPlace) -> impl Iterator<Item = &Mark> {
        self.marks.iter().filter(move |mark| mark.place == place)
    }

    /// Whether a paragraph at the end of a story is a sign-off, a rights notice or an advertisement of the agency.
    pub fn is_signoff(&self, paragraph: &str) -> bool {
        let paragraph = folded(paragraph);
        self.signoffs.iter().any(|(place, form)| match place {
            SignoffPlace::Whole => paragraph == *form,
            SignoffPlace::Start => paragraph.starts_with(form.as_str()),
            SignoffPlace::Inside => paragraph.contains(form.as_str()),
        })
    }

    /// Whether the table says that `text` is a word of that kind.
    pub fn is_word(&self, kind: WordKind, text: &str) -> bool {
        let text = folded(text);
        self.words_of(kind).is_some_and(|words| words.contains(&text))
    }

    /// Whether `text` contains a word or phrase of that kind.
    pub fn contains_word(&self, kind: WordKind, text: &str) -> bool {
        let text = folded(text);
        self.words_of(kind)
            .is_some_and(|words| words.iter().any(|word| text.contains(word.as_str())))
    }

    /// The date cue that `text` begins with, the longest one, and its length in bytes.
    pub fn date_cue(&self, text: &str) -> Option<(usize, DateCue)> {
        self.date_cues
            .iter()
            .find(|(cue, _)| begins_with_word(text, cue))
            .map(|(cue, kind)| (cue.len(), *kind))
    }

    /// Whether the name of this region may be that of a country when it follows `city`: `Georgia` is one after
    /// `TBILISI` and a state of the United States otherwise.
    pub fn region_may_be_country(&self, region: &str, city: &str) -> bool {
        let city = folded(city);
        self.doubtful_regions.get(&folded(region)).is_none_or(|cities| cities.contains(&city))
    }

    fn words_of(&self, kind: WordKind) -> Option<&Set<String>> {
        self.words.get(WordKind::ALL.iter().position(|(known, _)| *known == kind)?)
    }

    fn read_agencies(&mut self, files: &Files<'_>, mistakes: &mut Vec<Mistake>) {
        for row in files.read("articles/agencies.tsv", &["form", "name"], mistakes) {
            let filled = is_filled(&row, "form", mistakes) & is_filled(&row, "name", mistakes);
            if !filled {
                continue;
            }
            let form = folded(row.text("form"));
            if self.agencies.insert(form, row.text("name").to_owned()).is_some() {
                mistakes.push(row.mistake("form", "the form is there twice"));
            }
        }
    }

    fn read_calendar(&mut self, files: &Files<'_>, mistakes: &mut Vec<Mistake>) {
        let columns = ["kind", "form", "number"];
        for row in files.read("articles/calendar.tsv", &columns, mistakes) {
            if !is_filled(&row, "form", mistakes) {
                continue;
            }
            let form = folded(row.text("form"));
            let number = row.text("number").parse::<i8>().ok();
            match (row.text("kind"), number) {
                ("month", Some(number)) if (1..=12).contains(&number) => {
                    self.months.insert(form, number);
                }
                ("weekday", Some(number)) if (1..=7).contains(&number) => {
                    self.weekdays.insert(form);
                }
                ("month" | "weekday", _) => {
                    let what = format!("`{}` is no number of it", row.text("number"));
                    mistakes.push(row.mistake("number", what));
                }
                (kind, _) => mistakes.push(unknown(&row, "kind", kind, "month, weekday")),
            }
        }
    }

    fn read_credits(&mut self, files: &Files<'_>, mistakes: &mut Vec<Mistake>) {
        for row in files.read("articles/credits.tsv", &["cue", "roles"], mistakes) {
            let mut roles = Vec::new();
            for word in row.list("roles") {
                match ROLES.into_iter().find(|role| role.as_str() == word) {
                    Some(role) => roles.push(role),
                    None => {
                        let words = ROLES.map(CreditRole::as_str).join(", ");
                        mistakes.push(unknown(&row, "roles", word, &words));
                    }
                }
            }
            if roles.is_empty() {
                mistakes.push(row.mistake("roles", "a cue needs a role"));
            } else if is_ascii(&row, "cue", mistakes) {
                self.cues.push((row.text("cue").to_owned(), roles));
            }
        }
        longest_first(&mut self.cues, |(cue, _)| cue);
    }

    fn read_marks(&mut self, files: &Files<'_>, mistakes: &mut Vec<Mistake>) {
        let columns = ["place", "form", "kind"];
        for row in files.read("articles/marks.tsv", &columns, mistakes) {
            let place = match row.text("place") {
                "headline" => Some(MarkPlace::Headline),
                "note" => Some(MarkPlace::Note),
                place => {
                    mistakes.push(unknown(&row, "place", place, "headline, note"));
                    None
                }
            };
            let word = row.text("kind");
            let kind = REVISIONS.into_iter().find(|kind| kind.as_str() == word);
            if kind.is_none() {
                let words = REVISIONS.map(RevisionKind::as_str).join(", ");
                mistakes.push(unknown(&row, "kind", word, &words));
            }
            if let (Some(place), Some(kind), true) = (place, kind, is_ascii(&row, "form", mistakes))
            {
                self.marks.push(Mark { form: row.text("form").to_owned(), kind, place });
            }
        }
        longest_first(&mut self.marks, |mark| &mark.form);
    }

    fn read_signoffs(&mut self, files: &Files<'_>, mistakes: &mut Vec<Mistake>) {
        for row in files.read("articles/signoffs.tsv", &["place", "form"], mistakes) {
            if !is_filled(&row, "form", mistakes) {
                continue;
            }
            let form = folded(row.text("form"));
            match row.text("place") {
                "whole" => self.signoffs.push((SignoffPlace::Whole, form)),
                "start" => self.signoffs.push((SignoffPlace::Start, form)),
                "inside" => self.signoffs.push((SignoffPlace::Inside, form)),
                place => mistakes.push(unknown(&row, "place", place, "whole, start, inside")),
            }
        }
    }

    fn read_words(&mut self, files: &Files<'_>, mistakes: &mut Vec<Mistake>) {
        let columns = ["kind", "form", "detail"];
        for row in files.read("articles/words.tsv", &columns, mistakes) {
            if !is_filled(&row, "form", mistakes) {
                continue;
            }
            let form = row.text("form");
            match row.text("kind") {
                "region" => {
                    let cities = row.list("detail").map(folded).collect();
                    self.doubtful_regions.insert(folded(form), cities);
                }
                "date_cue" if is_ascii(&row, "form", mistakes) => match row.text("detail") {
                    "published" => self.date_cues.push((form.to_owned(), DateCue::Published)),
                    "updated" => self.date_cues.push((form.to_owned(), DateCue::Updated)),
                    detail => {
                        mistakes.push(unknown(&row, "detail", detail, "published, updated"));
                    }
                },
                "date_cue" => {}
                kind => self.read_word(&row, kind, mistakes),
            }
        }
        longest_first(&mut self.date_cues, |(cue, _)| cue);
    }

    fn read_word(&mut self, row: &Row, kind: &str, mistakes: &mut Vec<Mistake>) {
        let at = WordKind::ALL.iter().position(|(_, name)| *name == kind);
        match at.and_then(|at| self.words.get_mut(at)) {
            Some(words) => {
                words.insert(folded(row.text("form")));
            }
            None => {
                let names = WordKind::ALL.map(|(_, name)| name).join(", ");
                mistakes.push(unknown(row, "kind", kind, &format!("region, date_cue, {names}")));
            }
        }
    }
}

const ROLES: [CreditRole; 7] = [
    CreditRole::Reporting,
    CreditRole::AdditionalReporting,
    CreditRole::Writing,
    CreditRole::Editing,
    CreditRole::Compiling,
    CreditRole::Translating,
    CreditRole::Photo,
];

const REVISIONS: [RevisionKind; 6] = [
    RevisionKind::Original,
    RevisionKind::Update,
    RevisionKind::Correction,
    RevisionKind::Refile,
    RevisionKind::Repeat,
    RevisionKind::Withdrawal,
];

fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(text.trim(), &mut out);
    out
}

/// Whether `text` begins with `form`, whatever the case, and the form does not end inside a word.
fn begins_with_word(text: &str, form: &str) -> bool {
    let Some((head, rest)) = text.split_at_checked(form.len()) else { return false };
    head.eq_ignore_ascii_case(form) && !rest.starts_with(char::is_alphanumeric)
}

/// Longest first, so that the first form found is the one that says most; equal lengths by the alphabet.
fn longest_first<T>(rows: &mut [T], form: impl Fn(&T) -> &String) {
    rows.sort_by(|a, b| (form(b).len(), form(a)).cmp(&(form(a).len(), form(b))));
}

fn is_filled(row: &Row, column: &str, mistakes: &mut Vec<Mistake>) -> bool {
    let filled = !row.text(column).is_empty();
    if !filled {
        mistakes.push(row.mistake(column, "the cell is empty"));
    }
    filled
}

fn is_ascii(row: &Row, column: &str, mistakes: &mut Vec<Mistake>) -> bool {
    let form = row.text(column);
    let ascii = !form.is_empty() && form.is_ascii();
    if !ascii {
        mistakes.push(row.mistake(column, format!("`{form}` is empty or not ASCII")));
    }
    ascii
}

fn unknown(row: &Row, column: &str, met: &str, known: &str) -> Mistake {
    row.mistake(column, format!("unknown word `{met}`, words are {known}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(&str, &[u8]); 6] = [
        ("articles/agencies.tsv", b"form\tname\nAP\tAP\nAssociated Press\tAP\n"),
        ("articles/calendar.tsv", b"kind\tform\tnumber\nmonth\tsept\t9\nweekday\tFriday\t5\n"),
        (
            "articles/credits.tsv",
            b"cue\troles\nReporting by\treporting\nReporting and writing by\treporting|writing\n",
        ),
        (
            "articles/marks.tsv",
            b"place\tform\tkind\nheadline\tUPDATE\tupdate\nnote\tCorrects\tcorrection\n",
        ),
        (
            "articles/signoffs.tsv",
            b"place\tform\nwhole\tENDS\nstart\tcopyright\ninside\tbe published, broadcast\n",
        ),
        (
            "articles/words.tsv",
            b"kind\tform\tdetail\nno_city\tFILE\t\ndate_cue\tUpdated\tupdated\n\
                 region\tGeorgia\ttbilisi|batumi\n",
        ),
    ];

    #[test]
    fn answers_what_the_tables_say() {
        let mut mistakes = Vec::new();
        let articles = Articles::parse(&Files::of(&GOOD, &mut Vec::new()), &mut mistakes);
        assert_eq!(mistakes, []);
        assert_eq!(articles.agency("ASSOCIATED PRESS"), Some("AP"));
        assert_eq!(articles.agency("Press"), None);
        assert_eq!((articles.month("Sept."), articles.month("friday")), (Some(9), None));
        assert!(articles.is_weekday("FRIDAY"));
        let (length, roles) = articles.credit_cue("reporting and writing by A").expect("a cue");
        assert_eq!((length, roles), (24, &[CreditRole::Reporting, CreditRole::Writing][..]));
        assert_eq!(articles.credit_cue("Reporting byways"), None);
        assert_eq!(articles.marks(MarkPlace::Note).count(), 1);
        assert!(articles.is_signoff("Ends") && !articles.is_signoff("Ends well"));
        assert!(articles.is_signoff("May not be published, broadcast or sold"));
        assert!(articles.is_word(WordKind::NoCity, "FILE"));
        assert!(!articles.is_word(WordKind::CityEnd, "FILE"));
        assert_eq!(articles.date_cue("UPDATED: now"), Some((7, DateCue::Updated)));
        assert!(articles.region_may_be_country("Georgia", "TBILISI"));
        assert!(!articles.region_may_be_country("Georgia", "ATLANTA"));
        assert!(articles.region_may_be_country("Belgium", "BRUSSELS"));
    }

    #[test]
    fn names_every_mistake() {
        let bad: [(&str, &[u8]); 6] = [
            ("articles/agencies.tsv", b"form\tname\nAP\tAP\nap\tAP\n\tAFP\n"),
            ("articles/calendar.tsv", b"kind\tform\tnumber\nmonth\tmay\t13\nyear\tx\t1\n"),
            ("articles/credits.tsv", b"cue\troles\nCut by\tcutting\nR\xc3\xa9v by\tediting\n"),
            ("articles/marks.tsv", b"place\tform\tkind\nfoot\tUPDATE\tnews\n"),
            ("articles/signoffs.tsv", b"place\tform\nmiddle\tENDS\n"),
            ("articles/words.tsv", b"kind\tform\tdetail\ncity\tBonn\t\ndate_cue\tNow\tlate\n"),
        ];
        let mut mistakes = Vec::new();
        Articles::parse(&Files::of(&bad, &mut Vec::new()), &mut mistakes);
        let places: Vec<String> = mistakes
            .iter()
            .map(|m| format!("{}:{}:{}", m.file, m.line, m.column.as_deref().unwrap_or_default()))
            .collect();
        assert_eq!(
            places,
            [
                "articles/agencies.tsv:3:form",
                "articles/agencies.tsv:4:form",
                "articles/calendar.tsv:2:number",
                "articles/calendar.tsv:3:kind",
                "articles/credits.tsv:2:roles",
                "articles/credits.tsv:2:roles",
                "articles/credits.tsv:3:cue",
                "articles/marks.tsv:2:place",
                "articles/marks.tsv:2:kind",
                "articles/signoffs.tsv:2:place",
                "articles/words.tsv:2:kind",
                "articles/words.tsv:3:detail",
            ]
        );
    }
}
