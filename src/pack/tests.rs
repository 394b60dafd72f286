//! Tests of the pack as a whole: the embedded tables, and the exact message of every mistake a table can have.

use super::*;
use crate::model::{CameoCode, Country, PloverType, Scale, Sector};
use crate::text::{PhraseHit, fold};

fn embedded_pack() -> Pack {
    Pack::embedded().unwrap_or_else(|error| panic!("{error}"))
}

/// The mistakes that the loader finds in `file`, when `text` stands in its place.
fn mistakes_of(file: &str, text: &str) -> Vec<String> {
    let files: Vec<(&str, &[u8])> = embedded::FILES
        .iter()
        .map(|(name, bytes)| (*name, if *name == file { text.as_bytes() } else { *bytes }))
        .collect();
    let error = Pack::parse(&files).expect_err("the table has mistakes");
    let found = error.mistakes.iter().filter(|mistake| mistake.file == file);
    found.map(Mistake::to_string).collect()
}

fn phrase(text: &str) -> String {
    format!(" {} ", fold(text))
}

fn first<V: Copy>(table: &crate::text::PhraseTable<V>, text: &str) -> Option<PhraseHit<V>> {
    let mut hits = Vec::new();
    table.longest(&phrase(text), &mut hits);
    hits.first().copied()
}

#[test]
fn the_embedded_pack_has_every_file_and_no_mistake() {
    let pack = embedded_pack();
    assert_eq!(embedded::FILES.map(|(name, _)| name), FILES);
    assert_eq!((pack.language(), pack.mapping()), ("en", "plover-2.0/cameo-1"));
    let hash = pack.label().strip_prefix("en@0.1.0+").unwrap();
    assert!(hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hash}");
}

#[test]
fn the_label_changes_with_any_file_and_not_with_their_order() {
    let label = embedded_pack().label().to_owned();
    let mut files: Vec<(&str, Vec<u8>)> =
        embedded::FILES.iter().map(|(name, bytes)| (*name, bytes.to_vec())).collect();
    files.reverse();
    let parse = |files: &[(&str, Vec<u8>)]| {
        let files: Vec<(&str, &[u8])> =
            files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
        Pack::parse(&files).unwrap().label().to_owned()
    };
    assert_eq!(parse(&files), label);
    for at in 0..files.len() {
        if files[at].0 == "model.bin" {
            // a model with other bytes is refused; one with another hash is another model
            files[at].1.push(0);
            let files: Vec<(&str, &[u8])> =
                files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
            let error = Pack::parse(&files).unwrap_err().to_string();
            assert!(error.contains("model.bin: model file has"), "{error}");
        } else {
            files[at].1.extend_from_slice(b"# one more comment\n");
            assert_ne!(parse(&files), label, "{}", files[at].0);
        }
        let before = embedded::FILES[files.len() - 1 - at].1.len();
        files[at].1.truncate(before);
    }
}

#[test]
fn reports_missing_unknown_and_repeated_files_at_once() {
    let mut files: Vec<(&str, &[u8])> = embedded::FILES.to_vec();
    files.retain(|(name, _)| *name != "lexicon/determiners.tsv");
    files.push(("lexicon/verbs.tsv", b""));
    files.push(("manifest.tsv", b""));
    let error = Pack::parse(&files).unwrap_err();
    assert_eq!(
        error.to_string(),
        "language pack has 3 mistakes\n\
         lexicon/verbs.tsv: is no file of a language pack\n\
         manifest.tsv: file is there twice\n\
         lexicon/determiners.tsv: file is missing or empty, columns are word"
    );
}

#[test]
fn manifest_mistakes() {
    let text = "key\tvalue\nname\ten\nname\tde\nlanguage\t\ncolour\tred\nversion\t1.0.0\n";
    assert_eq!(
        mistakes_of("manifest.tsv", text),
        [
            "manifest.tsv:3:key: `name` is already on line 2",
            "manifest.tsv:5:key: unknown key `colour`, keys are name, version, language, mapping",
            "manifest.tsv: key `language` is missing or empty",
            "manifest.tsv: key `mapping` is missing or empty",
        ]
    );
}

