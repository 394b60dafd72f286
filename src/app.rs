//! Where both sides meet: the news processor, and the wiring of pack, extractor, runtime, telemetry and signals.
//!
//! The only file that knows what a record holds and how it is moved. Settings are mapped here to what each side asks
//! for; nothing is decided here.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::Offset;
use tokio::signal::unix::{SignalKind, signal};

use crate::extract::{Extractor, Observer};
use crate::model::{
    Format, Hint, IssueKind, Limit, Limits, Moment, Outcome, OutputText, PloverType,
    PublishOptions, RejectReason, Stage, ZoneBasis,
};
use crate::pack::{Model, Pack, Setup};
use crate::publish::{self, InputOrigin, Record, RecordKind};
use crate::runtime::broker::{Broker, Header, InputRecord, Output, TopicIx};
use crate::runtime::error::{Action, Error, ExitReason};
use crate::runtime::instance::Instance;
use crate::runtime::kafka::{KafkaBroker, KafkaOptions, Start, client_version};
use crate::runtime::memory::{Clock, MemoryBroker, Stored};
use crate::runtime::processor::{Draft, Policy, Processor, Refusal, Settled};
use crate::runtime::shutdown::Stop;
use crate::runtime::{GateLimits, Options, Summary, WindowLimits, Workers};
use crate::settings::{self, InputFormat, Settings};
use crate::telemetry::{
    BuildInfo, HttpError, HttpServer, LiveLimits, ProcessedOutcome, Telemetry, TelemetryError,
};

pub use crate::runtime::memory::Cluster;

/// Index of the events topic in the list of outputs.
const EVENTS: TopicIx = TopicIx(0);

/// Index of the dead-letter topic.
const DEAD_LETTERS: TopicIx = TopicIx(1);

/// Index of the articles topic, where there is one.
const ARTICLES: TopicIx = TopicIx(2);

/// How long a partition with lag may stand still before the process counts as dead: long enough for a broker's restart.
const PROGRESS_SILENCE_SECS_MAX: f64 = 300.0;

/// Revision of the sources, where the build was told (`DATELINE_REVISION`).
const REVISION: Option<&str> = option_env!("DATELINE_REVISION");

/// What went wrong while a worker was set up or ran.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppError {
    /// The runtime ended with an error; its action says why.
    #[error(transparent)]
    Runtime(#[from] Error),
    /// Metrics cannot be set up.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// The listener cannot be set up.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The settings name a kernel that the processor does not have.
    #[error("`nlp.kernel` is {wanted}, which this processor does not have; it has {available}")]
    Kernel {
        /// The word in the settings.
        wanted: &'static str,
        /// The words that would do.
        available: String,
    },
    /// The system refuses a thread or a signal handler.
    #[error("cannot {doing}: {source}")]
    System {
        /// What was being done.
        doing: &'static str,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
}

impl AppError {
    /// The exit code of the process (README, "Exit codes").
    pub fn exit_code(&self) -> u8 {
        let error = match self {
            AppError::Runtime(error) => error,
            AppError::Kernel { .. } => return 3,
            AppError::Telemetry(_) | AppError::Http(_) | AppError::System { .. } => return 1,
        };
        match error.action {
            Action::Exit(ExitReason::Fenced) => 6,
            Action::Exit(ExitReason::Unprepared) => 4,
            Action::Exit(ExitReason::Broken | ExitReason::Stopped)
            | Action::Retry
            | Action::DeadLetter
            | Action::Abort
            | Action::Rebuild
            | Action::Hold(_) => 1,
        }
    }
}

/// What the processor needs beside the extractor.
#[derive(Clone, Debug)]
pub struct NewsOptions {
    /// The format fixed by setting.
    pub format: Option<Format>,
    /// Choices of publish.
    pub publish: PublishOptions,
    /// Name of the input topic, for headers.
    pub input_topic: String,
}

/// Makes event and article records of raw articles: the news side of the worker.
pub struct NewsProcessor {
    extractor: Extractor,
    options: NewsOptions,
    telemetry: Arc<Telemetry>,
}

/// What is counted once an article is committed.
#[derive(Debug)]
pub struct Receipt {
    outcome: Outcome,
    events: Vec<PloverType>,
    limits: Vec<Limit>,
    published: Option<Timestamp>,
}

impl NewsProcessor {
    /// A processor over an extractor.
    pub fn new(extractor: Extractor, options: NewsOptions, telemetry: Arc<Telemetry>) -> Self {
        NewsProcessor { extractor, options, telemetry }
    }

    fn hint(&self, input: &InputRecord) -> Hint {
        Hint {
            format: self.options.format,
            content_type: header_text(input, "content-type").map(str::to_owned),
            published_at: None,
            recorded_at: input.timestamp_ms.and_then(recorded_at),
        }
    }
}

fn header<'a>(input: &'a InputRecord, name: &str) -> Option<&'a [u8]> {
    input.headers.iter().find(|h| h.name.eq_ignore_ascii_case(name))?.value.as_deref()
}

