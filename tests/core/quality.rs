//! The embedded model against treebanks and texts with names: it reaches the floors of a released model.
//!
//! The corpora lie outside the repository, in the folder that `DATELINE_TREEBANKS` names, as `dateline train` reads them.
//! Without it, or without the feature `train`, a line in target/not-run.txt says that nothing was measured.

#[cfg(feature = "train")]
#[test]
fn the_embedded_model_reaches_its_floors() {
    use dateline::train::score::{below_floors, floors, score};

    let Some(folder) = std::env::var_os("DATELINE_TREEBANKS").map(std::path::PathBuf::from) else {
        return not_run("DATELINE_TREEBANKS is not set");
    };
    if !folder.is_dir() {
        return not_run(&format!("there is no folder {}", folder.display()));
    }
    let mut paths: Vec<&'static str> = floors().map(|(path, ..)| path).collect();
    paths.dedup();
    let read = |path: &str| std::fs::read_to_string(folder.join(path));
    let text = |path| read(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let texts: Vec<(&'static str, String)> =
        paths.into_iter().map(|path| (path, text(path))).collect();
    let setup = super::analysis::embedded();
    let figures = score(&setup, &texts, &mut |_| {}).expect("files that can be read");
    let mut missed = below_floors(&figures);
    for (path, measure, floor) in floors() {
        let figure =
            figures.iter().find(|figure| (figure.file, figure.measure.as_str()) == (path, measure));
        match figure {
            Some(figure) => println!("{path} {measure} {:.4}, the floor is {floor}", figure.value),
            None => missed.push(format!("{path} {measure} was not measured, the floor is {floor}")),
        }
    }
    assert!(missed.is_empty(), "model {}:\n{}", setup.pack.model.id(), missed.join("\n"));
}

#[cfg(not(feature = "train"))]
#[test]
fn the_embedded_model_reaches_its_floors() {
    not_run("the tests were built without the feature train");
}

/// Adds a line to the list of what did not run.
fn not_run(reason: &str) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    std::fs::create_dir_all(&folder).expect("a folder for the list");
    let path = folder.join("not-run.txt");
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    let line = format!("NOT RUN: floors of the embedded model: {reason}\n");
    std::io::Write::write_all(&mut file.expect("the list"), line.as_bytes()).expect("the list");
}
