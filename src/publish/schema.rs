//! The records as structs: the contract with readers, and the JSON Schema made from it.
//!
//! Fields stand in the order of the record. Structs only grow: a field is never renamed, removed or given another type,
//! and a reader ignores what it does not know, so the schema leaves objects open. Here, and only here, integers become
//! decimals: thousandths and tenths divided by a power of ten print back as they were.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};

use crate::model::{Scale, Score, Span};

/// The value of `schema` in event records.
pub(super) const EVENT_SCHEMA: &str = "dateline.event/1";

/// The value of `schema` in article records.
pub(super) const ARTICLE_SCHEMA: &str = "dateline.article/1";

/// Half-open byte range `[start, end]` into the text of the article record.
pub type SpanPair = [u32; 2];

/// One coded event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "dateline event record", extend("$id" = "urn:dateline:event:1"))]
pub struct EventRecord {
    /// Name and major version of this schema.
    #[schemars(extend("const" = EVENT_SCHEMA))]
    pub schema: String,
    /// What the record does to the event of this id; so far always `upsert`.
    #[schemars(extend("enum" = ["upsert"]))]
    pub op: String,
    /// Identity: of article, sentence, trigger and type.
    #[schemars(regex(pattern = r"^ev-[0-9a-f]{16}$"))]
    pub id: String,
    /// Date, type, actors, recipients and country in canonical order, also the message key; a missing slot is `-`.
    pub event_key: String,
    /// The article that tells it.
    pub article: ArticleReference,
    /// The date that relative dates of the article refer to.
    pub reference: ReferenceSlot,
    /// PLOVER type.
    #[schemars(extend("enum" = [
        "AGREE", "CONSULT", "SUPPORT", "CONCEDE", "COOPERATE", "AID", "RETREAT", "REQUEST", "ACCUSE", "REJECT",
        "THREATEN", "PROTEST", "SANCTION", "MOBILIZE", "COERCE", "ASSAULT"
    ]))]
    pub event: String,
    /// PLOVER quad class: 1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict.
    #[schemars(range(min = 1, max = 4))]
    pub quad_code: u8,
    /// PLOVER score of the type, -10 (conflict) to 10 (cooperation).
    #[schemars(range(min = -10, max = 10))]
    pub event_scale: f64,
    /// The CAMEO side of the same code.
    pub cameo: CameoSlot,
    /// Day of the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub date: Option<String>,
    /// How exact `date` is; absent without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", extend("enum" = ["day"]))]
    pub time_precision: Option<String>,
    /// How `date` was found; absent without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", extend("enum" = ["reference"]))]
    pub date_basis: Option<String>,
    /// The sentence that tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub event_text: Option<String>,
    /// Where in the article it is told.
    pub text_info: TextInfoSlot,
    /// Whether it is told in the headline or in the first three sentences of the body.
    pub is_lead: bool,
    /// Who did it; for two-sided events all parties. Empty where nobody was found.
    pub actor: Vec<ParticipantSlot>,
    /// To whom. Empty where nobody was found.
    pub recipient: Vec<ParticipantSlot>,
    /// The spans that each filled slot rests on: `type`, `actor.0`, `recipient.0` and so on.
    pub evidence: BTreeMap<String, Vec<SpanPair>>,
    /// Id of the rule that fired.
    pub rule: String,
    /// What made the record.
    pub provenance: ProvenanceSlot,
}

/// The article of an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ArticleReference {
    /// Identity: of source and source id, else of the url, else of the input bytes.
    #[schemars(regex(pattern = r"^ar-[0-9a-f]{16}$"))]
    pub id: String,
    /// Version of the story: 1, or one more than the number that its update mark states.
    #[schemars(range(min = 1))]
    pub version: u32,
    /// Publisher or feed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub source: Option<String>,
    /// The publisher's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub source_id: Option<String>,
    /// Address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub url: Option<String>,
    /// A day or an instant in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", regex(pattern = r"^-?\d{4,6}-\d{2}-\d{2}(T.+Z)?$"))]
    pub published_at: Option<String>,
}

/// The date that relative dates refer to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReferenceSlot {
    /// The day; absent where `from` is `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", regex(pattern = r"^-?\d{4,6}-\d{2}-\d{2}$"))]
    pub value: Option<String>,
    /// Where it came from.
    #[schemars(extend("enum" = ["dateline", "published_at", "record", "none"]))]
    pub from: String,
}

