//! Whether a text says "more than N", which readers write as N or as N + 1.
//!
//! Reads numbers in digits (`60,000`, `1.5 million`) and in words (`two dozen`, `a hundred`) after the phrases that open
//! a count upwards. This is the gold's side of a comparison and no extraction of counts.

/// The phrases after which N itself is left out.
const MORE_THAN: [&[&str]; 6] = [
    &["more", "than"],
    &["over"],
    &["above"],
    &["upwards", "of"],
    &["in", "excess", "of"],
    &["exceeding"],
];

/// Number words and what they stand for.
const UNITS: [(&str, u64); 29] = [
    ("a", 1),
    ("an", 1),
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
    ("thirteen", 13),
    ("fourteen", 14),
    ("fifteen", 15),
    ("sixteen", 16),
    ("seventeen", 17),
    ("eighteen", 18),
    ("nineteen", 19),
    ("twenty", 20),
    ("thirty", 30),
    ("forty", 40),
    ("fifty", 50),
    ("sixty", 60),
    ("seventy", 70),
    ("eighty", 80),
    ("ninety", 90),
];

/// Words that multiply the number before them.
const MULTIPLIERS: [(&str, u64); 4] =
    [("dozen", 12), ("hundred", 100), ("thousand", 1_000), ("million", 1_000_000)];

/// Whether the text says "more than `number`" in any of its forms.
pub(super) fn says_more_than(text: &str, number: u64) -> bool {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    (0..words.len()).filter_map(|at| words.get(at..)).any(|rest| {
        let counts = MORE_THAN.iter().filter_map(|phrase| rest.strip_prefix(*phrase));
        counts.filter_map(read).any(|read| read == number)
    })
}

/// The number that the words begin with.
fn read(words: &[&str]) -> Option<u64> {
    let mut words = words.iter().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    let first = words.next()?;
    let factor = |word: &str| MULTIPLIERS.iter().find(|(name, _)| *name == word).map(|row| row.1);
    let tenths = digits(first).or_else(|| Some(10 * spelled(first)?))?;
    // Two multipliers (`a hundred thousand`) are as many as are ever written.
    let multiplied = words.map_while(factor).take(2).product();
    tenths.checked_mul(multiplied).map(|tenths| tenths / 10)
}

/// Ten times the number in digits, with thousands separators and at most one decimal.
fn digits(word: &str) -> Option<u64> {
    let (whole, decimal) = word.split_once('.').unwrap_or((word, "0"));
    let whole: u64 = whole.replace(',', "").parse().ok()?;
    let decimal: u64 = (decimal.len() == 1).then(|| decimal.parse().ok())??;
    whole.checked_mul(10)?.checked_add(decimal)
}

/// A number in words, hyphenated tens too (`twenty-five`).
fn spelled(word: &str) -> Option<u64> {
    let unit = |word: &str| UNITS.iter().find(|(name, _)| *name == word).map(|row| row.1);
    match word.split_once('-') {
        Some((tens, ones)) => Some(unit(tens)? + unit(ones)?),
        None => unit(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_ways_to_say_more_than() {
        for (text, number) in [
            ("It killed more than 40 people.", 40),
            ("Over 60,000 officers were sent", 60_000),
            ("more than two dozen hurt", 24),
            ("upwards of a hundred thousand marched", 100_000),
            ("in excess of 1.5 million people", 1_500_000),
            ("over twenty-five, police said", 25),
        ] {
            assert!(says_more_than(text, number), "{text}");
            assert!(!says_more_than(text, number + 1), "{text}");
        }
        for text in ["at least 40 people", "40 people moved over", "more than expected, 40 came"] {
            assert!(!says_more_than(text, 40), "{text}");
        }
    }
}
