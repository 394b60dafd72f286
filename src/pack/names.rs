//! Makes bits per token out of the lists of names of `names/*.tsv`: in which lists a name begins at a token, and in
//! which one goes on in it. They are features of the tagger of names and decide nothing by themselves.
//!
//! Bit n belongs to file n of [`FILES`]: countries, groups, regions, cities, given names, surnames, organisations,
//! cues. The first seven mark the longest name of the list: the bit of the first byte at its first token, the bit of
//! the second byte at the others. Given names are single words, so bit 4 of the second byte is free, and cues mark
//! every word alike by bits 7, 7' and 4', which tell six kinds: person title 4', head word of an organisation 7, of
//! something built 7', of an event 7 7', of a work, a treaty or a prize 7 4', of a place on the map 7' 4'.
//!
//! Names are compared piece by piece: case and diacritics folded, full stops and apostrophes left out, divided at
//! blanks, hyphens and before a possessive 's, so that `U.S.`, `Sana'a` and `Al-Shabaab` equal `US`, `Sanaa` and `al` `-`
//! `Shabaab`. A name begins at a capital or a digit only; one that the list writes small (`al-Qaeda`, `bin Salman`)
//! begins at a small letter too, before a capital. One that the list writes in capitals only (`WHO`) wants capitals.
//! All lists lie in one open-addressing table by 64-bit hashes of pieces from the first piece on, so a match is a walk
//! of one look-up a piece. The table holds the low half of a hash and its place tells most of the other, so one foreign
//! word in 10^9 is taken for a name, at the cost of one wrong bit.

use std::hash::Hasher;

use super::table::{Mistake, Table};
use crate::map::Fnv;
use crate::model::Token;
use crate::text::fold_into;

/// The files, one list each, in the order of the bits.
const FILES: [&str; 8] = [
    "names/countries.tsv",
    "names/groups.tsv",
    "names/regions.tsv",
    "names/cities.tsv",
    "names/given.tsv",
    "names/surnames.tsv",
    "names/organisations.tsv",
    "names/cues.tsv",
];

const GIVEN: usize = 4;
const CUES: usize = 7;

/// Kinds of cues with their bits in the two bytes.
const CUE_KINDS: [(&str, [u8; 2]); 6] = [
    ("title", [0, 1 << GIVEN]),
    ("organisation", [1 << CUES, 0]),
    ("facility", [0, 1 << CUES]),
    ("event", [1 << CUES, 1 << CUES]),
    ("work", [1 << CUES, 1 << GIVEN]),
    ("place", [0, 1 << CUES | 1 << GIVEN]),
];

/// Where every walk begins, and where the walks of names written small begin.
const CAPITAL_SEED: u64 = 0x9e37_79b9_7f4a_7c15;
const SMALL_SEED: u64 = 0xd1b5_4a32_d192_ed03;

/// Lists of names, ready to be looked up.
pub struct NameLists {
    slots: Vec<Slot>,
    used: usize,
    shift: u32,
}

/// Buffers of [`NameLists::bits`], reused from sentence to sentence.
#[derive(Clone, Debug, Default)]
pub struct NameScratch {
    pieces: Vec<Piece>,
    folded: String,
}

/// One place of the table: the low half of a key, 0 in a free place, and what is known about the key.
#[derive(Clone, Copy, Default)]
struct Slot {
    mark: u32,
    entry: Entry,
}

/// What is known about a run of pieces from the first piece of a name on.
#[derive(Clone, Copy, Default)]
struct Entry {
    /// Lists in which a name ends here.
    ends: u8,
    /// Lists in which a name written in capitals ends here.
    capitals: u8,
    /// Kind of the cue that ends here, plus one.
    cue: u8,
    /// Whether a longer name goes on.
    goes_on: bool,
}

/// A part of a token that is compared by itself.
#[derive(Clone, Copy, Debug)]
struct Piece {
    hash: u64,
    /// Its token, counted from the start of the sentence.
    token: u32,
    /// Whether it is the first piece of its token.
    first: bool,
    /// Whether it begins with a capital, a digit, or a letter that has no case.
    begins: bool,
    /// Whether it has a capital and no small letter.
    capitals: bool,
}

/// The ends of the longest matches from one piece on.
#[derive(Default)]
struct Found {
    /// Per list, one past the last piece; 0: none.
    ends: [usize; FILES.len()],
    cue: u8,
}

