//! Words of treebanks with their lemmas -> the section of lemmas of the model file.
//!
//! Learned are suffix rules over types, not over text: each rule of a longer suffix must win two types over the rule that
//! it refines and be right for three in five. To the types of the treebanks come those that spelling predicts for their
//! lemmas (`provoke` seen, `provoked` not), and the table of irregular words. Then come dictionaries, each of what the
//! steps before it get wrong, judged by the lookup that will be used. Forms that treebanks glue to the next word
//! (`GW`) have lemmas that no form tells, and are left out. The same words in the same order give the same bytes.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Tag, Upos, Xpos};
use crate::pack::{
    Capitals, IrregularClass, LemmaEntry, LemmaTable, Lemmas, capitals_table, irregular_words,
    noun_forms, pooled, verb_forms,
};

/// Letters of the longest suffix of a rule.
const SUFFIX_LETTERS_MAX: usize = 7;

/// Types that tags must have for rules of their own: with fewer, a rule for `been` would cut two letters of `had`.
const TYPES_MIN: u32 = 8;

/// Bytes of the longest form or lemma that is learned.
const WORD_BYTES_MAX: usize = 100;

/// What one occurrence in a treebank, and what one entry of the irregular words weighs: a typing error of one
/// annotator loses against the table.
const SEEN: u32 = 2;
const IRREGULAR: u32 = 3;
const PREDICTED: u32 = 1;

/// A form and its tags.
type Type = (String, Upos, Xpos);

/// Lemmas with their weights.
type Weights = BTreeMap<String, u32>;

/// What a rule does: bytes to cut or number of a way, and what to append.
type Outcome = (u8, String);

/// Table and tags of a rule.
type Class = (LemmaTable, Option<Upos>, Xpos);

/// The section learned from words with their lemmas, each as often as it occurs. A lemma `_` is none.
///
/// # Panics
/// Where the embedded table of irregular words has a mistake, which a test of it excludes.
pub fn learn<'a>(words: impl Iterator<Item = (&'a str, &'a str, Upos, Xpos)>) -> Vec<u8> {
    let mut written: BTreeMap<Type, Weights> = BTreeMap::new();
    let mut small: BTreeMap<Type, Weights> = BTreeMap::new();
    for (form, lemma, upos, xpos) in words {
        let sizes = [form.len(), lemma.len()];
        if lemma == "_" || xpos == Xpos::GoesWith || sizes.iter().any(|n| *n > WORD_BYTES_MAX) {
            continue;
        }
        add(&mut written, (form, lemma, upos, xpos), SEEN);
        add(&mut small, (&form.to_lowercase(), &lemma.to_lowercase(), upos, xpos), SEEN);
    }
    add_predicted(&mut small);
    let best: BTreeMap<&Type, &str> =
        small.iter().map(|(word, lemmas)| (word, heaviest(lemmas))).collect();
    let mut entries = suffix_entries(&best);
    let pooled_entries = pooled_words(&small, &section(&entries));
    entries.extend(pooled_entries);
    let lookup = section(&entries);
    let wrong = best.iter().filter(|((form, upos, xpos), lemma)| {
        lookup.small_lemma_of(form, Some(*upos), *xpos) != **lemma
    });
    let exceptions = wrong.map(|((form, upos, xpos), lemma)| {
        entry((LemmaTable::Word, Some(*upos), *xpos), form, (0, lemma))
    });
    let exceptions: Vec<LemmaEntry> = exceptions.collect();
    entries.extend(exceptions);
    let capitals = capital_entries(&written, &section(&entries));
    entries.extend(capitals);
    let exceptions = written_words(&written, &section(&entries));
    entries.extend(exceptions);
    Lemmas::write(&entries)
}

fn section(entries: &[LemmaEntry]) -> Lemmas {
    Lemmas::read(&Lemmas::write(entries)).expect("what was written can be read")
}

fn entry(class: Class, key: &str, (number, text): (u8, &str)) -> LemmaEntry {
    let (table, upos, xpos) = class;
    LemmaEntry { table, upos, xpos, key: key.to_owned(), number, text: text.to_owned() }
}

fn add(
    types: &mut BTreeMap<Type, Weights>,
    (form, lemma, upos, xpos): (&str, &str, Upos, Xpos),
    weight: u32,
) {
    let lemmas = types.entry((form.to_owned(), upos, xpos)).or_default();
    *lemmas.entry(lemma.to_owned()).or_default() += weight;
}

