//! Makes an [`Article`] out of a [`RawArticle`]: the text that every later span points into, and the fields that the
//! conventions of wire text hold.
//!
//! The text is NFC, with plain spaces; headline and paragraphs are divided by one blank line. What leaves the text
//! (dateline, byline, date lines, credits, revision marks, sign-offs) becomes a field or is dropped by a rule of the
//! pack; everything else stays, in order, and the back-map says where it came from. Cleaning a cleaned text changes
//! nothing. The stage is total: the only reject is a text of white space.

mod assemble;
mod byline;
mod convention;
mod credit;
mod date;
mod dateline;
mod headline;
mod language;
mod name;
mod normal;
mod paragraph;
mod passage;
mod reference;
mod revision;

use crate::model::IssueKind;
use crate::model::{
    Article, Field, Notes, RawArticle, Reject, RejectReason, Revision, RevisionKind, Stage,
};
use crate::pack::Setup;
use crate::text::fold;

use convention::Story;
use passage::Passage;

/// Cleans an article. An unsupported language is cleaned all the same and filed as an issue.
///
/// # Errors
/// [`RejectReason::Empty`] where the body holds nothing visible.
pub fn clean(setup: &Setup, raw: RawArticle, notes: &mut Notes) -> Result<Article, Reject> {
    let lines = normal::lines(Field::Body, &raw.body);
    if lines.iter().all(|line| line.text.is_empty()) {
        return Err(Reject { stage: Stage::Clean, reason: RejectReason::Empty });
    }
    let paragraphs = paragraph::paragraphs(&lines, |above, line| divides(setup, above, line));
    let title = normal::lines(Field::Title, raw.title.as_deref().unwrap_or_default());
    let title = Some(headline::title_line(&title)).filter(|title| !title.text.is_empty());
    let story = convention::story(setup, title, paragraphs);
    let language = language::subtag(raw.language.as_deref(), setup.pack.language());
    if language != setup.pack.language() {
        notes.issue(Stage::Clean, IssueKind::LanguageUnsupported, None);
    }
    let dateline = reference::dateline(&story.found, &raw);
    let reference = reference::reference(dateline.as_ref(), &raw, notes);
    let assembled = assemble::assemble(&story);
    let byline = byline_with_authors(&story, &raw.authors);
    Ok(Article {
        id: raw.id,
        format: raw.format,
        source: raw.source,
        source_id: raw.source_id,
        url: raw.url,
        language,
        published_at: raw.published_at,
        modified_at: raw.modified_at,
        reference,
        text: assembled.text,
        title: assembled.title,
        paragraphs: assembled.paragraphs,
        origin: assembled.origin,
        dateline,
        byline,
        credits: story.found.credits,
        revision: story.found.revision.unwrap_or(Revision { kind: RevisionKind::Original, n: 0 }),
    })
}

/// Whether the article is in the language of the pack, so that events can be looked for.
pub fn is_supported(setup: &Setup, article: &Article) -> bool {
    article.language == setup.pack.language()
}

/// Whether the words of two lines forbid that a paragraph goes on from one to the other: one of them is a line of its
/// own (byline, date line, sign-off), or the second begins a dateline or credits.
fn divides(setup: &Setup, above: &Passage, line: &Passage) -> bool {
    let articles = &setup.pack.articles;
    let is_whole = |text: &str| {
        byline::byline(articles, text).is_some()
            || date::date_line(articles, text).is_some()
            || articles.is_signoff(text)
    };
    is_whole(&above.text)
        || is_whole(&line.text)
        || dateline::dateline(setup, &line.text).is_some()
        || (line.text.starts_with(|c: char| c == '(' || c.is_uppercase())
            && articles.credit_cue(line.text.trim_start_matches('(')).is_some())
}

/// The names of the byline, then those of the author field that it lacks.
fn byline_with_authors(story: &Story, authors: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let authors =
        authors.iter().map(|author| headline::title_line(&normal::lines(Field::Body, author)).text);
    for name in story.found.byline.iter().cloned().chain(authors) {
        let is_new = names.iter().all(|known| fold(known) != fold(&name));
        if !name.is_empty() && is_new {
            names.push(name);
        }
    }
    names
}
