//! Morphological features of English words, derived from tags, forms and arcs: nothing of them is stored or predicted.
//!
//! Only what later stages ask for, and only where form and tree leave no doubt: a feature that is not derived is none,
//! which is not "no". The labels are those of Universal Dependencies (`u/feat`) as the English treebanks of release 2.16
//! use them: a verb in the past has the number and person of its subject, a participle without auxiliary that stands
//! beside a noun is passive.

use super::{Analysis, Relation, Tag, TokenIx, Upos, Xpos};

/// `Number`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// `Sing`
    Singular,
    /// `Plur`
    Plural,
}

/// `Person`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Person {
    /// `1`
    First,
    /// `2`
    Second,
    /// `3`
    Third,
}

/// `Tense`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tense {
    /// `Past`
    Past,
    /// `Pres`
    Present,
}

/// `VerbForm`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerbForm {
    /// `Fin`
    Finite,
    /// `Inf`
    Infinitive,
    /// `Part`
    Participle,
    /// `Ger`
    Gerund,
}

/// `Mood`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// `Ind`
    Indicative,
    /// `Imp`
    Imperative,
}

/// `Degree`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Degree {
    /// `Pos`
    Positive,
    /// `Cmp`
    Comparative,
    /// `Sup`
    Superlative,
}

/// `Voice`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// `Pass`
    Passive,
}

/// The features of one word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// Degree of an adjective or adverb.
    pub degree: Option<Degree>,
    /// Mood of a finite verb.
    pub mood: Option<Mood>,
    /// Number of a noun, pronoun or finite verb.
    pub number: Option<Number>,
    /// Person of a pronoun or finite verb.
    pub person: Option<Person>,
    /// Tense of a finite verb or participle.
    pub tense: Option<Tense>,
    /// Form of a verb.
    pub form: Option<VerbForm>,
    /// Voice of a participle.
    pub voice: Option<Voice>,
}

impl Features {
    /// The features as a treebank writes them, with their values: sorted by name.
    pub fn named(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let degree = self.degree.map(|degree| match degree {
            Degree::Positive => "Pos",
            Degree::Comparative => "Cmp",
            Degree::Superlative => "Sup",
        });
        let mood = self.mood.map(|mood| match mood {
            Mood::Indicative => "Ind",
            Mood::Imperative => "Imp",
        });
        let number = self.number.map(|number| match number {
            Number::Singular => "Sing",
            Number::Plural => "Plur",
        });
        let person = self.person.map(|person| match person {
            Person::First => "1",
            Person::Second => "2",
            Person::Third => "3",
        });
        let tense = self.tense.map(|tense| match tense {
            Tense::Past => "Past",
            Tense::Present => "Pres",
        });
        let form = self.form.map(|form| match form {
            VerbForm::Finite => "Fin",
            VerbForm::Infinitive => "Inf",
            VerbForm::Participle => "Part",
            VerbForm::Gerund => "Ger",
        });
        let voice = self.voice.map(|voice| match voice {
            Voice::Passive => "Pass",
        });
        let names = ["Degree", "Mood", "Number", "Person", "Tense", "VerbForm", "Voice"];
        let values = [degree, mood, number, person, tense, form, voice];
        names.into_iter().zip(values).filter_map(|(name, value)| Some((name, value?)))
    }
}

impl Analysis {
    /// The features of a token whose tags and arcs are known.
    pub fn features(&self, token: TokenIx) -> Features {
        let Some(tag) = self.tags.get(token.at()).copied() else { return Features::default() };
        let of_tag = of_tag(tag, self.folded(token));
        match tag.xpos {
            Xpos::VerbPresent | Xpos::VerbPast => {
                let (number, person) = self.agreement(token, tag.xpos);
                Features { number, person, ..of_tag }
            }
            Xpos::VerbBase => self.of_base(token),
            Xpos::PastParticiple if tag.upos == Upos::Verb && self.is_passive(token) => {
                Features { voice: Some(Voice::Passive), ..of_tag }
            }
            Xpos::Gerund if [Upos::Verb, Upos::Aux].contains(&tag.upos) => self.of_gerund(token),
            _ => of_tag,
        }
    }