/// The lemma of the greatest weight, of equals the first in the order of letters.
fn heaviest(lemmas: &Weights) -> &str {
    lemmas
        .iter()
        .max_by(|(a, weight_a), (b, weight_b)| weight_a.cmp(weight_b).then(b.cmp(a)))
        .map_or("", |(lemma, _)| lemma)
}

/// Adds what the irregular words and the rules of spelling give for the lemmas that are there.
fn add_predicted(types: &mut BTreeMap<Type, Weights>) {
    let irregular = irregular_words().expect("a test sees to the embedded table");
    let mut lemmas: BTreeSet<(String, IrregularClass)> =
        irregular.iter().map(|word| (word.lemma.to_lowercase(), word.class)).collect();
    let mut doubling: BTreeSet<String> = BTreeSet::new();
    for ((form, upos, xpos), weights) in types.iter() {
        let Some(class) = class_of(*upos, *xpos) else { continue };
        for lemma in weights.keys() {
            lemmas.insert((lemma.clone(), class));
            if class == IrregularClass::Verb && doubles(lemma, form) {
                doubling.insert(lemma.clone());
            }
        }
    }
    for word in &irregular {
        let (first, second) = form_tags(word.class);
        let lemma = word.lemma.to_lowercase();
        for (forms, (upos, xpos)) in [(&word.first, first), (&word.second, second)] {
            for form in forms {
                let form = form.to_lowercase();
                if word.class == IrregularClass::Verb && doubles(&lemma, &form) {
                    doubling.insert(lemma.clone());
                }
                add(types, (&form, &lemma, upos, xpos), IRREGULAR);
            }
        }
    }
    let known: BTreeSet<(String, IrregularClass)> =
        irregular.into_iter().map(|word| (word.lemma.to_lowercase(), word.class)).collect();
    for (lemma, class) in &lemmas {
        if lemma.chars().all(char::is_alphabetic) {
            let is_irregular = known.contains(&(lemma.clone(), *class));
            add_regular(types, lemma, *class, (is_irregular, doubling.contains(lemma)));
        }
    }
}

/// The class whose forms a word of these tags is one of.
fn class_of(upos: Upos, xpos: Xpos) -> Option<IrregularClass> {
    let verbal = [
        Xpos::VerbBase,
        Xpos::VerbPresent,
        Xpos::VerbPast,
        Xpos::VerbThirdPerson,
        Xpos::PastParticiple,
        Xpos::Gerund,
    ];
    if upos == Upos::Verb && verbal.contains(&xpos) {
        Some(IrregularClass::Verb)
    } else if upos == Upos::Noun && [Xpos::Noun, Xpos::NounPlural].contains(&xpos) {
        Some(IrregularClass::Noun)
    } else if upos == Upos::Adj && xpos == Xpos::Adjective {
        Some(IrregularClass::Adjective)
    } else {
        None
    }
}

/// Tags of the first and of the second list of forms.
fn form_tags(class: IrregularClass) -> ((Upos, Xpos), (Upos, Xpos)) {
    match class {
        IrregularClass::Verb => ((Upos::Verb, Xpos::VerbPast), (Upos::Verb, Xpos::PastParticiple)),
        IrregularClass::Noun => ((Upos::Noun, Xpos::NounPlural), (Upos::Noun, Xpos::NounPlural)),
        IrregularClass::Adjective => {
            ((Upos::Adj, Xpos::AdjectiveComparative), (Upos::Adj, Xpos::AdjectiveSuperlative))
        }
        IrregularClass::Adverb => {
            ((Upos::Adv, Xpos::AdverbComparative), (Upos::Adv, Xpos::AdverbSuperlative))
        }
    }
}

/// Whether a form shows that a verb doubles its last letter.
fn doubles(lemma: &str, form: &str) -> bool {
    let ending = form.strip_prefix(lemma).zip(lemma.chars().next_back());
    ending.is_some_and(|(ending, last)| {
        ending.strip_prefix(last).is_some_and(|rest| matches!(rest, "ed" | "ing"))
    })
}

