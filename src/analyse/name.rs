//! Logits of the names head -> names of the text, with a memory of what the text has named.
//!
//! First every sentence by itself. Then the text remembers: the kinds of each name by the probability of its places,
//! the parts of a person's full name, an acronym in brackets behind its expansion. A second decision on each sentence
//! hears that memory as a bonus on the classes of its words, so that a name that is plain in one place decides an
//! unclear one. Headlines in title case or capitals hear it, and tell it nothing: there every word looks like a name.
//! Source of the idea: two-stage tagging with global features (Krishnan & Manning 2006, Ratinov & Roth 2009).

use super::tag::score;
use crate::map::Map;
use crate::model::{Analysis, Name, NameKind, Sentence, SentenceIx, Span, TokenIx, TokenRange};
use crate::nn::{NAME_CLASSES, NameSpan, NamesScratch, best_names};

const KINDS: usize = NameKind::ALL.len();

/// Longest name that is remembered, in tokens.
const REMEMBERED_TOKENS_MAX: usize = 8;

/// Logit that a whole unit of remembered evidence adds.
const BONUS: f32 = 2.0;

/// Evidence beyond this much counts as this much.
const EVIDENCE_MAX: f32 = 1.5;

/// What a person's part is worth beside the whole name.
const PART_SHARE: f32 = 0.8;

/// Fills the names of an analysis. `scores` has a row of logits per token.
pub(super) fn find_names(text: &str, scores: &mut [f32], analysis: &mut Analysis) {
    let mut scratch = NamesScratch::default();
    let mut found = Vec::new();
    let mut memory = Memory::default();
    let mut first = Vec::new();
    for sentence in &analysis.sentences {
        let Some(rows) = scores.get(rows_of(sentence.tokens)) else { continue };
        best_names(rows, &mut found, &mut scratch);
        if !is_display(text, analysis, sentence) {
            memory.learn(text, analysis, sentence, &found);
        }
        first.push(found.clone());
    }
    let mut names = Vec::new();
    for (ix, (sentence, before)) in analysis.sentences.iter().zip(first).enumerate() {
        let Some(rows) = scores.get_mut(rows_of(sentence.tokens)) else { continue };
        found.clone_from(&before);
        if memory.remind(analysis, sentence, &before, rows) {
            best_names(rows, &mut found, &mut scratch);
        }
        let sentence_ix = SentenceIx(ix as u32);
        names.extend(found.iter().map(|name| as_name(analysis, sentence, sentence_ix, *name)));
    }
    analysis.names = names;
}

fn rows_of(tokens: TokenRange) -> std::ops::Range<usize> {
    let range = tokens.range();
    range.start * NAME_CLASSES..range.end * NAME_CLASSES
}

fn as_name(
    analysis: &Analysis,
    sentence: &Sentence,
    sentence_ix: SentenceIx,
    found: NameSpan,
) -> Name {
    let tokens = within(sentence, found);
    let spans = analysis.tokens_of(tokens);
    let span = match (spans.first(), spans.last()) {
        (Some(first), Some(last)) => Span::new(first.span.start, last.span.end),
        (None, _) | (_, None) => sentence.span,
    };
    Name {
        span,
        tokens,
        head: head_of(analysis, tokens),
        sentence: sentence_ix,
        kind: found.kind,
        score: score(found.probability),
    }
}

fn within(sentence: &Sentence, found: NameSpan) -> TokenRange {
    let start = sentence.tokens.start.0;
    TokenRange { start: TokenIx(start + found.start), end: TokenIx(start + found.end) }
}

/// The first token of the range whose head lies outside it.
fn head_of(analysis: &Analysis, tokens: TokenRange) -> TokenIx {
    let inside = |head: TokenIx| tokens.start <= head && head < tokens.end;
    let heads = analysis.arcs.get(tokens.range()).unwrap_or_default();
    let at = heads.iter().position(|arc| arc.head.is_none_or(|head| !inside(head)));
    TokenIx(tokens.start.0 + at.unwrap_or(0) as u32)
}

/// Whether a sentence is written in title case or capitals: most of its longer words begin with a capital.
fn is_display(text: &str, analysis: &Analysis, sentence: &Sentence) -> bool {
    let (mut words, mut capitals) = (0, 0);
    for token in analysis.tokens_of(sentence.tokens) {
        let form = text.get(token.span.range()).unwrap_or_default();
        let first = form.chars().next();
        if form.len() > 3 && first.is_some_and(char::is_alphabetic) {
            words += 1;
            capitals += u32::from(first.is_some_and(char::is_uppercase));
        }
    }
    words >= 4 && capitals * 10 >= words * 8
}

/// What the text has named, by folded form: evidence for each kind.
#[derive(Default)]
struct Memory {
    evidence: Map<String, [f32; KINDS]>,
    /// For each first piece of a remembered form, the length in bytes of the longest such form: most words begin none,
    /// and are done with one look-up.
    longest: Map<String, usize>,
}

