//! Makes the events of an article: triggers, who takes part, codes, identity.
//!
//! Events are in text order, each has a type, a trigger, a rule and at least one participant. What is read of a
//! sentence is the baseline of `baseline.rs`; merging, codes, key and id are not. Each event is taken as a fact of the
//! reference date: there is no realis and no time of its own yet.

mod baseline;
mod identity;
mod scene;
mod trigger;

use crate::model::{
    Analysis, Article, Cameo, CameoCode, DateBasis, Event, IssueKind, Limit, Notes, Participant,
    PloverType, Position, Resolution, SentenceIx, Stage,
};
use crate::pack::Setup;
use baseline::Candidate;
use scene::Scene;

/// Sentences of the body that count as the lead: the summary paragraphs of the inverted pyramid. Three is what fits one
/// or two wire paragraphs; more would call background lead.
const LEAD_SENTENCES_COUNT: usize = 3;

/// The events of `article`. Total: what lies beyond a limit is left out, with one issue for each limit.
pub fn code(
    setup: &Setup,
    article: &Article,
    analysis: &Analysis,
    resolution: &Resolution,
    notes: &mut Notes,
) -> Vec<Event> {
    let scene = Scene { setup, article, analysis, resolution };
    let triggers = trigger::find_triggers(&scene);
    let mut events = Vec::new();
    let mut participants_cut_at = None;
    let mut rest = triggers.as_slice();
    while let Some(first) = rest.first() {
        let length = rest.iter().take_while(|t| t.sentence == first.sentence).count();
        let (of_sentence, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        rest = after;
        for candidate in merged(&scene, baseline::candidates(&scene, of_sentence)) {
            if events.len() >= setup.limits.events_max as usize {
                let span = scene.span(candidate.trigger.tokens);
                let (limit, value) = (Limit::Events, setup.limits.events_max);
                notes.issue(Stage::Code, IssueKind::LimitReached { limit, value }, Some(span));
                rest = &[];
                break;
            }
            let event = event(&scene, &candidate);
            let participants_max = setup.limits.participants_max as usize;
            if candidate.actors.len().max(candidate.recipients.len()) > participants_max {
                participants_cut_at = participants_cut_at.or(Some(event.trigger));
            }
            events.push(event);
        }
    }
    if participants_cut_at.is_some() {
        let (limit, value) = (Limit::Participants, setup.limits.participants_max);
        notes.issue(Stage::Code, IssueKind::LimitReached { limit, value }, participants_cut_at);
    }
    events
}

/// One candidate per type and parties of a sentence: `attacks by rebels that killed soldiers` is one event, whose roles
/// are filled by both triggers. The first trigger stays.
fn merged(scene: &Scene<'_>, candidates: Vec<Candidate>) -> Vec<Candidate> {
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        let same = kept.iter_mut().find(|earlier| {
            earlier.kind == candidate.kind
                && scene.compatible(&earlier.actors, &candidate.actors)
                && scene.compatible(&earlier.recipients, &candidate.recipients)
        });
        match same {
            Some(earlier) => {
                if earlier.actors.is_empty() {
                    earlier.actors = candidate.actors;
                }
                if earlier.recipients.is_empty() {
                    earlier.recipients = candidate.recipients;
                }
            }
            None => kept.push(candidate),
        }
    }
    kept
}

fn event(scene: &Scene<'_>, candidate: &Candidate) -> Event {
    let trigger = candidate.trigger;
    let row = scene.setup.pack.frames.row(trigger.row_ix);
    let limit = scene.setup.limits.participants_max as usize;
    let participants = |mentions: &[usize]| -> Vec<Participant> {
        mentions
            .iter()
            .take(limit)
            .filter_map(|at| scene.resolution.actors.get(*at))
            .cloned()
            .collect()
    };
    let actors = participants(&candidate.actors);
    let recipients = participants(&candidate.recipients);
    let date = scene.article.reference.date;
    let country = identity::event_country(&actors, &recipients);
    let head = |participant: &Participant| scene.analysis.folded(participant.head);
    let span = scene.span(trigger.tokens);
    let sentence = scene.analysis.sentences.get(trigger.sentence.at());
    Event {
        id: identity::event_id(scene.article.id, trigger.sentence, span, candidate.kind),
        key: identity::event_key((date, candidate.kind), &actors, &recipients, country, &head),
        sentence: trigger.sentence,
        sentence_span: sentence.map_or(span, |sentence| sentence.span),
        position: position(scene.analysis, trigger.sentence),
        trigger: span,
        trigger_token: trigger.head(),
        kind: candidate.kind,
        scale: scene.setup.pack.ontology.scale(candidate.kind),
        cameo: cameo(scene.setup, row.cameo, candidate.kind),
        actors,
        recipients,
        country,
        date: date.map(|date| (date, DateBasis::Reference)),
        rule: row.id.clone(),
    }
}

fn position(analysis: &Analysis, sentence: SentenceIx) -> Position {
    let before = analysis.sentences.get(..sentence.at()).unwrap_or_default();
    if analysis.sentences.get(sentence.at()).is_some_and(|sentence| sentence.headline) {
        Position::Headline
    } else if before.iter().filter(|earlier| !earlier.headline).count() < LEAD_SENTENCES_COUNT {
        Position::Lead
    } else {
        Position::Body
    }
}

/// The CAMEO side: the code of the frame, else the root that the type comes from; a code without a Goldstein value of
/// its own has that of its root.
fn cameo(setup: &Setup, code: Option<CameoCode>, kind: PloverType) -> Cameo {
    let ontology = &setup.pack.ontology;
    let code = code.unwrap_or_else(|| root_of(kind));
    let row = ontology.cameo(code);
    let root = CameoCode::parse(code.root()).and_then(|root| ontology.cameo(root));
    Cameo {
        code,
        name: row.or(root).map(|row| row.name.clone()).unwrap_or_default(),
        goldstein: row.and_then(|row| row.goldstein).or(root.and_then(|root| root.goldstein)),
    }
}

/// The CAMEO root that a PLOVER type was made from (PLOVER 2.0, table of types).
fn root_of(kind: PloverType) -> CameoCode {
    let root = match kind {
        PloverType::Agree => "03",
        PloverType::Consult => "04",
        PloverType::Support => "05",
        PloverType::Cooperate => "06",
        PloverType::Aid => "07",
        PloverType::Concede | PloverType::Retreat => "08",
        PloverType::Request => "10",
        PloverType::Accuse => "11",
        PloverType::Reject => "12",
        PloverType::Threaten => "13",
        PloverType::Protest => "14",
        PloverType::Mobilize => "15",
        PloverType::Sanction => "16",
        PloverType::Coerce => "17",
        PloverType::Assault => "18",
    };
    CameoCode::parse(root).expect("two digits between 01 and 20 are a code")
}
