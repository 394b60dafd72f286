//! The example articles that the program carries, for `demo`, `feed` and `bench`.

/// Example articles of Wikinews, one JSON object a line (examples/articles/README.md gives authors and licence).
const WIKINEWS: &str = include_str!("../../examples/articles/wikinews.jsonl");

/// Wire stories written for this project, with the timestamp that their record has.
const WIRE: [(&str, &str); 6] = [
    (
        "2016-04-22T18:00:00Z",
        include_str!("../../examples/articles/wire/2016-04-22-united-nations.txt"),
    ),
    ("2016-06-23T18:00:00Z", include_str!("../../examples/articles/wire/2016-06-23-havana.txt")),
    ("2021-02-01T12:00:00Z", include_str!("../../examples/articles/wire/2021-02-01-naypyitaw.txt")),
    ("2022-07-22T18:00:00Z", include_str!("../../examples/articles/wire/2022-07-22-istanbul.txt")),
    ("2022-11-02T18:00:00Z", include_str!("../../examples/articles/wire/2022-11-02-pretoria.txt")),
    ("2023-04-04T18:00:00Z", include_str!("../../examples/articles/wire/2023-04-04-brussels.txt")),
];

/// The example articles with the timestamps of their records, Unix milliseconds.
pub(crate) fn articles() -> Vec<(Vec<u8>, Option<i64>)> {
    let wire = WIRE.iter().map(|(time, text)| {
        let timestamp = time.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_millisecond).ok();
        (text.as_bytes().to_vec(), timestamp)
    });
    // The lines carry their own date, or none: then no record timestamp may pretend to know it.
    let lines = WIKINEWS.lines().filter(|line| !line.is_empty());
    wire.chain(lines.map(|line| (line.as_bytes().to_vec(), None))).collect()
}
