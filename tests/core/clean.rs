//! What always holds of clean, whatever comes in.
//!
//! Inputs are put together from conventions, sentences and awkward characters, divided by every kind of line break, so
//! that they meet in orders that nobody thought of; and from any characters at all.

#![expect(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "clippy.toml allows them in test functions; here the helpers beside them need the same"
)]

use std::sync::{Arc, LazyLock};

use dateline::clean::clean;
use dateline::model::{
    Article, ArticleId, Field, Format, Limits, Notes, RawArticle, RejectReason, Span,
};
use dateline::pack::{Pack, Setup};
use proptest::prelude::*;
use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc, is_nfc_quick};

static SETUP: LazyLock<Setup> = LazyLock::new(|| {
    let limits = Limits {
        article_bytes_max: 1 << 20,
        sentences_max: 2000,
        sentence_tokens_max: 400,
        mentions_max: 20_000,
        participants_max: 16,
        events_max: 1000,
    };
    Setup { pack: Arc::new(Pack::embedded().expect("the embedded pack")), limits }
});

fn cleaned(title: Option<&str>, body: &str) -> Option<Article> {
    let raw = RawArticle {
        format: Format::Text,
        id: ArticleId(1),
        source: None,
        source_id: None,
        url: None,
        title: title.map(str::to_owned),
        body: body.to_owned(),
        published_at: None,
        modified_at: None,
        recorded_at: None,
        authors: Vec::new(),
        language: None,
    };
    match clean(&SETUP, raw, &mut Notes::default()) {
        Ok(article) => Some(article),
        Err(reject) => {
            assert_eq!(reject.reason, RejectReason::Empty);
            None
        }
    }
}

const PARTS: &[&str] = &[
    "Minister meets envoys in Lisbon",
    "MINISTER MEETS ENVOYS IN LISBON",
    "Minister meets envoys in Lisbon.",
    "UPDATE 1-Minister meets envoys in Lisbon",
    "RPT-CORRECTED-",
    "US-USA-ELECTION/",
    "By Jane Doe",
    "By JANE DOE and John Roe, Associated Press",
    "AP",
    "Friday, July 21, 2017",
    "Updated: 21 July 2017 10:30 GMT",
    "Friday, July 21, 2017 The ministers",
    "(Adds quotes)",
    "LISBON (Reuters) - ",
    "KYIV, Ukraine (AP) — ",
    "BEIJING -- ",
    "The ministers met on Friday, and they will meet again.",
    "They met for a third day to speak of water and of the price of it",
    "\u{201c}No,\u{201d} he said\u{2026}",
    "What comes next",
    "(Reporting by Jane Doe; Editing by John Roe)",
    "Writing by Mary Major",
    "AP writer Pat Noakes contributed to this report.",
    "Doe reported from Lisbon.",
    "___",
    "-0-",
    "ENDS",
    "he said.-VNA",
    "Copyright 2024 Wire. All rights reserved.",
    "e\u{301}a\u{323}\u{307}",
    "\u{1100}\u{1161}\u{11a8}",
    "\u{212b}ngstro\u{308}m",
    "\u{301}",
    "\u{a0}\u{2003}",
    "a\u{200b}\u{301}\u{ad}b",
    "\u{feff}",
    "\u{202e}\u{7}",
    "-",
    "(",
    ")",
];

const JOINTS: &[&str] =
    &["\n\n", "\n\n", "\n\n", "\n", "\r\n\r\n", "\r\n", "\r", " ", "  ", "\t", "", "\u{2028}"];

fn body() -> impl Strategy<Value = String> {
    let part =
        prop_oneof![9 => prop::sample::select(PARTS).prop_map(str::to_owned), 1 => ".{0,12}"];
    let joint = prop::sample::select(JOINTS);
    prop::collection::vec((part, joint), 0..14)
        .prop_map(|parts| parts.into_iter().map(|(part, joint)| part + joint).collect())
}

/// Whether `character` begins a character as a reader sees it: no mark, and nothing that composes with its left.
fn begins(character: char) -> bool {
    let first = std::iter::once(character).nfd().next().unwrap();
    canonical_combining_class(first) == 0
        && is_nfc_quick(std::iter::once(first)) == IsNormalized::Yes
}

/// The characters of the text with their marks, as spans. A mark behind white space has no character.
fn clusters(text: &str) -> Vec<Span> {
    let mut starts: Vec<usize> = Vec::new();
    let mut after_space = true;
    for (at, character) in text.char_indices() {
        if after_space || begins(character) {
            starts.push(at);
        }
        after_space = character.is_whitespace();
    }
    starts.push(text.len());
    starts.windows(2).map(|pair| Span::of(pair[0], pair[1])).collect()
}

