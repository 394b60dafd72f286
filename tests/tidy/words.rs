//! Words that may not appear in code: what keeps the core pure, and libraries in the one place that may name them.
//!
//! A word is written as in code (`std::fs`, `.exp(`, `print!`, `static mut`) and is looked for in the tokens, and in the
//! paths of `use` trees written out leaf by leaf. Comments, literals and tests are free.

use super::lexer::{Kind, Token, lex, matches};
use super::source::{Offences, Source, Tree, sources};

/// Where a word is forbidden. Entries that end with `/` are folders.
enum Where {
    /// In these places, but not in those.
    In(&'static [&'static str], &'static [&'static str]),
    /// In every file but these.
    Only(&'static [&'static str]),
}

/// The layers below eval, then eval: no outside world, no clock, no chance, no threads, no state.
const CORE: &[&str] = &[
    "src/map.rs",
    "src/model/",
    "src/text/",
    "src/nn/",
    "src/pack/",
    "src/decode/",
    "src/clean/",
    "src/analyse/",
    "src/resolve/",
    "src/code/",
    "src/publish/",
    "src/extract.rs",
    "src/eval/",
];

const PURE: &[&str] = &[
    "tokio",
    "rdkafka",
    "prometheus",
    "tracing",
    "axum",
    "clap",
    "anyhow",
    "secrecy",
    "rand",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "std::thread",
    "time::Instant",
    "SystemTime",
    "::now(",
    "Mutex",
    "RwLock",
    "OnceLock",
    "LazyLock",
    "OnceCell",
    "LazyCell",
    "thread_local",
    "static",
    "print!",
    "println!",
    "eprint!",
    "eprintln!",
    "dbg!",
];

struct Ban {
    words: &'static [&'static str],
    place: Where,
    why: &'static str,
}

const BANS: &[Ban] = &[
    Ban {
        words: PURE,
        place: Where::In(CORE, &[]),
        why: "the core does no I/O and has no clock, chance, thread or state",
    },
    Ban {
        words: &[
            "anyhow",
            "std::fs",
            "std::env",
            "std::process",
            "time::Instant",
            "SystemTime",
            "HashMap",
            "HashSet",
        ],
        place: Where::In(&["src/train/"], &[]),
        why: "training computes bytes out of bytes; its threads share nothing",
    },
    Ban {
        words: &["HashMap", "HashSet", "RandomState"],
        place: Where::In(CORE, &["src/map.rs"]),
        why: "iteration order would reach records: use crate::map",
    },
    Ban {
        words: &[
            ".exp(",
            ".exp2(",
            ".ln(",
            ".log2(",
            ".log10(",
            ".powf(",
            ".sin(",
            ".cos(",
            ".tan(",
            ".tanh(",
            "mul_add",
            "f64::exp",
            "f64::ln",
            "f64::powf",
            "f32::exp",
            "f32::ln",
            "f32::powf",
        ],
        place: Where::In(CORE, &["src/eval/"]),
        why: "the system's functions differ between hosts",
    },
    Ban {
        words: &["f32", "f64"],
        place: Where::In(&["src/model/", "src/publish/"], &["src/publish/schema.rs"]),
        why: "records hold integers, divided only in publish/schema.rs",
    },
    Ban {
        words: &["serde", "serde_json", "schemars"],
        place: Where::In(
            CORE,
            &["src/decode/", "src/publish/", "src/pack/", "src/eval/", "src/nn/file.rs"],
        ),
        why: "types that pass between stages are not serialised",
    },
    Ban {
        words: &["serde_json", "StreamConsumer"],
        place: Where::In(&["src/runtime/"], &[]),
        why: "the runtime moves bytes, on a BaseConsumer",
    },
    Ban {
        words: &["include!", "include_bytes!", "include_str!"],
        place: Where::Only(&["src/pack/embedded.rs", "src/cli/"]),
        why: "embedded files are listed in one place",
    },
    Ban {
        words: &["unsafe", "unsafe_code"],
        place: Where::Only(&["src/runtime/kafka/flush.rs", "src/nn/kernel.rs"]),
        why: "unsafe code is kept in runtime/kafka/flush.rs and nn/kernel.rs",
    },
    Ban {
        words: &["rdkafka", "rdkafka_sys"],
        place: Where::Only(&["src/runtime/kafka/"]),
        why: "the client is known to runtime/kafka alone",
    },
    Ban {
        words: &["prometheus"],
        place: Where::Only(&[
            "src/telemetry/registry.rs",
            "src/telemetry/worker.rs",
            "src/telemetry/article.rs",
        ]),
        why: "the metrics library is known to telemetry's registry and handles alone",
    },
    Ban {
        words: &["tokio"],
        place: Where::Only(&["src/app.rs", "src/telemetry/http.rs"]),
        why: "tokio serves HTTP and signals alone",
    },
    Ban {
        words: &["anyhow"],
        place: Where::Only(&["src/main.rs", "src/cli/"]),
        why: "errors below the binary are typed",
    },
    Ban {
        words: &["process::exit"],
        place: Where::Only(&["src/main.rs"]),
        why: "only main ends the process",
    },
    Ban {
        words: &["memmap2"],
        place: Where::Only(&[]),
        why: "a memory map needs unsafe code: read the file",
    },
    Ban {
        words: &[".unwrap()"],
        place: Where::Only(&[]),
        why: "say why it cannot fail (expect), or return the error",
    },
];

