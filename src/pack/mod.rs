//! Makes the immutable tables that all stages read out of the bytes of a language pack.
//!
//! A pack is a set of named tab-separated files (`embedded.rs` holds ours). Parsing reads every file and reports every
//! mistake of every table at once; a pack with a mistake is no pack. Nothing here opens a file: the rim reads bytes.
//! Words that are looked up in text are folded when they are loaded, so the files are written as the press writes.

mod actors;
mod articles;
mod embedded;
mod frames;
mod inflection;
mod irregular;
mod lemmas;
mod lexicon;
mod manifest;
mod model;
mod names;
mod ontology;
mod phrases;
mod pieces;
mod table;

pub use actors::{ActorEntry, Actors, AgentRow, CountryRow, OrganisationRow};
pub use articles::{Articles, DateCue, Mark, MarkPlace, WordKind};
pub use frames::{FrameForm, FrameRow, Frames, Parties};
pub use inflection::{noun_forms, verb_forms};
pub use irregular::{IrregularClass, IrregularWord, irregular_words};
pub use lemmas::{Capitals, LemmaEntry, LemmaTable, Lemmas, capitals_table, pooled};
pub use lexicon::{Abbreviation, Lexicon};
pub use model::Model;
pub use names::{NameLists, NameScratch};
pub use ontology::{CameoRow, Ontology};
pub use pieces::{Cuts, Pieces};
pub use table::{Mistake, Row, Table};

use std::sync::Arc;

use crate::model::Limits;
use crate::nn::ModelError;
use crate::text::StableHash;

/// The files of a pack, in the order in which they are hashed.
const FILES: [&str; 29] = [
    "manifest.tsv",
    "model.bin",
    "ontology/plover.tsv",
    "ontology/cameo.tsv",
    "ontology/sectors.tsv",
    "lexicon/abbreviations.tsv",
    "lexicon/starters.tsv",
    "lexicon/stop_names.tsv",
    "lexicon/determiners.tsv",
    "lexicon/irregular.tsv",
    "lexicon/pieces.tsv",
    "frames/baseline.tsv",
    "actors/countries.tsv",
    "actors/organisations.tsv",
    "actors/agents.tsv",
    "articles/agencies.tsv",
    "articles/calendar.tsv",
    "articles/credits.tsv",
    "articles/marks.tsv",
    "articles/signoffs.tsv",
    "articles/words.tsv",
    "names/countries.tsv",
    "names/groups.tsv",
    "names/regions.tsv",
    "names/cities.tsv",
    "names/given.tsv",
    "names/surnames.tsv",
    "names/organisations.tsv",
    "names/cues.tsv",
];

/// The file of the trained part.
const MODEL: &str = "model.bin";

/// The tables of one language.
#[derive(Debug)]
pub struct Pack {
    /// Types, codes and sectors.
    pub ontology: Ontology,
    /// Words that sentence and mention rules need.
    pub lexicon: Lexicon,
    /// Words that tell events.
    pub frames: Frames,
    /// Words that name those who take part.
    pub actors: Actors,
    /// Conventions of wire text.
    pub articles: Articles,
    /// Lists of names.
    pub names: NameLists,
    /// The trained part: tags, trees, names, lemmas, ends of sentences.
    pub model: Model,
    name: String,
    version: String,
    tables_hash: u64,
    label: String,
    language: String,
    mapping: String,
}

/// What does not change between articles.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The language pack.
    pub pack: Arc<Pack>,
    /// The limits.
    pub limits: Limits,
}

/// The mistakes of a pack, all of them, in the order of the files. Correct the files that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackError {
    /// At least one mistake.
    pub mistakes: Vec<Mistake>,
}

impl Pack {
    /// The pack that is part of the program.
    ///
    /// # Errors
    /// As [`Pack::parse`]; a test sees to it that there are none.
    pub fn embedded() -> Result<Pack, PackError> {
        Pack::parse(&embedded::FILES)
    }