fn header_text<'a>(input: &'a InputRecord, name: &str) -> Option<&'a str> {
    std::str::from_utf8(header(input, name)?).ok()
}

/// A record's timestamp as a moment; a record's clock is always UTC.
fn recorded_at(timestamp_ms: i64) -> Option<Moment> {
    let timestamp = Timestamp::from_millisecond(timestamp_ms).ok()?;
    let day = Offset::UTC.to_datetime(timestamp).date();
    Some(Moment::Instant { timestamp, day, zone: ZoneBasis::Given })
}

/// Measures the stages of one article.
struct StageClock<'a> {
    telemetry: &'a Telemetry,
    entered: Option<Instant>,
}

impl Observer for StageClock<'_> {
    fn enter(&mut self, _stage: Stage) {
        self.entered = Some(Instant::now());
    }

    fn leave(&mut self, stage: Stage) {
        if let Some(entered) = self.entered.take() {
            self.telemetry.articles.stage(stage, entered.elapsed().as_secs_f64());
        }
    }
}

impl Processor for NewsProcessor {
    type Receipt = Receipt;

    fn prepare(&self, input: &InputRecord) -> Result<Draft<Receipt>, Refusal> {
        let Some(value) = input.value.as_deref() else {
            return Err(Refusal {
                stage: Stage::Decode.as_str(),
                error_type: "tombstone",
                sentence: "the record has no value".to_owned(),
                policy: Policy::Skip,
            });
        };
        let mut clock = StageClock { telemetry: &self.telemetry, entered: None };
        let (enriched, records) = self
            .extractor
            .records(value, &self.hint(input), self.options.publish, &mut clock)
            .map_err(|reject| Refusal {
                stage: reject.stage.as_str(),
                error_type: reject.reason.as_str(),
                sentence: reject.to_string(),
                policy: Policy::DeadLetter,
            })?;
        let origin = InputOrigin {
            topic: &self.options.input_topic,
            partition: input.partition,
            offset: input.offset,
            timestamp_ms: input.timestamp_ms,
            traceparent: header(input, "traceparent"),
        };
        let mut outputs = Vec::with_capacity(records.events.len() + 1);
        for record in records.events {
            outputs.push(output(EVENTS, record, RecordKind::Event, &origin));
        }
        outputs.extend(records.article.map(|r| output(ARTICLES, r, RecordKind::Article, &origin)));
        let limits = enriched.issues.iter().filter_map(|issue| match issue.kind {
            IssueKind::LimitReached { limit, .. } => Some(limit),
            IssueKind::DateUnreadable { .. }
            | IssueKind::ZoneAssumed { .. }
            | IssueKind::DatesDiffer { .. }
            | IssueKind::LanguageUnsupported => None,
        });
        let receipt = Receipt {
            outcome: enriched.outcome,
            events: enriched.events.iter().map(|event| event.kind).collect(),
            limits: limits.collect(),
            published: match enriched.article.published_at {
                Some(Moment::Instant { timestamp, .. }) => Some(timestamp),
                Some(Moment::Day(_)) | None => None,
            },
        };
        Ok(Draft { outputs, receipt })
    }

