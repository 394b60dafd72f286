//! What decode makes of whole inputs: one table row per rule, with the format or the sentence of the reject.
//!
//! The rows are the contract with producers: which bytes become an article, and what a dead letter says about the others.
//! They do not test cleaning.

use std::sync::Arc;

use dateline::decode::decode;
use dateline::model::{Format, Hint, IssueKind, Limits, Moment, Notes, RawArticle, Reject};
use dateline::pack::{Pack, Setup};

fn setup() -> Setup {
    let limits = Limits {
        article_bytes_max: 4096,
        sentences_max: 100,
        sentence_tokens_max: 100,
        mentions_max: 100,
        participants_max: 10,
        events_max: 100,
    };
    Setup { pack: Arc::new(Pack::embedded().unwrap()), limits }
}

fn read(bytes: &[u8], hint: &Hint) -> (Result<RawArticle, Reject>, Vec<IssueKind>) {
    let mut notes = Notes::default();
    let result = decode(&setup(), bytes, hint, &mut notes);
    (result, notes.into_issues().into_iter().map(|issue| issue.kind).collect())
}

/// The format, or the reject's sentence without its beginning.
fn verdict(setup: &Setup, bytes: &[u8], hint: &Hint) -> String {
    match decode(setup, bytes, hint, &mut Notes::default()) {
        Ok(article) => article.format.as_str().to_owned(),
        Err(reject) => {
            let sentence = reject.to_string();
            let (_, end) = sentence.split_once("cannot decode article: ").unwrap();
            end.to_owned()
        }
    }
}

fn of_type(content_type: &str) -> Hint {
    Hint { content_type: Some(content_type.to_owned()), ..Hint::default() }
}

fn of_format(format: Format) -> Hint {
    Hint { format: Some(format), ..Hint::default() }
}

const SUPPORTED: &str = "; supported are json and text";

