//! What the rules of the coder ask about words and mentions around a trigger.
//!
//! Views only: nothing is stored. The closed word classes of English stand here as functions, because the baseline
//! that needs them goes as a whole when the tree comes.

use crate::model::{
    Analysis, Article, Mention, MentionKind, Resolution, SentenceIx, Span, TokenIx, TokenRange,
};
use crate::pack::Setup;

/// An article as the coder sees it.
pub(super) struct Scene<'a> {
    pub(super) setup: &'a Setup,
    pub(super) article: &'a Article,
    pub(super) analysis: &'a Analysis,
    pub(super) resolution: &'a Resolution,
}

impl Scene<'_> {
    /// The folded word at a place; empty beyond the ends.
    pub(super) fn word(&self, at: usize) -> &str {
        if at < self.analysis.tokens.len() { self.analysis.folded(TokenIx(at as u32)) } else { "" }
    }

    /// The folded word `back` tokens before a place, within the sentence.
    pub(super) fn word_before(&self, at: usize, back: usize, sentence: SentenceIx) -> &str {
        match at.checked_sub(back).filter(|at| *at >= self.sentence_tokens(sentence).start) {
            Some(at) => self.word(at),
            None => "",
        }
    }

    pub(super) fn span(&self, tokens: TokenRange) -> Span {
        let tokens = self.analysis.tokens_of(tokens);
        match (tokens.first(), tokens.last()) {
            (Some(first), Some(last)) => first.span.cover(last.span),
            (None, _) | (_, None) => Span::new(0, 0),
        }
    }

    pub(super) fn sentence_tokens(&self, sentence: SentenceIx) -> std::ops::Range<usize> {
        let sentence = self.analysis.sentences.get(sentence.at());
        sentence.map_or(0..0, |sentence| sentence.tokens.range())
    }

    /// Places of the mentions of a sentence in the list of mentions.
    pub(super) fn mentions_of(&self, sentence: SentenceIx) -> std::ops::Range<usize> {
        let mentions = &self.analysis.mentions;
        let start = mentions.partition_point(|mention| mention.sentence < sentence);
        let end = mentions.partition_point(|mention| mention.sentence <= sentence);
        start..end
    }

    pub(super) fn mention(&self, at: usize) -> Option<&Mention> {
        self.analysis.mentions.get(at)
    }

    /// The mention of a sentence that ends right before a token.
    pub(super) fn mention_ending(&self, at: usize, sentence: SentenceIx) -> Option<usize> {
        let mut mentions = self.mentions_of(sentence);
        mentions.find(|ix| self.mention(*ix).is_some_and(|mention| mention.tokens.end.at() == at))
    }

    /// The mention of a sentence that begins at a token.
    pub(super) fn mention_starting(&self, at: usize, sentence: SentenceIx) -> Option<usize> {
        let mut mentions = self.mentions_of(sentence);
        mentions.find(|ix| self.mention(*ix).is_some_and(|mention| mention.tokens.start.at() == at))
    }

    /// Whether a table knows the mention's country or sector.
    pub(super) fn is_resolved(&self, mention: usize) -> bool {
        self.resolution.actors.get(mention).is_some_and(|actor| actor.resolved_by.is_some())
    }

    /// The word before a mention, behind determiners, numbers and adjectives of direction, with its place.
    pub(super) fn governor(&self, mention: &Mention) -> &str {
        let start = self.sentence_tokens(mention.sentence).start;
        let mut at = mention.tokens.start.at();
        while at > start {
            at -= 1;
            let word = self.word(at);
            if !(self.is_determiner(word) || is_filler(word)) {
                return word;
            }
        }
        ""
    }

    /// The word right before a mention.
    pub(super) fn word_before_mention(&self, mention: &Mention) -> &str {
        self.word_before(mention.tokens.start.at(), 1, mention.sentence)
    }

    /// Whether a mention names a place in which something happens (`in Kabul, Afghanistan`).
    pub(super) fn is_place(&self, mention_at: usize) -> bool {
        let Some(mention) = self.mention(mention_at) else { return false };
        match mention.kind {
            MentionKind::Agent | MentionKind::Demonym => return false,
            MentionKind::Name | MentionKind::Country => {}
        }
        let governor = self.governor(mention);
        if is_locative(governor) {
            return true;
        }
        let before = mention_at.checked_sub(1).and_then(|at| self.mention(at));
        let follows = before.is_some_and(|before| {
            before.sentence == mention.sentence
                && before.tokens.end.at() + 1 == mention.tokens.start.at()
                && matches!(governor, "," | "(")
        });
        follows && self.is_place(mention_at - 1)
    }

    pub(super) fn is_determiner(&self, word: &str) -> bool {
        self.setup.pack.lexicon.is_determiner(word)
    }

    /// Whether two lists of mentions can be the same side: equal, or one of them unknown.
    pub(super) fn compatible(&self, left: &[usize], right: &[usize]) -> bool {
        left.is_empty()
            || right.is_empty()
            || (left.len() == right.len()
                && left.iter().zip(right).all(|(l, r)| self.same_party(*l, *r)))
    }

    fn same_party(&self, left: usize, right: usize) -> bool {
        let heads = (self.mention(left), self.mention(right));
        left == right
            || matches!(heads, (Some(l), Some(r)) if self.analysis.folded(l.head) == self.analysis.folded(r.head))
    }
}

