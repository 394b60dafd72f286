//! The scorer's rules, each on gold and extracted events made by hand, and what must hold for all of them.

use proptest::prelude::*;

use super::report::EventReport;
use super::*;
use crate::model::{Field, OriginMap, Piece, PloverType, Span};

const TEXT: &str =
    "Ruritania shelled the port. Its minister, Graf, condemned the rebels and met them. They fled.";

/// An extraction whose text is the field as it was handed over, with the sentences of [`TEXT`].
fn extraction(events: Vec<Extracted>) -> Extraction {
    let mut origin = OriginMap::default();
    let all = Span::of(0, TEXT.len());
    origin.push(Piece { text: all, field: Field::Body, origin: all });
    let sentences = vec![Span::new(0, 27), Span::new(28, 82), Span::of(83, TEXT.len())];
    Extraction { origin, sentences, events }
}

fn span_of(words: &str) -> Span {
    let at = TEXT.find(words).expect("words of the text");
    Span::of(at, at + words.len())
}

fn gold(words: &str, kind: PloverType, chain: usize) -> GoldEvent {
    GoldEvent {
        trigger: TriggerPlace::At(Some(FieldSpan { field: Field::Body, span: span_of(words) })),
        sentence: None,
        kind,
        alternatives: Vec::new(),
        mode: None,
        contexts: None,
        actors: Vec::new(),
        recipients: Vec::new(),
        place: None,
        date: None,
        realis: Realis::Actual,
        attribution: None,
        counts: [None; 4],
        core: true,
        chain,
    }
}

fn event(words: &str, kind: PloverType) -> Extracted {
    let trigger = span_of(words);
    let none = extraction(Vec::new());
    let sentence = none.sentences.into_iter().find(|sentence| sentence.contains(trigger)).unwrap();
    Extracted {
        trigger,
        sentence,
        kind,
        mode: None,
        contexts: None,
        actors: Vec::new(),
        actor_spans: Vec::new(),
        recipients: Vec::new(),
        recipient_spans: Vec::new(),
        place: None,
        date: None,
        realis: None,
        attribution: None,
        counts: Counts::default(),
    }
}

fn party(text: &str, country: &str, sectors: &str) -> Party {
    Party {
        text: text.to_owned(),
        country: (!country.is_empty()).then(|| country.to_owned()),
        sectors: sectors.split_whitespace().map(str::to_owned).collect(),
    }
}

fn document(events: Vec<GoldEvent>) -> GoldDocument {
    GoldDocument {
        id: "d".to_owned(),
        title: None,
        body: TEXT.to_owned(),
        published_at: None,
        split: None,
        dates_scored: true,
        marked_empty: events.is_empty(),
        events,
    }
}

fn score(gold: Vec<GoldEvent>, events: Vec<Extracted>) -> Tally {
    Tally::of(&document(gold), &extraction(events))
}

#[test]
fn texts_overlap_by_last_word_or_containment_without_determiners_and_case() {
    for (left, right) in [
        ("the Foreign Minister", "a minister"),
        ("President Graf", "Ludwig Graf"),
        ("Turkish", "Turkish soldiers"),
        ("Ruritania", "Ruritania\u{2019}s army"),
        ("the EU", "EU"),
        ("They", "they"),
        ("That", "that"),
    ] {
        assert!(texts_overlap(left, right) && texts_overlap(right, left), "{left} | {right}");
    }
    for (left, right) in [
        ("he", "the sheriff"),
        ("the army", "the navy"),
        ("Iran", "Iranian forces"),
        ("", "the army"),
        ("the", "a"),
    ] {
        assert!(!texts_overlap(left, right) && !texts_overlap(right, left), "{left} | {right}");
    }
}

