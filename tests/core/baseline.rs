//! Makes verdicts out of the text cases of sentences, tokens and the baseline coder (`cases/`).
//!
//! A case is a line of text and the mark lines below it, up to a blank line; lines that begin with `#` are comments.
//! Under a sentence or a token stands `^---`, one mark for each character. Under a trigger stands `^---` and what is
//! coded: `TYPE: actor [COUNTRY SECTOR] + actor -> recipient`. A text without a mark line has no event.
//! `UPDATE=1` rewrites the mark lines; a reviewer reads the difference.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use dateline::model::{
    Actor, Analysis, Article, ArticleId, Event, Format, Limit, Limits, Notes, OriginMap, Paragraph,
    ParagraphKind, Position, Reference, ReferenceBasis, Resolution, Revision, RevisionKind, Span,
};
use dateline::pack::{Pack, Setup};
use dateline::{analyse, code, resolve};
use proptest::prelude::*;

const LIMITS: Limits = Limits {
    article_bytes_max: 1 << 20,
    sentences_max: 2000,
    sentence_tokens_max: 256,
    mentions_max: 5000,
    participants_max: 12,
    events_max: 500,
};

/// Parsed once: properties ask for it hundreds of times.
static SETUP: LazyLock<Setup> = LazyLock::new(|| {
    let pack = Pack::embedded().expect("the embedded pack has no mistakes");
    Setup { pack: Arc::new(pack), limits: LIMITS }
});

fn setup() -> Setup {
    SETUP.clone()
}

/// An article of a headline (may be empty) and paragraphs.
fn article(title: &str, paragraphs: &[&str]) -> Article {
    let mut text = title.to_owned();
    let mut spans = Vec::new();
    for paragraph in paragraphs {
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        let start = text.len();
        text.push_str(paragraph);
        if text.len() > start {
            spans.push(Paragraph { span: Span::of(start, text.len()), kind: ParagraphKind::Body });
        }
    }
    Article {
        id: ArticleId(7),
        format: Format::Text,
        source: None,
        source_id: None,
        url: None,
        language: "en".to_owned(),
        published_at: None,
        modified_at: None,
        reference: Reference {
            date: Some("2024-11-13".parse().expect("a date")),
            from: ReferenceBasis::PublishedAt,
        },
        title: (!title.is_empty()).then(|| Span::of(0, title.len())),
        text,
        paragraphs: spans,
        origin: OriginMap::default(),
        dateline: None,
        byline: Vec::new(),
        credits: Vec::new(),
        revision: Revision { kind: RevisionKind::Original, n: 0 },
    }
}

struct Coded {
    article: Article,
    analysis: Analysis,
    resolution: Resolution,
    events: Vec<Event>,
    notes: Notes,
}

fn coded(setup: &Setup, article: Article) -> Coded {
    let mut notes = Notes::default();
    let analysis = analyse::analyse(setup, &article, &mut notes);
    let resolution = resolve::resolve(setup, &article, &analysis, &mut notes);
    let events = code::code(setup, &article, &analysis, &resolution, &mut notes);
    Coded { article, analysis, resolution, events, notes }
}

/// A mark under each span, in one line.
fn marks(text: &str, spans: impl Iterator<Item = Span>) -> String {
    let mut line = String::new();
    let mut column = 0;
    for span in spans {
        let start = text[..span.range().start].chars().count();
        let length = text[span.range()].chars().count();
        line.extend(std::iter::repeat_n(' ', start - column));
        line.push('^');
        line.extend(std::iter::repeat_n('-', length - 1));
        column = start + length;
    }
    line
}

fn sentence_marks(setup: &Setup, text: &str) -> Vec<String> {
    let coded = coded(setup, article("", &[text]));
    vec![marks(text, coded.analysis.sentences.iter().map(|sentence| sentence.span))]
}

fn token_marks(setup: &Setup, text: &str) -> Vec<String> {
    let coded = coded(setup, article("", &[text]));
    vec![marks(text, coded.analysis.tokens.iter().map(|token| token.span))]
}

fn event_marks(setup: &Setup, text: &str) -> Vec<String> {
    let coded = coded(setup, article("", &[text]));
    let line = |event: &Event| {
        let mark = marks(text, std::iter::once(event.trigger));
        let actors = participants(&coded.article, &event.actors);
        let recipients = participants(&coded.article, &event.recipients);
        format!("{mark} {}: {actors} -> {recipients}", event.kind.as_str())
    };
    coded.events.iter().map(line).collect()
}

fn participants(article: &Article, actors: &[Actor]) -> String {
    let mut out = String::new();
    for actor in actors {
        let divider = if out.is_empty() { "" } else { " + " };
        write!(out, "{divider}{}", article.slice(actor.span)).expect("a String takes all");
        let country = actor.country.iter().map(|country| country.as_str().to_owned());
        let sectors = actor.sectors.iter().map(|sector| sector.as_str().to_owned());
        let codes: Vec<String> = country.chain(sectors).collect();
        if !codes.is_empty() {
            write!(out, " [{}]", codes.join(" ")).expect("a String takes all");
        }
    }
    if out.is_empty() { "-".to_owned() } else { out }
}

