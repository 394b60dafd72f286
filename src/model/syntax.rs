//! Labels of words: universal and Penn part-of-speech tags, dependency relations, kinds of names.
//!
//! Closed sets, each label with the name that the treebanks write. An order in these lists is an order of columns in
//! the model file: it may grow at the end only, and a model trained before knows fewer.

/// A closed set of labels: an enum, its list, its names and the way back.
macro_rules! labels {
    ($(#[$doc:meta])* $set:ident { $($(#[$variant_doc:meta])* $variant:ident = $name:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $set {
            $($(#[$variant_doc])* #[doc = "Its name in treebanks is that of [`Self::name`]."] $variant,)+
        }

        impl $set {
            /// Every label, in the order of the model's columns.
            pub const ALL: &'static [$set] = &[$($set::$variant,)+];

            /// The label as treebanks write it.
            pub const fn name(self) -> &'static str {
                match self {
                    $($set::$variant => $name,)+
                }
            }

            /// The label of a name; `None` where there is no such label.
            pub fn named(name: &str) -> Option<$set> {
                match name {
                    $($name => Some($set::$variant),)+
                    _ => None,
                }
            }

            /// The place of the label in [`Self::ALL`].
            pub const fn ix(self) -> usize {
                self as usize
            }

            /// The label at a place of [`Self::ALL`].
            pub fn at(ix: usize) -> Option<$set> {
                Self::ALL.get(ix).copied()
            }
        }
    };
}

labels! {
    /// Universal part-of-speech tag (Universal Dependencies v2, `u/pos`).
    Upos {
        Adj = "ADJ",
        Adp = "ADP",
        Adv = "ADV",
        Aux = "AUX",
        Cconj = "CCONJ",
        Det = "DET",
        Intj = "INTJ",
        Noun = "NOUN",
        Num = "NUM",
        Part = "PART",
        Pron = "PRON",
        Propn = "PROPN",
        Punct = "PUNCT",
        Sconj = "SCONJ",
        Sym = "SYM",
        Verb = "VERB",
        X = "X",
    }
}

labels! {
    /// Penn Treebank tag, as the English treebanks of Universal Dependencies extend it (EWT and GUM documentation).
    Xpos {
        Noun = "NN",
        Preposition = "IN",
        Determiner = "DT",
        ProperNoun = "NNP",
        Adjective = "JJ",
        Pronoun = "PRP",
        Stop = ".",
        Adverb = "RB",
        Comma = ",",
        NounPlural = "NNS",
        VerbBase = "VB",
        Conjunction = "CC",
        VerbPresent = "VBP",
        VerbPast = "VBD",
        VerbThirdPerson = "VBZ",
        Cardinal = "CD",
        PastParticiple = "VBN",
        Gerund = "VBG",
        To = "TO",
        Modal = "MD",
        PronounPossessive = "PRP$",
        Interjection = "UH",
        Colon = ":",
        BracketRight = "-RRB-",
        BracketLeft = "-LRB-",
        WhDeterminer = "WDT",
        WhAdverb = "WRB",
        WhPronoun = "WP",
        Hyphen = "HYPH",
        QuoteOpening = "``",
        QuoteClosing = "''",
        Particle = "RP",
        Possessive = "POS",
        ProperNounPlural = "NNPS",
        AdjectiveComparative = "JJR",
        AdjectiveSuperlative = "JJS",
        Existential = "EX",
        AdverbComparative = "RBR",
        OtherPunctuation = "NFP",
        Address = "ADD",
        Symbol = "SYM",
        Foreign = "FW",
        GoesWith = "GW",
        Currency = "$",
        Predeterminer = "PDT",
        AdverbSuperlative = "RBS",
        ListItem = "LS",
        Affix = "AFX",
        WhPossessive = "WP$",
        Unknown = "XX",
    }
}

labels! {
    /// Dependency relation with its sub-type (Universal Dependencies v2, English guidelines of release 2.16).
    Relation {
        Root = "root",
        Acl = "acl",
        AclRelcl = "acl:relcl",
        Advcl = "advcl",
        AdvclRelcl = "advcl:relcl",
        Advmod = "advmod",
        Amod = "amod",
        Appos = "appos",
        Aux = "aux",
        AuxPass = "aux:pass",
        Case = "case",
        Cc = "cc",
        CcPreconj = "cc:preconj",
        Ccomp = "ccomp",
        Compound = "compound",
        CompoundPrt = "compound:prt",
        Conj = "conj",
        Cop = "cop",
        Csubj = "csubj",
        CsubjOuter = "csubj:outer",
        CsubjPass = "csubj:pass",
        Dep = "dep",
        Det = "det",
        DetPredet = "det:predet",
        Discourse = "discourse",
        Dislocated = "dislocated",
        Expl = "expl",
        Fixed = "fixed",
        Flat = "flat",
        Goeswith = "goeswith",
        Iobj = "iobj",
        List = "list",
        Mark = "mark",
        Nmod = "nmod",
        NmodDesc = "nmod:desc",
        NmodPoss = "nmod:poss",
        NmodUnmarked = "nmod:unmarked",
        Nsubj = "nsubj",
        NsubjOuter = "nsubj:outer",
        NsubjPass = "nsubj:pass",
        Nummod = "nummod",
        Obj = "obj",
        Obl = "obl",
        OblAgent = "obl:agent",
        OblUnmarked = "obl:unmarked",
        Orphan = "orphan",
        Parataxis = "parataxis",
        Punct = "punct",
        Reparandum = "reparandum",
        Vocative = "vocative",
        Xcomp = "xcomp",
    }
}

impl Relation {
    /// The universal relation without its sub-type: what LAS compares (CoNLL 2018 shared task).
    pub fn universal(self) -> &'static str {
        self.name().split(':').next().unwrap_or_default()
    }
}

labels! {
    /// What a name names.
    NameKind {
        /// A person, real or invented, without titles.
        Person = "PER",
        /// A company, institution, agency, party, army, team, publication.
        Organisation = "ORG",
        /// A country, state, province, city: a place with a government.
        GeoPolitical = "GPE",
        /// A place without a government: mountain, river, sea, region, continent.
        Location = "LOC",
        /// A building, bridge, airport, street, camp.
        Facility = "FAC",
        /// A nationality, ethnic, religious or political group, as noun or adjective.
        Group = "NORP",
        /// A named event: war, storm, election, tournament, treaty conference.
        Event = "EVENT",
        /// Any other name: law, treaty, work, product, prize, language.
        Miscellaneous = "MISC",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_labels() {
        for (ix, relation) in Relation::ALL.iter().enumerate() {
            assert_eq!(Relation::named(relation.name()), Some(*relation));
            assert_eq!((relation.ix(), Relation::at(ix)), (ix, Some(*relation)));
        }
        assert!(Upos::ALL.iter().all(|tag| Upos::named(tag.name()) == Some(*tag)));
        assert!(Xpos::ALL.iter().all(|tag| Xpos::named(tag.name()) == Some(*tag)));
        assert!(NameKind::ALL.iter().all(|kind| NameKind::named(kind.name()) == Some(*kind)));
        assert_eq!(Relation::named("obl:npmod"), None);
        assert_eq!(Relation::NsubjPass.universal(), "nsubj");
    }
}
