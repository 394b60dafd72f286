//! The words that pass between stages: constructors and views only, no serialisation, nothing of ours imported.
//!
//! | value | made by | read by |
//! |---|---|---|
//! | [`RawArticle`] | decode | clean |
//! | [`Article`] | clean | every later stage |
//! | [`Analysis`] | analyse | resolve, code |
//! | [`Resolution`] | resolve | code, publish |
//! | [`Event`] | code | publish, eval |
//! | [`Enriched`] | extract | publish, eval |
//! | [`Reject`] | decode, clean | the dead letter |
//! | [`Notes`] | all stages add to it | publish |

mod analysis;
mod article;
mod enriched;
mod event;
mod features;
mod limits;
mod notes;
mod ontology;
mod origin;
mod resolution;
mod score;
mod span;
mod syntax;
mod time;
mod verdict;

pub use analysis::{
    Analysis, Arc, Mention, MentionKind, Name, Sentence, Tag, Token, TokenKind, TokenRange,
};
pub use article::{
    Article, ArticleId, Credit, CreditRole, Dateline, Format, Paragraph, ParagraphKind, RawArticle,
    Revision, RevisionKind,
};
pub use enriched::{Enriched, Outcome, Provenance};
pub use event::{Cameo, DateBasis, Event, EventId, Participant, Position};
pub use features::{Degree, Features, Mood, Number, Person, Tense, VerbForm, Voice};
pub use limits::{Hint, Limit, Limits, OutputText, PublishOptions};
pub use notes::Notes;
pub use ontology::{CameoCode, Country, PloverType, Quad, Sector};
pub use origin::{Field, OriginMap, Piece};
pub use resolution::{Actor, Resolution, ResolvedBy};
pub use score::{Scale, Score};
pub use span::{MentionIx, SentenceIx, Span, TokenIx};
pub use syntax::{NameKind, Relation, Upos, Xpos};
pub use time::{Moment, Reference, ReferenceBasis, ZoneBasis};
pub use verdict::{Issue, IssueKind, Reject, RejectReason, Stage};
