//! The parts of the settings, as meant: what each section of the file says once it is read and checked.
//!
//! Values only. Any combination that a part can hold is legal by itself; what must fit together was compared by `meant`.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;

use secrecy::SecretString;

/// `[kafka]`: brokers, topics, and the worker's place in its group.
#[derive(Clone, Debug)]
pub struct Kafka {
    /// Addresses to begin with, `host:port`, separated by commas.
    pub brokers: String,
    /// The consumer group.
    pub group: String,
    /// The name of this worker, unique among the living and the same after a restart; `None` = `<host>-<n>`.
    pub instance: Option<String>,
    /// Where instance lock files lie; empty = `dateline` below the system's temporary directory.
    pub run_dir: String,
    /// Where a partition without a committed offset begins.
    pub start: Start,
    /// The topic of raw articles.
    pub input_topic: String,
    /// The topic of event records.
    pub events_topic: String,
    /// The topic of article records; `None` = none are made.
    pub articles_topic: Option<String>,
    /// The topic of dead letters.
    pub dead_topic: String,
    /// Encryption and authentication.
    pub security_protocol: SecurityProtocol,
    /// How the worker proves who it is; set wherever `security_protocol` asks for it.
    pub sasl_mechanism: Option<SaslMechanism>,
    /// The name it proves; set wherever `security_protocol` asks for it.
    pub sasl_username: Option<String>,
    /// The password, from the environment only; it wins over `sasl_password_file`.
    pub sasl_password: Option<SecretString>,
    /// The file that holds the password.
    pub sasl_password_file: Option<String>,
    /// Certificates of the authorities to trust; `None` = those of the system.
    pub ssl_ca_file: Option<String>,
    /// Whether a password may cross the network without encryption.
    pub allow_plaintext_sasl: bool,
    /// Properties of the Kafka client that no other key sets: name (with `consumer.` or `producer.` for one side) to
    /// value. None contradicts a fixed property, none is a secret.
    pub librdkafka: BTreeMap<String, String>,
}

/// Where a partition without a committed offset begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The oldest record that is still there.
    Earliest,
    /// Records that arrive from now on.
    Latest,
    /// The first record with this time or a later one, in milliseconds since 1970.
    Timestamp(i64),
}

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Start::Earliest => f.write_str("earliest"),
            Start::Latest => f.write_str("latest"),
            Start::Timestamp(ms) => match jiff::Timestamp::from_millisecond(*ms) {
                Ok(time) => write!(f, "{time}"),
                Err(_) => write!(f, "{ms}"),
            },
        }
    }
}

/// Encryption and authentication of the connection to the brokers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityProtocol {
    /// Neither.
    Plaintext,
    /// Encryption.
    Ssl,
    /// Authentication without encryption.
    SaslPlaintext,
    /// Both.
    SaslSsl,
}

impl SecurityProtocol {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Plaintext, Self::Ssl, Self::SaslPlaintext, Self::SaslSsl];

    /// The word in the file, which is librdkafka's.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plaintext => "plaintext",
            Self::Ssl => "ssl",
            Self::SaslPlaintext => "sasl_plaintext",
            Self::SaslSsl => "sasl_ssl",
        }
    }

    /// Whether the connection is encrypted and the broker's certificate checked.
    pub fn is_encrypted(self) -> bool {
        match self {
            Self::Ssl | Self::SaslSsl => true,
            Self::Plaintext | Self::SaslPlaintext => false,
        }
    }

    /// Whether a user name and a password are needed.
    pub fn is_sasl(self) -> bool {
        match self {
            Self::Plaintext | Self::Ssl => false,
            Self::SaslPlaintext | Self::SaslSsl => true,
        }
    }
}

/// How a user name and a password are proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named like the mechanisms of RFC 4616, RFC 5802 and RFC 7677")]
pub enum SaslMechanism {
    Plain,
    ScramSha256,
    ScramSha512,
}

