//! Who may import whom. One package has no crates to keep its layers apart, so this table does it.
//!
//! A module that is not in the table may not exist: whoever adds one decides its layer here. The table has no cycle, so an
//! import cannot be smuggled through a third module.

use super::source::{Offence, Offences, Source, Tree, sources};

const RIM: [&str; 3] = ["settings", "telemetry", "runtime"];

/// Library modules and what each may import beside itself. Stages never import each other.
const TABLE: [(&str, &[&str]); 18] = [
    ("map", &[]),
    ("model", &[]),
    ("text", &["map", "model"]),
    ("nn", &["map", "model", "text"]),
    ("pack", &["map", "model", "text", "nn"]),
    ("decode", &["map", "model", "text", "pack"]),
    ("clean", &["map", "model", "text", "pack"]),
    ("analyse", &["map", "model", "text", "nn", "pack"]),
    ("resolve", &["map", "model", "text", "pack"]),
    ("code", &["map", "model", "text", "pack"]),
    ("publish", &["map", "model", "text", "pack"]),
    (
        "extract",
        &[
            "map", "model", "text", "pack", "decode", "clean", "analyse", "resolve", "code",
            "publish",
        ],
    ),
    (
        "eval",
        &[
            "map", "model", "text", "nn", "pack", "decode", "clean", "analyse", "resolve", "code",
            "publish", "extract",
        ],
    ),
    (
        "train",
        &[
            "map", "model", "text", "nn", "pack", "decode", "clean", "analyse", "resolve", "code",
            "publish", "extract", "eval",
        ],
    ),
    ("settings", &[]),
    ("telemetry", &["model"]),
    ("runtime", &["telemetry"]),
    (
        "app",
        &[
            "map",
            "model",
            "text",
            "pack",
            "decode",
            "clean",
            "analyse",
            "resolve",
            "code",
            "publish",
            "extract",
            "settings",
            "telemetry",
            "runtime",
        ],
    ),
];

/// Every import that the table does not allow.
pub(crate) fn offences(tree: &Tree) -> Offences {
    let sources = sources(tree);
    let names = reexports(&sources);
    let mut found = Offences::new();
    for source in &sources {
        if source.is_binary() {
            found.extend(both_sides(source, &names));
        } else if source.file != "src/lib.rs" {
            check_library_file(source, &names, &mut found);
        }
    }
    found
}

/// Names that lib.rs gives a second home, and the module each comes from.
fn reexports<'a>(sources: &[Source<'a>]) -> Vec<(&'a str, &'a str)> {
    let root = sources.iter().find(|source| source.file == "src/lib.rs");
    let imports = root.iter().flat_map(|source| source.paths.iter().filter(|path| path.imported));
    imports
        .filter_map(|path| {
            let module =
                path.segments.iter().find(|segment| !matches!(**segment, "crate" | "self"))?;
            is_module(module).then_some((path.name, *module))
        })
        .collect()
}

fn is_module(name: &str) -> bool {
    TABLE.iter().any(|(module, _)| *module == name)
}

fn check_library_file(source: &Source<'_>, names: &[(&str, &str)], found: &mut Offences) {
    let module = source.module();
    let own = module.first().copied().unwrap_or_default();
    let Some((_, may)) = TABLE.iter().find(|(name, _)| *name == own) else {
        found.insert(source.offence(
            1,
            format!("module {own} is not in the import table (tests/tidy/imports.rs)"),
        ));
        return;
    };
    for (line, target) in targets(source, names) {
        match target {
            Target::Module(target) if target == own || may.contains(&target) => {}
            Target::Module(target) => {
                found.insert(source.offence(line, format!("{own} may not import {target}")));
            }
            Target::Root => {
                found.insert(source.offence(line, "imports the whole crate: name the module"));
            }
        }
    }
}

enum Target<'a> {
    Module(&'a str),
    /// The crate under another name, or all of it by `*`.
    Root,
}

/// The top-level modules that a file reaches, each with its line.
fn targets<'a>(source: &Source<'a>, names: &[(&'a str, &'a str)]) -> Vec<(usize, Target<'a>)> {
    let mut found = Vec::new();
    for path in &source.paths {
        let Some(absolute) = source.in_library(path) else { continue };
        match absolute.first().copied() {
            None | Some("*") if path.imported => found.push((path.line, Target::Root)),
            Some(first) if is_module(first) => found.push((path.line, Target::Module(first))),
            Some(first) => {
                let home = names.iter().find(|(name, _)| *name == first);
                found.extend(home.map(|(_, module)| (path.line, Target::Module(module))));
            }
            None => {}
        }
    }
    found
}

