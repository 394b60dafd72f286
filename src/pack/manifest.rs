//! Makes the identity of a pack out of `manifest.tsv`: one key and one value a line, every key exactly once.
//!
//! It does not list the files: which files a pack has is the same for every pack and stands in the code.

use super::table::{Mistake, Row};

const FILE: &str = "manifest.tsv";
const KEYS: [&str; 4] = ["name", "version", "language", "mapping"];

/// What a pack says about itself.
pub(super) struct Manifest {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) language: String,
    pub(super) mapping: String,
}

impl Manifest {
    /// The manifest, or `None` where a key is missing, which is among the mistakes then.
    pub(super) fn parse(files: &super::Files<'_>, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        let rows = files.read(FILE, &["key", "value"], mistakes);
        for (at, row) in rows.iter().enumerate() {
            let key = row.text("key");
            let first = rows.iter().take(at).find(|earlier| earlier.text("key") == key);
            if !KEYS.contains(&key) {
                let what = format!("unknown key `{key}`, keys are {}", KEYS.join(", "));
                mistakes.push(row.mistake("key", what));
            } else if let Some(first) = first {
                let what = format!("`{key}` is already on line {}", first.line());
                mistakes.push(row.mistake("key", what));
            }
        }
        let [name, version, language, mapping] = KEYS.map(|key| value(&rows, key, mistakes));
        Some(Manifest { name: name?, version: version?, language: language?, mapping: mapping? })
    }
}

fn value(rows: &[Row], key: &str, mistakes: &mut Vec<Mistake>) -> Option<String> {
    let row = rows.iter().find(|row| row.text("key") == key);
    let value = row.map_or("", |row| row.text("value"));
    if value.is_empty() {
        let what = format!("key `{key}` is missing or empty");
        mistakes.push(Mistake { file: FILE.to_owned(), line: 0, column: None, what });
        return None;
    }
    Some(value.to_owned())
}