#[test]
fn the_largest_overlap_pairs_first_and_ties_pair_in_text_order() {
    let gold = [
        gold("condemned the rebels", PloverType::Accuse, 0),
        gold("condemned", PloverType::Reject, 1),
    ];
    let found = extraction(vec![
        event("condemned", PloverType::Reject),
        event("condemned the", PloverType::Accuse),
    ]);
    // 13 bytes of the first gold event with the second extracted one, then 9 bytes of what is left.
    assert_eq!(
        pair(&gold, &found),
        [Pair { gold: 0, extracted: 1 }, Pair { gold: 1, extracted: 0 }]
    );

    let found = extraction(vec![
        event("condemned", PloverType::Reject),
        event("condemned", PloverType::Accuse),
    ]);
    assert_eq!(
        pair(&gold, &found),
        [Pair { gold: 0, extracted: 0 }, Pair { gold: 1, extracted: 1 }]
    );
}

#[test]
fn what_is_left_pairs_by_sentence_type_and_participant_and_by_nothing_less() {
    let mut accused = gold("condemned", PloverType::Reject, 0);
    accused.alternatives = vec![PloverType::Accuse];
    accused.actors = vec![party("Its minister", "RUR", "GOV")];
    let with = |words: &str, kind: PloverType, actor: &str| {
        let mut found = event(words, kind);
        found.recipients = vec![party(actor, "", "")];
        pair(std::slice::from_ref(&accused), &extraction(vec![found])).len()
    };
    assert_eq!(with("met", PloverType::Accuse, "the minister"), 1);
    assert_eq!(with("met", PloverType::Consult, "the minister"), 0);
    assert_eq!(with("met", PloverType::Accuse, "the rebels"), 0);
    assert_eq!(with("shelled", PloverType::Accuse, "the minister"), 0);
    assert_eq!(with("condemned", PloverType::Consult, "the rebels"), 1);
}

#[test]
fn a_trigger_without_offset_matches_in_its_sentence_or_else_anywhere() {
    let place = |words: &str| FieldSpan { field: Field::Body, span: span_of(words) };
    let mut loose = gold("met", PloverType::Consult, 0);
    loose.trigger = TriggerPlace::AnyOf(vec![place("shelled"), place("met")]);
    let pairs = |loose: &GoldEvent, words: &str| {
        pair(std::slice::from_ref(loose), &extraction(vec![event(words, PloverType::Aid)])).len()
    };
    assert_eq!((pairs(&loose, "met"), pairs(&loose, "shelled")), (1, 1));
    loose.sentence = Some(place("Its minister"));
    assert_eq!((pairs(&loose, "met"), pairs(&loose, "shelled")), (1, 0));
    loose.sentence = Some(place("They"));
    assert_eq!((pairs(&loose, "met"), pairs(&loose, "shelled")), (1, 1));
}

#[test]
fn mentions_of_one_chain_are_one_event_found_if_any_is() {
    let further = GoldEvent { core: false, ..gold("met", PloverType::Accuse, 0) };
    let chain = vec![
        gold("condemned", PloverType::Accuse, 0),
        further,
        gold("fled", PloverType::Retreat, 2),
    ];
    let h = score(chain.clone(), vec![event("met", PloverType::Accuse)]).headline;
    assert_eq!((h.core_found, h.core, h.found, h.all), (1, 2, 1, 2));
    let both = vec![event("condemned", PloverType::Accuse), event("met", PloverType::Accuse)];
    let h = score(chain, both).headline;
    assert_eq!((h.core_found, h.found, h.paired, h.extracted), (1, 1, 2, 2));
}

#[test]
fn optional_events_are_neither_asked_for_nor_wrong() {
    let optional = GoldEvent { core: false, ..gold("met", PloverType::Consult, 0) };
    let h = score(vec![optional.clone()], vec![event("met", PloverType::Consult)]).headline;
    assert_eq!((h.core, h.paired, h.extracted), (0, 1, 1));
    let report = EventReport::of("all", &[score(vec![optional], Vec::new())], 0);
    assert_eq!((report.value("core_recall"), report.value("recall_all")), (None, Some(0.0)));
}

/// Gold: Ruritania (RUR) shells the port (XAN, CVL).
fn shelling() -> GoldEvent {
    GoldEvent {
        actors: vec![party("Ruritania", "RUR", "GOV MIL")],
        recipients: vec![party("the port", "XAN", "CVL")],
        ..gold("shelled", PloverType::Assault, 0)
    }
}

