//! Makes the code books out of `ontology/*.tsv`: PLOVER types with their scores, CAMEO codes, PLOVER sectors.
//!
//! Every type of PLOVER is there; each type and code has one row. The types themselves and their quad classes are code
//! (`model::PloverType`), so the table's `quad` column is compared with it and not kept.

use super::table::{Mistake, Row};
use crate::map::{Map, Set};
use crate::model::{CameoCode, PloverType, Scale, Sector};

const TYPES: &str = "ontology/plover.tsv";
const CODES: &str = "ontology/cameo.tsv";
const SECTORS: &str = "ontology/sectors.tsv";

/// The code books.
#[derive(Debug)]
pub struct Ontology {
    types: [TypeRow; PloverType::ALL.len()],
    cameo: Map<CameoCode, CameoRow>,
    sectors: Set<Sector>,
}

#[derive(Clone, Copy, Debug)]
struct TypeRow {
    scale: Scale,
    requires_recipient: bool,
}

/// One code of CAMEO 1.1b3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameoRow {
    /// The code.
    pub code: CameoCode,
    /// Its name in the code book.
    pub name: String,
    /// Its Goldstein value, as the ICEWS project prints it; a few codes have none.
    pub goldstein: Option<Scale>,
    /// The PLOVER type that its events become, by PLOVER's own conversion; statements (01, 02) become none.
    pub plover: Option<PloverType>,
}

impl Ontology {
    /// The score of the type, -10 (conflict) to 10 (cooperation); PLOVER manual, event scores.
    pub fn scale(&self, kind: PloverType) -> Scale {
        self.of_type(kind).scale
    }

    /// Whether an event of the type needs a recipient; PLOVER manual, event types.
    pub fn requires_recipient(&self, kind: PloverType) -> bool {
        self.of_type(kind).requires_recipient
    }

    /// The row of a CAMEO code.
    pub fn cameo(&self, code: CameoCode) -> Option<&CameoRow> {
        self.cameo.get(&code)
    }

    /// Whether PLOVER has the sector.
    pub fn is_sector(&self, sector: Sector) -> bool {
        self.sectors.contains(&sector)
    }

    pub(super) fn parse(files: &super::Files<'_>, mistakes: &mut Vec<Mistake>) -> Self {
        Ontology {
            types: parse_types(files, mistakes),
            cameo: parse_cameo(files, mistakes),
            sectors: parse_sectors(files, mistakes),
        }
    }

    /// The sectors of a cell, separated by spaces; an unknown one is a mistake.
    pub(super) fn sectors_of(
        &self,
        row: &Row,
        column: &str,
        mistakes: &mut Vec<Mistake>,
    ) -> Vec<Sector> {
        let mut sectors = Vec::new();
        for code in row.text(column).split_whitespace() {
            match Sector::parse(code).filter(|sector| self.is_sector(*sector)) {
                Some(sector) if sectors.contains(&sector) => {
                    mistakes.push(row.mistake(column, format!("sector `{code}` is there twice")));
                }
                Some(sector) => sectors.push(sector),
                None => mistakes.push(row.mistake(column, format!("unknown sector `{code}`"))),
            }
        }
        sectors
    }

    fn of_type(&self, kind: PloverType) -> TypeRow {
        let row = self.types.get(kind.index());
        *row.expect("the array has one row per type")
    }
}

fn parse_types(
    files: &super::Files<'_>,
    mistakes: &mut Vec<Mistake>,
) -> [TypeRow; PloverType::ALL.len()] {
    let rows = files.read(TYPES, &["name", "quad", "score", "requires_recipient"], mistakes);
    let mut found: [Option<(TypeRow, u32)>; PloverType::ALL.len()] = [None; 16];
    for row in &rows {
        let name = row.text("name");
        let Some(kind) = PloverType::parse(name) else {
            mistakes.push(row.mistake("name", format!("unknown type `{name}`")));
            continue;
        };
        let parsed = parse_type(row, kind, mistakes);
        match found.get_mut(kind.index()) {
            Some(Some((_, line))) => {
                mistakes.push(row.mistake("name", format!("`{name}` is already on line {line}")));
            }
            Some(place) => *place = Some((parsed, row.line())),
            None => debug_assert!(false, "{name} has no place"),
        }
    }
    for (kind, row) in PloverType::ALL.into_iter().zip(&found) {
        if row.is_none() {
            let what = format!("type {} is missing", kind.as_str());
            mistakes.push(Mistake { file: TYPES.to_owned(), line: 0, column: None, what });
        }
    }
    let missing = TypeRow { scale: Scale::from_tenths(0), requires_recipient: false };
    found.map(|row| row.map_or(missing, |(row, _)| row))
}

fn parse_type(row: &Row, kind: PloverType, mistakes: &mut Vec<Mistake>) -> TypeRow {
    let quad = kind.quad().number().to_string();
    if row.text("quad") != quad {
        let what = format!("quad of {} is {quad}, not `{}`", kind.as_str(), row.text("quad"));
        mistakes.push(row.mistake("quad", what));
    }
    let before = mistakes.len();
    let scale = row.scale("score", mistakes);
    if scale.is_none() && mistakes.len() == before {
        mistakes.push(row.mistake("score", "cell is empty"));
    }
    let requires_recipient = match row.text("requires_recipient") {
        "yes" => true,
        "no" => false,
        other => {
            let what = format!("`{other}` is neither yes nor no");
            mistakes.push(row.mistake("requires_recipient", what));
            false
        }
    };
    TypeRow { scale: scale.unwrap_or(Scale::from_tenths(0)), requires_recipient }
}

fn parse_cameo(files: &super::Files<'_>, mistakes: &mut Vec<Mistake>) -> Map<CameoCode, CameoRow> {
    let mut codes: Map<CameoCode, CameoRow> = Map::default();
    let mut lines: Map<CameoCode, u32> = Map::default();
    for row in files.read(CODES, &["code", "name", "goldstein", "plover"], mistakes) {
        let text = row.text("code");
        let Some(code) = CameoCode::parse(text) else {
            let what = format!("`{text}` is not two to four digits with a root from 01 to 20");
            mistakes.push(row.mistake("code", what));
            continue;
        };
        if let Some(line) = lines.insert(code, row.line()) {
            mistakes.push(row.mistake("code", format!("`{text}` is already on line {line}")));
        }
        if row.text("name").is_empty() {
            mistakes.push(row.mistake("name", "cell is empty"));
        }
        let name = row.text("name").to_owned();
        let goldstein = row.scale("goldstein", mistakes);
        let plover = PloverType::parse(row.text("plover"));
        if plover.is_none() && !row.text("plover").is_empty() {
            let what = format!("unknown type `{}`", row.text("plover"));
            mistakes.push(row.mistake("plover", what));
        }
        codes.insert(code, CameoRow { code, name, goldstein, plover });
    }
    codes
}

fn parse_sectors(files: &super::Files<'_>, mistakes: &mut Vec<Mistake>) -> Set<Sector> {
    let mut sectors = Set::default();
    for row in files.read(SECTORS, &["code", "meaning"], mistakes) {
        let code = row.text("code");
        match Sector::parse(code) {
            None => {
                let what = format!("`{code}` is not three capital letters");
                mistakes.push(row.mistake("code", what));
            }
            Some(sector) => {
                if !sectors.insert(sector) {
                    mistakes.push(row.mistake("code", format!("`{code}` is there twice")));
                }
            }
        }
    }
    sectors
}