#[test]
fn ontology_mistakes() {
    let text = "name\tquad\tscore\trequires_recipient\n\
                FIGHT\t4\t-9\tno\n\
                AGREE\t2\t2.55\tmaybe\n\
                CONSULT\t1\t\tno\n\
                AGREE\t1\t2.5\tno\n";
    let found = mistakes_of("ontology/plover.tsv", text);
    assert_eq!(
        found[..6],
        [
            "ontology/plover.tsv:2:name: unknown type `FIGHT`",
            "ontology/plover.tsv:3:quad: quad of AGREE is 1, not `2`",
            "ontology/plover.tsv:3:score: `2.55` is no number from -10 to 10 with at most one decimal",
            "ontology/plover.tsv:3:requires_recipient: `maybe` is neither yes nor no",
            "ontology/plover.tsv:4:score: cell is empty",
            "ontology/plover.tsv:5:name: `AGREE` is already on line 3",
        ]
    );
    assert_eq!(found.len(), 6 + 14);
    assert_eq!(found[6], "ontology/plover.tsv: type SUPPORT is missing");

    let text = "code\tname\tgoldstein\tplover\n\
                1\tx\t\t\n\
                01\tx\t0\t\n\
                01\t\t0.25\tFIGHT\n";
    assert_eq!(
        mistakes_of("ontology/cameo.tsv", text),
        [
            "ontology/cameo.tsv:2:code: `1` is not two to four digits with a root from 01 to 20",
            "ontology/cameo.tsv:4:code: `01` is already on line 3",
            "ontology/cameo.tsv:4:name: cell is empty",
            "ontology/cameo.tsv:4:goldstein: `0.25` is no number from -10 to 10 with at most one decimal",
            "ontology/cameo.tsv:4:plover: unknown type `FIGHT`",
        ]
    );

    assert_eq!(
        mistakes_of("ontology/sectors.tsv", "code\tmeaning\nGOV\tx\nGov\tx\nGOV\ty\n"),
        [
            "ontology/sectors.tsv:3:code: `Gov` is not three capital letters",
            "ontology/sectors.tsv:4:code: `GOV` is there twice",
        ]
    );
}

#[test]
fn lexicon_mistakes() {
    let text =
        "abbreviation\tkind\nGen.\ttitle\nInc\tambiguous\nCo.\tboth\ngen.\ttitle\n.\ttitle\n";
    assert_eq!(
        mistakes_of("lexicon/abbreviations.tsv", text),
        [
            "lexicon/abbreviations.tsv:3:abbreviation: `Inc` does not end in a full stop",
            "lexicon/abbreviations.tsv:4:kind: unknown kind `both`, kinds are title, ambiguous, capitalised, numbered",
            "lexicon/abbreviations.tsv:5:abbreviation: `gen.` is already on line 2",
            "lexicon/abbreviations.tsv:6:abbreviation: `` is not one word",
        ]
    );
    for file in ["lexicon/starters.tsv", "lexicon/stop_names.tsv", "lexicon/determiners.tsv"] {
        assert_eq!(
            mistakes_of(file, "word\nthe\nof the\nThe\n"),
            [
                format!("{file}:3:word: `of the` is not one word"),
                format!("{file}:4:word: `The` is already on line 2"),
            ]
        );
    }
}

#[test]
fn frame_mistakes() {
    let text = "id\tlemma\tpos\tforms\ttype\tcameo\tparties\n\
                en.a\tattack\tv\t\tASSAULT\t190\tdirected\n\
                en.a\tassault\tv\t\tASSAULT\t190\tdirected\n\
                en.b\traid\tx\t\tFIGHT\t999\tboth\n\
                en..c\tattack\tn\t\tASSAULT\t19\tmutual\n\
                En.d\theart attack\tn\tone  two\tnull\t19\t\n\
                en.e\trob\tv\t\tCOERCE\t\t\n";
    assert_eq!(
        mistakes_of("frames/baseline.tsv", text),
        [
            "frames/baseline.tsv:3:id: `en.a` is already on line 2",
            "frames/baseline.tsv:4:pos: `x` is neither v nor n",
            "frames/baseline.tsv:4:type: unknown type `FIGHT`",
            "frames/baseline.tsv:4:cameo: unknown code `999`",
            "frames/baseline.tsv:4:parties: `both` is neither directed nor mutual",
            "frames/baseline.tsv:5:id: id `en..c` is not lower-case words joined by full stops",
            "frames/baseline.tsv:5:forms: `attack` is already on line 2",
            "frames/baseline.tsv:5:forms: `attacks` is already on line 2",
            "frames/baseline.tsv:6:id: id `En.d` is not lower-case words joined by full stops",
            "frames/baseline.tsv:6:forms: phrase `one  two` is not words separated by single spaces",
            "frames/baseline.tsv:6:cameo: a null row has no code, not `19`",
            "frames/baseline.tsv:7:cameo: unknown code ``",
            "frames/baseline.tsv:7:parties: `` is neither directed nor mutual",
        ]
    );
}