/// One file of the command line is on the core's side or on the runtime's; a command that needs both calls app.
fn both_sides(source: &Source<'_>, names: &[(&str, &str)]) -> Option<Offence> {
    let targets = targets(source, names);
    let first_line = |wanted: &dyn Fn(&str) -> bool| {
        targets.iter().find_map(|(line, target)| match target {
            Target::Module(module) => wanted(module).then_some(*line),
            Target::Root => Some(*line),
        })
    };
    let core = first_line(&|module| !RIM.contains(&module) && module != "app")?;
    let runtime = first_line(&|module| module == "runtime")?;
    Some(source.offence(
        core.max(runtime),
        "uses the core and the runtime: what needs both belongs to app",
    ))
}

mod tests {
    use super::super::source::Tree;
    use super::{TABLE, offences};

    const STAGES: [&str; 6] = ["decode", "clean", "analyse", "resolve", "code", "publish"];

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let tree: Tree =
            files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
        offences(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_table_has_no_cycle_and_stages_are_strangers() {
        for (place, (module, may)) in TABLE.iter().enumerate() {
            for target in *may {
                let below = TABLE.iter().position(|(name, _)| name == target);
                assert!(
                    below.is_some_and(|below| below < place),
                    "{module} imports {target}, which is not above it"
                );
                assert!(
                    !(STAGES.contains(module) && STAGES.contains(target)),
                    "{module} imports {target}"
                );
            }
        }
    }

    #[test]
    fn a_stage_that_imports_a_stage_is_found_in_every_spelling() {
        for text in [
            "use crate::decode::decode;",
            "use crate::{model::Article, decode::{self, sniff}};",
            "use super::super::decode;",
            "fn f() { crate::decode::decode(); }",
            "pub(crate) use crate::decode as d;",
            "fn f(x: Vec<crate::decode::Raw>) {}",
        ] {
            assert_eq!(
                found(&[("src/clean/normal.rs", text)]),
                ["src/clean/normal.rs:1: clean may not import decode"]
            );
        }
    }

    #[test]
    fn what_the_table_allows_passes() {
        let text = "use crate::model::Article; use crate::text; use super::block; use crate::clean::mod_x;\n\
                    // crate::decode\nfn f() { let s = \"crate::decode\"; }\n\
                    #[cfg(test)] mod tests { use crate::decode::decode; }";
        assert_eq!(
            found(&[("src/clean/normal.rs", text), ("src/lib.rs", "pub use runtime::run;")]),
            [""; 0]
        );
    }

    #[test]
    fn lower_layers_and_the_rim_are_kept_apart() {
        let one = |file, text| found(&[(file, text)]).join(" ");
        assert!(
            one("src/model/event.rs", "use crate::map::Map;").ends_with("model may not import map")
        );
        assert!(
            one("src/runtime/worker.rs", "use crate::model::Article;")
                .ends_with("runtime may not import model")
        );
        assert!(
            one("src/runtime/worker.rs", "use crate::settings::Kafka;")
                .ends_with("runtime may not import settings")
        );
        assert!(
            one("src/settings/mod.rs", "use crate::model::Limits;")
                .ends_with("settings may not import model")
        );
        assert!(one("src/app.rs", "use crate::eval;").ends_with("app may not import eval"));
        assert!(one("src/extract.rs", "use crate::eval;").ends_with("extract may not import eval"));
        assert!(one("src/extract.rs", "use super::eval;").ends_with("extract may not import eval"));
    }

    #[test]
    fn the_whole_crate_may_not_be_imported() {
        for text in ["use crate as c;", "use crate::*;", "use super::super::*;"] {
            assert_eq!(found(&[("src/clean/a.rs", text)]).len(), 1, "{text}");
        }
    }

    #[test]
    fn names_that_the_root_hands_on_count_as_their_module() {
        let root =
            ("src/lib.rs", "pub use extract::Extractor; pub use crate::model::{Article as News};");
        let files = [root, ("src/clean/a.rs", "use crate::Extractor; use crate::News;")];
        assert_eq!(found(&files), ["src/clean/a.rs:1: clean may not import extract"]);
    }

    #[test]
    fn an_unknown_module_is_refused() {
        assert_eq!(found(&[("src/util/mod.rs", "")]).len(), 1);
    }

    #[test]
    fn a_command_takes_one_side() {
        let both = "use dateline::extract::Extractor;\nuse dateline::runtime::run;";
        assert!(
            found(&[("src/cli/run.rs", both)])
                .join(" ")
                .starts_with("src/cli/run.rs:2: uses the core and")
        );
        let app = "use dateline::{app, settings::Settings, runtime::shutdown};";
        assert_eq!(found(&[("src/cli/run.rs", app)]), [""; 0]);
        let core = "use dateline::{app, settings::Settings, extract, eval};";
        assert_eq!(found(&[("src/cli/run.rs", core)]), [""; 0]);
    }
}
