//! Cuts Rust source into tokens, so that the rules look at code and not at comments, strings or tests.
//!
//! Knows what it must to find where comments, literals and lifetimes begin and end, and nothing of grammar. Tokens are in
//! order, do not overlap, and leave out only white space. It does not expand macros and reads `$crate` as two tokens.

use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An identifier or keyword.
    Word,
    Number,
    Lifetime,
    /// A string, byte string, C string, character or byte, with its quotes.
    Literal,
    Comment,
    /// Any other character, and `::`.
    Mark,
}

/// One token and the line, from 1, on which it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    pub(crate) line: usize,
}

/// All tokens of `source`, comments included.
pub(crate) fn lex(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = source;
    let mut line = 1;
    while let Some(first) = rest.chars().next() {
        let (kind, length) = measure(rest, first);
        let (text, after) = rest.split_at(length);
        if let Some(kind) = kind {
            tokens.push(Token { kind, text, line });
        }
        line += text.matches('\n').count();
        rest = after;
    }
    tokens
}

/// The kind of the token that `rest` begins with (`None` for white space) and its length in bytes.
fn measure(rest: &str, first: char) -> (Option<Kind>, usize) {
    if first.is_whitespace() {
        return (None, run(rest, char::is_whitespace));
    }
    if rest.starts_with("//") {
        return (Some(Kind::Comment), rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (Some(Kind::Comment), block_comment(rest));
    }
    if let Some(length) = string(rest) {
        return (Some(Kind::Literal), length);
    }
    if first == '\'' {
        return character_or_lifetime(rest);
    }
    if first.is_ascii_digit() {
        return (Some(Kind::Number), number(rest));
    }
    if first == '_' || first.is_alphabetic() {
        let raw = if rest.starts_with("r#") { 2 } else { 0 };
        return (Some(Kind::Word), raw + run(rest.split_at(raw).1, is_word));
    }
    let length = if rest.starts_with("::") { 2 } else { first.len_utf8() };
    (Some(Kind::Mark), length)
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn run(text: &str, wanted: impl Fn(char) -> bool) -> usize {
    text.find(|c| !wanted(c)).unwrap_or(text.len())
}

/// Block comments nest.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(text) = rest.get(at..).filter(|text| !text.is_empty()) {
        let step = if text.starts_with("/*") {
            depth += 1;
            2
        } else if text.starts_with("*/") {
            depth -= 1;
            2
        } else {
            text.chars().next().map_or(1, char::len_utf8)
        };
        at += step;
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of the string of any sort that `rest` begins with.
fn string(rest: &str) -> Option<usize> {
    let prefix = ["br", "cr", "b", "c", "r", ""].into_iter().find(|prefix| {
        rest.strip_prefix(prefix)
            .is_some_and(|after| after.trim_start_matches('#').starts_with('"'))
    })?;
    let (_, after) = rest.split_at(prefix.len());
    let hashes = run(after, |c| c == '#');
    if prefix.ends_with('r') {
        let closing = format!("\"{}", "#".repeat(hashes));
        let (_, body) = after.split_at(hashes + 1);
        let end = body.find(&closing).map_or(body.len(), |at| at + closing.len());
        return Some(prefix.len() + hashes + 1 + end);
    }
    (hashes == 0).then(|| prefix.len() + 1 + quoted(after.split_at(1).1, '"'))
}

/// The length of a quoted text up to and with its closing `quote`; a backslash hides the character after it.
fn quoted(body: &str, quote: char) -> usize {
    let mut hidden = false;
    for (at, c) in body.char_indices() {
        if hidden {
            hidden = false;
        } else if c == '\\' {
            hidden = true;
        } else if c == quote {
            return at + quote.len_utf8();
        }
    }
    body.len()
}

/// `'a'` is a character, `'a` a lifetime: what follows the one character decides.
fn character_or_lifetime(rest: &str) -> (Option<Kind>, usize) {
    let (_, body) = rest.split_at(1);
    let mut chars = body.chars();
    match (chars.next(), chars.next()) {
        (Some('\\'), _) => (Some(Kind::Literal), 1 + quoted(body, '\'')),
        (Some(c), Some('\'')) => (Some(Kind::Literal), 2 + c.len_utf8()),
        _ => (Some(Kind::Lifetime), 1 + run(body, is_word)),
    }
}

/// A point belongs to the number only where a digit follows: `0..9` and `pair.0.exp()` hold more than numbers.
fn number(rest: &str) -> usize {
    let whole = run(rest, is_word);
    let (_, after) = rest.split_at(whole);
    match after.strip_prefix('.') {
        Some(fraction) if fraction.starts_with(|c: char| c.is_ascii_digit()) => {
            whole + 1 + run(fraction, is_word)
        }
        _ => whole,
    }
}

/// Code alone: comments dropped, and every item under `#[cfg(test)]` too.
#[derive(Debug, Default)]
pub(crate) struct Code<'a> {
    pub(crate) tokens: Vec<Token<'a>>,
    /// The lines taken up by test items.
    pub(crate) test_lines: usize,
    /// Names of modules that are declared under `#[cfg(test)]` and lie in files of their own.
    pub(crate) test_modules: Vec<&'a str>,
}

/// Drops comments and test items from `tokens`.
pub(crate) fn without_tests<'a>(tokens: &[Token<'a>]) -> Code<'a> {
    let all: Vec<Token<'a>> =
        tokens.iter().filter(|token| token.kind != Kind::Comment).copied().collect();
    let mut code = Code::default();
    let mut at = 0;
    while let Some(token) = all.get(at) {
        let Some(item) = test_item(&all, at) else {
            code.tokens.push(*token);
            at += 1;
            continue;
        };
        let inside = all.get(item.clone()).unwrap_or_default();
        if let (Some(first), Some(last)) = (inside.first(), inside.last()) {
            code.test_lines += last.line - first.line + 1;
        }
        if let [.., module, name, end] = inside
            && module.text == "mod"
            && end.text == ";"
        {
            code.test_modules.push(name.text);
        }
        at = item.end;
    }
    code
}