    fn relation_of(&self, token: TokenIx) -> Option<Relation> {
        self.arcs.get(token.at()).map(|arc| arc.relation)
    }

    fn head_of(&self, token: TokenIx) -> Option<TokenIx> {
        self.arcs.get(token.at()).and_then(|arc| arc.head)
    }

    fn xpos_of(&self, token: TokenIx) -> Option<Xpos> {
        self.tags.get(token.at()).map(|tag| tag.xpos)
    }

    /// The tokens that depend on a token.
    fn dependents(&self, token: TokenIx) -> impl Iterator<Item = TokenIx> + '_ {
        let sentence = self.sentence_of(token).and_then(|at| self.sentences.get(at.at()));
        let range = sentence.map_or(0..0, |sentence| sentence.tokens.range());
        range.map(|at| TokenIx(at as u32)).filter(move |at| self.head_of(*at) == Some(token))
    }

    fn has_dependent(&self, token: TokenIx, relations: &[Relation]) -> bool {
        self.dependents(token)
            .any(|at| self.relation_of(at).is_some_and(|relation| relations.contains(&relation)))
    }

    /// The verb whose auxiliary, copula or conjunct a token is, else itself: where its subject stands.
    fn clause(&self, token: TokenIx) -> TokenIx {
        match (self.relation_of(token), self.head_of(token)) {
            (Some(Relation::Aux | Relation::AuxPass | Relation::Cop), Some(head)) => head,
            _ => token,
        }
    }

    /// The subject of a verb, of the verb before it where it is a conjunct without one.
    fn subject(&self, token: TokenIx) -> Option<TokenIx> {
        let mut clause = self.clause(token);
        loop {
            let subjects = [Relation::Nsubj, Relation::NsubjPass, Relation::NsubjOuter];
            let found = self
                .dependents(clause)
                .find(|at| self.relation_of(*at).is_some_and(|r| subjects.contains(&r)));
            if found.is_some() || self.relation_of(clause) != Some(Relation::Conj) {
                return found;
            }
            // Heads form a tree, so this ends at a root.
            clause = self.head_of(clause)?;
        }
    }

    /// Number and person of a finite verb.
    fn agreement(&self, verb: TokenIx, xpos: Xpos) -> (Option<Number>, Option<Person>) {
        let Some(mut subject) = self.subject(verb) else { return (None, None) };
        let is_relative =
            |at| matches!(self.xpos_of(at), Some(Xpos::WhDeterminer | Xpos::WhPronoun));
        let clause = self.clause(verb);
        if is_relative(subject) && self.relation_of(clause) == Some(Relation::AclRelcl) {
            subject = self.head_of(clause).unwrap_or(subject);
        }
        if let Some((number, person)) = pronoun(self.folded(subject)) {
            // `you` is counted as one where a verb agrees with it.
            let number = number.or(Some(Number::Singular));
            return if self.is_joined(subject) {
                (Some(Number::Plural), Some(person))
            } else {
                (number, Some(person))
            };
        }
        let number = match self.folded(verb) {
            "was" | "'s" => Some(Number::Singular),
            "were" => Some(Number::Plural),
            _ if xpos == Xpos::VerbPresent || self.is_joined(subject) => Some(Number::Plural),
            _ => match self.xpos_of(subject) {
                Some(Xpos::NounPlural | Xpos::ProperNounPlural) => Some(Number::Plural),
                Some(Xpos::Noun | Xpos::ProperNoun | Xpos::Gerund) => Some(Number::Singular),
                Some(Xpos::Determiner) => demonstrative(self.folded(subject)),
                _ => None,
            },
        };
        (number, number.map(|_| Person::Third))
    }

    /// Whether `and` joins a word with others.
    fn is_joined(&self, token: TokenIx) -> bool {
        let others =
            self.dependents(token).filter(|at| self.relation_of(*at) == Some(Relation::Conj));
        others.into_iter().any(|other| {
            self.dependents(other)
                .any(|at| self.relation_of(at) == Some(Relation::Cc) && self.folded(at) == "and")
        })
    }

    /// Infinitive or imperative.
    fn of_base(&self, verb: TokenIx) -> Features {
        let infinitive = Features { form: Some(VerbForm::Infinitive), ..Features::default() };
        let imperative = Features {
            form: Some(VerbForm::Finite),
            mood: Some(Mood::Imperative),
            ..Features::default()
        };
        let mut clause = self.clause(verb);
        loop {
            let dependents = [
                Relation::Aux,
                Relation::Mark,
                Relation::Nsubj,
                Relation::NsubjPass,
                Relation::Expl,
            ];
            let bound = self.dependents(clause).any(|at| {
                at != verb
                    && self.relation_of(at).is_some_and(|relation| dependents.contains(&relation))
                    && !(self.xpos_of(at) == Some(Xpos::VerbBase) && self.lemma(at) == "do")
            });
            if bound {
                return infinitive;
            }
            match self.relation_of(clause) {
                Some(Relation::Root | Relation::Parataxis) => return imperative,
                Some(Relation::Conj) => match self.head_of(clause) {
                    Some(head) if self.xpos_of(head) == Some(Xpos::VerbBase) => clause = head,
                    _ => return infinitive,
                },
                _ => return infinitive,
            }
        }
    }

    /// Whether a participle is passive.
    fn is_passive(&self, participle: TokenIx) -> bool {
        let mut at = participle;
        loop {
            let passive = [Relation::AuxPass, Relation::NsubjPass, Relation::CsubjPass];
            if self.has_dependent(at, &passive) {
                return true;
            }
            if self.has_dependent(at, &[Relation::Aux]) {
                return false;
            }
            match self.relation_of(at) {
                // Without auxiliary at the root: a headline (`Two killed in blast`).
                Some(
                    Relation::Amod
                    | Relation::Acl
                    | Relation::Advcl
                    | Relation::Xcomp
                    | Relation::Root,
                ) => return true,
                Some(Relation::Conj) => match self.head_of(at) {
                    Some(head) if self.xpos_of(head) == Some(Xpos::PastParticiple) => at = head,
                    _ => return true,
                },
                _ => return false,
            }
        }
    }

    /// Present participle or gerund.
    fn of_gerund(&self, verb: TokenIx) -> Features {
        let gerund = Features { form: Some(VerbForm::Gerund), ..Features::default() };
        let participle = Features {
            form: Some(VerbForm::Participle),
            tense: Some(Tense::Present),
            ..Features::default()
        };
        let mut at = self.clause(verb);
        loop {
            let is_progressive = self.dependents(at).any(|other| {
                other != verb
                    && self.relation_of(other) == Some(Relation::Aux)
                    && self.lemma(other) == "be"
            });
            if is_progressive {
                return participle;
            }
            match self.relation_of(at) {
                Some(
                    Relation::Acl
                    | Relation::Amod
                    | Relation::Xcomp
                    | Relation::Csubj
                    | Relation::CsubjPass
                    | Relation::CsubjOuter
                    | Relation::Ccomp
                    | Relation::Obj
                    | Relation::Obl
                    | Relation::Nsubj
                    | Relation::Nmod
                    | Relation::Compound
                    | Relation::Appos,
                ) => return gerund,
                Some(Relation::Conj) => match self.head_of(at) {
                    Some(head) if self.xpos_of(head) == Some(Xpos::Gerund) => at = head,
                    _ => return participle,
                },
                _ => return participle,
            }
        }
    }
}