impl Memory {
    fn add(&mut self, form: &str, kind: NameKind, amount: f32) {
        if !self.evidence.contains_key(form) {
            self.evidence.insert(form.to_owned(), [0.0; KINDS]);
            let longest = self.longest.entry(first_piece(form).to_owned()).or_default();
            *longest = form.len().max(*longest);
        }
        let kinds = self.evidence.get_mut(form).and_then(|kinds| kinds.get_mut(kind.ix()));
        if let Some(evidence) = kinds {
            *evidence += amount;
        }
    }

    fn learn(&mut self, text: &str, analysis: &Analysis, sentence: &Sentence, found: &[NameSpan]) {
        for (at, name) in found.iter().enumerate() {
            let tokens = within(sentence, *name);
            if tokens.len() > REMEMBERED_TOKENS_MAX {
                continue;
            }
            self.add(form_of(analysis, tokens), name.kind, name.probability);
            if name.kind == NameKind::Person && tokens.len() > 1 {
                let last = TokenRange { start: TokenIx(tokens.end.0 - 1), end: tokens.end };
                let form = form_of(analysis, last);
                if form.chars().count() > 2 {
                    self.add(form, name.kind, PART_SHARE * name.probability);
                }
            }
            if let Some(acronym) = found.get(at + 1)
                && is_acronym(text, analysis, tokens, within(sentence, *acronym))
            {
                let acronym_tokens = within(sentence, *acronym);
                self.add(form_of(analysis, acronym_tokens), name.kind, name.probability);
            }
        }
    }

    /// Adds what is remembered of the sentence's words to their logits; false where nothing is.
    fn remind(
        &self,
        analysis: &Analysis,
        sentence: &Sentence,
        before: &[NameSpan],
        rows: &mut [f32],
    ) -> bool {
        if self.evidence.is_empty() {
            return false;
        }
        let length = sentence.tokens.len();
        let mut changed = false;
        let mut at = 0;
        while at < length {
            let start = TokenIx(sentence.tokens.start.0 + at as u32);
            let Some(bytes_max) = self.longest.get(first_piece(analysis.folded(start))) else {
                at += 1;
                continue;
            };
            let longest = (1..=REMEMBERED_TOKENS_MAX.min(length - at)).rev().find_map(|count| {
                let tokens = TokenRange { start, end: TokenIx(start.0 + count as u32) };
                let form = form_of(analysis, tokens);
                (form.len() <= *bytes_max)
                    .then(|| self.evidence.get(form))
                    .flatten()
                    .map(|kinds| (count, kinds))
            });
            let Some((count, kinds)) = longest else {
                at += 1;
                continue;
            };
            let own = before
                .iter()
                .find(|name| (name.start as usize, name.end as usize) == (at, at + count));
            changed |= remind_words(rows, at..at + count, kinds, own);
            at += count;
        }
        changed
    }
}

/// Adds the evidence to the classes of a name that would fill `range`. What the name `own` said itself does not count.
fn remind_words(
    rows: &mut [f32],
    range: std::ops::Range<usize>,
    kinds: &[f32; KINDS],
    own: Option<&NameSpan>,
) -> bool {
    let mut changed = false;
    for (kind, evidence) in NameKind::ALL.iter().zip(kinds) {
        let said = own.filter(|own| own.kind == *kind).map_or(0.0, |own| own.probability);
        let bonus = BONUS * (evidence - said).clamp(0.0, EVIDENCE_MAX);
        if bonus <= 0.0 {
            continue;
        }
        changed = true;
        for at in range.clone() {
            let part = match (at == range.start, at + 1 == range.end) {
                (true, true) => 3,
                (true, false) => 0,
                (false, true) => 2,
                (false, false) => 1,
            };
            if let Some(logit) = rows.get_mut(at * NAME_CLASSES + 1 + 4 * kind.ix() + part) {
                *logit += bonus;
            }
        }
    }
    changed
}

/// A folded form up to its first blank.
fn first_piece(form: &str) -> &str {
    form.trim_start().split(' ').next().unwrap_or_default()
}

/// The folded tokens of a name, as the text of `Analysis::folded` has them.
fn form_of(analysis: &Analysis, tokens: TokenRange) -> &str {
    analysis.haystack(tokens)
}

/// Whether `acronym` stands in brackets behind `name` and is made of the initials of its words.
fn is_acronym(text: &str, analysis: &Analysis, name: TokenRange, acronym: TokenRange) -> bool {
    if acronym.len() != 1 || acronym.start.0 != name.end.0 + 1 {
        return false;
    }
    let form = |at: usize| {
        analysis.tokens.get(at).and_then(|token| text.get(token.span.range())).unwrap_or_default()
    };
    let mut initials = name.range().filter_map(|at| form(at).chars().next());
    let letters: Vec<char> = form(acronym.start.at()).chars().filter(|c| *c != '.').collect();
    form(name.end.at()) == "("
        && letters.len() > 1
        && letters.iter().all(|letter| {
            initials.by_ref().any(|initial| initial.to_uppercase().eq(letter.to_uppercase()))
        })
}
