//! What holds for whole files: first lines, sizes, names, open tasks, paths of a machine, and the tables of the pack.

use super::lexer::{Kind, lex, matches};
use super::source::{Offence, Offences, Source, Tree, sources};

/// Lines of a file without its tests.
const LINES_MAX: usize = 600;

/// Names that say nothing of what a file is about.
const EMPTY_NAMES: [&str; 8] =
    ["util", "utils", "common", "misc", "manager", "types", "helper", "helpers"];

/// The folder of the language pack, and the file that embeds it.
const PACK: &str = "data/en/";
const EMBEDDED: &str = "src/pack/embedded.rs";

/// The words are put together here, so that this file does not offend against itself.
const OPEN_TASK: &str = concat!("TO", "DO");
const BROKEN: &str = concat!("FIX", "ME");
const MACHINE_FOLDERS: [&str; 6] = [
    concat!("/wo", "rk/"),
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/t", "mp/"),
    concat!("/Us", "ers/"),
    concat!("C:", "\\"),
];

/// Every offence against the shape of files.
pub(crate) fn offences(tree: &Tree) -> Offences {
    let mut found = Offences::new();
    for source in sources(tree) {
        found.extend(first_line(&source));
        found.extend(size(&source));
        found.extend(empty_name(&source));
    }
    for (file, text) in tree {
        for (line, text) in (1..).zip(text.lines()) {
            let offence = |what: &str| Offence { file: file.clone(), line, what: what.to_owned() };
            found.extend(open_task(text).map(offence));
            found.extend(
                machine_path(text)
                    .map(|folder| offence(&format!("{folder} is a path of one machine"))),
            );
        }
        if file.ends_with(".rs") {
            found.extend(ignored_tests(file, text));
        }
    }
    tables(tree, &mut found);
    found
}

fn first_line(source: &Source<'_>) -> Option<Offence> {
    (!source.text.starts_with("//! "))
        .then(|| source.offence(1, "the first line is not `//! what this file makes from what`"))
}

fn size(source: &Source<'_>) -> Option<Offence> {
    let lines = source.text.lines().count() - source.code.test_lines;
    (lines > LINES_MAX).then(|| {
        source.offence(1, format!("{lines} lines without tests, {LINES_MAX} are the limit"))
    })
}

fn empty_name(source: &Source<'_>) -> Option<Offence> {
    let name = source.module().into_iter().find(|name| EMPTY_NAMES.contains(name))?;
    Some(source.offence(1, format!("{name} says nothing of what the file is about")))
}

/// An open task carries the number of its issue: `(#12)` follows the word.
fn open_task(line: &str) -> Option<&'static str> {
    if has_word(line, BROKEN).is_some() {
        return Some("what is known to be broken is mended or filed as an issue");
    }
    let after = has_word(line, OPEN_TASK)?;
    let number = after.trim_start_matches([' ', '(', ':']).strip_prefix('#');
    let numbered = number.is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()));
    (!numbered).then_some("an open task without the number of its issue")
}

/// What follows `word` in `line`, if it stands there by itself.
fn has_word<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    line.match_indices(word).find_map(|(at, _)| {
        let (before, rest) = line.split_at(at);
        let after = rest.strip_prefix(word)?;
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        (!before.ends_with(is_part) && !after.starts_with(is_part)).then_some(after)
    })
}

/// A folder that other machines do not have. Inside an address or a longer path the same letters are harmless.
fn machine_path(line: &str) -> Option<&'static str> {
    MACHINE_FOLDERS.into_iter().find(|folder| {
        line.match_indices(folder).any(|(at, _)| {
            let (before, _) = line.split_at(at);
            !before.ends_with(|c: char| {
                c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '*' | '}' | '/')
            })
        })
    })
}

fn ignored_tests<'a>(file: &'a str, text: &'a str) -> impl Iterator<Item = Offence> + 'a {
    let tokens: Vec<_> =
        lex(text).into_iter().filter(|token| token.kind != Kind::Comment).collect();
    let at_fault: Vec<usize> = (0..tokens.len())
        .filter(|at| {
            matches(&tokens, *at, &["#", "[", "ignore"])
                || matches(&tokens, *at, &["#", "[", "should_panic"])
        })
        .filter_map(|at| tokens.get(at).map(|token| token.line))
        .collect();
    at_fault.into_iter().map(move |line| Offence {
        file: file.to_owned(),
        line,
        what:
            "a test that is ignored or expected to panic proves nothing: assert what happens today"
                .to_owned(),
    })
}