/// What the tags and the form alone tell.
fn of_tag(tag: Tag, form: &str) -> Features {
    let none = Features::default();
    let number = |number| Features { number: Some(number), ..none };
    let degree = |degree| Features { degree: Some(degree), ..none };
    let past = Some(Tense::Past);
    match tag.xpos {
        Xpos::Noun | Xpos::ProperNoun if tag.upos == Upos::Adj => degree(Degree::Positive),
        Xpos::Noun | Xpos::ProperNoun
            if [Upos::Noun, Upos::Propn, Upos::Pron].contains(&tag.upos) =>
        {
            number(Number::Singular)
        }
        Xpos::NounPlural | Xpos::ProperNounPlural
            if [Upos::Noun, Upos::Propn, Upos::Pron].contains(&tag.upos) =>
        {
            number(Number::Plural)
        }
        Xpos::Determiner => Features { number: demonstrative(form), ..none },
        Xpos::Pronoun | Xpos::PronounPossessive => pronoun(form)
            .map_or(none, |(number, person)| Features { number, person: Some(person), ..none }),
        Xpos::Adjective => degree(Degree::Positive),
        Xpos::AdjectiveComparative | Xpos::AdverbComparative => degree(Degree::Comparative),
        Xpos::AdjectiveSuperlative | Xpos::AdverbSuperlative => degree(Degree::Superlative),
        Xpos::Modal => Features { form: Some(VerbForm::Finite), ..none },
        Xpos::VerbThirdPerson => Features {
            number: Some(Number::Singular),
            person: Some(Person::Third),
            ..finite(Tense::Present)
        },
        Xpos::VerbPresent => finite(Tense::Present),
        Xpos::VerbPast => finite(Tense::Past),
        Xpos::PastParticiple if [Upos::Verb, Upos::Aux].contains(&tag.upos) => {
            Features { form: Some(VerbForm::Participle), tense: past, ..none }
        }
        _ => none,
    }
}

