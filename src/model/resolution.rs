//! What resolve adds to the mentions: who they are, as far as the tables tell.

use super::{Country, MentionIx, Score, Sector, Span, TokenIx};

/// How a participant's country or sector was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResolvedBy {
    /// A row of an actor table (a country, an organisation).
    Row,
    /// An agent noun.
    AgentNoun,
    /// A demonym.
    Demonym,
}

impl ResolvedBy {
    /// The word in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            ResolvedBy::Row => "row",
            ResolvedBy::AgentNoun => "agent noun",
            ResolvedBy::Demonym => "demonym",
        }
    }
}

/// A mention read as an actor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The mention.
    pub mention: MentionIx,
    /// Its span, copied for convenience.
    pub span: Span,
    /// Its head token.
    pub head: TokenIx,
    /// Canonical name, where a table has one.
    pub name: Option<String>,
    /// ISO 3166 alpha-3 or PLOVER's codes for groups of states (IGO, UNO, EUR, NGO).
    pub country: Option<Country>,
    /// PLOVER sectors, most specific first.
    pub sectors: Vec<Sector>,
    /// How country or sector were found; `None` where neither was.
    pub resolved_by: Option<(ResolvedBy, Score)>,
}

/// The actors of an article, one per mention, in text order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolution {
    /// One actor per mention of the analysis, in the same order.
    pub actors: Vec<Actor>,
}
