//! One event as its record.

use std::collections::BTreeMap;

use super::key::without_words;
use super::schema::{
    ArticleReference, CameoSlot, EVENT_SCHEMA, EventRecord, ParticipantSlot, TextInfoSlot,
    TriggerSlot, decimal, pair, scale_decimal,
};
use super::{article, words_leave};
use crate::model::{
    Article, Cameo, DateBasis, Enriched, Event, OutputText, Participant, Position, Span,
};

/// The record of one event of `enriched`.
pub fn event_record(enriched: &Enriched, event: &Event, output_text: OutputText) -> EventRecord {
    let article = &enriched.article;
    let slots = Slots { article, output_text };
    EventRecord {
        schema: EVENT_SCHEMA.to_owned(),
        op: "upsert".to_owned(),
        id: event.id.to_string(),
        event_key: if words_leave(output_text) {
            event.key.clone()
        } else {
            without_words(&event.key)
        },
        article: article_reference(article),
        reference: article::reference(article),
        event: event.kind.as_str().to_owned(),
        quad_code: event.kind.quad().number(),
        event_scale: scale_decimal(event.scale),
        cameo: cameo(&event.cameo, &enriched.provenance.mapping),
        date: event.date.map(|(date, _)| date.to_string()),
        time_precision: event.date.map(|_| "day".to_owned()),
        date_basis: event.date.map(|(_, basis): (_, DateBasis)| basis.as_str().to_owned()),
        event_text: match output_text {
            OutputText::Full | OutputText::Sentence => {
                Some(article.slice(event.sentence_span).to_owned())
            }
            OutputText::Span | OutputText::None => None,
        },
        text_info: TextInfoSlot {
            sentence: event.sentence.0,
            span: pair(event.sentence_span),
            trigger: TriggerSlot { text: slots.words(event.trigger), span: pair(event.trigger) },
            position: event.position.as_str().to_owned(),
        },
        is_lead: match event.position {
            Position::Headline | Position::Lead => true,
            Position::Body => false,
        },
        actor: event.actors.iter().map(|actor| slots.participant(actor)).collect(),
        recipient: event.recipients.iter().map(|recipient| slots.participant(recipient)).collect(),
        evidence: evidence(event),
        rule: event.rule.clone(),
        provenance: article::provenance(enriched),
    }
}

fn article_reference(article: &Article) -> ArticleReference {
    ArticleReference {
        id: article.id.to_string(),
        version: article::version(article),
        source: article.source.clone(),
        source_id: article.source_id.clone(),
        url: article.url.clone(),
        published_at: article.published_at.map(|moment| moment.to_string()),
    }
}

/// The CAMEO slot; of the name of the mapping (`plover-2.0/cameo-1`) it keeps what concerns CAMEO.
fn cameo(cameo: &Cameo, mapping: &str) -> CameoSlot {
    let version = mapping.rsplit_once("cameo-").map_or(mapping, |(_, version)| version);
    CameoSlot {
        code: cameo.code.as_str().to_owned(),
        root: cameo.code.root().to_owned(),
        name: cameo.name.clone(),
        goldstein: cameo.goldstein.map(scale_decimal),
        mapping: version.to_owned(),
    }
}

/// What fills slots with words: the article, and whether words may leave.
struct Slots<'a> {
    article: &'a Article,
    output_text: OutputText,
}

impl Slots<'_> {
    fn words(&self, span: Span) -> Option<String> {
        words_leave(self.output_text).then(|| self.article.slice(span).to_owned())
    }

    fn participant(&self, participant: &Participant) -> ParticipantSlot {
        let country = participant.country.as_ref().map(|country| country.as_str());
        let sectors = &participant.sectors;
        let first_sector = sectors.first().map(|sector| sector.as_str());
        let code = [country, first_sector].into_iter().flatten().collect::<String>();
        let resolved = participant.resolved_by;
        ParticipantSlot {
            text: self.words(participant.span),
            span: pair(participant.span),
            name: participant.name.clone().filter(|_| words_leave(self.output_text)),
            country: country.map(str::to_owned),
            sector: sectors.iter().map(|sector| sector.as_str().to_owned()).collect(),
            code: (!code.is_empty()).then_some(code),
            resolved_by: resolved.map(|(how, _)| how.as_str().to_owned()),
            score: resolved.map(|(_, score)| decimal(score)),
        }
    }
}

fn evidence(event: &Event) -> BTreeMap<String, Vec<[u32; 2]>> {
    let mut evidence = BTreeMap::from([("type".to_owned(), vec![pair(event.trigger)])]);
    for (role, participants) in [("actor", &event.actors), ("recipient", &event.recipients)] {
        for (position, participant) in participants.iter().enumerate() {
            evidence.insert(format!("{role}.{position}"), vec![pair(participant.span)]);
        }
    }
    evidence
}
