//! The pipeline as code: bytes and a hint in, an enriched article and its records out.
//!
//! The stages run in the order in which each needs what the ones before it made; only this file calls them. The result
//! depends on bytes, hint, pack, limits and options alone. It keeps no time: an [`Observer`] that has a clock may.

use crate::model::{
    Analysis, Enriched, Hint, IssueKind, Notes, Outcome, Provenance, PublishOptions, Reject,
    Resolution, Stage,
};
use crate::pack::Setup;
use crate::publish::Records;
use crate::{analyse, clean, code, decode, publish, resolve};

/// Is told when a stage begins and ends. Both do nothing unless written otherwise.
pub trait Observer {
    /// The stage begins.
    fn enter(&mut self, _stage: Stage) {}

    /// The stage has ended, also where it rejects.
    fn leave(&mut self, _stage: Stage) {}
}

/// Nobody watches.
impl Observer for () {}

/// Reads articles with one pack and one set of limits. Cheap to clone, shared by threads.
///
/// ```
/// use dateline::{Extractor, Hint, Limits, Pack, Setup};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let limits = Limits {
///     article_bytes_max: 1 << 20,
///     sentences_max: 2_000,
///     sentence_tokens_max: 256,
///     mentions_max: 20_000,
///     participants_max: 16,
///     events_max: 500,
/// };
/// let extractor = Extractor::new(Setup { pack: Pack::embedded()?.into(), limits });
/// let reject = extractor.extract(b"<html>", &Hint::default(), &mut ()).err();
/// let sentence = reject.map(|reject| reject.to_string()).unwrap_or_default();
/// assert!(sentence.starts_with("cannot decode article: unsupported format"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Extractor {
    setup: Setup,
}

impl Extractor {
    /// An extractor over `setup`.
    pub fn new(setup: Setup) -> Self {
        Extractor { setup }
    }

    /// Reads one article.
    ///
    /// # Errors
    /// A [`Reject`] of decode or clean: the bytes are no article.
    pub fn extract(
        &self,
        bytes: &[u8],
        hint: &Hint,
        observer: &mut dyn Observer,
    ) -> Result<Enriched, Reject> {
        let (setup, mut notes) = (&self.setup, Notes::default());
        let raw =
            watch(observer, Stage::Decode, || decode::decode(setup, bytes, hint, &mut notes))?;
        let article = watch(observer, Stage::Clean, || clean::clean(setup, raw, &mut notes))?;
        let (mut analysis, mut resolution) = (Analysis::default(), Resolution::default());
        let mut events = Vec::new();
        let supported = clean::is_supported(setup, &article);
        if supported {
            analysis =
                watch(observer, Stage::Analyse, || analyse::analyse(setup, &article, &mut notes));
            resolution = watch(observer, Stage::Resolve, || {
                resolve::resolve(setup, &article, &analysis, &mut notes)
            });
            events = watch(observer, Stage::Code, || {
                code::code(setup, &article, &analysis, &resolution, &mut notes)
            });
        } else {
            notes.issue(Stage::Clean, IssueKind::LanguageUnsupported, None);
        }
        let outcome = match (supported, events.is_empty()) {
            (false, _) => Outcome::UnsupportedLanguage,
            (true, true) => Outcome::NoEvent,
            (true, false) => Outcome::Events,
        };
        let issues = notes.into_issues();
        let provenance = self.provenance();
        Ok(Enriched { article, analysis, resolution, events, issues, outcome, provenance })
    }

    /// Reads one article and makes its records.
    ///
    /// # Errors
    /// As [`Extractor::extract`].
    pub fn records(
        &self,
        bytes: &[u8],
        hint: &Hint,
        options: PublishOptions,
        observer: &mut dyn Observer,
    ) -> Result<(Enriched, Records), Reject> {
        let enriched = self.extract(bytes, hint, observer)?;
        let records = watch(observer, Stage::Publish, || publish::publish(&enriched, options));
        Ok((enriched, records))
    }

    fn provenance(&self) -> Provenance {
        Provenance {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            pack: self.setup.pack.label().to_owned(),
            mapping: self.setup.pack.mapping().to_owned(),
        }
    }
}

fn watch<T>(observer: &mut dyn Observer, stage: Stage, work: impl FnOnce() -> T) -> T {
    observer.enter(stage);
    let result = work();
    observer.leave(stage);
    result
}
