//! The dyad scorer: sentences with a marked source and target, and the type of the event between them.
//!
//! Types are compared as 15 classes (CONCEDE and RETREAT are YIELD) and as 4 quad classes, raw and after a short table
//! of equivalences between the corpus' convention and PLOVER 2.0's. A sentence in which no event joins the marked spans is
//! a miss: a class of its own that is always wrong.

use std::fmt::Write as _;

use serde_json::{Map as Json, Value};

use crate::model::{Field, PloverType, Span};

use super::agreement::{Both, Share, macro_f1};
use super::extracted::{Extracted, Extraction};
use super::gold::{GoldDocument, GoldError, fault};
use super::report::{cell, line, number};

/// The 15 classes.
const CLASSES: [&str; 15] = [
    "AGREE",
    "CONSULT",
    "SUPPORT",
    "COOPERATE",
    "AID",
    "YIELD",
    "REQUEST",
    "ACCUSE",
    "REJECT",
    "THREATEN",
    "PROTEST",
    "SANCTION",
    "MOBILIZE",
    "COERCE",
    "ASSAULT",
];

/// A label of the corpus that stands for another type of PLOVER 2.0 where the sentence has one of the cues.
struct Equivalence {
    gold: &'static str,
    ours: PloverType,
    /// Beginnings of words.
    cues: &'static [&'static str],
}

const SANCTIONS: &[&str] = &["sanction", "embargo"];
const VERDICTS: &[&str] = &["convict", "guilty", "sentenc"];

/// The README of the gold: "imposed sanctions are COERCE, calls for sanctions ACCUSE, convictions ACCUSE or COERCE".
/// PLOVER 2.0 has SANCTION, REQUEST and SANCTION (convict), with COERCE (arrest) beside a prison sentence.
const EQUIVALENCES: [Equivalence; 5] = [
    Equivalence { gold: "COERCE", ours: PloverType::Sanction, cues: SANCTIONS },
    Equivalence { gold: "ACCUSE", ours: PloverType::Request, cues: SANCTIONS },
    Equivalence { gold: "ACCUSE", ours: PloverType::Sanction, cues: VERDICTS },
    Equivalence { gold: "ACCUSE", ours: PloverType::Coerce, cues: VERDICTS },
    Equivalence { gold: "COERCE", ours: PloverType::Sanction, cues: VERDICTS },
];

/// A sentence of the corpus.
#[derive(Clone, Debug, PartialEq)]
pub struct Dyad {
    /// The sentence as a document without gold events.
    pub document: GoldDocument,
    /// Where the source stands in the sentence.
    pub source: Vec<Span>,
    /// Where the target stands in the sentence.
    pub target: Vec<Span>,
    /// The class among the 15.
    pub class: &'static str,
    /// The quad class, 1 to 4.
    pub quad: u8,
}

/// Reads the corpus: tab-separated with a header, columns by name.
///
/// # Errors
/// A missing column, or the first line with an unknown class.
pub fn read_dyads(file: &str, text: &str) -> Result<Vec<Dyad>, GoldError> {
    let mut lines = text.lines().enumerate();
    let header: Vec<&str> =
        lines.next().map(|(_, line)| line.split('\t').collect()).unwrap_or_default();
    let column = |name: &str| {
        let at = header.iter().position(|column| *column == name);
        at.ok_or_else(|| fault(file, 1, format!("no column {name}")))
    };
    let names = ["sentence_id", "split", "marked_sentence", "gold_root", "gold_penta"].map(column);
    let [id, split, marked, root, penta] = names;
    let (id, split, marked, root, penta) = (id?, split?, marked?, root?, penta?);
    let rows = lines.filter(|(_, line)| !line.is_empty());
    rows.map(|(at, line)| {
        let cells: Vec<&str> = line.split('\t').collect();
        let cell = |column: usize| cells.get(column).copied().unwrap_or_default();
        let class = class_named(cell(root))
            .ok_or_else(|| fault(file, at + 1, format!("unknown gold_root {:?}", cell(root))))?;
        let quad = cell(penta).parse().ok().filter(|quad| (1..=4).contains(quad));
        let quad = quad
            .ok_or_else(|| fault(file, at + 1, format!("unknown gold_penta {:?}", cell(penta))))?;
        let (body, [source, target]) = unmark(cell(marked));
        let document = GoldDocument {
            id: cell(id).to_owned(),
            title: None,
            body,
            published_at: None,
            split: Some(cell(split).to_owned()),
            dates_scored: false,
            marked_empty: false,
            events: Vec::new(),
        };
        Ok(Dyad { document, source, target, class, quad })
    })
    .collect()
}

