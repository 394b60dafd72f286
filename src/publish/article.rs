//! One article as its record, and the slots that event records share with it.

use super::schema::{
    ARTICLE_SCHEMA, ArticleRecord, CreditSlot, DatelineSlot, IssueSlot, ParagraphSlot, PlaceSlot,
    ProvenanceSlot, ReferenceSlot, RevisionSlot, pair,
};
use super::words_leave;
use crate::model::{Article, Dateline, Enriched, Issue, IssueKind, OutputText};

/// The record of the article of `enriched`.
pub fn article_record(enriched: &Enriched, output_text: OutputText) -> ArticleRecord {
    let article = &enriched.article;
    let text_leaves = match output_text {
        OutputText::Full => true,
        OutputText::Sentence | OutputText::Span | OutputText::None => false,
    };
    ArticleRecord {
        schema: ARTICLE_SCHEMA.to_owned(),
        id: article.id.to_string(),
        version: version(article),
        source: article.source.clone(),
        source_id: article.source_id.clone(),
        url: article.url.clone(),
        language: article.language.clone(),
        format: article.format.as_str().to_owned(),
        published_at: article.published_at.map(|moment| moment.to_string()),
        reference: reference(article),
        title: article.title.filter(|_| text_leaves).map(|span| article.slice(span).to_owned()),
        title_span: article.title.map(pair),
        text: text_leaves.then(|| article.text.clone()),
        paragraphs: paragraphs(article),
        dateline: article.dateline.as_ref().and_then(|dateline| place_line(dateline, output_text)),
        byline: if words_leave(output_text) { article.byline.clone() } else { Vec::new() },
        credits: if words_leave(output_text) { credits(article) } else { Vec::new() },
        revision: RevisionSlot {
            kind: article.revision.kind.as_str().to_owned(),
            n: article.revision.n,
        },
        events: enriched.events.iter().map(|event| event.id.to_string()).collect(),
        issues: enriched.issues.iter().map(issue).collect(),
        provenance: provenance(enriched),
    }
}

/// The version of the story: its update mark counts from the original, which is version 1.
pub(super) fn version(article: &Article) -> u32 {
    u32::from(article.revision.n) + 1
}

pub(super) fn reference(article: &Article) -> ReferenceSlot {
    ReferenceSlot {
        value: article.reference.date.map(|date| date.to_string()),
        from: article.reference.from.as_str().to_owned(),
    }
}

pub(super) fn provenance(enriched: &Enriched) -> ProvenanceSlot {
    ProvenanceSlot {
        program: enriched.provenance.program.clone(),
        pack: enriched.provenance.pack.clone(),
        mapping: enriched.provenance.mapping.clone(),
    }
}

fn paragraphs(article: &Article) -> Vec<ParagraphSlot> {
    let slot = |paragraph: &crate::model::Paragraph| ParagraphSlot {
        span: pair(paragraph.span),
        kind: paragraph.kind.as_str().to_owned(),
    };
    article.paragraphs.iter().map(slot).collect()
}

fn credits(article: &Article) -> Vec<CreditSlot> {
    let slot = |credit: &crate::model::Credit| CreditSlot {
        role: credit.role.as_str().to_owned(),
        names: credit.names.clone(),
    };
    article.credits.iter().map(slot).collect()
}

/// The place line, or nothing where nothing of it is left to say.
fn place_line(dateline: &Dateline, output_text: OutputText) -> Option<DatelineSlot> {
    let place = PlaceSlot {
        text: dateline.city.clone().filter(|_| words_leave(output_text)),
        country: dateline.country.map(|country| country.as_str().to_owned()),
    };
    let slot = DatelineSlot {
        place: (place != PlaceSlot::default()).then_some(place),
        date: dateline.date.map(|date| date.to_string()),
        agency: dateline.agency.clone(),
    };
    (slot != DatelineSlot::default()).then_some(slot)
}

fn issue(issue: &Issue) -> IssueSlot {
    let slot = IssueSlot {
        stage: issue.stage.as_str().to_owned(),
        kind: issue.kind.as_str().to_owned(),
        span: issue.span.map(pair),
        ..IssueSlot::default()
    };
    match &issue.kind {
        IssueKind::LimitReached { limit, value } => {
            IssueSlot { limit: Some(limit.as_str().to_owned()), value: Some(*value), ..slot }
        }
        IssueKind::DateUnreadable { field } | IssueKind::ZoneAssumed { field } => {
            IssueSlot { field: Some((*field).to_owned()), ..slot }
        }
        IssueKind::DatesDiffer { dateline, published } => IssueSlot {
            dateline: Some(dateline.to_string()),
            published: Some(published.to_string()),
            ..slot
        },
        IssueKind::LanguageUnsupported => slot,
    }
}