/// A table that nobody embeds is a fact that nobody uses. Cases of frames and model cards stay outside the binary.
fn tables(tree: &Tree, found: &mut Offences) {
    let Some(embedded) = tree.get(EMBEDDED) else { return };
    let literals: Vec<&str> = lex(embedded)
        .into_iter()
        .filter(|token| token.kind == Kind::Literal)
        .map(|token| token.text)
        .collect();
    for file in tree.keys().filter(|file| file.starts_with(PACK)) {
        let stays_outside = file.ends_with(".cases.txt") || file.ends_with(".md");
        let quoted = format!("/{file}\"");
        if !stays_outside && !literals.iter().any(|literal| literal.ends_with(&quoted)) {
            found.insert(Offence {
                file: file.clone(),
                line: 1,
                what: format!("is not embedded by {EMBEDDED}"),
            });
        }
    }
}

mod tests {
    use super::super::source::Tree;
    use super::{BROKEN, EMBEDDED, LINES_MAX, MACHINE_FOLDERS, OPEN_TASK, offences};

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let tree: Tree =
            files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
        offences(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_file_says_first_what_it_is() {
        assert_eq!(found(&[("src/clean/a.rs", "//! Makes a from b.\n")]), [""; 0]);
        assert_eq!(found(&[("src/clean/a.rs", "use a;\n//! Makes a from b.\n")]).len(), 1);
        assert_eq!(found(&[("src/clean/a.rs", "")]).len(), 1);
        assert_eq!(found(&[("src/clean/a.rs", "//!\n")]).len(), 1);
    }

    #[test]
    fn only_lines_outside_tests_count() {
        let full = format!("//! Long.\n{}", "//\n".repeat(LINES_MAX - 1));
        let tests = format!("{full}#[cfg(test)]\nmod tests {{\n{}}}\n", "\n".repeat(LINES_MAX));
        assert_eq!(found(&[("src/clean/a.rs", &tests)]), [""; 0]);
        let more = format!("{full}//\n");
        let wanted = "src/clean/a.rs:1: 601 lines without tests, 600 are the limit";
        assert_eq!(found(&[("src/clean/a.rs", &more)]), [wanted]);
    }

    #[test]
    fn empty_names_are_refused() {
        for file in ["src/clean/util.rs", "src/common/mod.rs", "src/clean/types/a.rs"] {
            assert_eq!(found(&[(file, "//! A.\n")]).len(), 1, "{file}");
        }
    }

    #[test]
    fn open_tasks_carry_a_number() {
        for tail in ["(#12)", " #12: later", ": #3"] {
            assert_eq!(found(&[("scripts/a.sh", &format!("# {OPEN_TASK}{tail}"))]), [""; 0]);
        }
        for tail in ["", ": later", "(me)", " issue"] {
            assert_eq!(
                found(&[("src/a.txt", &format!("// x {OPEN_TASK}{tail}"))]).len(),
                1,
                "{tail}"
            );
        }
        assert_eq!(found(&[("docs/A.md", &format!("{BROKEN}(#12)"))]).len(), 1);
        assert_eq!(found(&[("docs/A.md", &format!("{OPEN_TASK}S and MY{BROKEN}"))]), [""; 0]);
    }

    #[test]
    fn paths_of_a_machine_are_found() {
        for folder in MACHINE_FOLDERS {
            assert_eq!(found(&[("docs/A.md", &format!("see {folder}main"))]).len(), 1, "{folder}");
            assert_eq!(
                found(&[("docs/A.md", &format!("https://example.org{folder}main"))]),
                [""; 0],
                "{folder}"
            );
        }
    }

    #[test]
    fn tests_may_not_be_switched_off() {
        for attribute in ["ignore", "ignore = \"slow\"", "should_panic"] {
            let text = format!("//! T.\n#[test]\n#[{attribute}]\nfn t() {{}}");
            assert_eq!(found(&[("tests/a.rs", &text)]).len(), 1, "{attribute}");
        }
        assert_eq!(
            found(&[("tests/a.rs", "// #[ignore]\nconst A: &str = \"#[ignore]\";")]),
            [""; 0]
        );
    }

    #[test]
    fn every_table_is_embedded() {
        let embedded = (
            EMBEDDED,
            "//! E.\n// data/en/b.tsv\nconst A: &[u8] = include_bytes!(\"../../data/en/a.tsv\");",
        );
        let tables = [("data/en/a.tsv", ""), ("data/en/b.tsv", ""), ("data/en/a.cases.txt", "")];
        let files: Vec<_> = tables.into_iter().chain([embedded]).collect();
        assert_eq!(found(&files), ["data/en/b.tsv:1: is not embedded by src/pack/embedded.rs"]);
    }
}
