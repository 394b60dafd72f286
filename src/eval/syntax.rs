//! Scores of words, sentences, tags, trees and lemmas against a treebank, as the CoNLL 2018 shared task counts them.
//!
//! From raw text the words of both sides are aligned by their place; within a multi-word token of the treebank, where
//! places say nothing, by the longest common subsequence of their forms. A figure is F1 = 2 · right / (gold + system)
//! words: a word that was divided otherwise is wrong in all of them. UAS wants the head's aligned word, LAS the universal
//! relation besides, without its sub-type. A lemma that the treebank leaves open (`_`) is right.
//! With gold tokens the two sides have the same words, so that each figure is plain accuracy.

use serde_json::{Map as Json, Value};

use crate::model::{Analysis, Span, TokenIx};

use super::agreement::Both;
use super::conllu::TreeDocument;
use super::report::{measure_table, number};

/// Counts of one way to score: from raw text or with gold tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SyntaxTally {
    /// Words.
    pub words: Both,
    /// Sentences.
    pub sentences: Both,
    /// Universal tags.
    pub upos: Both,
    /// Heads.
    pub heads: Both,
    /// Heads with universal relations.
    pub arcs: Both,
    /// Lemmas.
    pub lemmas: Both,
}

impl SyntaxTally {
    /// Counts an analysis of the raw text of `document`.
    pub fn raw(document: &TreeDocument, analysis: &Analysis) -> Self {
        let gold = gold_words(document, None);
        let found = found_words(&document.text, analysis);
        let mut tally = Self::of_words(&gold, &found, &align(&gold, &found));
        let spans: Vec<Span> = document.sentences.iter().map(|sentence| sentence.span).collect();
        let both = analysis.sentences.iter().filter(|sentence| spans.contains(&sentence.span));
        tally.sentences = Both {
            gold: spans.len() as u32,
            extracted: analysis.sentences.len() as u32,
            both: both.count() as u32,
        };
        tally
    }

    /// Counts an analysis whose tokens are the words of `document` at their places in `text`, as
    /// [`TreeDocument::worded`] gives both.
    pub fn gold(document: &TreeDocument, text: &str, analysis: &Analysis) -> Self {
        let places: Vec<Span> = analysis.tokens.iter().map(|token| token.span).collect();
        let gold = gold_words(document, Some(&places));
        let found = found_words(text, analysis);
        Self::of_words(&gold, &found, &align(&gold, &found))
    }

    /// Adds the counts of another document.
    pub fn add(&mut self, other: &SyntaxTally) {
        self.words.add(other.words);
        self.sentences.add(other.sentences);
        self.upos.add(other.upos);
        self.heads.add(other.heads);
        self.arcs.add(other.arcs);
        self.lemmas.add(other.lemmas);
    }

    fn of_words(gold: &[Word<'_>], found: &[Word<'_>], pairs: &[(usize, usize)]) -> Self {
        let mut gold_of = vec![None; found.len()];
        for (gold, found) in pairs {
            if let Some(aligned) = gold_of.get_mut(*found) {
                *aligned = Some(*gold);
            }
        }
        let empty = Both { gold: gold.len() as u32, extracted: found.len() as u32, both: 0 };
        let (mut upos, mut heads, mut arcs, mut lemmas) = (empty, empty, empty, empty);
        for (at_gold, at_found) in pairs {
            let Some((gold, found)) = gold.get(*at_gold).zip(found.get(*at_found)) else {
                continue;
            };
            let head_is_right = match (gold.head, found.head) {
                (None, None) => true,
                (Some(gold), Some(found)) => gold_of.get(found).is_some_and(|g| *g == Some(gold)),
                (None, Some(_)) | (Some(_), None) => false,
            };
            upos.both += u32::from(gold.upos == found.upos);
            heads.both += u32::from(head_is_right);
            arcs.both += u32::from(head_is_right && gold.relation == found.relation);
            lemmas.both += u32::from(gold.lemma == "_" || gold.lemma == found.lemma);
        }
        let words = Both { both: pairs.len() as u32, ..empty };
        SyntaxTally { words, sentences: Both::default(), upos, heads, arcs, lemmas }
    }
}

