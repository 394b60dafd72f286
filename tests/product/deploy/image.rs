//! `deploy/Dockerfile` against what it copies and what the program needs, and hadolint's word on it.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use dateline::settings::Settings;

use super::files::{
    Offences, Python, assert_found, not_run, planted, repository, run, text, unpinned,
};

const DOCKERFILE: &str = "deploy/Dockerfile";

/// The libraries of the base image gcr.io/distroless/cc that the program may need.
const LIBRARIES: [&str; 8] = [
    "linux-vdso.so.1",
    "ld-linux-x86-64.so.2",
    "ld-linux-aarch64.so.1",
    "libc.so.6",
    "libm.so.6",
    "libgcc_s.so.1",
    "libpthread.so.0",
    "libdl.so.2",
];

/// The Dockerfile, and what does not enter the build context.
#[derive(Clone)]
struct Recipe {
    dockerfile: String,
    ignore: String,
}

impl Recipe {
    fn read() -> Self {
        Recipe { dockerfile: text(DOCKERFILE), ignore: text(".dockerignore") }
    }

    /// Instruction and its arguments, continued lines joined.
    fn instructions(&self) -> Vec<(String, String)> {
        let code: Vec<&str> = self.dockerfile.lines().filter(|l| !l.starts_with('#')).collect();
        let joined = code.join("\n").replace("\\\n", " ");
        let split = |line: &str| {
            line.split_once(' ').map(|(name, rest)| (name.to_owned(), rest.trim().to_owned()))
        };
        joined.lines().filter_map(split).collect()
    }

    fn all(&self, name: &str) -> Vec<String> {
        let own = |(instruction, rest)| (instruction == name).then_some(rest);
        self.instructions().into_iter().filter_map(own).collect()
    }

    fn last(&self, name: &str) -> String {
        self.all(name).pop().unwrap_or_default()
    }

    /// What is copied out of the build context.
    fn copied(&self) -> Vec<String> {
        let mut copied = Vec::new();
        for arguments in self.all("COPY") {
            let mut sources: Vec<&str> = arguments.split_whitespace().collect();
            sources.pop();
            if !arguments.starts_with("--from=") {
                copied.extend(sources.into_iter().map(str::to_owned));
            }
        }
        copied
    }

    /// Whether `path` enters the build context: the last line that speaks of it or a folder above decides.
    fn enters(&self, path: &str) -> bool {
        let mut enters = true;
        for line in self.ignore.lines().filter(|line| !line.starts_with('#')) {
            let (pattern, verdict) = line.strip_prefix('!').map_or((line, false), |it| (it, true));
            if pattern == "*" || Path::new(path).starts_with(pattern) {
                enters = verdict;
            }
        }
        enters
    }
}

fn offences(recipe: &Recipe) -> Offences {
    let mut found = Offences::new();
    for image in recipe.all("FROM") {
        found.extend(unpinned(image.split(' ').next().unwrap()));
    }
    let mut demand = |holds: bool, what: &str| {
        if !holds {
            found.insert(what.to_owned());
        }
    };
    let user = recipe.last("USER");
    demand(
        user.split(':').all(|id| id.parse::<u32>().is_ok_and(|id| id > 0)),
        "the user is no number above 0",
    );
    demand(recipe.last("RUN").contains("\"--version\""), "the image is not tried out");
    for exec in ["ENTRYPOINT", "CMD"] {
        demand(recipe.last(exec).starts_with('['), "there is no shell for ENTRYPOINT or CMD");
    }
    let port = Settings::default().http.listen.unwrap().port().to_string();
    demand(recipe.last("EXPOSE") == port, "the exposed port is not that of http.listen");
    let version = format!("VERSION=\"{}\"", env!("CARGO_PKG_VERSION"));
    demand(recipe.all("ARG").contains(&version), "VERSION is not that of Cargo.toml");
    // A program that is linked against one release of Debian runs on the same.
    let froms = recipe.all("FROM").join(" ");
    demand(froms.contains("bookworm") == froms.contains("debian12"), "the bases differ");
    demand(builder(&froms) >= Some(least_rust()), "the builder's Rust is too old");
    found.extend(files(recipe));
    found
}

fn release(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

fn builder(froms: &str) -> Option<(u32, u32)> {
    release(froms.split("rust:").nth(1)?)
}

fn least_rust() -> (u32, u32) {
    release(env!("CARGO_PKG_RUST_VERSION")).unwrap()
}

/// What is copied exists and enters the context; what the sources include is copied.
fn files(recipe: &Recipe) -> Vec<String> {
    let mut found = Vec::new();
    let copied = recipe.copied();
    for path in &copied {
        if !repository(path).exists() {
            found.push(format!("the copied {path} does not exist"));
        }
        if !recipe.enters(path) {
            found.push(format!(".dockerignore keeps {path} out"));
        }
    }
    for path in included() {
        if !copied.iter().any(|it| Path::new(&path).starts_with(it)) {
            found.push(format!("{path}, which the sources include, is not copied"));
        }
    }
    for secret in ["target/debug/dateline", ".git/config", ".env"] {
        if recipe.enters(secret) {
            found.push(format!("{secret} enters the build context"));
        }
    }
    found
}

/// Paths of the files that the sources include in the program.
fn included() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![repository("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let code = std::fs::read_to_string(&path).unwrap();
            for call in ["include_str!(\"", "include_bytes!(\""] {
                for rest in code.split(call).skip(1) {
                    let named = folder.join(rest.split('"').next().unwrap());
                    found.insert(plain(&named));
                }
            }
        }
    }
    assert!(found.len() > 10, "the pack and the examples are included: {found:?}");
    found
}

