//! One registry of all metrics, made once, and its rendering as Prometheus text 0.0.4.
//!
//! Every family is registered here or through [`Registrar`] by the two handle files; each name gets the prefix
//! `dateline_`, each family its help text, and every series whose label values are known beforehand exists with 0
//! from the start, so that a rate over a series that has not moved is 0 and not absent.
//! It does not serve anything and has no clock.

use std::sync::Arc;

use prometheus::core::Collector;
use prometheus::{
    Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    IntGaugeVec, Opts, Registry, TextEncoder,
};
use thiserror::Error;

use super::label::Word;
use super::{ArticleMetrics, Health, WorkerMetrics};

/// All metrics and the health of one worker. Share it by `Arc`.
pub struct Telemetry {
    /// What the runtime counts: records, transactions, partitions, queues.
    pub worker: WorkerMetrics,
    /// What the news side counts: outcomes, events, stages, limits.
    pub articles: ArticleMetrics,
    /// Whether the worker lives, is ready, has started. The worker's handles feed it too.
    pub health: Arc<Health>,
    registry: Registry,
    build: BuildInfo,
    resource_info: IntGaugeVec,
    config_info: IntGaugeVec,
    ready: IntGauge,
    draining: IntGauge,
}

/// What was built and how its analysis runs, for `dateline_build_info` and `/version`.
#[derive(Clone, Debug)]
pub struct BuildInfo {
    /// Version of the package.
    pub version: &'static str,
    /// Revision of the sources, or `unknown`.
    pub revision: String,
    /// Version of the compiler, or `unknown`.
    pub rustc: &'static str,
    /// Version of librdkafka as it was linked.
    pub librdkafka: String,
    /// Id of the model that the analysis runs.
    pub model: String,
    /// The instructions that it runs with.
    pub kernel: &'static str,
}

/// Why metrics cannot be made or shown. Both are mistakes in this program, not of its operator.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TelemetryError {
    /// A name, label or bucket list is not valid, or a name is taken.
    #[error("cannot register metric {name}")]
    Register {
        /// The metric.
        name: String,
        /// What prometheus says.
        #[source]
        source: prometheus::Error,
    },
    /// The families do not encode.
    #[error("cannot render metrics")]
    Render {
        /// What prometheus says.
        #[source]
        source: prometheus::Error,
    },
}

impl Telemetry {
    /// Registers every metric, with 0 where all its label values are known.
    ///
    /// # Errors
    /// [`TelemetryError::Register`] when two metrics share a name or a name is not valid; the tests would show that.
    pub fn new(build: &BuildInfo) -> Result<Telemetry, TelemetryError> {
        let registrar = Registrar { registry: Registry::new() };
        let health = Arc::new(Health::default());
        let worker = WorkerMetrics::register(&registrar, Arc::clone(&health))?;
        let articles = ArticleMetrics::register(&registrar)?;
        let build_info = registrar.labelled_gauges(
            "build_info",
            "What was built and how its analysis runs; always 1",
            &["version", "revision", "rustc", "librdkafka", "model", "kernel"],
        )?;
        build_info
            .with_label_values(&[
                build.version,
                &build.revision,
                build.rustc,
                &build.librdkafka,
                &build.model,
                build.kernel,
            ])
            .set(1);
        let resource_info = registrar.labelled_gauges(
            "resource_info",
            "What was loaded (language pack) and the hash of its files; always 1",
            &["name", "version", "hash"],
        )?;
        let config_info = registrar.labelled_gauges(
            "config_info",
            "Hash of the settings in force; always 1",
            &["hash"],
        )?;
        let ready = registrar.gauge("ready", "1 when /readyz answers 200")?;
        let draining = registrar.gauge("draining", "1 after a stop was asked for")?;
        registrar.process()?;
        Ok(Telemetry {
            worker,
            articles,
            health,
            registry: registrar.registry,
            build: build.clone(),
            resource_info,
            config_info,
            ready,
            draining,
        })
    }

