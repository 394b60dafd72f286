//! What there is to read: arguments become a list of inputs, an input becomes jobs.
//!
//! Directories are listed in sorted order before the work begins, so that the output has one order; files are opened
//! when their turn comes. More than `article_bytes_max` bytes of one article are never held: the rest is counted and
//! left. A line is known to be an article by its file's name, or on standard input by its first line.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use dateline::model::{Reject, RejectReason, Stage};

/// One thing to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// A file that is one article.
    Whole(PathBuf),
    /// A file with one article per line.
    Lines(PathBuf),
    /// Standard input, whose first line tells.
    Stdin,
    /// A path that cannot be listed.
    Failed {
        /// The path.
        path: PathBuf,
        /// Why, a sentence.
        message: String,
    },
}

/// One article to extract from.
#[derive(Debug)]
pub(super) struct Article {
    /// `path` or `path:line`, for messages.
    pub(super) label: String,
    /// Where its bytes are.
    pub(super) body: Body,
    /// Whether the name of its file says that it is JSON.
    pub(super) is_json: bool,
}

/// The bytes of an article.
#[derive(Debug)]
pub(super) enum Body {
    /// In a file that is not yet read.
    InFile(PathBuf),
    /// Here.
    Bytes(Vec<u8>),
    /// Nowhere: why they cannot be had.
    Missing(String),
}

/// The inputs that the arguments mean, in their order.
pub(super) fn expand(arguments: &[PathBuf]) -> Vec<Input> {
    let mut inputs = Vec::new();
    for argument in arguments {
        if argument.as_os_str() == "-" {
            inputs.push(Input::Stdin);
        } else if argument.is_dir() {
            list(argument, &mut inputs);
        } else {
            inputs.push(file(argument.clone()));
        }
    }
    inputs
}

fn file(path: PathBuf) -> Input {
    if has_ending(&path, &["jsonl", "ndjson"]) { Input::Lines(path) } else { Input::Whole(path) }
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    endings.iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// Lists a directory and what lies below, depth first with an own stack: a deep tree must not exhaust the thread's.
/// Links to directories are not followed, because they can go in circles.
fn list(directory: &Path, inputs: &mut Vec<Input>) {
    let mut waiting = vec![(directory.to_owned(), true)];
    while let Some((path, is_directory)) = waiting.pop() {
        if !is_directory {
            inputs.push(file(path));
            continue;
        }
        match entries(&path) {
            Ok(entries) => waiting.extend(entries.into_iter().rev()),
            Err(error) => {
                inputs.push(Input::Failed {
                    path,
                    message: format!("cannot list directory: {error}"),
                });
            }
        }
    }
}

/// The entries of a directory that are to be read, sorted by name, each with whether it is a directory.
fn entries(directory: &Path) -> std::io::Result<Vec<(PathBuf, bool)>> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let is_directory = entry.file_type()?.is_dir();
        let path = entry.path();
        let is_link_to_directory = !is_directory && path.is_dir();
        let is_article = has_ending(&path, &["txt", "json", "jsonl", "ndjson"]);
        if is_directory || (is_article && !is_link_to_directory) {
            entries.push((path, is_directory));
        }
    }
    entries.sort();
    Ok(entries)
}

/// Hands the articles of an input to `admit` in order, until it says that nobody wants more.
pub(super) fn read(
    input: Input,
    article_bytes_max: u32,
    admit: &mut dyn FnMut(Article) -> bool,
) -> bool {
    match input {
        Input::Failed { path, message } => admit(missing(&path, message)),
        Input::Whole(path) => admit(Article {
            label: path.display().to_string(),
            is_json: has_ending(&path, &["json"]),
            body: Body::InFile(path),
        }),
        Input::Lines(path) => match File::open(&path) {
            Err(error) => admit(missing(&path, cannot_read(&error))),
            Ok(file) => {
                let label = path.display().to_string();
                Lines { label: &label, article_bytes_max }.read(&mut BufReader::new(file), admit)
            }
        },
        Input::Stdin => read_stdin(&mut std::io::stdin().lock(), article_bytes_max, admit),
    }
}

fn missing(path: &Path, message: String) -> Article {
    let label = path.display().to_string();
    Article { label, body: Body::Missing(message), is_json: false }
}

fn cannot_read(error: &std::io::Error) -> String {
    format!("cannot read: {error}")
}

/// Reads the file of an article.
///
/// # Errors
/// A sentence where it cannot be read or has more bytes than the limit.
pub(super) fn read_file(path: &Path, article_bytes_max: u32) -> Result<Vec<u8>, String> {
    let file = File::open(path).map_err(|error| cannot_read(&error))?;
    let metadata = file.metadata().map_err(|error| cannot_read(&error))?;
    // only a regular file knows its length; one that is far too large need not be read to be counted
    if metadata.is_file() && metadata.len() > u64::from(article_bytes_max) {
        return Err(too_large(metadata.len(), article_bytes_max));
    }
    read_whole(&mut BufReader::new(file), Vec::new(), article_bytes_max)
}

