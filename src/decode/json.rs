//! Reads a JSON object of either shape into fields.
//!
//! The object is walked twice: once as a whole, so that a key that stands twice, a lone surrogate or a nesting without
//! end is found also in fields nobody reads, and once into the shape it has. A message holds a fixed word and a place,
//! never input: serde_json's own messages quote values.

use std::collections::BTreeSet;

use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::schema::{Authors, Native, NewsPlease};
use super::{DateField, Fields};
use crate::model::{Format, RejectReason};

/// Reads JSON whose shape the fields tell: news-please where it has `maintext` and no `text`, else the native envelope.
///
/// # Errors
/// [`RejectReason::Malformed`] for what is no JSON or not of the schema, [`RejectReason::MissingText`].
pub(super) fn read(text: &str) -> Result<(Format, Fields), RejectReason> {
    let present = parse::<Present>(text)?;
    if present.maintext && !present.text {
        return Ok((Format::NewsPlease, news_please(parse(text)?)?));
    }
    Ok((Format::Json, native(parse(text)?)?))
}

/// Reads JSON that a setting says to be of news-please.
///
/// # Errors
/// As [`read`].
pub(super) fn read_news_please(text: &str) -> Result<Fields, RejectReason> {
    parse::<Present>(text)?;
    news_please(parse(text)?)
}

fn native(envelope: Native) -> Result<Fields, RejectReason> {
    Ok(Fields {
        source: stated(envelope.source),
        source_id: stated(envelope.id.map(|id| id.0)),
        url: stated(envelope.url),
        title: stated(envelope.title),
        body: envelope.text.ok_or(RejectReason::MissingText)?,
        published_at: DateField { name: "published_at", value: stated(envelope.published_at) },
        modified_at: DateField { name: "modified_at", value: stated(envelope.modified_at) },
        authors: names(envelope.authors),
        language: stated(envelope.language),
    })
}

fn news_please(article: NewsPlease) -> Result<Fields, RejectReason> {
    Ok(Fields {
        source: stated(article.source_domain),
        source_id: None,
        url: stated(article.url),
        title: stated(article.title).or_else(|| stated(article.title_page)),
        body: article.maintext.ok_or(RejectReason::MissingText)?,
        published_at: DateField { name: "date_publish", value: stated(article.date_publish) },
        modified_at: DateField { name: "date_modify", value: stated(article.date_modify) },
        authors: names(article.authors),
        language: stated(article.language),
    })
}

/// A field that says something: crawlers write the empty text for what they did not find.
fn stated(field: Option<String>) -> Option<String> {
    field.filter(|text| !super::is_blank(text))
}

fn names(authors: Option<Authors>) -> Vec<String> {
    let authors = authors.map(|authors| authors.0).unwrap_or_default();
    authors.into_iter().filter(|name| !super::is_blank(name)).collect()
}

fn parse<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, RejectReason> {
    serde_json::from_str(text).map_err(|error| RejectReason::Malformed {
        line: place(error.line()),
        column: place(error.column()),
        what: what(&error),
    })
}

/// A line or column counted from 1 (serde_json says column 0 right after a line break).
fn place(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX).max(1)
}

/// What our own walk says about a key that stands twice.
const DUPLICATE: &str = "duplicate field";

/// The fixed word for an error, by the beginning of serde_json's message.
fn what(error: &serde_json::Error) -> &'static str {
    const WORDS: [(&str, &str); 12] = [
        ("EOF", "it ends too early"),
        (DUPLICATE, "a field stands twice"),
        ("invalid type", "a field has a wrong type"),
        ("recursion limit", "it is nested too deeply"),
        ("lone leading surrogate", "an escape is half a surrogate pair"),
        ("unexpected end of hex escape", "an escape is half a surrogate pair"),
        ("invalid escape", "an escape is unknown"),
        ("control character", "a control character is not escaped"),
        ("trailing characters", "something follows the object"),
        ("trailing comma", "a comma has nothing after it"),
        ("number out of range", "a number is out of range"),
        ("key must be a string", "a key is not a string"),
    ];
    let message = error.to_string();
    let word = WORDS.into_iter().find(|(beginning, _)| message.starts_with(beginning));
    word.map_or("it is not valid JSON", |(_, word)| word)
}

/// Which text fields an object has; reading it walks the whole object.
struct Present {
    text: bool,
    maintext: bool,
}

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Present;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Present, A::Error> {
                let mut present = Present { text: false, maintext: false };
                // ordered, because the keys come from outside and could be chosen to collide in a hash
                let mut keys = BTreeSet::new();
                while let Some(key) = map.next_key::<String>()? {
                    let Walked(some) = map.next_value()?;
                    present.text |= some && key == "text";
                    present.maintext |= some && key == "maintext";
                    if !keys.insert(key) {
                        return Err(A::Error::custom(DUPLICATE));
                    }
                }
                Ok(present)
            }
        }
        deserializer.deserialize_map(Keys)
    }
}

