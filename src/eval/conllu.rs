//! Treebank documents out of CoNLL-U: their raw text, and every word with its place, tags, lemma and arc.
//!
//! Raw text: sentences of a paragraph joined by one blank, a blank line at `newpar` and `newdoc`, `SpaceAfter=No` obeyed
//! inside a sentence. Words are syntactic words; those of a multi-word token (`don't`) are the pieces of its surface
//! where they concatenate to it, else each has the whole surface as its span and is marked. Empty nodes are left out.
//! Relations that releases name differently are normalised; any other unknown label is an error, because a label that
//! is dropped in silence makes a better figure than was earned. Heads are not checked for being a tree.

use crate::model::{Relation, Span, Tag, TokenIx, TokenRange, Upos, Xpos};

use super::gold::{GoldError, fault};

/// One syntactic word of a treebank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeWord {
    /// Its bytes in the raw text; of the whole multi-word token where the word is no piece of it.
    pub span: Span,
    /// The bytes of the surface token that it is or belongs to.
    pub surface: Span,
    /// Whether `span` holds exactly the form.
    pub exact: bool,
    /// FORM.
    pub form: String,
    /// LEMMA; `_` where the treebank gives none.
    pub lemma: String,
    /// UPOS and XPOS.
    pub tag: Tag,
    /// FEATS as written; `_` where there are none.
    pub features: String,
    /// HEAD: position in the sentence from 1; 0 at the root.
    pub head: u32,
    /// DEPREL.
    pub relation: Relation,
}

/// One sentence of a treebank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeSentence {
    /// `sent_id`.
    pub id: String,
    /// Its bytes in the raw text.
    pub span: Span,
    /// Its words in [`TreeDocument::words`].
    pub tokens: TokenRange,
}

/// One document of a treebank.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TreeDocument {
    /// `newdoc id`; empty where the file has none.
    pub id: String,
    /// The raw text, rebuilt.
    pub text: String,
    /// Paragraphs in text order.
    pub paragraphs: Vec<Span>,
    /// Sentences in text order.
    pub sentences: Vec<TreeSentence>,
    /// Words in text order.
    pub words: Vec<TreeWord>,
}

impl TreeDocument {
    /// The words of a sentence.
    pub fn words_of(&self, sentence: &TreeSentence) -> &[TreeWord] {
        self.words.get(sentence.tokens.range()).unwrap_or_default()
    }

    /// The document as its words read: the raw text with each multi-word token that its words do not concatenate to
    /// replaced by its words, and the place of every word. Spans do not overlap there.
    pub fn worded(&self) -> (String, Vec<Span>) {
        let (mut text, mut spans) = (String::with_capacity(self.text.len()), Vec::new());
        let mut copied = 0;
        for word in &self.words {
            let start = word.surface.start as usize;
            text.push_str(self.text.get(copied..start.max(copied)).unwrap_or_default());
            let from = text.len();
            text.push_str(&word.form);
            spans.push(Span::of(from, text.len()));
            copied = if word.exact { word.span.end } else { word.surface.end } as usize;
        }
        text.push_str(self.text.get(copied..).unwrap_or_default());
        (text, spans)
    }
}

/// Reads the documents of a CoNLL-U file; `file` is its name for messages.
///
/// # Errors
/// The first line that is not as the format says, or holds an unknown label.
pub fn read_conllu(file: &str, text: &str) -> Result<Vec<TreeDocument>, GoldError> {
    let mut reader = Reader::default();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim_end_matches('\r');
        reader.line(line).map_err(|what| fault(file, at + 1, what))?;
    }
    reader.end_sentence().map_err(|what| fault(file, text.lines().count(), what))?;
    Ok(reader.documents)
}

/// A multi-word token that is being read.
struct Range {
    last: u32,
    surface: Span,
    form: String,
    /// Words of it so far.
    words: usize,
}