fn is_in(file: &str, places: &[&str]) -> bool {
    places.iter().any(|place| file == *place || (place.ends_with('/') && file.starts_with(place)))
}

impl Where {
    fn covers(&self, file: &str) -> bool {
        match self {
            Where::In(places, exceptions) => is_in(file, places) && !is_in(file, exceptions),
            Where::Only(exceptions) => !is_in(file, exceptions),
        }
    }
}

/// Every forbidden word in code.
pub(crate) fn offences(tree: &Tree) -> Offences {
    let mut found = Offences::new();
    for source in sources(tree) {
        for ban in BANS.iter().filter(|ban| ban.place.covers(source.file)) {
            for word in ban.words {
                let what = || format!("{word} may not appear here: {}", ban.why);
                found.extend(lines_with(&source, word).map(|line| source.offence(line, what())));
            }
        }
        if source.file.starts_with("src/runtime/") {
            words_of_news(&source, &mut found);
        }
    }
    found
}

fn lines_with<'a>(source: &'a Source<'_>, word: &str) -> impl Iterator<Item = usize> + 'a {
    let wanted: Vec<String> = lex(word).iter().map(|token| token.text.to_owned()).collect();
    let path: Vec<String> = wanted.iter().filter(|text| *text != "::").cloned().collect();
    let is_path = wanted.len() == 2 * path.len() - 1;
    let tokens = &source.code.tokens;
    let in_tokens = (0..tokens.len()).filter_map({
        let wanted = wanted.clone();
        move |at| {
            let first = tokens.get(at)?;
            let texts: Vec<&str> = wanted.iter().map(String::as_str).collect();
            (matches(tokens, at, &texts) || is_number_of(first, &texts)).then_some(first.line)
        }
    });
    let in_paths = source.paths.iter().filter(move |code_path| {
        is_path
            && code_path.imported
            && code_path.segments.windows(path.len()).any(|window| window == path)
    });
    in_tokens.chain(in_paths.map(|code_path| code_path.line))
}

/// `1.5f64` names the type too.
fn is_number_of(token: &Token<'_>, wanted: &[&str]) -> bool {
    token.kind == Kind::Number
        && matches!(wanted, [suffix @ ("f32" | "f64")] if token.text.ends_with(suffix))
}

/// Parts of names, and words of messages, that would show that the runtime knows what it moves.
const NEWS: &[&str] = &["article", "articles", "enriched", "headline", "plover"];

/// The PLOVER types as records spell them.
const PLOVER_TYPES: &[&str] = &[
    "AGREE",
    "CONSULT",
    "SUPPORT",
    "CONCEDE",
    "COOPERATE",
    "AID",
    "RETREAT",
    "REQUEST",
    "ACCUSE",
    "REJECT",
    "THREATEN",
    "PROTEST",
    "SANCTION",
    "MOBILIZE",
    "COERCE",
    "ASSAULT",
];

fn words_of_news(source: &Source<'_>, found: &mut Offences) {
    let spoken =
        source.code.tokens.iter().filter(|token| matches!(token.kind, Kind::Word | Kind::Literal));
    for token in spoken {
        for word in name_parts(token.text) {
            if NEWS.contains(&word.to_lowercase().as_str()) || PLOVER_TYPES.contains(&word) {
                found.insert(
                    source
                        .offence(token.line, format!("the runtime knows nothing of news: {word}")),
                );
            }
        }
    }
}

/// `ArticleId`, `article_id` and `"article id"` all hold the word article.
fn name_parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).flat_map(|name| {
        let mut cuts: Vec<usize> = vec![0];
        let mut before = ' ';
        for (at, c) in name.char_indices() {
            if c.is_uppercase() && before.is_lowercase() {
                cuts.push(at);
            }
            before = c;
        }
        cuts.push(name.len());
        let pairs: Vec<(usize, usize)> =
            cuts.iter().copied().zip(cuts.iter().copied().skip(1)).collect();
        pairs.into_iter().filter_map(|(start, end)| name.get(start..end))
    })
}

mod tests {
    use super::super::source::Tree;
    use super::{BANS, Where, name_parts, offences};

