//! `dateline parse`: the analysis of a plain text, for people and for other programs.
//!
//! The text is taken as it stands: nothing is decoded or cleaned, a blank line ends a paragraph. `tree` draws each
//! sentence, `conllu` is CoNLL-U with the names in MISC, `json` is one object of columns.

mod columns;
mod conllu;
mod tree;

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use dateline::eval::analysed;
use dateline::model::{Analysis, Span, TokenIx};
use dateline::pack::Setup;

#[derive(Args, Debug)]
pub(crate) struct ParseArgs {
    /// A plain text in UTF-8; a blank line ends a paragraph; `-` is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// What to print
    #[arg(long, value_enum, default_value_t = TreeFormat::Tree)]
    format: TreeFormat,
    /// A model in place of the embedded one
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
}

/// What `dateline parse` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TreeFormat {
    /// Trees for people
    Tree,
    /// CoNLL-U
    Conllu,
    /// One object of columns
    Json,
}

/// Runs the command and gives the exit code.
///
/// # Errors
/// A text or model that cannot be read, or a closed stdout.
pub(crate) fn run(args: &ParseArgs, setup: Setup) -> anyhow::Result<u8> {
    let setup = super::with_model(setup, args.model.as_deref())?;
    let bytes = if args.file.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).context("cannot read stdin")?;
        bytes
    } else {
        std::fs::read(&args.file).with_context(|| format!("cannot read {}", args.file.display()))?
    };
    let text = String::from_utf8_lossy(&bytes);
    let paragraphs = paragraphs(&text);
    let analysis = analysed(&setup, &text, paragraphs.iter().copied());
    let out = match args.format {
        TreeFormat::Tree => {
            let stdout = std::io::stdout();
            let colours = stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none();
            tree::drawn(&text, &analysis, colours)
        }
        TreeFormat::Conllu => conllu::written(&text, &analysis, &paragraphs),
        TreeFormat::Json => columns::written(&text, &analysis),
    };
    std::io::stdout().lock().write_all(out.as_bytes()).context("cannot write to stdout")?;
    Ok(0)
}

/// The paragraphs of a text: what lies between blank lines, without white space at the ends.
pub(super) fn paragraphs(text: &str) -> Vec<Span> {
    let mut paragraphs: Vec<Span> = Vec::new();
    let (mut at, mut open) = (0, false);
    for line in text.split_inclusive('\n') {
        let start = at + (line.len() - line.trim_start().len());
        let words = line.trim();
        at += line.len();
        if words.is_empty() {
            open = false;
            continue;
        }
        let span = Span::of(start, start + words.len());
        match paragraphs.last_mut().filter(|_| open) {
            Some(paragraph) => *paragraph = paragraph.cover(span),
            None => paragraphs.push(span),
        }
        open = true;
    }
    paragraphs
}

/// The words of a token.
fn form<'a>(text: &'a str, analysis: &Analysis, token: TokenIx) -> &'a str {
    let span = analysis.tokens.get(token.at()).map(|token| token.span);
    span.and_then(|span| text.get(span.range())).unwrap_or_default()
}

/// Per token, the kind of the name that it belongs to, and whether it begins or ends it.
fn marks(analysis: &Analysis) -> Vec<Option<Mark>> {
    let mut marks = vec![None; analysis.tokens.len()];
    for name in &analysis.names {
        let range = name.tokens.range();
        let last = range.end.saturating_sub(1);
        for at in range.clone() {
            if let Some(mark) = marks.get_mut(at) {
                let (begins, ends) = (at == range.start, at == last);
                let score = name.score.thousandths();
                *mark = Some(Mark { kind: name.kind, begins, ends, score });
            }
        }
    }
    marks
}

/// A token's place in a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    kind: dateline::model::NameKind,
    begins: bool,
    ends: bool,
    score: u16,
}

#[cfg(test)]
mod sample;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_divide_paragraphs() {
        let text = "\n  One.\nStill one. \r\n \t\nTwo.\n\n\n";
        let found: Vec<&str> =
            paragraphs(text).iter().map(|span| text.get(span.range()).unwrap()).collect();
        assert_eq!(found, ["One.\nStill one.", "Two."]);
        assert!(paragraphs(" \n\u{a0}\n").is_empty());
    }
}
