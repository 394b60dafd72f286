//! dateline reads raw news articles and makes coded event records: who did what to whom, when, according to which words.
//!
//! The core is a function of (language pack, bytes): see [`Extractor`]. Everything behind the feature `worker` moves
//! bytes between Kafka topics exactly once and knows nothing of news; only `app` knows both sides.
//!
//! ```
//! use dateline::{Extractor, Hint, Limits, OutputText, Pack, PublishOptions, Setup};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let limits = Limits {
//! #     article_bytes_max: 1 << 20,
//! #     sentences_max: 2_000,
//! #     sentence_tokens_max: 256,
//! #     mentions_max: 20_000,
//! #     participants_max: 16,
//! #     events_max: 500,
//! # };
//! let extractor = Extractor::new(Setup { pack: Pack::embedded()?.into(), limits });
//! let options = PublishOptions { output_text: OutputText::Full, article_record: true };
//! let wire = b"Talks break off\n\nGENEVA - Russia accused Ukraine on Monday of shelling a market.\n";
//! let (enriched, records) = extractor.records(wire, &Hint::default(), options, &mut ())?;
//! assert_eq!(records.events.len(), enriched.events.len());
//! for record in records.events.iter().chain(&records.article) {
//!     let json = std::str::from_utf8(&record.value)?;
//!     assert!(json.starts_with(r#"{"schema":"dateline."#));
//! }
//! # Ok(())
//! # }
//! ```

#![cfg_attr(
    test,
    allow(clippy::string_slice, reason = "a test that slices wrongly fails, as it should")
)]

pub use extract::{Extractor, Observer};
pub use model::{Enriched, Hint, Limits, OutputText, PublishOptions, Reject};
pub use pack::{Pack, Setup};

pub mod map;

#[doc(hidden)]
pub mod model;

#[doc(hidden)]
pub mod text;

#[doc(hidden)]
pub mod nn;

#[doc(hidden)]
pub mod pack;

#[doc(hidden)]
pub mod decode;

#[doc(hidden)]
pub mod clean;

#[doc(hidden)]
pub mod analyse;

#[doc(hidden)]
pub mod resolve;

#[doc(hidden)]
pub mod code;

#[doc(hidden)]
pub mod publish;

#[doc(hidden)]
pub mod extract;

#[doc(hidden)]
pub mod eval;

#[cfg(feature = "train")]
#[doc(hidden)]
pub mod train;

#[cfg(feature = "worker")]
#[doc(hidden)]
pub mod settings;

#[cfg(feature = "worker")]
#[doc(hidden)]
pub mod telemetry;

#[cfg(feature = "worker")]
#[doc(hidden)]
pub mod runtime;

#[cfg(feature = "worker")]
#[doc(hidden)]
pub mod app;
