//! The short form of the gold: `train.tsv` with `train_docs.jsonl`, ten columns a line.
//!
//! doc, trigger (`#2` = its second occurrence), type (second choices after `|`), mode, realis, core, actors, recipients
//! (`text [COUNTRY SECTOR]` joined by ` + `), place, attributed to; `-` = none, `?` = unknown; `doc<TAB>-` = no event.
//! Contexts, dates, counts and chains are not annotated there, and nothing has an offset: an unnumbered trigger may match
//! at any of its occurrences that no numbered row of the document claims.

use crate::map::Map;
use crate::model::PloverType;

use super::extracted::{Party, Place};
use super::gold::{
    FieldSpan, GoldDocument, GoldError, GoldEvent, Layout, TriggerPlace, fault, row,
};

/// Reads the short form.
///
/// # Errors
/// The first line that is not as the README says.
pub fn read_short(docs: &str, events: &str) -> Result<Vec<GoldDocument>, GoldError> {
    let mut documents: Vec<(GoldDocument, Layout)> = Vec::new();
    let mut by_id: Map<String, usize> = Map::default();
    for (line, row) in row::rows::<row::DocumentRow>("train_docs.jsonl", docs)? {
        by_id.insert(row.doc.clone(), documents.len());
        let body = row.text.ok_or_else(|| fault("train_docs.jsonl", line, "no text".to_owned()))?;
        let layout = Layout::of(&body);
        let document = GoldDocument {
            id: row.doc,
            title: None,
            body,
            published_at: row.published_at,
            split: row.split,
            dates_scored: true,
            marked_empty: false,
            events: Vec::new(),
        };
        documents.push((document, layout));
    }
    for (at, line) in events.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let fault = |what: String| fault("train.tsv", at + 1, what);
        let columns: Vec<&str> = line.split('\t').collect();
        let id = columns.first().copied().unwrap_or_default();
        let known = by_id.get(id).and_then(|at| documents.get_mut(*at));
        let (document, layout) = known.ok_or_else(|| fault(format!("unknown document {id}")))?;
        if columns.get(1..) == Some(&["-"]) {
            document.marked_empty = true;
            continue;
        }
        let columns = <[&str; 10]>::try_from(columns)
            .map_err(|columns| fault(format!("{} columns, expected 10", columns.len())))?;
        let chain = document.events.len();
        document.events.push(event(columns, layout, chain).map_err(fault)?);
    }
    Ok(documents.into_iter().map(|(document, _)| without_claimed(document)).collect())
}

fn event(columns: [&str; 10], layout: &Layout, chain: usize) -> Result<GoldEvent, String> {
    let [_, trigger, kinds, mode, realis, core, actors, recipients, place, attribution] = columns;
    let mut kinds =
        kinds.split('|').map(row::plover_type).collect::<Result<Vec<_>, _>>()?.into_iter();
    let kind = kinds.next().ok_or("no type")?;
    let mut alternatives: Vec<PloverType> = kinds.collect();
    let mode = given(mode);
    // The convention for a taken town differs between batches (README of the gold): either type is right.
    if kind == PloverType::Coerce && mode.as_deref() == Some("seize") {
        alternatives.push(PloverType::Assault);
    }
    Ok(GoldEvent {
        trigger: trigger_place(trigger, layout)?,
        sentence: None,
        kind,
        alternatives,
        mode,
        contexts: None,
        actors: parties(actors)?,
        recipients: parties(recipients)?,
        place: given(place).map(|text| Place { text: Some(text), country: None }),
        date: None,
        realis: row::realis(realis)?,
        attribution: given(attribution),
        counts: [None; 4],
        core: core == "1",
        chain,
    })
}

fn given(cell: &str) -> Option<String> {
    (!matches!(cell, "-" | "?" | "")).then(|| cell.to_owned())
}

fn trigger_place(cell: &str, layout: &Layout) -> Result<TriggerPlace, String> {
    let numbered = cell
        .rsplit_once('#')
        .and_then(|(words, number)| Some((words.trim_end(), number.parse::<usize>().ok()?)));
    let Some((words, number)) = numbered else {
        return match layout.occurrences(cell) {
            places if places.is_empty() => Err("the trigger is not in the text".to_owned()),
            places => Ok(TriggerPlace::AnyOf(places)),
        };
    };
    match layout.numbered(words, number) {
        Some(place) => Ok(TriggerPlace::At(Some(place))),
        None => Err("the trigger is not so often in the text".to_owned()),
    }
}

