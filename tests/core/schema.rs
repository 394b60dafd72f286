//! The records that the extractor really makes, held against the JSON Schemas that readers get.
//!
//! Real output validates, a planted mistake does not; what is printed reads back; the same bytes give the same output;
//! and where no text may leave, none does. The articles are invented, about invented and public facts.

use std::sync::Arc;

use dateline::extract::Extractor;
use dateline::model::{Enriched, Hint, Limits, OutputText, PublishOptions};
use dateline::pack::{Pack, Setup};
use dateline::publish::{
    ArticleRecord, EventRecord, Records, article_record, article_schema, event_record, event_schema,
};
use serde_json::{Value, json};

fn extractor() -> Extractor {
    let limits = Limits {
        article_bytes_max: 1 << 20,
        sentences_max: 2_000,
        sentence_tokens_max: 256,
        mentions_max: 20_000,
        participants_max: 16,
        events_max: 500,
    };
    Extractor::new(Setup { pack: Arc::new(Pack::embedded().unwrap()), limits })
}

const WIRE: &str = "Russia accuses Ukraine of market strike\n\nBy Ann Example\n\nGENEVA, Nov 13 - \
    Russia accused Ukraine on Wednesday of shelling a market, and Turkey condemned the attack.\n\n\
    Israeli forces attacked a village in Lebanon. The United States signed an agreement with Japan. \
    Thousands of villagers protested in Kenya.\n\n(Reporting by Ann Example; Editing by Bob Sample)\n";

/// Inputs of every format, with and without dates, supported and not.
fn inputs() -> Vec<String> {
    let native = json!({
        "id": 17, "source": "example-wire", "url": "https://example.org/17", "title": "Talks in Vienna",
        "text": WIRE, "published_at": "2024-11-13 16:20:00", "modified_at": "soon", "language": "en",
        "authors": ["Ann Example"]
    });
    let news_please = json!({
        "maintext": "Police arrested two men in Spain.\n\nFrance imposed sanctions on Iran on Monday.",
        "title_page": "Arrests", "date_publish": "2018-04-05 12:30:00", "source_domain": "example.org",
        "url": "https://example.org/18", "language": "en"
    });
    let german = json!({"id": "19", "text": "Der Minister reiste nach Wien.", "language": "de"});
    let bare = json!({"text": "One line."});
    let mut inputs = vec![WIRE.to_owned()];
    inputs.extend([native, news_please, german, bare].map(|value| value.to_string()));
    inputs
}

fn options(output_text: OutputText) -> PublishOptions {
    PublishOptions { output_text, article_record: true }
}

const EVERY_OUTPUT_TEXT: [OutputText; 4] =
    [OutputText::Full, OutputText::Sentence, OutputText::Span, OutputText::None];

fn records(extractor: &Extractor, input: &str, output_text: OutputText) -> (Enriched, Records) {
    extractor.records(input.as_bytes(), &Hint::default(), options(output_text), &mut ()).unwrap()
}

