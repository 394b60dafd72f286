//! The baseline coder: who takes part in what a trigger tells, by distance and a few prepositions.
//!
//! A window rule without any tree. Verb: the mention before is the source, the mention after the target; a passive
//! swaps them. Noun: `by` and possessives give the source, `of`, `on`, `against` the target, else the subject of the
//! verb before it. It is honest about what it cannot see: no participant, no event.
//! To be replaced by the event coder over dependency trees; nothing outside this folder may rely on how it decides.

use super::scene::{Scene, is_auxiliary, is_be, is_clause_end, is_filler, is_preposition};
use super::trigger::{Reading, Trigger};
use crate::model::{Mention, MentionKind, PloverType, SentenceIx};
use crate::pack::Parties;

/// How far before a verb its subject may stand, in tokens. Appositions and adverbials lie between; farther away the
/// nearest mention belongs to another clause more often than not.
const SUBJECT_WINDOW: usize = 18;

/// How far after a trigger a participant may stand. Objects are near; beyond that it is another phrase.
const OBJECT_WINDOW: usize = 10;

/// A trigger with those who take part, as places in the list of mentions.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) trigger: Trigger,
    pub(super) kind: PloverType,
    pub(super) actors: Vec<usize>,
    pub(super) recipients: Vec<usize>,
}

/// The candidates of one sentence that have the participants their type asks for.
pub(super) fn candidates(scene: &Scene<'_>, triggers: &[Trigger]) -> Vec<Candidate> {
    let mut found = Vec::new();
    let mut last_subject = None;
    for trigger in triggers {
        let site = Site { scene, trigger, last_subject };
        let mutual = scene.setup.pack.frames.row(trigger.row_ix).parties == Parties::Mutual;
        let (mut actors, mut recipients) = match trigger.reading {
            Reading::Active => {
                let subject = site.subject();
                last_subject = subject.or(last_subject);
                (site.chain(subject), site.chain(site.object(mutual)))
            }
            Reading::Passive => {
                let subject = site.subject();
                last_subject = subject.or(last_subject);
                (site.chain(site.agent_by()), site.chain(subject))
            }
            Reading::Noun => site.noun_parties(mutual),
        };
        if mutual {
            actors.append(&mut recipients);
        }
        actors.sort_unstable();
        actors.dedup();
        recipients.retain(|mention| !actors.contains(mention));
        recipients.sort_unstable();
        recipients.dedup();
        let candidate = Candidate { trigger: *trigger, kind: trigger.kind, actors, recipients };
        if is_complete(scene, &candidate) {
            found.push(candidate);
        }
    }
    found
}

/// Whether the parties that a type needs are there. Violence, force and protest are told without their actor so often
/// that the one who suffers is enough.
fn is_complete(scene: &Scene<'_>, candidate: &Candidate) -> bool {
    if candidate.recipients.is_empty()
        && scene.setup.pack.ontology.requires_recipient(candidate.kind)
    {
        return false;
    }
    if !candidate.actors.is_empty() {
        return true;
    }
    if candidate.recipients.is_empty() {
        return false;
    }
    match candidate.kind {
        PloverType::Assault => true,
        PloverType::Protest | PloverType::Coerce | PloverType::Sanction | PloverType::Accuse => {
            candidate.trigger.reading != Reading::Active
        }
        PloverType::Agree
        | PloverType::Consult
        | PloverType::Support
        | PloverType::Concede
        | PloverType::Cooperate
        | PloverType::Aid
        | PloverType::Retreat
        | PloverType::Request
        | PloverType::Reject
        | PloverType::Threaten
        | PloverType::Mobilize => false,
    }
}

/// A trigger in its sentence.
struct Site<'a> {
    scene: &'a Scene<'a>,
    trigger: &'a Trigger,
    /// The subject of the verb before, which a coordinated verb shares.
    last_subject: Option<usize>,
}

