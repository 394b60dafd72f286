//! The repository as text, and what the rules ask of one Rust file: its place in the module tree and the paths it names.
//!
//! Paths come from `use` trees, written out leaf by leaf, and from code. Only `crate`, `self`, `super` and, in the binary,
//! `dateline` lead into the crate. Modules that are written inside a file count as that file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::lexer::{Code, Kind, Token, lex, matches, without_tests};

/// Path below the root of the repository, with `/`, to content.
pub(crate) type Tree = BTreeMap<String, String>;

/// One broken rule. Ordered by place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Offence {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

/// What a rule finds, sorted and each once.
pub(crate) type Offences = BTreeSet<Offence>;

/// A path in code: its segments and what it is called where it was brought in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CodePath<'a> {
    pub(crate) segments: Vec<&'a str>,
    pub(crate) name: &'a str,
    pub(crate) line: usize,
    pub(crate) imported: bool,
}

/// One Rust file.
pub(crate) struct Source<'a> {
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
    /// Without comments and tests.
    pub(crate) code: Code<'a>,
    pub(crate) paths: Vec<CodePath<'a>>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(file: &'a str, text: &'a str) -> Self {
        let code = without_tests(&lex(text));
        let paths = paths(&code.tokens);
        Source { file, text, code, paths }
    }

    pub(crate) fn offence(&self, line: usize, what: impl Into<String>) -> Offence {
        Offence { file: self.file.to_owned(), line, what: what.into() }
    }

    /// `src/a/b.rs` and `src/a/b/mod.rs` are both `[a, b]`; the crate roots are empty.
    pub(crate) fn module(&self) -> Vec<&'a str> {
        let inner = self.file.strip_prefix("src/").unwrap_or(self.file);
        let mut module: Vec<&str> = inner.strip_suffix(".rs").unwrap_or(inner).split('/').collect();
        if matches!(module.last(), Some(&"mod" | &"lib" | &"main")) {
            module.pop();
        }
        module
    }

    /// The binary is a crate of its own, which sees the library as `dateline`.
    pub(crate) fn is_binary(&self) -> bool {
        self.file == "src/main.rs" || self.file.starts_with("src/cli/")
    }

    /// `path` from the root of the library, `None` where it leads elsewhere.
    pub(crate) fn in_library(&self, path: &CodePath<'a>) -> Option<Vec<&'a str>> {
        let (first, rest) = path.segments.split_first()?;
        if self.is_binary() {
            return (*first == "dateline").then(|| rest.to_vec());
        }
        let mut absolute = match *first {
            "crate" => Vec::new(),
            "self" => self.module(),
            "super" => parent(self.module()),
            _ => return None,
        };
        for segment in rest {
            match *segment {
                "super" => absolute = parent(absolute),
                "self" => {}
                other => absolute.push(other),
            }
        }
        Some(absolute)
    }
}

fn parent(mut module: Vec<&str>) -> Vec<&str> {
    module.pop();
    module
}

/// The Rust files under src/, without those that only tests use.
pub(crate) fn sources(tree: &Tree) -> Vec<Source<'_>> {
    let all: Vec<Source<'_>> = tree
        .iter()
        .filter(|(file, _)| file.starts_with("src/") && file.ends_with(".rs"))
        .map(|(file, text)| Source::new(file, text))
        .collect();
    let tests: Vec<String> = all.iter().flat_map(test_files).collect();
    let is_test = |file: &str| tests.iter().any(|test| file.starts_with(test.as_str()));
    all.into_iter().filter(|source| !is_test(source.file)).collect()
}

/// Where the modules lie that `source` declares for tests only: `dir/name.rs` or below `dir/name/`.
fn test_files(source: &Source<'_>) -> Vec<String> {
    let folder = ["src"].into_iter().chain(source.module()).collect::<Vec<_>>().join("/");
    source
        .code
        .test_modules
        .iter()
        .flat_map(|name| [format!("{folder}/{name}.rs"), format!("{folder}/{name}/")])
        .collect()
}

fn paths<'a>(tokens: &[Token<'a>]) -> Vec<CodePath<'a>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if token.kind != Kind::Word {
            at += 1;
        } else if token.text == "use" && !matches(tokens, at + 1, &["<"]) {
            at = use_tree(tokens, at + 1, &[], &mut found);
        } else {
            let mut segments = vec![token.text];
            at += 1;
            while matches(tokens, at, &["::"])
                && let Some(next) = tokens.get(at + 1).filter(|next| next.kind == Kind::Word)
            {
                segments.push(next.text);
                at += 2;
            }
            let name = segments.last().copied().unwrap_or_default();
            found.push(CodePath { segments, name, line: token.line, imported: false });
        }
    }
    found
}