impl SaslMechanism {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Plain, Self::ScramSha256, Self::ScramSha512];

    /// The word in the file, which is librdkafka's.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}

/// `[input]`: how record values are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input {
    /// The format of every record, or a look at each.
    pub format: InputFormat,
}

/// The format of record values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputFormat {
    /// The `content-type` header or a look at the bytes decides.
    Auto,
    /// JSON.
    Json,
    /// Plain wire text.
    Text,
}

impl InputFormat {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Json, Self::Text];

    /// The word in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Json => "json",
            Self::Text => "text",
        }
    }
}

/// `[limits]`: how much of one article is worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one input record; more is a dead letter.
    pub article_bytes_max: u32,
    /// Sentences of one article; the rest is left out, with an issue.
    pub sentences_max: u32,
    /// Tokens of one sentence; the rest is left out, with an issue.
    pub sentence_tokens_max: u32,
    /// Mentions of one article; the rest is left out, with an issue.
    pub mentions_max: u32,
    /// Participants of one role of one event; the rest is left out, with an issue.
    pub participants_max: u32,
    /// Events of one article; the rest is left out, with an issue.
    pub events_max: u32,
}

/// `[nlp]`: how the network of the analysis runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nlp {
    /// The instructions of the processor for its products. All give the same results.
    pub kernel: Kernel,
}

/// The instructions for products of whole numbers. Which of them a processor has only the start of a command tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named like the instructions")]
pub enum Kernel {
    /// The fastest that the processor has.
    Auto,
    /// None but those that every processor has.
    Scalar,
    Avx2,
    Avx512Vnni,
}

impl Kernel {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Auto, Self::Scalar, Self::Avx2, Self::Avx512Vnni];

    /// The word in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Scalar => "scalar",
            Self::Avx2 => "avx2",
            Self::Avx512Vnni => "avx512vnni",
        }
    }
}

/// `[worker]`: threads, memory and transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worker {
    /// Threads that extract; 0 = one per core.
    pub threads: usize,
    /// Records taken and not yet released, at most.
    pub inflight_records_max: usize,
    /// Bytes of the same, at most.
    pub inflight_bytes_max: usize,
    /// The longest life of a transaction that has work.
    pub window_ms: u64,
    /// Records of one transaction, at most.
    pub window_records_max: usize,
    /// Bytes of output of one transaction, at most.
    pub window_bytes_max: usize,
    /// How long a stop waits for work in flight.
    pub drain_secs: u64,
    /// When the broker gives a transaction up.
    pub transaction_timeout_ms: u64,
}

/// `[http]`: metrics and health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Http {
    /// Where `/metrics` and the health endpoints answer; `None` = nowhere.
    pub listen: Option<SocketAddr>,
}

/// `[log]`: what the worker says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Log {
    /// For machines or for people.
    pub format: LogFormat,
    /// The least important line that is written.
    pub level: LogLevel,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// Text for people.
    Text,
}

impl LogFormat {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Json, Self::Text];

    /// The word in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Text => "text",
        }
    }
}

/// How important a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the words of every logger")]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl LogLevel {
    /// From the most important on.
    pub const ALL: [Self; 5] = [Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];

    /// The word in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// `[privacy]`: how much text leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Privacy {
    /// How much text of an article its records carry.
    pub output_text: OutputText,
}

/// How much text of an article its records carry. Spans stay in every case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputText {
    /// The article's text, and the sentence of each event.
    Full,
    /// The sentence of each event, no article text.
    Sentence,
    /// Only the words of filled slots.
    Span,
    /// No text of the article at all.
    None,
}

impl OutputText {
    /// From the most text on.
    pub const ALL: [Self; 4] = [Self::Full, Self::Sentence, Self::Span, Self::None];

    /// The word in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Sentence => "sentence",
            Self::Span => "span",
            Self::None => "none",
        }
    }
}
