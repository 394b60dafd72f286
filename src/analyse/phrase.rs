//! Joins the units of a sentence into noun phrases, part of the baseline that finds mentions.
//!
//! Two passes: neighbours (`North Korean` `troops`, `Iran` 's `army`, `president` of `Guatemala`), then appositions
//! between commas (`the president of Guatemala, Jane Doe,`). A list is never joined. The head is the last part that is
//! no complement of an earlier one.

use super::mention::{Finder, Unit, UnitKind, is_possessive};
use crate::model::{Mention, Sentence, SentenceIx, Span, TokenIx, TokenKind, TokenRange};

/// Adds the mentions that the units of `sentence` make.
pub(super) fn group(
    finder: &Finder<'_>,
    sentence: &Sentence,
    sentence_ix: SentenceIx,
    units: &[Unit],
    mentions: &mut Vec<Mention>,
) {
    let mut groups: Vec<Group> = Vec::new();
    for unit in units {
        match groups.last_mut() {
            Some(last) if finder.joins(last, *unit) => finder.extend(last, *unit),
            Some(_) | None => groups.push(Group::of(*unit)),
        }
    }
    let mut at = 0;
    while let Some(first) = groups.get(at) {
        let second =
            groups.get(at + 1).filter(|second| finder.is_apposition(first, second, sentence));
        let group = second.map_or(*first, |second| first.with_apposition(*second));
        at += 1 + usize::from(second.is_some());
        let span = finder.span(group.tokens);
        let kind = group.head_unit.mention_kind();
        let head = group.head;
        mentions.push(Mention { span, tokens: group.tokens, head, sentence: sentence_ix, kind });
    }
}

/// A noun phrase under way.
#[derive(Clone, Copy)]
struct Group {
    tokens: TokenRange,
    head: TokenIx,
    /// What the head belongs to.
    head_unit: UnitKind,
    /// The last unit, be it head or complement.
    last_unit: UnitKind,
    /// Whether a complement (`of Guatemala`) has closed the phrase to further modifiers.
    complemented: bool,
    /// Whether all units are names.
    bare_name: bool,
}

impl Group {
    fn of(unit: Unit) -> Self {
        Group {
            tokens: unit.tokens,
            head: TokenIx(unit.tokens.end.0.saturating_sub(1)),
            head_unit: unit.kind,
            last_unit: unit.kind,
            complemented: false,
            bare_name: unit.kind == UnitKind::Name,
        }
    }

    /// Both phrases as one. A name is the head wherever it stands (`president of Guatemala, Jane Doe`).
    fn with_apposition(self, second: Group) -> Self {
        let tokens = TokenRange { start: self.tokens.start, end: second.tokens.end };
        let head = if second.bare_name { second } else { self };
        Group { tokens, bare_name: false, ..head }
    }
}

/// What stands between two units.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    Nothing,
    Possessive,
    /// One lower-case word (`Turkish` riot `police`), with or without a possessive before it.
    Modifier,
    /// `of`, `of the`, `for`, `for the`
    Of,
    Other,
}