impl NameLists {
    /// Appends, for each token of one sentence, the lists with a name that begins at it and those with a name that
    /// goes on in it. A token within a match of a list begins no other match of that list.
    pub fn bits(
        &self,
        text: &str,
        tokens: &[Token],
        scratch: &mut NameScratch,
        out: &mut Vec<[u8; 2]>,
    ) {
        let NameScratch { pieces, folded } = scratch;
        pieces.clear();
        for (at, token) in (0..).zip(tokens) {
            push_pieces(text.get(token.span.range()).unwrap_or_default(), at, folded, pieces);
        }
        let old_length = out.len();
        out.resize(old_length + tokens.len(), [0, 0]);
        let Some(bits) = out.get_mut(old_length..) else { return };
        let mut free_from = [0; FILES.len()];
        for start in 0..pieces.len() {
            if let Some(found) = pieces.get(start..).and_then(|rest| self.found(rest)) {
                mark(&found, pieces.get(start..).unwrap_or_default(), &mut free_from, bits);
            }
        }
    }

    /// Number of different runs of pieces that a name begins with.
    pub fn len(&self) -> usize {
        self.used
    }

    /// Whether there is no name.
    pub fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// The longest match of each list that begins at the first of `pieces`.
    fn found(&self, pieces: &[Piece]) -> Option<Found> {
        let first = pieces.first().filter(|piece| piece.first)?;
        let seed = if first.begins {
            CAPITAL_SEED
        } else {
            pieces.get(1).filter(|next| next.begins)?;
            SMALL_SEED
        };
        let mut found = Found::default();
        let (mut key, mut capitals, mut any) = (seed, true, false);
        for (end, piece) in (1..).zip(pieces) {
            key = step(key, piece.hash);
            capitals &= piece.capitals;
            let Some(entry) = self.get(key) else { break };
            let mut lists = entry.ends | if capitals { entry.capitals } else { 0 };
            any |= lists != 0;
            while let Some(place) = found.ends.get_mut(lists.trailing_zeros() as usize) {
                *place = end;
                lists &= lists - 1;
            }
            if entry.cue != 0 {
                found.cue = entry.cue;
            }
            if !entry.goes_on {
                break;
            }
        }
        any.then_some(found)
    }

    fn get(&self, key: u64) -> Option<Entry> {
        let (mut at, mark) = self.place(key);
        let mask = self.slots.len().wrapping_sub(1);
        loop {
            let slot = self.slots.get(at)?;
            if slot.mark == mark {
                return Some(slot.entry);
            }
            if slot.mark == 0 {
                return None;
            }
            at = (at + 1) & mask;
        }
    }

    /// The entry of `key`, made if there is none.
    fn entry(&mut self, key: u64) -> Option<&mut Entry> {
        let (mut at, mark) = self.place(key);
        let mask = self.slots.len().wrapping_sub(1);
        while self.slots.get(at).is_some_and(|slot| slot.mark != mark && slot.mark != 0) {
            at = (at + 1) & mask;
        }
        let slot = self.slots.get_mut(at)?;
        self.used += usize::from(slot.mark == 0);
        slot.mark = mark;
        Some(&mut slot.entry)
    }

    /// Where the search for `key` begins, and what a place of it holds.
    fn place(&self, key: u64) -> (usize, u32) {
        ((key >> self.shift) as usize, (key as u32).max(1))
    }

    pub(super) fn parse(files: &super::Files<'_>, mistakes: &mut Vec<Mistake>) -> Self {
        // every piece ends at one of these and is entered twice at most, so a place stays free and every search ends
        let is_end = |byte: &&u8| matches!(**byte, b'\n' | b' ' | b'-' | b'\'' | 0xc0..);
        let ends = FILES.map(|file| files.bytes(file).iter().filter(is_end).count());
        let size = (2 * ends.iter().sum::<usize>() + 2).next_power_of_two();
        let shift = u64::BITS - size.trailing_zeros();
        let mut lists = NameLists { slots: vec![Slot::default(); size], used: 0, shift };
        let mut scratch = NameScratch::default();
        for (list, file) in FILES.iter().enumerate() {
            let columns = ["name", if list == CUES { "kind" } else { "source" }];
            let mut wrong = Vec::new();
            Table::visit(file, files.bytes(file), columns, mistakes, |line, [name, kind]| {
                let added = lists.add(list, name, kind, &mut scratch);
                wrong.extend(added.err().map(|what| (line, what)));
            });
            mistakes.extend(wrong.into_iter().map(|(line, (column, what))| Mistake {
                file: (*file).to_owned(),
                line,
                column: Some(column.to_owned()),
                what,
            }));
        }
        lists
    }

