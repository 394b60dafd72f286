//! The words of PLOVER 2.0 and CAMEO 1.1b3 as types. Scores and names are data of the pack.

/// The 16 event types of PLOVER 2.0 (openeventdata/PLOVER, manual §"Event types").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    missing_docs,
    reason = "the variants are the codebook's own words; data/en/ontology/plover.tsv defines them"
)]
pub enum PloverType {
    Agree,
    Consult,
    Support,
    Concede,
    Cooperate,
    Aid,
    Retreat,
    Request,
    Accuse,
    Reject,
    Threaten,
    Protest,
    Sanction,
    Mobilize,
    Coerce,
    Assault,
}

impl PloverType {
    /// All types in the codebook's order.
    pub const ALL: [PloverType; 16] = [
        PloverType::Agree,
        PloverType::Consult,
        PloverType::Support,
        PloverType::Concede,
        PloverType::Cooperate,
        PloverType::Aid,
        PloverType::Retreat,
        PloverType::Request,
        PloverType::Accuse,
        PloverType::Reject,
        PloverType::Threaten,
        PloverType::Protest,
        PloverType::Sanction,
        PloverType::Mobilize,
        PloverType::Coerce,
        PloverType::Assault,
    ];

    /// The codebook's name, in capitals.
    pub fn as_str(self) -> &'static str {
        match self {
            PloverType::Agree => "AGREE",
            PloverType::Consult => "CONSULT",
            PloverType::Support => "SUPPORT",
            PloverType::Concede => "CONCEDE",
            PloverType::Cooperate => "COOPERATE",
            PloverType::Aid => "AID",
            PloverType::Retreat => "RETREAT",
            PloverType::Request => "REQUEST",
            PloverType::Accuse => "ACCUSE",
            PloverType::Reject => "REJECT",
            PloverType::Threaten => "THREATEN",
            PloverType::Protest => "PROTEST",
            PloverType::Sanction => "SANCTION",
            PloverType::Mobilize => "MOBILIZE",
            PloverType::Coerce => "COERCE",
            PloverType::Assault => "ASSAULT",
        }
    }

    /// The type of that name (capitals), if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        PloverType::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The quad class. SANCTION is 4, as its section and the summary table say; the manual's quad table lists it under 3.
    pub fn quad(self) -> Quad {
        match self {
            PloverType::Agree | PloverType::Consult | PloverType::Support | PloverType::Concede => {
                Quad::VerbalCooperation
            }
            PloverType::Cooperate | PloverType::Aid | PloverType::Retreat => {
                Quad::MaterialCooperation
            }
            PloverType::Request
            | PloverType::Accuse
            | PloverType::Reject
            | PloverType::Threaten => Quad::VerbalConflict,
            PloverType::Protest
            | PloverType::Sanction
            | PloverType::Mobilize
            | PloverType::Coerce
            | PloverType::Assault => Quad::MaterialConflict,
        }
    }

    /// Position in [`PloverType::ALL`], for arrays by type.
    pub fn index(self) -> usize {
        self as usize
    }
}

/// The four quad classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the codebook's own words")]
pub enum Quad {
    VerbalCooperation = 1,
    MaterialCooperation = 2,
    VerbalConflict = 3,
    MaterialConflict = 4,
}

impl Quad {
    /// The number in the record, 1 to 4.
    pub fn number(self) -> u8 {
        self as u8
    }
}

/// A CAMEO code: two to four digits as text, leading zero kept (`014` is not 14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CameoCode {
    digits: [u8; 4],
    len: u8,
}

impl CameoCode {
    /// The code of `text`, or `None` where it is not two to four digits with a root between 01 and 20.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if !(2..=4).contains(&bytes.len()) || !bytes.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let root = text.get(..2)?.parse::<u8>().ok()?;
        if !(1..=20).contains(&root) {
            return None;
        }
        let mut digits = [0; 4];
        for (to, from) in digits.iter_mut().zip(bytes) {
            *to = *from;
        }
        Some(CameoCode { digits, len: bytes.len() as u8 })
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        let bytes = self.digits.get(..usize::from(self.len)).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// The two-digit root as text.
    pub fn root(&self) -> &str {
        self.as_str().get(..2).unwrap_or_default()
    }
}

/// A country or group of states: ISO 3166 alpha-3, or PLOVER's IGO, UNO, EUR, NGO, MNC and the like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 3]);

impl Country {
    /// The code of three capital letters, or `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 3] = text.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Country(bytes))
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// A PLOVER sector (manual §"Actors"): three capital letters (`GOV`, `MIL`, `REB`). The pack says which exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sector([u8; 3]);

impl Sector {
    /// The code of three capital letters, or `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 3] = text.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Sector(bytes))
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cameo_codes_keep_their_leading_zero_and_refuse_what_is_no_code() {
        let code = CameoCode::parse("014").expect("a code");
        assert_eq!((code.as_str(), code.root()), ("014", "01"));
        for wrong in ["", "1", "21", "00", "12345", "1a"] {
            assert_eq!(CameoCode::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_type_parses_back_and_knows_its_place() {
        for (at, kind) in PloverType::ALL.into_iter().enumerate() {
            assert_eq!(PloverType::parse(kind.as_str()), Some(kind));
            assert_eq!(kind.index(), at);
        }
        assert_eq!(PloverType::parse("FIGHT"), None);
    }
}