/// Adds the forms that spelling gives for a lemma.
fn add_regular(
    types: &mut BTreeMap<Type, Weights>,
    lemma: &str,
    class: IrregularClass,
    (is_irregular, doubles): (bool, bool),
) {
    let mut add_form = |form: &str, upos, xpos| {
        // A word that the treebanks have is left as they have it.
        if !types.contains_key(&(form.to_owned(), upos, xpos)) {
            add(types, (form, lemma, upos, xpos), PREDICTED);
        }
    };
    match class {
        IrregularClass::Verb => {
            let [_, third, past, gerund] = regular_verb(lemma, doubles);
            add_form(&third, Upos::Verb, Xpos::VerbThirdPerson);
            add_form(&gerund, Upos::Verb, Xpos::Gerund);
            if !is_irregular {
                add_form(&past, Upos::Verb, Xpos::VerbPast);
                add_form(&past, Upos::Verb, Xpos::PastParticiple);
            }
        }
        IrregularClass::Noun if !is_irregular && !lemma.ends_with('s') => {
            if let Some(plural) = noun_forms(lemma).pop() {
                add_form(&plural, Upos::Noun, Xpos::NounPlural);
            }
        }
        IrregularClass::Adjective if !is_irregular && lemma.len() <= 6 => {
            let [_, _, past, _] = regular_verb(lemma, false);
            let stem = past.strip_suffix('d').unwrap_or(&past);
            add_form(&format!("{stem}r"), Upos::Adj, Xpos::AdjectiveComparative);
            add_form(&format!("{stem}st"), Upos::Adj, Xpos::AdjectiveSuperlative);
        }
        IrregularClass::Noun | IrregularClass::Adjective | IrregularClass::Adverb => {}
    }
}

/// Base, third person, past and gerund.
fn regular_verb(lemma: &str, doubles: bool) -> [String; 4] {
    let forms = verb_forms(lemma);
    let mut forms = <[String; 4]>::try_from(forms).expect("a verb has four forms");
    if let ([_, _, past, gerund], Some(last), true) =
        (&mut forms, lemma.chars().next_back(), doubles)
    {
        *past = format!("{lemma}{last}ed");
        *gerund = format!("{lemma}{last}ing");
    }
    forms
}

/// Suffix rules for tags, and for Penn tags alone.
fn suffix_entries(best: &BTreeMap<&Type, &str>) -> Vec<LemmaEntry> {
    let mut items = Vec::with_capacity(2 * best.len());
    for ((form, upos, xpos), lemma) in best {
        let edit = edit(form, lemma);
        items.push(((LemmaTable::Suffix, Some(*upos), *xpos), form.as_str(), edit.clone()));
        items.push(((LemmaTable::Suffix, None, pooled(*xpos)), form.as_str(), edit));
    }
    rules(&items, TYPES_MIN)
}

/// Bytes to cut off a form, and what to append, for its lemma.
fn edit(form: &str, lemma: &str) -> Outcome {
    let same = form.chars().zip(lemma.chars()).take_while(|(a, b)| a == b);
    let same: usize = same.map(|(letter, _)| letter.len_utf8()).sum();
    let appended = lemma.get(same..).unwrap_or_default().to_owned();
    (u8::try_from(form.len() - same).unwrap_or_default(), appended)
}

/// Rules over suffixes: the outcome of most types, where it differs from that of the shorter suffix. Classes with fewer
/// than `types_min` types get none.
fn rules(items: &[(Class, &str, Outcome)], types_min: u32) -> Vec<LemmaEntry> {
    let mut nodes: BTreeMap<(usize, Class, &str), BTreeMap<&Outcome, u32>> = BTreeMap::new();
    for (class, form, outcome) in items {
        let starts = form.char_indices().rev().map(|(at, _)| at).take(SUFFIX_LETTERS_MAX);
        for (letters, start) in std::iter::once(form.len()).chain(starts).enumerate() {
            let suffix = form.get(start..).unwrap_or_default();
            *nodes.entry((letters, *class, suffix)).or_default().entry(outcome).or_default() += 1;
        }
    }
    let mut found: BTreeMap<(Class, &str), &Outcome> = BTreeMap::new();
    for ((letters, class, suffix), outcomes) in &nodes {
        let all: u32 = outcomes.values().sum();
        let most = outcomes.iter().max_by(|(a, n), (b, m)| n.cmp(m).then(b.cmp(a)));
        let Some((outcome, count)) = most else { continue };
        if *letters == 0 {
            if all >= types_min {
                found.insert((*class, suffix), outcome);
            }
            continue;
        }
        let mut shorter = suffix.char_indices().skip(1).map(|(at, _)| at).chain([suffix.len()]);
        let Some(before) =
            shorter.find_map(|at| found.get(&(*class, suffix.get(at..).unwrap_or_default())))
        else {
            continue;
        };
        let lost = outcomes.get(*before).copied().unwrap_or_default();
        if outcome != before && *count >= lost + 2 && 5 * count >= 3 * all {
            found.insert((*class, suffix), outcome);
        }
    }
    found
        .into_iter()
        .map(|((class, suffix), (number, text))| entry(class, suffix, (*number, text)))
        .collect()
}