/// The tokens of the item that begins at `at`, if it begins with `#[cfg(test)]`.
fn test_item(tokens: &[Token<'_>], at: usize) -> Option<Range<usize>> {
    if !matches(tokens, at, &["#", "[", "cfg", "(", "test", ")", "]"]) {
        return None;
    }
    let mut depth = 0usize;
    for (ix, token) in tokens.iter().enumerate().skip(at + 7) {
        match token.text {
            "{" | "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            "}" if depth <= 1 => {
                let end = ix + 1;
                return Some(at..if matches(tokens, end, &[";"]) { end + 1 } else { end });
            }
            "}" => depth -= 1,
            ";" if depth == 0 => return Some(at..ix + 1),
            _ => {}
        }
    }
    Some(at..tokens.len())
}

/// Whether the texts of the tokens from `at` on are exactly `wanted`.
pub(crate) fn matches(tokens: &[Token<'_>], at: usize, wanted: &[&str]) -> bool {
    tokens
        .get(at..at + wanted.len())
        .is_some_and(|window| window.iter().zip(wanted).all(|(token, text)| token.text == *text))
}

mod tests {
    use super::{Kind, lex, without_tests};

    fn texts(source: &str, kind: Kind) -> Vec<&str> {
        lex(source).into_iter().filter(|token| token.kind == kind).map(|token| token.text).collect()
    }

    fn code(source: &str) -> String {
        let tokens = lex(source);
        without_tests(&tokens).tokens.iter().map(|token| token.text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_end_where_they_end() {
        assert_eq!(texts("a // b \"c\nd", Kind::Word), ["a", "d"]);
        assert_eq!(texts("a /* b /* c */ d */ e", Kind::Word), ["a", "e"]);
        assert_eq!(texts("a /* ends never", Kind::Word), ["a"]);
        assert_eq!(texts("//! first\n/// second\nx", Kind::Comment), ["//! first", "/// second"]);
    }

    #[test]
    fn strings_of_every_sort_are_literals() {
        let source = r####"x("a\"b // no", b"c", r"d\", r#"e"f"#, br##"g"#h"##, c"i", 'j', '\'', b'\\', '\u{1F600}')"####;
        assert_eq!(
            texts(source, Kind::Word),
            ["x", "b"],
            "the b of a byte is a word, its quotes are not"
        );
        assert_eq!(texts(source, Kind::Literal).len(), 10);
        assert_eq!(texts("\"tokio\\\\\" tokio", Kind::Word), ["tokio"]);
    }

    #[test]
    fn lifetimes_are_no_characters() {
        assert_eq!(
            texts("fn f<'a>(x: &'a str, y: &'static str) -> 'a' {}", Kind::Lifetime),
            ["'a", "'a", "'static"]
        );
        assert_eq!(texts("'x: loop { break 'x; }", Kind::Literal), [""; 0]);
    }

    #[test]
    fn raw_identifiers_and_numbers_keep_together() {
        assert_eq!(
            texts("r#type r_x 1.5f64 0..9 pair.0.exp()", Kind::Word),
            ["r#type", "r_x", "pair", "exp"]
        );
        assert_eq!(texts("1.5f64 0..9 pair.0.exp()", Kind::Number), ["1.5f64", "0", "9", "0"]);
    }

    #[test]
    fn lines_are_counted_through_strings_and_comments() {
        let lines: Vec<_> = lex("a\n\"b\nc\" /* d\ne */ f\ng")
            .iter()
            .map(|token| (token.text, token.line))
            .collect();
        assert_eq!(lines.first(), Some(&("a", 1)));
        assert_eq!(lines.last(), Some(&("g", 5)));
    }

    #[test]
    fn test_items_are_left_out_and_counted() {
        let source = "use a;\n#[cfg(test)]\nmod tests {\n    fn f() { if x { y } }\n}\nfn b() {}";
        assert_eq!(code(source), "use a ; fn b ( ) { }");
        assert_eq!(without_tests(&lex(source)).test_lines, 4);
        assert_eq!(code("#[cfg(test)] use a::b; d"), "d");
        assert_eq!(code("#[cfg(test)] use a::{b, c}; d"), "d");
        assert_eq!(code("#[cfg(test)] #[allow(x, reason = \"{\")] fn t() {} d"), "d");
        assert_eq!(
            code("#[cfg(feature = \"test\")] mod x {}"),
            "# [ cfg ( feature = \"test\" ) ] mod x { }"
        );
    }

    #[test]
    fn test_modules_in_files_of_their_own_are_named() {
        assert_eq!(
            without_tests(&lex("mod a; #[cfg(test)] mod cases; mod b;")).test_modules,
            ["cases"]
        );
    }
}
