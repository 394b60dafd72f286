//! Looks up the lemma of a word by its form and tags, in one section of the model file.
//!
//! A lemma is found in small letters first: in the dictionary of (form, tags), in that of (form, Penn tag) for tags that
//! the form never had in training, else by the longest suffix that has a rule "cut k bytes, append s" for the tags, or
//! for the Penn tag alone. Its capitals come after: the dictionary of forms as written, else a rule by tags, pattern of
//! capitals and suffix says whether the capitals of the form stay, go, or only the first letter is one.
//!
//! All of this is one hash table over one blob. An `fst` of the same entries is smaller, but it cannot be asked for all
//! suffixes of a word with one pass over its letters, and the blob is small as it is (about 60 kB). Numbers in the blob
//! stay below 128, so that the whole is checked to be UTF-8 once and lookup allocates nothing. Knows no word itself.

use crate::model::{Tag, Upos, Xpos};

/// Version of the section.
const VERSION: u32 = 1;

/// Letters of the longest suffix that a rule may have.
const SUFFIX_LETTERS_MAX: usize = 7;

/// Stands for "any universal tag", and for "the whole word" where a number of bytes is cut.
const ANY: u8 = 127;

/// What an entry is about; the number is part of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum LemmaTable {
    /// A form as it is written: its lemma.
    Written = 0,
    /// A form in small letters: its lemma in small letters.
    Word = 1,
    /// The end of a form in small letters: cut and append.
    Suffix = 2,
    /// The end of a form in small letters, for a form of one capital and small letters: its [`Capitals`].
    CapitalsFirst = 3,
    /// The same for a form of capitals.
    CapitalsAll = 4,
    /// The same for any other form with capitals.
    CapitalsMixed = 5,
}

/// How the capitals of a lemma follow from those of the form; the number is part of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Capitals {
    /// As in the form, as far as the lemma follows it.
    Kept = 0,
    /// None.
    None = 1,
    /// The first letter.
    First = 2,
}

impl Capitals {
    /// All of them, in the order of their numbers.
    pub const ALL: [Capitals; 3] = [Capitals::Kept, Capitals::None, Capitals::First];
}

/// One entry of the section.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LemmaEntry {
    /// What it is about.
    pub table: LemmaTable,
    /// The universal tag; `None` for any, in [`LemmaTable::Word`] and [`LemmaTable::Suffix`] only.
    pub upos: Option<Upos>,
    /// The Penn tag; where the universal one is open, as [`pooled`] gives it.
    pub xpos: Xpos,
    /// The form or its end.
    pub key: String,
    /// Bytes that a suffix rule cuts; the [`Capitals`] of a rule for them; else 0.
    pub number: u8,
    /// What a suffix rule appends; the lemma that a dictionary gives; else empty.
    pub text: String,
}

/// The Penn tag that stands for all tags whose forms have the same lemmas: a past tense for the participle too.
pub fn pooled(xpos: Xpos) -> Xpos {
    match xpos {
        Xpos::PastParticiple => Xpos::VerbPast,
        Xpos::VerbPresent => Xpos::VerbBase,
        Xpos::AdverbComparative => Xpos::AdjectiveComparative,
        Xpos::AdverbSuperlative => Xpos::AdjectiveSuperlative,
        other => other,
    }
}

/// The pattern of capitals of a form as the table of its rules; `None` for a form without capitals.
pub fn capitals_table(form: &str) -> Option<LemmaTable> {
    if form.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return None;
    }
    let is_capital = |letter: char| letter.is_uppercase();
    let first = form.chars().next().is_some_and(is_capital);
    let (capitals, small) = form.chars().fold((0, 0), |(capitals, small), letter| {
        (capitals + usize::from(is_capital(letter)), small + usize::from(letter.is_lowercase()))
    });
    match (capitals, small) {
        (0, _) => None,
        (1, _) if first && form.chars().nth(1).is_some() => Some(LemmaTable::CapitalsFirst),
        (_, 0) => Some(LemmaTable::CapitalsAll),
        _ => Some(LemmaTable::CapitalsMixed),
    }
}

/// The section, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lemmas {
    /// An open-addressed table, a power of two long: 0 where free, else one more than the offset of an entry, and eight
    /// bits of its hash above.
    slots: Vec<u32>,
    /// Entries: table, universal tag, Penn tag, length of the key, key, number, length of the text, text.
    entries: String,
    /// Per table and tags, one bit for each number of letters that a key of theirs has, seven and more as seven: most
    /// tags have rules of few lengths, and need not be asked for the others.
    lengths: Vec<u8>,
}