fn found_shelling() -> Extracted {
    Extracted {
        actors: vec![party("Ruritania", "RUR", "MIL")],
        recipients: vec![party("the port", "XAN", "CVL")],
        ..event("shelled", PloverType::Assault)
    }
}

#[test]
fn all_right_asks_for_type_countries_roles_and_realis() {
    let right =
        |gold: GoldEvent, found: Extracted| score(vec![gold], vec![found]).headline.all_right;
    assert_eq!(right(shelling(), found_shelling()), 1);
    assert_eq!(right(shelling(), Extracted { kind: PloverType::Coerce, ..found_shelling() }), 0);
    let alternative = GoldEvent { alternatives: vec![PloverType::Coerce], ..shelling() };
    assert_eq!(right(alternative, Extracted { kind: PloverType::Coerce, ..found_shelling() }), 1);
    assert_eq!(
        right(shelling(), Extracted { realis: Some(Realis::Future), ..found_shelling() }),
        0
    );
    assert_eq!(right(GoldEvent { realis: Realis::Future, ..shelling() }, found_shelling()), 0);
    assert_eq!(right(shelling(), Extracted { recipients: Vec::new(), ..found_shelling() }), 0);
    let no_country = vec![party("the port", "", "CVL")];
    assert_eq!(right(shelling(), Extracted { recipients: no_country, ..found_shelling() }), 0);
    // A sector is not asked for; a gold participant without country need not be found.
    let bare = vec![party("Ruritania", "RUR", "")];
    assert_eq!(right(shelling(), Extracted { actors: bare, ..found_shelling() }), 1);
    let unknown = GoldEvent { recipients: vec![party("the port", "", "CVL")], ..shelling() };
    assert_eq!(right(unknown.clone(), Extracted { recipients: Vec::new(), ..found_shelling() }), 1);
    // But it may not stand in the wrong role.
    let mut swapped = Extracted { recipients: Vec::new(), ..found_shelling() };
    swapped.actors.push(party("port", "", ""));
    assert_eq!(right(unknown, swapped), 0);
    // Two of one country are two.
    let mut two = shelling();
    two.actors.push(party("Its minister", "RUR", "GOV"));
    assert_eq!(right(two, found_shelling()), 0);
}

#[test]
fn participants_count_by_role_country_and_sector() {
    let mut gold = shelling();
    gold.actors.push(party("the rebels", "", "REB"));
    let mut found = found_shelling();
    found.recipients[0].sectors.clear();
    found.actors.push(party("a band of rebels", "XAN", "REB"));
    found.actors.push(party("Graf", "", ""));
    let tally = score(vec![gold], vec![found]);
    // Right with sector: Ruritania, rebels (no gold country: by their words); without it the port too.
    assert_eq!(tally.actor, Both { gold: 3, extracted: 4, both: 2 });
    assert_eq!(tally.actor_country, Both { gold: 3, extracted: 4, both: 3 });
}

#[test]
fn references_are_pronouns_and_definite_phrases_in_lower_case_with_a_country() {
    let mut gold = shelling();
    gold.actors =
        ["They", "The country's government", "the Ruritanian army", "Ruritania", "soldiers"]
            .map(|text| party(text, "RUR", ""))
            .to_vec();
    gold.recipients = vec![party("the port", "", "")];
    let mut found = found_shelling();
    found.actors = vec![party("They", "RUR", "")];
    assert_eq!(score(vec![gold], vec![found]).reference, Share { right: 1, all: 2 });
}