/// Reads one branch of a `use` tree from `at` on and gives back where the branch ends.
fn use_tree<'a>(
    tokens: &[Token<'a>],
    mut at: usize,
    prefix: &[&'a str],
    found: &mut Vec<CodePath<'a>>,
) -> usize {
    let mut segments = prefix.to_vec();
    let mut name = None;
    let mut line = tokens.get(at).map_or(0, |token| token.line);
    while let Some(token) = tokens.get(at) {
        match token.text {
            "," | "}" | ";" => break,
            "{" => return use_group(tokens, at + 1, &segments, found),
            "as" => {
                name = tokens.get(at + 1).map(|alias| alias.text);
                at += 1;
            }
            "::" | "$" => {}
            segment => {
                segments.push(segment);
                line = token.line;
            }
        }
        at += 1;
    }
    if segments.len() > prefix.len() {
        if segments.last() == Some(&"self") && segments.len() > 1 {
            segments.pop();
        }
        let name = name.or(segments.last().copied()).unwrap_or_default();
        found.push(CodePath { segments, name, line, imported: true });
    }
    at
}

fn use_group<'a>(
    tokens: &[Token<'a>],
    mut at: usize,
    prefix: &[&'a str],
    found: &mut Vec<CodePath<'a>>,
) -> usize {
    loop {
        at = use_tree(tokens, at, prefix, found);
        match tokens.get(at).map(|token| token.text) {
            Some(",") => at += 1,
            Some("}") => return at + 1,
            _ => return at,
        }
    }
}

mod tests {
    use super::{Source, Tree, sources};

    fn written_out(text: &str) -> Vec<String> {
        let source = Source::new("src/a/b.rs", text);
        source
            .paths
            .iter()
            .filter(|path| path.imported)
            .map(|path| path.segments.join("::"))
            .collect()
    }

    #[test]
    fn use_trees_are_written_out_leaf_by_leaf() {
        assert_eq!(written_out("use a::b;"), ["a::b"]);
        assert_eq!(
            written_out(
                "use std::{fs, io::{self, Read as _, stdin}, sync::*,}; fn f() { use c::d; }"
            ),
            ["std::fs", "std::io", "std::io::Read", "std::io::stdin", "std::sync::*", "c::d"]
        );
        assert_eq!(
            written_out("pub use {a::b, ::c::d}; fn f() -> impl X + use<'a> {}"),
            ["a::b", "c::d"]
        );
    }

    #[test]
    fn paths_in_code_are_found_through_generics_and_macros() {
        let source = Source::new(
            "src/a/b.rs",
            "let x = crate::c::D::<super::e::F>::g(y.h); m!($crate::i::J);",
        );
        let found: Vec<String> = source
            .paths
            .iter()
            .filter_map(|path| source.in_library(path))
            .map(|segments| segments.join("::"))
            .collect();
        assert_eq!(found, ["c::D", "a::e::F", "i::J"]);
    }

    #[test]
    fn paths_lead_from_the_place_of_the_file() {
        let absolute = |file, text| {
            let source = Source::new(file, text);
            source.paths.iter().find_map(|path| source.in_library(path)).map(|path| path.join("::"))
        };
        assert_eq!(absolute("src/a/b.rs", "super::super::c::D").as_deref(), Some("c::D"));
        assert_eq!(absolute("src/a/mod.rs", "super::c::D").as_deref(), Some("c::D"));
        assert_eq!(absolute("src/a/mod.rs", "self::c::D").as_deref(), Some("a::c::D"));
        assert_eq!(absolute("src/cli/run.rs", "dateline::c::D").as_deref(), Some("c::D"));
        assert_eq!(absolute("src/cli/run.rs", "crate::cli::D"), None);
        assert_eq!(absolute("src/a/b.rs", "serde::c::D"), None);
    }

    #[test]
    fn files_of_test_modules_are_no_sources() {
        let tree: Tree = [
            ("src/a/mod.rs", "#[cfg(test)] mod cases; mod b;"),
            ("src/a/b.rs", ""),
            ("src/a/cases.rs", ""),
            ("src/a/cases/one.rs", ""),
            ("tests/c.rs", ""),
        ]
        .into_iter()
        .map(|(file, text)| (file.to_owned(), text.to_owned()))
        .collect();
        let files: Vec<&str> = sources(&tree).iter().map(|source| source.file).collect();
        assert_eq!(files, ["src/a/b.rs", "src/a/mod.rs"]);
    }
}