/// A path below the root of the repository, without `..`.
fn plain(path: &Path) -> String {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => assert!(plain.pop()),
            other => plain.push(other),
        }
    }
    plain.strip_prefix(repository("")).unwrap().to_str().unwrap().to_owned()
}

#[test]
fn the_image_has_what_the_program_needs() {
    let change = |from: &'static str, to: &'static str| {
        move |recipe: &mut Recipe| recipe.dockerfile = planted(&recipe.dockerfile, from, to)
    };
    let ignore = |from: &'static str, to: &'static str| {
        move |recipe: &mut Recipe| recipe.ignore = planted(&recipe.ignore, from, to)
    };
    assert_found(
        &Recipe::read(),
        offences,
        &[
            ("has no version", &change("rust:1.95.0-bookworm", "rust:latest")),
            ("too old", &change("rust:1.95.0", "rust:1.70.0")),
            ("the bases differ", &change("1.95.0-bookworm", "1.95.0-trixie")),
            ("no number above 0", &change("USER 65532:65532", "USER 0:0")),
            ("no number above 0", &change("USER 65532:65532", "USER nonroot")),
            ("not tried out", &change("\"--version\"", "\"demo\"")),
            ("no shell", &change("CMD [\"run\"]", "CMD run")),
            ("exposed port", &change("EXPOSE 9464", "EXPOSE 9000")),
            ("VERSION", &change("VERSION=\"0", "VERSION=\"9")),
            ("does not exist", &change("COPY data data", "COPY date data")),
            ("is not copied", &change("COPY examples/articles examples/articles", "")),
            ("keeps data out", &ignore("!data\n", "")),
            ("enters the build context", &ignore("\n*\n", "\n")),
        ],
    );
}

/// Cargo refuses a manifest whose declared targets are missing, and the layer of the dependencies has little more than the
/// manifest.
#[test]
fn the_targets_that_cargo_demands_are_in_the_first_layer() {
    let mut copied = Recipe::read().copied();
    copied.truncate(copied.iter().position(|path| path == "data").unwrap());
    let manifest = text("Cargo.toml");
    let missing = |copied: &[String]| -> Vec<String> {
        let paths = declared(&manifest);
        assert!(paths.iter().any(|path| path.starts_with("benches/")), "{paths:?}");
        let is_missing = |path: &String| !copied.iter().any(|it| Path::new(path).starts_with(it));
        paths.into_iter().filter(is_missing).collect()
    };
    assert_eq!(missing(&copied), [""; 0]);
    for path in declared(&manifest) {
        assert!(repository(&path).exists(), "{path}");
    }
    copied.retain(|path| path != "benches");
    assert!(!missing(&copied).is_empty());
}

/// The files of the targets that the manifest names one by one; that of the program is made by the Dockerfile.
fn declared(manifest: &str) -> Vec<String> {
    let folders = [("[[bench]]", "benches"), ("[[test]]", "tests"), ("[[example]]", "examples")];
    let mut paths = Vec::new();
    for (section, folder) in folders {
        for rest in manifest.split(section).skip(1) {
            let mut keys = rest.split("\n[").next().unwrap().lines();
            assert!(!keys.clone().any(|key| key.starts_with("path")), "a path of its own: {rest}");
            let name = keys.find_map(|key| key.strip_prefix("name = ")).unwrap();
            paths.push(format!("{folder}/{}.rs", name.trim_matches('"')));
        }
    }
    paths
}

#[test]
fn the_program_needs_no_library_that_the_base_image_lacks() {
    let Some(said) = run(Path::new("ldd"), &[env!("CARGO_BIN_EXE_dateline")]) else {
        not_run("libraries of the program: there is no ldd");
        return;
    };
    assert!(said.content, "{}", said.text);
    let names = said.text.lines().filter_map(|line| line.split_whitespace().next());
    let names: Vec<&str> = names.filter_map(|name| name.rsplit('/').next()).collect();
    assert!(names.contains(&"libc.so.6"), "{}", said.text);
    for name in names {
        assert!(LIBRARIES.contains(&name), "the base image may have no {name}");
    }
}

#[test]
fn hadolint_has_nothing_to_say() {
    let Some(python) = Python::find("hadolint on deploy/Dockerfile") else { return };
    let said = python.tool("hadolint", &[repository(DOCKERFILE)]);
    assert!(said.content && said.text.is_empty(), "{}", said.text);
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("Dockerfile");
    std::fs::write(&broken, planted(&text(DOCKERFILE), "USER 65532:65532", "USER root")).unwrap();
    let said = python.tool("hadolint", &[broken]);
    assert!(!said.content && said.text.contains("DL3002"), "{}", said.text);
}
