//! Texts with names out of the annotation formats in use: columns of tokens, a TSV of news, JSONL.
//!
//! A scheme is a format with its set of labels; it is told from the first line and the first label. A label keeps the
//! name that the file gives it and knows which of our kinds it may stand for: a coarse `LOC` may be a state, a place or
//! a building. Texts of token formats are their tokens joined by one blank, sentences by a line break; JSONL gives real
//! text without tokens. Labels that name no name (dates, money, UNER's stray `OTH`) are outside; any other unknown
//! label is an error.

use serde::Deserialize;

use crate::model::NameKind::{
    Event, Facility, GeoPolitical, Group, Location, Miscellaneous, Organisation, Person,
};
use crate::model::{NameKind, Span, Token, TokenIx, TokenKind, TokenRange};

use super::gold::{GoldError, fault};

/// Where a text with names comes from: its format and its set of labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityScheme {
    /// UNER English-EWT: `id, form, IOB2 tag` and two more columns, comments with `#`.
    Uner,
    /// wikigold: form and `I-` tag with a blank between, documents after `-DOCSTART-`.
    Wikigold,
    /// Broad Twitter Corpus: form, tab, IOB2 tag.
    Btc,
    /// CrossNER: form, tab, IOB2 tag with fine labels in small letters.
    CrossNer,
    /// World news: the address first, then form, tab, IOB2 tag of the outermost name, tabs and tags of inner ones.
    WorldNews,
    /// Current events: JSONL with `id`, `text` and `entities` at character offsets.
    CurrentEvents,
}

/// A label as a file writes it, and what it may stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityLabel {
    /// As the file writes it, without `B-` or `I-`.
    pub name: &'static str,
    /// Kinds that it may stand for: at least one.
    pub kinds: &'static [NameKind],
}

/// A name of the annotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntityName {
    /// Its bytes in the text.
    pub span: Span,
    /// Its tokens; empty in a text without tokens.
    pub tokens: TokenRange,
    /// Its label.
    pub label: EntityLabel,
}

/// A text with its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityDocument {
    /// Its id in the file, or the file's name and a number.
    pub id: String,
    /// What its labels mean.
    pub scheme: EntityScheme,
    /// The text.
    pub text: String,
    /// Tokens of the annotation; none where the file has none.
    pub tokens: Vec<Token>,
    /// Sentences of the annotation as ranges of tokens; none where the file has none.
    pub sentences: Vec<TokenRange>,
    /// Names in text order, not overlapping.
    pub names: Vec<EntityName>,
}

/// Kinds that a coarse place label covers.
const PLACES: &[NameKind] = &[GeoPolitical, Location, Facility];

/// Labels that stand for no name of ours.
const OUTSIDE: [&str; 4] = ["O", "OTH", "Date", "Money"];

impl EntityScheme {
    /// The scheme of a file by its first lines; `None` where it is none of them.
    pub fn of(text: &str) -> Option<EntityScheme> {
        let first = text.lines().find(|line| !line.trim().is_empty())?;
        if first.starts_with('{') {
            return Some(EntityScheme::CurrentEvents);
        }
        if first.starts_with("# ") || first.split('\t').count() == 5 {
            return Some(EntityScheme::Uner);
        }
        let Some((form, _)) = first.split_once('\t') else {
            return first.contains(' ').then_some(EntityScheme::Wikigold);
        };
        if form.starts_with("http") {
            return Some(EntityScheme::WorldNews);
        }
        let label = text
            .lines()
            .filter_map(|line| line.split_once('\t')?.1.split_once('-'))
            .map(|(_, label)| label)
            .next()
            .unwrap_or("PER");
        let small = label.starts_with(char::is_lowercase);
        Some(if small { EntityScheme::CrossNer } else { EntityScheme::Btc })
    }

