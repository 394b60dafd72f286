//! Extraction on all cores, with results in input order and a bound on what is under way.
//!
//! A reader thread takes a permit for each article before it hands it out; the permit comes back when the result has left
//! [`InOrder`]. So at most [`UNDER_WAY_MAX`] articles and results exist at a time, and no channel can block for good. When
//! the reader of results goes away, the channels close and the threads end by themselves; nobody waits for them, since
//! one may sit in a read from a terminal.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};
use dateline::extract::Extractor;
use dateline::model::{Enriched, Hint, PublishOptions};
use dateline::publish::{Records, event_record};

use super::input::{self, Article, Body, Input};
use super::{OutputFormat, table};

/// Articles read and not yet written. Less starves the cores behind one long article; more costs memory, up to the
/// article limit each.
const UNDER_WAY_MAX: usize = 256;

/// What is done to every article.
#[derive(Clone)]
pub(super) struct Job {
    pub(super) extractor: Extractor,
    pub(super) hint: Hint,
    pub(super) options: PublishOptions,
    pub(super) format: OutputFormat,
}

/// What became of one article.
pub(super) struct Finished {
    /// `path` or `path:line`.
    pub(super) label: String,
    /// The lines or records to print, or why there are none.
    pub(super) result: Result<Vec<Vec<u8>>, String>,
}

/// Starts the threads and gives the results in input order.
///
/// # Errors
/// Where a thread cannot be started.
pub(super) fn start(
    job: Job,
    inputs: Vec<Input>,
    article_bytes_max: u32,
) -> std::io::Result<InOrder> {
    let (permit_in, permits) = bounded::<()>(UNDER_WAY_MAX);
    let (article_in, articles) = bounded::<(u64, Article)>(UNDER_WAY_MAX);
    let (result_in, results) = bounded::<(u64, Finished)>(UNDER_WAY_MAX);
    let job = Arc::new(job);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    for core in 0..cores {
        let (job, articles, result_in) = (Arc::clone(&job), articles.clone(), result_in.clone());
        let work = move || extract_all(&job, &articles, &result_in, article_bytes_max);
        std::thread::Builder::new().name(format!("extract-{core}")).spawn(work)?;
    }
    let read = move || read_all(inputs, article_bytes_max, &permit_in, &article_in);
    std::thread::Builder::new().name("read".to_owned()).spawn(read)?;
    Ok(InOrder { results, permits, early: BTreeMap::new(), next: 0 })
}

fn read_all(
    inputs: Vec<Input>,
    article_bytes_max: u32,
    permit_in: &Sender<()>,
    article_in: &Sender<(u64, Article)>,
) {
    let mut number = 0;
    let mut admit = |article| {
        let is_wanted = permit_in.send(()).is_ok() && article_in.send((number, article)).is_ok();
        number += 1;
        is_wanted
    };
    for input in inputs {
        if !input::read(input, article_bytes_max, &mut admit) {
            return;
        }
    }
}

fn extract_all(
    job: &Job,
    articles: &Receiver<(u64, Article)>,
    result_in: &Sender<(u64, Finished)>,
    article_bytes_max: u32,
) {
    for (number, article) in articles {
        let Article { label, body, is_json } = article;
        // a panic costs one article, as in the worker; the panic hook has said where
        let result = catch_unwind(AssertUnwindSafe(|| job.run(body, is_json, article_bytes_max)))
            .unwrap_or_else(|_| Err("extraction panicked; please report this as a bug".to_owned()));
        if result_in.send((number, Finished { label, result })).is_err() {
            return;
        }
    }
}

impl Job {
    fn run(
        &self,
        body: Body,
        is_json: bool,
        article_bytes_max: u32,
    ) -> Result<Vec<Vec<u8>>, String> {
        let bytes = match body {
            Body::Bytes(bytes) => bytes,
            Body::InFile(path) => input::read_file(&path, article_bytes_max)?,
            Body::Missing(message) => return Err(message),
        };
        let content_type = is_json.then(|| "application/json".to_owned());
        let hint = Hint { content_type, ..self.hint.clone() };
        let records = self.extractor.records(&bytes, &hint, self.options, &mut ());
        let (enriched, records) = records.map_err(|reject| reject.to_string())?;
        Ok(match self.format {
            OutputFormat::Jsonl | OutputFormat::Json => values(records),
            OutputFormat::Table => self.rows(&enriched),
        })
    }

    fn rows(&self, enriched: &Enriched) -> Vec<Vec<u8>> {
        let row = |event| {
            table::row(&event_record(enriched, event, self.options.output_text)).into_bytes()
        };
        enriched.events.iter().map(row).collect()
    }
}

fn values(records: Records) -> Vec<Vec<u8>> {
    records.events.into_iter().chain(records.article).map(|record| record.value).collect()
}

/// Results in input order.
pub(super) struct InOrder {
    results: Receiver<(u64, Finished)>,
    permits: Receiver<()>,
    early: BTreeMap<u64, Finished>,
    next: u64,
}

impl Iterator for InOrder {
    type Item = Finished;

    fn next(&mut self) -> Option<Finished> {
        loop {
            if let Some(finished) = self.early.remove(&self.next) {
                self.next += 1;
                let came_back = self.permits.try_recv().is_ok();
                debug_assert!(came_back, "every article under way holds a permit");
                return Some(finished);
            }
            let (number, finished) = self.results.recv().ok()?;
            self.early.insert(number, finished);
        }
    }
}
