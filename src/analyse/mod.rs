//! Makes the columns of an article: sentences, tokens, folded forms, mentions.
//!
//! One pass over the headline and the paragraphs, each by itself: no sentence crosses from one into the next. Together
//! the tokens of a sentence hold every byte of it that is not white space. Nothing is tagged or parsed here, so what a
//! mention is and where a sentence ends are rules over forms and tables.

mod mention;
mod phrase;
mod sentence;
mod token;

use crate::model::{
    Analysis, Article, IssueKind, Limit, Notes, Sentence, Span, Stage, Token, TokenIx, TokenRange,
};
use crate::pack::Setup;
use crate::text::fold_into;

/// The analysis of `article`. Total: what lies beyond a limit is left out, with one issue for each limit.
pub fn analyse(setup: &Setup, article: &Article, notes: &mut Notes) -> Analysis {
    let mut columns = Columns::new(setup, article);
    let body = article.paragraphs.iter().map(|paragraph| (paragraph.span, false));
    for (block, headline) in article.title.map(|title| (title, true)).into_iter().chain(body) {
        if !columns.add_block(block, headline) {
            break;
        }
    }
    columns.analysis.folded_starts.push(columns.analysis.folded.len() as u32);
    file_limit(notes, Limit::Sentences, setup.limits.sentences_max, columns.sentences_cut_at);
    file_limit(
        notes,
        Limit::SentenceTokens,
        setup.limits.sentence_tokens_max,
        columns.tokens_cut_at,
    );
    let mut analysis = columns.analysis;
    let (mentions, mentions_cut_at) = mention::find_mentions(setup, article, &analysis);
    analysis.mentions = mentions;
    file_limit(notes, Limit::Mentions, setup.limits.mentions_max, mentions_cut_at);
    analysis
}

/// The columns as far as they are filled, and where limits were met first.
struct Columns<'a> {
    setup: &'a Setup,
    article: &'a Article,
    analysis: Analysis,
    /// Tokens of one block, before they are divided into sentences. Reused.
    block_tokens: Vec<Token>,
    /// Folded form of one token. Reused.
    scratch: String,
    sentences_cut_at: Option<Span>,
    tokens_cut_at: Option<Span>,
}

impl<'a> Columns<'a> {
    fn new(setup: &'a Setup, article: &'a Article) -> Self {
        let mut analysis = Analysis::default();
        let bytes = article.text.len();
        // News has a token every five to six bytes and a sentence every hundred and twenty or so.
        analysis.folded.reserve(bytes + bytes / 4 + 1);
        analysis.tokens.reserve(bytes / 5 + 1);
        analysis.folded_starts.reserve(bytes / 5 + 2);
        analysis.sentences.reserve(bytes / 100 + 1);
        analysis.folded.push(' ');
        Columns {
            setup,
            article,
            analysis,
            block_tokens: Vec::new(),
            scratch: String::new(),
            sentences_cut_at: None,
            tokens_cut_at: None,
        }
    }

    /// Adds the sentences of one block; false where the limit on sentences is reached.
    fn add_block(&mut self, block: Span, headline: bool) -> bool {
        let text = self.article.text.as_str();
        let lexicon = &self.setup.pack.lexicon;
        let mut tokens = std::mem::take(&mut self.block_tokens);
        tokens.clear();
        token::tokenise(text, block, lexicon, &mut self.scratch, &mut tokens);
        let mut rest = tokens.as_slice();
        let mut room = true;
        while !rest.is_empty() && room {
            let length = sentence::sentence_length(text, rest, lexicon, &mut self.scratch);
            let (sentence, after) = rest.split_at_checked(length.max(1)).unwrap_or((rest, &[]));
            room = self.add_sentence(sentence, headline);
            rest = after;
        }
        self.block_tokens = tokens;
        room
    }

    fn add_sentence(&mut self, tokens: &[Token], headline: bool) -> bool {
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return true };
        if self.analysis.sentences.len() >= self.setup.limits.sentences_max as usize {
            self.sentences_cut_at = Some(Span::new(first.span.start, last.span.end));
            return false;
        }
        let kept = tokens.get(..self.setup.limits.sentence_tokens_max as usize).unwrap_or(tokens);
        let Some(last_kept) = kept.last() else { return true };
        let span = Span::new(first.span.start, last_kept.span.end);
        if kept.len() < tokens.len() && self.tokens_cut_at.is_none() {
            self.tokens_cut_at = Some(span);
        }
        let start = TokenIx(self.analysis.tokens.len() as u32);
        for token in kept {
            self.analysis.folded_starts.push(self.analysis.folded.len() as u32);
            fold_into(self.article.slice(token.span), &mut self.analysis.folded);
            self.analysis.folded.push(' ');
            self.analysis.tokens.push(*token);
        }
        let end = TokenIx(self.analysis.tokens.len() as u32);
        let tokens = TokenRange { start, end };
        self.analysis.sentences.push(Sentence { span, tokens, headline });
        true
    }
}

fn file_limit(notes: &mut Notes, limit: Limit, value: u32, cut_at: Option<Span>) {
    if cut_at.is_some() {
        notes.issue(Stage::Analyse, IssueKind::LimitReached { limit, value }, cut_at);
    }
}
