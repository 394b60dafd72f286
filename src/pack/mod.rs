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
mod lexicon;
mod manifest;
mod ontology;
mod phrases;
mod table;

pub use actors::{ActorEntry, Actors, AgentRow, CountryRow, OrganisationRow};
pub use articles::{Articles, DateCue, Mark, MarkPlace, WordKind};
pub use frames::{FrameForm, FrameRow, Frames, Parties};
pub use lexicon::{Abbreviation, Lexicon};
pub use ontology::{CameoRow, Ontology};
pub use table::{Mistake, Row, Table};

use std::sync::Arc;

use crate::model::Limits;
use crate::text::StableHash;

/// The files of a pack, in the order in which they are hashed.
const FILES: [&str; 18] = [
    "manifest.tsv",
    "ontology/plover.tsv",
    "ontology/cameo.tsv",
    "ontology/sectors.tsv",
    "lexicon/abbreviations.tsv",
    "lexicon/starters.tsv",
    "lexicon/stop_names.tsv",
    "lexicon/determiners.tsv",
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
];

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
        match (manifest, frames, actors) {
            (Some(manifest), Some(frames), Some(actors)) if mistakes.is_empty() => Ok(Pack {
                ontology,
                lexicon,
                frames,
                actors,
                articles,
                label: format!("{}@{}+{}", manifest.name, manifest.version, files.short_hash()),
                language: manifest.language,
                mapping: manifest.mapping,
            }),
            _ => Err(PackError { mistakes }),
        }
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

    fn short_hash(&self) -> String {
        let mut hash = StableHash::new();
        for name in FILES {
            hash.write_str(name);
            let bytes = self.bytes(name);
            hash.write_u64(bytes.len() as u64);
            hash.write(bytes);
        }
        format!("{:08x}", hash.finish() >> 32)
    }
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