/// A value that was looked at and not kept; false for `null`. Unlike serde's `IgnoredAny`, for which serde_json skips
/// brackets without a limit, it counts against the limit on nesting and decodes the strings.
struct Walked(bool);

impl<'de> Deserialize<'de> for Walked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Walk)
    }
}

struct Walk;

impl<'de> Visitor<'de> for Walk {
    type Value = Walked;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<Walked, E> {
        Ok(Walked(false))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Walked, E> {
        Ok(Walked(true))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Walked, E> {
        Ok(Walked(true))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Walked, E> {
        Ok(Walked(true))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Walked, E> {
        Ok(Walked(true))
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Walked, E> {
        Ok(Walked(true))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Walked, A::Error> {
        while list.next_element::<Walked>()?.is_some() {}
        Ok(Walked(true))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Walked, A::Error> {
        while map.next_entry::<IgnoredAny, Walked>()?.is_some() {}
        Ok(Walked(true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn malformed(text: &str) -> (u32, u32, &'static str) {
        match read(text) {
            Err(RejectReason::Malformed { line, column, what }) => (line, column, what),
            Err(other) => panic!("{text}: {other:?}"),
            Ok(_) => panic!("{text} was read"),
        }
    }

    #[test]
    fn each_kind_of_mistake_has_its_word() {
        let deep = format!("{{\"x\":{}{},\"text\":\"a\"}}", "[".repeat(200), "]".repeat(200));
        for (text, word) in [
            (r#"{"text":"a""#, "it ends too early"),
            (r#"{"text":"a","text":"b"}"#, "a field stands twice"),
            (r#"{"text":"a","x":1,"x":2}"#, "a field stands twice"),
            (r#"{"text":5}"#, "a field has a wrong type"),
            (r#"{"text":"a","published_at":1731514800}"#, "a field has a wrong type"),
            (r#"{"text":"a","id":1.5}"#, "a field has a wrong type"),
            (r#"{"text":"a","authors":[1]}"#, "a field has a wrong type"),
            (deep.as_str(), "it is nested too deeply"),
            (r#"{"text":"\ud800"}"#, "an escape is half a surrogate pair"),
            (r#"{"text":"\ud800\u0041"}"#, "an escape is half a surrogate pair"),
            (r#"{"text":"a","x":"\udc00"}"#, "an escape is half a surrogate pair"),
            (r#"{"text":"\q"}"#, "an escape is unknown"),
            ("{\"text\":\"a\nb\"}", "a control character is not escaped"),
            (r#"{"text":"a"} {"text":"b"}"#, "something follows the object"),
            (r#"{"text":"a",}"#, "a comma has nothing after it"),
            (r#"{"text":"a","x":1e999}"#, "a number is out of range"),
            ("{1:2}", "a key is not a string"),
            ("{text}", "a key is not a string"),
            (r#"{"text" "a"}"#, "it is not valid JSON"),
        ] {
            assert_eq!(malformed(text).2, word, "{text}");
        }
    }

    #[test]
    fn the_place_is_counted_from_one() {
        assert_eq!(malformed("{\n  \"text\": 5\n}"), (2, 11, "a field has a wrong type"));
        assert_eq!(malformed("{\n"), (2, 1, "it ends too early"));
    }

    #[test]
    fn the_shape_follows_the_text_field_that_is_there() {
        let format = |text| read(text).map(|(format, _)| format);
        assert_eq!(format(r#"{"text":"a"}"#), Ok(Format::Json));
        assert_eq!(format(r#"{"maintext":"a"}"#), Ok(Format::NewsPlease));
        assert_eq!(format(r#"{"maintext":"a","text":null}"#), Ok(Format::NewsPlease));
        assert_eq!(format(r#"{"maintext":"a","text":"b"}"#), Ok(Format::Json));
        assert_eq!(format(r#"{"maintext":null}"#), Err(RejectReason::MissingText));
        assert_eq!(format("{}"), Err(RejectReason::MissingText));
    }

    #[test]
    fn blank_fields_are_absent_and_integers_are_ids() {
        let (_, fields) =
            read(r#"{"text":"a","id":-7,"url":" ","title":"","authors":["A",null,""]}"#).unwrap();
        assert_eq!(fields.source_id.as_deref(), Some("-7"));
        assert_eq!((fields.url, fields.title), (None, None));
        assert_eq!(fields.authors, ["A"]);
        let (_, fields) = read(r#"{"text":"a","authors":"One Name"}"#).unwrap();
        assert_eq!(fields.authors, ["One Name"]);
    }

    #[test]
    fn news_please_falls_back_to_the_title_of_the_page() {
        let (_, fields) =
            read(r#"{"maintext":"a","title":null,"title_page":"P","source_domain":"d.org"}"#)
                .unwrap();
        assert_eq!((fields.title.as_deref(), fields.source.as_deref()), (Some("P"), Some("d.org")));
    }
}
