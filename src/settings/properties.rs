//! Every property of the Kafka client that we rely on, from the settings: for the consumer and for the producer.
//!
//! Defaults of librdkafka change between versions, so each is written, today's default or not. *Fixed* ones carry the
//! promise of exactly once or of safety; an entry of `[kafka.librdkafka]` that contradicts one is a mistake, as is one
//! that another key sets, or a secret. All other entries replace ours or come in addition.

use std::collections::BTreeMap;
use std::fmt;

use super::Settings;
use super::key;
use super::part::SaslMechanism;

/// The most bytes of one output record that the producer takes where `[kafka.librdkafka]` says nothing else: the client's
/// default, below the brokers' default of 1048588 by more than what surrounds a record.
pub const OUTPUT_BYTES_MAX: usize = 1_000_000;

/// Properties by name, for both clients. `Debug` shows no secret.
#[derive(Clone)]
pub struct Properties {
    /// For the consumer.
    pub consumer: Vec<(String, String)>,
    /// For the producer.
    pub producer: Vec<(String, String)>,
}

impl Properties {
    /// The most bytes of one output record that this producer takes (`message.max.bytes`).
    pub fn output_bytes_max(&self) -> usize {
        self.producer
            .iter()
            .find(|(name, _)| name == "message.max.bytes")
            .and_then(|(_, value)| value.parse().ok())
            .unwrap_or(OUTPUT_BYTES_MAX)
    }

    /// One line `consumer.name=value` or `producer.name=value` per property; a secret is `***`.
    pub fn digest_text(&self) -> String {
        let mut text = String::new();
        for (side, list) in [("consumer", &self.consumer), ("producer", &self.producer)] {
            for (name, value) in list {
                let shown = if key::is_secret(name) { "***" } else { value };
                text.extend([side, ".", name, "=", shown, "\n"]);
            }
        }
        text
    }
}

impl fmt::Debug for Properties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.digest_text())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Both,
    Consumer,
    Producer,
}

/// A property with a value of its own.
struct Row {
    side: Side,
    name: &'static str,
    value: &'static str,
    /// Why no other value may stand: such a property is fixed.
    fixed: Option<&'static str>,
}

const fn free(side: Side, name: &'static str, value: &'static str) -> Row {
    Row { side, name, value, fixed: None }
}

const fn fixed(side: Side, name: &'static str, value: &'static str, why: &'static str) -> Row {
    Row { side, name, value, fixed: Some(why) }
}

const OFFSETS: &str = "offsets move only inside the transaction that holds the results";