    /// Sets `dateline_resource_info` of one loaded resource. Call it once for each.
    pub fn resource_info(&self, name: &str, version: &str, hash: &str) {
        self.resource_info.with_label_values(&[name, version, hash]).set(1);
    }

    /// Sets `dateline_config_info`, replacing what an earlier call said.
    pub fn config_info(&self, hash: &str) {
        self.config_info.reset();
        self.config_info.with_label_values(&[hash]).set(1);
    }

    /// What was built and how its analysis runs.
    pub fn build(&self) -> &BuildInfo {
        &self.build
    }

    /// All metrics as Prometheus text 0.0.4, those of the process included where the system is Linux.
    ///
    /// # Errors
    /// [`TelemetryError::Render`] when the encoder refuses a family.
    pub fn render(&self) -> Result<String, TelemetryError> {
        self.ready.set(i64::from(self.health.is_ready()));
        self.draining.set(i64::from(self.health.is_draining()));
        TextEncoder::new()
            .encode_to_string(&self.registry.gather())
            .map_err(|source| TelemetryError::Render { source })
    }
}

/// The series of one family, one for each word, looked up once.
///
/// A scan over at most sixteen pairs beats hashing a label string, and needs no lock.
pub(super) struct ByWord<W, M> {
    series: Vec<(W, M)>,
}

impl<W: Word, M> ByWord<W, M> {
    /// The series of a word. It is there for every word, because [`Registrar`] made one for each of [`Word::WORDS`].
    pub(super) fn at(&self, word: W) -> &M {
        self.series
            .iter()
            .find_map(|(candidate, series)| (*candidate == word).then_some(series))
            .expect("WORDS lists every variant, which a test of label.rs holds")
    }

    /// All series with their words.
    pub(super) fn iter(&self) -> impl Iterator<Item = (W, &M)> {
        self.series.iter().map(|(word, series)| (*word, series))
    }
}

/// Gauges with the labels topic and partition, whose series come with the first value and go when asked.
///
/// Every call builds the partition's label; keep the handle that [`PartitionGauges::series`] gives.
pub(super) struct PartitionGauges {
    family: GaugeVec,
}

/// One series of [`PartitionGauges`].
pub(super) struct PartitionGauge(Gauge);

impl PartitionGauges {
    /// Makes, or finds, the series of a partition.
    pub(super) fn series(&self, topic: &str, partition: i32) -> PartitionGauge {
        PartitionGauge(self.family.with_label_values(&[topic, &partition.to_string()]))
    }

    /// Removes the series of a partition if there is one.
    pub(super) fn remove(&self, topic: &str, partition: i32) {
        // The error says that there was none, which is what the caller wants.
        self.family.remove_label_values(&[topic, &partition.to_string()]).ok();
    }
}

impl PartitionGauge {
    /// Sets its value.
    pub(super) fn set(&self, value: f64) {
        self.0.set(value);
    }
}

/// Makes families and registers them.
pub(super) struct Registrar {
    registry: Registry,
}