#[test]
fn slots_of_pairs_count_where_gold_has_them_and_empty_is_wrong() {
    let gold_event = GoldEvent {
        mode: Some("heavy-weapons".to_owned()),
        contexts: Some(vec!["military".to_owned(), "territory".to_owned()]),
        place: Some(Place {
            text: Some("the port of Xan".to_owned()),
            country: Some("XAN".to_owned()),
        }),
        date: Some("2020-03".to_owned()),
        realis: Realis::Historical,
        attribution: Some("the army".to_owned()),
        counts: [
            Some(GoldCount { min: 41, also: Some(40) }),
            Some(GoldCount { min: 7, also: None }),
            None,
            None,
        ],
        ..gold("shelled", PloverType::Assault, 0)
    };
    let empty = score(vec![gold_event.clone()], vec![event("shelled", PloverType::Assault)]);
    let wrong = |of| Share { right: 0, all: of };
    assert_eq!(
        (empty.mode, empty.place, empty.date, empty.count),
        (wrong(1), wrong(1), wrong(1), wrong(2))
    );
    assert_eq!(empty.context, Both { gold: 2, extracted: 0, both: 0 });
    assert_eq!(empty.nonactual, Both { gold: 1, extracted: 0, both: 0 });
    assert_eq!(empty.attribution, Both { gold: 1, extracted: 0, both: 0 });

    let count = |min| Some(Count { min, max: None });
    let full = Extracted {
        mode: gold_event.mode.clone(),
        contexts: Some(vec!["military".to_owned(), "legal".to_owned()]),
        place: Some(Place { text: Some("Xan".to_owned()), country: None }),
        date: Some("2020-03-05".to_owned()),
        realis: Some(Realis::Historical),
        attribution: Some("Ruritania's army".to_owned()),
        counts: Counts { dead: count(40), injured: count(8), ..Counts::default() },
        ..event("shelled", PloverType::Assault)
    };
    let tally = score(vec![gold_event.clone()], vec![full.clone()]);
    let right = Share { right: 1, all: 1 };
    assert_eq!((tally.mode, tally.place, tally.date), (right, right, right));
    assert_eq!(tally.count, Share { right: 1, all: 2 });
    assert_eq!(tally.context, Both { gold: 2, extracted: 2, both: 1 });
    assert_eq!(tally.nonactual, Both { gold: 1, extracted: 1, both: 1 });
    assert_eq!(tally.attribution, Both { gold: 1, extracted: 1, both: 1 });

    // A coarser date than the gold's is wrong; a mode under another type is not asked for; a place without words in
    // the gold is right by its country.
    let mut day = gold_event;
    day.date = Some("2020-03-05".to_owned());
    day.alternatives = vec![PloverType::Coerce];
    day.place = Some(Place { text: None, country: Some("XAN".to_owned()) });
    let found = Extracted {
        kind: PloverType::Coerce,
        date: Some("2020-03".to_owned()),
        place: Some(Place { text: None, country: Some("XAN".to_owned()) }),
        ..full
    };
    let tally = score(vec![day.clone()], vec![found.clone()]);
    assert_eq!((tally.date, tally.mode, tally.place), (wrong(1), wrong(0), right));
    let unscored = GoldDocument { dates_scored: false, ..document(vec![day]) };
    assert_eq!(Tally::of(&unscored, &extraction(vec![found])).date, wrong(0));
}

#[test]
fn more_than_n_is_right_as_n_and_as_one_more() {
    let of = |min, max, text: &str| {
        let count = GoldCount::of(Count { min, max }, text);
        (min.saturating_sub(2)..min + 3).filter(|found| count.accepts(*found)).collect::<Vec<_>>()
    };
    assert_eq!(of(41, None, "More than 40 died."), [40, 41]);
    assert_eq!(of(62, None, "and more than 62 were hurt"), [62, 63]);
    assert_eq!(of(24, None, "at least 24 died"), [24]);
    assert_eq!(of(40, Some(40), "40 of more than 40 died"), [40]);
}

