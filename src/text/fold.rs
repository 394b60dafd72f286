//! Makes the form of a text in which words are compared: lower case, without diacritics, with plain quotes and hyphens.
//!
//! Lower case first, then canonical decomposition (NFD) with the marks dropped, then the letters that Unicode does not
//! decompose (ß, ø, ł …) as the press writes them. Folding is character by character, so that the fold of a text is
//! the concatenation of the folds of its characters and may be done token by token. A fold may be shorter or longer
//! than its text: offsets into it are not offsets into the text.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Adds the folded form of `text` to `out`.
pub fn fold_into(text: &str, out: &mut String) {
    if text.is_ascii() {
        out.extend(text.chars().map(|character| character.to_ascii_lowercase()));
        return;
    }
    for character in text.chars().flat_map(char::to_lowercase).nfd() {
        if !is_combining_mark(character) {
            fold_letter(character, out);
        }
    }
}

/// Adds the folded form of one token to `out`, as phrase tables match it: with a space on both sides of every hyphen
/// inside it (`co - founder`), so that it does not matter whether a tokeniser divides there.
pub fn fold_token_into(token: &str, out: &mut String) {
    let start = out.len();
    fold_into(token, out);
    space_hyphens(start, out);
}

/// Puts a space on both sides of every single hyphen inside a word, from `start` on.
pub fn space_hyphens(start: usize, out: &mut String) {
    let mut from = start;
    while let Some(found) = out.get(from..).and_then(|rest| rest.find('-')) {
        let at = from + found;
        from = at + 1;
        let inside = |byte: Option<&u8>| byte.is_some_and(|byte| !matches!(byte, b'-' | b' '));
        let before = at.checked_sub(1).filter(|before| *before >= start);
        let bytes = out.as_bytes();
        if inside(before.and_then(|at| bytes.get(at))) && inside(bytes.get(at + 1)) {
            out.insert(at + 1, ' ');
            out.insert(at, ' ');
            from = at + 3;
        }
    }
}

/// The folded form of `text`.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(text, &mut out);
    out
}

/// Letters without a canonical decomposition, and the many quotes and dashes of typesetting.
fn fold_letter(character: char, out: &mut String) {
    let replacement = match character {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ŧ' => "t",
        'ŋ' => "n",
        'ı' => "i",
        'ə' => "a",
        // single quotes, apostrophes, primes, and the ayn and hamza of transliterated Arabic
        '‘' | '’' | '‚' | '‛' | 'ʼ' | 'ʻ' | 'ʿ' | 'ʾ' | '′' | '´' => "'",
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' => "\"",
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '﹘' | '－' => "-",
        // soft hyphen and zero-width characters are not part of a word
        '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => "",
        other => {
            out.push(other);
            return;
        }
    };
    out.push_str(replacement);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hyphens_inside_a_token_stand_between_spaces() {
        for (token, expected) in [
            ("Co-founder", "co - founder"),
            ("Naqsh-e-Jahan", "naqsh - e - jahan"),
            ("al\u{2011}Qaeda", "al - qaeda"),
            ("-5", "-5"),
            ("th-", "th-"),
            ("--", "--"),
            ("a--b", "a--b"),
        ] {
            let mut out = "x-y ".to_owned();
            fold_token_into(token, &mut out);
            assert_eq!(out, format!("x-y {expected}"));
        }
    }

    #[test]
    fn folds_case_diacritics_and_letters_without_decomposition() {
        for (text, expected) in [
            ("NATO", "nato"),
            ("São Tomé", "sao tome"),
            ("Erdoğan", "erdogan"),
            ("İSTANBUL", "istanbul"),
            ("Straße", "strasse"),
            ("Łódź", "lodz"),
            ("Ærø", "aero"),
            ("Đồng", "dong"),
            ("Diyarbakır", "diyarbakir"),
            ("İlham Əliyev", "ilham aliyev"),
            ("Côte d’Ivoire", "cote d'ivoire"),
            ("“U.S.–led”", "\"u.s.-led\""),
            ("e\u{301}lan", "elan"),
            ("Киев", "киев"),
        ] {
            assert_eq!(fold(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_leaves_no_mark_and_no_capital(text in "\\PC*|.*") {
            let folded = fold(&text);
            prop_assert!(!folded.chars().any(is_combining_mark));
            prop_assert!(!folded.chars().any(|c| c.is_ascii_uppercase()));
            let mut appended = "x".to_owned();
            fold_into(&text, &mut appended);
            prop_assert_eq!(appended.strip_prefix('x'), Some(folded.as_str()));
        }

        #[test]
        fn folding_an_ascii_text_is_lower_case(text in "[ -~]*") {
            prop_assert_eq!(fold(&text), text.to_ascii_lowercase());
        }

        #[test]
        fn folding_latin_text_twice_is_folding_it_once(text in "[a-zA-ZÀ-ž’“”– ]*") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