fn finite(tense: Tense) -> Features {
    Features {
        form: Some(VerbForm::Finite),
        mood: Some(Mood::Indicative),
        tense: Some(tense),
        ..Features::default()
    }
}

fn demonstrative(form: &str) -> Option<Number> {
    match form {
        "this" | "that" => Some(Number::Singular),
        "these" | "those" => Some(Number::Plural),
        _ => None,
    }
}

/// Number and person of a personal or possessive pronoun: a closed class, so no table of the pack.
fn pronoun(form: &str) -> Option<(Option<Number>, Person)> {
    let (singular, plural) = (Some(Number::Singular), Some(Number::Plural));
    match form {
        "i" | "me" | "my" | "mine" | "myself" => Some((singular, Person::First)),
        "we" | "us" | "our" | "ours" | "ourselves" => Some((plural, Person::First)),
        "you" | "your" | "yours" => Some((None, Person::Second)),
        "yourself" => Some((singular, Person::Second)),
        "yourselves" => Some((plural, Person::Second)),
        "he" | "him" | "his" | "himself" | "she" | "her" | "hers" | "herself" | "it" | "its"
        | "itself" => Some((singular, Person::Third)),
        "they" | "them" | "their" | "theirs" | "themselves" => Some((plural, Person::Third)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Arc, Score, Sentence, Span, Token, TokenKind, TokenRange};

    /// A sentence out of `form/UPOS/XPOS/head/relation`, heads counted from 1.
    fn analysis(words: &str) -> Analysis {
        let mut analysis =
            Analysis { folded: " ".into(), lemma_starts: vec![0], ..Analysis::default() };
        let score = Score::from_thousandths(1000);
        for word in words.split(' ') {
            let cells: Vec<&str> = word.split('/').collect();
            let [form, upos, xpos, head, relation] = cells[..] else { panic!("{word}") };
            let span = Span::new(0, 1);
            analysis.tokens.push(Token { span, kind: TokenKind::Word });
            analysis.folded_starts.push(analysis.folded.len() as u32);
            analysis.folded.push_str(&format!("{form} "));
            let upos = Upos::named(upos).unwrap();
            analysis.tags.push(Tag { upos, xpos: Xpos::named(xpos).unwrap() });
            let head = head.parse::<u32>().unwrap().checked_sub(1).map(TokenIx);
            let relation = Relation::named(relation).unwrap();
            analysis.arcs.push(Arc { head, relation, head_score: score, relation_score: score });
            analysis.lemmas.push_str(if ["was", "is", "are"].contains(&form) {
                "be"
            } else {
                form
            });
            analysis.lemma_starts.push(analysis.lemmas.len() as u32);
        }
        analysis.folded_starts.push(analysis.folded.len() as u32);
        let end = TokenIx(analysis.tokens.len() as u32);
        let tokens = TokenRange { start: TokenIx(0), end };
        analysis.sentences = vec![Sentence { span: Span::new(0, 1), tokens, headline: false }];
        analysis
    }

    #[track_caller]
    fn check(words: &str, at: u32, expected: &str) {
        let features = analysis(words).features(TokenIx(at));
        let named: Vec<String> =
            features.named().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(named.join("|"), expected, "{words}");
    }

    #[test]
    fn a_finite_verb_agrees_with_its_subject() {
        let fled = "they/PRON/PRP/2/nsubj fled/VERB/VBD/0/root";
        check(fled, 1, "Mood=Ind|Number=Plur|Person=3|Tense=Past|VerbForm=Fin");
        let was = "he/PRON/PRP/3/nsubj was/AUX/VBD/3/aux:pass shot/VERB/VBN/0/root";
        check(was, 1, "Mood=Ind|Number=Sing|Person=3|Tense=Past|VerbForm=Fin");
        check(was, 2, "Tense=Past|VerbForm=Part|Voice=Pass");
        let pair =
            "iran/PROPN/NNP/4/nsubj and/CCONJ/CC/3/cc oman/PROPN/NNP/1/conj met/VERB/VBD/0/root";
        check(pair, 3, "Mood=Ind|Number=Plur|Person=3|Tense=Past|VerbForm=Fin");
        check("met/VERB/VBD/0/root", 0, "Mood=Ind|Tense=Past|VerbForm=Fin");
    }

    #[test]
    fn infinitives_imperatives_participles_gerunds() {
        check("stop/VERB/VB/0/root", 0, "Mood=Imp|VerbForm=Fin");
        check("to/PART/TO/2/mark go/VERB/VB/0/root", 1, "VerbForm=Inf");
        check("will/AUX/MD/2/aux go/VERB/VB/0/root", 1, "VerbForm=Inf");
        let is = "is/AUX/VBZ/2/aux going/VERB/VBG/0/root";
        check(is, 1, "Tense=Pres|VerbForm=Part");
        check("rising/VERB/VBG/2/amod seas/NOUN/NNS/0/root", 0, "VerbForm=Ger");
        let has = "has/AUX/VBZ/2/aux gone/VERB/VBN/0/root";
        check(has, 1, "Tense=Past|VerbForm=Part");
        check(
            "injured/VERB/VBN/2/amod men/NOUN/NNS/0/root",
            0,
            "Tense=Past|VerbForm=Part|Voice=Pass",
        );
    }

    #[test]
    fn nouns_pronouns_adjectives() {
        check("seas/NOUN/NNS/0/root", 0, "Number=Plur");
        check("you/PRON/PRP/0/root", 0, "Person=2");
        check("worst/ADJ/JJS/0/root", 0, "Degree=Sup");
        check("those/DET/DT/0/root", 0, "Number=Plur");
        check(",/PUNCT/,/0/root", 0, "");
        assert_eq!(Analysis::default().features(TokenIx(3)), Features::default());
    }
}
