//! Text cases per stage: what goes in, then what comes out, in a form that a linguist reads.
//!
//! A file holds cases. `=== name` begins one; `key: value` lines give the fields beside the text; the text stands
//! behind `--- text`, what is expected of it behind `--- gives`. `UPDATE=1` rewrites what is expected: read the diff.

#![expect(
    clippy::unwrap_used,
    reason = "clippy.toml allows them in test functions; here the helpers beside them need the same"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dateline::clean::{clean, is_supported};
use dateline::model::{
    Article, ArticleId, CreditRole, Format, Issue, Limits, Moment, Notes, ParagraphKind, RawArticle,
};
use dateline::pack::{Pack, Setup};

fn setup() -> Setup {
    let limits = Limits {
        article_bytes_max: 1 << 20,
        sentences_max: 2000,
        sentence_tokens_max: 400,
        mentions_max: 20_000,
        participants_max: 16,
        events_max: 1000,
    };
    Setup { pack: Arc::new(Pack::embedded().expect("the embedded pack")), limits }
}

fn raw(body: &str) -> RawArticle {
    RawArticle {
        format: Format::Text,
        id: ArticleId(1),
        source: None,
        source_id: None,
        url: None,
        title: None,
        body: body.to_owned(),
        published_at: None,
        modified_at: None,
        recorded_at: None,
        authors: Vec::new(),
        language: None,
    }
}

/// One case.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) given: Vec<(String, String)>,
    pub(super) text: String,
    gives: String,
}

fn read_cases(file: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for part in file.split("=== ").skip(1) {
        let (head, rest) = part.split_once("--- text\n").expect("`--- text` in the case");
        let (text, gives) = rest.split_once("--- gives\n").expect("`--- gives` in the case");
        let mut lines = head.lines();
        let name = lines.next().expect("a name").to_owned();
        let pair = |line: &str| line.split_once(": ").map(|(k, v)| (k.to_owned(), v.to_owned()));
        let given = lines.map(|line| pair(line).expect("`key: value`")).collect();
        let gives = gives.trim_end().to_owned();
        cases.push(Case { name, given, text: text.trim_end().to_owned(), gives });
    }
    cases
}

fn write_cases(head: &str, cases: &[Case], gives: &[String]) -> String {
    let mut file = head.to_owned();
    for (case, gives) in cases.iter().zip(gives) {
        writeln!(file, "=== {}", case.name).unwrap();
        for (key, value) in &case.given {
            writeln!(file, "{key}: {value}").unwrap();
        }
        write!(file, "--- text\n{}\n--- gives\n{gives}\n\n", case.text).unwrap();
    }
    file.trim_end().to_owned() + "\n"
}

/// Runs every case of `tests/core/cases/<stage>` through `run`.
pub(super) fn check(stage: &str, run: impl Fn(&Case) -> String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/core/cases").join(stage);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut wrong = String::new();
    let mut count = 0;
    for path in files {
        let file = std::fs::read_to_string(&path).unwrap();
        let head = file.split("=== ").next().unwrap();
        let cases = read_cases(&file);
        count += cases.len();
        let gives: Vec<String> = cases.iter().map(&run).collect();
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, write_cases(head, &cases, &gives)).unwrap();
            continue;
        }
        for (case, gives) in cases.iter().zip(&gives).filter(|(case, gives)| case.gives != **gives)
        {
            let (path, name, expected) = (path.display(), &case.name, &case.gives);
            write!(wrong, "{path}: {name}\nexpected:\n{expected}\ngot:\n{gives}\n\n").unwrap();
        }
    }
    assert!(count > 0, "no case in {}", folder.display());
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn clean_cases() {
    let setup = setup();
    check("clean", |case| {
        let mut article = raw(&case.text);
        for (key, value) in &case.given {
            let day = || Some(Moment::Day(value.parse().expect("a day")));
            match key.as_str() {
                "title" => article.title = Some(value.clone()),
                "published" => article.published_at = day(),
                "recorded" => article.recorded_at = day(),
                "language" => article.language = Some(value.clone()),
                "author" => article.authors.push(value.clone()),
                other => panic!("unknown key {other}"),
            }
        }
        let mut notes = Notes::default();
        match clean(&setup, article, &mut notes) {
            Ok(article) => describe(&setup, &article, notes.issues()),
            Err(reject) => format!("reject: {}", reject.reason.as_str()),
        }
    });
}

