//! The baseline that finds mentions: phrases that may take part in an event, by form and by tables alone.
//!
//! Units come first: the longest phrases of the actor tables, and runs of capitalised words between them. Neighbouring
//! units then make one noun phrase: `Russian` + `Foreign Minister` + `Sergei Lavrov` is one mention whose head is
//! `Lavrov`. Mentions are sorted, do not overlap, and each lies in one sentence.
//! Baseline: the analysis core will find names by their shape in context and phrases by the tree; then this file goes.
//! It does not know persons from places: a city is a mention too.

use super::phrase;
use super::token::is_apostrophe;
use crate::map::Set;
use crate::model::{
    Analysis, Article, Mention, MentionKind, Sentence, SentenceIx, Span, TokenIx, TokenKind,
    TokenRange,
};
use crate::pack::{ActorEntry, Setup};

/// The mentions of the article up to the limit, and where the limit cut them off.
pub(super) fn find_mentions(
    setup: &Setup,
    article: &Article,
    analysis: &Analysis,
) -> (Vec<Mention>, Option<Span>) {
    let casings: Vec<Casing> =
        analysis.sentences.iter().map(|sentence| casing(article, analysis, sentence)).collect();
    let finder = Finder {
        setup,
        article,
        analysis,
        table_units: table_units(setup, article, analysis),
        known_names: known_names(article, analysis, &casings),
        casings,
    };
    let mut mentions = Vec::new();
    let mut units = Vec::new();
    let mut from = 0;
    for (at, sentence) in analysis.sentences.iter().enumerate() {
        units.clear();
        let casing = finder.casings.get(at).copied().unwrap_or(Casing::Running);
        from = finder.units_of((sentence, casing), from, &mut units);
        phrase::group(&finder, sentence, SentenceIx(at as u32), &units, &mut mentions);
    }
    let limit = setup.limits.mentions_max as usize;
    let cut_at = mentions.get(limit).map(|mention: &Mention| mention.span);
    mentions.truncate(limit);
    (mentions, cut_at)
}

/// A part of a noun phrase.
#[derive(Clone, Copy)]
pub(super) struct Unit {
    pub(super) tokens: TokenRange,
    pub(super) kind: UnitKind,
}

/// Where a part of a noun phrase comes from: a table, or its capitals.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum UnitKind {
    Country,
    Demonym,
    Agent,
    Organisation,
    Name,
}

impl UnitKind {
    fn of(entry: ActorEntry) -> Self {
        match entry {
            ActorEntry::Country(_) => UnitKind::Country,
            ActorEntry::Demonym(_) => UnitKind::Demonym,
            ActorEntry::Agent(_) => UnitKind::Agent,
            ActorEntry::Organisation(_) => UnitKind::Organisation,
        }
    }

    pub(super) fn mention_kind(self) -> MentionKind {
        match self {
            UnitKind::Country => MentionKind::Country,
            UnitKind::Demonym => MentionKind::Demonym,
            UnitKind::Agent => MentionKind::Agent,
            UnitKind::Organisation | UnitKind::Name => MentionKind::Name,
        }
    }
}

/// How the words of a sentence are capitalised.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Casing {
    /// Names and the first word.
    Running,
    /// Nearly every word, as some headlines are: a capital tells nothing.
    Every,
    /// All letters.
    Shouted,
}

/// What the rules look at.
pub(super) struct Finder<'a> {
    pub(super) setup: &'a Setup,
    pub(super) article: &'a Article,
    pub(super) analysis: &'a Analysis,
    table_units: Vec<Unit>,
    /// How each sentence is capitalised.
    casings: Vec<Casing>,
    /// Folded words that stand capitalised inside a sentence of running text.
    known_names: Set<&'a str>,
}

/// Phrases of the actor tables, in text order. Names count only where the text has a capital (`turkey` is a bird).
fn table_units(setup: &Setup, article: &Article, analysis: &Analysis) -> Vec<Unit> {
    let mut hits = Vec::new();
    setup.pack.actors.phrases.longest(&analysis.folded, &mut hits);
    let unit = |hit: &crate::text::PhraseHit<ActorEntry>| {
        let tokens = analysis.tokens_at(hit.start, hit.end)?;
        let kind = UnitKind::of(hit.value);
        let sentence = analysis.sentence_of(tokens.start)?;
        if analysis.sentences.get(sentence.at())?.tokens.end < tokens.end {
            return None;
        }
        let named = || {
            let words = analysis.tokens_of(tokens).iter();
            words
                .map(|token| article.slice(token.span))
                .any(|word| word.contains(char::is_uppercase))
        };
        (kind == UnitKind::Agent || named()).then_some(Unit { tokens, kind })
    };
    hits.iter().filter_map(unit).collect()
}

