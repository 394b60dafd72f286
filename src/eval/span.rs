//! Strict F1 of names: a name counts where both ends and the kind are those of the annotation.
//!
//! Over three kinds, which every annotation can be mapped to: PER, ORG, and LOC for states, places and buildings; other
//! names are left out on both sides. Over all eight kinds as well, where the annotation has them in every document.

use serde_json::{Map as Json, Value};

use crate::model::{Analysis, NameKind, Span};

use super::agreement::Both;
use super::entity_file::EntityDocument;
use super::report::{measure_table, number};

/// The kinds that every annotation has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoarseKind {
    /// A person.
    Person,
    /// An organisation.
    Organisation,
    /// A state, place or building.
    Place,
}

impl CoarseKind {
    /// All of them.
    pub const ALL: [CoarseKind; 3] =
        [CoarseKind::Person, CoarseKind::Organisation, CoarseKind::Place];

    /// The coarse kind of a kind; `None` where it is left out.
    pub fn of(kind: NameKind) -> Option<CoarseKind> {
        match kind {
            NameKind::Person => Some(CoarseKind::Person),
            NameKind::Organisation => Some(CoarseKind::Organisation),
            NameKind::GeoPolitical | NameKind::Location | NameKind::Facility => {
                Some(CoarseKind::Place)
            }
            NameKind::Group | NameKind::Event | NameKind::Miscellaneous => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            CoarseKind::Person => "per",
            CoarseKind::Organisation => "org",
            CoarseKind::Place => "loc",
        }
    }
}

/// Counts over documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NameTally {
    /// Documents.
    pub documents: u32,
    /// Documents whose annotation has all eight kinds.
    pub documents_fine: u32,
    /// Counts of the coarse kinds, in the order of [`CoarseKind::ALL`].
    pub coarse: [Both; 3],
    /// Counts of all kinds, in the order of [`NameKind::ALL`].
    pub fine: [Both; 8],
}

impl NameTally {
    /// Counts the names of an analysis of the document's text.
    pub fn of(document: &EntityDocument, analysis: &Analysis) -> Self {
        let mut tally = NameTally { documents: 1, ..NameTally::default() };
        let gold_coarse: Vec<(Span, CoarseKind)> = document
            .names
            .iter()
            .filter_map(|name| Some((name.span, CoarseKind::of(*name.label.kinds.first()?)?)))
            .collect();
        let found = || analysis.names.iter().map(|name| (name.span, name.kind));
        let found_coarse: Vec<(Span, CoarseKind)> =
            found().filter_map(|(span, kind)| Some((span, CoarseKind::of(kind)?))).collect();
        for (kind, both) in CoarseKind::ALL.into_iter().zip(&mut tally.coarse) {
            *both = count(&gold_coarse, &found_coarse, kind);
        }
        if document.scheme.has_all_kinds() {
            tally.documents_fine = 1;
            let gold: Vec<(Span, NameKind)> = document
                .names
                .iter()
                .filter_map(|name| Some((name.span, *name.label.kinds.first()?)))
                .collect();
            let found: Vec<(Span, NameKind)> = found().collect();
            for (kind, both) in NameKind::ALL.iter().zip(&mut tally.fine) {
                *both = count(&gold, &found, *kind);
            }
        }
        tally
    }

    /// Adds the counts of other documents.
    pub fn add(&mut self, other: &NameTally) {
        self.documents += other.documents;
        self.documents_fine += other.documents_fine;
        self.coarse.iter_mut().zip(other.coarse).for_each(|(sum, both)| sum.add(both));
        self.fine.iter_mut().zip(other.fine).for_each(|(sum, both)| sum.add(both));
    }

    /// Every figure by its name, with what it is made of: over three kinds and each of them, and where every document
    /// has them, over eight and each of them.
    pub fn measures(&self) -> Vec<(String, Both)> {
        let mut measures = vec![("ner_f1".to_owned(), sum(&self.coarse))];
        let coarse = CoarseKind::ALL.into_iter().zip(self.coarse);
        measures.extend(coarse.map(|(kind, both)| (format!("ner_f1_{}", kind.name()), both)));
        if self.documents_fine == self.documents && self.documents > 0 {
            measures.push(("ner_f1_8".to_owned(), sum(&self.fine)));
            let fine = NameKind::ALL.iter().zip(self.fine);
            measures.extend(
                fine.map(|(kind, both)| (format!("ner_f1_8_{}", kind.name().to_lowercase()), both)),
            );
        }
        measures
    }

