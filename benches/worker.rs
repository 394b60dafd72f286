//! Articles end to end on a real Kafka: a topic filled beforehand, then the time from the worker's start until the last
//! output is committed. Needs `DATELINE_TEST_BROKERS` (scripts/bench.sh starts a Kafka).

#![allow(
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench prints its figures, and one that indexes wrongly ends, as it should"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use dateline::app::Assembly;
use dateline::pack::Pack;
use dateline::runtime::shutdown::Stop;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};

const ARTICLES: usize = 20_000;
const PARTITIONS: i32 = 4;

fn main() {
    let Ok(brokers) = std::env::var("DATELINE_TEST_BROKERS") else {
        println!("worker: NOT RUN: DATELINE_TEST_BROKERS is not set (make bench starts a Kafka)");
        return;
    };
    let base = format!("bench-{}", std::process::id());
    let topic = |kind: &str| format!("{base}.{kind}");
    create_topics(&brokers, &["raw", "events", "enriched", "dead"].map(topic));
    let values: Vec<&str> = include_str!("../examples/articles/wikinews.jsonl").lines().collect();
    let bytes = fill(&brokers, &topic("raw"), &values);
    let sets = [
        format!("kafka.brokers={brokers}"),
        format!("kafka.group={base}"),
        "kafka.instance=bench".to_owned(),
        format!("kafka.input_topic={}", topic("raw")),
        format!("kafka.events_topic={}", topic("events")),
        format!("kafka.articles_topic={}", topic("enriched")),
        format!("kafka.dead_topic={}", topic("dead")),
    ];
    let source = dateline::settings::Source { file: None, environment: &[], sets: &sets };
    let settings =
        dateline::settings::load(&source).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let pack = Arc::new(Pack::embedded().expect("the embedded pack is tested"));
    let assembly = Assembly::new(settings, pack, Stop::new()).expect("metrics register once");
    let started = Instant::now();
    let took = std::thread::scope(|scope| {
        let running = scope.spawn(|| assembly.run_kafka(None));
        while processed(&assembly) < ARTICLES as u64 {
            assert!(!running.is_finished(), "the worker ended early");
            std::thread::sleep(Duration::from_millis(10));
        }
        let took = started.elapsed();
        assembly.stop.request();
        running.join().expect("no panic").expect("a clean drain");
        took
    });
    println!(
        "worker: {:.0} articles/s end to end, exactly once, {ARTICLES} articles of {} bytes on average, {PARTITIONS} \
         partitions, {} threads, {:.1} s, the group's join included",
        ARTICLES as f64 / took.as_secs_f64(),
        bytes / ARTICLES,
        std::thread::available_parallelism().map_or(1, usize::from),
        took.as_secs_f64(),
    );
}

fn processed(assembly: &Assembly) -> u64 {
    let text = assembly.telemetry.render().expect("metrics render");
    text.lines()
        .filter(|line| line.starts_with("dateline_articles_processed_total"))
        .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
        .sum()
}

fn create_topics(brokers: &str, names: &[String]) {
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", brokers).create().expect("an admin client");
    let topics: Vec<NewTopic<'_>> =
        names.iter().map(|n| NewTopic::new(n, PARTITIONS, TopicReplication::Fixed(1))).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let options = AdminOptions::new().operation_timeout(Some(Duration::from_secs(20)));
    let created = runtime.expect("a runtime").block_on(admin.create_topics(&topics, &options));
    for topic in created.expect("an answer") {
        topic.expect("a new topic");
    }
}

fn fill(brokers: &str, topic: &str, values: &[&str]) -> usize {
    let producer: ThreadedProducer<DefaultProducerContext> = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("linger.ms", "20")
        .create()
        .expect("a producer");
    let mut bytes = 0;
    for number in 0..ARTICLES {
        let value = values[number % values.len()];
        bytes += value.len();
        let mut record: BaseRecord<'_, (), str> =
            BaseRecord::to(topic).payload(value).partition(number as i32 % PARTITIONS);
        while let Err((_, back)) = producer.send(record) {
            record = back;
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    producer.flush(Duration::from_secs(60)).expect("all delivered");
    bytes
}
