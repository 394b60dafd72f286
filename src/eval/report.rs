//! The event scorer's report: figures with intervals from the counts of all documents, as a table and as flat JSON.
//!
//! The names are those of the gold's README. A figure without anything to count is `null` in JSON and `-` in the table.

use std::fmt::Write as _;

use serde_json::{Map as Json, Value};

use crate::model::PloverType;

use super::agreement::{Both, Interval, bootstrap, harmonic, macro_f1, ratio};
use super::event::{Headline, Tally};

/// The figures that get an interval, in order.
const HEADLINE: [&str; 6] =
    ["core_recall", "recall_all", "precision", "f1", "core_all_right", "type_accuracy"];

/// A figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// Its name.
    pub name: &'static str,
    /// Its value, where there was something to count.
    pub value: Option<f64>,
    /// Its interval, for the first six.
    pub interval: Option<Interval>,
    /// How many things it is about.
    pub of: u32,
}

/// All figures of a set of documents.
#[derive(Clone, Debug, PartialEq)]
pub struct EventReport {
    /// The part of the gold that was scored.
    pub split: String,
    /// Documents that the extractor rejected; they count as documents without extracted events.
    pub rejected: u32,
    /// The counts of all documents.
    pub total: Tally,
    /// The figures.
    pub measures: Vec<Measure>,
}

impl EventReport {
    /// Makes the report of the documents' counts.
    pub fn of(split: &str, tallies: &[Tally], rejected: u32) -> Self {
        let mut total = Tally::default();
        tallies.iter().for_each(|tally| total.add(tally));
        let intervals = bootstrap(tallies.len(), |drawn| {
            let mut sum = Headline::default();
            let tallies = drawn.iter().filter_map(|at| tallies.get(*at));
            tallies.for_each(|tally| sum.add(tally.headline));
            headline(sum)
        });
        let h = total.headline;
        let about = [h.core, h.all, h.extracted, h.core, h.core, h.paired];
        let first = HEADLINE.into_iter().zip(headline(h)).zip(intervals).zip(about);
        let mut measures: Vec<Measure> = first
            .map(|(((name, value), interval), of)| Measure { name, value, interval, of })
            .collect();
        measures.extend(further(&total));
        EventReport { split: split.to_owned(), rejected, total, measures }
    }

    /// The value of a figure by its name.
    pub fn value(&self, name: &str) -> Option<f64> {
        self.measures.iter().find(|measure| measure.name == name)?.value
    }

    /// One flat object: the split, the counts of documents and events, every figure, interval ends as `f1_low` and
    /// `f1_high`, figures by type as `precision_assault`, `recall_assault`, `f1_assault`.
    pub fn json(&self) -> Value {
        let mut object = Json::new();
        object.insert("split".to_owned(), self.split.as_str().into());
        let counts = [
            ("documents", self.total.documents),
            ("empty_documents", self.total.empty_documents),
            ("rejected_documents", self.rejected),
            ("events", self.total.headline.all),
            ("core_events", self.total.headline.core),
            ("extracted_events", self.total.headline.extracted),
            ("paired_events", self.total.headline.paired),
        ];
        for (name, count) in counts {
            object.insert(name.to_owned(), count.into());
        }
        for measure in &self.measures {
            object.insert(measure.name.to_owned(), number(measure.value));
            if HEADLINE.contains(&measure.name) {
                let ends = measure.interval;
                object.insert(format!("{}_low", measure.name), number(ends.map(|ends| ends.low)));
                object.insert(format!("{}_high", measure.name), number(ends.map(|ends| ends.high)));
            }
        }
        for (kind, [precision, recall, f1]) in self.by_type() {
            let kind = kind.as_str().to_lowercase();
            object.insert(format!("precision_{kind}"), number(precision));
            object.insert(format!("recall_{kind}"), number(recall));
            object.insert(format!("f1_{kind}"), number(f1));
        }
        Value::Object(object)
    }