impl Site<'_> {
    fn sentence(&self) -> SentenceIx {
        self.trigger.sentence
    }

    /// The mention that a verb trigger is said of.
    fn subject(&self) -> Option<usize> {
        let start = self.trigger.tokens.start.at();
        let before = self.scene.word_before(start, 1, self.sentence());
        let shares_subject = matches!(before, "and" | "but" | "," | "then")
            || (before == "also" && self.scene.word_before(start, 2, self.sentence()) == "and");
        if shares_subject && self.last_subject.is_some() {
            return self.last_subject;
        }
        self.subject_before(start)
    }

    /// The nearest mention before `end` that no preposition governs, else the nearest.
    fn subject_before(&self, end: usize) -> Option<usize> {
        let mut governed = None;
        for at in self.scene.mentions_of(self.sentence()).rev() {
            let Some(mention) = self.scene.mention(at) else { continue };
            if mention.tokens.end.at() > end {
                continue;
            }
            if end - mention.tokens.end.at() > SUBJECT_WINDOW
                || self.has_hard_stop(mention.tokens.end.at(), end)
            {
                break;
            }
            if self.scene.is_place(at) || self.is_possessor(mention) {
                continue;
            }
            let next = self.scene.word(mention.tokens.end.at());
            let relative = matches!(next, "who" | "that" | "which");
            // `after Hamas attacked`: what looks like a preposition begins a clause.
            let beside = (mention.tokens.end.at()..end)
                .all(|at| is_auxiliary(self.scene.word(at)) || is_be(self.scene.word(at)));
            let governor = self.scene.governor(mention);
            let opens_clause = beside && matches!(governor, "after" | "before" | "as" | "since");
            if relative || opens_clause || !is_preposition(governor) {
                return Some(at);
            }
            governed = governed.or(Some(at));
        }
        governed
    }

    fn has_hard_stop(&self, from: usize, to: usize) -> bool {
        (from..to).any(|at| matches!(self.scene.word(at), ";" | ":"))
    }

    /// `Iran` in `Iran's talks`: takes part in the noun, not in the verb.
    fn is_possessor(&self, mention: &Mention) -> bool {
        matches!(self.scene.word(mention.tokens.end.at()), "'s" | "'")
            || (mention.kind == MentionKind::Demonym
                && !self.scene.analysis.folded(mention.head).ends_with('s')
                && !self
                    .scene
                    .is_determiner(self.scene.word(mention.tokens.start.at().wrapping_sub(1))))
    }

    /// The nearest mention after the trigger in its clause. Of what takes two, only who stands right after the verb or
    /// after `with` is a party: `agree to exchange prisoners` is not agreed with the prisoners.
    fn object(&self, mutual: bool) -> Option<usize> {
        let start = self.trigger.tokens.end.at();
        self.mentions_after(start).find(|at| {
            let Some(mention) = self.scene.mention(*at) else { return false };
            let governor = self.scene.governor(mention);
            let beside = (start..mention.tokens.start.at()).all(|at| self.is_light(at));
            let party = !mutual || governor == "with" || beside;
            governor != "by" && party && !self.scene.is_place(*at)
        })
    }

    /// Whether a token says nothing about the role of the noun after it: a determiner or a number.
    fn is_light(&self, at: usize) -> bool {
        let word = self.scene.word(at);
        self.scene.is_determiner(word) || is_filler(word)
    }

    /// Mentions after a place, up to the end of its clause and of the window.
    fn mentions_after(&self, start: usize) -> impl Iterator<Item = usize> {
        let sentence_end = self.scene.sentence_tokens(self.sentence()).end;
        let window_end = sentence_end.min(start + OBJECT_WINDOW);
        let clause_end = (start..window_end)
            .find(|at| is_clause_end(self.scene.word(*at)) || self.scene.word(*at) == ",")
            .unwrap_or(window_end);
        self.scene.mentions_of(self.sentence()).filter(move |at| {
            self.scene.mention(*at).is_some_and(|mention| {
                (start..clause_end.max(start)).contains(&mention.tokens.start.at())
            })
        })
    }

    /// The mention after `by`.
    fn agent_by(&self) -> Option<usize> {
        self.mentions_after(self.trigger.tokens.end.at())
            .find(|at| self.scene.mention(*at).is_some_and(|m| self.scene.governor(m) == "by"))
    }

    /// A mention with those that `and` and commas join to it: `X and Y`, `X, Y and Z`.
    fn chain(&self, mention: Option<usize>) -> Vec<usize> {
        let Some(middle) = mention else { return Vec::new() };
        let mut chain = vec![middle];
        let (mut first, mut last) = (middle, middle);
        let mut commas_before = Vec::new();
        while let Some(before) = first.checked_sub(1) {
            match self.joint(before, first) {
                Joint::And => {
                    chain.append(&mut commas_before);
                    chain.push(before);
                }
                Joint::Comma if chain.len() > 1 => chain.push(before),
                Joint::Comma | Joint::None => break,
            }
            first = before;
        }
        let mut waiting = Vec::new();
        loop {
            let next = last + 1;
            match self.joint(last, next) {
                Joint::And => {
                    chain.append(&mut waiting);
                    chain.push(next);
                }
                Joint::Comma => waiting.push(next),
                Joint::None => return chain,
            }
            last = next;
        }
    }

    /// What joins two mentions that follow each other.
    fn joint(&self, left: usize, right: usize) -> Joint {
        let (Some(left), Some(right)) = (self.scene.mention(left), self.scene.mention(right))
        else {
            return Joint::None;
        };
        let (from, to) = (left.tokens.end.at(), right.tokens.start.at());
        if left.sentence != right.sentence || to <= from || to - from > 4 || self.crosses(from, to)
        {
            return Joint::None;
        }
        let mut joint = Joint::None;
        for at in from..to {
            let word = self.scene.word(at);
            joint = match (word, joint) {
                ("and" | "&" | "or", Joint::None | Joint::Comma) => Joint::And,
                (",", Joint::None) => Joint::Comma,
                (_, joint) if self.is_light(at) => joint,
                (_, _) => return Joint::None,
            };
        }
        joint
    }

    /// Whether the trigger stands between.
    fn crosses(&self, from: usize, to: usize) -> bool {
        let trigger = self.trigger.tokens.start.at();
        from <= trigger && trigger < to
    }
}

