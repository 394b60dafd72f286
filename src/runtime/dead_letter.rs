//! The dead-letter record: the original key, value, headers and timestamp, and headers that say where it came from and
//! why it is here. Never text of the record in our own headers.
//!
//! Where original and headers exceed what one record may have, a stub: the first 16 KiB of the value, its length and
//! its SHA-256; the origin headers let an operator fetch the rest.

use sha2::{Digest, Sha256};

use super::broker::{Header, InputRecord, Output, TopicIx};
use super::processor::Refusal;

/// Bytes of the value kept in a stub: enough to see what it is, far below any broker's record limit.
const STUB_VALUE_BYTES: usize = 16 * 1024;

/// Bytes of original headers kept in a stub: hostile headers alone may exceed a record's limit.
const STUB_HEADER_BYTES: usize = 16 * 1024;

/// Refusal of a record whose outputs are larger than the broker accepts.
pub(crate) fn output_too_large(bytes: usize, limit: usize) -> Refusal {
    Refusal {
        stage: "publish",
        error_type: "output_too_large",
        sentence: format!(
            "cannot publish: an output record has {bytes} bytes, limit is {limit} (message.max.bytes)"
        ),
        policy: super::processor::Policy::DeadLetter,
    }
}

/// What every dead letter of a worker says about the worker.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    pub(crate) topic: TopicIx,
    pub(crate) input_topic: String,
    pub(crate) instance: String,
    pub(crate) version: String,
    pub(crate) output_bytes_max: usize,
}

/// The dead letter of a refused record.
pub(crate) fn dead_letter(
    sender: &Sender,
    input: &InputRecord,
    refusal: &Refusal,
    now_ms: i64,
) -> Output {
    let ours = headers(sender, input, refusal, now_ms);
    let mut whole = Output {
        topic: sender.topic,
        key: input.key.clone(),
        value: input.value.clone(),
        headers: input.headers.clone(),
    };
    whole.headers.extend(ours.iter().cloned());
    if whole.bytes() <= sender.output_bytes_max { whole } else { stub(sender, input, ours) }
}

fn headers(sender: &Sender, input: &InputRecord, refusal: &Refusal, now_ms: i64) -> Vec<Header> {
    let mut headers = vec![
        Header::text("dateline.dlq.topic", sender.input_topic.as_str()),
        Header::text("dateline.dlq.partition", input.partition.to_string()),
        Header::text("dateline.dlq.offset", input.offset.to_string()),
    ];
    if let Some(timestamp_ms) = input.timestamp_ms {
        headers.push(Header::text("dateline.dlq.timestamp", timestamp_ms.to_string()));
    }
    headers.extend([
        Header::text("dateline.dlq.stage", refusal.stage),
        Header::text("dateline.dlq.error_type", refusal.error_type),
        Header::text("dateline.dlq.message", refusal.sentence.as_str()),
        Header::text("dateline.dlq.attempts", "1"),
        Header::text("dateline.dlq.version", sender.version.as_str()),
        Header::text("dateline.dlq.instance", sender.instance.as_str()),
        Header::text("dateline.dlq.first_seen", now_ms.to_string()),
        Header::text("dateline.dlq.replays", "0"),
    ]);
    headers
}

fn stub(sender: &Sender, input: &InputRecord, ours: Vec<Header>) -> Output {
    let value = input.value.as_deref().unwrap_or_default();
    let mut kept: Vec<Header> = Vec::new();
    let mut kept_bytes = 0;
    for header in &input.headers {
        kept_bytes += header.name.len() + header.value.as_ref().map_or(0, Vec::len);
        if kept_bytes > STUB_HEADER_BYTES {
            break;
        }
        kept.push(header.clone());
    }
    kept.extend(ours);
    let digest = Sha256::digest(value);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    kept.push(Header::text("dateline.dlq.value_bytes", value.len().to_string()));
    kept.push(Header::text("dateline.dlq.value_sha256", hex));
    kept.push(Header::text("dateline.dlq.truncated", "true"));
    let key = input.key.as_deref().map(|key| key.get(..STUB_VALUE_BYTES).unwrap_or(key).to_vec());
    let value = value.get(..STUB_VALUE_BYTES).unwrap_or(value).to_vec();
    Output { topic: sender.topic, key, value: Some(value), headers: kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender() -> Sender {
        Sender {
            topic: TopicIx(2),
            input_topic: "articles.raw".to_owned(),
            instance: "host-0".to_owned(),
            version: "0.1.0".to_owned(),
            output_bytes_max: 100_000,
        }
    }

    fn input(value: Vec<u8>) -> InputRecord {
        InputRecord {
            partition: 3,
            offset: 17,
            timestamp_ms: Some(99),
            key: Some(b"k".to_vec()),
            value: Some(value),
            headers: vec![Header { name: "h".to_owned(), value: None }],
        }
    }

    fn text<'a>(output: &'a Output, name: &str) -> Option<&'a str> {
        let header = output.headers.iter().find(|header| header.name == name)?;
        std::str::from_utf8(header.value.as_deref()?).ok()
    }

    #[test]
    fn keeps_the_original_and_says_where_and_why() {
        let refusal = output_too_large(7, 5);
        let letter = dead_letter(&sender(), &input(b"body".to_vec()), &refusal, 123);
        assert_eq!(
            (letter.key.as_deref(), letter.value.as_deref()),
            (Some(&b"k"[..]), Some(&b"body"[..]))
        );
        assert_eq!(letter.headers[0], Header { name: "h".to_owned(), value: None });
        for (name, expected) in [
            ("dateline.dlq.topic", "articles.raw"),
            ("dateline.dlq.partition", "3"),
            ("dateline.dlq.offset", "17"),
            ("dateline.dlq.timestamp", "99"),
            ("dateline.dlq.stage", "publish"),
            ("dateline.dlq.error_type", "output_too_large"),
            ("dateline.dlq.instance", "host-0"),
            ("dateline.dlq.first_seen", "123"),
        ] {
            assert_eq!(text(&letter, name), Some(expected), "{name}");
        }
        assert_eq!(text(&letter, "dateline.dlq.truncated"), None);
    }

    #[test]
    fn becomes_a_stub_with_length_and_digest_where_it_would_not_fit() {
        let letter =
            dead_letter(&sender(), &input(vec![b'a'; 200_000]), &output_too_large(1, 1), 0);
        assert_eq!(letter.value.as_ref().map(Vec::len), Some(STUB_VALUE_BYTES));
        assert_eq!(text(&letter, "dateline.dlq.value_bytes"), Some("200000"));
        assert_eq!(text(&letter, "dateline.dlq.value_sha256").map(str::len), Some(64));
        assert!(letter.bytes() < 100_000);
    }
}
