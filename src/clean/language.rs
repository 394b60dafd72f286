//! Makes the language subtag of an article out of the claim of its input.
//!
//! A claim is a BCP 47 tag, an ISO 639-2 code or an English name, as feeds write it. Nothing looks at the text: a wrong
//! claim is believed.

/// The primary subtag in lower case; `assumed` where the claim is absent or blank.
pub(super) fn subtag(claim: Option<&str>, assumed: &str) -> String {
    let claim = claim.unwrap_or_default().trim().to_lowercase();
    let primary = claim.split(['-', '_', '.', ' ', ';', ',']).next().unwrap_or_default();
    match primary {
        "" => assumed.to_owned(),
        "eng" | "english" => "en".to_owned(),
        primary => primary.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_tags_codes_and_names() {
        for claim in ["en", "EN-us", "en_GB", "eng", "English", " en ", "", "  "] {
            assert_eq!(subtag(Some(claim), "en"), "en", "{claim:?}");
        }
        assert_eq!(subtag(None, "en"), "en");
        assert_eq!(subtag(Some("de-AT"), "en"), "de");
        assert_eq!(subtag(Some("French"), "en"), "french");
    }
}
