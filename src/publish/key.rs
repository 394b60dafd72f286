//! The event key as it may leave when no text of the article may.
//!
//! A key is date, type, actors, recipients and country, divided by `|`; the lists are joined by `+`, and a participant
//! that no table knows stands in it with a word of the article. That word becomes a hash, so that equal events keep equal
//! keys. A hash of a short word can be guessed by trying words: it keeps text out of records, it does not keep a secret.

use crate::text::StableHash;

/// The key with every word of the article hashed.
pub(super) fn without_words(key: &str) -> String {
    let last = key.split('|').count().saturating_sub(1);
    let fields = key.split('|').enumerate().map(|(position, field)| {
        // date, type and country are codes; all between them is lists of participants, whatever stands in a word
        if position < 2 || position == last { field.to_owned() } else { hash_words(field) }
    });
    fields.collect::<Vec<_>>().join("|")
}

fn hash_words(list: &str) -> String {
    list.split('+')
        .map(|entry| if is_code(entry) { entry.to_owned() } else { hashed(entry) })
        .collect::<Vec<_>>()
        .join("+")
}

fn hashed(word: &str) -> String {
    let mut hash = StableHash::new();
    hash.write_str("event key");
    hash.write_str(word);
    format!("#{:016x}", hash.finish())
}

/// A missing slot (`-`), or codes of three capitals joined by `:` (`USA:GOV`). Words of the article are folded, so they
/// have no capitals; a name of three capitals comes from a table.
fn is_code(entry: &str) -> bool {
    let is_capitals =
        |part: &str| part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_uppercase());
    entry == "-" || entry.split(':').all(|part| part == "-" || is_capitals(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stay_and_words_go() {
        assert_eq!(
            without_words("2024-11-13|AGREE|USA:GOV+RUS|-|BEL"),
            "2024-11-13|AGREE|USA:GOV+RUS|-|BEL"
        );
        let key = without_words("2024-11-13|AGREE|usa+GOV|villagers|-");
        assert!(!key.contains("usa") && !key.contains("villagers"), "{key}");
        assert!(
            key.starts_with("2024-11-13|AGREE|#") && key.contains("+GOV|#") && key.ends_with("|-")
        );
        assert_eq!(key, without_words("2024-11-13|AGREE|usa+GOV|villagers|-"));
    }

    #[test]
    fn a_word_with_a_divider_in_it_does_not_slip_through() {
        let key = without_words("-|AGREE|one|two|three|-");
        assert!(["one", "two", "three"].iter().all(|word| !key.contains(word)), "{key}");
    }
}