/// What has been read.
#[derive(Default)]
struct Reader {
    documents: Vec<TreeDocument>,
    /// Comments of the sentence to come.
    sentence_id: String,
    new_document: Option<String>,
    new_paragraph: bool,
    /// Place of the sentence in text and words of its document, once its first word is there.
    open: Option<(usize, usize)>,
    /// The multi-word token whose words come.
    range: Option<Range>,
    /// Whether a blank stands before the next token.
    blank: bool,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), String> {
        if line.trim().is_empty() {
            return self.end_sentence();
        }
        if let Some(comment) = line.strip_prefix('#') {
            self.comment(comment.trim());
            return Ok(());
        }
        let columns: Vec<&str> = line.split('\t').collect();
        let columns = <[&str; 10]>::try_from(columns)
            .map_err(|columns| format!("{} columns, expected 10", columns.len()))?;
        let [id, form, .., misc] = columns;
        if id.contains('.') {
            return Ok(());
        }
        if form.is_empty() {
            return Err("a word without form".to_owned());
        }
        let blank_follows = !misc.split('|').any(|entry| entry == "SpaceAfter=No");
        match id.split_once('-') {
            Some((first, last)) => self.range(number(first)?, number(last)?, form)?,
            None if self.range.is_some() => return self.word(columns, None),
            None => {
                let span = self.append(form);
                self.word(columns, Some(span))?;
            }
        }
        self.blank = blank_follows;
        Ok(())
    }

    fn comment(&mut self, comment: &str) {
        let (key, value) = comment.split_once('=').unwrap_or((comment, ""));
        match key.trim() {
            "sent_id" => value.trim().clone_into(&mut self.sentence_id),
            "newdoc id" | "newdoc" => self.new_document = Some(value.trim().to_owned()),
            "newpar id" | "newpar" => self.new_paragraph = true,
            _ => {}
        }
    }

    fn document(&mut self) -> &mut TreeDocument {
        if self.documents.is_empty() {
            self.documents.push(TreeDocument::default());
        }
        let at = self.documents.len() - 1;
        self.documents.get_mut(at).expect("there is one")
    }

    /// Writes a surface token, and what stands before it, into the document's text.
    fn append(&mut self, form: &str) -> Span {
        if self.open.is_none() {
            self.begin_sentence();
        } else if self.blank {
            self.document().text.push(' ');
        }
        let document = self.document();
        let start = document.text.len();
        document.text.push_str(form);
        let span = Span::of(start, document.text.len());
        if let Some(paragraph) = document.paragraphs.last_mut() {
            *paragraph = paragraph.cover(span);
        }
        if let (None, words) = (self.open, self.document().words.len()) {
            self.open = Some((start, words));
        }
        span
    }

    fn begin_sentence(&mut self) {
        if let Some(id) = self.new_document.take() {
            self.documents.push(TreeDocument { id, ..TreeDocument::default() });
            self.new_paragraph = true;
        }
        let new_paragraph = std::mem::take(&mut self.new_paragraph);
        let document = self.document();
        let new_paragraph = new_paragraph || document.text.is_empty();
        if !document.text.is_empty() {
            document.text.push_str(if new_paragraph { "\n\n" } else { " " });
        }
        if new_paragraph {
            let at = document.text.len();
            document.paragraphs.push(Span::of(at, at));
        }
    }

    fn range(&mut self, first: u32, last: u32, form: &str) -> Result<(), String> {
        if first > last || self.range.is_some() {
            return Err(
                "a multi-word token that ends before it begins or lies in another".to_owned()
            );
        }
        let surface = self.append(form);
        self.range = Some(Range { last, surface, form: form.to_owned(), words: 0 });
        Ok(())
    }

    /// Adds a word; `span` is none inside a multi-word token.
    fn word(&mut self, columns: [&str; 10], span: Option<Span>) -> Result<(), String> {
        let [id, form, lemma, upos, xpos, features, head, relation, ..] = columns;
        let id = number(id)?;
        let (_, first_word) = self.open.unwrap_or_default();
        if id as usize != self.document().words.len() - first_word + 1 {
            return Err(format!("word {id} is out of order"));
        }
        let surface = span.or(self.range.as_ref().map(|range| range.surface));
        let surface = surface.ok_or_else(|| "a word without surface".to_owned())?;
        let word = TreeWord {
            span: surface,
            surface,
            exact: span.is_some(),
            form: form.to_owned(),
            lemma: lemma.to_owned(),
            tag: Tag {
                upos: Upos::named(upos).ok_or_else(|| format!("unknown UPOS {upos}"))?,
                xpos: Xpos::named(xpos).ok_or_else(|| format!("unknown XPOS {xpos}"))?,
            },
            features: features.to_owned(),
            head: number(head)?,
            relation: relation_named(relation)?,
        };
        self.document().words.push(word);
        if let Some(range) = self.range.as_mut().filter(|_| span.is_none()) {
            range.words += 1;
            if id == range.last {
                self.end_range();
            }
        }
        Ok(())
    }

    /// Gives the words of a finished multi-word token their pieces of the surface, where they concatenate to it.
    fn end_range(&mut self) {
        let Some(range) = self.range.take() else { return };
        let words = &mut self.document().words;
        let from = words.len() - range.words;
        let words = words.get_mut(from..).unwrap_or_default();
        let pieces: String = words.iter().map(|word| word.form.as_str()).collect();
        if pieces != range.form {
            return;
        }
        let mut start = range.surface.start as usize;
        for word in words {
            word.span = Span::of(start, start + word.form.len());
            word.exact = true;
            start += word.form.len();
        }
    }

    fn end_sentence(&mut self) -> Result<(), String> {
        if self.range.is_some() {
            return Err("a multi-word token without its last word".to_owned());
        }
        let id = std::mem::take(&mut self.sentence_id);
        let Some((start, first_word)) = self.open.take() else { return Ok(()) };
        let document = self.document();
        let end = document.words.len();
        let length = (end - first_word) as u32;
        let words = document.words.get(first_word..).unwrap_or_default();
        if words.iter().any(|word| word.head > length) {
            return Err(format!("a head outside of sentence {id}"));
        }
        let tokens = TokenRange { start: TokenIx(first_word as u32), end: TokenIx(end as u32) };
        let span = Span::of(start, document.text.len());
        document.sentences.push(TreeSentence { id, span, tokens });
        Ok(())
    }
}