    fn committed(&self, settled: Vec<Settled<Receipt>>) {
        let now = Timestamp::now();
        let metrics = &self.telemetry.articles;
        for settled in settled {
            let receipt = match settled {
                Settled::Done(receipt) => receipt,
                Settled::DeadLetter { error_type, .. } => {
                    metrics.processed(ProcessedOutcome::DeadLetter, 1);
                    if error_type == TOO_LARGE {
                        metrics.limit_reached(Limit::ArticleBytes, 1);
                    }
                    continue;
                }
                Settled::Skipped => {
                    metrics.processed(ProcessedOutcome::Discarded, 1);
                    continue;
                }
            };
            let outcome = match receipt.outcome {
                Outcome::Events => ProcessedOutcome::Events,
                Outcome::NoEvent => ProcessedOutcome::NoEvent,
                Outcome::UnsupportedLanguage => ProcessedOutcome::UnsupportedLanguage,
            };
            metrics.processed(outcome, 1);
            metrics.events_per_article(receipt.events.len() as u64);
            for kind in receipt.events {
                metrics.events(kind, 1);
            }
            for limit in receipt.limits {
                metrics.limit_reached(limit, 1);
            }
            if let Some(published) = receipt.published {
                metrics.age(now.duration_since(published).as_secs_f64().max(0.0));
            }
        }
    }
}

/// The error type of an input over its byte limit.
const TOO_LARGE: &str = RejectReason::TooLarge { bytes: 0, limit: 0 }.as_str();

fn output(topic: TopicIx, record: Record, kind: RecordKind, origin: &InputOrigin<'_>) -> Output {
    let headers = publish::headers(kind, origin)
        .into_iter()
        .map(|(name, value)| Header { name, value: Some(value) })
        .collect();
    Output { topic, key: Some(record.key.into_bytes()), value: Some(record.value), headers }
}

/// The core's limits as the settings give them.
pub fn core_limits(settings: &Settings) -> Limits {
    let limits = &settings.limits;
    Limits {
        article_bytes_max: limits.article_bytes_max,
        sentences_max: limits.sentences_max,
        sentence_tokens_max: limits.sentence_tokens_max,
        mentions_max: limits.mentions_max,
        participants_max: limits.participants_max,
        events_max: limits.events_max,
    }
}

/// Has the model of a pack computed as the settings say. For a pack that nobody shares yet.
///
/// # Errors
/// [`AppError::Kernel`] when the processor lacks the instructions; the pack is as before.
pub fn use_kernel(settings: &Settings, pack: &mut Pack) -> Result<(), AppError> {
    let wanted = settings.nlp.kernel;
    if wanted == settings::Kernel::Auto || pack.model.use_kernel(wanted.as_str()) {
        return Ok(());
    }
    let mut available = Model::kernels();
    available.push(settings::Kernel::Auto.as_str());
    Err(AppError::Kernel { wanted: wanted.as_str(), available: available.join(", ") })
}

/// Choices of publish as the settings give them.
pub fn publish_options(settings: &Settings) -> PublishOptions {
    PublishOptions {
        output_text: match settings.privacy.output_text {
            settings::OutputText::Full => OutputText::Full,
            settings::OutputText::Sentence => OutputText::Sentence,
            settings::OutputText::Span => OutputText::Span,
            settings::OutputText::None => OutputText::None,
        },
        article_record: settings.kafka.articles_topic.is_some(),
    }
}

/// The format that the settings fix, if any.
pub fn fixed_format(settings: &Settings) -> Option<Format> {
    match settings.input.format {
        InputFormat::Auto => None,
        InputFormat::Json => Some(Format::Json),
        InputFormat::Text => Some(Format::Text),
    }
}

/// The pieces of one worker, before a broker is chosen.
pub struct Assembly {
    /// The settings.
    pub settings: Settings,
    /// Metrics and health.
    pub telemetry: Arc<Telemetry>,
    /// The news side.
    pub processor: Arc<NewsProcessor>,
    /// Set by signals.
    pub stop: Stop,
    version: String,
}

