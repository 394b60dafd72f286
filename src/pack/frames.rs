//! Makes the triggers of the baseline coder out of `frames/baseline.tsv`: which word tells which type of event.
//!
//! A row lists its surface forms or leaves them to regular inflection. Every surface form belongs to one row, so that
//! a hit has one meaning: where a form is both noun and verb (`attacks`), the row that is right more often has it. Null
//! rows are phrases that look like a trigger and tell no event (`heart attack`); being longer, they win the match.
//! Who takes part is not said here, only whether the parties have one role or two.

use super::inflection::{noun_forms, verb_forms};
use super::ontology::Ontology;
use super::phrases::Phrases;
use super::table::{Mistake, Row};
use crate::map::Map;
use crate::model::{CameoCode, PloverType};
use crate::text::PhraseTable;

const FILE: &str = "frames/baseline.tsv";
const COLUMNS: [&str; 7] = ["id", "lemma", "pos", "forms", "type", "cameo", "parties"];

/// The triggers.
#[derive(Debug)]
pub struct Frames {
    /// Surface forms, each with the index of its row.
    pub phrases: PhraseTable<u32>,
    rows: Vec<FrameRow>,
}

/// One trigger with all its forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameRow {
    /// Its id, for ever: `en.base.assault.attack.v`.
    pub id: String,
    /// The type of event that it tells; `None` for a null row, which suppresses what it covers.
    pub kind: Option<PloverType>,
    /// The CAMEO code, a root where the word says no more; `None` for a null row.
    pub cameo: Option<CameoCode>,
    /// Verb or noun.
    pub form: FrameForm,
    /// The roles of the parties.
    pub parties: Parties,
}

/// Part of speech of a trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameForm {
    /// A verb, maybe with particle or object (`call for`, `open fire`).
    Verb,
    /// A noun.
    Noun,
}

/// The roles of those who take part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parties {
    /// One side acts on the other: actor and recipient.
    Directed,
    /// All parties do the same (`meet`, `agree`, `clash`): all are actors (PLOVER manual, symmetric events).
    Mutual,
}

impl Frames {
    /// The row at `row_index`, which is the value of a hit in [`Frames::phrases`].
    ///
    /// # Panics
    /// If the index is not from that table.
    pub fn row(&self, row_index: u32) -> &FrameRow {
        self.rows.get(row_index as usize).expect("a hit of `phrases` has the index of a row")
    }

    /// All rows, in the order of the table.
    pub fn rows(&self) -> &[FrameRow] {
        &self.rows
    }

    /// The frames, or `None` where the phrase table cannot be built.
    pub(super) fn parse(
        files: &super::Files<'_>,
        ontology: &Ontology,
        mistakes: &mut Vec<Mistake>,
    ) -> Option<Self> {
        let mut phrases = Phrases::new();
        let mut ids = Map::default();
        let mut rows = Vec::new();
        for row in files.read(FILE, &COLUMNS, mistakes) {
            check_id(&row, &mut ids, mistakes);
            let form = parse_form(&row, mistakes);
            for surface in surface_forms(&row, form) {
                phrases.add((&row, "forms"), &surface, rows.len() as u32, mistakes);
            }
            let (kind, cameo) = parse_code(&row, ontology, mistakes);
            let parties = parse_parties(&row, kind, mistakes);
            rows.push(FrameRow { id: row.text("id").to_owned(), kind, cameo, form, parties });
        }
        Some(Frames { phrases: phrases.build(FILE, mistakes)?, rows })
    }
}

fn check_id(row: &Row, lines: &mut Map<String, u32>, mistakes: &mut Vec<Mistake>) {
    let id = row.text("id");
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !id.split('.').all(|part| !part.is_empty() && part.bytes().all(legal)) {
        let what = format!("id `{id}` is not lower-case words joined by full stops");
        mistakes.push(row.mistake("id", what));
    }
    if let Some(line) = lines.get(id) {
        mistakes.push(row.mistake("id", format!("`{id}` is already on line {line}")));
    } else {
        lines.insert(id.to_owned(), row.line());
    }
}

fn parse_form(row: &Row, mistakes: &mut Vec<Mistake>) -> FrameForm {
    match row.text("pos") {
        "v" => FrameForm::Verb,
        "n" => FrameForm::Noun,
        other => {
            mistakes.push(row.mistake("pos", format!("`{other}` is neither v nor n")));
            FrameForm::Noun
        }
    }
}

fn surface_forms(row: &Row, form: FrameForm) -> Vec<String> {
    let listed: Vec<String> = row.list("forms").map(str::to_owned).collect();
    if !listed.is_empty() {
        return listed;
    }
    match form {
        FrameForm::Verb => verb_forms(row.text("lemma")),
        FrameForm::Noun => noun_forms(row.text("lemma")),
    }
}

fn parse_code(
    row: &Row,
    ontology: &Ontology,
    mistakes: &mut Vec<Mistake>,
) -> (Option<PloverType>, Option<CameoCode>) {
    let (name, digits) = (row.text("type"), row.text("cameo"));
    if name == "null" {
        if !digits.is_empty() {
            mistakes.push(row.mistake("cameo", format!("a null row has no code, not `{digits}`")));
        }
        return (None, None);
    }
    let kind = PloverType::parse(name);
    if kind.is_none() {
        mistakes.push(row.mistake("type", format!("unknown type `{name}`")));
    }
    let cameo = CameoCode::parse(digits).filter(|code| ontology.cameo(*code).is_some());
    if cameo.is_none() {
        mistakes.push(row.mistake("cameo", format!("unknown code `{digits}`")));
    }
    (kind, cameo)
}

fn parse_parties(row: &Row, kind: Option<PloverType>, mistakes: &mut Vec<Mistake>) -> Parties {
    match row.text("parties") {
        "directed" => Parties::Directed,
        "mutual" => Parties::Mutual,
        // nobody takes part in what is no event, so the value is never read
        "" if kind.is_none() => Parties::Directed,
        other => {
            let what = format!("`{other}` is neither directed nor mutual");
            mistakes.push(row.mistake("parties", what));
            Parties::Directed
        }
    }
}