/// A lemma in small letters: bytes of the form that stay, and what follows them.
#[derive(Clone, Copy)]
struct Small<'a> {
    kept: &'a str,
    appended: &'a str,
}

impl Small<'_> {
    fn letters(&self) -> impl Iterator<Item = char> + '_ {
        self.kept.chars().chain(self.appended.chars())
    }
}

impl Lemmas {
    /// The section of `entries`. Of two entries for the same key the later is never found.
    ///
    /// # Panics
    /// Where a key or text has more than 127 bytes, or all of them more than 16 MB: the caller sees to that.
    pub fn write(entries: &[LemmaEntry]) -> Vec<u8> {
        let mut blob = Vec::new();
        let mut slots = vec![0_u32; (entries.len() * 2).next_power_of_two()];
        let mask = slots.len() - 1;
        for entry in entries {
            assert!(entry.key.len() < 128 && entry.text.len() < 128, "an entry is too long");
            let hash = Ends::of(&entry.key).key(entry.table, entry.upos, entry.xpos);
            let mut at = hash as usize & mask;
            while slots.get(at).is_some_and(|slot| *slot != 0) {
                at = (at + 1) & mask;
            }
            if let Some(slot) = slots.get_mut(at) {
                assert!(blob.len() < 1 << 24, "the section is too large");
                *slot = (blob.len() as u32 + 1) | ((hash >> 56) as u32) << 24;
            }
            let upos = entry.upos.map_or(ANY, |upos| upos as u8);
            blob.extend([entry.table as u8, upos, entry.xpos as u8, entry.key.len() as u8]);
            blob.extend(entry.key.bytes());
            blob.extend([entry.number, entry.text.len() as u8]);
            blob.extend(entry.text.bytes());
        }
        let mut section = Vec::with_capacity(8 + 4 * slots.len() + blob.len());
        section.extend(VERSION.to_le_bytes());
        section.extend((slots.len() as u32).to_le_bytes());
        section.extend(slots.iter().flat_map(|slot| slot.to_le_bytes()));
        section.extend(blob);
        section
    }

