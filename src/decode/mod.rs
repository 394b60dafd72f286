//! Makes a [`RawArticle`] out of the bytes of one input record, or says why it cannot.
//!
//! The order is fixed: size, header, UTF-8, format, fields; so the same bytes and hint always give the same verdict.
//! Bytes that look like JSON and do not parse are rejected, never read as text: a broken producer must not look like
//! a wire service. A date that cannot be read costs an issue, not the article.
//! It does not clean the text, does not look at the language, and guesses nothing that the input does not state.

mod json;
mod moment;
mod schema;
mod sniff;

pub use moment::{MOMENT_FORMS, parse_moment};

use crate::model::{
    ArticleId, Format, Hint, IssueKind, Moment, Notes, RawArticle, Reject, RejectReason, Stage,
    ZoneBasis,
};
use crate::pack::Setup;
use crate::text::StableHash;

/// Reads one input record.
///
/// `hint.format` wins over `hint.content_type`, which wins over a look at the bytes. `hint.published_at` stands in
/// where the input states no readable time of publication. A byte-order mark is not part of the text.
///
/// # Errors
/// A [`Reject`] of stage decode, see [`RejectReason`]; it never holds input text.
pub fn decode(
    setup: &Setup,
    bytes: &[u8],
    hint: &Hint,
    notes: &mut Notes,
) -> Result<RawArticle, Reject> {
    read(setup, bytes, hint, notes).map_err(|reason| Reject { stage: Stage::Decode, reason })
}

fn read(
    setup: &Setup,
    bytes: &[u8],
    hint: &Hint,
    notes: &mut Notes,
) -> Result<RawArticle, RejectReason> {
    let limit = setup.limits.article_bytes_max;
    if bytes.len() as u64 > u64::from(limit) {
        return Err(RejectReason::TooLarge { bytes: bytes.len() as u64, limit });
    }
    let claim = sniff::claim(hint)?;
    let text = std::str::from_utf8(bytes)
        .map_err(|error| RejectReason::InvalidUtf8 { position: error.valid_up_to() as u64 })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if is_blank(text) {
        return Err(RejectReason::Empty);
    }
    let (format, fields) = match sniff::format(text, claim)? {
        Format::Json => json::read(text)?,
        Format::NewsPlease => (Format::NewsPlease, json::read_news_please(text)?),
        Format::Text => (Format::Text, Fields { body: text.to_owned(), ..Fields::default() }),
    };
    if is_blank(&fields.body) {
        return Err(RejectReason::Empty);
    }
    Ok(assemble(bytes, format, fields, hint, notes))
}

/// What one format found, before dates are read.
#[derive(Default)]
struct Fields {
    source: Option<String>,
    source_id: Option<String>,
    url: Option<String>,
    title: Option<String>,
    body: String,
    published_at: DateField,
    modified_at: DateField,
    authors: Vec<String>,
    language: Option<String>,
}

/// A date as written, with the name that its field has in the input.
#[derive(Default)]
struct DateField {
    name: &'static str,
    value: Option<String>,
}

fn assemble(
    bytes: &[u8],
    format: Format,
    fields: Fields,
    hint: &Hint,
    notes: &mut Notes,
) -> RawArticle {
    let published_at = read_date(&fields.published_at, notes).or_else(|| {
        if let Some(Moment::Instant { zone: ZoneBasis::Assumed, .. }) = hint.published_at {
            notes.issue(Stage::Decode, IssueKind::ZoneAssumed { field: "published_at" }, None);
        }
        hint.published_at
    });
    RawArticle {
        format,
        id: identity(&fields, bytes),
        published_at,
        modified_at: read_date(&fields.modified_at, notes),
        recorded_at: hint.recorded_at,
        source: fields.source,
        source_id: fields.source_id,
        url: fields.url,
        title: fields.title,
        body: fields.body,
        authors: fields.authors,
        language: fields.language,
    }
}

fn read_date(field: &DateField, notes: &mut Notes) -> Option<Moment> {
    let moment = parse_moment(field.value.as_deref()?);
    match moment {
        None => {
            notes.issue(Stage::Decode, IssueKind::DateUnreadable { field: field.name }, None);
        }
        Some(Moment::Instant { zone: ZoneBasis::Assumed, .. }) => {
            notes.issue(Stage::Decode, IssueKind::ZoneAssumed { field: field.name }, None);
        }
        Some(Moment::Instant { zone: ZoneBasis::Given, .. } | Moment::Day(_)) => {}
    }
    moment
}