    /// The labels that the scheme has.
    pub fn labels(self) -> &'static [EntityLabel] {
        match self {
            EntityScheme::Uner | EntityScheme::Btc => &[
                EntityLabel { name: "PER", kinds: &[Person] },
                EntityLabel { name: "ORG", kinds: &[Organisation] },
                EntityLabel { name: "LOC", kinds: PLACES },
            ],
            EntityScheme::Wikigold => &[
                EntityLabel { name: "PER", kinds: &[Person] },
                EntityLabel { name: "ORG", kinds: &[Organisation] },
                EntityLabel { name: "LOC", kinds: PLACES },
                EntityLabel { name: "MISC", kinds: &[Group, Event, Miscellaneous] },
            ],
            EntityScheme::CrossNer => &[
                EntityLabel { name: "person", kinds: &[Person] },
                EntityLabel { name: "politician", kinds: &[Person] },
                EntityLabel { name: "organisation", kinds: &[Organisation] },
                EntityLabel { name: "politicalparty", kinds: &[Organisation] },
                EntityLabel { name: "country", kinds: &[GeoPolitical] },
                EntityLabel { name: "location", kinds: PLACES },
                EntityLabel { name: "event", kinds: &[Event] },
                EntityLabel { name: "election", kinds: &[Event] },
                EntityLabel { name: "misc", kinds: &[Group, Miscellaneous] },
            ],
            EntityScheme::WorldNews => &[
                EntityLabel { name: "Person", kinds: &[Person] },
                EntityLabel { name: "Organization", kinds: &[Organisation] },
                EntityLabel { name: "Location", kinds: &[GeoPolitical, Location] },
                EntityLabel { name: "Facility", kinds: &[Facility] },
                EntityLabel { name: "NORP", kinds: &[Group] },
                EntityLabel { name: "Misc", kinds: &[Event, Miscellaneous] },
                EntityLabel { name: "Product", kinds: &[Miscellaneous] },
            ],
            EntityScheme::CurrentEvents => &[
                EntityLabel { name: "PER", kinds: &[Person] },
                EntityLabel { name: "ORG", kinds: &[Organisation] },
                EntityLabel { name: "GPE", kinds: &[GeoPolitical] },
                EntityLabel { name: "LOC", kinds: &[Location] },
                EntityLabel { name: "FAC", kinds: &[Facility] },
                EntityLabel { name: "NORP", kinds: &[Group] },
                EntityLabel { name: "EVENT", kinds: &[Event] },
                EntityLabel { name: "MISC", kinds: &[Miscellaneous] },
            ],
        }
    }

    /// Whether a name of this kind is annotated wherever it occurs, so that an unmarked word is none.
    pub fn knows(self, kind: NameKind) -> bool {
        self.labels().iter().any(|label| label.kinds.contains(&kind))
    }

    /// Whether every label stands for one kind and every kind has one.
    pub fn has_all_kinds(self) -> bool {
        match self {
            EntityScheme::CurrentEvents => true,
            EntityScheme::Uner
            | EntityScheme::Wikigold
            | EntityScheme::Btc
            | EntityScheme::CrossNer
            | EntityScheme::WorldNews => false,
        }
    }

    /// The label of that name: `Ok(None)` for a label that stands for no name.
    fn label(self, name: &str) -> Result<Option<EntityLabel>, String> {
        match self.labels().iter().find(|label| label.name == name) {
            Some(label) => Ok(Some(*label)),
            None if OUTSIDE.contains(&name) => Ok(None),
            None => Err(format!("unknown label {name}")),
        }
    }
}

/// Reads a file of any scheme; `file` is its name for messages and ids.
///
/// # Errors
/// A file of no known scheme, or its first line that is not as the scheme says.
pub fn read_entities(file: &str, text: &str) -> Result<Vec<EntityDocument>, GoldError> {
    let scheme = EntityScheme::of(text)
        .ok_or_else(|| fault(file, 1, "no format of names that is known".to_owned()))?;
    match scheme {
        EntityScheme::CurrentEvents => read_lines(file, text),
        EntityScheme::Uner
        | EntityScheme::Wikigold
        | EntityScheme::Btc
        | EntityScheme::CrossNer
        | EntityScheme::WorldNews => read_columns(scheme, file, text),
    }
}

/// A line of the JSONL.
#[derive(Deserialize)]
struct TextRow {
    id: String,
    text: String,
    entities: Vec<NameRow>,
}

/// A name there: character offsets.
#[derive(Deserialize)]
struct NameRow {
    start: usize,
    end: usize,
    #[serde(rename = "type")]
    kind: String,
}

fn read_lines(file: &str, text: &str) -> Result<Vec<EntityDocument>, GoldError> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(at, line)| document_of(line).map_err(|what| fault(file, at + 1, what))).collect()
}

fn document_of(line: &str) -> Result<EntityDocument, String> {
    let scheme = EntityScheme::CurrentEvents;
    let row: TextRow = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let bytes: Vec<usize> =
        row.text.char_indices().map(|(at, _)| at).chain([row.text.len()]).collect();
    let byte = |character: usize| bytes.get(character).copied().ok_or("an offset beyond the text");
    let mut names = Vec::with_capacity(row.entities.len());
    for name in &row.entities {
        let (start, end) = (byte(name.start)?, byte(name.end)?);
        if start >= end {
            return Err(format!("a name that ends at {} before it begins", name.end));
        }
        let tokens = TokenRange { start: TokenIx(0), end: TokenIx(0) };
        if let Some(label) = scheme.label(&name.kind)? {
            names.push(EntityName { span: Span::of(start, end), tokens, label });
        }
    }
    names.sort_by_key(|name| name.span);
    if names.windows(2).any(|pair| matches!(pair, [a, b] if a.span.overlaps(b.span))) {
        return Err("names that overlap".to_owned());
    }
    let (tokens, sentences) = (Vec::new(), Vec::new());
    Ok(EntityDocument { id: row.id, scheme, text: row.text, tokens, sentences, names })
}