/// `begun` and all that follows it.
fn read_whole(
    reader: &mut dyn BufRead,
    begun: Vec<u8>,
    article_bytes_max: u32,
) -> Result<Vec<u8>, String> {
    let mut bytes = begun;
    let room = u64::from(article_bytes_max).saturating_sub(bytes.len() as u64) + 1;
    reader.take(room).read_to_end(&mut bytes).map_err(|error| cannot_read(&error))?;
    if bytes.len() as u64 > u64::from(article_bytes_max) {
        let rest =
            std::io::copy(reader, &mut std::io::sink()).map_err(|error| cannot_read(&error))?;
        return Err(too_large(bytes.len() as u64 + rest, article_bytes_max));
    }
    Ok(bytes)
}

fn too_large(bytes: u64, limit: u32) -> String {
    let reason = RejectReason::TooLarge { bytes, limit };
    Reject { stage: Stage::Decode, reason }.to_string()
}

/// Standard input is lines of JSON where its first line alone is an object, else one article.
fn read_stdin(
    reader: &mut dyn BufRead,
    article_bytes_max: u32,
    admit: &mut dyn FnMut(Article) -> bool,
) -> bool {
    let label = "standard input";
    let failed =
        |message| Article { label: label.to_owned(), body: Body::Missing(message), is_json: false };
    // blank lines before the first are part of the article if it is one
    let (mut begun, mut line_number) = (Vec::new(), 0);
    loop {
        let line = match read_line(reader, article_bytes_max) {
            Ok(Some(line)) => line,
            Ok(None) => break,
            Err(error) => return admit(failed(cannot_read(&error))),
        };
        line_number += 1;
        if is_line_of_json(&line) {
            let lines = Lines { label, article_bytes_max };
            return lines.admit(line, line_number, admit)
                && lines.read_from(reader, line_number, admit);
        }
        let is_blank = line.kept.trim_ascii().is_empty();
        if line.bytes > line.kept.len() as u64 {
            let rest = std::io::copy(reader, &mut std::io::sink()).unwrap_or(0);
            let bytes = begun.len() as u64 + line.bytes + rest;
            return admit(failed(too_large(bytes, article_bytes_max)));
        }
        begun.extend(line.kept);
        if !is_blank || begun.len() as u64 > u64::from(article_bytes_max) {
            break;
        }
    }
    let body = read_whole(reader, begun, article_bytes_max).map_or_else(Body::Missing, Body::Bytes);
    admit(Article { label: label.to_owned(), body, is_json: false })
}

/// Whether a line alone is a JSON object. One too long to keep counts by its first byte.
fn is_line_of_json(line: &Line) -> bool {
    let kept = line.kept.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line.kept).trim_ascii();
    if !kept.starts_with(b"{") {
        return false;
    }
    line.bytes > line.kept.len() as u64
        || serde_json::from_slice::<serde::de::IgnoredAny>(kept).is_ok()
}

/// One line with its line break, as much of it as may be kept.
struct Line {
    kept: Vec<u8>,
    bytes: u64,
}

/// The next line, or `None` at the end.
fn read_line(reader: &mut dyn BufRead, article_bytes_max: u32) -> std::io::Result<Option<Line>> {
    let mut line = Line { kept: Vec::new(), bytes: 0 };
    // the line break does not count against the limit
    let room = u64::from(article_bytes_max) + 2;
    reader.take(room).read_until(b'\n', &mut line.kept)?;
    line.bytes = line.kept.len() as u64;
    let is_cut = line.bytes == room && !line.kept.ends_with(b"\n");
    if is_cut {
        line.bytes += skip_line(reader)?;
    }
    Ok((line.bytes > 0).then_some(line))
}

/// Passes over the rest of a line and says how many bytes it had.
fn skip_line(reader: &mut dyn BufRead) -> std::io::Result<u64> {
    let mut skipped = 0;
    loop {
        let available = match reader.fill_buf() {
            Ok(available) => available,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let line_break = available.iter().position(|byte| *byte == b'\n');
        let passed = line_break.map_or(available.len(), |at| at + 1);
        reader.consume(passed);
        skipped += passed as u64;
        if line_break.is_some() || passed == 0 {
            return Ok(skipped);
        }
    }
}

/// Reads articles line by line.
#[derive(Clone, Copy)]
struct Lines<'a> {
    label: &'a str,
    article_bytes_max: u32,
}

