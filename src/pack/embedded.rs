//! The files of the English pack as bytes of the program: the only `include_bytes!` of the core.
//!
//! Nothing is parsed here. The order is that of `super::FILES`; a test compares the two lists.

/// Name inside the pack, and bytes.
pub(super) const FILES: [(&str, &[u8]); super::FILES.len()] = [
    ("manifest.tsv", include_bytes!("../../data/en/manifest.tsv")),
    ("model.bin", include_bytes!("../../data/en/model.bin")),
    ("ontology/plover.tsv", include_bytes!("../../data/en/ontology/plover.tsv")),
    ("ontology/cameo.tsv", include_bytes!("../../data/en/ontology/cameo.tsv")),
    ("ontology/sectors.tsv", include_bytes!("../../data/en/ontology/sectors.tsv")),
    ("lexicon/abbreviations.tsv", include_bytes!("../../data/en/lexicon/abbreviations.tsv")),
    ("lexicon/starters.tsv", include_bytes!("../../data/en/lexicon/starters.tsv")),
    ("lexicon/stop_names.tsv", include_bytes!("../../data/en/lexicon/stop_names.tsv")),
    ("lexicon/determiners.tsv", include_bytes!("../../data/en/lexicon/determiners.tsv")),
    ("lexicon/irregular.tsv", include_bytes!("../../data/en/lexicon/irregular.tsv")),
    ("lexicon/pieces.tsv", include_bytes!("../../data/en/lexicon/pieces.tsv")),
    ("frames/baseline.tsv", include_bytes!("../../data/en/frames/baseline.tsv")),
    ("actors/countries.tsv", include_bytes!("../../data/en/actors/countries.tsv")),
    ("actors/organisations.tsv", include_bytes!("../../data/en/actors/organisations.tsv")),
    ("actors/agents.tsv", include_bytes!("../../data/en/actors/agents.tsv")),
    ("articles/agencies.tsv", include_bytes!("../../data/en/articles/agencies.tsv")),
    ("articles/calendar.tsv", include_bytes!("../../data/en/articles/calendar.tsv")),
    ("articles/credits.tsv", include_bytes!("../../data/en/articles/credits.tsv")),
    ("articles/marks.tsv", include_bytes!("../../data/en/articles/marks.tsv")),
    ("articles/signoffs.tsv", include_bytes!("../../data/en/articles/signoffs.tsv")),
    ("articles/words.tsv", include_bytes!("../../data/en/articles/words.tsv")),
    ("names/countries.tsv", include_bytes!("../../data/en/names/countries.tsv")),
    ("names/groups.tsv", include_bytes!("../../data/en/names/groups.tsv")),
    ("names/regions.tsv", include_bytes!("../../data/en/names/regions.tsv")),
    ("names/cities.tsv", include_bytes!("../../data/en/names/cities.tsv")),
    ("names/given.tsv", include_bytes!("../../data/en/names/given.tsv")),
    ("names/surnames.tsv", include_bytes!("../../data/en/names/surnames.tsv")),
    ("names/organisations.tsv", include_bytes!("../../data/en/names/organisations.tsv")),
    ("names/cues.tsv", include_bytes!("../../data/en/names/cues.tsv")),
];
