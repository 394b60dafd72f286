//! Articles through the core, on one thread: a short text and a long one.

#![allow(
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench prints its figures, and one that indexes wrongly ends, as it should"
)]

use std::sync::Arc;

use dateline::model::OutputText;
use dateline::{Extractor, Hint, Limits, Pack, PublishOptions, Setup};

/// 40 words.
const SHORT: &str = "Rebels attacked an army post near the border on Monday, killing at least 12 soldiers, the \
     defence ministry said. The government accused its neighbour of arming the group, and the United Nations called \
     for an immediate ceasefire.";

fn main() {
    divan::main();
}

fn extractor() -> Extractor {
    let limits = Limits {
        article_bytes_max: 1 << 20,
        sentences_max: 2_000,
        sentence_tokens_max: 256,
        mentions_max: 4_000,
        participants_max: 32,
        events_max: 500,
    };
    let pack = Pack::embedded().expect("the embedded pack is tested");
    Extractor::new(Setup { pack: Arc::new(pack), limits })
}

fn long() -> String {
    let lines = include_str!("../examples/articles/wikinews.jsonl").lines();
    lines.max_by_key(|line| line.len()).unwrap_or_default().to_owned()
}

fn bench(bencher: divan::Bencher<'_, '_>, value: &str) {
    let extractor = extractor();
    let options = PublishOptions { output_text: OutputText::Full, article_record: true };
    bencher.counter(divan::counter::BytesCount::of_str(value)).bench_local(|| {
        extractor.records(divan::black_box(value.as_bytes()), &Hint::default(), options, &mut ())
    });
}

#[divan::bench]
fn short_text(bencher: divan::Bencher<'_, '_>) {
    bench(bencher, SHORT);
}

#[divan::bench]
fn long_article(bencher: divan::Bencher<'_, '_>) {
    bench(bencher, &long());
}

#[divan::bench]
fn load_the_pack(bencher: divan::Bencher<'_, '_>) {
    bencher.bench_local(Pack::embedded);
}