/// The dictionary of forms with their Penn tag alone, where the rules are wrong.
fn pooled_words(small: &BTreeMap<Type, Weights>, lookup: &Lemmas) -> Vec<LemmaEntry> {
    let mut pools: BTreeMap<(&str, Xpos), Weights> = BTreeMap::new();
    for ((form, _, xpos), lemmas) in small {
        let pool = pools.entry((form, pooled(*xpos))).or_default();
        for (lemma, weight) in lemmas {
            *pool.entry(lemma.clone()).or_default() += weight;
        }
    }
    let best = pools.iter().map(|((form, xpos), lemmas)| (*form, *xpos, heaviest(lemmas)));
    best.filter(|(form, xpos, lemma)| lookup.small_lemma_of(form, None, *xpos) != *lemma)
        .map(|(form, xpos, lemma)| entry((LemmaTable::Word, None, xpos), form, (0, lemma)))
        .collect()
}

/// Rules for the capitals of lemmas.
fn capital_entries(written: &BTreeMap<Type, Weights>, lookup: &Lemmas) -> Vec<LemmaEntry> {
    let types = written.iter().filter_map(|((form, upos, xpos), lemmas)| {
        let table = capitals_table(form)?;
        let small = form.to_lowercase();
        let lemma = heaviest(lemmas);
        let outcome = capitals_of(form, lemma, *upos == Upos::Propn);
        let follows = lookup.small_lemma_of(&small, Some(*upos), *xpos) == lemma.to_lowercase();
        outcome
            .filter(|_| follows)
            .map(|outcome| ((table, Some(*upos), *xpos), small, (outcome as u8, String::new())))
    });
    let types: Vec<(Class, String, Outcome)> = types.collect();
    let items: Vec<_> = types
        .iter()
        .map(|(class, form, outcome)| (*class, form.as_str(), outcome.clone()))
        .collect();
    rules(&items, 2)
}

/// How the capitals of a lemma follow from its form: the usual way where several agree; `None` where no way fits.
fn capitals_of(form: &str, lemma: &str, is_name: bool) -> Option<Capitals> {
    let small = lemma.to_lowercase();
    let mut letters = small.chars();
    let first: String =
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    let mut written = form.chars();
    let mut follows = true;
    let kept: String = small
        .chars()
        .map(|letter| {
            let same = written.next().filter(|written| written.to_lowercase().eq([letter]));
            follows = follows && same.is_some();
            same.filter(|_| follows).unwrap_or(letter)
        })
        .collect();
    let mut ways =
        [(Capitals::None, small.as_str()), (Capitals::Kept, &kept), (Capitals::First, &first)];
    if is_name {
        ways.swap(0, 1);
    }
    ways.into_iter().find(|(_, way)| *way == lemma).map(|(capitals, _)| capitals)
}