    /// Reads a section.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let (header, rest) = bytes.split_at_checked(8).ok_or("lemmas have no header")?;
        let mut numbers = header.chunks_exact(4).map(number_of);
        let version = numbers.next().unwrap_or_default();
        if version != VERSION {
            return Err(format!("lemmas have version {version}, expected {VERSION}"));
        }
        let length = numbers.next().unwrap_or_default() as usize;
        if !length.is_power_of_two() {
            return Err(format!("lemmas have {length} slots, expected a power of two"));
        }
        let slots = length.checked_mul(4).and_then(|end| rest.split_at_checked(end));
        let (slots, entries) = slots.ok_or("lemmas end within their slots")?;
        let entries = String::from_utf8(entries.to_vec())
            .map_err(|error| format!("lemmas are not UTF-8: {error}"))?;
        let slots: Vec<u32> = slots.chunks_exact(4).map(number_of).collect();
        let mut lengths = vec![0; LENGTHS];
        let mut lemmas = Lemmas { slots, entries, lengths: Vec::new() };
        let used = lemmas.slots.iter().filter(|slot| **slot != 0);
        if used.clone().count() == length {
            return Err("lemmas have no free slot".to_owned());
        }
        for slot in used {
            let entry = lemmas.entry(*slot);
            let ([table, upos, xpos], key, ..) =
                entry.ok_or_else(|| format!("lemmas have no entry at {}", offset(*slot)))?;
            let letters = key.chars().count().min(SUFFIX_LETTERS_MAX);
            if let Some(bits) = lengths.get_mut(place_of(table, upos, xpos)) {
                *bits |= 1 << letters;
            }
        }
        lemmas.lengths = lengths;
        Ok(lemmas)
    }

    /// Appends the lemma of `form` to `out`. `scratch` is room to work in; what it held is lost.
    pub fn lemma_into(&self, form: &str, tag: Tag, scratch: &mut String, out: &mut String) {
        let capitals = capitals_table(form);
        let small = to_small(form, capitals.is_some(), scratch);
        let ends = Ends::of(small);
        let written = if capitals.is_some() { Ends::of(form).whole } else { ends.whole };
        let key = mixed(written, LemmaTable::Written, Some(tag.upos), tag.xpos);
        let what = (LemmaTable::Written, Some(tag.upos), tag.xpos);
        if let Some((_, lemma)) = self.find(key, what, form) {
            out.push_str(lemma);
            return;
        }
        let lemma = self.small_lemma(small, &ends, Some(tag.upos), tag.xpos);
        let Some(table) = capitals else {
            out.push_str(lemma.kept);
            out.push_str(lemma.appended);
            return;
        };
        let rule = self.longest(small, &ends, (table, Some(tag.upos), tag.xpos));
        let default = if tag.upos == Upos::Propn { Capitals::Kept } else { Capitals::None };
        let rule = rule.and_then(|(number, _)| Capitals::ALL.get(usize::from(number)).copied());
        with_capitals(form, lemma, rule.unwrap_or(default), out);
    }

    /// The lemma of a form in small letters, in small letters. Without universal tag only what holds for any is asked.
    pub fn small_lemma_of(&self, small: &str, upos: Option<Upos>, xpos: Xpos) -> String {
        let lemma = self.small_lemma(small, &Ends::of(small), upos, xpos);
        lemma.letters().collect()
    }

    fn small_lemma<'a>(
        &'a self,
        small: &'a str,
        ends: &Ends,
        upos: Option<Upos>,
        xpos: Xpos,
    ) -> Small<'a> {
        let pool = pooled(xpos);
        let exact = upos.map(|upos| (Some(upos), xpos));
        for (upos, xpos) in exact.into_iter().chain([(None, pool)]) {
            let key = mixed(ends.whole, LemmaTable::Word, upos, xpos);
            if let Some((_, lemma)) = self.find(key, (LemmaTable::Word, upos, xpos), small) {
                return Small { kept: "", appended: lemma };
            }
        }
        for (upos, xpos) in exact.into_iter().chain([(None, pool)]) {
            if let Some((cut, append)) = self.longest(small, ends, (LemmaTable::Suffix, upos, xpos))
            {
                let kept = small.len().checked_sub(usize::from(cut));
                let kept = kept.and_then(|kept| small.get(..kept));
                return kept.map_or(Small { kept: small, appended: "" }, |kept| Small {
                    kept,
                    appended: append,
                });
            }
        }
        Small { kept: small, appended: "" }
    }

    /// The entry of the longest end of `small` that has one.
    fn longest(
        &self,
        small: &str,
        ends: &Ends,
        what: (LemmaTable, Option<Upos>, Xpos),
    ) -> Option<(u8, &str)> {
        let (table, upos, xpos) = what;
        let place = place_of(table as u8, upos.map_or(ANY, |upos| upos as u8), xpos as u8);
        let lengths = self.lengths.get(place).copied().unwrap_or_default();
        let known = |letters: &usize| lengths >> letters & 1 != 0;
        (0..=ends.letters).rev().filter(known).find_map(|letters| {
            let (hash, start) = *ends.suffixes.get(letters)?;
            self.find(mixed(hash, table, upos, xpos), what, small.get(start as usize..)?)
        })
    }

    fn find(
        &self,
        hash: u64,
        (table, upos, xpos): (LemmaTable, Option<Upos>, Xpos),
        key: &str,
    ) -> Option<(u8, &str)> {
        let mask = self.slots.len().checked_sub(1)?;
        let upos = upos.map_or(ANY, |upos| upos as u8);
        let mut at = hash as usize & mask;
        loop {
            let slot = *self.slots.get(at)?;
            if slot == 0 {
                return None;
            }
            if u64::from(slot >> 24) == hash >> 56 {
                let (tags, found, number, text) = self.entry(slot)?;
                if found == key && tags == [table as u8, upos, xpos as u8] {
                    return Some((number, text));
                }
            }
            at = (at + 1) & mask;
        }
    }

    /// Table and tags, key, number and text of the entry that a slot points to.
    fn entry(&self, slot: u32) -> Option<([u8; 3], &str, u8, &str)> {
        let rest = self.entries.get(offset(slot)..)?;
        let (head, rest) = rest.split_at_checked(4)?;
        let &[table, upos, xpos, length] = head.as_bytes() else { return None };
        let (key, rest) = rest.split_at_checked(usize::from(length))?;
        let (head, rest) = rest.split_at_checked(2)?;
        let &[number, length] = head.as_bytes() else { return None };
        Some(([table, upos, xpos], key, number, rest.get(..usize::from(length))?))
    }
}