/// Identity: of (source, id) where the input has an id, else of the url, else of the bytes as they came.
///
/// An id without a source counts as an id of the one unnamed source: a producer that numbers its articles wants a later
/// version to keep its number. The leading word keeps an url from colliding with a text that is an url.
fn identity(fields: &Fields, bytes: &[u8]) -> ArticleId {
    let mut hash = StableHash::new();
    match (&fields.source_id, &fields.url) {
        (Some(source_id), _) => {
            hash.write_str("source and id");
            // the number tells an absent source from an empty one
            hash.write_u64(u64::from(fields.source.is_some()));
            hash.write_str(fields.source.as_deref().unwrap_or_default());
            hash.write_str(source_id);
        }
        (None, Some(url)) => {
            hash.write_str("url");
            hash.write_str(url);
        }
        (None, None) => {
            hash.write_str("bytes");
            hash.write_u64(bytes.len() as u64);
            hash.write(bytes);
        }
    }
    ArticleId(hash.finish())
}

/// Whether a text has nothing to read: white space and control characters only.
fn is_blank(text: &str) -> bool {
    text.chars().all(|letter| letter.is_whitespace() || letter.is_control())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fields(source: Option<&str>, id: Option<&str>, url: Option<&str>) -> Fields {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Fields { source: own(source), source_id: own(id), url: own(url), ..Fields::default() }
    }

    #[test]
    fn the_three_kinds_of_identity_do_not_collide() {
        let ids = [
            identity(&fields(Some("wire"), Some("1"), Some("u")), b"x"),
            identity(&fields(Some("wire1"), Some(""), None), b"x"),
            identity(&fields(None, Some("1"), None), b"x"),
            identity(&fields(Some(""), Some("1"), None), b"x"),
            identity(&fields(Some("wire"), None, Some("u")), b"x"),
            identity(&fields(None, None, None), b"u"),
            identity(&fields(None, None, None), b"x"),
        ];
        let different = ids.iter().collect::<std::collections::BTreeSet<_>>();
        assert_eq!(different.len(), ids.len());
    }

    #[test]
    fn identity_follows_source_and_id_whatever_else_changes() {
        let first = identity(&fields(Some("wire"), Some("1"), Some("a")), b"first version");
        let second = identity(&fields(Some("wire"), Some("1"), Some("b")), b"second version");
        assert_eq!(first, second);
    }

    #[test]
    fn blank_means_nothing_to_read() {
        for text in ["", " \t\r\n", "\u{a0}\u{2003}", "\0\u{1b}"] {
            assert!(is_blank(text), "{text:?}");
        }
        assert!(!is_blank(" . "));
    }

    fn json_like() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            "\"",
            "\\",
            "\\ud800",
            "\"text\"",
            "\"maintext\"",
            "\"published_at\"",
            "\"2013-03-10\"",
            "null",
            "1e999",
            " ",
            "\u{feff}",
            "é",
            "\"id\"",
        ]);
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat().into_bytes())
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic_and_twice_the_same_bytes_are_equal(
            bytes in prop_oneof![prop::collection::vec(any::<u8>(), 0..200), json_like()],
            fixed in prop::sample::select(vec![
                None, Some(Format::Json), Some(Format::NewsPlease), Some(Format::Text),
            ]),
        ) {
            let setup = setup();
            let hint = Hint { format: fixed, ..Hint::default() };
            let (mut first_notes, mut second_notes) = (Notes::default(), Notes::default());
            let first = decode(&setup, &bytes, &hint, &mut first_notes);
            let second = decode(&setup, &bytes, &hint, &mut second_notes);
            prop_assert_eq!(&first, &second);
            prop_assert_eq!(first_notes, second_notes);
            if let Ok(article) = first {
                prop_assert!(!is_blank(&article.body));
            }
        }
    }

    fn setup() -> Setup {
        use std::sync::{Arc, OnceLock};

        use crate::model::Limits;
        use crate::pack::Pack;
        static PACK: OnceLock<Arc<Pack>> = OnceLock::new();
        let pack = PACK.get_or_init(|| Arc::new(Pack::embedded().unwrap()));
        let limits = Limits {
            article_bytes_max: 150,
            sentences_max: 10,
            sentence_tokens_max: 10,
            mentions_max: 10,
            participants_max: 10,
            events_max: 10,
        };
        Setup { pack: Arc::clone(pack), limits }
    }
}