/// The dictionary of forms as written, where all else is wrong.
fn written_words(written: &BTreeMap<Type, Weights>, lookup: &Lemmas) -> Vec<LemmaEntry> {
    let mut found = Vec::new();
    let (mut scratch, mut lemma) = (String::new(), String::new());
    for ((form, upos, xpos), lemmas) in written {
        let tag = Tag { upos: *upos, xpos: *xpos };
        lemma.clear();
        lookup.lemma_into(form, tag, &mut scratch, &mut lemma);
        let expected = heaviest(lemmas);
        // A single occurrence, where the table of irregular words has outweighed it.
        let overruled = lemmas.values().sum::<u32>() < IRREGULAR
            && capitals_table(form).is_none()
            && lemma.to_lowercase() != expected.to_lowercase();
        if lemma != expected && !overruled {
            found.push(entry((LemmaTable::Written, Some(*upos), *xpos), form, (0, expected)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lemma(lemmas: &Lemmas, form: &str, upos: Upos, xpos: Xpos) -> String {
        let (mut scratch, mut out) = (String::new(), String::new());
        lemmas.lemma_into(form, Tag { upos, xpos }, &mut scratch, &mut out);
        out
    }

    fn words() -> Vec<(&'static str, &'static str, Upos, Xpos)> {
        let mut words = vec![
            ("n't", "not", Upos::Part, Xpos::Adverb),
            ("ca", "can", Upos::Aux, Xpos::Modal),
            ("wo", "will", Upos::Aux, Xpos::Modal),
            ("'s", "be", Upos::Aux, Xpos::VerbThirdPerson),
            ("'s", "'s", Upos::Part, Xpos::Possessive),
            ("Whole", "whole", Upos::Adj, Xpos::GoesWith),
            ("States", "State", Upos::Propn, Xpos::ProperNounPlural),
            ("TVs", "TV", Upos::Noun, Xpos::NounPlural),
            ("fled", "flead", Upos::Verb, Xpos::VerbPast),
        ];
        for noun in ["ship", "port", "talk", "raid", "clash", "camp", "border", "treaty"] {
            words.push((noun, noun, Upos::Noun, Xpos::Noun));
        }
        for verb in ["provoke", "visit", "commit", "marry", "attack", "arrest", "say", "seize"] {
            words.push((verb, verb, Upos::Verb, Xpos::VerbBase));
        }
        words
    }

    #[test]
    fn forms_that_were_never_seen_have_lemmas() {
        let lemmas = Lemmas::read(&learn(words().into_iter())).unwrap();
        let (verb, noun) = (Upos::Verb, Upos::Noun);
        for (form, upos, xpos, expected) in [
            ("provoked", verb, Xpos::PastParticiple, "provoke"),
            ("Provoking", verb, Xpos::Gerund, "provoke"),
            ("committed", verb, Xpos::VerbPast, "commit"),
            ("marries", verb, Xpos::VerbThirdPerson, "marry"),
            ("rebuilt", verb, Xpos::PastParticiple, "rebuild"),
            ("went", verb, Xpos::VerbPast, "go"),
            ("went", Upos::Aux, Xpos::VerbPast, "go"),
            ("stabbing", verb, Xpos::Gerund, "stab"),
            ("treaties", noun, Xpos::NounPlural, "treaty"),
            ("Ships", noun, Xpos::NounPlural, "ship"),
            ("crises", noun, Xpos::NounPlural, "crisis"),
            ("gunmen", noun, Xpos::NounPlural, "gunman"),
            ("worst", Upos::Adj, Xpos::AdjectiveSuperlative, "bad"),
            ("bigger", Upos::Adj, Xpos::AdjectiveComparative, "big"),
            ("fled", verb, Xpos::VerbPast, "flee"),
        ] {
            assert_eq!(lemma(&lemmas, form, upos, xpos), expected, "{form}");
        }
    }

    #[test]
    fn pieces_of_contractions_and_capitals_are_as_in_the_treebanks() {
        let lemmas = Lemmas::read(&learn(words().into_iter())).unwrap();
        for (form, upos, xpos, expected) in [
            ("n't", Upos::Part, Xpos::Adverb, "not"),
            ("CA", Upos::Aux, Xpos::Modal, "can"),
            ("wo", Upos::Aux, Xpos::Modal, "will"),
            ("'s", Upos::Aux, Xpos::VerbThirdPerson, "be"),
            ("'s", Upos::Part, Xpos::Possessive, "'s"),
            ("States", Upos::Propn, Xpos::ProperNounPlural, "State"),
            ("TVs", Upos::Noun, Xpos::NounPlural, "TV"),
            ("Whole", Upos::Adj, Xpos::GoesWith, "whole"),
            ("NATO", Upos::Propn, Xpos::ProperNoun, "NATO"),
            ("1,500", Upos::Num, Xpos::Cardinal, "1,500"),
        ] {
            assert_eq!(lemma(&lemmas, form, upos, xpos), expected, "{form}");
        }
    }

    #[test]
    fn the_same_words_give_the_same_bytes() {
        assert_eq!(learn(words().into_iter()), learn(words().into_iter()));
    }
}