/// What a stretch of a field says, apart from where it stands.
fn visible(text: &str) -> String {
    let is_dropped = |c: &char| {
        c.is_control()
            || c.is_whitespace()
            || matches!(
                *c,
                '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' | '\u{200b}'..='\u{200f}'
            )
            || matches!(*c, '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}')
    };
    text.chars().filter(|c| !is_dropped(c)).nfc().collect()
}

fn check_text(article: &Article) {
    let text = &article.text;
    assert!(is_nfc(text), "{text:?}");
    assert!(
        !text.contains("  ") && !text.contains("\n\n\n") && !text.contains(['\r', '\t', '\u{a0}'])
    );
    let spans: Vec<Span> =
        article.title.into_iter().chain(article.paragraphs.iter().map(|p| p.span)).collect();
    let joined: Vec<&str> = spans.iter().map(|span| &text[span.range()]).collect();
    assert_eq!(joined.join("\n\n"), *text);
    for part in joined {
        assert!(!part.is_empty() && part == part.trim() && !part.contains('\n'), "{part:?}");
    }
}

fn check_origin(article: &Article, title: Option<&str>, body: &str) {
    for span in clusters(&article.text) {
        let here = article.slice(span);
        let Some((field, origin)) = article.origin.to_field(span) else {
            assert!(here.trim_matches('\n').is_empty(), "{here:?} comes from nowhere");
            continue;
        };
        let source = if field == Field::Title { title.unwrap() } else { body };
        let source = &source[origin.range()];
        // One character of the field may compose to two of the text (U+0F69); it maps as a whole.
        let whole = article.origin.to_text(field, origin).expect("the way back");
        assert!(
            whole == span || source.chars().count() == 1,
            "{here:?} at {span:?}, back {whole:?}"
        );
        assert!(whole.contains(span));
        assert_eq!(visible(source), visible(article.slice(whole)), "{here:?} at {span:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1500) })]

    #[test]
    fn text_and_back_map_hold_for_every_body(body in body()) {
        if let Some(article) = cleaned(None, &body) {
            check_text(&article);
            check_origin(&article, None, &body);
        }
    }

    #[test]
    fn cleaning_twice_changes_nothing(body in body()) {
        if let Some(once) = cleaned(None, &body) {
            let twice = cleaned(None, &once.text).expect("a text");
            prop_assert_eq!(&twice.text, &once.text);
            prop_assert_eq!(twice.title, once.title);
            prop_assert_eq!(twice.paragraphs, once.paragraphs);
        }
    }

    #[test]
    fn a_title_field_keeps_its_place(title in body(), body in body()) {
        if let Some(once) = cleaned(Some(&title), &body) {
            check_text(&once);
            check_origin(&once, Some(&title), &body);
            let Some(span) = once.title else { return Ok(()) };
            let rest = once.text[span.end as usize..].to_owned();
            if let Some(twice) = cleaned(Some(once.slice(span)), &rest) {
                prop_assert_eq!(&twice.text, &once.text);
                prop_assert_eq!(twice.title, once.title);
            }
        }
    }

    #[test]
    fn any_characters_are_cleaned(body in "\\PC*|(?s:.*)") {
        if let Some(article) = cleaned(None, &body) {
            check_text(&article);
            check_origin(&article, None, &body);
        } else {
            prop_assert!(visible(&body).is_empty());
        }
    }
}

#[test]
fn a_removed_repeat_points_to_the_kept_headline() {
    let title = "Ministers say \u{201c}no\u{201d}";
    let body = "MINISTERS say  \"no\"\n\nThe ministers met.";
    let article = cleaned(Some(title), body).expect("an article");
    assert_eq!(article.text, "Ministers say \u{201c}no\u{201d}\n\nThe ministers met.");
    let said = body.find("no").unwrap();
    let at = article.origin.to_text(Field::Body, Span::of(said, said + 2)).expect("an alias");
    assert_eq!(article.slice(at), "no");
    let whole = article.origin.to_text(Field::Body, Span::of(0, said + 3)).expect("an alias");
    assert_eq!(Some(whole), article.title);
}

/// Each of these would take minutes if a step looked at the whole text once a paragraph.
#[test]
fn hostile_texts_are_cleaned_in_one_go() {
    let bodies = [
        "By Jane Doe\n\n".repeat(40_000),
        "(Reporting by A B)\n\n".repeat(30_000),
        "x\n\n".repeat(100_000),
        "e\u{301}".repeat(150_000),
        "a".to_owned() + &"\u{301}".repeat(200_000),
        "(".repeat(300_000),
        "Editing by ".repeat(40_000),
        "word ".repeat(100_000) + "(",
    ];
    for body in bodies {
        let article = cleaned(None, &body).expect("an article");
        check_text(&article);
    }
}