/// Computed by hand: three documents, one of them marked empty.
#[test]
fn a_small_example_end_to_end() {
    let mut condemned = gold("condemned", PloverType::Accuse, 1);
    condemned.alternatives = vec![PloverType::Reject];
    let optional = GoldEvent { core: false, ..gold("met", PloverType::Consult, 2) };
    let fled = gold("fled", PloverType::Retreat, 3);
    let first = score(
        vec![shelling(), condemned, optional, fled],
        vec![
            Extracted { actors: Vec::new(), ..found_shelling() },
            event("condemned", PloverType::Reject),
            event("rebels", PloverType::Protest),
        ],
    );
    let second =
        score(vec![gold("fled", PloverType::Retreat, 0)], vec![event("fled", PloverType::Coerce)]);
    let third =
        score(Vec::new(), vec![event("fled", PloverType::Coerce), event("met", PloverType::Aid)]);
    let report = EventReport::of("all", &[first, second, third], 0);
    let value = |name: &str| report.value(name).map(|value| (value * 1000.0).round() / 1000.0);
    assert_eq!(value("core_recall"), Some(0.75)); // shelled, condemned, fled of four
    assert_eq!(value("recall_all"), Some(0.6)); // three of five
    assert_eq!(value("precision"), Some(0.5)); // three of six
    assert_eq!(value("f1"), Some(0.6)); // 2 · 0.5 · 0.75 / 1.25
    assert_eq!(value("core_all_right"), Some(0.25)); // condemned; shelled lacks its actor, fled has the wrong type
    assert_eq!(value("type_accuracy"), Some(0.667)); // shelled and condemned of three
    assert_eq!(value("type_macro_f1"), Some(0.667)); // ASSAULT 1, ACCUSE 1 by its alternative, RETREAT 0
    assert_eq!(value("actor_f1"), Some(0.667)); // the port of two gold, one extracted
    assert_eq!(value("false_per_100"), Some(200.0));
    assert_eq!(value("mode_accuracy"), None);
    let json = report.json();
    assert_eq!(json["precision_reject"], 1.0);
    assert_eq!(json["recall_accuse"], 1.0);
    assert_eq!(json["recall_retreat"], 0.0);
    assert_eq!(json["f1_aid"], serde_json::Value::Null);
    assert!(
        json["f1_low"].as_f64() <= json["f1"].as_f64()
            && json["f1"].as_f64() <= json["f1_high"].as_f64()
    );
    assert!(
        json.as_object().unwrap().values().all(|value| !value.is_object() && !value.is_array())
    );
    for line in
        ["core_all_right        0.250", "RETREAT          2          0          -   0.000   0.000"]
    {
        assert!(report.table().contains(line), "{line}\n{}", report.table());
    }
}

const PAGE: &str = "TITLE: Graf meets rébels LINK: https://example.org/1\nGraf met them – again.\n";

#[test]
fn offsets_are_characters_of_the_file_and_map_to_the_fields_handed_over() {
    let docs = r#"{"doc": "1", "file": "docs/1.txt", "published_at": "2018-04-05"}"#;
    let row = |id: &str, trigger: &str, start: usize, same_as: &str| {
        format!(
            r#"{{"doc":"1","id":"{id}","sentence":"TITLE: Graf meets","sentence_start":0,"trigger":"{trigger}","trigger_start":{start},"type":"CONSULT","alt":[],"actors":[{{"text":"Graf","country":"RUR","sector":"GOV ELI"}}],"recipients":[],"realis":"actual","core":true,"same_as":{same_as}}}"#
        )
    };
    let events = [
        row("a", "meets", 12, "null"),
        row("b", "met", 58, "\"a\""),
        row("c", "again", 69, "null"),
    ]
    .join("\n");
    let mut page = |file: &str| {
        if file == "docs/1.txt" { Ok(PAGE.to_owned()) } else { Err("absent".to_owned()) }
    };
    let documents = read_full(docs, &events, &mut page).unwrap();
    let document = &documents[0];
    assert_eq!(document.title.as_deref(), Some("Graf meets rébels"));
    assert_eq!(document.body, "Graf met them – again.\n");
    let at = |field, start, end| {
        TriggerPlace::At(Some(FieldSpan { field, span: Span::new(start, end) }))
    };
    let [a, b, c] = document.events.as_slice() else { panic!("three mentions") };
    assert_eq!(a.trigger, at(Field::Title, 5, 10));
    assert_eq!(b.trigger, at(Field::Body, 5, 8));
    assert_eq!(c.trigger, at(Field::Body, 18, 23)); // the dash has three bytes
    assert_eq!(a.sentence, Some(FieldSpan { field: Field::Title, span: Span::new(0, 10) }));
    assert_eq!((a.chain, b.chain, c.chain), (0, 0, 2));
    assert_eq!(a.actors[0].sectors, ["GOV", "ELI"]);
    let envelope: serde_json::Value = serde_json::from_slice(&document.envelope()).unwrap();
    assert_eq!(envelope["title"], "Graf meets rébels");
    assert_eq!(envelope["published_at"], "2018-04-05");

    let mut error = |events: &str| read_full(docs, events, &mut page).unwrap_err().to_string();
    assert_eq!(
        error(&row("a", "meets", 13, "null")),
        "events.jsonl:1: the text at character 13 does not read as said"
    );
    assert_eq!(error(&row("a", "meets", 12, "\"z\"")), "events.jsonl:1: no earlier mention z");
}