impl Finder<'_> {
    fn span(&self, tokens: TokenRange) -> Span {
        let tokens = self.analysis.tokens_of(tokens);
        match (tokens.first(), tokens.last()) {
            (Some(first), Some(last)) => first.span.cover(last.span),
            (None, _) | (_, None) => Span::new(0, 0),
        }
    }

    fn gap(&self, from: TokenIx, to: TokenIx) -> Gap {
        let (words, count) = self.words_between(from, to);
        let [first, second, _] = words.map(|word| self.compound_text(word));
        let [one, two, _] = words.map(|word| word.start);
        match count {
            0 => Gap::Nothing,
            1 if is_possessive(first) => Gap::Possessive,
            1 if matches!(first, "of" | "for") => Gap::Of,
            1 if self.is_modifier(one) => Gap::Modifier,
            2 if matches!(first, "of" | "for") && second == "the" => Gap::Of,
            2 if is_possessive(first) && self.is_modifier(two) => Gap::Modifier,
            _ => Gap::Other,
        }
    }

    /// The first three words between two places, each with what hyphens join to it, and their number, at most four.
    fn words_between(&self, from: TokenIx, to: TokenIx) -> ([TokenRange; 3], usize) {
        let mut words = [TokenRange { start: to, end: to }; 3];
        let mut count = 0;
        let mut at = from;
        while at < to && count <= words.len() {
            let word = self.compound(at);
            if let Some(place) = words.get_mut(count) {
                *place = word;
            }
            count += 1;
            at = word.end;
        }
        (words, count)
    }

    /// Whether a word may stand between a demonym and its noun. Forms in -s and -ed are mostly verbs (`Turkish strikes
    /// kill police`).
    fn is_modifier(&self, token: TokenIx) -> bool {
        let word = self.compound_text(self.compound(token));
        let functional = [
            "and", "or", "but", "in", "on", "at", "to", "by", "with", "from", "as", "that", "who",
            "for", "of", "than", "against", "kill", "attack", "accuse", "urge", "warn", "arrest",
            "say", "may", "will", "can", "not",
        ];
        self.analysis.tokens.get(token.at()).is_some_and(|token| token.kind == TokenKind::Word)
            && word.len() > 2
            && word.chars().all(|c| c.is_lowercase() || c == '-')
            && !word.ends_with('s')
            && !word.ends_with("ed")
            && !functional.contains(&word)
            && !self.setup.pack.lexicon.is_determiner(word)
    }

    fn is_modifier_or_adjective(&self, token: TokenIx) -> bool {
        self.is_modifier(token) || self.compound(token).len() > 1
    }

    fn joins(&self, group: &Group, unit: Unit) -> bool {
        use UnitKind::{Agent, Country, Demonym, Name, Organisation};
        let last = group.last_unit;
        match self.gap(group.tokens.end, unit.tokens.start) {
            Gap::Nothing => match (last, unit.kind) {
                (Agent, Country | Demonym | Organisation) => false,
                (Name, Country | Demonym | Organisation) => false,
                (Country, Country | Demonym) => false,
                (Organisation, Country | Demonym) => false,
                // The demonym of a people stands alone (`the Russians`): what follows is no part of it.
                (Demonym, _) => !self.is_plural(group.tokens),
                (Country | Organisation | Agent | Name, Agent | Name) => true,
                (Country | Organisation, Organisation) => true,
            },
            Gap::Possessive => matches!(unit.kind, Agent | Name | Organisation),
            Gap::Modifier => {
                unit.kind == Agent
                    && match last {
                        Demonym => !self.is_plural(group.tokens),
                        Country | Organisation | Name => is_possessive(self.word(group.tokens.end)),
                        Agent => false,
                    }
            }
            Gap::Of => {
                let word = self.word(group.tokens.end);
                matches!(unit.kind, Country | Organisation | Name)
                    && (last == Agent || (word == "of" && matches!(last, Name | Organisation)))
                    && !group.complemented
            }
            Gap::Other => false,
        }
    }

    fn is_plural(&self, tokens: TokenRange) -> bool {
        let last = self.word(TokenIx(tokens.end.0.saturating_sub(1)));
        last.ends_with('s') && !last.ends_with("ss") && tokens.len() == 1
    }

    fn extend(&self, group: &mut Group, unit: Unit) {
        let complement = self.gap(group.tokens.end, unit.tokens.start) == Gap::Of;
        // `Bank of China Tower` keeps its head, `president of Guatemala Jane Doe` does not.
        let part_of_complement = group.complemented && group.head_unit != UnitKind::Agent;
        if !complement && !part_of_complement {
            group.head = TokenIx(unit.tokens.end.0.saturating_sub(1));
            group.head_unit = unit.kind;
        }
        group.bare_name &= unit.kind == UnitKind::Name;
        group.complemented |= complement;
        group.last_unit = unit.kind;
        group.tokens.end = unit.tokens.end;
    }

    /// Whether `second` stands between commas and says who or what `first` is.
    fn is_apposition(&self, first: &Group, second: &Group, sentence: &Sentence) -> bool {
        let comma = first.tokens.end;
        if self.word(comma) != "," || !self.closes_apposition(second.tokens.end, sentence) {
            return false;
        }
        let (words, gap) = self.words_between(TokenIx(comma.0 + 1), second.tokens.start);
        let after_comma = self.analysis.folded(TokenIx(comma.0 + 1));
        // `, an Iran-backed militia,`
        let modified =
            || words.iter().take(gap).skip(1).all(|word| self.is_modifier_or_adjective(word.start));
        let determined = (1..=3).contains(&gap)
            && self.setup.pack.lexicon.is_determiner(after_comma)
            && modified();
        let office = |group: &Group| {
            group.head_unit == UnitKind::Agent && !self.word(group.head).ends_with('s')
        };
        let name_after_office = office(first) && second.bare_name && gap == 0;
        let office_after_name = first.bare_name && office(second) && (gap == 0 || determined);
        name_after_office || office_after_name
    }

    /// A comma that no `and` follows, a closing bracket, or the end of the sentence.
    fn closes_apposition(&self, at: TokenIx, sentence: &Sentence) -> bool {
        if at >= sentence.tokens.end {
            return true;
        }
        let next = self.word(TokenIx(at.0 + 1));
        match self.word(at) {
            "," => !matches!(next, "and" | "or"),
            "." | ")" | ";" => true,
            _ => false,
        }
    }
}
