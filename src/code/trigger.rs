//! Finds the triggers of an article: the longest frame phrases, read as verb or noun, without those that a veto drops.
//!
//! Part of the baseline. One phrase has one row, but English uses one form as verb and noun (`attacks`), so that the
//! reading looks at the neighbours. Null rows win their match and give nothing. Triggers are sorted, do not overlap, and
//! each lies in one sentence.

use super::scene::{
    Scene, is_adverb, is_auxiliary, is_be, is_condition, is_negation, is_preposition, is_refusal,
    is_unreal_modal,
};
use crate::model::{MentionKind, PloverType, SentenceIx, TokenIx, TokenRange};
use crate::pack::{FrameForm, FrameRow};

/// How far back auxiliaries and adverbs are looked through (`has not yet been formally charged`).
const AUXILIARIES_MAX: usize = 5;

/// Words that tell an event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trigger {
    pub(super) tokens: TokenRange,
    pub(super) sentence: SentenceIx,
    pub(super) row_ix: u32,
    pub(super) kind: PloverType,
    pub(super) reading: Reading,
}

/// How a trigger stands in its clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    Active,
    Passive,
    Noun,
}

impl Trigger {
    /// The head token: the verb of a verb phrase, the last word of a noun phrase.
    pub(super) fn head(&self) -> TokenIx {
        match self.reading {
            Reading::Active | Reading::Passive => self.tokens.start,
            Reading::Noun => TokenIx(self.tokens.end.0.saturating_sub(1)),
        }
    }
}

/// The triggers in text order.
pub(super) fn find_triggers(scene: &Scene<'_>) -> Vec<Trigger> {
    let frames = &scene.setup.pack.frames;
    let mut hits = Vec::new();
    frames.phrases.longest(&scene.analysis.folded, &mut hits);
    let mut triggers: Vec<Trigger> = Vec::new();
    let trigger = |hit: &crate::text::PhraseHit<u32>| {
        let row = frames.row(hit.value);
        let kind = row.kind?;
        let tokens = scene.analysis.tokens_at(hit.start, hit.end)?;
        let sentence = scene.analysis.sentence_of(tokens.start)?;
        if scene.sentence_tokens(sentence).end < tokens.end.at() {
            return None;
        }
        let site = Site { scene, tokens, sentence };
        if site.is_in_name() {
            return None;
        }
        let reading = site.reading(row, kind)?;
        Some(Trigger { tokens, sentence, row_ix: hit.value, kind, reading })
    };
    for trigger in hits.iter().filter_map(trigger) {
        if !triggers.last().is_some_and(|last| is_asked_for(scene, last, &trigger)) {
            triggers.push(trigger);
        }
    }
    triggers
}

/// Whether a verb is what an earlier one asks, promises or threatens to do (`urges Sudan to resume talks`): not done.
fn is_asked_for(scene: &Scene<'_>, earlier: &Trigger, trigger: &Trigger) -> bool {
    let speaks = match earlier.kind {
        PloverType::Request | PloverType::Agree | PloverType::Threaten | PloverType::Reject => true,
        PloverType::Consult
        | PloverType::Support
        | PloverType::Concede
        | PloverType::Cooperate
        | PloverType::Aid
        | PloverType::Retreat
        | PloverType::Accuse
        | PloverType::Protest
        | PloverType::Sanction
        | PloverType::Mobilize
        | PloverType::Coerce
        | PloverType::Assault => false,
    };
    speaks
        && earlier.sentence == trigger.sentence
        && trigger.reading != Reading::Noun
        && scene.word_before(trigger.tokens.start.at(), 1, trigger.sentence) == "to"
}

/// A frame phrase in its sentence.
struct Site<'a> {
    scene: &'a Scene<'a>,
    tokens: TokenRange,
    sentence: SentenceIx,
}

/// What stands before a verb.
#[derive(Clone, Copy, Default)]
struct Auxiliaries {
    be: bool,
    have_or_will: bool,
    unreal: bool,
    negated: bool,
}

