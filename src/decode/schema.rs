//! The two JSON shapes that are read: the native envelope, and what the crawler news-please writes.
//!
//! Fields that are not named here are ignored, absent and `null` are the same, and every field but the text may be
//! missing. The types are strict: a number where a text belongs is a mistake of the producer that should not pass.

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// The native envelope.
#[derive(Deserialize)]
pub(super) struct Native {
    pub(super) id: Option<SourceId>,
    pub(super) url: Option<String>,
    pub(super) title: Option<String>,
    pub(super) text: Option<String>,
    pub(super) published_at: Option<String>,
    pub(super) modified_at: Option<String>,
    pub(super) source: Option<String>,
    pub(super) language: Option<String>,
    pub(super) authors: Option<Authors>,
}

/// What news-please writes for an article (fhamborg/news-please, `NewsArticle`), as far as it is read.
#[derive(Deserialize)]
pub(super) struct NewsPlease {
    pub(super) maintext: Option<String>,
    pub(super) title: Option<String>,
    pub(super) title_page: Option<String>,
    pub(super) date_publish: Option<String>,
    pub(super) date_modify: Option<String>,
    pub(super) source_domain: Option<String>,
    pub(super) url: Option<String>,
    pub(super) authors: Option<Authors>,
    pub(super) language: Option<String>,
}

/// A publisher's id: a text, or an integer, which reads as its digits.
pub(super) struct SourceId(pub(super) String);

impl<'de> Deserialize<'de> for SourceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrInteger;
        impl Visitor<'_> for TextOrInteger {
            type Value = SourceId;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string or an integer")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<SourceId, E> {
                Ok(SourceId(text.to_owned()))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<SourceId, E> {
                Ok(SourceId(number.to_string()))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<SourceId, E> {
                Ok(SourceId(number.to_string()))
            }
        }
        deserializer.deserialize_any(TextOrInteger)
    }
}

/// Author names: a list of texts, or one text. `null` in the list is nobody.
pub(super) struct Authors(pub(super) Vec<String>);

impl<'de> Deserialize<'de> for Authors {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListOrText;
        impl<'de> Visitor<'de> for ListOrText {
            type Value = Authors;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of strings or a string")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Authors, E> {
                Ok(Authors(vec![text.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Authors, A::Error> {
                let mut names = Vec::new();
                while let Some(name) = list.next_element::<Option<String>>()? {
                    names.extend(name);
                }
                Ok(Authors(names))
            }
        }
        deserializer.deserialize_any(ListOrText)
    }
}
