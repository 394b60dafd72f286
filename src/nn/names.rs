//! Logits of the names head -> names of one sentence.
//!
//! The best sequence of classes in which every name is whole: a unit, or begin, any number of insides, last, all of one
//! kind (BILOU, Ratinov and Roth 2009). Found by Viterbi's algorithm; nothing is learned of transitions.

use super::shape::NAME_CLASSES;
use super::vector::exponential_of;
use crate::model::NameKind;

const KINDS: usize = NameKind::ALL.len();

/// The class of words outside names.
const OUTSIDE: usize = 0;

/// A class so far below the best one has no part in a probability.
const NEGLIGIBLE: f32 = 12.0;

/// Classes of a kind: begin, inside, last, unit.
const fn class(kind: usize, part: usize) -> usize {
    1 + 4 * kind + part
}

const BEGIN: usize = 0;
const INSIDE: usize = 1;
const LAST: usize = 2;
const UNIT: usize = 3;

/// A name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NameSpan {
    /// Its first word in the sentence, from 0.
    pub start: u32,
    /// One past its last word.
    pub end: u32,
    /// What it names.
    pub kind: NameKind,
    /// The smallest of the probabilities that its words have their classes: the decisions on the words of a name hang
    /// together, so their product would punish long names.
    pub probability: f32,
}

/// Buffers of [`best_names`], reused from sentence to sentence.
#[derive(Clone, Debug, Default)]
pub struct NamesScratch {
    steps: Vec<Step>,
}

/// How the best sequences up to a word end.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// The class of the word in the best sequence that leaves no name open.
    closed: u8,
    /// For each kind, whether the word begins the name that the best sequence leaves open, or goes on in it.
    begins: [bool; KINDS],
}

/// Finds the names of a sentence. `scores` has [`NAME_CLASSES`] logits per word; what was in `out` is forgotten.
pub fn best_names(scores: &[f32], out: &mut Vec<NameSpan>, scratch: &mut NamesScratch) {
    out.clear();
    let rows = scores.as_chunks::<NAME_CLASSES>().0;
    forwards(rows, &mut scratch.steps);
    let mut end = None;
    for (word, (row, step)) in rows.iter().zip(&scratch.steps).enumerate().rev() {
        let class = match &end {
            None => usize::from(step.closed),
            Some(name) => inside(step, name),
        };
        let (kind, part) = (class.saturating_sub(1) / 4, class.saturating_sub(1) % 4);
        if class == OUTSIDE {
            continue;
        }
        let probability = probability(row, class);
        let mut name = end.take().unwrap_or(NameSpan {
            start: 0,
            end: word as u32 + 1,
            kind: NameKind::at(kind).unwrap_or(NameKind::Miscellaneous),
            probability,
        });
        name.start = word as u32;
        name.probability = name.probability.min(probability);
        if part == BEGIN || part == UNIT {
            out.push(name);
        } else {
            end = Some(name);
        }
    }
    out.reverse();
}

/// The class of a word within a name whose end was found.
fn inside(step: &Step, name: &NameSpan) -> usize {
    let begins = step.begins.get(name.kind.ix()).copied().unwrap_or(true);
    class(name.kind.ix(), if begins { BEGIN } else { INSIDE })
}

/// The best ways to come to each word.
fn forwards(rows: &[[f32; NAME_CLASSES]], steps: &mut Vec<Step>) {
    steps.clear();
    let mut closed = 0.0;
    let mut open = [f32::NEG_INFINITY; KINDS];
    for row in rows {
        let score = |class: usize| row.get(class).copied().unwrap_or(f32::NEG_INFINITY);
        let mut step = Step { closed: OUTSIDE as u8, begins: [true; KINDS] };
        let mut best = closed + score(OUTSIDE);
        for (kind, (open, begins)) in open.iter_mut().zip(&mut step.begins).enumerate() {
            let before = *open;
            let last = before + score(class(kind, LAST));
            let unit = closed + score(class(kind, UNIT));
            if last > best {
                (best, step.closed) = (last, class(kind, LAST) as u8);
            }
            if unit > best {
                (best, step.closed) = (unit, class(kind, UNIT) as u8);
            }
            let begin = closed + score(class(kind, BEGIN));
            let inside = before + score(class(kind, INSIDE));
            *begins = begin >= inside || inside.is_nan();
            *open = if *begins { begin } else { inside };
        }
        closed = best;
        steps.push(step);
    }
}