    /// Adds a name to a list; the error is the column and what is wrong with it.
    fn add(
        &mut self,
        list: usize,
        name: &str,
        kind: &str,
        scratch: &mut NameScratch,
    ) -> Result<(), (&'static str, String)> {
        let NameScratch { pieces, folded } = scratch;
        pieces.clear();
        name.split(' ').for_each(|word| push_pieces(word, 0, folded, pieces));
        let Some((first, last)) = pieces.first().zip(pieces.len().checked_sub(1)) else {
            return Err(("name", format!("`{name}` has neither letters nor digits")));
        };
        if list == GIVEN && last > 0 {
            return Err(("name", format!("given name `{name}` is more than one word")));
        }
        let mut cue = 0;
        if list == CUES {
            let Some(at) = CUE_KINDS.iter().position(|(known, _)| *known == kind) else {
                let known = CUE_KINDS.map(|(known, _)| known).join(", ");
                return Err(("kind", format!("unknown kind `{kind}`, kinds are {known}")));
            };
            cue = at as u8 + 1;
        } else if kind.is_empty() {
            return Err(("source", "cell is empty".to_owned()));
        }
        let is_acronym = folded_is_acronym(name, pieces);
        let seeds = [(true, CAPITAL_SEED), (!first.begins, SMALL_SEED)];
        for (_, seed) in seeds.into_iter().filter(|(wanted, _)| *wanted) {
            let mut key = seed;
            for (at, piece) in pieces.iter().enumerate() {
                key = step(key, piece.hash);
                let Some(entry) = self.entry(key) else { continue };
                if at < last {
                    entry.goes_on = true;
                    continue;
                }
                let ends = if is_acronym { &mut entry.capitals } else { &mut entry.ends };
                if *ends >> list & 1 == 1 {
                    return Err(("name", format!("`{name}` is already in the list")));
                }
                *ends |= 1 << list;
                entry.cue = entry.cue.max(cue);
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for NameLists {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NameLists").field("used", &self.used).finish_non_exhaustive()
    }
}

/// Whether a name is to be met in capitals only: one word without a small letter, of two characters or more.
fn folded_is_acronym(name: &str, pieces: &[Piece]) -> bool {
    let [piece] = pieces else { return false };
    piece.capitals && name.chars().nth(1).is_some()
}

fn mark(
    found: &Found,
    pieces: &[Piece],
    free_from: &mut [usize; FILES.len()],
    bits: &mut [[u8; 2]],
) {
    let token = |at: usize| pieces.get(at).map_or(0, |piece| piece.token as usize);
    let start = token(0);
    for (list, (end, free)) in found.ends.iter().zip(free_from).enumerate() {
        if *end == 0 || start < *free {
            continue;
        }
        *free = token(end - 1) + 1;
        let marked = bits.get_mut(start..*free).unwrap_or_default();
        if list == CUES {
            let kind = CUE_KINDS.get(usize::from(found.cue).wrapping_sub(1));
            let [begins, inside] = kind.map_or([0, 0], |(_, bits)| *bits);
            marked.iter_mut().for_each(|both| *both = [both[0] | begins, both[1] | inside]);
        } else if let Some((first, rest)) = marked.split_first_mut() {
            first[0] |= 1 << list;
            rest.iter_mut().for_each(|both| both[1] |= 1 << list);
        }
    }
}

/// The key of a run of pieces that is one piece longer.
fn step(key: u64, piece: u64) -> u64 {
    (key.rotate_left(23) ^ piece).wrapping_mul(0xff51_afd7_ed55_8ccd)
}

/// The pieces of one token. Hyphens, and tokens of full stops or apostrophes only, give none.
fn push_pieces(token: &str, at: u32, folded: &mut String, pieces: &mut Vec<Piece>) {
    let count = pieces.len();
    let mut push = |part: &str| {
        let first = pieces.len() == count;
        pieces.extend(piece(part, folded).map(|piece| Piece { token: at, first, ..piece }));
    };
    let mut push_part = |part: &str| match possessive(part) {
        Some(word) => [word, "s"].into_iter().for_each(&mut push),
        None => push(part),
    };
    if token.is_ascii() {
        token.split('-').for_each(push_part);
    } else {
        token.split(['-', '‐', '‑', '–', '—', '−']).for_each(&mut push_part);
    }
}

/// The word before a possessive 's.
fn possessive(part: &str) -> Option<&str> {
    let rest = part.strip_suffix(['s', 'S'])?;
    rest.strip_suffix(['\'', '’']).filter(|word| !word.is_empty())
}

fn piece(part: &str, folded: &mut String) -> Option<Piece> {
    let (begins, capitals, hash) = if part.is_ascii() {
        let small = part.bytes().any(|byte| byte.is_ascii_lowercase());
        let capital = part.bytes().any(|byte| byte.is_ascii_uppercase());
        let first = part.bytes().next();
        let begins = first.is_some_and(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        (begins, capital && !small, hash_of(part)?)
    } else {
        folded.clear();
        fold_into(part, folded);
        let small = part.chars().any(char::is_lowercase);
        let capital = part.chars().any(char::is_uppercase);
        // the ayn of transliterated Arabic may stand before the capital
        let first = part.chars().find(|character| character.is_alphanumeric());
        let begins = first.is_some_and(|first| !first.is_lowercase());
        (begins, capital && !small, hash_of(folded)?)
    };
    Some(Piece { hash, token: 0, first: false, begins, capitals })
}

/// The hash of a piece, of its ASCII letters in lower case; `None` where nothing is left to compare.
fn hash_of(part: &str) -> Option<u64> {
    let mut hash = Fnv::default();
    let mut count = 0;
    for byte in part.bytes().filter(|byte| !matches!(byte, b'.' | b'\'')) {
        hash.write(&[byte.to_ascii_lowercase()]);
        count += 1;
    }
    (count > 0).then(|| hash.finish())
}

#[cfg(test)]
mod tests {
    use super::super::{FILES as PACK_FILES, Files, Pack};
    use super::*;
    use crate::model::{Span, TokenKind};

    const COUNTRIES: u8 = 1;
    const CITIES: u8 = 1 << 3;
    const ORGANISATIONS: u8 = 1 << 6;

    /// Tokens of a text whose tokens are separated by blanks, and the bits of each.
    fn bits_of(lists: &NameLists, text: &str) -> Vec<[u8; 2]> {
        let mut tokens = Vec::new();
        for word in text.split(' ') {
            let start = word.as_ptr() as usize - text.as_ptr() as usize;
            let span = Span::of(start, start + word.len());
            tokens.push(Token { span, kind: TokenKind::Word });
        }
        let mut out = vec![[9, 9]];
        lists.bits(text, &tokens, &mut NameScratch::default(), &mut out);
        assert_eq!(out.remove(0), [9, 9], "bits are appended");
        out
    }

    fn parse(list: &str, rows: &str) -> (NameLists, Vec<String>) {
        let files = FILES.map(|file| {
            let column = if file == "names/cues.tsv" { "kind" } else { "source" };
            let rows = if file == list { rows } else { "" };
            (file, format!("name\t{column}\n{rows}"))
        });
        let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
        let mut mistakes = Vec::new();
        let lists = NameLists::parse(&Files::of(&files, &mut mistakes), &mut mistakes);
        (lists, mistakes.iter().map(Mistake::to_string).collect())
    }

    fn list(file: &str, names: &[&str]) -> NameLists {
        let rows: String = names.iter().map(|name| format!("{name}\town\n")).collect();
        let (lists, mistakes) = parse(file, &rows);
        assert_eq!(mistakes, [""; 0]);
        lists
    }

    #[test]
    fn marks_the_longest_name_once() {
        let lists = list("names/cities.tsv", &["New York", "New York City", "York City", "City"]);
        let (begins, inside) = ([CITIES, 0], [0, CITIES]);
        assert_eq!(bits_of(&lists, "In New York City ,"), [[0, 0], begins, inside, inside, [0, 0]]);
        assert_eq!(bits_of(&lists, "New York"), [begins, inside]);
        assert_eq!(bits_of(&lists, "New York City City"), [begins, inside, inside, begins]);
        assert_eq!(bits_of(&lists, "New Delhi"), [[0, 0], [0, 0]]);
        assert_eq!(bits_of(&lists, ""), [[0, 0]]);
        assert_eq!(lists.len(), 6);
        assert!(!lists.is_empty() && list("names/cities.tsv", &[]).is_empty());
    }

    #[test]
    fn compares_without_diacritics_stops_apostrophes_and_hyphens() {
        let names = ["Sana'a", "Al-Shabaab", "U.S.", "People's Daily", "Łódź", "Martyrs' Hill"];
        let lists = list("names/organisations.tsv", &names);
        let (begins, inside) = ([ORGANISATIONS, 0], [0, ORGANISATIONS]);
        for text in ["Sanaa", "Sana’a", "ŞANAA", "US", "U.S", "U.S.", "Lodz", "Al-Shabaab"] {
            assert_eq!(bits_of(&lists, text), [begins], "{text}");
        }
        for text in ["Al - Shabaab", "AL – SHABAAB"] {
            assert_eq!(bits_of(&lists, text), [begins, inside, inside], "{text}");
        }
        for text in ["People's Daily", "Martyrs Hill", "MARTYRS' HILL"] {
            assert_eq!(bits_of(&lists, text), [begins, inside], "{text}");
        }
        assert_eq!(bits_of(&lists, "People ’s Daily"), [begins, inside, inside]);
    }

    #[test]
    fn wants_capitals_where_the_list_has_them() {
        let lists =
            list("names/organisations.tsv", &["WHO", "Apple", "al-Qaeda", "5 Star Movement"]);
        let found = |text: &str| bits_of(&lists, text).first().is_some_and(|both| both[0] != 0);
        for text in
            ["WHO", "W.H.O.", "Apple", "APPLE", "al - Qaeda", "Al - Qaeda", "5 Star Movement"]
        {
            assert!(found(text), "{text}");
        }
        for text in ["Who", "who", "apple", "al - qaeda", "- Qaeda", "Star Movement"] {
            assert!(!found(text), "{text}");
        }
    }

    #[test]
    fn cues_mark_every_word_by_their_kind() {
        let rows = "Prime Minister\ttitle\nBank\torganisation\nAirport\tfacility\nWar\tevent\nAct\twork\nRiver\tplace\n";
        let (lists, mistakes) = parse("names/cues.tsv", rows);
        assert_eq!(mistakes, [""; 0]);
        assert_eq!(
            bits_of(&lists, "Prime Minister Bank Airport War Act River"),
            [[0, 16], [0, 16], [128, 0], [0, 128], [128, 128], [128, 16], [0, 144]]
        );
    }

    #[test]
    fn names_every_mistake() {
        let (_, mistakes) =
            parse("names/given.tsv", "Anna\town\nJean-Paul\town\nÁnna\town\n-\town\nEva\t\nx\n");
        assert_eq!(
            mistakes,
            [
                "names/given.tsv:7: row has not 2 cells",
                "names/given.tsv:3:name: given name `Jean-Paul` is more than one word",
                "names/given.tsv:4:name: `Ánna` is already in the list",
                "names/given.tsv:5:name: `-` has neither letters nor digits",
                "names/given.tsv:6:source: cell is empty",
            ]
        );
        let (_, mistakes) = parse("names/cues.tsv", "War\tnoun\n");
        let kinds = "title, organisation, facility, event, work, place";
        let wanted = format!("names/cues.tsv:2:kind: unknown kind `noun`, kinds are {kinds}");
        assert_eq!(mistakes, [wanted]);
    }

    #[test]
    fn the_files_are_files_of_the_pack() {
        assert!(FILES.iter().all(|file| PACK_FILES.contains(file)));
    }

    #[test]
    fn the_embedded_lists_know_the_world() {
        let lists = Pack::embedded().unwrap_or_else(|error| panic!("{error}")).names;
        for (list, names) in [
            (0, ["France", "U.S.", "Democratic Republic of the Congo", "Türkiye"]),
            (1, ["Russian", "Kurds", "South Koreans", "Islamist"]),
            (2, ["Mediterranean Sea", "Kashmir", "Xinjiang", "Sinai Peninsula"]),
            (3, ["Baghdad", "São Paulo", "Port-au-Prince", "Mogadishu"]),
            (4, ["Vladimir", "Aisha", "Xavier", "Olusegun"]),
            (5, ["Putin", "Merkel", "Erdoğan", "Netanyahu"]),
            (6, ["European Union", "al-Qaeda", "NATO", "Médecins Sans Frontières"]),
        ] {
            for name in names {
                let text = name.replace('-', " - ");
                let bits = bits_of(&lists, &text);
                assert_eq!(bits[0][0] >> list & 1, 1, "{name} begins");
                assert!(bits[1..].iter().all(|both| both[1] >> list & 1 == 1), "{name} goes on");
            }
        }
        assert_eq!(bits_of(&lists, "France")[0][0] & COUNTRIES, COUNTRIES);
        for word in ["the", "The", "Will", "May", "Monday", "of", "us"] {
            assert_eq!(bits_of(&lists, word)[0], [0, 0], "{word}");
        }
    }
}