fn read_columns(
    scheme: EntityScheme,
    file: &str,
    text: &str,
) -> Result<Vec<EntityDocument>, GoldError> {
    let mut reader = Columns::new(scheme, file);
    for (at, line) in text.lines().enumerate() {
        reader.line(at, line.trim_end_matches('\r')).map_err(|what| fault(file, at + 1, what))?;
    }
    reader.end_document();
    Ok(reader.documents)
}

/// What has been read of a file of columns.
struct Columns<'a> {
    scheme: EntityScheme,
    file: &'a str,
    documents: Vec<EntityDocument>,
    current: EntityDocument,
    /// First token of the sentence that is open.
    sentence: usize,
    /// First token and label of the name that is open.
    open: Option<(usize, EntityLabel)>,
}

impl<'a> Columns<'a> {
    fn new(scheme: EntityScheme, file: &'a str) -> Self {
        Columns {
            scheme,
            file,
            documents: Vec::new(),
            current: empty(scheme, file.to_owned()),
            sentence: 0,
            open: None,
        }
    }

    fn line(&mut self, at: usize, line: &str) -> Result<(), String> {
        if line.is_empty() {
            self.end_sentence();
            // Sentences of tweets and of CrossNER do not belong together: each is a text.
            if matches!(self.scheme, EntityScheme::Btc | EntityScheme::CrossNer) {
                self.end_document();
            }
            return Ok(());
        }
        let (form, tag) = match self.scheme {
            EntityScheme::Uner => {
                if let Some(comment) = line.strip_prefix("# ") {
                    if let Some(id) = comment.strip_prefix("newdoc id = ") {
                        self.end_document();
                        id.clone_into(&mut self.current.id);
                    }
                    return Ok(());
                }
                let mut columns = line.split('\t').skip(1);
                columns.next().zip(columns.next())
            }
            EntityScheme::Wikigold => line.rsplit_once(' '),
            EntityScheme::Btc | EntityScheme::CrossNer => line.rsplit_once('\t'),
            EntityScheme::WorldNews | EntityScheme::CurrentEvents => {
                let mut columns = line.split('\t');
                columns.next().zip(columns.next())
            }
        }
        .ok_or("a line without a tag")?;
        if self.scheme == EntityScheme::WorldNews && at == 0 {
            form.clone_into(&mut self.current.id);
            return Ok(());
        }
        if form == "-DOCSTART-" {
            self.end_document();
            return Ok(());
        }
        self.token(form, tag)
    }

    fn token(&mut self, form: &str, tag: &str) -> Result<(), String> {
        let form = form.trim();
        let (mark, label) = tag.split_once('-').unwrap_or(("", tag));
        let label = self.scheme.label(label)?;
        let goes_on = match mark {
            "I" => label.is_some() && self.open.map(|(_, open)| open) == label,
            "B" | "" => false,
            mark => return Err(format!("unknown mark {mark} in a tag")),
        };
        if form.is_empty() {
            // Tweets have tokens of nothing but white space.
            return Ok(());
        }
        let at = self.current.tokens.len();
        if !goes_on {
            self.end_name();
            self.open = label.map(|label| (at, label));
        }
        if at > self.sentence {
            self.current.text.push(' ');
        } else if at > 0 {
            self.current.text.push('\n');
        }
        let start = self.current.text.len();
        self.current.text.push_str(form);
        let span = Span::of(start, self.current.text.len());
        self.current.tokens.push(Token { span, kind: kind_of(form) });
        Ok(())
    }

    fn end_name(&mut self) {
        let Some((start, label)) = self.open.take() else { return };
        let tokens = range(start, self.current.tokens.len());
        let named = self.current.tokens.get(tokens.range()).unwrap_or_default();
        if let (Some(first), Some(last)) = (named.first(), named.last()) {
            let span = first.span.cover(last.span);
            self.current.names.push(EntityName { span, tokens, label });
        }
    }

    fn end_sentence(&mut self) {
        self.end_name();
        let end = self.current.tokens.len();
        if end > self.sentence {
            self.current.sentences.push(range(self.sentence, end));
        }
        self.sentence = end;
    }

    fn end_document(&mut self) {
        self.end_sentence();
        self.sentence = 0;
        let id = format!("{}#{}", self.file, self.documents.len() + 2);
        let document = std::mem::replace(&mut self.current, empty(self.scheme, id));
        if !document.tokens.is_empty() {
            self.documents.push(document);
        }
    }
}

fn empty(scheme: EntityScheme, id: String) -> EntityDocument {
    let (text, tokens) = (String::new(), Vec::new());
    EntityDocument { id, scheme, text, tokens, sentences: Vec::new(), names: Vec::new() }
}

