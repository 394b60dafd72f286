//! The analysis from the command line: the kernel that the settings name, and what `dateline bench analyse` measures.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use dateline::nn::Kernel;
use dateline::pack::Pack;
use dateline::settings::{self, Settings, Source, load};
use dateline::{app, app::AppError};

const TEXT: &str = "Finland joined NATO on Tuesday. Russia's foreign ministry didn't welcome the move.\n\n\
                    Jens Stoltenberg, the secretary general, spoke in Brussels.\n";

/// Runs the program with a text on standard input.
fn dateline(args: &[&str], text: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_dateline"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that ends early, as it should with wrong settings, reads nothing.
    child.stdin.take().unwrap().write_all(text.as_bytes()).ok();
    child.wait_with_output().unwrap()
}

fn with_kernel(word: &str) -> Settings {
    let sets = [format!("nlp.kernel={word}")];
    load(&Source { file: None, environment: &[], sets: &sets }).unwrap()
}

#[test]
fn the_words_of_the_settings_are_the_names_of_kernels() {
    let mut words: Vec<&str> = settings::Kernel::ALL.iter().map(|word| word.as_str()).collect();
    words.retain(|word| *word != "auto");
    let mut names: Vec<&str> = Kernel::ALL.iter().map(|kernel| kernel.name()).collect();
    names.reverse();
    assert_eq!(words, names);
}

#[test]
fn a_pack_takes_the_kernel_of_the_settings_and_keeps_its_own_where_there_is_none_such() {
    let mut pack = Pack::embedded().unwrap();
    let fastest = pack.model.kernel;
    for kernel in Kernel::ALL {
        let used = app::use_kernel(&with_kernel(kernel.name()), &mut pack);
        assert_eq!(used.is_ok(), kernel.available(), "{}", kernel.name());
        assert_eq!(pack.model.kernel == kernel, kernel.available(), "{}", kernel.name());
    }
    assert_eq!(pack.model.kernel, Kernel::Scalar, "it is the last of the list");
    let mut pack = Pack::embedded().unwrap();
    app::use_kernel(&with_kernel("auto"), &mut pack).unwrap();
    assert_eq!((pack.model.kernel, fastest), (Kernel::detect(), Kernel::detect()));
}

#[test]
fn a_kernel_that_is_not_there_is_a_mistake_of_the_settings() {
    let error = AppError::Kernel { wanted: "avx512vnni", available: "scalar, auto".to_owned() };
    assert_eq!(error.exit_code(), 3);
    assert_eq!(
        error.to_string(),
        "`nlp.kernel` is avx512vnni, which this processor does not have; it has scalar, auto"
    );
}

#[test]
fn every_kernel_gives_the_same_analysis_or_exit_code_3() {
    let parsed = |set: &str| dateline(&["parse", "--format", "json", "--set", set], TEXT);
    let expected = parsed("nlp.kernel=auto");
    let said = String::from_utf8_lossy(&expected.stderr);
    assert_eq!(expected.status.code(), Some(0), "{said}");
    assert!(String::from_utf8_lossy(&expected.stdout).contains("Stoltenberg"));
    for kernel in Kernel::ALL {
        let set = format!("nlp.kernel={}", kernel.name());
        let output = parsed(&set);
        let said = String::from_utf8_lossy(&output.stderr);
        if kernel.available() {
            assert_eq!(output.status.code(), Some(0), "{set}: {said}");
            assert!(output.stdout == expected.stdout, "{set} gives other columns");
        } else {
            assert_eq!(output.status.code(), Some(3), "{set}: {said}");
            assert!(said.contains(kernel.name()) && said.contains("scalar, auto"), "{said}");
        }
    }
}

fn measured(args: &[&str]) -> Vec<serde_json::Value> {
    let output = dateline(&[&["bench", "analyse"], args].concat(), "");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let out = String::from_utf8(output.stdout).unwrap();
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_megabyte_of_the_examples_is_measured() {
    let lines = measured(&["--megabytes", "1", "--json"]);
    let [run] = lines.as_slice() else { panic!("{lines:?}") };
    let number = |name: &str| run[name].as_f64().unwrap_or_else(|| panic!("no {name} in {run}"));
    assert_eq!(run["kernel"], Kernel::detect().name());
    assert_eq!(run["model"], Pack::embedded().unwrap().model.id());
    assert!((1e6..1.1e6).contains(&number("bytes")), "{run}");
    assert_eq!(number("articles_cut"), 0.0);
    let bytes_a_word = number("bytes") / number("words");
    assert!((4.0..7.0).contains(&bytes_a_word), "{bytes_a_word}");
    let words_a_sentence = number("words") / number("sentences");
    assert!((10.0..40.0).contains(&words_a_sentence), "{words_a_sentence}");
    let speed = number("words") / number("seconds");
    assert!((number("words_per_second") / speed - 1.0).abs() < 1e-9, "{run}");
    // an article of 600 words as newspapers count has more words of treebanks
    let words_an_article = speed / number("articles_of_600_words_per_second");
    assert!((600.0..800.0).contains(&words_an_article), "{words_an_article}");
    if cfg!(target_os = "linux") {
        let (start, end) = (number("resident_start_bytes"), number("resident_end_bytes"));
        assert!(number("resident_peak_bytes") >= start.max(end), "{run}");
        assert!(end < start + 8e6, "memory grows with the text: {run}");
    }
}

#[test]
fn files_are_measured_with_every_kernel_and_nothing_is_said_of_texts_without_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text.txt");
    std::fs::write(&path, TEXT.repeat(2000)).unwrap();
    let path = path.to_str().unwrap();
    let lines = measured(&["--megabytes", "1", "--json", "--kernels", path]);
    let kernels: Vec<&str> = lines.iter().map(|run| run["kernel"].as_str().unwrap()).collect();
    let available = Kernel::ALL.into_iter().filter(|kernel| kernel.available());
    assert_eq!(kernels, available.map(Kernel::name).collect::<Vec<_>>());
    let counts = |run: &serde_json::Value| (run["words"].clone(), run["sentences"].clone());
    assert!(lines.iter().all(|run| counts(run) == counts(&lines[0])), "{lines:?}");

    std::fs::write(path, " \n\n").unwrap();
    let output = dateline(&["bench", "analyse", path], "");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no word"));
    let output = dateline(&["bench", "analyse", "there/is/no/such.txt"], "");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("there/is/no/such.txt"));
}