impl Assembly {
    /// Puts pack, extractor and telemetry together. The worker ends when `stop` is requested.
    ///
    /// # Errors
    /// When metrics cannot be registered.
    pub fn new(settings: Settings, pack: Arc<Pack>, stop: Stop) -> Result<Self, AppError> {
        let build = BuildInfo {
            version: env!("CARGO_PKG_VERSION"),
            revision: REVISION.unwrap_or("unknown").to_owned(),
            rustc: option_env!("DATELINE_RUSTC").unwrap_or("unknown"),
            librdkafka: client_version(),
            model: pack.model.id().to_owned(),
            kernel: pack.model.kernel.name(),
        };
        let telemetry = Arc::new(Telemetry::new(&build)?);
        let label = pack.label().to_owned();
        let (name, hash) = label.rsplit_once('+').unwrap_or((label.as_str(), ""));
        telemetry.resource_info("pack", name, hash);
        telemetry.config_info(&digest(&settings));
        telemetry.worker.set_topic(&settings.kafka.input_topic);
        let options = NewsOptions {
            format: fixed_format(&settings),
            publish: publish_options(&settings),
            input_topic: settings.kafka.input_topic.clone(),
        };
        let setup = Setup { pack, limits: core_limits(&settings) };
        let processor = NewsProcessor::new(Extractor::new(setup), options, Arc::clone(&telemetry));
        telemetry.health.set_loaded();
        let version = format!("{} {label}", env!("CARGO_PKG_VERSION"));
        let processor = Arc::new(processor);
        Ok(Assembly { settings, telemetry, processor, stop, version })
    }