impl Lines<'_> {
    fn read(self, reader: &mut dyn BufRead, admit: &mut dyn FnMut(Article) -> bool) -> bool {
        self.read_from(reader, 0, admit)
    }

    fn read_from(
        self,
        reader: &mut dyn BufRead,
        lines_before: u64,
        admit: &mut dyn FnMut(Article) -> bool,
    ) -> bool {
        let mut number = lines_before;
        loop {
            number += 1;
            let goes_on = match read_line(reader, self.article_bytes_max) {
                Ok(None) => return true,
                Ok(Some(line)) => self.admit(line, number, admit),
                Err(error) => {
                    let body = Body::Missing(cannot_read(&error));
                    return admit(Article { label: self.label_of(number), body, is_json: true });
                }
            };
            if !goes_on {
                return false;
            }
        }
    }

    /// Hands over one line; blank ones are passed over.
    fn admit(self, line: Line, number: u64, admit: &mut dyn FnMut(Article) -> bool) -> bool {
        let body = if line.bytes > line.kept.len() as u64 {
            Body::Missing(too_large(line.bytes, self.article_bytes_max))
        } else if line.kept.trim_ascii().is_empty() {
            return true;
        } else {
            Body::Bytes(without_line_break(line.kept))
        };
        admit(Article { label: self.label_of(number), body, is_json: true })
    }

    fn label_of(self, number: u64) -> String {
        format!("{}:{number}", self.label)
    }
}

/// The line as whoever wrote it meant it: equal articles get equal ids, whatever the line breaks are.
fn without_line_break(mut line: Vec<u8>) -> Vec<u8> {
    if line.ends_with(b"\n") {
        line.truncate(line.len() - 1);
        if line.ends_with(b"\r") {
            line.truncate(line.len() - 1);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(read: impl FnOnce(&mut dyn FnMut(Article) -> bool) -> bool) -> Vec<(String, String)> {
        let mut articles = Vec::new();
        read(&mut |article| {
            let body = match article.body {
                Body::Bytes(bytes) => String::from_utf8(bytes).unwrap(),
                Body::Missing(message) => format!("! {message}"),
                Body::InFile(path) => format!("@ {}", path.display()),
            };
            articles.push((article.label, body));
            true
        });
        articles
    }

    fn of_stdin(text: &str, limit: u32) -> Vec<(String, String)> {
        taken(|admit| read_stdin(&mut text.as_bytes(), limit, admit))
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(label, body)| ((*label).to_owned(), (*body).to_owned())).collect()
    }

    #[test]
    fn stdin_is_lines_where_the_first_line_alone_is_an_object() {
        assert_eq!(
            of_stdin("\n{\"a\":1}\r\n\n{broken\n", 100),
            pairs(&[("standard input:2", "{\"a\":1}"), ("standard input:4", "{broken")])
        );
        assert_eq!(of_stdin("{\n\"a\":1}\n", 100), pairs(&[("standard input", "{\n\"a\":1}\n")]));
        assert_eq!(
            of_stdin("\nA headline\n\nText", 100),
            pairs(&[("standard input", "\nA headline\n\nText")])
        );
        assert_eq!(of_stdin("", 100), pairs(&[("standard input", "")]));
    }

    #[test]
    fn what_is_too_large_is_counted_and_not_kept() {
        let message = |bytes: u64| format!("! {}", too_large(bytes, 8));
        assert_eq!(of_stdin("one two three", 8), pairs(&[("standard input", &message(13))]));
        assert_eq!(of_stdin("one\n\ntwo three", 8), pairs(&[("standard input", &message(14))]));
        assert_eq!(
            of_stdin("{\"a\":1}\n{\"a\":1111111111}\n{\"a\":22}\n", 8),
            pairs(&[
                ("standard input:1", "{\"a\":1}"),
                ("standard input:2", &message(17)),
                ("standard input:3", "{\"a\":22}"),
            ])
        );
        // exactly at the limit, with the longest line break there is
        assert_eq!(of_stdin("{\"a\":22}\r\n", 8), pairs(&[("standard input:1", "{\"a\":22}")]));
    }

    #[test]
    fn reading_stops_where_nobody_wants_more() {
        let mut seen = 0;
        let goes_on = read_stdin(&mut "{}\n{}\n{}\n".as_bytes(), 100, &mut |_| {
            seen += 1;
            seen < 2
        });
        assert_eq!((goes_on, seen), (false, 2));
    }

    #[test]
    fn a_directory_is_listed_in_order_with_what_lies_below() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        std::fs::create_dir_all(root.join("b/deep")).unwrap();
        for name in ["c.txt", "a.json", "b/deep/x.JSONL", "b/y.txt", "ignored.pdf"] {
            std::fs::write(root.join(name), "x").unwrap();
        }
        assert_eq!(
            expand(&[root.to_owned()]),
            [
                Input::Whole(root.join("a.json")),
                Input::Lines(root.join("b/deep/x.JSONL")),
                Input::Whole(root.join("b/y.txt")),
                Input::Whole(root.join("c.txt")),
            ]
        );
    }

    #[test]
    fn a_file_is_read_up_to_the_limit_and_a_missing_one_is_a_message() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.txt");
        std::fs::write(&path, "12345678").unwrap();
        assert_eq!(read_file(&path, 8), Ok(b"12345678".to_vec()));
        assert_eq!(read_file(&path, 7), Err(too_large(8, 7)));
        let missing = read_file(&directory.path().join("none"), 8).unwrap_err();
        assert!(missing.starts_with("cannot read: "), "{missing}");
    }
}