/// The rows whose value needs no setting. Reasons are given where the value is not the client's default.
const ROWS: &[Row] = &[
    fixed(
        Side::Both,
        "enable.ssl.certificate.verification",
        "true",
        "without it anybody can pose as the broker",
    ),
    fixed(
        Side::Both,
        "ssl.endpoint.identification.algorithm",
        "https",
        "without it any trusted certificate can pose as the broker",
    ),
    fixed(Side::Both, "allow.auto.create.topics", "false", "a slip in a name would make a topic"),
    // Half-open connections behind an address translator stay unseen otherwise.
    free(Side::Both, "socket.keepalive.enable", "true"),
    free(Side::Both, "connections.max.idle.ms", "0"),
    free(Side::Both, "reconnect.backoff.max.ms", "10000"),
    // End offsets and round-trip times come with the statistics.
    free(Side::Both, "statistics.interval.ms", "5000"),
    // The client would push its own telemetry to the brokers (KIP-714).
    free(Side::Both, "enable.metrics.push", "false"),
    // A lost coordinator connection is a reason to rebuild the producer, so it must be told.
    free(Side::Both, "log.connection.close", "true"),
    // New partitions are seen within a minute.
    free(Side::Both, "topic.metadata.refresh.interval.ms", "60000"),
    fixed(
        Side::Consumer,
        "group.protocol",
        "classic",
        "the client's other protocol ends in a fatal error after a long pause",
    ),
    fixed(
        Side::Consumer,
        "partition.assignment.strategy",
        "cooperative-sticky",
        "any other takes all partitions away at every change in the group",
    ),
    fixed(Side::Consumer, "enable.auto.commit", "false", OFFSETS),
    fixed(Side::Consumer, "enable.auto.offset.store", "false", OFFSETS),
    fixed(
        Side::Consumer,
        "isolation.level",
        "read_committed",
        "any other reads input that is taken back, and offsets of transactions that are still open",
    ),
    fixed(
        Side::Consumer,
        "auto.offset.reset",
        "error",
        "a lost offset is a loss of data and must stop the worker; `kafka.start` says where a new partition begins",
    ),
    // Long enough for a restart without a rebalance, short enough for a lost machine.
    free(Side::Consumer, "session.timeout.ms", "30000"),
    free(Side::Consumer, "heartbeat.interval.ms", "3000"),
    free(Side::Consumer, "max.poll.interval.ms", "300000"),
    // The end of a partition is what tells a lag of 0 from a marker of a transaction.
    free(Side::Consumer, "enable.partition.eof", "true"),
    // A broken batch becomes an error instead of an article.
    free(Side::Consumer, "check.crcs", "true"),
    // Memory: what is fetched ahead, and by how much one fetch can overshoot it.
    free(Side::Consumer, "queued.min.messages", "1000"),
    free(Side::Consumer, "queued.max.messages.kbytes", "16384"),
    free(Side::Consumer, "fetch.max.bytes", "8388608"),
    free(Side::Consumer, "fetch.message.max.bytes", "1048576"),
    // Also the most that one compressed batch may grow to.
    free(Side::Consumer, "receive.message.max.bytes", "67108864"),
    free(Side::Consumer, "fetch.wait.max.ms", "100"),
    free(Side::Consumer, "fetch.min.bytes", "1"),
    // The default makes holes of a second where queues are small.
    free(Side::Consumer, "fetch.queue.backoff.ms", "20"),
    fixed(
        Side::Producer,
        "enable.idempotence",
        "true",
        "records would be doubled and change their order",
    ),
    fixed(Side::Producer, "acks", "all", "a broker that fails would take records with it"),
    fixed(
        Side::Producer,
        "partitioner",
        "murmur2_random",
        "any other places keys elsewhere than Java clients do, which breaks joins",
    ),
    // The upper limit of idempotence.
    free(Side::Producer, "max.in.flight", "5"),
    free(Side::Producer, "linger.ms", "5"),
    free(Side::Producer, "batch.size", "1000000"),
    free(Side::Producer, "batch.num.messages", "10000"),
    free(Side::Producer, "compression.type", "zstd"),
    // `OUTPUT_BYTES_MAX`.
    free(Side::Producer, "message.max.bytes", "1000000"),
    free(Side::Producer, "queue.buffering.max.kbytes", "65536"),
    free(Side::Producer, "queue.buffering.max.messages", "100000"),
];

/// Properties that a key of ours sets.
const OF_KEYS: &[(&str, &str)] = &[
    ("bootstrap.servers", "`kafka.brokers`"),
    ("security.protocol", "`kafka.security_protocol`"),
    ("sasl.mechanism", "`kafka.sasl_mechanism`"),
    ("sasl.username", "`kafka.sasl_username`"),
    ("ssl.ca.location", "`kafka.ssl_ca_file`"),
    ("group.id", "`kafka.group`"),
    ("group.instance.id", "`kafka.instance`"),
    ("transactional.id", "`kafka.group` and `kafka.instance`"),
    ("transaction.timeout.ms", "`worker.transaction_timeout_ms`"),
    ("message.timeout.ms", "`worker.transaction_timeout_ms`"),
];