    /// Serves metrics and health where the settings say so.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub fn serve(&self) -> Result<Option<HttpServer>, AppError> {
        let Some(listen) = self.settings.http.listen else { return Ok(None) };
        self.serve_at(listen).map(Some)
    }

    /// Serves metrics and health at an address.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub fn serve_at(&self, listen: SocketAddr) -> Result<HttpServer, AppError> {
        let limits = LiveLimits {
            // 0.9 of max.poll.interval.ms, after which the group takes our partitions.
            poll_silence_secs_max: 270.0,
            progress_silence_secs_max: PROGRESS_SILENCE_SECS_MAX,
        };
        let listener = crate::telemetry::bind(&listen.to_string())?;
        Ok(crate::telemetry::serve(listener, Arc::clone(&self.telemetry), limits)?)
    }

    /// Names of the output topics in the order of their indices.
    pub fn output_topics(&self) -> Vec<String> {
        let kafka = &self.settings.kafka;
        let mut topics = vec![kafka.events_topic.clone(), kafka.dead_topic.clone()];
        topics.extend(kafka.articles_topic.clone());
        topics
    }

    fn options(&self, instance: &str) -> Options {
        let worker = &self.settings.worker;
        let threads = match worker.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        Options {
            input_topic: self.settings.kafka.input_topic.clone(),
            dead_letters: DEAD_LETTERS,
            workers: Workers::Threads(threads),
            gate: GateLimits {
                records_max: worker.inflight_records_max,
                bytes_max: worker.inflight_bytes_max,
            },
            window: WindowLimits {
                age_ms: ms(worker.window_ms),
                records_max: worker.window_records_max,
                bytes_max: worker.window_bytes_max,
            },
            drain_ms: ms(worker.drain_secs.saturating_mul(1000)),
            revoke_ms: REVOKE_MS,
            transaction_ms: worker.transaction_timeout_ms / 2,
            instance: instance.to_owned(),
            version: self.version.clone(),
        }
    }

    /// Runs the worker on Kafka until a stop is requested.
    ///
    /// # Errors
    /// An error that ends the process.
    pub fn run_kafka(&self, password: Option<&str>) -> Result<Summary, AppError> {
        self.run_kafka_with(&self.processor, password)
    }

    /// As [`Assembly::run_kafka`] with another processor, for tests and measurements.
    ///
    /// # Errors
    /// An error that ends the process.
    pub fn run_kafka_with<P: Processor>(
        &self,
        processor: &Arc<P>,
        password: Option<&str>,
    ) -> Result<Summary, AppError> {
        let instance = self.instance()?;
        let properties = settings::properties(&self.settings, &instance.name, password);
        let output_bytes_max = properties.output_bytes_max().saturating_sub(FRAMING_BYTES);
        let kafka = KafkaOptions {
            consumer: properties.consumer,
            producer: properties.producer,
            input: self.settings.kafka.input_topic.clone(),
            outputs: self.output_topics(),
            start: match self.settings.kafka.start {
                settings::Start::Earliest => Start::Earliest,
                settings::Start::Latest => Start::Latest,
                settings::Start::Timestamp(timestamp_ms) => Start::Timestamp(timestamp_ms),
            },
            output_bytes_max,
        };
        let build = self.telemetry.build();
        tracing::info!(
            version = self.version,
            model = build.model,
            kernel = build.kernel,
            config = digest(&self.settings),
            group = self.settings.kafka.group,
            instance = instance.name,
            delivery = "exactly-once",
            librdkafka = client_version(),
            "starting"
        );
        let Some(mut broker) = KafkaBroker::connect(&kafka, &self.stop, &self.telemetry)? else {
            return Ok(Summary::default());
        };
        let options = self.options(&instance.name);
        let ended = crate::runtime::run(
            &mut broker,
            Arc::clone(processor),
            &options,
            &self.stop,
            &self.telemetry,
        );
        broker.close(CLOSE_WAIT);
        Ok(ended?)
    }

    /// Runs the worker over a cluster in memory until a stop is requested.
    ///
    /// # Errors
    /// An error that ends the process.
    pub fn run_memory(&self, cluster: &Cluster) -> Result<Summary, AppError> {
        let topics = self.output_topics();
        let names: Vec<&str> = topics.iter().map(String::as_str).collect();
        let input = &self.settings.kafka.input_topic;
        let mut broker = MemoryBroker::new(cluster, input, &names, Clock::System);
        let options = self.options("memory");
        let processor = Arc::clone(&self.processor);
        let ended =
            crate::runtime::run(&mut broker, processor, &options, &self.stop, &self.telemetry);
        broker.close(CLOSE_WAIT);
        Ok(ended?)
    }

    /// A cluster in memory that has the topics of the settings and holds `values` as input, spread over partitions.
    pub fn memory_cluster(&self, partitions: usize, values: &[(Vec<u8>, Option<i64>)]) -> Cluster {
        let outputs = self.output_topics();
        let mut topics: Vec<(&str, usize)> =
            outputs.iter().map(|name| (name.as_str(), partitions)).collect();
        let input = self.settings.kafka.input_topic.as_str();
        topics.push((input, partitions));
        let cluster = Cluster::new(&topics);
        for (at, (value, timestamp_ms)) in values.iter().enumerate() {
            let record = Stored {
                timestamp_ms: *timestamp_ms,
                key: None,
                value: Some(value.clone()),
                headers: Vec::new(),
            };
            cluster.append(input, at % partitions.max(1), record);
        }
        cluster
    }

    fn instance(&self) -> Result<Instance, AppError> {
        let kafka = &self.settings.kafka;
        if let Some(name) = &kafka.instance {
            return Ok(Instance::named(name));
        }
        let run_dir = if kafka.run_dir.is_empty() {
            std::env::temp_dir().join("dateline")
        } else {
            PathBuf::from(&kafka.run_dir)
        };
        let host = hostname::get()
            .map_err(|source| AppError::System { doing: "read the host name", source })?;
        let host: String = host
            .to_string_lossy()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '-' })
            .collect();
        Ok(Instance::claim(&run_dir, &kafka.group, &host)?)
    }
}

/// How long finishing may take when partitions are revoked: well below the session time-out of 30 s.
const REVOKE_MS: i64 = 10_000;

/// Bytes of a record beside its payload: lengths, timestamps, and a few bytes per header.
const FRAMING_BYTES: usize = 1024;

/// How long closing the client may take.
const CLOSE_WAIT: Duration = Duration::from_secs(5);

fn ms(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A short digest of the settings in force, secrets masked.
fn digest(settings: &Settings) -> String {
    let mut hash = crate::text::StableHash::new();
    hash.write_str(&settings.digest_text());
    format!("{:016x}", hash.finish())
}

/// A stop that SIGTERM and SIGINT request, on a thread of its own that ends with the process.
///
/// # Errors
/// When the system refuses the handlers.
pub fn stop_on_signals() -> Result<Stop, AppError> {
    let refused = |source| AppError::System { doing: "listen to signals", source };
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(refused)?;
    let guard = runtime.enter();
    let mut terminate = signal(SignalKind::terminate()).map_err(refused)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(refused)?;
    drop(guard);
    let stop = Stop::new();
    let requested = stop.clone();
    let listening = move || {
        runtime.block_on(async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        });
        requested.request();
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(listening).map_err(refused)?;
    Ok(stop)
}