/// The CAMEO side of a code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CameoSlot {
    /// The code with its leading zero; a root where nothing finer is known.
    #[schemars(regex(pattern = r"^(0[1-9]|1[0-9]|20)[0-9]{0,2}$"))]
    pub code: String,
    /// The first two digits.
    #[schemars(regex(pattern = r"^(0[1-9]|1[0-9]|20)$"))]
    pub root: String,
    /// Its name in the codebook.
    pub name: String,
    /// Goldstein value, -10 to 10, where the scale has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "f64", range(min = -10, max = 10))]
    pub goldstein: Option<f64>,
    /// Version of the mapping between PLOVER and CAMEO.
    pub mapping: String,
}

/// Where in the article an event is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TextInfoSlot {
    /// Number of the sentence, from 0; the headline counts.
    pub sentence: u32,
    /// Its span.
    pub span: SpanPair,
    /// The words that tell the event.
    pub trigger: TriggerSlot,
    /// Where in the article the sentence stands.
    #[schemars(extend("enum" = ["headline", "lead", "body"]))]
    pub position: String,
}

/// The words that tell an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TriggerSlot {
    /// The words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub text: Option<String>,
    /// Their span.
    pub span: SpanPair,
}

/// One who takes part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ParticipantSlot {
    /// The words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub text: Option<String>,
    /// Their span.
    pub span: SpanPair,
    /// Canonical name, where a table has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub name: Option<String>,
    /// ISO 3166 alpha-3, or PLOVER's code for a group of states.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", regex(pattern = r"^[A-Z]{3}$"))]
    pub country: Option<String>,
    /// PLOVER sectors, most specific first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(regex(pattern = r"^[A-Z]{3}$")))]
    pub sector: Vec<String>,
    /// Country and first sector in one (`USAGOV`), or the one that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", regex(pattern = r"^([A-Z]{3}){1,2}$"))]
    pub code: Option<String>,
    /// How country or sector were found.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub resolved_by: Option<String>,
    /// How sure that is, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "f64", range(min = 0, max = 1))]
    pub score: Option<f64>,
}

/// What made a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProvenanceSlot {
    /// Version of the program.
    pub program: String,
    /// Name, version and hash of the language pack.
    pub pack: String,
    /// Version of the PLOVER and CAMEO mapping.
    pub mapping: String,
}

/// One article, with the text that every span points into.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "dateline article record", extend("$id" = "urn:dateline:article:1"))]
pub struct ArticleRecord {
    /// Name and major version of this schema.
    #[schemars(extend("const" = ARTICLE_SCHEMA))]
    pub schema: String,
    /// Identity: of source and source id, else of the url, else of the input bytes. Also the message key.
    #[schemars(regex(pattern = r"^ar-[0-9a-f]{16}$"))]
    pub id: String,
    /// Version of the story: 1, or one more than the number that its update mark states.
    #[schemars(range(min = 1))]
    pub version: u32,
    /// Publisher or feed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub source: Option<String>,
    /// The publisher's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub source_id: Option<String>,
    /// Address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub url: Option<String>,
    /// Language subtag.
    pub language: String,
    /// The format that the input was read as.
    #[schemars(extend("enum" = ["json", "news_please", "text"]))]
    pub format: String,
    /// A day or an instant in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", regex(pattern = r"^-?\d{4,6}-\d{2}-\d{2}(T.+Z)?$"))]
    pub published_at: Option<String>,
    /// The date that relative dates refer to.
    pub reference: ReferenceSlot,
    /// The headline.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub title: Option<String>,
    /// Its span.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "SpanPair")]
    pub title_span: Option<SpanPair>,
    /// Headline, blank line, body: the text that every span points into.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub text: Option<String>,
    /// The paragraphs of the body.
    pub paragraphs: Vec<ParagraphSlot>,
    /// The place line.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "DatelineSlot")]
    pub dateline: Option<DatelineSlot>,
    /// Names of the authors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub byline: Vec<String>,
    /// Who else worked on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credits: Vec<CreditSlot>,
    /// The revision mark.
    pub revision: RevisionSlot,
    /// Ids of the events, in text order.
    #[schemars(inner(regex(pattern = r"^ev-[0-9a-f]{16}$")))]
    pub events: Vec<String>,
    /// What could not be done.
    pub issues: Vec<IssueSlot>,
    /// What made the record.
    pub provenance: ProvenanceSlot,
}

/// A paragraph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ParagraphSlot {
    /// Where it stands.
    pub span: SpanPair,
    /// What it is.
    #[schemars(extend("enum" = ["body", "subhead"]))]
    pub kind: String,
}