#[test]
fn actor_mistakes() {
    let text = "country\tname\tother_names\tdemonyms\n\
                FRA\tFrance\t\tFrench\n\
                Fr\tFrankreich\t\t\n\
                FRA\tGaul\tFRANCE|\tfrench\n";
    assert_eq!(
        mistakes_of("actors/countries.tsv", text),
        [
            "actors/countries.tsv:3:country: `Fr` is not three capital letters",
            "actors/countries.tsv:4:country: `FRA` is already on line 2",
            "actors/countries.tsv:4:other_names: `FRANCE` is already on line 2",
            "actors/countries.tsv:4:other_names: phrase `` is not words separated by single spaces",
            "actors/countries.tsv:4:demonyms: `french` is already on line 2",
        ]
    );
    let text = "name\tother_names\tcountry\tsectors\nHamas\tHAMAS\tps\tREB XYZ REB\n\tU.N.\t\t\n";
    assert_eq!(
        mistakes_of("actors/organisations.tsv", text),
        [
            "actors/organisations.tsv:2:other_names: `HAMAS` is already on line 2",
            "actors/organisations.tsv:2:country: `ps` is not three capital letters",
            "actors/organisations.tsv:2:sectors: unknown sector `XYZ`",
            "actors/organisations.tsv:2:sectors: sector `REB` is there twice",
            "actors/organisations.tsv:3:name: phrase `` is not words separated by single spaces",
        ]
    );
    let text =
        "noun\tplural\tsectors\npolice\t-\tCOP\nrebel\t\tREB\nthug\tthugs\t\npolice\t-\tHLH\n";
    assert_eq!(
        mistakes_of("actors/agents.tsv", text),
        [
            "actors/agents.tsv:3:plural: phrase `` is not words separated by single spaces",
            "actors/agents.tsv:4:sectors: an agent noun needs a sector",
            "actors/agents.tsv:5:noun: `police` is already on line 2",
            "actors/agents.tsv:5:sectors: unknown sector `HLH`",
            "actors/agents.tsv:5:sectors: an agent noun needs a sector",
        ]
    );
}

#[test]
fn the_code_books_answer() {
    let ontology = embedded_pack().ontology;
    let assault = ontology.cameo(CameoCode::parse("190").unwrap()).unwrap();
    assert_eq!(assault.name, "Use conventional military force, n.s.");
    assert_eq!(assault.goldstein, Some(Scale::from_tenths(-100)));
    assert_eq!(assault.plover, Some(PloverType::Assault));
    let statement = ontology.cameo(CameoCode::parse("010").unwrap()).unwrap();
    assert_eq!((statement.goldstein, statement.plover), (Some(Scale::from_tenths(0)), None));
    assert_eq!(ontology.cameo(CameoCode::parse("109").unwrap()), None);
    for number in 1..=20 {
        let root = CameoCode::parse(&format!("{number:02}")).unwrap();
        assert!(ontology.cameo(root).is_some(), "{number}");
    }
    assert_eq!(ontology.scale(PloverType::Accuse), Scale::from_tenths(-30));
    assert_eq!(ontology.scale(PloverType::Aid), Scale::from_tenths(100));
    let needy: Vec<_> =
        PloverType::ALL.into_iter().filter(|kind| ontology.requires_recipient(*kind)).collect();
    assert_eq!(needy, [PloverType::Cooperate, PloverType::Aid, PloverType::Sanction]);
    assert!(ontology.is_sector(Sector::parse("JRN").unwrap()));
    assert!(!ontology.is_sector(Sector::parse("HLH").unwrap()));
}