/// Other names of properties that appear above. The client takes both, in an order that nobody promises.
const ALIASES: &[(&str, &str)] = &[
    ("metadata.broker.list", "bootstrap.servers"),
    ("sasl.mechanisms", "sasl.mechanism"),
    ("auto.commit.enable", "enable.auto.commit"),
    ("max.partition.fetch.bytes", "fetch.message.max.bytes"),
    ("request.required.acks", "acks"),
    ("max.in.flight.requests.per.connection", "max.in.flight"),
    ("queue.buffering.max.ms", "linger.ms"),
    ("compression.codec", "compression.type"),
    ("delivery.timeout.ms", "message.timeout.ms"),
];

/// The properties for a worker of this name; `password` is needed where SASL is used.
///
/// For the mode of exactly once: the producer is transactional.
pub fn properties(settings: &Settings, instance: &str, password: Option<&str>) -> Properties {
    let mut consumer = BTreeMap::new();
    let mut producer = BTreeMap::new();
    for row in ROWS {
        for (side, list) in [(Side::Consumer, &mut consumer), (Side::Producer, &mut producer)] {
            if row.side == Side::Both || row.side == side {
                list.insert(row.name.to_owned(), row.value.to_owned());
            }
        }
    }
    add_passed_on(settings, &mut consumer, &mut producer);
    for list in [&mut consumer, &mut producer] {
        list.entry("client.id".to_owned()).or_insert_with(|| format!("dateline-{instance}"));
        list.extend(connection(settings, password));
    }
    consumer.entry("socket.timeout.ms".to_owned()).or_insert_with(|| "30000".to_owned());
    consumer.insert("group.id".to_owned(), settings.kafka.group.clone());
    consumer.insert("group.instance.id".to_owned(), instance.to_owned());
    add_transaction(settings, instance, &mut producer);
    Properties {
        consumer: consumer.into_iter().collect(),
        producer: producer.into_iter().collect(),
    }
}

/// What both clients need to reach the brokers.
fn connection(settings: &Settings, password: Option<&str>) -> Vec<(String, String)> {
    let kafka = &settings.kafka;
    let mut list = vec![
        ("bootstrap.servers", kafka.brokers.as_str()),
        ("security.protocol", kafka.security_protocol.as_str()),
    ];
    // OpenSSL is linked into the program and knows no system's certificates by itself: the client has to look for them
    // at the usual places.
    let system = kafka.security_protocol.is_encrypted().then_some("probe");
    list.extend(kafka.ssl_ca_file.as_deref().or(system).map(|place| ("ssl.ca.location", place)));
    if kafka.security_protocol.is_sasl() {
        let mechanism = kafka.sasl_mechanism.map(SaslMechanism::as_str);
        list.extend(mechanism.map(|mechanism| ("sasl.mechanism", mechanism)));
        list.extend(kafka.sasl_username.as_deref().map(|name| ("sasl.username", name)));
        list.extend(password.map(|password| ("sasl.password", password)));
    }
    list.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn add_transaction(settings: &Settings, instance: &str, producer: &mut BTreeMap<String, String>) {
    const SOCKET_TIMEOUT_MS: u64 = 10_000;
    // The client refuses a socket time-out above the transaction's; one request must fit in before that ends.
    const SPARE_MS: u64 = 100;
    let timeout_ms = settings.worker.transaction_timeout_ms;
    let socket_timeout_ms = SOCKET_TIMEOUT_MS.min(timeout_ms.saturating_sub(SPARE_MS));
    producer.insert(
        "transactional.id".to_owned(),
        format!("dateline-{}-{instance}", settings.kafka.group),
    );
    producer.insert("transaction.timeout.ms".to_owned(), timeout_ms.to_string());
    // The client cannot be made where a message may live longer than its transaction.
    producer.insert("message.timeout.ms".to_owned(), timeout_ms.to_string());
    producer.entry("socket.timeout.ms".to_owned()).or_insert_with(|| socket_timeout_ms.to_string());
}

/// The entries of `[kafka.librdkafka]`. A prefix names the side; without one, a property that we know for one side goes
/// there and any other to both, where the client passes over what is not for it.
fn add_passed_on(
    settings: &Settings,
    consumer: &mut BTreeMap<String, String>,
    producer: &mut BTreeMap<String, String>,
) {
    let mut passed_on: Vec<(Side, bool, &str, &str)> = Vec::new();
    for (name, value) in &settings.kafka.librdkafka {
        let (side, bare) = split_side(name);
        let property = canonical(bare);
        if objection(name, value).is_some() {
            continue;
        }
        let of_row =
            ROWS.iter().find(|row| row.name == property).map_or(Side::Both, |row| row.side);
        passed_on.push((side.unwrap_or(of_row), side.is_some(), property, value));
    }
    // What names its side wins over what does not.
    passed_on.sort_by_key(|(_, names_side, _, _)| *names_side);
    for (side, _, property, value) in passed_on {
        for (client, list) in [(Side::Consumer, &mut *consumer), (Side::Producer, &mut *producer)] {
            if side == Side::Both || side == client {
                list.insert(property.to_owned(), value.to_owned());
            }
        }
    }
}

fn split_side(name: &str) -> (Option<Side>, &str) {
    if let Some(bare) = name.strip_prefix("consumer.") {
        (Some(Side::Consumer), bare)
    } else if let Some(bare) = name.strip_prefix("producer.") {
        (Some(Side::Producer), bare)
    } else {
        (None, name)
    }
}

fn canonical(name: &str) -> &str {
    ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, canonical)| canonical)
}

