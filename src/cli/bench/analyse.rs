//! `dateline bench analyse`: plain texts to sentences, tokens, tags, trees, lemmas and names on one thread, as often as the
//! megabytes ask for, and what that took in time and memory.
//!
//! Each article is analysed by calls of its own that share nothing, as the worker does. Words are those of the treebanks: a
//! full stop is one, `don't` is two. Only an article of 600 words is measured in what stands between white space. Reading
//! the texts and one pass over them (or a megabyte of it) come before the clock and the first look at memory.

use std::hint::black_box;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use dateline::analyse::{Block, complete, split};
use dateline::extract::Extractor;
use dateline::model::{Article, Hint, Notes, Outcome, Span};
use dateline::pack::{Model, Setup};

use super::super::{examples, parse};
use super::resident::Resident;

/// Words of a usual article, in what stands between white space.
const ARTICLE_WORDS: usize = 600;

const MEGABYTE: u64 = 1_000_000;

/// What to measure.
#[derive(Args, Debug)]
pub(crate) struct AnalyseArgs {
    /// Plain texts in UTF-8, a blank line ends a paragraph; they are cut between paragraphs into articles of about 600
    /// words [default: the example articles]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Megabytes to analyse; the texts are repeated until then
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    megabytes: u32,
    /// Measure every kernel that this processor has, the fastest first
    #[arg(long)]
    kernels: bool,
    /// Print one flat JSON object a kernel instead
    #[arg(long)]
    json: bool,
}

/// One article.
#[derive(Debug)]
struct Text {
    text: String,
    blocks: Vec<Block>,
    /// How often words stand between white space.
    words: u64,
}

/// One run.
#[derive(Debug, Default)]
struct Measured {
    articles: u64,
    bytes: u64,
    /// Words of the treebanks.
    words: u64,
    sentences: u64,
    /// Words between white space.
    plain_words: u64,
    /// Articles that a limit cut.
    cut: u64,
    seconds: f64,
    start: Option<Resident>,
    end: Option<Resident>,
}

/// Measures and prints.
///
/// # Errors
/// A file that cannot be read or texts without a word, or a closed stdout.
pub(super) fn run(args: &AnalyseArgs, mut setup: Setup) -> Result<u8> {
    let texts = texts(args, &setup)?;
    let kernels =
        if args.kernels { Model::kernels() } else { vec![setup.pack.model.kernel.name()] };
    let warm_bytes = texts.iter().map(|text| text.text.len() as u64).sum::<u64>().min(MEGABYTE);
    let mut out = std::io::stdout().lock();
    for kernel in kernels {
        let pack = Arc::get_mut(&mut setup.pack).context("the language pack is in use")?;
        if !pack.model.use_kernel(kernel) {
            bail!("this processor does not have the kernel {kernel}");
        }
        measure(&setup, &texts, warm_bytes);
        let run = measure(&setup, &texts, u64::from(args.megabytes) * MEGABYTE);
        let model = setup.pack.model.id();
        let shown = if args.json { run.json(kernel, model) } else { run.table(kernel, model) };
        writeln!(out, "{shown}").context("cannot write to stdout")?;
    }
    Ok(0)
}

fn texts(args: &AnalyseArgs, setup: &Setup) -> Result<Vec<Text>> {
    if args.files.is_empty() {
        return Ok(example_texts(setup));
    }
    let mut texts = Vec::new();
    for path in &args.files {
        texts.extend(articles_of(&read(path)?));
    }
    if texts.is_empty() {
        bail!("there is no word in the texts");
    }
    Ok(texts)
}

