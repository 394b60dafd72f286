//! What always holds of the analysis: words, sentences, trees, lemmas and names of any text, then of text cases.
//!
//! Properties hold for every model, so they are asked of the embedded one and of one with random weights, whose trees
//! and names are as odd as can be. Cases show what the embedded model says of a text; their `words:` lines, one a
//! sentence, hold whatever the network's weights are. `UPDATE=1` rewrites what the model says and never those lines.

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use dateline::analyse::{Block, complete, split};
use dateline::model::{
    Analysis, Issue, IssueKind, Limit, Limits, NameKind, Notes, Relation, Span, Stage, Tag,
    TokenIx, Upos, Xpos,
};
use dateline::nn::{Kernel, Layout, Network, Param, Shape, Weights};
use dateline::pack::{Pack, Setup};
use proptest::prelude::*;

use super::stages::{Case, check};

const LIMITS: Limits = Limits {
    article_bytes_max: 1 << 20,
    sentences_max: 20_000,
    sentence_tokens_max: 256,
    mentions_max: 20_000,
    participants_max: 16,
    events_max: 1000,
};

pub(super) fn embedded() -> Setup {
    let pack = Pack::embedded().expect("the embedded pack has no mistakes");
    Setup { pack: Arc::new(pack), limits: LIMITS }
}

/// The embedded pack with a network of random weights of this width.
fn random(width: usize) -> Setup {
    let tags: Vec<Tag> =
        Upos::ALL.iter().map(|upos| Tag { upos: *upos, xpos: Xpos::Noun }).collect();
    let shape = Shape { width, blocks: 2, arc: 32, relation: 16, tags: tags.len() };
    let mut weights = Weights::zeros(shape);
    let mut state = 7_u64;
    // the middle bits of a linear congruential generator (Knuth, MMIX), from -1 to 1
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
    };
    weights.embeddings.iter_mut().flatten().for_each(|weight| *weight = next());
    let layout = Layout::new(shape);
    for param in shape.params() {
        let (rows, columns) = shape.size(param);
        let values = &mut weights.dense[layout.range(param)];
        match param {
            Param::InputGain | Param::ConvGain(_) | Param::GruGain(_) => values.fill(1.0),
            Param::ArcDistance => values.fill_with(|| 4.0 * next()),
            _ if rows == 1 => values.fill_with(|| next() / 2.0),
            _ => values.fill_with(|| next() * (12.0 / (rows + columns) as f32).sqrt()),
        }
    }
    let mut setup = embedded();
    let pack = Arc::get_mut(&mut setup.pack).expect("nobody else holds it");
    pack.model.network = Network::quantise(&weights);
    pack.model.tags = tags;
    setup
}

static SETUPS: LazyLock<[Setup; 2]> = LazyLock::new(|| [embedded(), random(48)]);

/// A text of paragraphs, and its blocks; the first one is a headline.
fn text_of(paragraphs: &[String]) -> (String, Vec<Block>) {
    let (mut text, mut blocks) = (String::new(), Vec::new());
    for (at, paragraph) in paragraphs.iter().enumerate() {
        if at > 0 {
            text.push_str("\n\n");
        }
        let start = text.len();
        text.push_str(paragraph);
        blocks.push(Block { span: Span::of(start, text.len()), headline: at == 0 });
    }
    (text, blocks)
}

fn analysed(setup: &Setup, text: &str, blocks: &[Block]) -> (Analysis, Vec<Issue>) {
    let mut notes = Notes::default();
    let mut analysis = split(setup, text, blocks.iter().copied(), &mut notes);
    complete(setup, text, &mut analysis);
    (analysis, notes.into_issues())
}

fn solid(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}

/// What holds for the analysis of any text whose sentences are fewer than the limit.
fn assert_valid(setup: &Setup, text: &str, blocks: &[Block], analysis: &Analysis) {
    let count = analysis.tokens.len();
    assert_eq!((analysis.tags.len(), analysis.arcs.len()), (count, count));
    assert_starts(&analysis.folded_starts, count, &analysis.folded);
    assert_starts(&analysis.lemma_starts, count, &analysis.lemmas);
    let mut end = 0;
    for token in &analysis.tokens {
        assert!(end <= token.span.start && token.span.start < token.span.end, "{token:?}");
        assert!(text.get(token.span.range()).is_some(), "{token:?} divides a character");
        end = token.span.end;
    }
    for Block { span, .. } in blocks {
        let inside = analysis.tokens.iter().filter(|token| span.contains(token.span));
        let held: String = inside.map(|token| &text[token.span.range()]).collect();
        assert_eq!(held, solid(&text[span.range()]), "the tokens hold the block");
    }
    let held: String = analysis.tokens.iter().map(|token| &text[token.span.range()]).collect();
    assert_eq!(held, solid(text), "no token lies outside of the blocks");
    assert_sentences(setup, blocks, analysis);
    assert_names(analysis);
}