fn number(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("{text} is no number"))
}

/// A relation by its name in any release that we read: sub-types were renamed with release 2.16.
fn relation_named(name: &str) -> Result<Relation, String> {
    let current = match name {
        "obl:npmod" | "obl:tmod" => "obl:unmarked",
        "nmod:npmod" | "nmod:tmod" => "nmod:unmarked",
        name => name,
    };
    Relation::named(current).ok_or_else(|| format!("unknown relation {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = "\
# newdoc id = port
# newpar
# sent_id = port-1
# text = It's shut.
1-2\tIt's\t_\t_\t_\t_\t_\t_\t_\t_
1\tIt\tit\tPRON\tPRP\t_\t3\tnsubj\t_\t_
2\t's\tbe\tAUX\tVBZ\t_\t3\tcop\t_\t_
3\tshut\tshut\tADJ\tJJ\tDegree=Pos\t0\troot\t_\tSpaceAfter=No
4\t.\t.\tPUNCT\t.\t_\t3\tpunct\t_\tSpaceAfter=No

# sent_id = port-2
1\tShips\tship\tNOUN\tNNS\t_\t2\tnsubj\t_\t_
2\twait\twait\tVERB\tVBP\t_\t0\troot\t_\t_
2.1\twait\twait\tVERB\tVBP\t_\t_\t_\t_\t_
3\tdays\tday\tNOUN\tNNS\t_\t2\tobl:tmod\t_\t_

# newpar id = b
# sent_id = port-3
1-2\tdu\t_\t_\t_\t_\t_\t_\t_\t_
1\tde\tde\tADP\tIN\t_\t3\tcase\t_\t_
2\tle\tle\tDET\tDT\t_\t3\tdet\t_\t_
3\tport\tport\tNOUN\tNN\t_\t0\troot\t_\t_

# newdoc id = other
1\tEnd\tend\tNOUN\tNN\t_\t0\troot\t_\t_
";

    #[test]
    fn text_words_and_paragraphs_are_rebuilt() {
        let documents = read_conllu("a.conllu", SAMPLE).unwrap();
        let ids: Vec<&str> = documents.iter().map(|document| document.id.as_str()).collect();
        assert_eq!(ids, ["port", "other"]);
        let port = &documents[0];
        assert_eq!(port.text, "It's shut. Ships wait days\n\ndu port");
        let slice = |span: Span| &port.text[span.range()];
        let paragraphs: Vec<&str> = port.paragraphs.iter().map(|span| slice(*span)).collect();
        assert_eq!(paragraphs, ["It's shut. Ships wait days", "du port"]);
        let sentences: Vec<&str> = port.sentences.iter().map(|s| slice(s.span)).collect();
        assert_eq!(sentences, ["It's shut.", "Ships wait days", "du port"]);
        let words: Vec<&str> = port.words.iter().map(|word| slice(word.span)).collect();
        let expected = ["It", "'s", "shut", ".", "Ships", "wait", "days", "du", "du", "port"];
        assert_eq!(words, expected);
        assert_eq!(port.words[6].relation, Relation::OblUnmarked);
        assert_eq!(slice(port.words[1].surface), "It's");
        assert_eq!((port.words[1].exact, port.words[7].exact), (true, false));
        assert_eq!(documents[1].text, "End");
    }

    #[test]
    fn worded_text_gives_each_word_a_place_of_its_own() {
        let documents = read_conllu("a.conllu", SAMPLE).unwrap();
        let (text, spans) = documents[0].worded();
        assert_eq!(text, "It's shut. Ships wait days\n\ndele port");
        for (span, word) in spans.iter().zip(&documents[0].words) {
            assert_eq!(&text[span.range()], word.form);
        }
        assert!(spans.windows(2).all(|pair| pair[0].end <= pair[1].start));
    }

    #[test]
    fn faults_name_their_line() {
        for (from, to, expected) in [
            ("obl:tmod", "obl:later", "a.conllu:15: unknown relation obl:later"),
            ("NOUN\tNNS\t_\t2\tnsubj", "NOUN\tNNX\t_\t2\tnsubj", "a.conllu:12: unknown XPOS NNX"),
            ("3\tshut", "4\tshut", "a.conllu:8: word 4 is out of order"),
            ("2\tnsubj\t_\t_", "9\tnsubj\t_\t_", "a.conllu:16: a head outside of sentence port-2"),
            ("1-2\tdu", "1-9\tdu", "a.conllu:23: a multi-word token without its last word"),
            ("Ships\tship", "Ships", "a.conllu:12: 9 columns, expected 10"),
        ] {
            let broken = SAMPLE.replacen(from, to, 1);
            assert_eq!(read_conllu("a.conllu", &broken).unwrap_err().to_string(), expected);
        }
    }
}