fn read(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The example articles as the stage gets them in the worker, as far as their language is read.
fn example_texts(setup: &Setup) -> Vec<Text> {
    let extractor = Extractor::new(setup.clone());
    let articles = examples::articles().into_iter().filter_map(|(bytes, _)| {
        let enriched = extractor.extract(&bytes, &Hint::default(), &mut ()).ok()?;
        (enriched.outcome != Outcome::UnsupportedLanguage).then_some(enriched.article)
    });
    articles.map(text_of).collect()
}

fn text_of(article: Article) -> Text {
    let title = article.title.map(|span| Block { span, headline: true });
    let paragraphs = article.paragraphs.iter();
    let body = paragraphs.map(|paragraph| Block { span: paragraph.span, headline: false });
    let blocks = title.into_iter().chain(body).collect();
    Text { words: plain_words(&article.text), text: article.text, blocks }
}

fn plain_words(text: &str) -> u64 {
    text.split_whitespace().count() as u64
}

/// The articles of a text: each has whole paragraphs and ends with the one in which it has words enough.
fn articles_of(text: &str) -> Vec<Text> {
    let mut articles: Vec<Text> = Vec::new();
    let mut open: Option<Text> = None;
    for span in parse::paragraphs(text) {
        let paragraph = text.get(span.range()).unwrap_or_default();
        let article =
            open.get_or_insert_with(|| Text { text: String::new(), blocks: Vec::new(), words: 0 });
        if !article.text.is_empty() {
            article.text.push_str("\n\n");
        }
        let start = article.text.len();
        article.text.push_str(paragraph);
        let span = Span::of(start, article.text.len());
        article.blocks.push(Block { span, headline: false });
        article.words += plain_words(paragraph);
        if article.words >= ARTICLE_WORDS as u64 {
            articles.extend(open.take());
        }
    }
    articles.extend(open);
    articles
}

/// Analyses the texts, over and over, until `bytes_max` were read. There is a text, and none is empty.
fn measure(setup: &Setup, texts: &[Text], bytes_max: u64) -> Measured {
    let mut run = Measured { start: Resident::read(), ..Measured::default() };
    let started = Instant::now();
    for Text { text, blocks, words } in texts.iter().cycle() {
        if run.bytes >= bytes_max {
            break;
        }
        let mut notes = Notes::default();
        let mut analysis = split(setup, text, blocks.iter().copied(), &mut notes);
        complete(setup, text, &mut analysis);
        let analysis = black_box(analysis);
        run.articles += 1;
        run.bytes += text.len() as u64;
        run.words += analysis.tokens.len() as u64;
        run.sentences += analysis.sentences.len() as u64;
        run.plain_words += words;
        run.cut += u64::from(!notes.issues().is_empty());
    }
    run.seconds = started.elapsed().as_secs_f64();
    run.end = Resident::read();
    run
}

impl Measured {
    fn per_second(&self, count: f64) -> f64 {
        count / self.seconds.max(1e-9)
    }

    fn usual_articles_per_second(&self) -> f64 {
        self.per_second(self.plain_words as f64 / ARTICLE_WORDS as f64)
    }

    fn table(&self, kernel: &str, model: &str) -> String {
        let megabytes = self.bytes as f64 / MEGABYTE as f64;
        let mut shown = format!(
            "kernel {kernel}, model {model}\n\
             {} words in {} sentences of {} articles, {megabytes:.1} MB, {:.2} s on one thread\n\
             {:.0} words/s, {:.2} MB/s, {:.0} articles/s of {ARTICLE_WORDS} words\n",
            self.words,
            self.sentences,
            self.articles,
            self.seconds,
            self.per_second(self.words as f64),
            self.per_second(megabytes),
            self.usual_articles_per_second(),
        );
        if self.cut > 0 {
            shown.push_str(&format!("limits cut {} articles\n", self.cut));
        }
        let of = |bytes: u64| bytes as f64 / MEGABYTE as f64;
        shown.push_str(&match self.start.zip(self.end) {
            Some((start, end)) => format!(
                "resident memory: {:.1} MB at the start, {:.1} MB at the end, {:.1} MB at the peak of the process",
                of(start.now),
                of(end.now),
                of(end.peak),
            ),
            None => "resident memory: this system does not tell".to_owned(),
        });
        shown
    }

    fn json(&self, kernel: &str, model: &str) -> String {
        let object = serde_json::json!({
            "kernel": kernel,
            "model": model,
            "articles": self.articles,
            "articles_cut": self.cut,
            "sentences": self.sentences,
            "words": self.words,
            "bytes": self.bytes,
            "seconds": self.seconds,
            "words_per_second": self.per_second(self.words as f64),
            "megabytes_per_second": self.per_second(self.bytes as f64 / MEGABYTE as f64),
            "articles_of_600_words_per_second": self.usual_articles_per_second(),
            "resident_start_bytes": self.start.map(|resident| resident.now),
            "resident_end_bytes": self.end.map(|resident| resident.now),
            "resident_peak_bytes": self.end.map(|resident| resident.peak),
        });
        object.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_paragraphs() {
        let paragraph = |words: usize| "word ".repeat(words).trim_end().to_owned();
        let text = [paragraph(400), paragraph(300), paragraph(700), "The end.".to_owned()];
        let articles = articles_of(&text.join("\n \n"));
        let words: Vec<u64> = articles.iter().map(|article| article.words).collect();
        assert_eq!(words, [700, 700, 2]);
        let first: Vec<&str> = articles[0]
            .blocks
            .iter()
            .map(|block| articles[0].text.get(block.span.range()).unwrap())
            .collect();
        assert_eq!(first, [text[0].as_str(), text[1].as_str()]);
        assert_eq!(articles[2].text, "The end.");
        assert!(articles_of(" \n\n").is_empty());
    }

    #[test]
    fn speed_is_told_in_the_words_of_newspapers_and_of_treebanks() {
        let run = Measured {
            articles: 3,
            bytes: 12_000_000,
            words: 2_100_000,
            sentences: 90_000,
            plain_words: 1_800_000,
            seconds: 4.0,
            start: Some(Resident { now: 40_000_000, peak: 41_000_000 }),
            end: Some(Resident { now: 40_500_000, peak: 42_000_000 }),
            ..Measured::default()
        };
        assert_eq!(
            run.table("scalar", "0123456789ab"),
            "kernel scalar, model 0123456789ab\n\
             2100000 words in 90000 sentences of 3 articles, 12.0 MB, 4.00 s on one thread\n\
             525000 words/s, 3.00 MB/s, 750 articles/s of 600 words\n\
             resident memory: 40.0 MB at the start, 40.5 MB at the end, 42.0 MB at the peak of the process"
        );
        let silent = Measured { cut: 2, seconds: 1.0, ..Measured::default() };
        let shown = silent.table("scalar", "");
        assert!(
            shown.ends_with("limits cut 2 articles\nresident memory: this system does not tell")
        );
        let json: serde_json::Value = serde_json::from_str(&silent.json("scalar", "")).unwrap();
        assert_eq!(json["articles_cut"], 2);
        assert!(json["resident_peak_bytes"].is_null());
    }
}