fn parties(cell: &str) -> Result<Vec<Party>, String> {
    let Some(cell) = given(cell) else { return Ok(Vec::new()) };
    cell.split(" + ")
        .map(|party| {
            let (text, codes) = party
                .strip_suffix(']')
                .and_then(|party| party.rsplit_once(" ["))
                .ok_or("a participant without [COUNTRY SECTOR]")?;
            let mut codes = codes.split_whitespace().map(given);
            let country = codes.next().flatten();
            Ok(Party { text: text.to_owned(), country, sectors: codes.flatten().collect() })
        })
        .collect()
}

/// Takes the occurrences that a numbered row names from the unnumbered rows, unless nothing would be left.
fn without_claimed(mut document: GoldDocument) -> GoldDocument {
    let claimed: Vec<FieldSpan> = document
        .events
        .iter()
        .filter_map(|event| match &event.trigger {
            TriggerPlace::At(place) => *place,
            TriggerPlace::AnyOf(_) => None,
        })
        .collect();
    for event in &mut document.events {
        let TriggerPlace::AnyOf(places) = &mut event.trigger else { continue };
        if places.iter().any(|place| !claimed.contains(place)) {
            places.retain(|place| !claimed.contains(place));
        }
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCS: &str = r#"{"doc": "d", "published_at": "2020-01-01", "split": "train", "text": "The attack on Aton by attackers was an attack of the Attackers. They took it."}"#;

    #[test]
    fn reads_all_columns() {
        let rows = "d\tattack#3\tASSAULT|COERCE\t-\tfuture\t0\tThe Attackers [? REB] + They [FRA MIL GOV]\t-\tAton\ta spokesman\n\
                    d\tattack\tASSAULT\taerial\tactual\t1\t-\tAton [ITA ?]\t-\t-\n\
                    d\ttook\tCOERCE\tseize\tactual\t1\t-\t-\t-\t-\n";
        let documents = read_short(DOCS, rows).unwrap();
        let [second, first, taken] = documents[0].events.as_slice() else { panic!("three events") };
        let at = |place: &TriggerPlace| match place {
            TriggerPlace::At(place) => vec![place.unwrap().span.start],
            TriggerPlace::AnyOf(places) => places.iter().map(|place| place.span.start).collect(),
        };
        assert_eq!((at(&second.trigger), at(&first.trigger)), (vec![39], vec![4]));
        assert_eq!(second.alternatives, [PloverType::Coerce]);
        assert_eq!(second.actors[0].country, None);
        assert_eq!(second.actors[1].sectors, ["MIL", "GOV"]);
        assert_eq!(first.recipients[0].sectors, Vec::<String>::new());
        assert_eq!(second.place.as_ref().unwrap().text.as_deref(), Some("Aton"));
        assert_eq!(
            (second.attribution.as_deref(), first.attribution.as_deref()),
            (Some("a spokesman"), None)
        );
        assert_eq!((second.core, first.core, first.mode.as_deref()), (false, true, Some("aerial")));
        assert_eq!(taken.alternatives, [PloverType::Assault]);
    }

    #[test]
    fn a_document_without_event_has_a_line_and_bad_lines_are_named() {
        let empty = &read_short(DOCS, "d\t-\n").unwrap()[0];
        assert!(empty.marked_empty && empty.events.is_empty());
        let error = |rows: &str| read_short(DOCS, rows).unwrap_err().to_string();
        assert_eq!(error("x\t-\n"), "train.tsv:1: unknown document x");
        assert_eq!(error("d\t-\nd\tattack\n"), "train.tsv:2: 2 columns, expected 10");
        assert_eq!(
            error("d\tattack\tFIGHT\t-\tactual\t1\t-\t-\t-\t-\n"),
            "train.tsv:1: unknown type \"FIGHT\""
        );
        for (trigger, what) in [
            ("siege", "is not in the text"),
            ("attack#4", "is not so often in the text"),
            ("attack#0", "is not so often in the text"),
        ] {
            let row = format!("d\t{trigger}\tASSAULT\t-\tactual\t1\t-\t-\t-\t-\n");
            assert_eq!(error(&row), format!("train.tsv:1: the trigger {what}"));
        }
    }
}
