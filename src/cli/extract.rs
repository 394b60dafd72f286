//! `dateline extract`: the core without a broker, on one article or ten thousand.
//!
//! One thread reads inputs, all cores extract, this thread writes in input order. What is under way is bounded by
//! permits: an input is admitted only when one of the last few hundred has been written, so a slow article holds the
//! others back instead of filling memory, and at most one file per core is open.
//! Data goes to stdout, messages to stderr. Exit codes: 0 all inputs were read, 5 some were not, 1 none was.

mod input;
mod pool;
mod table;

use std::io::{BufWriter, IsTerminal, Write};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use dateline::decode::{MOMENT_FORMS, parse_moment};
use dateline::extract::Extractor;
use dateline::model::{Hint, Moment, PublishOptions};
use dateline::pack::Setup;
use indicatif::{ProgressBar, ProgressStyle};

use input::Input;
use pool::Finished;
pub(crate) use table::printable;

/// Extracts events from files, directories or standard input
#[derive(Args, Debug)]
pub(crate) struct ExtractArgs {
    /// Files and directories; `-` is standard input. A file ending in .jsonl or .ndjson holds one article per line, any
    /// other file is one article; of a directory, what ends in .txt, .json, .jsonl or .ndjson is read
    #[arg(value_name = "FILE", default_value = "-")]
    inputs: Vec<std::path::PathBuf>,

    /// What to print
    #[arg(long, value_enum, default_value_t = OutputFormat::Jsonl)]
    format: OutputFormat,

    /// Print article records too
    #[arg(long)]
    articles: bool,

    /// Time of publication of articles that state none, a day or a time
    #[arg(long, value_name = "T", value_parser = published_at, allow_hyphen_values = true)]
    published_at: Option<Moment>,
}

/// What `dateline extract` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// One record per line
    Jsonl,
    /// One array of all records
    Json,
    /// A table of events for people
    Table,
}

fn published_at(text: &str) -> Result<Moment, String> {
    parse_moment(text).ok_or_else(|| format!("not a day or a time; write {MOMENT_FORMS}"))
}

/// Runs the command and gives the exit code.
///
/// # Errors
/// Where stdout cannot be written to, or a thread cannot be started. Inputs that cannot be read are no error but a message and an exit code.
pub(crate) fn run(
    args: &ExtractArgs,
    setup: Setup,
    options: PublishOptions,
    quiet: bool,
) -> Result<u8> {
    let article_bytes_max = setup.limits.article_bytes_max;
    let job = pool::Job {
        extractor: Extractor::new(setup),
        hint: Hint { published_at: args.published_at, ..Hint::default() },
        // a table has no row for an article
        options: PublishOptions {
            article_record: args.articles && args.format != OutputFormat::Table,
            ..options
        },
        format: args.format,
    };
    let inputs = input::expand(&args.inputs);
    let progress = progress(&inputs, quiet);
    let finished = pool::start(job, inputs, article_bytes_max).context("cannot start a thread")?;
    let out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    let mut report = Report { out, format: args.format, progress, counts: Counts::default() };
    match report.write_all(finished) {
        Ok(()) => Ok(report.conclude(quiet)),
        // whoever reads us has seen enough, as `head` does
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(0),
        Err(error) => Err(error).context("cannot write to standard output"),
    }
}

/// How many inputs came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    read: u64,
    failed: u64,
    records: u64,
}

impl Counts {
    fn exit_code(self) -> u8 {
        match (self.read, self.failed) {
            (0, _) => 1,
            (_, 0) => 0,
            (_, _) => 5,
        }
    }
}

/// Where results go.
struct Report<W> {
    out: W,
    format: OutputFormat,
    progress: ProgressBar,
    counts: Counts,
}

impl<W: Write> Report<W> {
    fn write_all(&mut self, finished: impl Iterator<Item = Finished>) -> std::io::Result<()> {
        match self.format {
            OutputFormat::Jsonl => {}
            OutputFormat::Json => self.out.write_all(b"[")?,
            OutputFormat::Table => table::write_head(&mut self.out)?,
        }
        for one in finished {
            self.write(one)?;
        }
        if self.format == OutputFormat::Json {
            self.out.write_all(if self.counts.records == 0 { b"]\n" } else { b"\n]\n" })?;
        }
        self.out.flush()
    }