impl Site<'_> {
    fn before(&self, back: usize) -> &str {
        self.scene.word_before(self.tokens.start.at(), back, self.sentence)
    }

    fn after(&self, forth: usize) -> &str {
        let at = self.tokens.end.at() + forth;
        if at < self.scene.sentence_tokens(self.sentence).end { self.scene.word(at) } else { "" }
    }

    /// Whether the phrase is part of a name (`Battle of Hastings`). A word that is a mention by itself at the beginning
    /// of a sentence is capitalised for its place.
    fn is_in_name(&self) -> bool {
        self.scene.mentions_of(self.sentence).any(|at| {
            self.scene.mention(at).is_some_and(|mention| {
                let overlaps = mention.tokens.start < self.tokens.end
                    && self.tokens.start < mention.tokens.end;
                let at_start =
                    mention.tokens.start.at() == self.scene.sentence_tokens(self.sentence).start;
                overlaps && !(at_start && mention.tokens == self.tokens)
            })
        })
    }

    /// How the phrase is to be read; `None` where a veto drops it.
    fn reading(&self, row: &FrameRow, kind: PloverType) -> Option<Reading> {
        let verb = match row.form {
            FrameForm::Verb => !self.is_noun_here(),
            FrameForm::Noun => self.is_verb_here(),
        };
        if !verb {
            let negated = (1..=3).any(|back| matches!(self.before(back), "no" | "without" | "not"));
            return (!negated && !self.is_hedged_noun()).then_some(Reading::Noun);
        }
        let auxiliaries = self.auxiliaries();
        let modifies_noun = self.is_past() && self.scene.is_determiner(self.before(1));
        if auxiliaries.negated || auxiliaries.unreal || modifies_noun {
            return None;
        }
        let passive = self.is_passive(auxiliaries, kind);
        Some(if passive { Reading::Passive } else { Reading::Active })
    }

    /// `a possible attack`, `an alleged plot`: not a fact.
    fn is_hedged_noun(&self) -> bool {
        (1..=2).any(|back| {
            matches!(self.before(back), "possible" | "potential" | "future" | "hypothetical")
        })
    }

    fn first_word(&self) -> &str {
        self.scene.word(self.tokens.start.at())
    }

    fn is_past(&self) -> bool {
        let word = self.first_word();
        word.ends_with("ed")
            || matches!(
                word,
                "shot"
                    | "struck"
                    | "held"
                    | "slain"
                    | "beaten"
                    | "taken"
                    | "given"
                    | "told"
                    | "sent"
                    | "hit"
                    | "thrown"
                    | "sworn"
                    | "overthrown"
                    | "blown"
                    | "broken"
                    | "brought"
                    | "found"
                    | "forbidden"
                    | "withdrawn"
            )
    }

    /// A verb form that is a noun where it stands (`the attack`, `Turkish strikes`, `after protests`).
    fn is_noun_here(&self) -> bool {
        let (word, before) = (self.first_word(), self.before(1));
        if self.is_past() {
            return false;
        }
        let determined = self.scene.is_determiner(before) || matches!(before, "'s" | "'");
        if word.ends_with("ing") {
            return determined;
        }
        let governed = is_preposition(before) && before != "to";
        determined || governed || self.follows_demonym()
    }

    fn follows_demonym(&self) -> bool {
        let before = self.scene.mention_ending(self.tokens.start.at(), self.sentence);
        before.and_then(|at| self.scene.mention(at)).is_some_and(|mention| {
            mention.kind == MentionKind::Demonym
                && !self.scene.analysis.folded(mention.head).ends_with('s')
        })
    }

    /// A noun form that is a verb where it stands (`Israel attacks Hamas`, `to attack Iran`).
    fn is_verb_here(&self) -> bool {
        if self.tokens.len() > 1 {
            return false;
        }
        let has_object = (0..=3)
            .take_while(|forth| *forth == 0 || self.is_light(self.after(forth - 1)))
            .any(|forth| {
                let at = self.tokens.end.at() + forth;
                self.scene.mention_starting(at, self.sentence).is_some()
            });
        let before = self.before(1);
        let infinitive = before == "to" || is_auxiliary(before) || is_unreal_modal(before);
        let start = self.tokens.start.at();
        let subject =
            self.scene.mention_ending(start, self.sentence).is_some() && !self.follows_demonym();
        has_object && (infinitive || subject)
    }

    fn is_light(&self, word: &str) -> bool {
        self.scene.is_determiner(word) || word.bytes().any(|byte| byte.is_ascii_digit())
    }

    fn auxiliaries(&self) -> Auxiliaries {
        let mut seen = Auxiliaries::default();
        for back in 1..=AUXILIARIES_MAX {
            let word = self.before(back);
            if is_be(word) {
                seen.be = true;
            } else if is_unreal_modal(word) {
                seen.unreal = true;
            } else if is_negation(word) {
                seen.negated = true;
            } else if is_auxiliary(word) {
                seen.have_or_will = true;
            } else if is_refusal(word) && self.before(back - 1) == "to" {
                seen.negated = true;
            } else if !is_adverb(word) {
                let clause_start = self.tokens.start.at() + 1 - back;
                seen.unreal |= self.is_conditional(clause_start);
                break;
            }
        }
        seen
    }

    /// Whether the subject that ends at a place stands after `if` or `whether`.
    fn is_conditional(&self, subject_end: usize) -> bool {
        let subject = self.scene.mention_ending(subject_end, self.sentence);
        let subject = subject.and_then(|at| self.scene.mention(at));
        subject.is_some_and(|mention| is_condition(self.scene.governor(mention)))
    }

    /// A passive has `be` before a past form or `by` after it. The participle of a violent act without either
    /// (`nine people killed in a blast`) is one too where no object can follow.
    fn is_passive(&self, auxiliaries: Auxiliaries, kind: PloverType) -> bool {
        let word = self.first_word();
        if word.ends_with("ing") || (word.ends_with('s') && !self.is_past()) {
            return false;
        }
        if auxiliaries.be {
            return true;
        }
        // A phrase of several words (`imposed sanctions`) holds its object: it is active.
        if !self.is_past() || auxiliaries.have_or_will || self.tokens.len() > 1 {
            return false;
        }
        if self.after(0) == "by" || (is_adverb(self.after(0)) && self.after(1) == "by") {
            return true;
        }
        let suffered = match kind {
            PloverType::Assault | PloverType::Coerce | PloverType::Sanction => true,
            PloverType::Agree
            | PloverType::Consult
            | PloverType::Support
            | PloverType::Concede
            | PloverType::Cooperate
            | PloverType::Aid
            | PloverType::Retreat
            | PloverType::Request
            | PloverType::Accuse
            | PloverType::Reject
            | PloverType::Threaten
            | PloverType::Protest
            | PloverType::Mobilize => false,
        };
        suffered
            && (matches!(self.after(0), "" | "." | "," | "and") || is_preposition(self.after(0)))
    }
}