/// Entries of [`Lemmas::lengths`].
const LENGTHS: usize = (LemmaTable::CapitalsMixed as usize + 1) * TAGS;

/// Pairs of tags, with any universal tag as one more.
const TAGS: usize = (Upos::ALL.len() + 1) * Xpos::ALL.len();

/// The place of a table and tags in [`Lemmas::lengths`].
fn place_of(table: u8, upos: u8, xpos: u8) -> usize {
    let upos = usize::from(upos).min(Upos::ALL.len());
    usize::from(table) * TAGS + upos * Xpos::ALL.len() + usize::from(xpos)
}

fn offset(slot: u32) -> usize {
    ((slot & 0x00ff_ffff) as usize).saturating_sub(1)
}

fn number_of(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// `form` in small letters: itself where it has no capitals, else in `scratch`.
fn to_small<'a>(form: &'a str, has_capitals: bool, scratch: &'a mut String) -> &'a str {
    if !has_capitals {
        return form;
    }
    scratch.clear();
    if form.is_ascii() {
        scratch.push_str(form);
        scratch.make_ascii_lowercase();
    } else {
        scratch.extend(form.chars().flat_map(char::to_lowercase));
    }
    scratch
}

fn with_capitals(form: &str, lemma: Small<'_>, capitals: Capitals, out: &mut String) {
    match capitals {
        Capitals::None => {
            out.push_str(lemma.kept);
            out.push_str(lemma.appended);
        }
        Capitals::First => {
            let mut letters = lemma.letters();
            out.extend(letters.next().into_iter().flat_map(char::to_uppercase));
            out.extend(letters);
        }
        Capitals::Kept => {
            let mut written = form.chars();
            let mut follows = true;
            for letter in lemma.letters() {
                let same = written.next().filter(|written| {
                    *written == letter || written.to_lowercase().eq(std::iter::once(letter))
                });
                follows = follows && same.is_some();
                out.push(same.filter(|_| follows).unwrap_or(letter));
            }
        }
    }
}

/// Hashes of a form from its end: of the suffixes of up to [`SUFFIX_LETTERS_MAX`] letters, and of the whole.
struct Ends {
    /// Hash and first byte of the suffix of no letter, of one letter, and so on.
    suffixes: [(u64, u32); SUFFIX_LETTERS_MAX + 1],
    /// Letters of the longest of them.
    letters: usize,
    whole: u64,
}

impl Ends {
    fn of(form: &str) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut suffixes = [(hash, form.len() as u32); SUFFIX_LETTERS_MAX + 1];
        let mut letters = 0;
        for (at, letter) in form.char_indices().rev() {
            hash = (hash ^ u64::from(letter)).wrapping_mul(0x0000_0100_0000_01b3);
            if letters < SUFFIX_LETTERS_MAX {
                letters += 1;
                if let Some(suffix) = suffixes.get_mut(letters) {
                    *suffix = (hash, at as u32);
                }
            }
        }
        Ends { suffixes, letters, whole: hash }
    }

    fn key(&self, table: LemmaTable, upos: Option<Upos>, xpos: Xpos) -> u64 {
        mixed(self.whole, table, upos, xpos)
    }
}