/// A word of either side.
struct Word<'a> {
    /// Its place; of the whole multi-word token for a word of one.
    span: Span,
    /// Whether it belongs to a multi-word token.
    is_part: bool,
    form: &'a str,
    lemma: &'a str,
    upos: &'static str,
    relation: &'static str,
    /// Index of the head among all words; `None` at a root.
    head: Option<usize>,
}

fn gold_words<'a>(document: &'a TreeDocument, places: Option<&[Span]>) -> Vec<Word<'a>> {
    let surfaces: Vec<Span> = document.words.iter().map(|word| word.surface).collect();
    let mut words = Vec::with_capacity(document.words.len());
    for sentence in &document.sentences {
        let first = sentence.tokens.start.at();
        for (at, word) in (first..).zip(document.words_of(sentence)) {
            let shares = |other: Option<usize>| {
                other.and_then(|at| surfaces.get(at)).is_some_and(|span| *span == word.surface)
            };
            let place = places.map(|places| places.get(at).copied().unwrap_or(word.span));
            words.push(Word {
                span: place.unwrap_or(word.surface),
                is_part: place.is_none() && (shares(at.checked_sub(1)) || shares(Some(at + 1))),
                form: &word.form,
                lemma: &word.lemma,
                upos: word.tag.upos.name(),
                relation: word.relation.universal(),
                head: word.head.checked_sub(1).map(|head| first + head as usize),
            });
        }
    }
    words
}

fn found_words<'a>(text: &'a str, analysis: &'a Analysis) -> Vec<Word<'a>> {
    let of_token = |(at, token): (usize, &crate::model::Token)| {
        let arc = analysis.arcs.get(at);
        Word {
            span: token.span,
            is_part: false,
            form: text.get(token.span.range()).unwrap_or_default(),
            lemma: analysis.lemma(TokenIx(at as u32)),
            upos: analysis.tags.get(at).map_or("", |tag| tag.upos.name()),
            relation: arc.map_or("", |arc| arc.relation.universal()),
            head: arc.and_then(|arc| arc.head).map(TokenIx::at),
        }
    };
    analysis.tokens.iter().enumerate().map(of_token).collect()
}

/// Pairs of words that are the same, in order. Only gold words belong to multi-word tokens.
fn align(gold: &[Word<'_>], found: &[Word<'_>]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::with_capacity(gold.len());
    let (mut at_gold, mut at_found) = (0, 0);
    while let Some((of_gold, of_found)) = gold.get(at_gold).zip(found.get(at_found)) {
        if of_gold.is_part {
            if of_found.span.start < of_gold.span.start {
                at_found += 1;
            }
            let (end_gold, end_found) = region(gold, found, (at_gold, at_found));
            common(gold, found, (at_gold..end_gold, at_found..end_found), &mut pairs);
            (at_gold, at_found) = (end_gold, end_found);
        } else if of_gold.span == of_found.span {
            pairs.push((at_gold, at_found));
            at_gold += 1;
            at_found += 1;
        } else if of_gold.span.start <= of_found.span.start {
            at_gold += 1;
        } else {
            at_found += 1;
        }
    }
    pairs
}

