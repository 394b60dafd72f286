//! Makes the columns of an article: sentences, tokens, folded forms, mentions.
//!
//! One pass over the headline and the paragraphs, each by itself: no sentence crosses from one into the next. Together
//! the tokens of a sentence hold every byte of it that is not white space. Sentence ends, tags, arcs, lemmas and names
//! come from the trained model of the pack; what a mention is, from rules over forms and tables.

mod clitic;
mod divide;
mod joint;
mod mention;
mod name;
mod phrase;
mod place;
mod tag;
mod token;

pub use divide::Divider;
pub use place::{PLACE_FEATURES, PlaceRows, Places, Progress};
pub use token::tokenise;

use crate::model::{
    Analysis, Article, IssueKind, Limit, Notes, Sentence, Span, Stage, Token, TokenIx, TokenRange,
};
use crate::pack::Setup;
use crate::text::fold_token_into;

/// The analysis of `article`. Total: what lies beyond a limit is left out, with one issue for each limit.
pub fn analyse(setup: &Setup, article: &Article, notes: &mut Notes) -> Analysis {
    let body = article.paragraphs.iter().map(|paragraph| (paragraph.span, false));
    let blocks = article.title.map(|title| (title, true)).into_iter().chain(body);
    let blocks = blocks.map(|(span, headline)| Block { span, headline });
    let mut analysis = split(setup, &article.text, blocks, notes);
    complete(setup, &article.text, &mut analysis);
    let (mentions, mentions_cut_at) = mention::find_mentions(setup, article, &analysis);
    analysis.mentions = mentions;
    file_limit(notes, Limit::Mentions, setup.limits.mentions_max, mentions_cut_at);
    analysis
}

/// Fills tags, lemmas, arcs and names of an analysis whose tokens and sentences are set, whoever set them.
pub fn complete(setup: &Setup, text: &str, analysis: &mut Analysis) {
    let mut name_scores = tag::tag(setup, text, analysis);
    name::find_names(text, &mut name_scores, analysis);
}

/// A part of a text that no sentence crosses: a headline or a paragraph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Where it stands.
    pub span: Span,
    /// Whether it is the headline.
    pub headline: bool,
}

/// An analysis with the sentences and tokens of the blocks of a text, and nothing else.
pub fn split(
    setup: &Setup,
    text: &str,
    blocks: impl IntoIterator<Item = Block>,
    notes: &mut Notes,
) -> Analysis {
    let mut columns = Columns::new(setup, text);
    for Block { span, headline } in blocks {
        if !columns.add_block(span, headline) {
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
    columns.analysis
}

/// The columns as far as they are filled, and where limits were met first.
struct Columns<'a> {
    setup: &'a Setup,
    text: &'a str,
    analysis: Analysis,
    /// Tokens of one block, before they are divided into sentences. Reused.
    block_tokens: Vec<Token>,
    /// Numbers of tokens of the block's sentences. Reused.
    lengths: Vec<usize>,
    divider: Divider<'a>,
    /// Folded form of one token. Reused.
    scratch: String,
    sentences_cut_at: Option<Span>,
    tokens_cut_at: Option<Span>,
}

impl<'a> Columns<'a> {
    fn new(setup: &'a Setup, text: &'a str) -> Self {
        let mut analysis = Analysis::default();
        let bytes = text.len();
        // News has a token every five to six bytes and a sentence every hundred and twenty or so.
        analysis.folded.reserve(bytes + bytes / 4 + 1);
        analysis.tokens.reserve(bytes / 5 + 1);
        analysis.folded_starts.reserve(bytes / 5 + 2);
        analysis.sentences.reserve(bytes / 100 + 1);
        analysis.folded.push(' ');
        Columns {
            setup,
            text,
            analysis,
            block_tokens: Vec::new(),
            lengths: Vec::new(),
            divider: Divider::new(&setup.pack.lexicon, &setup.pack.model.splitter),
            scratch: String::new(),
            sentences_cut_at: None,
            tokens_cut_at: None,
        }
    }

    /// Adds the sentences of one block; false where the limit on sentences is reached.
    fn add_block(&mut self, block: Span, headline: bool) -> bool {
        let text = self.text;
        let lexicon = &self.setup.pack.lexicon;
        let mut tokens = std::mem::take(&mut self.block_tokens);
        tokens.clear();
        token::tokenise(text, block, lexicon, &mut self.scratch, &mut tokens);
        let mut lengths = std::mem::take(&mut self.lengths);
        let tokens_max = self.setup.limits.sentence_tokens_max as usize;
        let cut = self.divider.divide(text, &tokens, tokens_max, &mut lengths);
        let mut rest = tokens.as_slice();
        let mut room = true;
        let mut at = 0;
        for length in &lengths {
            let (sentence, after) = rest.split_at_checked(*length).unwrap_or((rest, &[]));
            if cut == Some(at) && self.tokens_cut_at.is_none() {
                let spans = sentence.first().zip(sentence.last());
                self.tokens_cut_at =
                    spans.map(|(first, last)| Span::new(first.span.start, last.span.end));
            }
            room = self.add_sentence(sentence, headline);
            if !room {
                break;
            }
            at += length;
            rest = after;
        }
        self.lengths = lengths;
        self.block_tokens = tokens;
        room
    }

    fn add_sentence(&mut self, tokens: &[Token], headline: bool) -> bool {
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return true };
        if self.analysis.sentences.len() >= self.setup.limits.sentences_max as usize {
            self.sentences_cut_at = Some(Span::new(first.span.start, last.span.end));
            return false;
        }
        let span = Span::new(first.span.start, last.span.end);
        let start = TokenIx(self.analysis.tokens.len() as u32);
        for token in tokens {
            let form = self.text.get(token.span.range()).unwrap_or_default();
            self.analysis.folded_starts.push(self.analysis.folded.len() as u32);
            fold_token_into(form, &mut self.analysis.folded);
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
