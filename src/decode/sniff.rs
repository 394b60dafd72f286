//! Which format the bytes are to be read as: from the setting, else from the `content-type`, else from the first byte.
//!
//! One byte decides, so a reader of the rules can predict every verdict. What is fixed by setting or header is believed
//! for text, which any UTF-8 may be; JSON has to look like a JSON object.

use crate::model::{Format, Hint, RejectReason};

/// The format that setting or header claim; `None` where the bytes decide.
///
/// # Errors
/// [`RejectReason::UnsupportedFormat`] for a media type that is not read.
pub(super) fn claim(hint: &Hint) -> Result<Option<Format>, RejectReason> {
    if hint.format.is_some() {
        return Ok(hint.format);
    }
    let header = hint.content_type.as_deref().unwrap_or_default();
    let essence = header.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let unsupported = |found| Err(RejectReason::UnsupportedFormat { found });
    match essence.as_str() {
        "" | "application/octet-stream" => Ok(None),
        "application/json" | "text/json" => Ok(Some(Format::Json)),
        "text/plain" => Ok(Some(Format::Text)),
        "text/html" | "application/xhtml+xml" => unsupported("html"),
        "application/xml" | "text/xml" => unsupported("xml"),
        // RFC 6839: the suffix says that the type is JSON
        other if other.starts_with("application/") && other.ends_with("+json") => {
            Ok(Some(Format::Json))
        }
        _ => unsupported("another content-type"),
    }
}

/// The format to read `text` as; `Format::Json` stands for JSON of either shape.
///
/// # Errors
/// [`RejectReason::FormatMismatch`] where JSON is claimed and the text is no object,
/// [`RejectReason::UnsupportedFormat`] where nothing is claimed and it looks like XML or HTML.
pub(super) fn format(text: &str, claim: Option<Format>) -> Result<Format, RejectReason> {
    let first = text.bytes().find(|byte| !is_blank(*byte));
    match (claim, first) {
        (Some(Format::Text), _) => Ok(Format::Text),
        (Some(claimed @ (Format::Json | Format::NewsPlease)), Some(b'{')) => Ok(claimed),
        (Some(claimed @ (Format::Json | Format::NewsPlease)), _) => {
            let found = if first == Some(b'<') { "xml or html" } else { "text" };
            Err(RejectReason::FormatMismatch { claimed, found })
        }
        (None, Some(b'{')) => Ok(Format::Json),
        (None, Some(b'<')) => Err(RejectReason::UnsupportedFormat { found: "xml or html" }),
        (None, _) => Ok(Format::Text),
    }
}

/// White space of ASCII, with the vertical tab that old wire terminals send.
fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0x0b
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_header(header: &str) -> Result<Option<Format>, RejectReason> {
        claim(&Hint { content_type: Some(header.to_owned()), ..Hint::default() })
    }

    #[test]
    fn the_header_fixes_the_format() {
        for (header, expected) in [
            ("application/json", Some(Format::Json)),
            ("Application/JSON; charset=utf-8", Some(Format::Json)),
            ("application/vnd.example+json", Some(Format::Json)),
            ("text/json", Some(Format::Json)),
            ("text/plain;charset=UTF-8", Some(Format::Text)),
            ("application/octet-stream", None),
            ("", None),
            (" ", None),
        ] {
            assert_eq!(of_header(header), Ok(expected), "{header}");
        }
    }

    #[test]
    fn a_media_type_that_is_not_read_is_refused_with_a_fixed_word() {
        for (header, found) in [
            ("text/html", "html"),
            ("application/xhtml+xml", "html"),
            ("text/xml; charset=utf-8", "xml"),
            ("application/xml", "xml"),
            ("image/png", "another content-type"),
            ("application/nitf+xml", "another content-type"),
            ("model/gltf+json", "another content-type"),
            ("nonsense", "another content-type"),
        ] {
            let expected = Err(RejectReason::UnsupportedFormat { found });
            assert_eq!(of_header(header), expected, "{header}");
        }
    }

    #[test]
    fn the_setting_wins_over_the_header() {
        let hint = Hint {
            format: Some(Format::Text),
            content_type: Some("image/png".into()),
            ..Hint::default()
        };
        assert_eq!(claim(&hint), Ok(Some(Format::Text)));
    }

    #[test]
    fn without_a_claim_one_byte_decides() {
        for (text, expected) in [
            ("{", Some(Format::Json)),
            (" \r\n\t\u{b}{}", Some(Format::Json)),
            ("[1]", Some(Format::Text)),
            ("\"quoted\"", Some(Format::Text)),
            ("BRUSSELS", Some(Format::Text)),
            ("  <html>", None),
        ] {
            assert_eq!(format(text, None).ok(), expected, "{text:?}");
        }
    }
}
