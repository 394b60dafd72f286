//! Gold documents: texts with every event that a reader found, and how their offsets map to the fields handed over.
//!
//! Reads the full form (`docs.jsonl` and `events.jsonl`, one JSON object a line). Offsets of the files are characters of
//! the document's text; here they are byte ranges in the field ([`Field`]) that the extractor is given, so that the
//! article's back-map can take them to the cleaned text. A page whose first line reads `TITLE: … LINK: …` hands its title
//! over as title and its address not at all.
//!
//! It reads no file and judges no event.

pub(super) mod row;

use crate::map::Map;
use crate::model::{Field, PloverType, Span};

use super::amount;
use super::extracted::{Count, Party, Place, Realis};

/// A range in one of the fields handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldSpan {
    /// The field.
    pub field: Field,
    /// Bytes of the field.
    pub span: Span,
}

/// Where the words that tell an event stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TriggerPlace {
    /// At one place; nowhere where that place is not handed over.
    At(Option<FieldSpan>),
    /// The reader gave no offset: any occurrence in the event's sentence, else any in the document.
    AnyOf(Vec<FieldSpan>),
}

/// A number of the gold, and the least values that count as right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoldCount {
    /// The least, as the reader wrote it.
    pub min: u64,
    /// The other way to write "more than N": N where the reader wrote N + 1, N + 1 where the reader wrote N.
    pub also: Option<u64>,
}

impl GoldCount {
    /// A count without upper end is "more than N" where the text says so with the reader's number or the one below;
    /// all other open counts ("at least N") have one right value.
    pub fn of(count: Count, text: &str) -> Self {
        let below = count.min.checked_sub(1);
        let also = match count.max {
            Some(_) => None,
            None if amount::says_more_than(text, count.min) => Some(count.min + 1),
            None => below.filter(|below| amount::says_more_than(text, *below)),
        };
        GoldCount { min: count.min, also }
    }

    /// Whether a least value is right.
    pub fn accepts(self, min: u64) -> bool {
        min == self.min || Some(min) == self.also
    }
}

/// One mention of an event, as a reader saw it.
#[derive(Clone, Debug, PartialEq)]
pub struct GoldEvent {
    /// Where the words stand that tell it.
    pub trigger: TriggerPlace,
    /// The first characters of its sentence, where the reader gave them.
    pub sentence: Option<FieldSpan>,
    /// PLOVER type.
    pub kind: PloverType,
    /// Other types that count as right.
    pub alternatives: Vec<PloverType>,
    /// PLOVER mode.
    pub mode: Option<String>,
    /// PLOVER contexts; `None` where the file does not annotate them.
    pub contexts: Option<Vec<String>>,
    /// Who did it.
    pub actors: Vec<Party>,
    /// To whom.
    pub recipients: Vec<Party>,
    /// Where.
    pub place: Option<Place>,
    /// When: day, month or year.
    pub date: Option<String>,
    /// Whether it happened.
    pub realis: Realis,
    /// Who says so.
    pub attribution: Option<String>,
    /// How many: dead, injured, arrested, size.
    pub counts: [Option<GoldCount>; 4],
    /// Whether any competent coder would code it.
    pub core: bool,
    /// The event that this mention belongs to: mentions with the same number are one event.
    pub chain: usize,
}

impl GoldEvent {
    /// Whether `kind` is the type or an alternative.
    pub fn accepts(&self, kind: PloverType) -> bool {
        self.kind == kind || self.alternatives.contains(&kind)
    }
}

/// A document with its events.
#[derive(Clone, Debug, PartialEq)]
pub struct GoldDocument {
    /// Its id in the gold.
    pub id: String,
    /// The title that is handed over.
    pub title: Option<String>,
    /// The text that is handed over.
    pub body: String,
    /// The day of publication that is handed over.
    pub published_at: Option<String>,
    /// The part of the gold that it belongs to, where there are parts.
    pub split: Option<String>,
    /// Whether its gold dates can be scored.
    pub dates_scored: bool,
    /// Whether the reader found no event in it.
    pub marked_empty: bool,
    /// The mentions of events in the order of the file.
    pub events: Vec<GoldEvent>,
}

impl GoldDocument {
    /// The native JSON envelope that the extractor is given.
    pub fn envelope(&self) -> Vec<u8> {
        let mut envelope = serde_json::Map::new();
        envelope.insert("id".to_owned(), self.id.as_str().into());
        envelope.insert("text".to_owned(), self.body.as_str().into());
        for (name, value) in [("title", &self.title), ("published_at", &self.published_at)] {
            if let Some(value) = value {
                envelope.insert(name.to_owned(), value.as_str().into());
            }
        }
        serde_json::Value::Object(envelope).to_string().into_bytes()
    }
}

/// A gold file that cannot be read as its README says. The line tells where to look.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {what}")]
pub struct GoldError {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What the matter is.
    pub what: String,
}

/// Documents whose own date line contradicts their `published_at` (README of the open articles): no date is scored there.
const DATES_CONTRADICTORY: [&str; 3] = ["wn-00", "wn-10", "wn-14"];

