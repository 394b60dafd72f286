//! A small Kafka client for tests: topics, a producer with fixed timestamps, and readers of both isolation levels.

use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, Headers, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use rdkafka::{Message, Offset, TopicPartitionList};

/// Longest time that any test waits for one thing.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// The brokers for tests, or a line that says what did not run.
pub(crate) fn brokers(test: &str) -> Option<String> {
    match std::env::var("DATELINE_TEST_BROKERS") {
        Ok(brokers) if !brokers.is_empty() => Some(brokers),
        _ => {
            not_run(&format!(
                "{test}: DATELINE_TEST_BROKERS is not set (make test starts a Kafka)"
            ));
            None
        }
    }
}

/// Adds a line to the list of what did not run.
pub(crate) fn not_run(reason: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/not-run.txt");
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    writeln!(file.unwrap(), "NOT RUN: {reason}").unwrap();
}

/// A name that no other test of this or an earlier run uses.
pub(crate) fn unique(what: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let number = NEXT.fetch_add(1, Ordering::SeqCst);
    format!("{what}-{}-{}-{number}", std::process::id(), since.as_millis())
}

/// Creates topics and waits until they are there. They keep their records for ever: tests write timestamps of years
/// ago, and the usual retention of seven days would delete such records while a worker reads them.
pub(crate) fn create_topics(brokers: &str, topics: &[(&str, i32)]) {
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", brokers).create().unwrap();
    let new: Vec<NewTopic<'_>> = topics
        .iter()
        .map(|(name, partitions)| {
            NewTopic::new(name, *partitions, TopicReplication::Fixed(1)).set("retention.ms", "-1")
        })
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let options = AdminOptions::new().operation_timeout(Some(Duration::from_secs(20)));
    for created in runtime.block_on(admin.create_topics(&new, &options)).unwrap() {
        created.unwrap();
    }
    // A created topic is not known to every part of a broker at once.
    wait_until("the topics", || {
        let known = admin.inner().fetch_metadata(None, Duration::from_secs(20)).unwrap();
        topics.iter().all(|(name, partitions)| {
            known.topics().iter().any(|topic| {
                topic.name() == *name && topic.partitions().len() == *partitions as usize
            })
        })
    });
}

/// Deletes the records of a partition before an offset, as retention does.
pub(crate) fn delete_records(brokers: &str, topic: &str, partition: i32, before: i64) {
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", brokers).create().unwrap();
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, partition, Offset::Offset(before)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let options = AdminOptions::new().operation_timeout(Some(Duration::from_secs(20)));
    for deleted in runtime.block_on(admin.delete_records(&list, &options)).unwrap().elements() {
        deleted.error().unwrap();
    }
}

/// A record to produce.
#[derive(Clone, Debug, Default)]
pub(crate) struct Send {
    pub(crate) partition: i32,
    pub(crate) timestamp_ms: i64,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
}

/// Produces records, each to its partition, in order.
pub(crate) fn produce(brokers: &str, topic: &str, records: &[Send]) {
    let producer: ThreadedProducer<DefaultProducerContext> = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("enable.idempotence", "true")
        .set("message.max.bytes", "8000000")
        .set("linger.ms", "5")
        .create()
        .unwrap();
    for send in records {
        let mut headers = OwnedHeaders::new();
        for (key, value) in &send.headers {
            headers = headers.insert(Header { key, value: Some(value) });
        }
        let mut record: BaseRecord<'_, [u8], [u8]> = BaseRecord {
            topic,
            partition: Some(send.partition),
            payload: send.value.as_deref(),
            key: None,
            timestamp: Some(send.timestamp_ms),
            headers: Some(headers),
            delivery_opaque: (),
        };
        while let Err((error, back)) = producer.send(record) {
            assert!(error.to_string().contains("Queue full"), "{error}");
            record = back;
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    producer.flush(PATIENCE).unwrap();
}

/// A record as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) partition: i32,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) headers: Vec<(String, Option<Vec<u8>>)>,
}

impl Read {
    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let (_, value) = self.headers.iter().find(|(key, _)| key == name)?;
        String::from_utf8(value.clone()?).ok()
    }

    /// Partition and offset of the input record that this was made from.
    pub(crate) fn origin(&self) -> (i32, i64) {
        let number = |name: &str| self.header(name).unwrap().parse::<i64>().unwrap();
        (number("dateline.partition") as i32, number("dateline.offset"))
    }
}

/// The reader's own client says nothing: ends of partitions are no errors here.
pub(crate) struct Quiet;

impl rdkafka::ClientContext for Quiet {
    fn error(&self, _error: KafkaError, _reason: &str) {}
}

impl rdkafka::consumer::ConsumerContext for Quiet {}

/// Reads a topic from its start and remembers where it is.
pub(crate) struct Reader {
    consumer: BaseConsumer<Quiet>,
    partitions: i32,
}

impl Reader {
    /// A reader; `isolation` is read_committed or read_uncommitted.
    pub(crate) fn new(brokers: &str, topic: &str, partitions: i32, isolation: &str) -> Self {
        let consumer: BaseConsumer<Quiet> = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .set("group.id", unique("reader"))
            .set("isolation.level", isolation)
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true")
            .set("fetch.wait.max.ms", "50")
            .create_with_context(Quiet)
            .unwrap();
        let mut list = TopicPartitionList::new();
        for partition in 0..partitions {
            list.add_partition_offset(topic, partition, Offset::Beginning).unwrap();
        }
        consumer.assign(&list).unwrap();
        Reader { consumer, partitions }
    }