/// The place line of a wire story. At least one field is there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DatelineSlot {
    /// Where the story was filed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PlaceSlot")]
    pub place: Option<PlaceSlot>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", regex(pattern = r"^-?\d{4,6}-\d{2}-\d{2}$"))]
    pub date: Option<String>,
    /// By which agency.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub agency: Option<String>,
}

/// A place. At least one field is there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlaceSlot {
    /// The city as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub text: Option<String>,
    /// Its country, where the text names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", regex(pattern = r"^[A-Z]{3}$"))]
    pub country: Option<String>,
}

/// Names credited in one role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CreditSlot {
    /// The role.
    #[schemars(extend("enum" = [
        "reporting", "additional_reporting", "writing", "editing", "compiling", "translating", "photo"
    ]))]
    pub role: String,
    /// The names, in the order of the text.
    pub names: Vec<String>,
}

/// The revision mark of a story.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RevisionSlot {
    /// Its kind.
    #[schemars(extend("enum" = ["original", "update", "correction", "refile", "repeat", "withdrawal"]))]
    pub kind: String,
    /// Its number, 0 where none is stated.
    pub n: u16,
}

/// Something that could not be done. Which fields are there depends on `kind`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IssueSlot {
    /// The stage that says so.
    #[schemars(extend("enum" = ["decode", "clean", "analyse", "resolve", "code", "publish"]))]
    pub stage: String,
    /// What it was.
    pub kind: String,
    /// The setting that was reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub limit: Option<String>,
    /// Its value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32")]
    pub value: Option<u32>,
    /// The input field concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub field: Option<String>,
    /// The date of the date line.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub dateline: Option<String>,
    /// The day of publication.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub published: Option<String>,
    /// Where, if it is one place.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "SpanPair")]
    pub span: Option<SpanPair>,
}

/// JSON Schema (2020-12) of event records.
pub fn event_schema() -> serde_json::Value {
    schema_of::<EventRecord>()
}

/// JSON Schema (2020-12) of article records.
pub fn article_schema() -> serde_json::Value {
    schema_of::<ArticleRecord>()
}

/// As written, not as read: required is what every record has.
fn schema_of<T: JsonSchema>() -> serde_json::Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// A span as a record has it.
pub(super) fn pair(span: Span) -> SpanPair {
    [span.start, span.end]
}

/// A score as a record has it.
pub(super) fn decimal(score: Score) -> f64 {
    f64::from(score.thousandths()) / 1000.0
}

/// A scale value as a record has it.
pub(super) fn scale_decimal(scale: Scale) -> f64 {
    f64::from(scale.tenths()) / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PloverType;

    #[test]
    fn every_integer_prints_as_its_decimal() {
        for thousandths in 0..=1000_u16 {
            let printed =
                serde_json::to_string(&decimal(Score::from_thousandths(thousandths))).unwrap();
            let expected = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
            let expected = expected.trim_end_matches('0');
            let expected =
                if expected.ends_with('.') { format!("{expected}0") } else { expected.to_owned() };
            assert_eq!(printed, expected);
        }
        for tenths in -100..=100_i16 {
            let printed =
                serde_json::to_string(&scale_decimal(Scale::from_tenths(tenths))).unwrap();
            let sign = if tenths < 0 { "-" } else { "" };
            assert_eq!(printed, format!("{sign}{}.{}", tenths.abs() / 10, tenths.abs() % 10));
        }
    }

    #[test]
    fn the_schemas_name_themselves_stay_open_and_know_no_null() {
        for (schema, id, title) in [
            (event_schema(), "urn:dateline:event:1", "dateline event record"),
            (article_schema(), "urn:dateline:article:1", "dateline article record"),
        ] {
            assert_eq!(schema["$id"], id);
            assert_eq!(schema["title"], title);
            assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
            let text = schema.to_string();
            assert!(!text.contains("\"null\""), "{text}");
            assert!(!text.contains("additionalProperties\":false"), "{text}");
        }
    }

    #[test]
    fn required_is_what_every_record_has() {
        let schema = event_schema();
        let required = schema["required"].as_array().unwrap();
        for always in ["schema", "op", "id", "event_key", "actor", "recipient", "evidence", "rule"]
        {
            assert!(required.iter().any(|name| name == always), "{always}");
        }
        for maybe in ["date", "time_precision", "date_basis", "event_text"] {
            assert!(!required.iter().any(|name| name == maybe), "{maybe}");
        }
    }

    #[test]
    fn the_schema_lists_every_type() {
        let schema = event_schema();
        let listed = schema["properties"]["event"]["enum"].as_array().unwrap();
        let names = PloverType::ALL.map(PloverType::as_str);
        assert_eq!(listed, &names.map(serde_json::Value::from));
    }
}