/// One offset a token and one more, in order, on character boundaries, the last at the end.
fn assert_starts(starts: &[u32], tokens: usize, column: &str) {
    assert_eq!(starts.len(), tokens + 1);
    assert!(starts.is_sorted());
    assert!(starts.iter().all(|start| column.is_char_boundary(*start as usize)));
    assert_eq!(starts.last().map(|end| *end as usize), Some(column.len()));
}

fn assert_sentences(setup: &Setup, blocks: &[Block], analysis: &Analysis) {
    let mut at = 0;
    for sentence in &analysis.sentences {
        let range = sentence.tokens.range();
        assert_eq!(range.start, at, "sentences hold consecutive tokens");
        assert!((1..=setup.limits.sentence_tokens_max as usize).contains(&range.len()));
        at = range.end;
        let tokens = &analysis.tokens[range.clone()];
        assert_eq!(sentence.span, tokens[0].span.cover(tokens[tokens.len() - 1].span));
        let block = blocks.iter().find(|block| block.span.contains(sentence.span));
        assert_eq!(block.expect("no sentence crosses a block").headline, sentence.headline);
        assert_tree(analysis, range);
    }
    assert_eq!(at, analysis.tokens.len());
}

fn assert_tree(analysis: &Analysis, range: Range<usize>) {
    let arcs = &analysis.arcs[range.clone()];
    assert_eq!(arcs.iter().filter(|arc| arc.head.is_none()).count(), 1, "one root");
    for arc in arcs {
        assert_eq!(arc.head.is_none(), arc.relation == Relation::Root, "{arc:?}");
        assert!(arc.head.is_none_or(|head| range.contains(&head.at())), "{arc:?} leaves {range:?}");
        assert!(arc.head_score.thousandths() <= 1000 && arc.relation_score.thousandths() <= 1000);
    }
    // every word whose way up was followed to the root
    let mut done = vec![false; range.len()];
    for start in 0..range.len() {
        let (mut word, mut way) = (Some(start), Vec::new());
        while let Some(at) = word.filter(|at| !done[*at]) {
            way.push(at);
            assert!(way.len() <= range.len(), "a cycle above word {start} of {range:?}");
            word = arcs[at].head.map(|head| head.at() - range.start);
        }
        way.into_iter().for_each(|at| done[at] = true);
    }
}

fn assert_names(analysis: &Analysis) {
    let mut end = 0;
    for name in &analysis.names {
        let range = name.tokens.range();
        assert!(end <= range.start && !range.is_empty(), "{name:?}");
        end = range.end;
        let sentence = analysis.sentences[name.sentence.at()].tokens.range();
        assert!(sentence.start <= range.start && range.end <= sentence.end, "{name:?}");
        assert!(range.contains(&name.head.at()) && name.score.thousandths() <= 1000, "{name:?}");
        let tokens = &analysis.tokens[range];
        assert_eq!(name.span, tokens[0].span.cover(tokens[tokens.len() - 1].span));
    }
}

/// What news is made of, and what breaks it.
const PARTS: &[&str] = &[
    "Iran",
    "Iran's",
    "U.S.",
    "U.S.-led",
    "al-Assad",
    "Mr.",
    "Gen.",
    "J.",
    "R.",
    "O'Brien",
    "don't",
    "cannot",
    "wanna",
    "they'll",
    "57-year-old",
    "-5",
    "3.5%",
    "$1,500.75",
    "10km",
    "5pm",
    "'90s",
    "No.",
    "a.m.",
    "Inc.",
    "e.g.",
    "www.example.org/a?b=c",
    "https://example.org/x.",
    "press@example.org",
    "@envoy",
    "#talks",
    "said",
    "attacked",
    "the",
    "NATO",
    "(",
    ")",
    "[",
    "]",
    "\"",
    "'",
    "“",
    "”",
    "‘",
    "’",
    "«",
    "»",
    "…",
    "...",
    "?!",
    "--",
    "–",
    "—",
    ",",
    ";",
    ":",
    ".",
    "!",
    "?",
    "%",
    "&",
    "*",
    "•",
    "/",
    "\\",
    "\u{a0}",
    "\u{2009}",
    "\u{3000}",
    "\u{7}",
    "\u{0}",
    "\u{200b}",
    "\u{202e}",
    "\u{feff}",
    "\u{fffd}",
    "e\u{301}",
    "\u{301}",
    "İ",
    "ß",
    "ﬁ",
    "Ǆ",
    "中文",
    "שלום",
    "👩\u{200d}👩\u{200d}👧",
    "🇺🇳",
    "\n",
    "\t",
    "\r\n",
    "\u{2028}",
];