/// What stands between two mentions of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Joint {
    And,
    Comma,
    None,
}

/// Actors and recipients.
type Roles = (Vec<usize>, Vec<usize>);

impl Site<'_> {
    fn noun_parties(&self, mutual: bool) -> Roles {
        let (mut actors, mut recipients) = self.parties_after(mutual);
        let subject = self.subject_of_noun();
        if let Some(possessor) = self.possessor() {
            if self.suffers(possessor) {
                recipients.extend(self.chain(Some(possessor)));
            } else if !(subject.is_some() && self.is_indefinite(possessor)) {
                actors.extend(self.chain(Some(possessor)));
            }
        }
        if actors.is_empty() || mutual {
            actors.extend(self.chain(subject));
        }
        (actors, recipients)
    }

    /// What the prepositions after a noun give.
    fn parties_after(&self, mutual: bool) -> Roles {
        let mut roles = Roles::default();
        for at in self.mentions_after(self.trigger.tokens.end.at()) {
            let Some(mention) = self.scene.mention(at) else { continue };
            let actor = match self.scene.governor(mention) {
                "by" | "from" => true,
                "between" => mutual,
                "of" => self.of_gives_actor(),
                "against" | "on" | "upon" | "to" | "with" | "for" | "toward" | "towards" => false,
                _ => continue,
            };
            let side = if actor || mutual { &mut roles.0 } else { &mut roles.1 };
            if side.is_empty() {
                *side = self.chain(Some(at));
            }
        }
        roles
    }

    /// `withdrawal of troops`, `deployment of police`: those who move are the actors. `killing of`, `arrest of`: no.
    fn of_gives_actor(&self) -> bool {
        match self.trigger.kind {
            PloverType::Retreat | PloverType::Mobilize | PloverType::Protest => true,
            PloverType::Agree
            | PloverType::Consult
            | PloverType::Support
            | PloverType::Concede
            | PloverType::Cooperate
            | PloverType::Aid
            | PloverType::Request
            | PloverType::Accuse
            | PloverType::Reject
            | PloverType::Threaten
            | PloverType::Sanction
            | PloverType::Coerce
            | PloverType::Assault => false,
        }
    }

    /// The mention right before a noun: `Israel's raid`, `Turkish air strikes`, `police raid`, `NATO strikes`.
    fn possessor(&self) -> Option<usize> {
        let start = self.trigger.tokens.start.at();
        for words_between in 0..=3 {
            let end = start.checked_sub(words_between)?;
            if let Some(at) = self.scene.mention_ending(end, self.sentence()) {
                let mention = self.scene.mention(at)?;
                let marked = self.is_possessor(mention);
                let compound = words_between == 0 && self.scene.is_resolved(at);
                return ((marked || compound) && !self.scene.is_place(at)).then_some(at);
            }
            let word = self.scene.word_before(end, 1, self.sentence());
            let modifier =
                word.chars().all(|c| c.is_alphabetic() || c == '-') && !is_preposition(word);
            if word.is_empty() || !(modifier || matches!(word, "'s" | "'")) || word == "and" {
                return None;
            }
        }
        None
    }

    /// `an artillery attack`: says what kind of attack it is, not whose.
    fn is_indefinite(&self, possessor: usize) -> bool {
        self.scene.mention(possessor).is_some_and(|mention| {
            mention.kind == MentionKind::Agent
                && matches!(self.scene.word_before_mention(mention), "a" | "an")
        })
    }

    /// `Doe's arrest`: the possessor of what the state does to a person is that person.
    fn suffers(&self, possessor: usize) -> bool {
        let person = !self.scene.is_resolved(possessor)
            && self.scene.mention(possessor).is_some_and(|m| m.kind == MentionKind::Name);
        person && matches!(self.trigger.kind, PloverType::Coerce | PloverType::Sanction)
    }

    /// The subject of the verb whose object the noun is (`Turkey launches a raid`, `the leaders hold talks`).
    fn subject_of_noun(&self) -> Option<usize> {
        let start = self.trigger.tokens.start.at();
        for back in 1..=4 {
            let word = self.scene.word_before(start, back, self.sentence());
            if word.is_empty() {
                break;
            }
            if is_preposition(word) || is_clause_end(word) || word == "," {
                return None;
            }
            if self.scene.is_determiner(word) {
                let verb = self.scene.word_before(start, back + 1, self.sentence());
                let governed = verb.is_empty() || is_preposition(verb) || is_clause_end(verb);
                return if governed { None } else { self.subject_before(start - back) };
            }
        }
        self.subject_before(start)
    }
}