/// Why an entry of `[kafka.librdkafka]` must not be.
pub(super) struct Objection {
    /// Goes on after the name of the entry.
    pub(super) what: String,
    /// What to do.
    pub(super) instead: String,
}

/// What is against this entry. Never holds the value of a secret.
pub(super) fn objection(name: &str, value: &str) -> Option<Objection> {
    let property = canonical(split_side(name).1);
    if key::is_secret(property) {
        return Some(Objection {
            what: "is a secret, which must not stand in [kafka.librdkafka]".to_owned(),
            instead: instead_of_secret(property),
        });
    }
    if let Some((_, keys)) = OF_KEYS.iter().find(|(of_key, _)| *of_key == property) {
        return Some(Objection {
            what: format!("is set by {keys}"),
            instead: format!("leave it out and set {keys}"),
        });
    }
    let row = ROWS.iter().find(|row| row.name == property)?;
    let why = row.fixed?;
    let is_same = value.eq_ignore_ascii_case(row.value) || (property == "acks" && value == "-1");
    (!is_same).then(|| Objection {
        what: format!("is fixed to {}, found {}", row.value, super::written::quoted(value)),
        instead: why.to_owned(),
    })
}

fn instead_of_secret(property: &str) -> String {
    match property {
        "sasl.password" => format!(
            "name a file that holds it by `kafka.sasl_password_file`, or set the environment variable {}",
            key::environment_name(key::SASL_PASSWORD)
        ),
        "ssl.key.password" | "ssl.keystore.password" | "ssl.key.pem" => {
            "use `ssl.key.location` with a file without password that only the worker can read"
                .to_owned()
        }
        _ => "no key takes this secret: passwords are the only proof that is supported \
              (`kafka.sasl_mechanism`, `kafka.sasl_password_file`)"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Source, load};

    fn made(sets: &[&str]) -> Properties {
        let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
        let settings = load(&Source { file: None, environment: &[], sets: &sets }).unwrap();
        properties(&settings, "host-1", Some("canary-7f3a"))
    }

    fn value<'a>(list: &'a [(String, String)], name: &str) -> Option<&'a str> {
        list.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    #[test]
    fn the_defaults_are_the_whole_table() {
        insta::assert_snapshot!(made(&[]).digest_text(), @r"
        consumer.allow.auto.create.topics=false
        consumer.auto.offset.reset=error
        consumer.bootstrap.servers=127.0.0.1:9092
        consumer.check.crcs=true
        consumer.client.id=dateline-host-1
        consumer.connections.max.idle.ms=0
        consumer.enable.auto.commit=false
        consumer.enable.auto.offset.store=false
        consumer.enable.metrics.push=false
        consumer.enable.partition.eof=true
        consumer.enable.ssl.certificate.verification=true
        consumer.fetch.max.bytes=8388608
        consumer.fetch.message.max.bytes=1048576
        consumer.fetch.min.bytes=1
        consumer.fetch.queue.backoff.ms=20
        consumer.fetch.wait.max.ms=100
        consumer.group.id=dateline
        consumer.group.instance.id=host-1
        consumer.group.protocol=classic
        consumer.heartbeat.interval.ms=3000
        consumer.isolation.level=read_committed
        consumer.log.connection.close=true
        consumer.max.poll.interval.ms=300000
        consumer.partition.assignment.strategy=cooperative-sticky
        consumer.queued.max.messages.kbytes=16384
        consumer.queued.min.messages=1000
        consumer.receive.message.max.bytes=67108864
        consumer.reconnect.backoff.max.ms=10000
        consumer.security.protocol=plaintext
        consumer.session.timeout.ms=30000
        consumer.socket.keepalive.enable=true
        consumer.socket.timeout.ms=30000
        consumer.ssl.endpoint.identification.algorithm=https
        consumer.statistics.interval.ms=5000
        consumer.topic.metadata.refresh.interval.ms=60000
        producer.acks=all
        producer.allow.auto.create.topics=false
        producer.batch.num.messages=10000
        producer.batch.size=1000000
        producer.bootstrap.servers=127.0.0.1:9092
        producer.client.id=dateline-host-1
        producer.compression.type=zstd
        producer.connections.max.idle.ms=0
        producer.enable.idempotence=true
        producer.enable.metrics.push=false
        producer.enable.ssl.certificate.verification=true
        producer.linger.ms=5
        producer.log.connection.close=true
        producer.max.in.flight=5
        producer.message.max.bytes=1000000
        producer.message.timeout.ms=30000
        producer.partitioner=murmur2_random
        producer.queue.buffering.max.kbytes=65536
        producer.queue.buffering.max.messages=100000
        producer.reconnect.backoff.max.ms=10000
        producer.security.protocol=plaintext
        producer.socket.keepalive.enable=true
        producer.socket.timeout.ms=10000
        producer.ssl.endpoint.identification.algorithm=https
        producer.statistics.interval.ms=5000
        producer.topic.metadata.refresh.interval.ms=60000
        producer.transaction.timeout.ms=30000
        producer.transactional.id=dateline-dateline-host-1
        ");
    }

    #[test]
    fn output_bytes_max_is_what_the_producer_takes() {
        assert_eq!(made(&[]).output_bytes_max(), OUTPUT_BYTES_MAX);
        let larger = made(&["kafka.librdkafka.message.max.bytes=2000000"]);
        assert_eq!(larger.output_bytes_max(), 2_000_000);
        assert_eq!(value(&larger.consumer, "message.max.bytes"), None);
    }

    #[test]
    fn names_are_unique_and_canonical() {
        let mut names: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
        names.extend(OF_KEYS.iter().map(|(name, _)| *name));
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
        for (alias, canonical) in ALIASES {
            assert!(names.contains(canonical) && !names.contains(alias), "{alias}");
        }
    }

    #[test]
    fn short_transactions_shorten_what_must_fit_in() {
        let short = made(&["worker.transaction_timeout_ms=1000"]).producer;
        assert_eq!(value(&short, "message.timeout.ms"), Some("1000"));
        assert_eq!(value(&short, "socket.timeout.ms"), Some("900"));
    }

    #[test]
    fn sasl_and_certificates_reach_both_clients() {
        let made = made(&[
            "kafka.security_protocol=sasl_ssl",
            "kafka.sasl_mechanism=PLAIN",
            "kafka.sasl_username=worker",
            "kafka.sasl_password_file=/run/secrets/kafka",
            "kafka.ssl_ca_file=/etc/ca.pem",
        ]);
        for list in [&made.consumer, &made.producer] {
            assert_eq!(value(list, "sasl.mechanism"), Some("PLAIN"));
            assert_eq!(value(list, "sasl.username"), Some("worker"));
            assert_eq!(value(list, "sasl.password"), Some("canary-7f3a"));
            assert_eq!(value(list, "ssl.ca.location"), Some("/etc/ca.pem"));
        }
        assert!(!format!("{made:?}{}", made.digest_text()).contains("canary"));
    }

    #[test]
    fn without_a_file_the_systems_certificates_are_looked_for() {
        let tls = made(&["kafka.security_protocol=ssl"]);
        assert_eq!(value(&tls.consumer, "ssl.ca.location"), Some("probe"));
        assert_eq!(value(&tls.producer, "ssl.ca.location"), Some("probe"));
        assert_eq!(value(&made(&[]).consumer, "ssl.ca.location"), None);
    }

    #[test]
    fn no_password_without_sasl() {
        assert_eq!(value(&made(&[]).consumer, "sasl.password"), None);
    }

    #[test]
    fn passed_on_entries_go_where_they_belong() {
        let made = made(&[
            "kafka.librdkafka.client.rack=a",
            "kafka.librdkafka.max.partition.fetch.bytes=2",
            "kafka.librdkafka.compression.codec=lz4",
            "kafka.librdkafka.socket.timeout.ms=5000",
            "kafka.librdkafka.consumer.socket.timeout.ms=6000",
            "kafka.librdkafka.producer.linger.ms=50",
            "kafka.librdkafka.acks=-1",
        ]);
        assert_eq!(value(&made.consumer, "client.rack"), Some("a"));
        assert_eq!(value(&made.producer, "client.rack"), Some("a"));
        assert_eq!(value(&made.consumer, "fetch.message.max.bytes"), Some("2"));
        assert_eq!(value(&made.producer, "fetch.message.max.bytes"), None);
        assert_eq!(value(&made.producer, "compression.type"), Some("lz4"));
        assert_eq!(value(&made.consumer, "compression.type"), None);
        assert_eq!(value(&made.consumer, "socket.timeout.ms"), Some("6000"));
        assert_eq!(value(&made.producer, "socket.timeout.ms"), Some("5000"));
        assert_eq!(value(&made.producer, "linger.ms"), Some("50"));
        assert_eq!(value(&made.producer, "acks"), Some("-1"));
        for alias in ["max.partition.fetch.bytes", "compression.codec"] {
            assert_eq!(value(&made.consumer, alias).or(value(&made.producer, alias)), None);
        }
    }

    #[test]
    fn every_fixed_property_refuses_another_value_under_each_name() {
        let fixed = ROWS.iter().filter(|row| row.fixed.is_some());
        for row in fixed {
            let aliases = ALIASES.iter().filter(|(_, name)| *name == row.name);
            for name in aliases.map(|(alias, _)| *alias).chain([row.name]) {
                for prefix in ["", "consumer.", "producer."] {
                    let entry = format!("{prefix}{name}");
                    assert!(objection(&entry, "other").is_some(), "{entry}");
                    assert!(objection(&entry, row.value).is_none(), "{entry}");
                }
            }
        }
    }

    #[test]
    fn what_keys_set_is_refused_even_where_it_agrees() {
        for (name, _) in OF_KEYS {
            assert!(objection(name, "x").is_some(), "{name}");
        }
    }

    #[test]
    fn passed_on_fixed_properties_stay_as_they_are() {
        let mut settings = Settings::default();
        settings
            .kafka
            .librdkafka
            .insert("isolation.level".to_owned(), "read_uncommitted".to_owned());
        let made = properties(&settings, "host-1", None);
        assert_eq!(value(&made.consumer, "isolation.level"), Some("read_committed"));
    }
}