impl Registrar {
    fn add<C: Collector + Clone + 'static>(
        &self,
        name: &str,
        made: prometheus::Result<C>,
    ) -> Result<C, TelemetryError> {
        let register = || {
            let collector = made?;
            self.registry.register(Box::new(collector.clone()))?;
            Ok(collector)
        };
        register().map_err(|source| TelemetryError::Register { name: prefixed(name), source })
    }

    /// A counter without labels.
    pub(super) fn counter(&self, name: &str, help: &str) -> Result<IntCounter, TelemetryError> {
        self.add(name, IntCounter::new(prefixed(name), help))
    }

    /// Counters whose label values come with the calls.
    pub(super) fn labelled_counters(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
    ) -> Result<IntCounterVec, TelemetryError> {
        self.add(name, IntCounterVec::new(Opts::new(prefixed(name), help), labels))
    }

    /// One counter for each word.
    pub(super) fn counters<W: Word>(
        &self,
        name: &str,
        help: &str,
        label: &str,
    ) -> Result<ByWord<W, IntCounter>, TelemetryError> {
        let family = self.labelled_counters(name, help, &[label])?;
        Ok(by_word(|word| family.with_label_values(&[word])))
    }

    /// A gauge of whole numbers without labels.
    pub(super) fn gauge(&self, name: &str, help: &str) -> Result<IntGauge, TelemetryError> {
        self.add(name, IntGauge::new(prefixed(name), help))
    }

    /// Gauges of whole numbers whose label values come with the calls.
    pub(super) fn labelled_gauges(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
    ) -> Result<IntGaugeVec, TelemetryError> {
        self.add(name, IntGaugeVec::new(Opts::new(prefixed(name), help), labels))
    }

    /// One gauge of whole numbers for each word.
    pub(super) fn gauges<W: Word>(
        &self,
        name: &str,
        help: &str,
        label: &str,
    ) -> Result<ByWord<W, IntGauge>, TelemetryError> {
        let family = self.labelled_gauges(name, help, &[label])?;
        Ok(by_word(|word| family.with_label_values(&[word])))
    }

    /// A gauge of seconds without labels.
    pub(super) fn seconds(&self, name: &str, help: &str) -> Result<Gauge, TelemetryError> {
        self.add(name, Gauge::new(prefixed(name), help))
    }

    /// Gauges of seconds whose label values come with the calls.
    pub(super) fn labelled_seconds(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
    ) -> Result<GaugeVec, TelemetryError> {
        self.add(name, GaugeVec::new(Opts::new(prefixed(name), help), labels))
    }

    /// Gauges of partitions.
    pub(super) fn partition_gauges(
        &self,
        name: &str,
        help: &str,
    ) -> Result<PartitionGauges, TelemetryError> {
        let family = self.labelled_seconds(name, help, &["topic", "partition"])?;
        Ok(PartitionGauges { family })
    }

    /// A histogram without labels.
    pub(super) fn histogram(
        &self,
        name: &str,
        help: &str,
        buckets: Vec<f64>,
    ) -> Result<Histogram, TelemetryError> {
        let options = HistogramOpts::new(prefixed(name), help).buckets(buckets);
        self.add(name, Histogram::with_opts(options))
    }

    /// One histogram for each word.
    pub(super) fn histograms<W: Word>(
        &self,
        name: &str,
        help: &str,
        label: &str,
        buckets: Vec<f64>,
    ) -> Result<ByWord<W, Histogram>, TelemetryError> {
        let options = HistogramOpts::new(prefixed(name), help).buckets(buckets);
        let family = self.add(name, HistogramVec::new(options, &[label]))?;
        Ok(by_word(|word| family.with_label_values(&[word])))
    }

    /// The seven metrics of the process, which the crate reads from `/proc`.
    #[cfg(target_os = "linux")]
    fn process(&self) -> Result<(), TelemetryError> {
        let collector = prometheus::process_collector::ProcessCollector::for_self();
        self.registry
            .register(Box::new(collector))
            .map_err(|source| TelemetryError::Register { name: "process_*".to_owned(), source })
    }

    #[cfg(not(target_os = "linux"))]
    fn process(&self) -> Result<(), TelemetryError> {
        Ok(())
    }
}

fn prefixed(name: &str) -> String {
    format!("dateline_{name}")
}

fn by_word<W: Word, M>(mut series_of: impl FnMut(&'static str) -> M) -> ByWord<W, M> {
    ByWord { series: W::WORDS.iter().map(|word| (*word, series_of(word.word()))).collect() }
}

/// Bounds for work time: 5 µs doubled 21 times, to 10.5 s. A stage of a short article takes tens of microseconds, the
/// whole of a very long one seconds; factors of two keep the error of a quantile below a half.
pub(super) fn work_seconds() -> Vec<f64> {
    (0..22).map(|power| 5e-6 * 2_f64.powi(power)).collect()
}

/// Bounds for what a reader waits: milliseconds to ten minutes. They contain the boundaries that OpenTelemetry's
/// messaging conventions advise, so dashboards of both kinds fit.
pub(super) fn wait_seconds() -> Vec<f64> {
    vec![
        0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 30.0,
        60.0, 120.0, 300.0, 600.0,
    ]
}