fn known_names<'a>(article: &Article, analysis: &'a Analysis, casings: &[Casing]) -> Set<&'a str> {
    let mut names = Set::default();
    for (sentence, casing) in analysis.sentences.iter().zip(casings) {
        if *casing != Casing::Running {
            continue;
        }
        for word in compounds(analysis, sentence).skip(1) {
            let before = word.start.at().checked_sub(1).and_then(|at| analysis.tokens.get(at));
            let after_quote = before.is_some_and(|token| {
                token.kind == TokenKind::Punctuation
                    && !matches!(article.slice(token.span), "," | "-")
            });
            if !after_quote && starts_upper(text_of(article, analysis, word)) {
                names.insert(folded_of(analysis, word));
            }
        }
    }
    names
}

/// How a sentence is capitalised. One lower-case word of some length is enough to show that capitals mean names
/// (`Foreign Minister Jane Doe meets Prime Minister John Roe`); long prepositions do not count, since many houses leave
/// them small in a headline.
fn casing(article: &Article, analysis: &Analysis, sentence: &Sentence) -> Casing {
    // Below these many words a line of names alone is as likely as a title.
    let words_min = if sentence.headline { 4 } else { 8 };
    let (mut words, mut lower, mut shouted) = (0, 0, 0);
    for tokens in compounds(analysis, sentence) {
        let word = text_of(article, analysis, tokens);
        let kind = analysis.tokens.get(tokens.start.at()).map(|token| token.kind);
        // Short words tell nothing: titles leave them in lower case, and acronyms are short.
        if (kind == Some(TokenKind::Word) || tokens.len() > 1) && word.len() > 3 {
            words += 1;
            lower += u32::from(!starts_upper(word) && word.len() > 4 && !is_long_preposition(word));
            shouted += u32::from(!word.contains(char::is_lowercase));
        }
    }
    if words >= 3 && shouted * 5 >= words * 4 {
        Casing::Shouted
    } else if words >= words_min && lower == 0 {
        Casing::Every
    } else {
        Casing::Running
    }
}

/// The words of a sentence, each with what hyphens join to it.
fn compounds(analysis: &Analysis, sentence: &Sentence) -> impl Iterator<Item = TokenRange> {
    let mut at = sentence.tokens.start;
    let end = sentence.tokens.end;
    std::iter::from_fn(move || {
        let word = TokenRange { start: at, end: analysis.compound_end(at).min(end) };
        at = word.end;
        (word.start < end).then_some(word)
    })
}

fn text_of<'a>(article: &'a Article, analysis: &Analysis, tokens: TokenRange) -> &'a str {
    let tokens = analysis.tokens_of(tokens);
    match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => article.slice(first.span.cover(last.span)),
        (None, _) | (_, None) => "",
    }
}

fn folded_of(analysis: &Analysis, tokens: TokenRange) -> &str {
    analysis.haystack(tokens).trim_matches(' ')
}

fn is_long_preposition(word: &str) -> bool {
    matches!(
        word,
        "after"
            | "against"
            | "between"
            | "during"
            | "under"
            | "about"
            | "before"
            | "among"
            | "without"
    )
}

