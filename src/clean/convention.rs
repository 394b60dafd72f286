//! Takes the conventions of wire text out of a story and keeps what they say: headline and its repeats, revision mark,
//! byline, date line, dateline, credits, sign-offs.
//!
//! One pass looks at the head and the tail of the story as they stand and takes what it knows; passes go on until one
//! takes nothing. So the result depends on the paragraphs alone, and cleaning a cleaned text changes nothing. A story
//! without title keeps its last paragraph, whatever it is: text is never cleaned away as a whole.

use std::collections::VecDeque;

use crate::model::{Credit, Revision};
use crate::pack::Setup;

use super::byline::byline;
use super::credit::{contribution, credits, credits_at_end, merge};
use super::date::{DateLine, date_at_start, date_line};
use super::dateline::{PlaceLine, dateline};
use super::headline::{is_same, looks_like_headline, without_full_stop};
use super::passage::Passage;
use super::revision::{combine, headline_mark, note, slug};

/// Characters of the longest paragraph that may be a sign-off. Rights notices have up to 250; a story that came as one
/// paragraph ends with one too, and must not go with it.
const SIGNOFF_CHARS_MAX: usize = 300;

/// Paragraphs behind the credits that are none of the conventions known here (advertisements of the site).
const BEHIND_CREDITS_MAX: usize = 3;

/// A story on its way: what is left of it, and what was found.
#[derive(Debug, Default)]
pub(super) struct Story {
    /// The headline.
    pub(super) title: Option<Passage>,
    /// The paragraphs.
    pub(super) body: VecDeque<Passage>,
    /// Removed repeats of the headline.
    pub(super) repeats: Vec<Passage>,
    /// What the conventions say.
    pub(super) found: Found,
    title_is_given: bool,
}

/// What the conventions say.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The dateline.
    pub(super) place: Option<PlaceLine>,
    /// Date lines, in the order of the text.
    pub(super) date_lines: Vec<DateLine>,
    /// Names of the byline.
    pub(super) byline: Vec<String>,
    /// Credits at the end.
    pub(super) credits: Vec<Credit>,
    /// The revision mark.
    pub(super) revision: Option<Revision>,
}

/// The story of the given title, if there is one, and the paragraphs.
pub(super) fn story(setup: &Setup, title: Option<Passage>, paragraphs: Vec<Passage>) -> Story {
    let mut story = Story {
        title_is_given: title.is_some(),
        title,
        body: paragraphs.into(),
        ..Story::default()
    };
    while story.pass(setup) {}
    story
}

impl Story {
    /// Takes what stands at the head and the tail; false where nothing was there to take.
    fn pass(&mut self, setup: &Setup) -> bool {
        let mut changed = false;
        if !self.title_is_given {
            if let Some(title) = self.title.take() {
                self.body.push_front(title);
            }
            changed |= self.take_head(setup);
            changed |= self.take_title(setup);
        }
        changed |= self.take_marks(setup);
        changed |= self.take_head(setup);
        changed |= self.take_dateline(setup, 0);
        changed |= self.take_dateline(setup, 1);
        while self.take_tail(setup) {
            changed = true;
        }
        changed
    }

    /// Whether a paragraph may go without leaving nothing.
    fn can_spare(&self) -> bool {
        self.title.is_some() || self.body.len() > 1
    }

    /// Makes the first paragraph the title where it looks like one; true where that changed it.
    fn take_title(&mut self, setup: &Setup) -> bool {
        let (Some(first), Some(next)) = (self.body.front(), self.body.get(1)) else { return false };
        if !looks_like_headline(setup, first, next) || dateline(setup, &first.text).is_some() {
            return false;
        }
        let open = first.cut(0..without_full_stop(setup, &first.text).len());
        let changed = open.text != first.text;
        self.body.pop_front();
        self.title = Some(open);
        changed
    }

    /// Takes slug and revision marks off the headline.
    fn take_marks(&mut self, setup: &Setup) -> bool {
        let Some(title) = &self.title else { return false };
        let (bare, revision) = without_marks(setup, title);
        let changed = bare.text.len() != title.text.len();
        if let Some(revision) = revision {
            self.found.revision = Some(combine(self.found.revision, revision));
        }
        self.title = Some(bare);
        changed
    }