fn range(start: usize, end: usize) -> TokenRange {
    TokenRange { start: TokenIx(start as u32), end: TokenIx(end as u32) }
}

/// What a gold token is made of.
pub(super) fn kind_of(form: &str) -> TokenKind {
    if form.contains(char::is_alphabetic) {
        TokenKind::Word
    } else if form.contains(|character: char| character.is_ascii_digit()) {
        TokenKind::Number
    } else {
        TokenKind::Punctuation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(document: &EntityDocument) -> Vec<(&str, &str)> {
        let text = |name: &EntityName| &document.text[name.span.range()];
        document.names.iter().map(|name| (text(name), name.label.name)).collect()
    }

    #[test]
    fn uner_columns_with_stray_labels() {
        let text = "# newdoc id = a\n# sent_id = a-1\n1\tIn\tO\t-\t-\n2\tNew\tB-LOC\t-\tx\n3\tDelhi\tI-LOC\t-\tx\n\
                    \n# sent_id = a-2\n1\tMars\tB-OTH\t-\t-\n2\tOxfam\tB-ORG\t-\t-\n3\tShell\tB-ORG\t-\t-\n";
        let documents = read_entities("dev.iob2", text).unwrap();
        assert_eq!(documents.len(), 1);
        assert_eq!(documents[0].id, "a");
        assert_eq!(documents[0].text, "In New Delhi\nMars Oxfam Shell");
        let expected = [("New Delhi", "LOC"), ("Oxfam", "ORG"), ("Shell", "ORG")];
        assert_eq!(names(&documents[0]), expected);
        assert_eq!(documents[0].sentences, [range(0, 3), range(3, 6)]);
        assert_eq!(documents[0].names[0].label.kinds, PLACES);
        assert!(!documents[0].scheme.knows(NameKind::Group));
    }

    #[test]
    fn names_of_inside_marks_alone_join_while_the_label_stays() {
        let text =
            "010 I-MISC\nby O\nMad I-ORG\nCapsule I-ORG\nBonn I-LOC\n\n-DOCSTART- O\n\nEnd O\n";
        let documents = read_entities("wikigold", text).unwrap();
        assert_eq!(documents.len(), 2);
        assert_eq!(
            names(&documents[0]),
            [("010", "MISC"), ("Mad Capsule", "ORG"), ("Bonn", "LOC")]
        );
    }

    #[test]
    fn tabbed_columns_are_told_apart_by_their_labels() {
        let tweet = "@a\tO\nIn\tO\nKano\tB-LOC\n\n \tO\nOK\tO\n";
        let documents = read_entities("a.conll", tweet).unwrap();
        assert_eq!((documents.len(), documents[0].scheme), (2, EntityScheme::Btc));
        let politics = "The\tO\nGreens\tB-politicalparty\nof\tI-politicalparty\nBonn\tB-location\n";
        let documents = read_entities("dev.txt", politics).unwrap();
        assert_eq!(documents[0].scheme, EntityScheme::CrossNer);
        assert_eq!(names(&documents[0]), [("Greens of", "politicalparty"), ("Bonn", "location")]);
    }

    #[test]
    fn world_news_takes_the_outermost_name_and_no_dates() {
        let text = "http://example.org/1\tO\n\nUN\tB-Organization\n15\tB-Date\nUS\tB-Misc\tB-Location\nBill\tI-Misc\n";
        let documents = read_entities("a.tsv", text).unwrap();
        assert_eq!(documents[0].id, "http://example.org/1");
        assert_eq!(names(&documents[0]), [("UN", "Organization"), ("US Bill", "Misc")]);
    }

    #[test]
    fn jsonl_offsets_are_characters() {
        let text = r#"{"id":"x","text":"In Málaga, Oxfam","entities":[{"start":11,"end":16,"type":"ORG"},{"start":3,"end":9,"type":"GPE"}]}"#;
        let documents = read_entities("a.jsonl", text).unwrap();
        assert_eq!(names(&documents[0]), [("Málaga", "GPE"), ("Oxfam", "ORG")]);
        let broken = text.replace("16", "17");
        let message = read_entities("a.jsonl", &broken).unwrap_err().to_string();
        assert_eq!(message, "a.jsonl:1: an offset beyond the text");
    }

    #[test]
    fn unknown_labels_are_errors() {
        let message = read_entities("a.conll", "x\tB-PER\nx\tB-DOG\n").unwrap_err().to_string();
        assert_eq!(message, "a.conll:2: unknown label DOG");
        let message = read_entities("a.conll", "x\tB-PER\nx\tS-PER\n").unwrap_err().to_string();
        assert_eq!(message, "a.conll:2: unknown mark S in a tag");
    }
}
