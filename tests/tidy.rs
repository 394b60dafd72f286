//! Keeps the house in order: imports between modules, words and their places, shape of files.
//!
//! Reads the repository as text, so a rule costs milliseconds and needs no build. Every rule lies in a file of its own
//! below tests/tidy/, with the reason, and with tests that plant an offence and see it found.

#[cfg(test)]
#[path = "tidy/imports.rs"]
mod imports;
#[cfg(test)]
#[path = "tidy/lexer.rs"]
mod lexer;
#[cfg(test)]
#[path = "tidy/shape.rs"]
mod shape;
#[cfg(test)]
#[path = "tidy/source.rs"]
mod source;
#[cfg(test)]
#[path = "tidy/words.rs"]
mod words;

#[cfg(test)]
mod repository {
    use std::path::Path;
    use std::sync::LazyLock;
    use std::{fs, io};

    use super::source::{Offences, Tree};
    use super::{imports, shape, words};

    /// What is read: folders and files of the repository that people write. Example articles are other people's words.
    const READ: [&str; 17] = [
        ".ci",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "Cargo.toml",
        "Makefile",
        "NOTICE",
        "README.md",
        "benches",
        "clippy.toml",
        "config",
        "data",
        "deny.toml",
        "docs",
        "examples",
        "scripts",
        "src",
        "tests",
    ];
    const LEFT_OUT: [&str; 1] = ["examples/articles"];

    static TREE: LazyLock<Tree> = LazyLock::new(|| {
        let mut tree = Tree::new();
        for name in READ {
            let root = Path::new(env!("CARGO_MANIFEST_DIR"));
            read(root, &root.join(name), &mut tree).expect("the repository can be read");
        }
        tree
    });

    fn read(root: &Path, path: &Path, tree: &mut Tree) -> io::Result<()> {
        let name =
            path.strip_prefix(root).map_err(io::Error::other)?.to_string_lossy().replace('\\', "/");
        if LEFT_OUT.contains(&name.as_str()) || !path.exists() {
            return Ok(());
        }
        if path.is_dir() {
            for entry in fs::read_dir(path)? {
                read(root, &entry?.path(), tree)?;
            }
        } else {
            tree.insert(name, String::from_utf8_lossy(&fs::read(path)?).into_owned());
        }
        Ok(())
    }

    fn assert_none(offences: &Offences) {
        let lines: Vec<String> = offences.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "{} offences:\n{}", lines.len(), lines.join("\n"));
    }

    #[test]
    fn the_repository_is_read_whole() {
        for file in [
            "src/lib.rs",
            "src/main.rs",
            "src/pack/embedded.rs",
            "tests/tidy.rs",
            "README.md",
            ".ci/run",
        ] {
            assert!(TREE.contains_key(file), "{file} was not read");
        }
    }

    #[test]
    fn modules_import_only_what_lies_below_them() {
        assert_none(&imports::offences(&TREE));
    }

    #[test]
    fn words_stay_in_their_places() {
        assert_none(&words::offences(&TREE));
    }

    #[test]
    fn files_have_their_shape() {
        assert_none(&shape::offences(&TREE));
    }
}