    /// Takes the furniture between the headline and the first paragraph.
    fn take_head(&mut self, setup: &Setup) -> bool {
        let mut changed = false;
        while self.can_spare() && (self.take_front(setup) || self.take_byline_below_deck(setup)) {
            changed = true;
        }
        changed
    }

    fn take_front(&mut self, setup: &Setup) -> bool {
        let articles = &setup.pack.articles;
        let Some(front) = self.body.front() else { return false };
        if let Some(title) = &self.title
            && let Some(repeat) = repeat_of(setup, title, front)
        {
            self.repeats.push(repeat);
        } else if let Some(names) = byline(articles, &front.text) {
            self.found.byline.extend(names);
        } else if let Some(line) = date_line(articles, &front.text) {
            self.found.date_lines.push(line);
        } else if let Some(revision) = note(articles, &front.text) {
            self.found.revision = Some(combine(self.found.revision, revision));
        } else {
            return false;
        }
        self.body.pop_front();
        true
    }

    /// A byline that names somebody is known also below one paragraph of summary, and a date line behind it.
    fn take_byline_below_deck(&mut self, setup: &Setup) -> bool {
        let articles = &setup.pack.articles;
        let Some(second) = self.body.get(1).filter(|_| self.title.is_some()) else { return false };
        let Some(names) = byline(articles, &second.text).filter(|names| !names.is_empty()) else {
            return false;
        };
        self.found.byline.extend(names);
        self.body.remove(1);
        while let Some(line) = self.body.get(1).and_then(|next| date_line(articles, &next.text)) {
            self.found.date_lines.push(line);
            self.body.remove(1);
        }
        true
    }

    /// Takes the dateline off the paragraph `at`. Below a paragraph of summary an agency must vouch for it.
    fn take_dateline(&mut self, setup: &Setup, at: usize) -> bool {
        let Some(paragraph) = self.body.get(at) else { return false };
        let found = match dateline(setup, &paragraph.text) {
            Some((place, length)) if at == 0 || place.agency.is_some() => {
                Some((Some(place), length))
            }
            Some(_) => None,
            None => date_before_sentence(setup, &paragraph.text).filter(|_| at == 0).map(
                |(line, length)| {
                    self.found.date_lines.push(line);
                    (None, length)
                },
            ),
        };
        let Some((place, length)) = found else { return false };
        let rest = paragraph.cut_from(length);
        if rest.text.is_empty() && !self.can_spare() {
            return false;
        }
        if self.found.place.is_none() {
            self.found.place = place;
        }
        if rest.text.is_empty() {
            self.body.remove(at);
        } else if let Some(paragraph) = self.body.get_mut(at) {
            *paragraph = rest;
        }
        true
    }

    /// Takes one thing off the end.
    fn take_tail(&mut self, setup: &Setup) -> bool {
        let Some(last) = self.body.back() else { return false };
        let articles = &setup.pack.articles;
        let is_short = last.text.chars().nth(SIGNOFF_CHARS_MAX).is_none();
        if self.can_spare() {
            if let Some(found) = whole_credits(setup, &last.text) {
                self.add_credits(found);
                self.body.pop_back();
                return true;
            }
            if is_short && (articles.is_signoff(&last.text) || self.ends_with_reporters(setup)) {
                self.body.pop_back();
                return true;
            }
        }
        if let Some((start, found)) = credits_at_end(articles, &last.text).filter(|(at, _)| *at > 0)
        {
            return self.shorten_last(start, found);
        }
        if let Some(start) = agency_at_end(setup, &last.text) {
            return self.shorten_last(start, Vec::new());
        }
        self.take_credits_above(setup)
    }

    /// Cuts the last paragraph at `start`, unless nothing would be left of it.
    fn shorten_last(&mut self, start: usize, found: Vec<Credit>) -> bool {
        let Some(last) = self.body.back_mut() else { return false };
        let rest = last.cut(0..start);
        if rest.text.is_empty() {
            return false;
        }
        *last = rest;
        self.add_credits(found);
        true
    }

