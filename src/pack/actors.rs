//! Makes the names of those who take part out of `actors/*.tsv`: countries, demonyms, organisations, agent nouns.
//!
//! All of them are phrases of one table, so that the longest wins across tables (`Islamic State` over `state`). Of
//! equal phrases the country wins over the organisation and that over the agent noun; within one table a phrase stands
//! once. Who a person is in office is not known here.

use super::ontology::Ontology;
use super::phrases::Phrases;
use super::table::{Mistake, Row};
use crate::map::Map;
use crate::model::{Country, Sector};
use crate::text::{PhraseTable, fold};

const COUNTRIES: &str = "actors/countries.tsv";
const ORGANISATIONS: &str = "actors/organisations.tsv";
const AGENTS: &str = "actors/agents.tsv";

/// The names of those who take part.
#[derive(Debug)]
pub struct Actors {
    /// All names, folded.
    pub phrases: PhraseTable<ActorEntry>,
    countries: Vec<CountryRow>,
    agents: Vec<AgentRow>,
    organisations: Vec<OrganisationRow>,
    country_names: Map<String, Country>,
}

/// What a phrase names: the table, and the index of the row in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ActorEntry {
    /// A country by name; row of [`Actors::country`].
    Country(u32),
    /// A country by the adjective or noun for its people; row of [`Actors::country`].
    Demonym(u32),
    /// A noun for people in a role; row of [`Actors::agent`].
    Agent(u32),
    /// An organisation by name; row of [`Actors::organisation`].
    Organisation(u32),
}

/// A country.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountryRow {
    /// Its code.
    pub country: Country,
    /// Its usual name.
    pub name: String,
}

/// A noun for people in a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentRow {
    /// The singular.
    pub noun: String,
    /// Its sectors, the most specific first.
    pub sectors: Vec<Sector>,
}

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganisationRow {
    /// Its usual name.
    pub name: String,
    /// The country that it belongs to, or PLOVER's code for a kind of international organisation; `None` for groups
    /// that belong to no state.
    pub country: Option<Country>,
    /// Its sectors, the most specific first.
    pub sectors: Vec<Sector>,
}

impl Actors {
    /// The row behind [`ActorEntry::Country`] and [`ActorEntry::Demonym`].
    ///
    /// # Panics
    /// If the index is not from [`Actors::phrases`]; so do the other two.
    pub fn country(&self, row_index: u32) -> &CountryRow {
        self.countries.get(row_index as usize).expect("an entry has the index of a row")
    }

    /// The row behind [`ActorEntry::Agent`].
    pub fn agent(&self, row_index: u32) -> &AgentRow {
        self.agents.get(row_index as usize).expect("an entry has the index of a row")
    }

    /// The row behind [`ActorEntry::Organisation`].
    pub fn organisation(&self, row_index: u32) -> &OrganisationRow {
        self.organisations.get(row_index as usize).expect("an entry has the index of a row")
    }

    /// The country of that name (usual or other, no demonym), which is given folded.
    pub fn country_named(&self, folded: &str) -> Option<Country> {
        self.country_names.get(folded).copied()
    }

    /// The tables, or `None` where the phrase table cannot be built.
    pub(super) fn parse(
        files: &super::Files<'_>,
        ontology: &Ontology,
        mistakes: &mut Vec<Mistake>,
    ) -> Option<Self> {
        let mut phrases = Phrases::new();
        let mut country_names = Map::default();
        let columns = ["country", "name", "other_names", "demonyms"];
        let rows = files.read(COUNTRIES, &columns, mistakes);
        let countries = parse_countries(&rows, &mut phrases, &mut country_names, mistakes);
        phrases.next_table();
        let columns = ["name", "other_names", "country", "sectors"];
        let rows = files.read(ORGANISATIONS, &columns, mistakes);
        let organisations = parse_organisations(&rows, ontology, &mut phrases, mistakes);
        phrases.next_table();
        let rows = files.read(AGENTS, &["noun", "plural", "sectors"], mistakes);
        let agents = parse_agents(&rows, ontology, &mut phrases, mistakes);
        let phrases = phrases.build(AGENTS, mistakes)?;
        Some(Actors { phrases, countries, agents, organisations, country_names })
    }
}

fn parse_countries(
    rows: &[Row],
    phrases: &mut Phrases<ActorEntry>,
    country_names: &mut Map<String, Country>,
    mistakes: &mut Vec<Mistake>,
) -> Vec<CountryRow> {
    let mut countries: Vec<CountryRow> = Vec::new();
    let mut lines: Map<Country, u32> = Map::default();
    for row in rows {
        let Some(country) = parse_country(row, mistakes) else { continue };
        if let Some(line) = lines.insert(country, row.line()) {
            let what = format!("`{}` is already on line {line}", country.as_str());
            mistakes.push(row.mistake("country", what));
        }
        let row_index = countries.len() as u32;
        let name = row.text("name");
        let names = std::iter::once(("name", name));
        for (column, text) in names.chain(row.list("other_names").map(|text| ("other_names", text)))
        {
            phrases.add((row, column), text, ActorEntry::Country(row_index), mistakes);
            country_names.insert(fold(text), country);
        }
        for text in row.list("demonyms") {
            phrases.add((row, "demonyms"), text, ActorEntry::Demonym(row_index), mistakes);
        }
        countries.push(CountryRow { country, name: name.to_owned() });
    }
    countries
}

fn parse_organisations(
    rows: &[Row],
    ontology: &Ontology,
    phrases: &mut Phrases<ActorEntry>,
    mistakes: &mut Vec<Mistake>,
) -> Vec<OrganisationRow> {
    let mut organisations = Vec::new();
    for row in rows {
        let entry = ActorEntry::Organisation(organisations.len() as u32);
        phrases.add((row, "name"), row.text("name"), entry, mistakes);
        for text in row.list("other_names") {
            phrases.add((row, "other_names"), text, entry, mistakes);
        }
        let country = match row.text("country") {
            "" => None,
            _ => parse_country(row, mistakes),
        };
        let sectors = ontology.sectors_of(row, "sectors", mistakes);
        let name = row.text("name").to_owned();
        organisations.push(OrganisationRow { name, country, sectors });
    }
    organisations
}

fn parse_agents(
    rows: &[Row],
    ontology: &Ontology,
    phrases: &mut Phrases<ActorEntry>,
    mistakes: &mut Vec<Mistake>,
) -> Vec<AgentRow> {
    let mut agents = Vec::new();
    for row in rows {
        let entry = ActorEntry::Agent(agents.len() as u32);
        phrases.add((row, "noun"), row.text("noun"), entry, mistakes);
        match row.text("plural") {
            "-" => {}
            plural => phrases.add((row, "plural"), plural, entry, mistakes),
        }
        let sectors = ontology.sectors_of(row, "sectors", mistakes);
        if sectors.is_empty() {
            mistakes.push(row.mistake("sectors", "an agent noun needs a sector"));
        }
        agents.push(AgentRow { noun: row.text("noun").to_owned(), sectors });
    }
    agents
}

fn parse_country(row: &Row, mistakes: &mut Vec<Mistake>) -> Option<Country> {
    let text = row.text("country");
    let country = Country::parse(text);
    if country.is_none() {
        let what = format!("`{text}` is not three capital letters");
        mistakes.push(row.mistake("country", what));
    }
    country
}