#[test]
fn the_lexicon_answers() {
    let lexicon = embedded_pack().lexicon;
    for word in ["gen", "mr", "sen", "lt"] {
        assert_eq!(lexicon.abbreviation(word), Some(Abbreviation::Title), "{word}");
    }
    for word in ["inc", "u.s", "p.m"] {
        assert_eq!(lexicon.abbreviation(word), Some(Abbreviation::Ambiguous), "{word}");
    }
    assert_eq!(lexicon.abbreviation("jan"), Some(Abbreviation::Capitalised));
    assert_eq!(lexicon.abbreviation("no"), Some(Abbreviation::Numbered));
    assert_eq!(lexicon.abbreviation("attack"), None);
    let pieces = lexicon.pieces();
    assert!(pieces.is_prefix("co") && pieces.is_suffix("wise") && pieces.is_whole("s/he"));
    assert!(pieces.is_unit("km") && pieces.is_ending("com") && !pieces.is_ending("committee"));
    assert!(pieces.may_be_fused(b'C', b'T') && !pieces.may_be_fused(b'q', b'z'));
    assert_eq!(pieces.fused("cannot"), Some([3, 3, 0]));
    assert_eq!(pieces.emoticon_length(":-)."), Some(3));
    assert!(lexicon.is_sentence_starter("he") && !lexicon.is_sentence_starter("army"));
    assert!(lexicon.is_determiner("the") && !lexicon.is_determiner("president"));
    assert!(lexicon.is_stop_name("monday") && lexicon.is_stop_name("after"));
    assert!(!lexicon.is_stop_name("nato"));
}

#[test]
fn the_actors_answer() {
    let actors = embedded_pack().actors;
    let code = |text: &str| {
        let hit = first(&actors.phrases, text).unwrap();
        assert_eq!(phrase(text).len() as u32, hit.end + 1, "{text} matched in part");
        match hit.value {
            ActorEntry::Country(at) | ActorEntry::Demonym(at) => {
                actors.country(at).country.as_str().to_owned()
            }
            ActorEntry::Agent(at) => actors.agent(at).sectors[0].as_str().to_owned(),
            ActorEntry::Organisation(at) => {
                let row = actors.organisation(at);
                row.country.map_or(row.name.clone(), |country| country.as_str().to_owned())
            }
        }
    };
    for (text, expected) in [
        ("Frenchmen", "FRA"),
        ("U.S.", "USA"),
        ("the Netherlands", "NLD"),
        ("DRC", "COD"),
        ("Türkiye", "TUR"),
        ("Côte d’Ivoire", "CIV"),
        ("South Korean", "KOR"),
        ("Kosovo", "KOS"),
        ("U.N. Security Council", "UNO"),
        ("Islamic State", "Islamic State"),
        ("Islamic State of Iraq and the Levant", "Islamic State"),
        ("Hezbollah", "LBN"),
        ("lawmakers", "LEG"),
        ("foreign ministers", "GOV"),
        ("gunmen", "UAF"),
    ] {
        let text = text.strip_prefix("the ").unwrap_or(text);
        assert_eq!(code(text), expected, "{text}");
    }
    assert!(first(&actors.phrases, "us").is_none(), "the pronoun is no country");
    assert_eq!(actors.country_named("cote d'ivoire"), Country::parse("CIV"));
    assert_eq!(actors.country_named("french"), None);
}

#[test]
fn every_type_has_triggers_and_their_forms_are_found() {
    let frames = embedded_pack().frames;
    for kind in PloverType::ALL {
        let count = frames.rows().iter().filter(|row| row.kind == Some(kind)).count();
        assert!(count >= 5, "{} has {count} rows", kind.as_str());
    }
    let row = |text: &str| {
        let hit = first(&frames.phrases, text).unwrap_or_else(|| panic!("{text} is no trigger"));
        assert_eq!(phrase(text).len() as u32, hit.end + 1, "{text} matched in part");
        frames.row(hit.value)
    };
    for (text, kind) in [
        ("called for", PloverType::Request),
        ("taking control", PloverType::Coerce),
        ("shot dead", PloverType::Assault),
        ("riots", PloverType::Protest),
        ("arrests", PloverType::Coerce),
        ("denies", PloverType::Reject),
        ("pleaded guilty", PloverType::Concede),
        ("resigned", PloverType::Retreat),
        ("expelling", PloverType::Sanction),
        ("hunger strikes", PloverType::Protest),
    ] {
        assert_eq!(row(text).kind, Some(kind), "{text}");
    }
    assert_eq!(row("heart attacks").kind, None);
    assert_eq!(row("heart attack").cameo, None);
    assert_eq!(
        (row("clashed").parties, row("attacked").parties),
        (Parties::Mutual, Parties::Directed)
    );
    assert_eq!((row("bombings").form, row("bombed").form), (FrameForm::Noun, FrameForm::Verb));
    assert_eq!(row("sanctions").cameo, CameoCode::parse("163"));
}