    fn write(&mut self, finished: Finished) -> std::io::Result<()> {
        match finished.result {
            Ok(lines) => {
                self.counts.read += 1;
                for line in lines {
                    if self.format == OutputFormat::Json {
                        self.out.write_all(if self.counts.records == 0 {
                            b"\n"
                        } else {
                            b",\n"
                        })?;
                    }
                    self.counts.records += 1;
                    self.out.write_all(&line)?;
                    if self.format != OutputFormat::Json {
                        self.out.write_all(b"\n")?;
                    }
                }
            }
            Err(message) => {
                self.counts.failed += 1;
                self.out.flush()?;
                self.progress.suspend(|| say(&format!("{}: {message}", finished.label)));
            }
        }
        self.progress.inc(1);
        Ok(())
    }

    /// The last words, and the exit code.
    fn conclude(&self, quiet: bool) -> u8 {
        self.progress.finish_and_clear();
        let Counts { read, failed, .. } = self.counts;
        if read + failed == 0 {
            say("no article found");
        } else if failed > 0 && read + failed > 1 && !quiet {
            say(&format!("{failed} of {} articles could not be read", read + failed));
        }
        self.counts.exit_code()
    }
}

/// A message on stderr. That stderr is closed is no reason to stop.
fn say(message: &str) {
    let _closed = writeln!(std::io::stderr(), "{}", table::printable(message)).is_err();
}

/// A bar where it does not disturb: on a terminal that does not also show the data, and for more than one input.
fn progress(inputs: &[Input], quiet: bool) -> ProgressBar {
    let is_one = matches!(inputs, [Input::Whole(_) | Input::Failed { .. }]);
    if quiet || is_one || std::io::stdout().is_terminal() || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let is_counted = inputs.iter().all(|input| match input {
        Input::Whole(_) | Input::Failed { .. } => true,
        Input::Lines(_) | Input::Stdin => false,
    });
    let (bar, template) = if is_counted {
        let bar = ProgressBar::new(inputs.len() as u64);
        (bar, "{wide_bar} {pos}/{len} articles, {per_sec}, {eta} left")
    } else {
        (ProgressBar::no_length(), "{spinner} {pos} articles, {per_sec}")
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(
        format: OutputFormat,
        finished: Vec<Result<Vec<Vec<u8>>, String>>,
    ) -> (String, Counts) {
        let finished =
            finished.into_iter().map(|result| Finished { label: "input".to_owned(), result });
        let mut report = Report {
            out: Vec::new(),
            format,
            progress: ProgressBar::hidden(),
            counts: Counts::default(),
        };
        report.write_all(finished).unwrap();
        (String::from_utf8(report.out).unwrap(), report.counts)
    }

    #[test]
    fn an_array_is_valid_json_with_any_number_of_records() {
        for records in [vec![], vec![b"1".to_vec()], vec![b"1".to_vec(), b"2".to_vec()]] {
            let expected = records.len();
            let (text, _) = report(OutputFormat::Json, vec![Ok(records), Ok(vec![])]);
            let numbers: Vec<u8> = serde_json::from_str(&text).unwrap();
            assert_eq!(numbers.len(), expected, "{text}");
        }
    }

    #[test]
    fn lines_come_in_order_and_failures_are_counted() {
        let (text, counts) = report(
            OutputFormat::Jsonl,
            vec![Ok(vec![b"1".to_vec()]), Err("bad".to_owned()), Ok(vec![b"2".to_vec()])],
        );
        assert_eq!(text, "1\n2\n");
        assert_eq!(counts, Counts { read: 2, failed: 1, records: 2 });
    }

    #[test]
    fn exit_codes_tell_all_some_and_none() {
        let code = |read, failed| Counts { read, failed, records: 0 }.exit_code();
        assert_eq!((code(3, 0), code(2, 1), code(0, 3), code(0, 0)), (0, 5, 1, 1));
    }

    #[test]
    fn a_time_that_cannot_be_read_names_the_accepted_forms() {
        assert!(published_at("2024-11-13").is_ok());
        let message = published_at("yesterday").unwrap_err();
        assert!(message.contains("2024-11-13T16:20:00Z"), "{message}");
    }
}
