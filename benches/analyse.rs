//! The analysis on one thread, in its two steps and as a whole: a short example article and a long one.
//!
//! Items are words of the treebanks: a million items a second are 1000 ns a word.

use std::sync::Arc;

use dateline::analyse::{Block, analyse, complete, split};
use dateline::model::{Analysis, Article, Notes};
use dateline::{Extractor, Hint, Limits, Pack, Setup};

fn main() {
    divan::main();
}

fn setup() -> Setup {
    let limits = Limits {
        article_bytes_max: 1 << 20,
        sentences_max: 2_000,
        sentence_tokens_max: 256,
        mentions_max: 4_000,
        participants_max: 32,
        events_max: 500,
    };
    let pack = Pack::embedded().expect("the embedded pack is tested");
    Setup { pack: Arc::new(pack), limits }
}

/// An example article as clean hands it on.
fn article(setup: &Setup, name: &str) -> Article {
    let wikinews = include_str!("../examples/articles/wikinews.jsonl").lines();
    let value = match name {
        "long" => wikinews.max_by_key(|line| line.len()).unwrap_or_default(),
        _ => include_str!("../examples/articles/wire/2016-06-23-havana.txt"),
    };
    let extractor = Extractor::new(setup.clone());
    let enriched = extractor.extract(value.as_bytes(), &Hint::default(), &mut ());
    enriched.expect("the example articles are read").article
}

fn divided(setup: &Setup, article: &Article) -> Analysis {
    let title = article.title.map(|span| Block { span, headline: true });
    let body = article.paragraphs.iter().map(|paragraph| paragraph.span);
    let body = body.map(|span| Block { span, headline: false });
    split(setup, &article.text, title.into_iter().chain(body), &mut Notes::default())
}

fn words(setup: &Setup, article: &Article) -> divan::counter::ItemsCount {
    divan::counter::ItemsCount::new(divided(setup, article).tokens.len())
}

#[divan::bench(args = ["short", "long"])]
fn tokens_and_sentences(bencher: divan::Bencher<'_, '_>, name: &str) {
    let setup = setup();
    let article = article(&setup, name);
    bencher
        .counter(words(&setup, &article))
        .bench_local(|| divided(&setup, divan::black_box(&article)));
}

#[divan::bench(args = ["short", "long"])]
fn tags_trees_lemmas_and_names(bencher: divan::Bencher<'_, '_>, name: &str) {
    let setup = setup();
    let article = article(&setup, name);
    bencher
        .counter(words(&setup, &article))
        .with_inputs(|| divided(&setup, &article))
        .bench_local_values(|mut analysis| {
            complete(&setup, divan::black_box(&article.text), &mut analysis);
            analysis
        });
}

#[divan::bench(args = ["short", "long"])]
fn whole(bencher: divan::Bencher<'_, '_>, name: &str) {
    let setup = setup();
    let article = article(&setup, name);
    bencher
        .counter(words(&setup, &article))
        .bench_local(|| analyse(&setup, divan::black_box(&article), &mut Notes::default()));
}