impl Finder<'_> {
    pub(super) fn word(&self, token: TokenIx) -> &str {
        self.analysis.tokens.get(token.at()).map_or("", |token| self.article.slice(token.span))
    }

    /// The units of a sentence: table phrases from `from` on, and name runs between them. Gives the next `from`.
    fn units_of(
        &self,
        (sentence, casing): (&Sentence, Casing),
        from: usize,
        units: &mut Vec<Unit>,
    ) -> usize {
        let mut next_table = from;
        let mut at = sentence.tokens.start;
        while at < sentence.tokens.end {
            let table = self.table_units.get(next_table);
            if let Some(unit) = table.filter(|unit| unit.tokens.start == at) {
                units.push(*unit);
                next_table += 1;
                at = unit.tokens.end;
                continue;
            }
            let end = table.map_or(sentence.tokens.end, |unit| unit.tokens.start);
            let run = TokenRange { start: at, end: end.min(sentence.tokens.end) };
            at = match self.name_at(run, sentence, casing) {
                Some(unit) => {
                    units.push(unit);
                    unit.tokens.end
                }
                None => self.compound(at).end,
            };
        }
        next_table
    }

    /// The run of capitalised words that begins at the start of `limits` and ends before their end.
    fn name_at(&self, limits: TokenRange, sentence: &Sentence, casing: Casing) -> Option<Unit> {
        let one = self.compound(limits.start);
        if self.compound_text(one) == "US" && casing != Casing::Shouted && self.word(one.end) != "$"
        {
            return Some(Unit { tokens: one, kind: UnitKind::Country });
        }
        if !self.is_name_word(one, casing) {
            return None;
        }
        let mut end = one.end;
        let mut at = end;
        while at < limits.end {
            let word = self.compound(at);
            let hyphened = word.len() > 1 && self.is_known_capital(word);
            if self.is_name_word(word, casing) || hyphened {
                end = word.end;
            } else if !is_particle(self.compound_text(word)) {
                break;
            }
            at = word.end;
        }
        let tokens = TokenRange { start: limits.start, end };
        let alone = end == one.end && self.begins_clause(tokens.start, sentence);
        (!alone || self.is_name_alone(one)).then_some(Unit { tokens, kind: UnitKind::Name })
    }

    /// The word at a token, with what hyphens join to it.
    pub(super) fn compound(&self, start: TokenIx) -> TokenRange {
        TokenRange { start, end: self.analysis.compound_end(start) }
    }

    pub(super) fn compound_text(&self, tokens: TokenRange) -> &str {
        text_of(self.article, self.analysis, tokens)
    }

    fn is_name_word(&self, tokens: TokenRange, casing: Casing) -> bool {
        let word = self.compound_text(tokens);
        let folded = folded_of(self.analysis, tokens);
        if !starts_upper(word) || is_adjective(word) || self.setup.pack.lexicon.is_stop_name(folded)
        {
            return false;
        }
        match casing {
            Casing::Running => word.len() > 1,
            Casing::Every | Casing::Shouted => self.known_names.contains(folded),
        }
    }

    /// `Jong-un`: a capital, but a lower-case part after the hyphen.
    fn is_known_capital(&self, tokens: TokenRange) -> bool {
        self.known_names.contains(folded_of(self.analysis, tokens))
            && starts_upper(self.compound_text(tokens))
    }

    /// Whether a word is capitalised for its place alone: at the start, or after an opening quote, a colon or a dash.
    fn begins_clause(&self, token: TokenIx, sentence: &Sentence) -> bool {
        if token == sentence.tokens.start {
            return true;
        }
        let before = self.word(TokenIx(token.0 - 1));
        matches!(before, "\"" | "'" | "“" | "‘" | ":" | "–" | "—" | "--" | "•" | "*")
    }

    /// Whether a single capitalised word at the beginning of a clause is a name: it is one elsewhere in the article, it
    /// is an acronym, or it does not look like the plural or the -ing form that such sentences often begin with.
    fn is_name_alone(&self, tokens: TokenRange) -> bool {
        let word = self.compound_text(tokens);
        let folded = folded_of(self.analysis, tokens);
        let common = ["s", "ing", "ed", "ly", "ion", "ment", "ence", "ance"];
        self.known_names.contains(folded)
            || (word.len() > 1 && !word.contains(char::is_lowercase))
            || !common.iter().any(|end| folded.ends_with(end))
    }
}

/// Whether a word begins as a name does: with a capital, or with an Arabic article before one (`al-Assad`).
fn starts_upper(word: &str) -> bool {
    let mut characters = word.chars();
    if characters.next().is_some_and(char::is_uppercase) {
        return true;
    }
    let after_article =
        word.split_once(['-', '\'', '’']).filter(|(article, _)| is_particle(article));
    after_article.is_some_and(|(_, name)| name.chars().next().is_some_and(char::is_uppercase))
}

/// `U.S.-led`, `Tripoli-based`: an adjective made of a name.
fn is_adjective(word: &str) -> bool {
    let made_of_name = ["led", "held", "born", "run", "style", "era", "wide", "bound", "made"];
    word.rsplit_once('-')
        .is_some_and(|(_, last)| last.ends_with("ed") || made_of_name.contains(&last))
}

/// Lower-case words inside names of persons.
fn is_particle(word: &str) -> bool {
    matches!(
        word,
        "de" | "da"
            | "das"
            | "dos"
            | "del"
            | "della"
            | "di"
            | "du"
            | "la"
            | "le"
            | "van"
            | "von"
            | "der"
            | "den"
            | "ter"
            | "bin"
            | "ibn"
            | "bint"
            | "ben"
            | "abu"
            | "al"
            | "el"
            | "ul"
            | "ur"
            | "an"
            | "ar"
            | "as"
            | "ash"
            | "at"
            | "az"
            | "y"
            | "e"
            | "d"
            | "l"
    )
}

/// Whether a token is the possessive `'s` or the bare apostrophe of a plural.
pub(super) fn is_possessive(word: &str) -> bool {
    let mut characters = word.chars();
    characters.next().is_some_and(is_apostrophe) && matches!(characters.as_str(), "" | "s" | "S")
}