    fn found(file: &str, text: &str) -> Vec<String> {
        let tree: Tree = [(file.to_owned(), text.to_owned())].into_iter().collect();
        offences(&tree).iter().map(ToString::to_string).collect()
    }

    /// A place where the ban holds.
    fn place(ban: &Where) -> String {
        match ban {
            Where::In(places, _) => {
                let place = places
                    .iter()
                    .find(|place| ban.covers(&format!("{place}x.rs")))
                    .expect("a place");
                format!("{place}x.rs")
            }
            Where::Only(_) => "src/settings/mod.rs".to_owned(),
        }
    }

    #[test]
    fn every_word_of_the_table_is_found_where_it_is_forbidden() {
        for ban in BANS {
            for word in ban.words {
                let text = format!("fn f() {{\n    x{word} y }}").replace("xstatic", "static");
                let text = if word.starts_with(['.', ':']) {
                    text
                } else {
                    text.replace(&format!("x{word}"), word)
                };
                let file = place(&ban.place);
                let wanted = format!("{file}:2: {word} may not appear here: {}", ban.why);
                assert!(
                    found(&file, &text).contains(&wanted),
                    "{word} in {file}: {:?}",
                    found(&file, &text)
                );
            }
        }
    }

    #[test]
    fn use_trees_hide_nothing() {
        let text =
            "use std::{\n    fs,\n    io::{Read, stdin},\n    collections::HashMap as Map,\n};";
        let lines = found("src/clean/a.rs", text).join("\n");
        assert!(
            lines.contains("a.rs:2: std::fs") && lines.contains("a.rs:3: std::io::stdin"),
            "{lines}"
        );
        assert!(lines.contains("a.rs:4: HashMap"), "{lines}");
    }

    #[test]
    fn comments_literals_tests_and_lifetimes_are_free() {
        let text = "//! std::fs, unsafe and f64\nfn f(x: &'static str) { g(\"unsafe tokio\", 'f') }\n\
                    #[cfg(test)]\nmod tests { use std::fs; fn f() { x.unwrap() } }";
        assert_eq!(found("src/model/a.rs", text), [""; 0]);
    }

    #[test]
    fn longer_names_are_other_words() {
        let text = "fn thread(tracing_id: Nowhere) { Clock.now(); x.expect(y); unwrap_or(z).unwrap_or_default(); exp() }";
        assert_eq!(found("src/clean/a.rs", text), [""; 0]);
        assert_eq!(
            found("src/model/a.rs", "const A: u32 = 0xf64; const B: u32 = 1.5e3 as u32;").len(),
            1
        );
        assert_eq!(found("src/model/a.rs", "const A: X = 1.5f64;").len(), 1);
    }

    #[test]
    fn exceptions_are_free() {
        for (file, text) in [
            ("src/runtime/kafka/flush.rs", "unsafe { rdkafka_sys::f() }"),
            ("src/runtime/kafka/mod.rs", "use rdkafka::ClientConfig;"),
            ("src/main.rs", "use anyhow::Result; fn main() { std::process::exit(1) }"),
            ("src/cli/demo.rs", "const A: &str = include_str!(\"a\"); println!()"),
            ("src/pack/embedded.rs", "include_bytes!(\"a\")"),
            ("src/publish/schema.rs", "fn f(x: f64) {}"),
            ("src/telemetry/http.rs", "use tokio::net;"),
            ("src/telemetry/registry.rs", "use prometheus::Registry;"),
            ("src/eval/a.rs", "x.exp(); use serde::Deserialize;"),
        ] {
            assert_eq!(found(file, text), [""; 0]);
        }
        assert_eq!(found("src/cli/run.rs", "process::exit(1)").len(), 1);
        assert_eq!(found("src/runtime/memory.rs", "unsafe {}").len(), 1);
        assert_eq!(found("src/eval/a.rs", "std::fs::read()").len(), 1);
    }

    #[test]
    fn the_runtime_has_no_word_of_news() {
        for text in [
            "struct ArticleId;",
            "let articles_max = 3;",
            "error(\"cannot read article\")",
            "X::new(\"articles.raw\")",
            "let kind = \"ASSAULT\";",
            "PloverType::Agree",
        ] {
            assert_eq!(found("src/runtime/worker.rs", text).len(), 1, "{text}");
            assert_eq!(found("src/app.rs", text).len(), 0, "{text}");
        }
        let free = "// one article\nfn reject(request: Request) { support(\"a request\") } struct Particle;";
        assert_eq!(found("src/runtime/worker.rs", free), [""; 0]);
    }

    #[test]
    fn names_fall_into_their_words() {
        let parts: Vec<&str> = name_parts("ArticleId article_id \"dateline.article\"")
            .filter(|p| !p.is_empty())
            .collect();
        assert_eq!(parts, ["Article", "Id", "article", "id", "dateline", "article"]);
    }
}