/// Checks every file of a folder of cases; `made` gives the mark lines of a text.
fn check(folder: &str, cases_min: usize, made: fn(&Setup, &str) -> Vec<String>) {
    let setup = setup();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/core/cases").join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the folder of cases")
        .map(|entry| entry.expect("a file").path())
        .collect();
    files.sort();
    let mut failures = String::new();
    let mut cases = 0;
    for file in files {
        let found = std::fs::read_to_string(&file).expect("a text file");
        let mut remade = Vec::new();
        for block in found.trim_end().split("\n\n") {
            let mut lines: Vec<String> = Vec::new();
            let mut rest = block.lines();
            lines.extend(rest.by_ref().take_while(|line| line.starts_with('#')).map(str::to_owned));
            let text = block.lines().find(|line| !line.starts_with('#'));
            if let Some(text) = text {
                lines.push(text.to_owned());
                lines.extend(made(&setup, text));
                cases += 1;
            }
            let remade_block = lines.join("\n");
            if remade_block != block {
                writeln!(failures, "{}:\n{block}\n--- made:\n{remade_block}\n", file.display())
                    .expect("a String takes all");
            }
            remade.push(remade_block);
        }
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&file, remade.join("\n\n") + "\n")
                .expect("the file of cases can be written");
        }
    }
    assert!(cases >= cases_min, "only {cases} cases in {}", folder.display());
    assert!(failures.is_empty() || std::env::var_os("UPDATE").is_some(), "{failures}");
}

#[test]
fn sentences_end_where_the_cases_say() {
    check("sentences", 60, sentence_marks);
}

#[test]
fn tokens_are_what_the_cases_say() {
    check("tokens", 20, token_marks);
}

#[test]
fn events_are_what_the_cases_say() {
    check("coder", 40, event_marks);
}

#[test]
fn a_headline_is_a_sentence_of_its_own_and_may_hold_two() {
    let coded = coded(
        &setup(),
        article("Talks fail in Geneva. Fighting resumes", &["Talks failed. Fighting resumed."]),
    );
    let headlines: Vec<bool> =
        coded.analysis.sentences.iter().map(|sentence| sentence.headline).collect();
    assert_eq!(headlines, [true, true, false, false]);
}

#[test]
fn no_name_runs_over_a_headline_in_capitals() {
    for title in [
        "SOMALI PIRATES SEIZE GREEK TANKER OFF COAST OF KENYA",
        "Somali Pirates Seize Greek Tanker Off Coast Of Kenya",
    ] {
        let coded =
            coded(&setup(), article(title, &["Somali pirates seized a Greek tanker on Monday."]));
        let longest = coded
            .analysis
            .mentions
            .iter()
            .filter(|mention| coded.analysis.sentences[mention.sentence.at()].headline)
            .map(|mention| mention.tokens.len())
            .max();
        assert!(
            longest.is_some_and(|length| length <= 2),
            "{title}: {:?}",
            coded.analysis.mentions
        );
    }
}

#[test]
fn bare_us_in_capitals_is_the_country_and_the_pronoun_is_not() {
    let coded = coded(&setup(), article("", &["The US imposed sanctions on Iran. He told us so."]));
    let countries: Vec<&str> = coded
        .resolution
        .actors
        .iter()
        .filter_map(|actor| actor.country.as_ref().map(|c| c.as_str()))
        .collect();
    assert_eq!(countries, ["USA", "IRN"]);
}

#[test]
fn key_id_position_date_and_codes_are_filled() {
    let paragraphs = [
        "Israel attacked Hamas on Monday. It rained. It snowed.",
        "The wind blew. Turkey attacked Syria.",
    ];
    let coded = coded(&setup(), article("Russia attacks Ukraine", &paragraphs));
    let seen: Vec<(&str, Position)> =
        coded.events.iter().map(|event| (event.key.as_str(), event.position)).collect();
    assert_eq!(seen[0], ("2024-11-13|ASSAULT|RUS:GOV|UKR:GOV|UKR", Position::Headline));
    assert_eq!(seen[1].1, Position::Lead);
    assert_eq!(seen[2], ("2024-11-13|ASSAULT|TUR:GOV|SYR:GOV|SYR", Position::Body));
    let ids: std::collections::BTreeSet<u64> =
        coded.events.iter().map(|event| event.id.0).collect();
    assert_eq!(ids.len(), coded.events.len());
    for event in &coded.events {
        assert_eq!(event.cameo.code.root().len(), 2);
        assert!(event.cameo.goldstein.is_some() && !event.cameo.name.is_empty());
        assert!(event.scale.tenths() < 0 && event.rule.starts_with("en."));
    }
}