/// Reads the full form. `page` gives the text of a file that a document names instead of holding its text.
///
/// # Errors
/// The first line that is not as the README says, or a page that `page` cannot give.
pub fn read_full(
    docs: &str,
    events: &str,
    page: &mut dyn FnMut(&str) -> Result<String, String>,
) -> Result<Vec<GoldDocument>, GoldError> {
    let mut documents: Vec<(GoldDocument, Layout)> = Vec::new();
    let mut by_id: Map<String, usize> = Map::default();
    for (line, row) in row::rows::<row::DocumentRow>("docs.jsonl", docs)? {
        by_id.insert(row.doc.clone(), documents.len());
        documents.push(document(row, page).map_err(|what| fault("docs.jsonl", line, what))?);
    }
    let mut chains: Map<String, (usize, usize)> = Map::default();
    for (line, row) in row::rows::<row::EventRow>("events.jsonl", events)? {
        let known = by_id.get(&row.doc).copied();
        let (at, (document, layout)) = known
            .and_then(|at| Some((at, documents.get_mut(at)?)))
            .ok_or_else(|| fault("events.jsonl", line, format!("unknown document {}", row.doc)))?;
        if row.empty {
            document.marked_empty = true;
            continue;
        }
        let chain = match &row.same_as {
            None => document.events.len(),
            Some(earlier) => *chains
                .get(earlier)
                .filter(|(of, _)| *of == at)
                .map(|(_, chain)| chain)
                .ok_or_else(|| {
                    fault("events.jsonl", line, format!("no earlier mention {earlier}"))
                })?,
        };
        chains.insert(row.id.clone(), (at, chain));
        let event = row.event(layout, chain).map_err(|what| fault("events.jsonl", line, what))?;
        document.events.push(event);
    }
    Ok(documents.into_iter().map(|(document, _)| document).collect())
}

fn document(
    row: row::DocumentRow,
    page: &mut dyn FnMut(&str) -> Result<String, String>,
) -> Result<(GoldDocument, Layout), String> {
    let text = match (row.text, &row.file) {
        (Some(text), _) => text,
        (None, Some(file)) => page(file)?,
        (None, None) => return Err("neither text nor file".to_owned()),
    };
    let layout = Layout::of(&text);
    let title = layout.title.map(|span| text.get(span.range()).unwrap_or_default().to_owned());
    let document = GoldDocument {
        title: title.or(row.title),
        body: text.get(layout.body.range()).unwrap_or_default().to_owned(),
        published_at: row.published_at,
        split: row.split,
        dates_scored: !DATES_CONTRADICTORY.contains(&row.doc.as_str()),
        marked_empty: false,
        events: Vec::new(),
        id: row.doc,
    };
    Ok((document, layout))
}

pub(super) fn fault(file: &str, line: usize, what: String) -> GoldError {
    GoldError { file: file.to_owned(), line, what }
}

/// How a document's text is divided over the fields handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) text: String,
    /// Byte offset of each character, and of the end.
    characters: Vec<usize>,
    title: Option<Span>,
    body: Span,
}

impl Layout {
    /// A page with a first line `TITLE: … LINK: …` is title and rest; any other text is all body.
    pub(super) fn of(text: &str) -> Self {
        let (first, _) = text.split_once('\n').unwrap_or((text, ""));
        let title = first
            .strip_prefix("TITLE: ")
            .and_then(|rest| rest.rsplit_once(" LINK: "))
            .map(|(title, _)| Span::of("TITLE: ".len(), "TITLE: ".len() + title.len()));
        let body = if title.is_some() { (first.len() + 1).min(text.len()) } else { 0 };
        Layout {
            characters: text.char_indices().map(|(at, _)| at).chain([text.len()]).collect(),
            title,
            body: Span::of(body, text.len()),
            text: text.to_owned(),
        }
    }

    /// The place of `words` at a character offset. `Ok(None)` where that part of the text is not handed over (an
    /// address); an error where the text does not read so.
    pub(super) fn place(&self, words: &str, character: usize) -> Result<Option<FieldSpan>, String> {
        let start = self.characters.get(character).copied().unwrap_or(self.text.len());
        let rest = self.text.get(start..).unwrap_or_default();
        if !rest.starts_with(words) || words.is_empty() {
            return Err(format!("the text at character {character} does not read as said"));
        }
        Ok(self.field(Span::of(start, start + words.len())))
    }

    /// The occurrence of `words` with that number, from 1. Readers count plain occurrences: "attackers" is one of "attack".
    pub(super) fn numbered(&self, words: &str, number: usize) -> Option<FieldSpan> {
        let (at, _) = self.text.match_indices(words).nth(number.checked_sub(1)?)?;
        self.field(Span::of(at, at + words.len()))
    }

    /// All occurrences of `words` as whole words, in text order; where there is none, all occurrences.
    pub(super) fn occurrences(&self, words: &str) -> Vec<FieldSpan> {
        let all = || self.text.match_indices(words).map(|(at, _)| Span::of(at, at + words.len()));
        let whole = |span: &Span| {
            let (before, _) = self.text.split_at_checked(span.start as usize).unwrap_or_default();
            let (_, after) = self.text.split_at_checked(span.end as usize).unwrap_or_default();
            !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric)
        };
        let found: Vec<FieldSpan> =
            all().filter(whole).filter_map(|span| self.field(span)).collect();
        if found.is_empty() { all().filter_map(|span| self.field(span)).collect() } else { found }
    }

    /// The part of a range of the text that lies in one field.
    fn field(&self, range: Span) -> Option<FieldSpan> {
        let fields = [(Field::Title, self.title), (Field::Body, Some(self.body))];
        fields.into_iter().find_map(|(field, home)| {
            let home = home.filter(|home| home.overlaps(range))?;
            let start = range.start.max(home.start) - home.start;
            Some(FieldSpan { field, span: Span::new(start, range.end.min(home.end) - home.start) })
        })
    }
}