    /// The report for people.
    pub fn table(&self) -> String {
        let (total, events) = (&self.total, self.total.headline);
        let mut out = format!(
            "split {}: {} documents ({} without event), {} events ({} core), {} extracted, {} of them paired\n",
            self.split,
            total.documents,
            total.empty_documents,
            events.all,
            events.core,
            events.extracted,
            events.paired
        );
        if self.rejected > 0 {
            line(
                &mut out,
                format_args!("{} documents were rejected by the extractor", self.rejected),
            );
        }
        line(
            &mut out,
            format_args!("\n{:<20}{:>7}  {:<15}{:>6}", "measure", "value", "95 % interval", "of"),
        );
        for Measure { name, value, interval, of } in &self.measures {
            let interval = interval
                .map_or(String::new(), |ends| format!("{:.3} to {:.3}", ends.low, ends.high));
            line(&mut out, format_args!("{name:<20}{:>7}  {interval:<15}{of:>6}", cell(*value)));
        }
        line(
            &mut out,
            format_args!(
                "\n{:<12}{:>6}{:>11}{:>11}{:>8}{:>8}",
                "type", "core", "extracted", "precision", "recall", "f1"
            ),
        );
        for (kind, [precision, recall, f1]) in self.by_type() {
            let counts = total.kinds.get(kind.index()).copied().unwrap_or_default();
            line(
                &mut out,
                format_args!(
                    "{:<12}{:>6}{:>11}{:>11}{:>8}{:>8}",
                    kind.as_str(),
                    counts.core.all,
                    counts.extracted.all,
                    cell(precision),
                    cell(recall),
                    cell(f1)
                ),
            );
        }
        out
    }

    /// Precision, recall over core events, and F1 by type.
    fn by_type(&self) -> impl Iterator<Item = (PloverType, [Option<f64>; 3])> {
        PloverType::ALL.into_iter().zip(self.total.kinds).map(|(kind, counts)| {
            let (precision, recall) = (counts.extracted.value(), counts.core.value());
            (kind, [precision, recall, harmonic(precision, recall)])
        })
    }
}

fn headline(h: Headline) -> [Option<f64>; 6] {
    let core_recall = ratio(h.core_found, h.core);
    let precision = ratio(h.paired, h.extracted);
    [
        core_recall,
        ratio(h.found, h.all),
        precision,
        harmonic(precision, core_recall),
        ratio(h.all_right, h.core),
        ratio(h.type_right, h.paired),
    ]
}

fn further(total: &Tally) -> Vec<Measure> {
    let rows = [
        ("type_macro_f1", macro_f1(&total.kinds.map(|kind| kind.pairs)), total.headline.paired),
        ("mode_accuracy", total.mode.value(), total.mode.all),
        ("context_f1", total.context.f1(), total.context.gold),
        ("place_accuracy", total.place.value(), total.place.all),
        ("count_accuracy", total.count.value(), total.count.all),
        ("date_accuracy", total.date.value(), total.date.all),
        ("actor_f1", total.actor.f1(), total.actor.gold),
        ("actor_country_f1", total.actor_country.f1(), total.actor_country.gold),
        ("reference_accuracy", total.reference.value(), total.reference.all),
        ("nonactual_f1", total.nonactual.f1(), total.nonactual.gold),
        ("attribution_f1", total.attribution.f1(), total.attribution.gold),
        (
            "false_per_100",
            ratio(100 * total.false_events, total.empty_documents),
            total.empty_documents,
        ),
    ];
    rows.into_iter().map(|(name, value, of)| Measure { name, value, interval: None, of }).collect()
}

/// A figure in JSON, with four decimals: more would only show the division.
pub(super) fn number(value: Option<f64>) -> Value {
    value.map_or(Value::Null, |value| ((value * 10_000.0).round() / 10_000.0).into())
}

/// A figure in a table.
pub(super) fn cell(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"))
}

/// Adds a line.
pub(super) fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{text}").expect("a String takes all text");
}

/// Adds a table of measures: F1, precision, recall, and what they are made of, in columns of these widths.
pub(super) fn measure_table<N: AsRef<str>>(
    out: &mut String,
    measures: impl IntoIterator<Item = (N, Both)>,
    (name, count): (usize, usize),
) {
    let heads = ["measure", "F1", "precision", "recall", "right", "gold", "system"];
    let [measure, f1, precision, recall, right, gold, system] = heads;
    line(
        out,
        format_args!(
            "{measure:<name$}{f1:>7}{precision:>11}{recall:>8}{right:>count$}{gold:>count$}{system:>count$}"
        ),
    );
    for (measure, both) in measures {
        let measure = measure.as_ref();
        let (f1, precision, recall) =
            (cell(both.f1()), cell(both.precision()), cell(both.recall()));
        let Both { gold, extracted, both } = both;
        line(
            out,
            format_args!(
                "{measure:<name$}{f1:>7}{precision:>11}{recall:>8}{both:>count$}{gold:>count$}{extracted:>count$}"
            ),
        );
    }
}