fn news() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        20 => prop::sample::select(PARTS).prop_map(str::to_owned),
        2 => "[A-Za-z']{1,12}",
        1 => "\\PC{0,6}",
    ];
    let joint = prop::sample::select(&[" ", " ", " ", "", "\u{a0}", "-"][..]);
    prop::collection::vec((part, joint), 0..40)
        .prop_map(|parts| parts.into_iter().map(|(part, joint)| part + joint).collect())
}

fn paragraph() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => news(),
        2 => prop::collection::vec(any::<u8>(), 0..80)
            .prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        2 => "(?s:.{0,60})",
        1 => prop::sample::select(&["", " ", "\u{a0}\u{2003}", "\n\n", ".", "\"", "\u{301}"][..])
            .prop_map(str::to_owned),
    ]
}

fn holds_for(setup: &Setup, paragraphs: &[String]) {
    let (text, blocks) = text_of(paragraphs);
    let (analysis, issues) = analysed(setup, &text, &blocks);
    assert_valid(setup, &text, &blocks, &analysis);
    assert_eq!(issues, []);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn any_text_gives_valid_columns(paragraphs in prop::collection::vec(paragraph(), 0..6)) {
        SETUPS.iter().for_each(|setup| holds_for(setup, &paragraphs));
    }

    #[test]
    fn tags_trees_and_lemmas_of_a_paragraph_are_its_own(
        paragraphs in prop::collection::vec(news(), 1..5),
        alone in any::<prop::sample::Index>(),
    ) {
        let (text, blocks) = text_of(&paragraphs);
        for setup in SETUPS.iter() {
            let (whole, _) = analysed(setup, &text, &blocks);
            let block = blocks[alone.index(blocks.len())];
            let (part, _) = analysed(setup, &text, &[block]);
            let before = whole.tokens.partition_point(|token| token.span.end <= block.span.start);
            let range = before..before + part.tokens.len();
            prop_assert_eq!(&whole.tokens[range.clone()], &part.tokens[..]);
            prop_assert_eq!(&whole.tags[range.clone()], &part.tags[..]);
            for (at, token) in range.zip(0..) {
                let head = part.arcs[token as usize].head.map(|head| head.at() + before);
                prop_assert_eq!(whole.arcs[at].head.map(TokenIx::at), head);
                prop_assert_eq!(whole.arcs[at].relation, part.arcs[token as usize].relation);
                prop_assert_eq!(whole.lemma(TokenIx(at as u32)), part.lemma(TokenIx(token)));
            }
        }
    }

    #[test]
    fn completing_twice_changes_nothing(paragraphs in prop::collection::vec(paragraph(), 0..4)) {
        let (text, blocks) = text_of(&paragraphs);
        for setup in SETUPS.iter() {
            let (once, _) = analysed(setup, &text, &blocks);
            let mut twice = once.clone();
            complete(setup, &text, &mut twice);
            prop_assert_eq!(once, twice);
        }
    }
}

#[test]
fn very_long_words_and_lines_are_analysed() {
    let long = [
        "a".repeat(10_000),
        "A-".repeat(5_000),
        "1,".repeat(5_000),
        "'s".repeat(5_000),
        "U.S.".repeat(2_500),
        "e\u{301}".repeat(3_000),
        "\u{301}".repeat(5_000),
        ".".repeat(10_000),
        "\"".repeat(10_000),
        "( ".repeat(5_000),
        "no end ".repeat(1_428),
        "Stop. ".repeat(1_666),
        "https://example.org/".to_owned() + &"a/".repeat(4_990),
        "\u{a0}".repeat(10_000),
        "中".repeat(3_333),
    ];
    for setup in SETUPS.iter() {
        for line in &long {
            let (text, blocks) = text_of(&[String::new(), line.clone()]);
            let (analysis, _) = analysed(setup, &text, &blocks);
            assert_valid(setup, &text, &blocks, &analysis);
        }
    }
}

