//! The worker on a real Apache Kafka, in this process: outcomes, order, rebalance, fencing, start offsets, own lag.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use dateline::app::{AppError, Assembly};
use dateline::pack::Pack;
use dateline::runtime::Summary;
use dateline::runtime::broker::InputRecord;
use dateline::runtime::processor::{Draft, Processor, Refusal, Settled};
use dateline::runtime::shutdown::Stop;
use dateline::telemetry::LiveLimits;

use crate::support::{
    Read, Send, Topics, articles, brokers, delete_records, produce, settings, wait_until,
};

fn assembly(sets: &[String]) -> Assembly {
    let pack = Arc::new(Pack::embedded().unwrap());
    Assembly::new(settings(sets), pack, Stop::new()).unwrap()
}

fn sends(values: &[Vec<u8>], partitions: i32) -> Vec<Send> {
    (0..)
        .zip(values)
        .map(|(number, value)| Send {
            partition: number % partitions,
            timestamp_ms: 1_700_000_000_000,
            value: Some(value.clone()),
            headers: Vec::new(),
        })
        .collect()
}

/// Runs workers until `done`, then drains them; gives what each ended with.
fn run_until(
    workers: &[&Assembly],
    mut done: impl FnMut() -> bool,
) -> Vec<Result<Summary, AppError>> {
    std::thread::scope(|scope| {
        let running: Vec<_> =
            workers.iter().map(|worker| scope.spawn(|| worker.run_kafka(None))).collect();
        wait_until("the outputs", || done() || running.iter().any(|one| one.is_finished()));
        for worker in workers {
            worker.stop.request();
        }
        running.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

fn sample(text: &str, line_start: &str) -> f64 {
    text.lines()
        .filter(|line| line.starts_with(line_start))
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum()
}

/// Good articles, and one record for each way to be refused, skipped or passed over.
fn every_kind_of_input() -> Vec<Send> {
    let good = articles(3);
    let input = |value: Option<Vec<u8>>, content_type: Option<&str>| Send {
        partition: 0,
        timestamp_ms: 1_700_000_000_000,
        value,
        headers: content_type
            .map(|kind| ("content-type".to_owned(), kind.as_bytes().to_vec()))
            .into_iter()
            .collect(),
    };
    let german = br#"{"text": "Der Kanzler reist nach Paris.", "language": "de"}"#.to_vec();
    vec![
        input(Some(good[0].clone()), None),
        input(Some(br#"{"title": "no text", "text": "#.to_vec()), None),
        input(Some(b"<html><body>x</body></html>".to_vec()), None),
        input(None, None),
        input(Some(b"\xff\xfe broken".to_vec()), None),
        input(Some(vec![b' '; 40]), None),
        input(Some(vec![b'a'; 600_000]), None),
        input(Some(german), None),
        input(Some(good[1].clone()), Some("application/json")),
        input(Some(good[2].clone()), Some("application/xml")),
        input(Some(b"Rebels attacked the village on Monday, police said.".to_vec()), None),
    ]
}

#[test]
fn every_kind_of_input_ends_where_it_belongs_and_harms_no_neighbour() {
    let Some(brokers) = brokers("kafka: outcomes") else { return };
    let topics = Topics::create(&brokers, "outcomes", 1);
    let inputs = every_kind_of_input();
    produce(&brokers, &topics.input, &inputs);
    let mut sets = topics.sets(&brokers, "outcomes");
    sets.push("limits.article_bytes_max=500000".to_owned());
    let worker = assembly(&sets);
    let dead = topics.reader(&brokers, &topics.dead, "read_committed");
    let enriched = topics.reader(&brokers, &topics.articles, "read_committed");
    let (mut letters, mut made): (Vec<Read>, Vec<Read>) = (Vec::new(), Vec::new());
    let ended = run_until(&[&worker], || {
        letters.extend(dead.take(Duration::from_millis(30)));
        made.extend(enriched.take(Duration::from_millis(30)));
        letters.len() >= 6 && made.len() >= 4
    });
    assert_eq!(ended[0].as_ref().unwrap().unfinished, 0);
    let reasons: Vec<String> = letters
        .iter()
        .map(|letter| {
            let text = |name: &str| letter.header(name).unwrap();
            format!("{} {}", text("dateline.dlq.offset"), text("dateline.dlq.error_type"))
        })
        .collect();
    assert_eq!(
        reasons,
        [
            "1 malformed",
            "2 unsupported_format",
            "4 invalid_utf8",
            "5 empty",
            "6 too_large",
            "9 unsupported_format"
        ]
    );
    for letter in &letters {
        let offset: usize = letter.header("dateline.dlq.offset").unwrap().parse().unwrap();
        assert_eq!(letter.value, inputs[offset].value, "the dead letter keeps its value");
        assert_eq!(letter.header("dateline.dlq.topic").as_deref(), Some(&*topics.input));
    }
    let offsets: Vec<i64> = made.iter().map(|read| read.origin().1).collect();
    assert_eq!(offsets, [0, 7, 8, 10], "article records, in input order");
    let german = String::from_utf8(made[1].value.clone().unwrap()).unwrap();
    assert!(german.contains(r#""language":"de""#) && german.contains(r#""events":[]"#), "{german}");

    let text = worker.telemetry.render().unwrap();
    let outcome = |name: &str| {
        sample(&text, &format!("dateline_articles_processed_total{{outcome=\"{name}\"}}"))
    };
    let total = sample(&text, "dateline_articles_processed_total");
    assert_eq!(
        total,
        sample(&text, "dateline_articles_received_total"),
        "nothing is unaccounted for"
    );
    assert_eq!((outcome("dead_letter"), outcome("discarded")), (6.0, 1.0));
    assert_eq!(outcome("unsupported_language"), 1.0);
    assert_eq!(sample(&text, "dateline_dead_letters_total"), 6.0);
}

#[test]
fn two_members_share_and_hand_over_without_loss_or_repeat() {
    let Some(brokers) = brokers("kafka: two members") else { return };
    let topics = Topics::create(&brokers, "members", 4);
    let values = articles(1200);
    produce(&brokers, &topics.input, &sends(&values, 4));
    let mut sets_one = topics.sets(&brokers, "one");
    let mut sets_two = topics.sets(&brokers, "two");
    for sets in [&mut sets_one, &mut sets_two] {
        // Small steps, so that the second member joins in the middle.
        sets.push("worker.inflight_records_max=20".to_owned());
        sets.push("worker.window_records_max=20".to_owned());
    }
    let (one, two) = (assembly(&sets_one), assembly(&sets_two));
    let reader = topics.reader(&brokers, &topics.articles, "read_committed");
    let mut reads: Vec<Read> = Vec::new();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| one.run_kafka(None));
        wait_until("the first outputs", || {
            reads.extend(reader.take(Duration::from_millis(30)));
            !reads.is_empty()
        });
        let second = scope.spawn(|| two.run_kafka(None));
        wait_until("all outputs", || {
            reads.extend(reader.take(Duration::from_millis(100)));
            reads.len() >= values.len()
        });
        // The second member may have come after the work was done: more work for both.
        produce(&brokers, &topics.input, &sends(&values[..400], 4));
        wait_until("the second batch", || {
            reads.extend(reader.take(Duration::from_millis(100)));
            reads.len() >= values.len() + 400
        });
        two.stop.request();
        assert_eq!(second.join().unwrap().unwrap().unfinished, 0);
        one.stop.request();
        assert_eq!(first.join().unwrap().unwrap().unfinished, 0);
    });
    let origins: BTreeSet<(i32, i64)> = reads.iter().map(Read::origin).collect();
    assert_eq!((reads.len(), origins.len()), (1600, 1600), "each input once");
    let two_text = two.telemetry.render().unwrap();
    assert!(sample(&two_text, "dateline_rebalances_total{kind=\"assign\"}") >= 1.0);
}

#[test]
fn a_second_worker_of_the_same_name_fences_the_first() {
    let Some(brokers) = brokers("kafka: fencing") else { return };
    let topics = Topics::create(&brokers, "fencing", 2);
    let sets = topics.sets(&brokers, "twin");
    let (first, second) = (assembly(&sets), assembly(&sets));
    let values = articles(40);
    let reader = topics.reader(&brokers, &topics.articles, "read_committed");
    let mut reads = Vec::new();
    std::thread::scope(|scope| {
        let older = scope.spawn(|| first.run_kafka(None));
        produce(&brokers, &topics.input, &sends(&values[..20], 2));
        wait_until("the first outputs", || {
            reads.extend(reader.take(Duration::from_millis(30)));
            reads.len() == 20
        });
        let younger = scope.spawn(|| second.run_kafka(None));
        wait_until("the older to end", || {
            if !older.is_finished() {
                produce(&brokers, &topics.input, &sends(&values[20..22], 2));
            }
            older.is_finished()
        });
        let error = older.join().unwrap().expect_err("the older is fenced");
        assert_eq!(error.exit_code(), 6, "{error}");
        let text = first.telemetry.render().unwrap();
        assert_eq!(sample(&text, "dateline_transactions_total{result=\"fenced\"}"), 1.0);
        second.stop.request();
        younger.join().unwrap().unwrap();
    });
    reads.extend(reader.to_end());
    let origins: BTreeSet<(i32, i64)> = reads.iter().map(Read::origin).collect();
    assert_eq!(reads.len(), origins.len(), "nothing twice");
}

#[test]
fn a_partition_without_offset_starts_where_the_setting_says() {
    let Some(brokers) = brokers("kafka: start") else { return };
    for (start, expected) in [("earliest", 6), ("latest", 0), ("2023-11-14T22:13:23Z", 3)] {
        let topics = Topics::create(&brokers, "start", 1);
        let mut inputs = sends(&articles(6), 1);
        for (number, input) in (0..).zip(&mut inputs) {
            input.timestamp_ms = 1_700_000_000_000 + number * 1000;
        }
        produce(&brokers, &topics.input, &inputs);
        let mut sets = topics.sets(&brokers, "start");
        sets.push(format!("kafka.start={start}"));
        let worker = assembly(&sets);
        let reader = topics.reader(&brokers, &topics.articles, "read_committed");
        let mut reads = Vec::new();
        let mut after = false;
        run_until(&[&worker], || {
            // One record after the assignment, so that each variant has something to see.
            let assigned =
                sample(&worker.telemetry.render().unwrap(), "dateline_assigned_partitions");
            if !after && assigned == 1.0 {
                produce(&brokers, &topics.input, &sends(&articles(1), 1));
                after = true;
            }
            reads.extend(reader.take(Duration::from_millis(30)));
            reads.len() > expected
        });
        assert_eq!(reads.len(), expected + 1, "start {start}");
    }
}

#[test]
fn own_lag_counts_what_waits_and_returns_to_zero() {
    let Some(brokers) = brokers("kafka: lag") else { return };
    struct Slow(Arc<dateline::app::NewsProcessor>);
    impl Processor for Slow {
        type Receipt = dateline::app::Receipt;
        fn prepare(&self, input: &InputRecord) -> Result<Draft<Self::Receipt>, Refusal> {
            std::thread::sleep(Duration::from_millis(30));
            self.0.prepare(input)
        }
        fn committed(&self, settled: Vec<Settled<Self::Receipt>>) {
            self.0.committed(settled);
        }
    }
    let topics = Topics::create(&brokers, "lag", 1);
    produce(&brokers, &topics.input, &sends(&articles(600), 1));
    let mut sets = topics.sets(&brokers, "lag");
    sets.push("worker.threads=2".to_owned());
    sets.push("kafka.librdkafka.statistics.interval.ms=500".to_owned());
    let worker = assembly(&sets);
    let slow = Arc::new(Slow(Arc::clone(&worker.processor)));
    let lag = || {
        let text = worker.telemetry.render().unwrap();
        let value = |name: &str| {
            text.lines()
                .find(|l| l.starts_with(name))
                .and_then(|l| l.rsplit(' ').next()?.parse().ok())
        };
        let articles: Option<f64> = value("dateline_consumer_lag_articles{");
        let seconds: Option<f64> = value("dateline_consumer_lag_seconds{");
        articles.zip(seconds)
    };
    std::thread::scope(|scope| {
        let running = scope.spawn(|| worker.run_kafka_with(&slow, None));
        wait_until("a lag of hundreds", || {
            lag().is_some_and(|(records, secs)| records > 200.0 && secs > 0.0)
        });
        wait_until("no lag", || lag() == Some((0.0, 0.0)));
        worker.stop.request();
        running.join().unwrap().unwrap();
    });
}

#[test]
fn an_offset_that_retention_overtook_holds_the_worker_and_says_where() {
    let Some(brokers) = brokers("kafka: offset lost") else { return };
    let topics = Topics::create(&brokers, "lost", 1);
    let sets = topics.sets(&brokers, "lost");
    produce(&brokers, &topics.input, &sends(&articles(3), 1));
    let worker = assembly(&sets);
    let done = || sample(&worker.telemetry.render().unwrap(), "dateline_articles_processed_total");
    run_until(&[&worker], || done() >= 3.0);
    produce(&brokers, &topics.input, &sends(&articles(6), 1));
    delete_records(&brokers, &topics.input, 0, 7);

    let worker = assembly(&sets);
    let lost = || sample(&worker.telemetry.render().unwrap(), "dateline_offset_out_of_range_total");
    let ended = run_until(&[&worker], || lost() >= 1.0);
    assert!(ended[0].is_ok(), "it holds, it does not end");
    let limits = LiveLimits { poll_silence_secs_max: 1e9, progress_silence_secs_max: 1e9 };
    let verdict = worker.telemetry.health.live(0.0, &limits);
    assert!(verdict.ok, "a restart would not help");
    let said = format!("{verdict:?}");
    assert!(said.contains(&format!("stuck at {}/0, offset 3", topics.input)), "{said}");
    let enriched = topics.reader(&brokers, &topics.articles, "read_committed").to_end();
    assert_eq!(enriched.len(), 3, "nothing is read past the gap");
}