/// Words that may stand between a preposition and its noun and say nothing about its role.
pub(super) fn is_filler(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit())
        || matches!(
            word,
            "northern"
                | "southern"
                | "eastern"
                | "western"
                | "central"
                | "north"
                | "south"
                | "east"
                | "west"
                | "northeastern"
                | "northwestern"
                | "southeastern"
                | "southwestern"
                | "downtown"
                | "neighboring"
                | "neighbouring"
                | "nearby"
                | "two"
                | "three"
                | "four"
                | "five"
                | "six"
                | "seven"
                | "eight"
                | "nine"
                | "ten"
                | "several"
                | "many"
                | "some"
                | "more"
                | "hundreds"
                | "thousands"
                | "dozens"
                | "capital"
                | "city"
                | "town"
                | "village"
                | "province"
        )
}

pub(super) fn is_locative(word: &str) -> bool {
    matches!(
        word,
        "in" | "at"
            | "near"
            | "outside"
            | "inside"
            | "across"
            | "around"
            | "throughout"
            | "within"
            | "via"
            | "through"
            | "into"
            | "off"
            | "along"
            | "beside"
            | "northern"
            | "southern"
            | "eastern"
            | "western"
    )
}

pub(super) fn is_preposition(word: &str) -> bool {
    is_locative(word)
        || matches!(
            word,
            "of" | "with"
                | "against"
                | "to"
                | "for"
                | "from"
                | "by"
                | "after"
                | "on"
                | "between"
                | "under"
                | "over"
                | "during"
                | "following"
                | "amid"
                | "despite"
                | "about"
                | "towards"
                | "toward"
                | "since"
                | "upon"
                | "before"
                | "as"
                | "without"
                | "among"
                | "than"
        )
}

/// Forms of `be`, and `get` where it makes a passive.
pub(super) fn is_be(word: &str) -> bool {
    matches!(
        word,
        "is" | "are"
            | "was"
            | "were"
            | "be"
            | "been"
            | "being"
            | "'s"
            | "'re"
            | "get"
            | "gets"
            | "got"
            | "getting"
    )
}

pub(super) fn is_auxiliary(word: &str) -> bool {
    matches!(
        word,
        "has"
            | "have"
            | "had"
            | "having"
            | "will"
            | "'ll"
            | "'ve"
            | "'d"
            | "does"
            | "do"
            | "did"
            | "shall"
            | "can"
    )
}

/// Verbs after which a thing has not happened.
pub(super) fn is_unreal_modal(word: &str) -> bool {
    matches!(word, "would" | "could" | "may" | "might" | "should") || is_condition(word)
}

/// Words that make their clause a condition or a question.
pub(super) fn is_condition(word: &str) -> bool {
    matches!(word, "if" | "unless" | "whether")
}

pub(super) fn is_negation(word: &str) -> bool {
    matches!(
        word,
        "not"
            | "n't"
            | "never"
            | "no"
            | "without"
            | "nor"
            | "neither"
            | "cannot"
            | "deny"
            | "denies"
            | "denied"
            | "denying"
    )
}

/// Verbs that, before `to`, say that the thing was not done.
pub(super) fn is_refusal(word: &str) -> bool {
    ["refus", "fail", "declin"].iter().any(|stem| word.starts_with(stem))
}

pub(super) fn is_adverb(word: &str) -> bool {
    (word.len() > 3 && word.ends_with("ly") && word != "ally" && word != "july" && word != "italy")
        || matches!(
            word,
            "also"
                | "then"
                | "now"
                | "later"
                | "again"
                | "still"
                | "already"
                | "once"
                | "since"
                | "to"
                | "both"
                | "just"
        )
}

/// Words and marks at which a clause ends for good.
pub(super) fn is_clause_end(word: &str) -> bool {
    matches!(
        word,
        ";" | ":"
            | "."
            | "!"
            | "?"
            | "after"
            | "as"
            | "when"
            | "while"
            | "because"
            | "before"
            | "saying"
            | "following"
            | "without"
            | "amid"
            | "who"
            | "which"
            | "although"
            | "though"
            | "if"
            | "since"
            | "during"
            | "but"
            | "where"
            | "until"
    )
}