/// The fields that are filled, one a line, then the text.
fn describe(setup: &Setup, article: &Article, issues: &[Issue]) -> String {
    let mut out = String::new();
    let mut line = |key: &str, value: String| writeln!(out, "{key}: {value}").unwrap();
    if !is_supported(setup, article) {
        line("language", article.language.clone());
    }
    if article.revision.kind.as_str() != "original" {
        line("revision", format!("{} {}", article.revision.kind.as_str(), article.revision.n));
    }
    if let Some(dateline) = &article.dateline {
        let fields = [
            ("city", dateline.city.clone()),
            ("region", dateline.region.clone()),
            ("country", dateline.country.map(|country| country.as_str().to_owned())),
            ("date", dateline.date.map(|date| date.to_string())),
            ("agency", dateline.agency.clone()),
        ];
        let filled =
            fields.into_iter().filter_map(|(key, value)| Some(format!("{key}={}", value?)));
        line("dateline", filled.collect::<Vec<_>>().join(" | "));
    }
    if let Some(date) = article.reference.date {
        line("reference", format!("{date} from {}", article.reference.from.as_str()));
    }
    if !article.byline.is_empty() {
        line("byline", article.byline.join(" | "));
    }
    for credit in &article.credits {
        line(credit.role.as_str(), credit.names.join(" | "));
    }
    for issue in issues {
        line("issue", issue.kind.as_str().to_owned());
    }
    if let Some(title) = article.title {
        line("title", article.slice(title).to_owned());
    }
    for paragraph in &article.paragraphs {
        line(paragraph.kind.as_str(), article.slice(paragraph.span).to_owned());
    }
    out.trim_end().to_owned()
}

/// The wire story that the design was made for. Its text is the agency's, so it lies outside the repository.
#[test]
fn clean_reads_every_convention_of_a_real_wire_story() {
    let name = "articles/reuters-2024-11-13-brussels.txt";
    let Some(body) = shared(name) else { return };
    let article = clean(&setup(), raw(&body), &mut Notes::default()).expect("an article");
    let title = article.slice(article.title.expect("a headline"));
    assert_eq!(article.text.matches(title).count(), 1, "the headline stands once");
    assert_eq!(article.byline, ["Simon Lewis"]);
    let dateline = article.dateline.as_ref().expect("a dateline");
    assert_eq!(dateline.city.as_deref(), Some("BRUSSELS"));
    assert_eq!(dateline.agency.as_deref(), Some("Reuters"));
    assert_eq!((&dateline.region, dateline.country, dateline.date), (&None, None, None));
    let names = |role: CreditRole| {
        let credit = article.credits.iter().find(|credit| credit.role == role);
        credit.map(|credit| credit.names.join(", ")).unwrap_or_default()
    };
    assert_eq!(article.credits.len(), 3);
    assert_eq!(names(CreditRole::Reporting), "Simon Lewis");
    assert_eq!(names(CreditRole::AdditionalReporting), "Sabine Siebold, Yuliia Dysa");
    assert_eq!(names(CreditRole::Editing), "Angus MacSwan, Peter Graff");
    assert_eq!(article.paragraphs.len(), 10);
    assert!(article.paragraphs.iter().all(|paragraph| paragraph.kind == ParagraphKind::Body));
    for gone in ["Simon Lewis", "(Reuters)", "Reporting by", "Peter Graff"] {
        assert!(!article.text.contains(gone), "{gone} leaves the text");
    }
}

/// The text of a file of the shared folder. Where it is absent that is noted for the end of the test run.
fn shared(name: &str) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = std::env::var_os("DATELINE_SHARED").map(PathBuf::from);
    let path = folder.unwrap_or_else(|| root.join("../shared")).join(name);
    if let Ok(text) = std::fs::read_to_string(&path) {
        return Some(text);
    }
    std::fs::create_dir_all(root.join("target")).unwrap();
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(root.join("target/not-run.txt"))
        .unwrap();
    let line = format!("NOT RUN: clean on {name}: not found (DATELINE_SHARED names the folder)\n");
    std::io::Write::write_all(&mut file, line.as_bytes()).unwrap();
    None
}