    /// One flat object: every figure.
    pub fn json(&self) -> Value {
        let figures = self.measures().into_iter();
        Value::Object(figures.map(|(name, both)| (name, number(both.f1()))).collect::<Json<_, _>>())
    }

    /// The report for people.
    pub fn table(&self) -> String {
        let mut out = format!("{} documents\n\n", self.documents);
        measure_table(&mut out, self.measures(), (16, 8));
        out
    }
}

fn count<K: Copy + PartialEq>(gold: &[(Span, K)], found: &[(Span, K)], kind: K) -> Both {
    let of_kind = |names: &[(Span, K)]| names.iter().filter(|(_, k)| *k == kind).count() as u32;
    let both = found.iter().filter(|name| name.1 == kind && gold.contains(name)).count() as u32;
    Both { gold: of_kind(gold), extracted: of_kind(found), both }
}

fn sum(counts: &[Both]) -> Both {
    counts.iter().fold(Both::default(), |mut sum, both| {
        sum.add(*both);
        sum
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::read_entities;
    use crate::model::{Name, Score, SentenceIx, TokenIx, TokenRange};

    fn analysis(text: &str, names: &[(&str, NameKind)]) -> Analysis {
        let place = |(words, kind): &(&str, NameKind)| {
            let start = text.find(words).unwrap();
            Name {
                span: Span::of(start, start + words.len()),
                tokens: TokenRange { start: TokenIx(0), end: TokenIx(1) },
                head: TokenIx(0),
                sentence: SentenceIx(0),
                kind: *kind,
                score: Score::from_thousandths(900),
            }
        };
        Analysis { names: names.iter().map(place).collect(), ..Analysis::default() }
    }

    fn both(gold: u32, extracted: u32, both: u32) -> Both {
        Both { gold, extracted, both }
    }

    #[test]
    fn eight_kinds_counted_by_hand() {
        let line = r#"{"id":"x","text":"Oxfam in Kano and Lagos warns Nigerian Bola Ahmed","entities":[{"start":0,"end":5,"type":"ORG"},{"start":9,"end":13,"type":"GPE"},{"start":18,"end":23,"type":"GPE"},{"start":30,"end":38,"type":"NORP"},{"start":39,"end":49,"type":"PER"}]}"#;
        let document = read_entities("a.jsonl", line).unwrap().remove(0);
        let analysis = analysis(
            &document.text,
            &[
                ("Oxfam", NameKind::Organisation),
                ("Kano", NameKind::Location),
                ("Lagos", NameKind::GeoPolitical),
                ("Nigerian", NameKind::Group),
                ("Bola", NameKind::Person),
                ("in", NameKind::Event),
            ],
        );
        let tally = NameTally::of(&document, &analysis);
        assert_eq!(tally.coarse, [both(1, 1, 0), both(1, 1, 1), both(2, 2, 2)]);
        let measures = tally.measures();
        assert_eq!(measures[0], ("ner_f1".to_owned(), both(4, 4, 3)));
        assert_eq!(measures[4], ("ner_f1_8".to_owned(), both(5, 6, 3)));
        let of = |name: &str| measures.iter().find(|(n, _)| n == name).unwrap().1;
        assert_eq!(of("ner_f1_8_gpe"), both(2, 1, 1));
        assert_eq!(of("ner_f1_8_loc"), both(0, 1, 0));
        assert_eq!(tally.json()["ner_f1_8"], 0.5455);
        assert!(tally.table().contains("ner_f1_8_norp"));
    }

    #[test]
    fn coarse_annotation_has_three_kinds_only() {
        let text = "The\tO\nBay\tB-LOC\nof\tI-LOC\nPigs\tI-LOC\n";
        let document = read_entities("a.conll", text).unwrap().remove(0);
        let names = [("Bay of Pigs", NameKind::Facility), ("The", NameKind::Group)];
        let mut tally = NameTally::of(&document, &analysis(&document.text, &names));
        assert_eq!(tally.coarse, [both(0, 0, 0), both(0, 0, 0), both(1, 1, 1)]);
        tally.add(&tally.clone());
        assert_eq!(tally.documents, 2);
        assert_eq!(tally.measures().len(), 4);
        assert_eq!(tally.json()["ner_f1"], 1.0);
        assert_eq!(tally.json()["ner_f1_per"], Value::Null);
    }
}