    /// Takes credits in brackets that stand a little above the end.
    fn take_credits_above(&mut self, setup: &Setup) -> bool {
        for behind in 1..=BEHIND_CREDITS_MAX {
            let Some(at) = self.body.len().checked_sub(1 + behind) else { return false };
            let Some(paragraph) = self.body.get(at) else { return false };
            let is_bracketed = paragraph.text.starts_with(['(', '[']);
            if let Some(found) =
                credits(&setup.pack.articles, &paragraph.text).filter(|_| is_bracketed)
            {
                self.add_credits(found);
                self.body.remove(at);
                return true;
            }
        }
        false
    }

    /// Whether the last paragraph says where the reporters were ("Doe reported from Rome.") below a rule of the agency.
    fn ends_with_reporters(&self, setup: &Setup) -> bool {
        let above = self.body.len().checked_sub(2).and_then(|at| self.body.get(at));
        let is_below_rule = above.is_some_and(|above| {
            setup.pack.articles.is_signoff(&above.text) && above.text.starts_with('_')
        });
        let reports = |last: &Passage| last.text.contains(" reported from ");
        is_below_rule && self.body.back().is_some_and(reports)
    }

    /// The tail is read upwards: what was found later stands earlier.
    fn add_credits(&mut self, found: Vec<Credit>) {
        let later = std::mem::replace(&mut self.found.credits, found);
        merge(&mut self.found.credits, later);
    }
}

fn whole_credits(setup: &Setup, text: &str) -> Option<Vec<Credit>> {
    let articles = &setup.pack.articles;
    credits(articles, text).or_else(|| contribution(articles, text))
}

/// The headline without slug and revision marks, and what the marks say.
fn without_marks(setup: &Setup, title: &Passage) -> (Passage, Option<Revision>) {
    let mut revision = None;
    let mut start = 0;
    loop {
        let rest = title.text.get(start..).unwrap_or_default();
        let length = slug(rest);
        if length > 0 {
            start += length;
        } else if let Some((mark, length)) = headline_mark(&setup.pack.articles, rest) {
            revision = Some(combine(revision, mark));
            start += length;
        } else {
            break;
        }
    }
    let bare = title.cut_from(start);
    if bare.text.is_empty() { (title.clone(), None) } else { (bare, revision) }
}

/// The part of `paragraph` that repeats the headline, where it is nothing else: marks and a final full stop are no
/// difference.
fn repeat_of(setup: &Setup, title: &Passage, paragraph: &Passage) -> Option<Passage> {
    if is_same(title, paragraph) {
        return Some(paragraph.clone());
    }
    let bare = |passage: &Passage| {
        let (bare, _) = without_marks(setup, passage);
        bare.cut(0..without_full_stop(setup, &bare.text).len())
    };
    let repeat = bare(paragraph);
    is_same(&bare(title), &repeat).then_some(repeat)
}

/// A date line that runs into the first sentence: weekday, full date, and then a capital ("Friday, May 1, 2015 The …").
fn date_before_sentence(setup: &Setup, text: &str) -> Option<(DateLine, usize)> {
    let articles = &setup.pack.articles;
    let (_, end, has_weekday) = date_at_start(articles, text)?;
    let line = date_line(articles, text.get(..end)?)?;
    let rest = text.get(end..)?.strip_prefix(' ')?;
    (has_weekday && rest.starts_with(char::is_uppercase)).then_some((line, end))
}

/// Where the name of an agency begins that signs the end of a paragraph: `… he said.-VNA`, `… on Monday. AP.`
fn agency_at_end(setup: &Setup, text: &str) -> Option<usize> {
    let trimmed = text.trim_end_matches(['.', ')', ' ']);
    let name = trimmed.rsplit([' ', '-', '–', '—', '(']).next().unwrap_or_default();
    setup.pack.articles.agency(name).filter(|_| !name.chars().any(char::is_lowercase))?;
    let before = trimmed.get(..trimmed.len() - name.len())?;
    let sentence = before.trim_end_matches([' ', '-', '–', '—', '(', '/']);
    let is_closed = sentence.ends_with(['.', '!', '?', '"', '”']) && before.len() > sentence.len();
    (is_closed && !sentence.is_empty()).then_some(sentence.len())
}
