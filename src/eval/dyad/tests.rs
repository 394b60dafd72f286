//! The dyad scorer's rules on sentences and events made by hand.

use super::*;
use crate::eval::extracted::Counts;
use crate::model::{OriginMap, Piece};

const HEADER: &str =
    "sentence_id\tsplit\tsentence\tmarked_sentence\tsource\ttarget\tgold_penta\tgold_root\n";

fn dyad(marked: &str, penta: &str, root: &str) -> Dyad {
    let text = format!("{HEADER}1\tdev\t-\t{marked}\t-\t-\t{penta}\t{root}\n");
    read_dyads("f", &text).expect("a row").remove(0)
}

fn event(dyad: &Dyad, words: &str, kind: PloverType, parties: [&str; 2]) -> Extracted {
    let body = &dyad.document.body;
    let span = |words: &str| {
        let at = body.find(words).expect("words of the sentence");
        Span::of(at, at + words.len())
    };
    let [actor, recipient] =
        parties.map(|words| if words.is_empty() { Vec::new() } else { vec![span(words)] });
    Extracted {
        trigger: span(words),
        sentence: Span::of(0, body.len()),
        kind,
        mode: None,
        contexts: None,
        actors: Vec::new(),
        actor_spans: actor,
        recipients: Vec::new(),
        recipient_spans: recipient,
        place: None,
        date: None,
        realis: None,
        attribution: None,
        counts: Counts::default(),
    }
}

fn extraction(dyad: &Dyad, events: Vec<Extracted>) -> Extraction {
    let all = Span::of(0, dyad.document.body.len());
    let mut origin = OriginMap::default();
    origin.push(Piece { text: all, field: Field::Body, origin: all });
    Extraction { origin, sentences: vec![all], events }
}

fn chosen(dyad: &Dyad, events: Vec<Extracted>) -> Option<PloverType> {
    event_between(&extraction(dyad, events), dyad).map(|event| event.kind)
}

#[test]
fn marks_leave_the_sentence_and_become_spans() {
    let dyad = dyad("In <t>É</t> if 1<2 <s>A B </s>met <t>C</t>.", "1", "CONSULT");
    assert_eq!(dyad.document.body, "In É if 1<2 A B met C.");
    assert_eq!(dyad.source, [Span::new(13, 17)]);
    assert_eq!(dyad.target, [Span::new(3, 5), Span::new(21, 22)]);
    assert_eq!((dyad.class, dyad.quad), ("CONSULT", 1));
}

#[test]
fn rows_that_cannot_be_scored_are_named() {
    let error = |text: &str| read_dyads("f", text).expect_err("a mistake").to_string();
    assert_eq!(error("sentence_id\tsplit\n"), "f:1: no column marked_sentence");
    assert_eq!(
        error(&format!("{HEADER}1\tdev\t-\tx\t-\t-\t1\tFIGHT\n")),
        "f:2: unknown gold_root \"FIGHT\""
    );
    assert_eq!(
        error(&format!("{HEADER}1\tdev\t-\tx\t-\t-\t7\tAID\n")),
        "f:2: unknown gold_penta \"7\""
    );
}

#[test]
fn the_event_between_has_both_as_participants_or_stands_between_them() {
    let dyad =
        dyad("Rebels said <s>Aton</s> hailed and sued <t>Beton</t>, then fled.", "3", "ACCUSE");
    let hailed = || event(&dyad, "hailed", PloverType::Support, ["", ""]);
    let sued = |parties| event(&dyad, "sued", PloverType::Accuse, parties);
    let fled = |parties| event(&dyad, "fled", PloverType::Retreat, parties);
    assert_eq!(chosen(&dyad, vec![]), None);
    assert_eq!(chosen(&dyad, vec![fled(["Rebels", ""])]), None);
    assert_eq!(chosen(&dyad, vec![fled(["Aton", ""])]), None);
    assert_eq!(chosen(&dyad, vec![fled(["Beton", "Aton"])]), Some(PloverType::Retreat));
    // Nearest to the source; participants in their roles come before nearness.
    assert_eq!(chosen(&dyad, vec![hailed(), sued(["", ""])]), Some(PloverType::Support));
    assert_eq!(chosen(&dyad, vec![hailed(), sued(["Aton", "Beton"])]), Some(PloverType::Accuse));
}

#[test]
fn where_one_is_marked_the_nearest_event_counts() {
    let dyad = dyad("Rebels fled after <s>Aton</s> sued them.", "3", "ACCUSE");
    let fled = event(&dyad, "fled", PloverType::Retreat, ["", ""]);
    let sued = event(&dyad, "sued", PloverType::Accuse, ["", ""]);
    assert_eq!(chosen(&dyad, vec![fled.clone(), sued]), Some(PloverType::Accuse));
    assert_eq!(chosen(&dyad, vec![fled]), Some(PloverType::Retreat));
}

#[test]
fn equivalences_need_the_label_the_type_and_a_cue() {
    let embargo = dyad("<s>Aton</s> put an embargo on <t>Beton</t>", "4", "COERCE");
    assert_eq!(equate(&embargo, PloverType::Sanction), Some("COERCE"));
    assert_eq!(equate(&embargo, PloverType::Request), Some("REQUEST"));
    let convicted = dyad("<s>A court</s> convicted <t>Graf</t>", "3", "ACCUSE");
    assert_eq!(equate(&convicted, PloverType::Sanction), Some("ACCUSE"));
    assert_eq!(equate(&convicted, PloverType::Coerce), Some("ACCUSE"));
    let expelled = dyad("<s>Aton</s> expelled <t>Graf</t>", "4", "COERCE");
    assert_eq!(equate(&expelled, PloverType::Sanction), Some("SANCTION"));
}

/// Computed by hand: AID right; YIELD as CONCEDE right; COERCE as SANCTION right only by the table; ACCUSE missed.
#[test]
fn a_small_example_end_to_end() {
    let mut tally = DyadTally::default();
    for (root, penta, words, kind) in [
        ("AID", "2", "fed", Some(PloverType::Aid)),
        ("YIELD", "2", "freed", Some(PloverType::Concede)),
        ("COERCE", "4", "put sanctions on", Some(PloverType::Sanction)),
        ("ACCUSE", "3", "sued", None),
    ] {
        let dyad = dyad(&format!("<s>Aton</s> {words} <t>Beton</t>."), penta, root);
        let events = kind.map(|kind| event(&dyad, words, kind, ["Aton", "Beton"]));
        tally.count(&dyad, &extraction(&dyad, events.into_iter().collect()));
    }
    let json = tally.json("dev");
    assert_eq!((json["dyads"].as_u64(), json["missed"].as_u64()), (Some(4), Some(1)));
    // Of the four gold classes AID and YIELD are 1, ACCUSE 0, COERCE 0 raw and 1 after the table.
    assert_eq!(
        (json["macro_f1_15_raw"].as_f64(), json["macro_f1_15"].as_f64()),
        (Some(0.5), Some(0.75))
    );
    // Quads: 2 is 1, 4 is 1 in both, 3 is 0.
    assert_eq!(
        (json["macro_f1_4_raw"].as_f64(), json["macro_f1_4"].as_f64()),
        (Some(0.6667), Some(0.6667))
    );
    assert_eq!((json["accuracy_raw"].as_f64(), json["accuracy"].as_f64()), (Some(0.5), Some(0.75)));
    assert!(tally.table("dev").starts_with("split dev: 4 dyads, 1 missed\n"));
    assert!(
        tally.table("dev").contains("ACCUSE         1      0          -   0.000   0.000"),
        "{}",
        tally.table("dev")
    );
}