/// The hash of a form or suffix under a table and tags.
fn mixed(hash: u64, table: LemmaTable, upos: Option<Upos>, xpos: Xpos) -> u64 {
    let upos = upos.map_or(ANY, |upos| upos as u8);
    let what = u64::from(table as u8) << 16 | u64::from(upos) << 8 | u64::from(xpos as u8);
    let hash = hash ^ (what + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 29)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(
        table: LemmaTable,
        tags: (Option<Upos>, Xpos),
        key: &str,
        number: u8,
        text: &str,
    ) -> LemmaEntry {
        let (upos, xpos) = tags;
        LemmaEntry { table, upos, xpos, key: key.to_owned(), number, text: text.to_owned() }
    }

    fn sample() -> Vec<u8> {
        let noun = (Some(Upos::Noun), Xpos::NounPlural);
        let verb = (Some(Upos::Verb), Xpos::VerbPast);
        let name = (Some(Upos::Propn), Xpos::ProperNounPlural);
        Lemmas::write(&[
            entry(LemmaTable::Suffix, noun, "s", 1, ""),
            entry(LemmaTable::Suffix, noun, "ies", 3, "y"),
            entry(LemmaTable::Suffix, name, "s", 1, ""),
            entry(LemmaTable::Word, noun, "men", 0, "man"),
            entry(LemmaTable::Suffix, verb, "ed", 2, ""),
            entry(LemmaTable::Word, (None, Xpos::VerbPast), "went", 0, "go"),
            entry(LemmaTable::Written, noun, "TVs", 0, "TV"),
            entry(LemmaTable::CapitalsAll, noun, "os", Capitals::Kept as u8, ""),
            entry(LemmaTable::CapitalsFirst, noun, "eses", Capitals::First as u8, ""),
        ])
    }

    fn lemma(lemmas: &Lemmas, form: &str, upos: Upos, xpos: Xpos) -> String {
        let (mut scratch, mut out) = (String::from("old"), String::from("<"));
        lemmas.lemma_into(form, Tag { upos, xpos }, &mut scratch, &mut out);
        out.split_off(1)
    }

    #[test]
    fn dictionary_first_then_the_longest_suffix() {
        let lemmas = Lemmas::read(&sample()).unwrap();
        for (form, upos, xpos, expected) in [
            ("ships", Upos::Noun, Xpos::NounPlural, "ship"),
            ("Parties", Upos::Noun, Xpos::NounPlural, "party"),
            ("MEN", Upos::Noun, Xpos::NounPlural, "man"),
            ("tvs", Upos::Noun, Xpos::NounPlural, "tv"),
            ("TVs", Upos::Noun, Xpos::NounPlural, "TV"),
            ("CEOS", Upos::Noun, Xpos::NounPlural, "CEO"),
            ("Geneses", Upos::Noun, Xpos::NounPlural, "Genese"),
            ("McDonalds", Upos::Propn, Xpos::ProperNounPlural, "McDonald"),
            ("went", Upos::Verb, Xpos::PastParticiple, "go"),
            ("went", Upos::Aux, Xpos::VerbPast, "go"),
            ("Called", Upos::Verb, Xpos::VerbPast, "call"),
            ("Élus", Upos::Noun, Xpos::NounPlural, "élu"),
            ("Bonn", Upos::Propn, Xpos::ProperNoun, "Bonn"),
            ("S", Upos::Noun, Xpos::NounPlural, ""),
        ] {
            assert_eq!(lemma(&lemmas, form, upos, xpos), expected, "{form}");
        }
    }

    #[test]
    fn patterns_of_capitals() {
        assert_eq!(capitals_table("a.m."), None);
        assert_eq!(capitals_table("Élan"), Some(LemmaTable::CapitalsFirst));
        assert_eq!(capitals_table("I"), Some(LemmaTable::CapitalsAll));
        assert_eq!(capitals_table("U.S."), Some(LemmaTable::CapitalsAll));
        assert_eq!(capitals_table("eBay"), Some(LemmaTable::CapitalsMixed));
    }

    #[test]
    fn a_broken_section_is_refused() {
        let whole = sample();
        for (bytes, expected) in [
            (vec![1, 0, 0], "lemmas have no header"),
            (vec![9, 0, 0, 0, 1, 0, 0, 0], "lemmas have version 9, expected 1"),
            (vec![1, 0, 0, 0, 3, 0, 0, 0], "lemmas have 3 slots, expected a power of two"),
            (vec![1, 0, 0, 0, 2, 0, 0, 0, 1], "lemmas end within their slots"),
            (vec![1, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0], "lemmas have no free slot"),
        ] {
            assert_eq!(Lemmas::read(&bytes).unwrap_err(), expected);
        }
        assert!(Lemmas::read(&whole[..whole.len() - 3]).unwrap_err().contains("no entry at"));
        assert_eq!(Lemmas::default().small_lemma_of("x", None, Xpos::Noun), "x");
    }

    proptest! {
        #[test]
        fn any_form_and_any_bytes_are_survived(
            form in ".{0,20}",
            tag in (0..Upos::ALL.len(), 0..Xpos::ALL.len()),
            at in 0..200_usize,
            byte: u8,
        ) {
            let mut bytes = sample();
            let tag = Tag { upos: Upos::ALL[tag.0], xpos: Xpos::ALL[tag.1] };
            let (mut scratch, mut out) = (String::new(), String::new());
            Lemmas::read(&bytes).unwrap().lemma_into(&form, tag, &mut scratch, &mut out);
            if let Some(old) = bytes.get_mut(at) {
                *old = byte;
            }
            if let Ok(lemmas) = Lemmas::read(&bytes) {
                lemmas.lemma_into(&form, tag, &mut scratch, &mut out);
            }
        }
    }
}