    /// What has arrived within `wait`.
    pub(crate) fn take(&self, wait: Duration) -> Vec<Read> {
        let until = Instant::now() + wait;
        let mut reads = Vec::new();
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            match self.consumer.poll(left) {
                Some(Ok(message)) => reads.push(read(&message)),
                Some(Err(KafkaError::PartitionEOF(_))) | None => {}
                Some(Err(error)) => assert!(is_passing(&error), "reading: {error}"),
            }
        }
        reads
    }

    /// Everything up to the present end of every partition.
    pub(crate) fn to_end(&self) -> Vec<Read> {
        let mut ended = vec![false; self.partitions as usize];
        let mut reads = Vec::new();
        let started = Instant::now();
        while ended.iter().any(|end| !end) {
            assert!(started.elapsed() < PATIENCE, "the topic has no end");
            match self.consumer.poll(Duration::from_millis(200)) {
                Some(Ok(message)) => {
                    ended[message.partition() as usize] = false;
                    reads.push(read(&message));
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => ended[partition as usize] = true,
                Some(Err(error)) => assert!(is_passing(&error), "reading: {error}"),
                None => {}
            }
        }
        reads
    }
}

/// The client mends it by itself: a connection that fails, or an answer that takes long.
fn is_passing(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::BrokerTransportFailure
                | RDKafkaErrorCode::AllBrokersDown
                | RDKafkaErrorCode::OperationTimedOut
        )
    )
}

fn read(message: &rdkafka::message::BorrowedMessage<'_>) -> Read {
    let headers = message.headers().map_or_else(Vec::new, |headers| {
        headers.iter().map(|h| (h.key.to_owned(), h.value.map(<[u8]>::to_vec))).collect()
    });
    Read {
        partition: message.partition(),
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers,
    }
}

/// Waits until `holds`, or fails saying what was waited for.
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < PATIENCE, "waited in vain for: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Topics of one test, and settings that name them.
pub(crate) struct Topics {
    pub(crate) input: String,
    pub(crate) events: String,
    pub(crate) articles: String,
    pub(crate) dead: String,
    pub(crate) partitions: i32,
}

impl Topics {
    /// Creates the four topics of a test.
    pub(crate) fn create(brokers: &str, test: &str, partitions: i32) -> Self {
        let topics = Topics::named(test, partitions);
        create_topics(
            brokers,
            &[
                (&topics.input, partitions),
                (&topics.events, partitions),
                (&topics.articles, partitions),
                (&topics.dead, partitions),
            ],
        );
        topics
    }

    /// Names for a test; nothing is created.
    pub(crate) fn named(test: &str, partitions: i32) -> Self {
        let base = unique(test);
        Topics {
            input: format!("{base}.raw"),
            events: format!("{base}.events"),
            articles: format!("{base}.enriched"),
            dead: format!("{base}.dead"),
            partitions,
        }
    }

    /// `--set` values for a worker on these topics.
    pub(crate) fn sets(&self, brokers: &str, instance: &str) -> Vec<String> {
        vec![
            format!("kafka.brokers={brokers}"),
            format!("kafka.group={}", self.input),
            format!("kafka.instance={instance}"),
            format!("kafka.input_topic={}", self.input),
            format!("kafka.events_topic={}", self.events),
            format!("kafka.articles_topic={}", self.articles),
            format!("kafka.dead_topic={}", self.dead),
            "http.listen=".to_owned(),
            "log.format=text".to_owned(),
            "log.level=warn".to_owned(),
        ]
    }

    pub(crate) fn reader(&self, brokers: &str, topic: &str, isolation: &str) -> Reader {
        Reader::new(brokers, topic, self.partitions, isolation)
    }
}

/// Shows the worker's log when DATELINE_TEST_LOG names a level.
pub(crate) fn start_log() {
    static STARTED: std::sync::Once = std::sync::Once::new();
    STARTED.call_once(|| {
        if let Ok(level) = std::env::var("DATELINE_TEST_LOG") {
            dateline::telemetry::init(dateline::telemetry::LogFormat::Text, &level).unwrap();
        }
    });
}

/// Settings from `--set` values over the defaults.
pub(crate) fn settings(sets: &[String]) -> dateline::settings::Settings {
    start_log();
    let source = dateline::settings::Source { file: None, environment: &[], sets };
    dateline::settings::load(&source).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// Short articles made of the examples: headline and the first paragraphs, each with an id of its own.
pub(crate) fn articles(count: usize) -> Vec<Vec<u8>> {
    let lines = include_str!("../../examples/articles/wikinews.jsonl");
    let examples: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (0..count)
        .map(|number| {
            let example = &examples[number % examples.len()];
            let text = example["text"].as_str().unwrap();
            let cut = text.char_indices().nth(700).map_or(text.len(), |(at, _)| at);
            let article = serde_json::json!({
                "id": format!("{number}"),
                "source": "test",
                "title": example["title"],
                "text": &text[..cut],
                "published_at": "2020-05-04",
            });
            serde_json::to_vec(&article).unwrap()
        })
        .collect()
}