#[test]
fn the_bytes_decide_where_nothing_is_claimed() {
    let setup = setup();
    let rows: &[(&[u8], &str)] = &[
        (b"GENEVA - Talks ended on Monday.", "text"),
        (b"  \n GENEVA - Talks ended on Monday.", "text"),
        (b"[1, 2, 3]", "text"),
        (b"\"We agree,\" the envoy said.", "text"),
        (b"- first item", "text"),
        (b"\xef\xbb\xbfGENEVA", "text"),
        (br#"{"text":"Talks ended."}"#, "json"),
        (b"\xef\xbb\xbf {\"text\":\"Talks ended.\"}", "json"),
        (b"\r\n\t\x0b{", "malformed JSON at line 2 column 2: it is not valid JSON"),
        (br#"{"id":7,"text":"a","unknown":{"deep":[1,null,true,2.5,"x"]}}"#, "json"),
        (br#"{"text":"a","url":null,"authors":null,"id":null,"language":null}"#, "json"),
        (br#"{"maintext":"a","title_page":"b"}"#, "news_please"),
        (br#"{"maintext":"a","text":null}"#, "news_please"),
        (br#"{"maintext":"a","text":"b"}"#, "json"),
        (br#"{"maintext":"a","published_at":5}"#, "news_please"),
        (br#"{"text":"a","date_publish":5}"#, "json"),
    ];
    check(&setup, rows);
}

#[test]
fn what_is_no_article_says_why() {
    let setup = setup();
    let missing = "the JSON object has no text (field text, or maintext of news-please)";
    let markup = format!("unsupported format: looks like xml or html{SUPPORTED}");
    let rows: &[(&[u8], &str)] = &[
        (b"", "the text is empty"),
        (b" \r\n\t ", "the text is empty"),
        (b"\xef\xbb\xbf", "the text is empty"),
        ("\u{a0}\u{2003}".as_bytes(), "the text is empty"),
        (br#"{"text":""}"#, "the text is empty"),
        (br#"{"text":" \n "}"#, "the text is empty"),
        (br#"{"maintext":" "}"#, "the text is empty"),
        (b"{}", missing),
        (br#"{"title":"a"}"#, missing),
        (br#"{"text":null,"maintext":null}"#, missing),
        (b"<?xml version=\"1.0\"?>", &markup),
        (b"\n <html>", &markup),
        (b"GENEVA \xff", "invalid UTF-8 at byte 7"),
        (b"{\"text\":\"\xc3\"}", "invalid UTF-8 at byte 9"),
        (b"\xff\xfeG\0E\0", "invalid UTF-8 at byte 0"),
    ];
    check(&setup, rows);
}

#[test]
fn malformed_json_is_never_text() {
    let setup = setup();
    let deep = format!(r#"{{"text":"a","x":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
    let at = |line, column, what| format!("malformed JSON at line {line} column {column}: {what}");
    for (text, expected) in [
        ("{", at(1, 1, "it ends too early")),
        (r#"{"text":"a"#, at(1, 10, "it ends too early")),
        ("{\n \"text\": \"a\"", at(2, 12, "it ends too early")),
        (r#"{"text":"a"} {"text":"b"}"#, at(1, 14, "something follows the object")),
        (r#"{"text":5}"#, at(1, 9, "a field has a wrong type")),
        (r#"{"text":["a"]}"#, at(1, 8, "a field has a wrong type")),
        (r#"{"text":"a","id":1.5}"#, at(1, 20, "a field has a wrong type")),
        (r#"{"text":"a","id":true}"#, at(1, 21, "a field has a wrong type")),
        (r#"{"text":"a","url":7}"#, at(1, 19, "a field has a wrong type")),
        (r#"{"text":"a","authors":{}}"#, at(1, 24, "a field has a wrong type")),
        (r#"{"text":"a","published_at":1731514800}"#, at(1, 37, "a field has a wrong type")),
        (r#"{"maintext":"a","date_publish":5}"#, at(1, 32, "a field has a wrong type")),
        (r#"{"text":"a","text":"b"}"#, at(1, 23, "a field stands twice")),
        (r#"{"text":"a","other":1,"other":2}"#, at(1, 32, "a field stands twice")),
        (r#"{"text":"\ud83d"}"#, at(1, 16, "an escape is half a surrogate pair")),
        (r#"{"text":"a","x":"\udc00"}"#, at(1, 23, "an escape is half a surrogate pair")),
        (deep.as_str(), at(1, 143, "it is nested too deeply")),
        (r#"{"text":"a",}"#, at(1, 13, "a comma has nothing after it")),
        (r"{'text':'a'}", at(1, 2, "a key is not a string")),
        (r#"{"text":"a" "id":1}"#, at(1, 13, "it is not valid JSON")),
    ] {
        assert_eq!(verdict(&setup, text.as_bytes(), &Hint::default()), expected, "{text}");
    }
}

#[test]
fn setting_and_header_fix_the_format() {
    let setup = setup();
    let json = br#"{"text":"a"}"#.as_slice();
    let other = format!("unsupported format: looks like another content-type{SUPPORTED}");
    let html = format!("unsupported format: looks like html{SUPPORTED}");
    let xml = format!("unsupported format: looks like xml{SUPPORTED}");
    let no_json = "claimed format is json, but the input looks like text";
    let rows: Vec<(Hint, &[u8], &str)> = vec![
        (of_type("application/json"), json, "json"),
        (of_type("APPLICATION/JSON ; charset=utf-8"), json, "json"),
        (of_type("application/vnd.example.v2+json"), json, "json"),
        (of_type("text/json"), br#"{"maintext":"a"}"#, "news_please"),
        (of_type("application/json"), b"GENEVA", no_json),
        (of_type("application/json"), b"[1]", no_json),
        (
            of_type("application/json"),
            b"<p>",
            "claimed format is json, but the input looks like xml or html",
        ),
        (of_type("application/json"), b"  ", "the text is empty"),
        (of_type("text/plain"), json, "text"),
        (of_type("text/plain; charset=utf-8"), b"<p>", "text"),
        (of_type("application/octet-stream"), json, "json"),
        (of_type(""), b"GENEVA", "text"),
        (of_type("text/html"), b"GENEVA", &html),
        (of_type("application/xhtml+xml"), b"GENEVA", &html),
        (of_type("text/xml; charset=utf-8"), b"GENEVA", &xml),
        (of_type("application/xml"), json, &xml),
        (of_type("image/png"), b"\x89PNG\xff", &other),
        (of_type("application/cbor"), json, &other),
        (of_format(Format::Text), json, "text"),
        (of_format(Format::Text), b"<p>", "text"),
        (of_format(Format::Json), b"GENEVA", no_json),
        (of_format(Format::Json), br#"{"maintext":"a"}"#, "news_please"),
        (of_format(Format::NewsPlease), br#"{"maintext":"a","text":"b"}"#, "news_please"),
        (
            of_format(Format::NewsPlease),
            b"a",
            "claimed format is news_please, but the input looks like text",
        ),
        (Hint { format: Some(Format::Json), ..of_type("image/png") }, json, "json"),
    ];
    for (hint, bytes, expected) in rows {
        let shown = String::from_utf8_lossy(bytes);
        assert_eq!(verdict(&setup, bytes, &hint), expected, "{hint:?} {shown}");
    }
}

#[test]
fn the_limit_comes_first() {
    let setup = setup();
    let too_large =
        |bytes| format!("input has {bytes} bytes, limit is 4096 (limits.article_bytes_max)");
    assert_eq!(verdict(&setup, &[b'a'; 4096], &Hint::default()), "text");
    assert_eq!(verdict(&setup, &[b'a'; 4097], &Hint::default()), too_large(4097));
    assert_eq!(verdict(&setup, &[0xff; 5000], &of_type("image/png")), too_large(5000));
}

#[test]
fn the_native_envelope_is_read_field_by_field() {
    let text = r#"{"id":"x-1","url":"https://example.org/x-1","title":"A title","text":"A text",
        "published_at":"2024-11-13T17:20:00+01:00","modified_at":"2024-11-14","source":"example-wire",
        "language":"en","authors":["One Name","Other Name"],"license":"CC BY 2.5"}"#;
    let (article, issues) = read(text.as_bytes(), &Hint::default());
    let article = article.unwrap();
    assert_eq!(article.source_id.as_deref(), Some("x-1"));
    assert_eq!(article.url.as_deref(), Some("https://example.org/x-1"));
    assert_eq!(article.title.as_deref(), Some("A title"));
    assert_eq!(article.body, "A text");
    assert_eq!(
        article.published_at.map(|at| at.to_string()).as_deref(),
        Some("2024-11-13T16:20:00Z")
    );
    assert_eq!(article.modified_at.map(|at| at.to_string()).as_deref(), Some("2024-11-14"));
    assert_eq!(article.source.as_deref(), Some("example-wire"));
    assert_eq!(article.language.as_deref(), Some("en"));
    assert_eq!(article.authors, ["One Name", "Other Name"]);
    assert_eq!(issues, []);
}

#[test]
fn news_please_is_read_field_by_field_and_its_times_are_utc() {
    let text = r#"{"authors":["One Name"],"date_download":"2018-04-06 01:00:00","date_modify":null,
        "date_publish":"2018-04-05 12:30:00","description":null,"filename":"x.json","image_url":null,
        "language":"en","localpath":null,"maintext":"A text","source_domain":"example.org",
        "title":"A title","title_page":null,"title_rss":null,"url":"https://example.org/x"}"#;
    let (article, issues) = read(text.as_bytes(), &Hint::default());
    let article = article.unwrap();
    assert_eq!(article.format, Format::NewsPlease);
    assert_eq!((article.title.as_deref(), article.body.as_str()), (Some("A title"), "A text"));
    assert_eq!(article.source.as_deref(), Some("example.org"));
    assert_eq!(
        article.published_at.map(|at| at.to_string()).as_deref(),
        Some("2018-04-05T12:30:00Z")
    );
    assert_eq!(article.authors, ["One Name"]);
    assert_eq!(issues, [IssueKind::ZoneAssumed { field: "date_publish" }]);
}

#[test]
fn a_date_that_cannot_be_read_is_an_issue_and_the_hint_stands_in() {
    let day: Moment = Moment::Day("2013-03-10".parse().unwrap());
    let hint = Hint { published_at: Some(day), ..Hint::default() };
    let (article, issues) =
        read(br#"{"text":"a","published_at":"10 March","modified_at":"2013-03-11 08:00"}"#, &hint);
    let article = article.unwrap();
    assert_eq!(article.published_at, Some(day));
    assert_eq!(
        issues,
        [
            IssueKind::DateUnreadable { field: "published_at" },
            IssueKind::ZoneAssumed { field: "modified_at" }
        ]
    );
    let (article, issues) = read(br#"{"text":"a","published_at":"2012-01-01"}"#, &hint);
    assert_eq!(
        article.unwrap().published_at.map(|at| at.to_string()).as_deref(),
        Some("2012-01-01")
    );
    assert_eq!(issues, []);
}

#[test]
fn one_story_keeps_its_identity_and_two_have_two() {
    let id = |text: &str| read(text.as_bytes(), &Hint::default()).0.unwrap().id;
    let first = id(r#"{"source":"w","id":"5","text":"first version","url":"u1"}"#);
    assert_eq!(first, id(r#"{"source":"w","id":5,"text":"second version","url":"u2"}"#));
    assert_ne!(first, id(r#"{"source":"v","id":"5","text":"first version","url":"u1"}"#));
    assert_eq!(id(r#"{"url":"u1","text":"a"}"#), id(r#"{"url":"u1","text":"b"}"#));
    assert_eq!(id("A text"), id("A text"));
    assert_ne!(id("A text"), id("A text "));
    assert_eq!(id(r#"{"text":"a","url":""}"#), id(r#"{"text":"a","url":""}"#));
    assert_ne!(id(r#"{"text":"a","url":""}"#), id(r#"{"text":"b","url":""}"#));
}

fn check(setup: &Setup, rows: &[(&[u8], &str)]) {
    for (bytes, expected) in rows {
        let shown = String::from_utf8_lossy(bytes);
        assert_eq!(verdict(setup, bytes, &Hint::default()), *expected, "{shown}");
    }
}