/// The probability of a class among all.
fn probability(row: &[f32; NAME_CLASSES], class: usize) -> f32 {
    let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    // what is left out adds up to less than a thousandth of what is shown
    let seen = row.iter().filter(|score| largest - **score < NEGLIGIBLE);
    let total: f32 = seen.map(|score| exponential_of(score - largest)).sum();
    let score = row.get(class).copied().unwrap_or(f32::NEG_INFINITY);
    exponential_of(score - largest) / total
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names_of(scores: &[f32]) -> Vec<NameSpan> {
        let mut names = Vec::new();
        best_names(scores, &mut names, &mut NamesScratch::default());
        names
    }

    fn scores_of(classes: &[usize]) -> Vec<f32> {
        let row =
            |best: usize| (0..NAME_CLASSES).map(move |class| if class == best { 4.0 } else { 0.0 });
        classes.iter().flat_map(|class| row(*class)).collect()
    }

    /// The classes that a set of names stands for.
    fn classes_of(names: &[NameSpan], length: usize) -> Vec<usize> {
        let mut classes = vec![OUTSIDE; length];
        for name in names {
            let (start, end, kind) = (name.start as usize, name.end as usize, name.kind.ix());
            classes[start..end].fill(class(kind, INSIDE));
            classes[start] = class(kind, BEGIN);
            classes[end - 1] = class(kind, if end - start == 1 { UNIT } else { LAST });
        }
        classes
    }

    fn is_whole(classes: &[usize]) -> bool {
        let mut open = None;
        for class in classes {
            let (kind, part) = (class.saturating_sub(1) / 4, class.saturating_sub(1) % 4);
            open = match (open, *class) {
                (None, OUTSIDE) => None,
                (None, _) if part == BEGIN => Some(kind),
                (None, _) if part == UNIT => None,
                (Some(kind_before), class) if class != OUTSIDE && kind_before == kind => match part
                {
                    INSIDE => open,
                    LAST => None,
                    _ => return false,
                },
                (None | Some(_), _) => return false,
            };
        }
        open.is_none()
    }

    #[test]
    fn clear_classes_are_names() {
        let person = NameKind::Person.ix();
        let place = NameKind::GeoPolitical.ix();
        let classes = [
            OUTSIDE,
            class(person, BEGIN),
            class(person, INSIDE),
            class(person, LAST),
            class(place, UNIT),
            OUTSIDE,
        ];
        let names = names_of(&scores_of(&classes));
        let spans: Vec<_> = names.iter().map(|name| (name.start, name.end, name.kind)).collect();
        assert_eq!(spans, [(1, 4, NameKind::Person), (4, 5, NameKind::GeoPolitical)]);
        let expected = 4_f32.exp() / (4_f32.exp() + NAME_CLASSES as f32 - 1.0);
        assert!(names.iter().all(|name| (name.probability - expected).abs() < 1e-4));
        assert_eq!(names_of(&[]), []);
    }

    #[test]
    fn a_name_without_an_end_is_none() {
        let open = class(NameKind::Event.ix(), BEGIN);
        let names = names_of(&scores_of(&[open, OUTSIDE]));
        assert!(is_whole(&classes_of(&names, 2)));
    }

    proptest! {
        #[test]
        fn no_other_whole_names_score_better(
            numbers in proptest::collection::vec(-40_i8..40, 3 * NAME_CLASSES),
            length in 1_usize..=3,
        ) {
            // four kinds left out: 17 classes to the power of 3 can be tried
            let allowed: Vec<usize> = (0..NAME_CLASSES).filter(|class| *class < 17).collect();
            let scores: Vec<f32> = numbers
                .into_iter()
                .enumerate()
                .map(|(at, n)| f32::from(n) - if at % NAME_CLASSES < 17 { 0.0 } else { 1e4 })
                .take(length * NAME_CLASSES)
                .collect();
            let total = |classes: &[usize]| -> f32 {
                let places = classes.iter().enumerate();
                places.map(|(word, class)| scores[word * NAME_CLASSES + class]).sum()
            };
            let mut best = f32::NEG_INFINITY;
            for number in 0..allowed.len().pow(length as u32) {
                let classes: Vec<usize> = (0..length as u32)
                    .map(|word| allowed[number / allowed.len().pow(word) % allowed.len()])
                    .collect();
                if is_whole(&classes) {
                    best = best.max(total(&classes));
                }
            }
            let names = names_of(&scores);
            let classes = classes_of(&names, length);
            prop_assert!(is_whole(&classes));
            prop_assert_eq!(total(&classes), best);
            prop_assert!(names.is_sorted_by_key(|name| name.start));
        }

        #[test]
        fn any_numbers_give_whole_names(scores in proptest::collection::vec(any::<f32>(), 0..400)) {
            let length = scores.len() / NAME_CLASSES;
            let names = names_of(&scores);
            prop_assert!(names.iter().all(|name| name.start < name.end));
            prop_assert!(names.iter().all(|name| (name.end as usize) <= length));
            prop_assert!(names.is_sorted_by(|a, b| a.end <= b.start));
        }
    }
}
