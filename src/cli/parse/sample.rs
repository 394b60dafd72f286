//! One small analysis by hand, for the tests of what is printed.

use dateline::model::{
    Analysis, Arc, Name, NameKind, Relation, Score, Sentence, SentenceIx, Span, Tag, Token,
    TokenIx, TokenKind, TokenRange, Upos, Xpos,
};

/// The text that [`analysis`] is of.
pub(super) const TEXT: &str = "Ann Lee doesn't stay.\nShe left.";

/// Form, lemma, tags, head from 1 in the sentence, relation.
const WORDS: [(&str, &str, Upos, Xpos, u32, Relation); 9] = [
    ("Ann", "Ann", Upos::Propn, Xpos::ProperNoun, 5, Relation::Nsubj),
    ("Lee", "Lee", Upos::Propn, Xpos::ProperNoun, 1, Relation::Flat),
    ("does", "do", Upos::Aux, Xpos::VerbThirdPerson, 5, Relation::Aux),
    ("n't", "not", Upos::Part, Xpos::Adverb, 5, Relation::Advmod),
    ("stay", "stay", Upos::Verb, Xpos::VerbBase, 0, Relation::Root),
    (".", ".", Upos::Punct, Xpos::Stop, 5, Relation::Punct),
    ("She", "she", Upos::Pron, Xpos::Pronoun, 2, Relation::Nsubj),
    ("left", "leave", Upos::Verb, Xpos::VerbPast, 0, Relation::Root),
    (".", ".", Upos::Punct, Xpos::Stop, 2, Relation::Punct),
];

/// Two sentences with one name.
pub(super) fn analysis() -> Analysis {
    let mut analysis =
        Analysis { lemma_starts: vec![0], folded: " ".into(), ..Analysis::default() };
    let score = Score::from_thousandths(875);
    let mut from = 0;
    for (at, (form, lemma, upos, xpos, head, relation)) in WORDS.into_iter().enumerate() {
        let start = from + TEXT.get(from..).unwrap().find(form).unwrap();
        from = start + form.len();
        let is_word = form.contains(char::is_alphabetic);
        let kind = if is_word { TokenKind::Word } else { TokenKind::Punctuation };
        analysis.tokens.push(Token { span: Span::of(start, from), kind });
        analysis.tags.push(Tag { upos, xpos });
        let first = if at < 6 { 0 } else { 6 };
        let head = head.checked_sub(1).map(|head| TokenIx(first + head));
        analysis.arcs.push(Arc { head, relation, head_score: score, relation_score: score });
        analysis.folded_starts.push(analysis.folded.len() as u32);
        analysis.folded.push_str(&form.to_lowercase());
        analysis.folded.push(' ');
        analysis.lemmas.push_str(lemma);
        analysis.lemma_starts.push(analysis.lemmas.len() as u32);
    }
    analysis.folded_starts.push(analysis.folded.len() as u32);
    let range = |start, end| TokenRange { start: TokenIx(start), end: TokenIx(end) };
    analysis.sentences = vec![
        Sentence { span: Span::new(0, 21), tokens: range(0, 6), headline: false },
        Sentence { span: Span::new(22, 31), tokens: range(6, 9), headline: false },
    ];
    let (span, tokens, head) = (Span::new(0, 7), range(0, 2), TokenIx(0));
    let (sentence, kind) = (SentenceIx(0), NameKind::Person);
    analysis.names = vec![Name { span, tokens, head, sentence, kind, score }];
    analysis
}