fn value(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn real_records_validate() {
    let extractor = extractor();
    let events = jsonschema::validator_for(&event_schema()).unwrap();
    let articles = jsonschema::validator_for(&article_schema()).unwrap();
    let mut seen = 0;
    for input in inputs() {
        for output_text in EVERY_OUTPUT_TEXT {
            let (_, records) = records(&extractor, &input, output_text);
            for record in &records.events {
                events.validate(&value(&record.value)).unwrap_or_else(|error| panic!("{error}"));
                seen += 1;
            }
            let article = value(&records.article.unwrap().value);
            articles.validate(&article).unwrap_or_else(|error| panic!("{error} in {article}"));
        }
    }
    assert!(seen >= 4 * 4, "too few events ({seen}) to say anything");
}

#[test]
fn a_wrong_record_does_not_validate() {
    let validator = jsonschema::validator_for(&event_schema()).unwrap();
    let (_, records) = records(&extractor(), WIRE, OutputText::Full);
    let right = value(&records.events.first().unwrap().value);
    assert!(validator.is_valid(&right));
    let mistakes: [(&str, Value); 11] = [
        ("/schema", json!("dateline.event/2")),
        ("/id", json!("3f9a0c71d2b84e55")),
        ("/event", json!("FIGHT")),
        ("/quad_code", json!(5)),
        ("/event_scale", json!("2.5")),
        ("/cameo/code", json!(31)),
        ("/text_info/span", json!([1])),
        ("/article/id", json!(null)),
        ("/reference/from", json!("guess")),
        ("/actor", json!(null)),
        ("/evidence/type", json!([[1, 2, 3]])),
    ];
    for (place, mistake) in mistakes {
        let mut wrong = right.clone();
        *wrong.pointer_mut(place).unwrap_or_else(|| panic!("no {place}")) = mistake;
        assert!(!validator.is_valid(&wrong), "{place}");
    }
    for always in ["schema", "op", "event_key", "article", "recipient", "rule", "provenance"] {
        let mut wrong = right.clone();
        wrong.as_object_mut().unwrap().remove(always).unwrap();
        assert!(!validator.is_valid(&wrong), "without {always}");
    }
}

#[test]
fn a_reader_of_today_takes_a_record_of_tomorrow() {
    let (_, records) = records(&extractor(), WIRE, OutputText::Full);
    let mut tomorrow = value(&records.events.first().unwrap().value);
    tomorrow.as_object_mut().unwrap().insert("realis".to_owned(), json!("actual"));
    assert!(jsonschema::validator_for(&event_schema()).unwrap().is_valid(&tomorrow));
    let _read: EventRecord = serde_json::from_value(tomorrow).unwrap();
}

#[test]
fn records_read_back_as_they_were() {
    let extractor = extractor();
    for input in inputs() {
        for output_text in EVERY_OUTPUT_TEXT {
            let (enriched, records) = records(&extractor, &input, output_text);
            for (event, record) in enriched.events.iter().zip(&records.events) {
                let read: EventRecord = serde_json::from_slice(&record.value).unwrap();
                assert_eq!(read, event_record(&enriched, event, output_text));
                assert_eq!(read.event_key, record.key);
            }
            let record = records.article.unwrap();
            let read: ArticleRecord = serde_json::from_slice(&record.value).unwrap();
            assert_eq!(read, article_record(&enriched, output_text));
            assert_eq!(read.id, record.key);
        }
    }
}

#[test]
fn the_same_bytes_give_the_same_output() {
    let (one, other) = (extractor(), extractor());
    for input in inputs() {
        assert_eq!(
            records(&one, &input, OutputText::Full),
            records(&other, &input, OutputText::Full)
        );
        assert_eq!(
            records(&one, &input, OutputText::None),
            records(&one, &input, OutputText::None)
        );
    }
}

#[test]
fn nothing_is_null_and_no_object_is_empty() {
    fn walk(value: &Value, at: &str) {
        match value {
            Value::Null => panic!("null at {at}"),
            Value::Object(fields) => {
                assert!(!fields.is_empty(), "empty object at {at}");
                fields.iter().for_each(|(name, field)| walk(field, &format!("{at}/{name}")));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, at)),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let extractor = extractor();
    for input in inputs() {
        for output_text in EVERY_OUTPUT_TEXT {
            let (_, records) = records(&extractor, &input, output_text);
            for record in records.events.iter().chain(&records.article) {
                walk(&value(&record.value), "");
            }
        }
    }
}

/// An article all of whose open slots hold words that stand nowhere else.
const CANARY: &str = "Qvarnek Premier Accuses Zyxbor Rebels Of Attack\n\nBy Wexlup Drantho\n\n\
    FLOMBURG (Reuters) - Qvarnek protesters attacked Zyxbor villagers in Flomburg on Monday.\n\n\
    Premier Yobnik Throxel accused Zyxbor of the assault.\n\n\
    (Reporting by Wexlup Drantho; Editing by Gruntle Mipsy)\n";

const CANARY_WORDS: [&str; 9] =
    ["qvarnek", "zyxbor", "wexlup", "drantho", "flomburg", "yobnik", "throxel", "gruntle", "mipsy"];

fn printed(records: &Records) -> String {
    let parts = records.events.iter().chain(&records.article);
    parts.map(|one| format!("{} {}\n", one.key, String::from_utf8_lossy(&one.value))).collect()
}

#[test]
fn without_output_text_no_word_of_the_article_leaves() {
    let extractor = extractor();
    let as_json =
        json!({"id": "1", "title": "Qvarnek strikes", "text": CANARY, "authors": ["Wexlup D."]});
    for input in [CANARY.to_owned(), as_json.to_string()] {
        // the control: with text, the words are there, and events with participants too
        let (enriched, full) = records(&extractor, &input, OutputText::Full);
        assert!(!enriched.events.is_empty(), "no event to leak from");
        let full = printed(&full).to_lowercase();
        for word in CANARY_WORDS {
            assert!(full.contains(word), "{word} is not in the full records");
        }
        let (_, none) = records(&extractor, &input, OutputText::None);
        let none = printed(&none).to_lowercase();
        for word in
            CANARY_WORDS.into_iter().chain(["strikes", "premier", "protesters", "villagers"])
        {
            assert!(!none.contains(word), "{word} leaks in {none}");
        }
    }
}

#[test]
fn each_output_text_lets_out_less_and_spans_stay() {
    let extractor = extractor();
    let kept = |output_text| {
        let (_, records) = records(&extractor, WIRE, output_text);
        let event = value(&records.events.first().unwrap().value);
        let article = value(&records.article.unwrap().value);
        assert!(article.get("title_span").is_some(), "{output_text:?}");
        assert!(event.pointer("/text_info/trigger/span").is_some(), "{output_text:?}");
        [
            article.get("text").is_some(),
            article.get("title").is_some(),
            event.get("event_text").is_some(),
            event.pointer("/text_info/trigger/text").is_some(),
            article.get("byline").is_some(),
        ]
    };
    assert_eq!(kept(OutputText::Full), [true, true, true, true, true]);
    assert_eq!(kept(OutputText::Sentence), [false, false, true, true, true]);
    assert_eq!(kept(OutputText::Span), [false, false, false, true, true]);
    assert_eq!(kept(OutputText::None), [false; 5]);
}

#[test]
fn spans_of_records_lie_in_the_text_of_the_article_record() {
    let (_, records) = records(&extractor(), WIRE, OutputText::Full);
    let article: ArticleRecord = serde_json::from_slice(&records.article.unwrap().value).unwrap();
    let text = article.text.unwrap();
    let slice = |[start, end]: [u32; 2]| text.get(start as usize..end as usize).unwrap();
    assert_eq!(article.title.as_deref(), article.title_span.map(slice));
    for record in &records.events {
        let event: EventRecord = serde_json::from_slice(&record.value).unwrap();
        assert_eq!(event.event_text.as_deref(), Some(slice(event.text_info.span)));
        assert_eq!(
            event.text_info.trigger.text.as_deref(),
            Some(slice(event.text_info.trigger.span))
        );
        for participant in event.actor.iter().chain(&event.recipient) {
            assert_eq!(participant.text.as_deref(), Some(slice(participant.span)));
        }
        assert!(event.evidence.contains_key("type"), "{record:?}");
    }
}

#[test]
fn without_an_article_record_there_is_none() {
    let options = PublishOptions { output_text: OutputText::Full, article_record: false };
    let (_, records) =
        extractor().records(WIRE.as_bytes(), &Hint::default(), options, &mut ()).unwrap();
    assert_eq!(records.article, None);
    assert!(!records.events.is_empty());
}