/// The extraction that a perfect extractor would give.
fn perfect(gold: &[GoldEvent]) -> Vec<Extracted> {
    let mut events: Vec<Extracted> = gold
        .iter()
        .map(|gold| {
            let TriggerPlace::At(Some(place)) = &gold.trigger else {
                panic!("a trigger with offset")
            };
            let words = &TEXT[place.span.range()];
            Extracted {
                mode: gold.mode.clone(),
                contexts: gold.contexts.clone(),
                actors: gold.actors.clone(),
                recipients: gold.recipients.clone(),
                place: gold.place.clone(),
                date: gold.date.clone(),
                realis: Some(gold.realis),
                attribution: gold.attribution.clone(),
                counts: Counts {
                    dead: gold.counts[0].map(|count| Count { min: count.min, max: None }),
                    ..Counts::default()
                },
                ..event(words, gold.kind)
            }
        })
        .collect();
    events.sort_by_key(|event| event.trigger);
    events
}

fn any_gold() -> impl Strategy<Value = Vec<GoldEvent>> {
    let words = ["shelled", "condemned", "met", "fled"];
    let one = (0..16usize, any::<bool>(), any::<bool>(), 0..4usize, any::<bool>());
    proptest::collection::vec(one, 4).prop_map(move |rows| {
        let events = rows.into_iter().zip(words).enumerate();
        events
            .map(|(at, ((kind, core, slots, countries, chained), words))| {
                let chain = if chained { 0 } else { at };
                let mut event = GoldEvent { core, ..gold(words, PloverType::ALL[kind], chain) };
                event.actors = vec![party("Graf", ["RUR", "XAN", "", "RUR"][countries], "GOV")];
                event.recipients =
                    vec![party("the rebels", ["", "RUR", "XAN", "RUR"][countries], "REB")];
                if slots {
                    event.mode = Some("allege".to_owned());
                    event.contexts = Some(vec!["military".to_owned()]);
                    event.place = Some(Place { text: Some("the port".to_owned()), country: None });
                    event.date = Some("2020-03".to_owned());
                    event.realis = Realis::Negated;
                    event.attribution = Some("Graf".to_owned());
                    event.counts[0] = Some(GoldCount { min: 3, also: None });
                }
                event
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_perfect_extraction_scores_one_everywhere(gold in any_gold()) {
        let found = perfect(&gold);
        let report = EventReport::of("all", &[score(gold, found)], 0);
        for measure in report.measures.iter().filter(|measure| measure.name != "false_per_100") {
            prop_assert!(measure.value.is_none_or(|value| value == 1.0), "{measure:?}");
        }
        prop_assert_eq!(report.value("recall_all"), Some(1.0));
    }

    #[test]
    fn an_empty_extraction_finds_nothing(gold in any_gold()) {
        let core = gold.iter().any(|event| event.core);
        let report = EventReport::of("all", &[score(gold, Vec::new())], 0);
        let zero = core.then_some(0.0);
        for name in ["core_recall", "f1", "core_all_right"] {
            prop_assert_eq!(report.value(name), zero);
        }
        prop_assert_eq!(report.value("recall_all"), Some(0.0));
        prop_assert_eq!(report.value("precision"), None);
    }

    #[test]
    fn pairs_are_one_to_one(gold in any_gold(), other in any_gold()) {
        let found = extraction(perfect(&other));
        let pairs = pair(&gold, &found);
        let mut extracted: Vec<usize> = pairs.iter().map(|pair| pair.extracted).collect();
        extracted.sort_unstable();
        prop_assert!(pairs.windows(2).all(|two| two[0].gold < two[1].gold));
        prop_assert!(extracted.windows(2).all(|two| two[0] < two[1]));
    }
}