    /// The pack of `files`, given as (name inside the pack, bytes).
    ///
    /// # Errors
    /// [`PackError`] with every mistake of every file; a file that is missing is read as an empty one.
    pub fn parse(files: &[(&str, &[u8])]) -> Result<Pack, PackError> {
        let mut mistakes = Vec::new();
        let files = Files::of(files, &mut mistakes);
        let manifest = manifest::Manifest::parse(&files, &mut mistakes);
        let ontology = Ontology::parse(&files, &mut mistakes);
        let lexicon = Lexicon::parse(&files, &mut mistakes);
        let frames = Frames::parse(&files, &ontology, &mut mistakes);
        let actors = Actors::parse(&files, &ontology, &mut mistakes);
        let articles = Articles::parse(&files, &mut mistakes);
        let names = NameLists::parse(&files, &mut mistakes);
        let model = read_model(&files, &mut mistakes);
        match (manifest, frames, actors, model) {
            (Some(manifest), Some(frames), Some(actors), Some(model)) if mistakes.is_empty() => {
                let tables_hash = files.hash();
                Ok(Pack {
                    ontology,
                    lexicon,
                    frames,
                    actors,
                    articles,
                    names,
                    label: label(&manifest.name, &manifest.version, tables_hash, &model),
                    model,
                    name: manifest.name,
                    version: manifest.version,
                    tables_hash,
                    language: manifest.language,
                    mapping: manifest.mapping,
                })
            }
            _ => Err(PackError { mistakes }),
        }
    }

    /// The pack with the model of `bytes` in the place of its own.
    ///
    /// # Errors
    /// What is wrong with the model file.
    pub fn with_model(mut self, bytes: &[u8]) -> Result<Pack, ModelError> {
        self.model = Model::read(bytes)?;
        self.label = label(&self.name, &self.version, self.tables_hash, &self.model);
        Ok(self)
    }

    /// Name, version and the first eight hexadecimal digits of a hash over all files: `en@0.1.0+3c1f9a02`.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The language tag of the texts that the pack reads: `en`.
    pub fn language(&self) -> &str {
        &self.language
    }

    /// The versions of the code books and of the mapping between them: `plover-2.0/cameo-1`.
    pub fn mapping(&self) -> &str {
        &self.mapping
    }
}

/// The files of a pack by name.
struct Files<'a> {
    files: Vec<(&'a str, &'a [u8])>,
}

impl<'a> Files<'a> {
    /// The known files; an unknown name and a name given twice are mistakes.
    fn of(given: &[(&'a str, &'a [u8])], mistakes: &mut Vec<Mistake>) -> Self {
        let mut files: Vec<(&'a str, &'a [u8])> = Vec::new();
        for (name, bytes) in given {
            let what = if !FILES.contains(name) {
                "is no file of a language pack"
            } else if files.iter().any(|(earlier, _)| earlier == name) {
                "file is there twice"
            } else {
                files.push((name, bytes));
                continue;
            };
            let file = (*name).to_owned();
            mistakes.push(Mistake { file, line: 0, column: None, what: what.to_owned() });
        }
        Files { files }
    }

    fn bytes(&self, name: &str) -> &'a [u8] {
        debug_assert!(FILES.contains(&name), "{name} is not in the list of files");
        self.files.iter().find(|(file, _)| *file == name).map_or(&[], |(_, bytes)| bytes)
    }

    fn read(&self, name: &str, columns: &[&str], mistakes: &mut Vec<Mistake>) -> Vec<Row> {
        Table::read(name, self.bytes(name), columns, mistakes)
    }

    /// A hash over all tables.
    fn hash(&self) -> u64 {
        let mut hash = StableHash::new();
        for name in FILES.into_iter().filter(|name| *name != MODEL) {
            hash.write_str(name);
            let bytes = self.bytes(name);
            hash.write_u64(bytes.len() as u64);
            hash.write(bytes);
        }
        hash.finish()
    }
}

fn read_model(files: &Files<'_>, mistakes: &mut Vec<Mistake>) -> Option<Model> {
    let read = Model::read(files.bytes(MODEL));
    let wrong = |error: ModelError| {
        let file = MODEL.to_owned();
        mistakes.push(Mistake { file, line: 0, column: None, what: error.to_string() });
    };
    read.map_err(wrong).ok()
}

/// Name and version, and a hash over the tables and the model's id: what its file holds is hashed by itself.
fn label(name: &str, version: &str, tables_hash: u64, model: &Model) -> String {
    let mut hash = StableHash::new();
    hash.write_u64(tables_hash);
    hash.write_str(model.id());
    format!("{name}@{version}+{:08x}", hash.finish() >> 32)
}

impl std::fmt::Display for PackError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "language pack has {} mistakes", self.mistakes.len())?;
        self.mistakes.iter().try_for_each(|mistake| write!(f, "\n{mistake}"))
    }
}

impl std::error::Error for PackError {}

#[cfg(test)]
mod tests;