/// The ends of the smallest region of both sides that begins at a multi-word token and divides none.
fn region(gold: &[Word<'_>], found: &[Word<'_>], from: (usize, usize)) -> (usize, usize) {
    let (mut at_gold, mut at_found) = from;
    let mut end = gold.get(at_gold).map_or(0, |word| word.span.end);
    loop {
        let (next_gold, next_found) = (gold.get(at_gold), found.get(at_found));
        let gold_inside = next_gold
            .filter(|word| if word.is_part { word.span.start < end } else { word.span.end <= end });
        let found_inside = next_found.filter(|word| word.span.end <= end);
        if gold_inside.is_none() && found_inside.is_none() {
            return (at_gold, at_found);
        }
        match (next_gold, next_found) {
            (Some(word), other)
                if other.is_none_or(|other| word.span.start <= other.span.start) =>
            {
                if word.is_part {
                    end = end.max(word.span.end);
                }
                at_gold += 1;
            }
            _ => at_found += 1,
        }
    }
}

/// Adds the pairs of a longest common subsequence of forms, without regard to capitals.
fn common(
    gold: &[Word<'_>],
    found: &[Word<'_>],
    (in_gold, in_found): (std::ops::Range<usize>, std::ops::Range<usize>),
    pairs: &mut Vec<(usize, usize)>,
) {
    let forms = |words: &[Word<'_>], range: &std::ops::Range<usize>| -> Vec<String> {
        let words = words.get(range.clone()).unwrap_or_default();
        words.iter().map(|word| word.form.to_lowercase()).collect()
    };
    let (a, b) = (forms(gold, &in_gold), forms(found, &in_found));
    // lengths[i][j]: the longest common subsequence of the words from i and from j on
    let mut lengths = vec![vec![0_u32; b.len() + 1]; a.len() + 1];
    let length = |lengths: &[Vec<u32>], i: usize, j: usize| {
        lengths.get(i).and_then(|row| row.get(j)).copied()
    };
    for (i, of_a) in a.iter().enumerate().rev() {
        for (j, of_b) in b.iter().enumerate().rev() {
            let best = if of_a == of_b {
                length(&lengths, i + 1, j + 1).map(|length| length + 1)
            } else {
                length(&lengths, i + 1, j).max(length(&lengths, i, j + 1))
            };
            if let Some(cell) = lengths.get_mut(i).and_then(|row| row.get_mut(j)) {
                *cell = best.unwrap_or_default();
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    while let Some((of_a, of_b)) = a.get(i).zip(b.get(j)) {
        if of_a == of_b {
            pairs.push((in_gold.start + i, in_found.start + j));
            i += 1;
            j += 1;
        } else if length(&lengths, i, j) == length(&lengths, i + 1, j) {
            i += 1;
        } else {
            j += 1;
        }
    }
}

/// Both ways to score, over all documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SyntaxReport {
    /// Documents.
    pub documents: u32,
    /// From raw text.
    pub raw: SyntaxTally,
    /// With gold tokens and sentences.
    pub gold: SyntaxTally,
}

impl SyntaxReport {
    /// Every figure by its name, with what it is made of.
    pub fn measures(&self) -> [(&'static str, Both); 10] {
        [
            ("words_f1", self.raw.words),
            ("sentences_f1", self.raw.sentences),
            ("upos_raw", self.raw.upos),
            ("uas_raw", self.raw.heads),
            ("las_raw", self.raw.arcs),
            ("lemma_raw", self.raw.lemmas),
            ("upos_gold", self.gold.upos),
            ("uas_gold", self.gold.heads),
            ("las_gold", self.gold.arcs),
            ("lemma_gold", self.gold.lemmas),
        ]
    }

    /// One flat object: every figure.
    pub fn json(&self) -> Value {
        let figures = self.measures().into_iter();
        Value::Object(
            figures
                .map(|(name, both)| (name.to_owned(), number(both.f1())))
                .collect::<Json<_, _>>(),
        )
    }

    /// The report for people.
    pub fn table(&self) -> String {
        let mut out = format!(
            "{} documents, {} sentences, {} words\n\n",
            self.documents, self.raw.sentences.gold, self.raw.words.gold
        );
        measure_table(&mut out, self.measures(), (14, 9));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::read_conllu;
    use crate::model::{
        Arc, Relation, Score, Sentence, Tag, Token, TokenKind, TokenRange, Upos, Xpos,
    };

    const GOLD: &str = "\
1\tHe\the\tPRON\tPRP\t_\t2\tnsubj\t_\t_
2\tcalled\tcall\tVERB\tVBD\t_\t0\troot\t_\t_
3\tit\tit\tPRON\tPRP\t_\t2\tobj\t_\tSpaceAfter=No
4\t.\t.\tPUNCT\t.\t_\t2\tpunct\t_\t_

1-2\tCannot\t_\t_\t_\t_\t_\t_\t_\t_
1\tCan\tcan\tAUX\tMD\t_\t3\taux\t_\t_
2\tnot\tnot\tPART\tRB\t_\t3\tadvmod\t_\t_
3\tgo\tgo\tVERB\tVB\t_\t0\troot\t_\t_
4\tby\tby\tADP\tIN\t_\t5\tcase\t_\t_
5-6\tdunno\t_\t_\t_\t_\t_\t_\t_\t_
5\tdo\tdo\tX\tGW\t_\t3\tobl:agent\t_\t_
6\tknow\t_\tX\tGW\t_\t5\tgoeswith\t_\t_
";

    type Row = (&'static str, Upos, &'static str, Option<u32>, Relation);

    /// An analysis of `text` out of rows: form, tag, lemma, head counted over all tokens from 0, relation.
    fn analysis(text: &str, rows: &[Row], ends: &[u32]) -> Analysis {
        let mut analysis = Analysis { lemma_starts: vec![0], ..Analysis::default() };
        let mut from = 0;
        for (form, upos, lemma, head, relation) in rows {
            let start = from + text[from..].find(form).unwrap();
            from = start + form.len();
            let span = Span::of(start, from);
            analysis.tokens.push(Token { span, kind: TokenKind::Word });
            analysis.tags.push(Tag { upos: *upos, xpos: Xpos::Noun });
            let (head, score) = (head.map(TokenIx), Score::from_thousandths(900));
            let (head_score, relation_score) = (score, score);
            analysis.arcs.push(Arc { head, relation: *relation, head_score, relation_score });
            analysis.lemmas.push_str(lemma);
            analysis.lemma_starts.push(analysis.lemmas.len() as u32);
        }
        let mut start = 0;
        for end in ends {
            let tokens = TokenRange { start: TokenIx(start), end: TokenIx(*end) };
            let of = |at: u32| analysis.tokens[at as usize].span;
            let span = of(start).cover(of(end - 1));
            analysis.sentences.push(Sentence { span, tokens, headline: false });
            start = *end;
        }
        analysis
    }

    fn both(gold: u32, extracted: u32, both: u32) -> Both {
        Both { gold, extracted, both }
    }

    #[test]
    fn a_case_counted_by_hand() {
        let documents = read_conllu("a.conllu", GOLD).unwrap();
        assert_eq!(documents[0].text, "He called it. Cannot go by dunno");
        let rows = [
            ("He", Upos::Pron, "he", Some(1), Relation::Obj),
            ("called", Upos::Verb, "call", None, Relation::Root),
            // one token where the treebank has two, so both of its words are lost
            ("it.", Upos::Pron, "it", Some(1), Relation::Obj),
            ("Can", Upos::Verb, "can", Some(5), Relation::Aux),
            ("not", Upos::Part, "not", Some(5), Relation::Advmod),
            ("go", Upos::Verb, "go", Some(1), Relation::Parataxis),
            ("by", Upos::Adp, "by", Some(7), Relation::Case),
            // part of a multi-word token of other words, where only "do" is found in place
            ("dunno", Upos::X, "dunno", Some(5), Relation::Obl),
        ];
        let tally = SyntaxTally::raw(&documents[0], &analysis(&documents[0].text, &rows, &[8]));
        // aligned: He, called, Can, not, go, by = 6 of 10 gold and 8 found
        assert_eq!(tally.words, both(10, 8, 6));
        assert_eq!(tally.sentences, both(2, 1, 0));
        // Can is tagged VERB
        assert_eq!(tally.upos, both(10, 8, 5));
        // go is no root, by hangs on a word that is not aligned
        assert_eq!(tally.heads, both(10, 8, 4));
        // He has the wrong relation too
        assert_eq!(tally.arcs, both(10, 8, 3));
        assert_eq!(tally.lemmas, both(10, 8, 6));
        assert_eq!(tally.arcs.f1(), Some(6.0 / 18.0));
    }

    #[test]
    fn gold_tokens_give_accuracy_and_forgive_open_lemmas() {
        let documents = read_conllu("a.conllu", GOLD).unwrap();
        let (text, spans) = documents[0].worded();
        assert_eq!(text, "He called it. Cannot go by doknow");
        let rows = [
            ("He", Upos::Pron, "he", Some(1), Relation::Nsubj),
            ("called", Upos::Verb, "call", None, Relation::Root),
            ("it", Upos::Pron, "it", Some(1), Relation::Obj),
            (".", Upos::Punct, ".", Some(1), Relation::Punct),
            ("Can", Upos::Aux, "can", Some(6), Relation::Aux),
            ("not", Upos::Part, "not", Some(6), Relation::Advmod),
            ("go", Upos::Verb, "go", None, Relation::Root),
            ("by", Upos::Adp, "by", Some(8), Relation::Case),
            // the sub-type does not count
            ("do", Upos::X, "did", Some(6), Relation::Obl),
            ("know", Upos::Verb, "know", Some(8), Relation::Goeswith),
        ];
        let analysis = analysis(&text, &rows, &[4, 10]);
        let places: Vec<Span> = analysis.tokens.iter().map(|token| token.span).collect();
        assert_eq!(places, spans);
        let tally = SyntaxTally::gold(&documents[0], &text, &analysis);
        assert_eq!(tally.words, both(10, 10, 10));
        assert_eq!(tally.upos, both(10, 10, 9));
        assert_eq!((tally.heads, tally.arcs), (both(10, 10, 10), both(10, 10, 10)));
        assert_eq!(tally.lemmas, both(10, 10, 9));
    }

    #[test]
    fn inside_a_multi_word_token_forms_align() {
        let documents = read_conllu("a.conllu", GOLD).unwrap();
        let rows = [
            ("He", Upos::Pron, "he", Some(1), Relation::Nsubj),
            ("called", Upos::Verb, "call", None, Relation::Root),
            ("it", Upos::Pron, "it", Some(1), Relation::Obj),
            (".", Upos::Punct, ".", Some(1), Relation::Punct),
            ("Cannot", Upos::Aux, "can", Some(5), Relation::Aux),
            ("go", Upos::Verb, "go", None, Relation::Root),
            ("by", Upos::Adp, "by", Some(5), Relation::Case),
            ("d", Upos::X, "do", Some(5), Relation::Obl),
            ("unno", Upos::X, "know", Some(7), Relation::Goeswith),
        ];
        let tally = SyntaxTally::raw(&documents[0], &analysis(&documents[0].text, &rows, &[4, 9]));
        assert_eq!(tally.words, both(10, 9, 6));
        assert_eq!(tally.sentences, both(2, 2, 2));
    }

    #[test]
    fn the_object_has_the_agreed_names() {
        let report = SyntaxReport::default();
        let Value::Object(object) = report.json() else { panic!("no object") };
        let names: Vec<&str> = object.keys().map(String::as_str).collect();
        let mut expected = [
            "words_f1",
            "sentences_f1",
            "upos_raw",
            "uas_raw",
            "las_raw",
            "lemma_raw",
            "upos_gold",
            "uas_gold",
            "las_gold",
            "lemma_gold",
        ];
        expected.sort_unstable();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, expected);
        assert!(report.table().contains("las_raw"));
    }
}