/// Takes the marks `<s>…</s>` and `<t>…</t>` out of a sentence; gives the sentence and the marked spans in it.
fn unmark(marked: &str) -> (String, [Vec<Span>; 2]) {
    let mut sentence = String::with_capacity(marked.len());
    let (mut open, mut spans) = ([0; 2], [Vec::new(), Vec::new()]);
    let mut rest = marked;
    while let Some((before, tag)) = rest.find('<').and_then(|at| rest.split_at_checked(at)) {
        sentence.push_str(before);
        let here = sentence.len();
        let roles = open.iter_mut().zip(&mut spans).zip([("<s>", "</s>"), ("<t>", "</t>")]);
        let mut after = None;
        for ((open, spans), (start, end)) in roles {
            if let Some(tail) = tag.strip_prefix(start) {
                *open = here;
                after = Some(tail);
            } else if let Some(tail) = tag.strip_prefix(end) {
                spans.push(Span::of(*open, here));
                after = Some(tail);
            }
        }
        rest = after.unwrap_or_else(|| {
            sentence.push('<');
            tag.strip_prefix('<').unwrap_or_default()
        });
    }
    sentence.push_str(rest);
    (sentence, spans)
}

fn class_named(root: &str) -> Option<&'static str> {
    let root = if matches!(root, "CONCEDE" | "RETREAT") { "YIELD" } else { root };
    CLASSES.into_iter().find(|class| *class == root)
}

fn class_of(kind: PloverType) -> Option<&'static str> {
    class_named(kind.as_str())
}

/// The quad class as the corpus codes it: YIELD is material cooperation, whichever of its two types it was.
fn quad_of(class: &str) -> u8 {
    if class == "YIELD" {
        2
    } else {
        PloverType::parse(class).map_or(0, |kind| kind.quad().number())
    }
}

/// The event between the marked spans: one that has both as participants, or whose trigger stands between them; where
/// several do, the one with most of them in their roles, then the nearest to the source. Where only one span is marked,
/// the nearest event to it.
fn event_between<'a>(extraction: &'a Extraction, dyad: &Dyad) -> Option<&'a Extracted> {
    let to_text = |spans: &[Span]| -> Vec<Span> {
        spans.iter().filter_map(|span| extraction.origin.to_text(Field::Body, *span)).collect()
    };
    let (source, target) = (to_text(&dyad.source), to_text(&dyad.target));
    let near = |event: &Extracted, spans: &[Span]| {
        spans.iter().map(|span| gap(event.trigger, *span)).min().unwrap_or(0)
    };
    let events = extraction.events.iter();
    if source.is_empty() || target.is_empty() {
        let marked = if source.is_empty() { &target } else { &source };
        return events.min_by_key(|event| (near(event, marked), event.trigger));
    }
    let touches = |spans: &[Span], marked: &[Span]| {
        spans.iter().any(|span| marked.iter().any(|mark| mark.overlaps(*span)))
    };
    let joined = events.filter_map(|event| {
        let (actors, recipients) = (&event.actor_spans, &event.recipient_spans);
        let (acts, receives) = (touches(actors, &source), touches(recipients, &target));
        let both = (acts || touches(recipients, &source)) && (receives || touches(actors, &target));
        let in_role = u8::from(acts) + u8::from(receives);
        let between = both || stands_between(event.trigger, &source, &target);
        between.then_some((2 - in_role, near(event, &source), event.trigger, event))
    });
    joined
        .min_by_key(|(strange, far, trigger, _)| (*strange, *far, *trigger))
        .map(|(.., event)| event)
}

/// Bytes between two spans.
fn gap(left: Span, right: Span) -> u32 {
    left.start.saturating_sub(right.end).max(right.start.saturating_sub(left.end))
}

fn stands_between(trigger: Span, source: &[Span], target: &[Span]) -> bool {
    source.iter().any(|source| {
        target.iter().any(|target| {
            let (first, last) = if source <= target { (source, target) } else { (target, source) };
            first.end <= trigger.start && trigger.end <= last.start
        })
    })
}

/// The counts of the corpus.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DyadTally {
    missed: u32,
    /// Raw, and after the equivalences.
    readings: [Reading; 2],
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Reading {
    right: Share,
    classes: [Both; 15],
    quads: [Both; 4],
}

