//! The headers of a record: what it is, and which input record it came from.
//!
//! Headers lie outside the promise that equal input gives equal output: the offset of an input record is not a part of
//! its bytes. Values are text in UTF-8. Nothing is copied from the input's headers but a well-formed trace context.

use super::schema::{ARTICLE_SCHEMA, EVENT_SCHEMA};

/// The kinds of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordKind {
    /// An event record.
    Event,
    /// An article record.
    Article,
}

/// The input record that an output record was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputOrigin<'a> {
    /// Topic.
    pub topic: &'a str,
    /// Partition.
    pub partition: i32,
    /// Offset.
    pub offset: i64,
    /// Timestamp in milliseconds, where the record has one.
    pub timestamp_ms: Option<i64>,
    /// The value of its `traceparent` header, as it came.
    pub traceparent: Option<&'a [u8]>,
}

/// The headers of a record of `kind` made from `origin`.
pub fn headers(kind: RecordKind, origin: &InputOrigin<'_>) -> Vec<(String, Vec<u8>)> {
    let schema = match kind {
        RecordKind::Event => EVENT_SCHEMA,
        RecordKind::Article => ARTICLE_SCHEMA,
    };
    let mut headers = vec![
        header("schema", schema),
        header("content-type", "application/json"),
        header("dateline.topic", origin.topic),
        header("dateline.partition", &origin.partition.to_string()),
        header("dateline.offset", &origin.offset.to_string()),
    ];
    if let Some(timestamp_ms) = origin.timestamp_ms {
        headers.push(header("dateline.timestamp", &timestamp_ms.to_string()));
    }
    if let Some(traceparent) = origin.traceparent.filter(|value| is_traceparent(value)) {
        headers.push(("traceparent".to_owned(), traceparent.to_vec()));
    }
    headers
}

fn header(name: &str, value: &str) -> (String, Vec<u8>) {
    (name.to_owned(), value.as_bytes().to_vec())
}

/// Whether a trace context is one of version 00 (W3C Trace Context §3.2): four fields of lower-case hexadecimal digits,
/// neither trace id nor parent id all zero. Anything else stays behind, as the standard asks.
fn is_traceparent(value: &[u8]) -> bool {
    let fields = value.split(|byte| *byte == b'-').collect::<Vec<_>>();
    let [version, trace_id, parent_id, flags] = fields.as_slice() else {
        return false;
    };
    let is_hex = |field: &[u8], length: usize| {
        field.len() == length && field.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_id =
        |field: &[u8], length| is_hex(field, length) && field.iter().any(|byte| *byte != b'0');
    *version == b"00" && is_id(trace_id, 32) && is_id(parent_id, 16) && is_hex(flags, 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &[u8] = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn origin(traceparent: Option<&[u8]>) -> InputOrigin<'_> {
        InputOrigin {
            topic: "articles.raw",
            partition: 3,
            offset: 41,
            timestamp_ms: Some(1_731_514_800_000),
            traceparent,
        }
    }

    fn text_of(headers: &[(String, Vec<u8>)], name: &str) -> Option<String> {
        let found = headers.iter().find(|(key, _)| key == name)?;
        Some(String::from_utf8(found.1.clone()).unwrap())
    }

    #[test]
    fn headers_say_what_it_is_and_where_it_came_from() {
        let headers = headers(RecordKind::Article, &origin(Some(TRACE)));
        for (name, expected) in [
            ("schema", "dateline.article/1"),
            ("content-type", "application/json"),
            ("dateline.topic", "articles.raw"),
            ("dateline.partition", "3"),
            ("dateline.offset", "41"),
            ("dateline.timestamp", "1731514800000"),
            ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ] {
            assert_eq!(text_of(&headers, name).as_deref(), Some(expected), "{name}");
        }
        assert_eq!(headers.len(), 7);
    }

    #[test]
    fn what_the_input_lacks_is_absent() {
        let bare = InputOrigin { timestamp_ms: None, ..origin(None) };
        let headers = headers(RecordKind::Event, &bare);
        assert_eq!(text_of(&headers, "schema").as_deref(), Some("dateline.event/1"));
        assert_eq!(text_of(&headers, "dateline.timestamp"), None);
        assert_eq!(text_of(&headers, "traceparent"), None);
    }

    #[test]
    fn a_trace_context_that_is_not_well_formed_stays_behind() {
        assert!(is_traceparent(TRACE));
        for wrong in [
            "",
            "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g",
            "00-0af7651916cd43dd8448eb211c80319-b7ad6b71692033311-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1 ",
        ] {
            assert!(!is_traceparent(wrong.as_bytes()), "{wrong}");
        }
    }
}