#[test]
fn a_text_without_words_has_no_columns() {
    for setup in SETUPS.iter() {
        for paragraphs in [vec![], vec![String::new()], vec![" \u{a0}".to_owned(), "\n".to_owned()]]
        {
            let (text, blocks) = text_of(&paragraphs);
            let (analysis, issues) = analysed(setup, &text, &blocks);
            assert_valid(setup, &text, &blocks, &analysis);
            assert!(analysis.tokens.is_empty() && analysis.names.is_empty() && issues.is_empty());
        }
    }
}

#[test]
fn a_sentence_beyond_the_limit_is_divided_and_noted() {
    let limits = Limits { sentence_tokens_max: 40, ..LIMITS };
    let long = "the ministers met, the envoys waited; ".repeat(30) + "nobody spoke.";
    let (text, blocks) = text_of(&["Talks go on".to_owned(), "They met. And ".to_owned() + &long]);
    for setup in SETUPS.iter() {
        let setup = Setup { limits, ..setup.clone() };
        let (analysis, issues) = analysed(&setup, &text, &blocks);
        assert_valid(&setup, &text, &blocks, &analysis);
        let kind = IssueKind::LimitReached { limit: Limit::SentenceTokens, value: 40 };
        let [issue] = &issues[..] else { panic!("one issue, not {issues:?}") };
        assert_eq!((issue.stage, &issue.kind), (Stage::Analyse, &kind));
        let span = issue.span.expect("the place");
        assert!(text[span.range()].starts_with("And the ministers met"), "{}", &text[span.range()]);
        assert!(analysis.sentences.len() > 8, "{} sentences", analysis.sentences.len());
        let plain = Setup { limits: LIMITS, ..setup.clone() };
        let shorter = text.get(..text.len() / 5).expect("ASCII").to_owned();
        assert_eq!(analysed(&plain, &shorter, &text_of(std::slice::from_ref(&shorter)).1).1, []);
    }
}

#[test]
fn sentences_beyond_the_limit_are_left_out_and_noted() {
    let limits = Limits { sentences_max: 3, ..LIMITS };
    let paragraphs = ["One.", "Two. Three.", "Four. Five.", "Six."].map(str::to_owned);
    let (text, blocks) = text_of(&paragraphs);
    for setup in SETUPS.iter() {
        let setup = Setup { limits, ..setup.clone() };
        let (analysis, issues) = analysed(&setup, &text, &blocks);
        assert_valid(&setup, "One.\n\nTwo. Three.", &blocks[..2], &analysis);
        let kind = IssueKind::LimitReached { limit: Limit::Sentences, value: 3 };
        let four = text.find("Four.").map(|start| Span::of(start, start + 5));
        assert_eq!(issues, [Issue { stage: Stage::Analyse, kind, span: four }]);
    }
}

/// The example articles as text and blocks: the wire stories, then `count` of Wikinews.
fn examples(count: usize) -> Vec<(String, Vec<Block>)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/articles");
    let mut files: Vec<_> = std::fs::read_dir(folder.join("wire"))
        .expect("the wire stories")
        .map(|entry| entry.expect("a file").path())
        .collect();
    files.sort();
    let mut texts: Vec<String> =
        files.iter().map(|file| std::fs::read_to_string(file).expect("a text")).collect();
    let lines = std::fs::read_to_string(folder.join("wikinews.jsonl")).expect("the articles");
    for line in lines.lines().take(count) {
        let article: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let field = |name: &str| article[name].as_str().expect("a text").to_owned();
        texts.push(field("title") + "\n\n" + &field("text"));
    }
    let paragraphs = |text: &String| text.split("\n\n").map(str::to_owned).collect::<Vec<_>>();
    let articles: Vec<_> = texts.iter().map(|text| text_of(&paragraphs(text))).collect();
    assert!(articles.len() >= count + 6, "only {} example articles", articles.len());
    articles
}

#[test]
fn articles_do_not_depend_on_what_came_before_nor_on_the_thread() {
    let articles = examples(8);
    for setup in SETUPS.iter() {
        let all = || articles.iter().map(|(text, blocks)| analysed(setup, text, blocks));
        let expected: Vec<_> = all().collect();
        for ((text, blocks), (analysis, _)) in articles.iter().zip(&expected) {
            assert_valid(setup, text, blocks, analysis);
        }
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (articles, expected) = (&articles, &expected);
                scope.spawn(move || {
                    // every thread begins elsewhere, two of them go backwards
                    for step in 0..articles.len() {
                        let step = if thread % 2 == 0 { step } else { articles.len() - 1 - step };
                        let at = (step + 3 * thread) % articles.len();
                        let (text, blocks) = &articles[at];
                        assert!(analysed(setup, text, blocks) == expected[at], "article {at}");
                    }
                });
            }
        });
    }
}