#[test]
fn every_limit_cuts_and_files_one_issue() {
    let text = "Israel, Iran, Iraq and Turkey attacked Hamas and Hezbollah. Russia attacked Ukraine. \
                Turkey attacked Syria. Syria attacked Turkey.";
    let full = setup();
    let limits = [
        (Limit::Sentences, Limits { sentences_max: 2, ..LIMITS }),
        (Limit::SentenceTokens, Limits { sentence_tokens_max: 4, ..LIMITS }),
        (Limit::Mentions, Limits { mentions_max: 3, ..LIMITS }),
        (Limit::Participants, Limits { participants_max: 1, ..LIMITS }),
        (Limit::Events, Limits { events_max: 1, ..LIMITS }),
    ];
    assert_eq!(coded(&full, article("", &[text])).notes.issues(), []);
    for (limit, limits) in limits {
        let setup = Setup { limits, ..full.clone() };
        let coded = coded(&setup, article("", &[text]));
        let words: Vec<String> =
            coded.notes.issues().iter().map(|issue| format!("{:?}", issue.kind)).collect();
        assert_eq!(words.len(), 1, "{limit:?}: {words:?}");
        assert!(words[0].contains(&format!("{limit:?}")), "{limit:?}: {words:?}");
        assert_valid(&setup, &coded);
    }
}

/// What holds for the output of any text.
fn assert_valid(setup: &Setup, coded: &Coded) {
    let Coded { article, analysis, resolution, events, .. } = coded;
    assert_eq!(analysis.folded_starts.len(), analysis.tokens.len() + 1);
    let mut token_at = 0;
    let mut last_end = 0;
    for sentence in &analysis.sentences {
        assert_eq!(sentence.tokens.start.at(), token_at, "sentences hold consecutive tokens");
        assert!(!sentence.tokens.is_empty());
        token_at = sentence.tokens.end.at();
        let tokens = analysis.tokens_of(sentence.tokens);
        assert_eq!(sentence.span.start, tokens[0].span.start);
        assert_eq!(sentence.span.end, tokens[tokens.len() - 1].span.end);
        for token in tokens {
            assert!(last_end <= token.span.start && token.span.start < token.span.end);
            assert!(
                article.text.get(token.span.range()).is_some(),
                "spans lie on character boundaries"
            );
            last_end = token.span.end;
        }
    }
    assert_eq!(token_at, analysis.tokens.len());
    let mut mention_end = 0;
    for mention in &analysis.mentions {
        assert!(mention_end <= mention.tokens.start.at() && !mention.tokens.is_empty());
        mention_end = mention.tokens.end.at();
        assert!(mention.tokens.range().contains(&mention.head.at()));
        assert_eq!(analysis.sentence_of(mention.tokens.start), Some(mention.sentence));
        assert!(analysis.sentences[mention.sentence.at()].span.contains(mention.span));
    }
    assert_eq!(resolution.actors.len(), analysis.mentions.len());
    assert!(events.is_sorted_by_key(|event| event.trigger));
    for event in events {
        assert!(event.sentence_span.contains(event.trigger) && !event.trigger.is_empty());
        assert!(!(event.actors.is_empty() && event.recipients.is_empty()));
        assert!(
            event.actors.len().max(event.recipients.len())
                <= setup.limits.participants_max as usize
        );
        assert_eq!(event.key.matches('|').count(), 4, "{}", event.key);
    }
}

/// Words that the rules look at, so that random texts reach them.
const WORDS: [&str; 44] = [
    "Israel",
    "attacks",
    "Hamas",
    "U.S.",
    "US",
    "killed",
    "by",
    "police",
    "Mr.",
    "J.",
    "R.",
    "Smith",
    "said",
    ".",
    "!",
    "\"",
    "”",
    "“",
    "(",
    ")",
    "...",
    "'s",
    "and",
    ",",
    "of",
    "Russian",
    "President",
    "al-Assad",
    "protest",
    "against",
    "would",
    "not",
    "be",
    "talks",
    "with",
    "NATO",
    "in",
    "Kabul",
    "57-year-old",
    "3.5",
    "Inc.",
    "The",
    "'",
    "e\u{301}",
];

proptest! {
    #[test]
    fn any_text_gives_valid_columns(title in "\\PC{0,40}", body in "\\PC{0,200}") {
        let setup = setup();
        let coded = coded(&setup, article(&title, &[&body]));
        assert_valid(&setup, &coded);
        let joined: String = coded.analysis.tokens.iter().map(|token| coded.article.slice(token.span)).collect();
        let expected: String = coded.article.text.chars().filter(|c| !c.is_whitespace()).collect();
        prop_assert_eq!(joined, expected);
    }

    #[test]
    fn any_words_of_news_give_valid_events(picks in prop::collection::vec((0..WORDS.len(), any::<bool>()), 0..60)) {
        let mut text = String::new();
        for (word, spaced) in picks {
            if spaced && !text.is_empty() {
                text.push(' ');
            }
            text.push_str(WORDS[word]);
        }
        let setup = setup();
        let first = coded(&setup, article("", &[text.trim()]));
        assert_valid(&setup, &first);
        let second = coded(&setup, article("", &[text.trim()]));
        prop_assert_eq!(first.events, second.events);
    }
}