impl DyadTally {
    /// Counts one sentence.
    pub fn count(&mut self, dyad: &Dyad, extraction: &Extraction) {
        let kind = event_between(extraction, dyad).map(|event| event.kind);
        self.missed += u32::from(kind.is_none());
        let [raw, equated] = &mut self.readings;
        raw.count(dyad, kind.and_then(class_of));
        equated.count(dyad, kind.and_then(|kind| equate(dyad, kind)));
    }

    /// One flat object: the counts, accuracy and macro-F1 raw and after the equivalences, and F1 by class after them.
    pub fn json(&self, split: &str) -> Value {
        let mut object = Json::new();
        object.insert("split".to_owned(), split.into());
        object.insert("missed".to_owned(), self.missed.into());
        for (reading, suffix) in self.readings.iter().zip(["_raw", ""]) {
            object.insert("dyads".to_owned(), reading.right.all.into());
            for (name, value) in reading.measures() {
                object.insert(format!("{name}{suffix}"), number(value));
            }
        }
        let [_, equated] = &self.readings;
        for (class, counts) in CLASSES.iter().zip(&equated.classes) {
            object.insert(format!("f1_{}", class.to_lowercase()), number(counts.f1()));
        }
        Value::Object(object)
    }

    /// The report for people.
    pub fn table(&self, split: &str) -> String {
        let [raw, equated] = &self.readings;
        let mut out = String::new();
        line(
            &mut out,
            format_args!("split {split}: {} dyads, {} missed", raw.right.all, self.missed),
        );
        line(&mut out, format_args!("\n{:<14}{:>7}{:>22}", "measure", "raw", "after equivalences"));
        for ((name, raw), (_, equated)) in raw.measures().into_iter().zip(equated.measures()) {
            line(&mut out, format_args!("{name:<14}{:>7}{:>22}", cell(raw), cell(equated)));
        }
        let columns = ["class", "gold", "found", "precision", "recall", "f1"];
        let mut head = String::new();
        for (column, width) in columns.into_iter().zip([0, 6, 7, 11, 8, 8]) {
            write!(head, "{column:>width$}").expect("a String takes all text");
            head.push_str(if column == "class" { "     " } else { "" });
        }
        line(&mut out, format_args!("\nafter equivalences\n{head}"));
        for (class, counts) in CLASSES.iter().zip(&equated.classes) {
            let [precision, recall, f1] =
                [counts.precision(), counts.recall(), counts.f1()].map(cell);
            let Both { gold, extracted, .. } = counts;
            line(
                &mut out,
                format_args!("{class:<10}{gold:>6}{extracted:>7}{precision:>11}{recall:>8}{f1:>8}"),
            );
        }
        out
    }
}

/// The class of an extracted type as the corpus would label it: the gold class where the table says they are the same.
fn equate(dyad: &Dyad, kind: PloverType) -> Option<&'static str> {
    let lower = dyad.document.body.to_lowercase();
    let says = |cues: &[&str]| {
        lower
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| cues.iter().any(|cue| word.starts_with(cue)))
    };
    let row = EQUIVALENCES
        .iter()
        .find(|row| row.gold == dyad.class && row.ours == kind && says(row.cues));
    row.map_or_else(|| class_of(kind), |row| Some(row.gold))
}

impl Reading {
    fn count(&mut self, dyad: &Dyad, found: Option<&'static str>) {
        self.right.count(found == Some(dyad.class));
        for (class, counts) in CLASSES.into_iter().zip(&mut self.classes) {
            counts.add(same_class(class == dyad.class, found == Some(class)));
        }
        let found = found.map(quad_of);
        for (quad, counts) in (1..=4).zip(&mut self.quads) {
            counts.add(same_class(quad == dyad.quad, found == Some(quad)));
        }
    }

    fn measures(&self) -> [(&'static str, Option<f64>); 3] {
        [
            ("macro_f1_15", macro_f1(&self.classes)),
            ("macro_f1_4", macro_f1(&self.quads)),
            ("accuracy", self.right.value()),
        ]
    }
}

fn same_class(gold: bool, extracted: bool) -> Both {
    Both {
        gold: u32::from(gold),
        extracted: u32::from(extracted),
        both: u32::from(gold && extracted),
    }
}

#[cfg(test)]
mod tests;