#[test]
fn every_kernel_gives_the_same_analysis() {
    let articles = examples(4);
    for mut setup in [embedded(), random(96)] {
        let mut with = |kernel: Kernel| -> Vec<_> {
            Arc::get_mut(&mut setup.pack).expect("nobody else holds it").model.kernel = kernel;
            articles.iter().map(|(text, blocks)| analysed(&setup, text, blocks)).collect()
        };
        let scalar = with(Kernel::Scalar);
        for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.available()) {
            assert!(with(kernel) == scalar, "{} differs from scalar", kernel.name());
        }
    }
}

#[test]
fn random_weights_find_trees_and_names_of_every_kind() {
    // else the properties above would be asked of nothing
    let (mut kinds, mut relations) = (Vec::new(), Vec::new());
    for (text, blocks) in examples(4) {
        let (analysis, _) = analysed(&SETUPS[1], &text, &blocks);
        kinds.extend(analysis.names.iter().map(|name| name.kind.ix()));
        relations.extend(analysis.arcs.iter().map(|arc| arc.relation.ix()));
    }
    let different = |mut found: Vec<usize>| {
        found.sort_unstable();
        found.dedup();
        found.len()
    };
    assert_eq!(different(kinds), NameKind::ALL.len());
    assert!(different(relations) > 5);
}

#[test]
fn analysis_cases() {
    let setup = embedded();
    check("analysis", |case| {
        let title = case.given.iter().find(|(key, _)| key == "title");
        let body = case.text.split("\n\n").map(str::to_owned);
        let paragraphs: Vec<String> =
            std::iter::once(title.map_or(String::new(), |(_, title)| title.clone()))
                .chain(body)
                .collect();
        let (text, blocks) = text_of(&paragraphs);
        let (analysis, issues) = analysed(&setup, &text, &blocks);
        assert_valid(&setup, &text, &blocks, &analysis);
        assert_eq!(issues, [], "{}", case.name);
        assert_words(case, &text, &analysis);
        described(&text, &analysis)
    });
}

/// Words and ends of sentences are those of the `words:` lines.
fn assert_words(case: &Case, text: &str, analysis: &Analysis) {
    let wanted =
        case.given.iter().filter(|(key, _)| key == "words").map(|(_, words)| words.as_str());
    let wanted: Vec<&str> = wanted.collect();
    let found: Vec<String> = analysis
        .sentences
        .iter()
        .map(|sentence| {
            let tokens = analysis.tokens_of(sentence.tokens).iter();
            tokens.map(|token| &text[token.span.range()]).collect::<Vec<_>>().join(" ")
        })
        .collect();
    assert_eq!(found, wanted, "{}", case.name);
    let known = case.given.iter().all(|(key, _)| matches!(key.as_str(), "words" | "title"));
    assert!(known, "an unknown key in {}", case.name);
}

/// A sentence a block: place, form, lemma, tags, head, relation of each word, then the names.
fn described(text: &str, analysis: &Analysis) -> String {
    let mut out = String::new();
    for (at, sentence) in analysis.sentences.iter().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        let start = sentence.tokens.start.at();
        let word = |at: usize| {
            let (tag, arc) = (analysis.tags[at], analysis.arcs[at]);
            let head = arc.head.map_or(0, |head| head.at() + 1 - start);
            [
                (at + 1 - start).to_string(),
                text[analysis.tokens[at].span.range()].to_owned(),
                analysis.lemma(TokenIx(at as u32)).to_owned(),
                tag.upos.name().to_owned(),
                tag.xpos.name().to_owned(),
                head.to_string(),
                arc.relation.name().to_owned(),
            ]
        };
        let rows: Vec<[String; 7]> = sentence.tokens.range().map(word).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
        for row in &rows {
            let cells = row.iter().enumerate().map(|(column, cell)| {
                let width = width(column).unwrap_or(0);
                format!("{cell:<width$}")
            });
            let cells: Vec<String> = cells.collect();
            writeln!(out, "{}", cells.join(" ").trim_end()).expect("a String takes all");
        }
        for name in analysis.names.iter().filter(|name| name.sentence.at() == at) {
            let words = &text[name.span.range()];
            writeln!(out, "{}: {words}", name.kind.name()).expect("a String takes all");
        }
    }
    out.trim_end().to_owned()
}
