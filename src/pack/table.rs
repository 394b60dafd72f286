//! Makes typed rows out of tab-separated text, and a list of everything that is wrong with it.
//!
//! Format: UTF-8, one fact per line; lines that begin with `#` are comments, blank lines are skipped, the first other
//! line names the columns. Cells are separated by one tab; there is no quoting, so a cell holds neither tab nor line
//! break. Lists stand in one cell, separated by `|`.
//! A row that cannot be read is left out and named in the mistakes; reading goes on, so that one run shows all of them.
//! What a cell means (codes, phrases, words) is for the caller to check: [`Row::mistake`] names the place.

use crate::model::Scale;

/// One thing that is wrong with a table, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// Name of the file inside the pack, as `actors/countries.tsv`.
    pub file: String,
    /// Line, counted from 1; 0 where the file as a whole is meant.
    pub line: u32,
    /// Name of the column, where one cell is meant.
    pub column: Option<String>,
    /// What is wrong, with the value met.
    pub what: String,
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if let Some(column) = &self.column {
            write!(f, ":{column}")?;
        }
        write!(f, ": {}", self.what)
    }
}

/// The reader of tab-separated tables.
#[derive(Clone, Copy, Debug)]
pub struct Table;

/// One row: the cells of the columns that were asked for.
#[derive(Clone, Debug)]
pub struct Row {
    file: String,
    line: u32,
    cells: Vec<(String, String)>,
}

impl Table {
    /// Reads the rows of `bytes`, which must have exactly the columns `columns`, in any order. Everything that is
    /// wrong is added to `mistakes`.
    pub fn read(
        file: &str,
        bytes: &[u8],
        columns: &[&str],
        mistakes: &mut Vec<Mistake>,
    ) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut header: Option<Vec<String>> = None;
        for (line, content) in (1_u32..).zip(bytes.split(|byte| *byte == b'\n')) {
            let place = Place { file, line };
            let Ok(content) = std::str::from_utf8(content) else {
                mistakes.push(place.mistake(None, "line is not UTF-8".to_owned()));
                continue;
            };
            let content = content.strip_suffix('\r').unwrap_or(content);
            if content.starts_with('#') || content.trim().is_empty() {
                continue;
            }
            match &header {
                None => {
                    let names: Vec<String> = content.split('\t').map(str::to_owned).collect();
                    if !check_header(place, &names, columns, mistakes) {
                        return rows;
                    }
                    header = Some(names);
                }
                Some(names) => rows.extend(read_row(place, content, names, mistakes)),
            }
        }
        if header.is_none() {
            let what = format!("file is missing or empty, columns are {}", columns.join(", "));
            mistakes.push(Place { file, line: 0 }.mistake(None, what));
        }
        rows
    }

    /// Shows the rows of `bytes` to `row`, with their lines, without copying a cell: for tables of ten thousand rows
    /// and more. The columns must be exactly `columns`, in this order. Everything that is wrong is added to `mistakes`.
    pub fn visit<const N: usize>(
        file: &str,
        bytes: &[u8],
        columns: [&str; N],
        mistakes: &mut Vec<Mistake>,
        mut row: impl FnMut(u32, [&str; N]),
    ) {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return mistakes
                .push(Place { file, line: 0 }.mistake(None, "file is not UTF-8".to_owned()));
        };
        let mut has_header = false;
        for (line, content) in (1_u32..).zip(text.lines()) {
            if content.starts_with('#') || content.is_empty() {
                continue;
            }
            let mut cells = content.split('\t');
            let row_cells = columns.map(|_| cells.next().unwrap_or("\n"));
            let place = Place { file, line };
            if !has_header {
                if row_cells != columns || cells.next().is_some() {
                    let what = format!("columns are not {}, in this order", columns.join(", "));
                    return mistakes.push(place.mistake(None, what));
                }
                has_header = true;
            } else if row_cells.contains(&"\n") || cells.next().is_some() {
                let what = format!("row has not {N} cells");
                mistakes.push(place.mistake(None, what));
            } else if row_cells.iter().any(|cell| cell.trim() != *cell) {
                mistakes.push(place.mistake(None, "white space around a cell".to_owned()));
            } else {
                row(line, row_cells);
            }
        }
        if !has_header {
            let what = format!("file is missing or empty, columns are {}", columns.join(", "));
            mistakes.push(Place { file, line: 0 }.mistake(None, what));
        }
    }
}

impl Row {
    /// The cell of `column`; empty for a column that was not asked for.
    pub fn text(&self, column: &str) -> &str {
        let cell = self.cells.iter().find(|(name, _)| name == column);
        debug_assert!(cell.is_some(), "{} has no column {column}", self.file);
        cell.map_or("", |(_, text)| text)
    }

    /// The line of the row, counted from 1.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// The entries of a list cell (`a|b|c`); none for an empty cell.
    pub fn list(&self, column: &str) -> impl Iterator<Item = &str> {
        let text = self.text(column);
        text.split('|').filter(move |_| !text.is_empty())
    }

    /// The decimal number of the cell with at most one digit after the point, in tenths; `None` for an empty cell. A
    /// cell that is no such number, or lies outside -10 to 10, is a mistake and gives `None` too.
    pub fn scale(&self, column: &str, mistakes: &mut Vec<Mistake>) -> Option<Scale> {
        let text = self.text(column);
        if text.is_empty() {
            return None;
        }
        let tenths = tenths(text);
        if tenths.is_none() {
            let what = format!("`{text}` is no number from -10 to 10 with at most one decimal");
            mistakes.push(self.mistake(column, what));
        }
        tenths.map(Scale::from_tenths)
    }

    /// A mistake at the cell of `column`.
    pub fn mistake(&self, column: &str, what: impl Into<String>) -> Mistake {
        Place { file: &self.file, line: self.line }.mistake(Some(column), what.into())
    }
}

#[derive(Clone, Copy)]
struct Place<'a> {
    file: &'a str,
    line: u32,
}

impl Place<'_> {
    fn mistake(self, column: Option<&str>, what: String) -> Mistake {
        let column = column.map(str::to_owned);
        Mistake { file: self.file.to_owned(), line: self.line, column, what }
    }
}

/// Whether `names` are the columns, each once; what is wrong goes to `mistakes`.
fn check_header(
    place: Place<'_>,
    names: &[String],
    columns: &[&str],
    mistakes: &mut Vec<Mistake>,
) -> bool {
    let before = mistakes.len();
    for column in columns {
        if !names.iter().any(|name| name == column) {
            mistakes.push(place.mistake(Some(column), "column is missing".to_owned()));
        }
    }
    for (at, name) in names.iter().enumerate() {
        if !columns.contains(&name.as_str()) {
            let what = format!("unknown column, columns are {}", columns.join(", "));
            mistakes.push(place.mistake(Some(name), what));
        } else if names.iter().take(at).any(|earlier| earlier == name) {
            mistakes.push(place.mistake(Some(name), "column is there twice".to_owned()));
        }
    }
    mistakes.len() == before
}

fn read_row(
    place: Place<'_>,
    content: &str,
    names: &[String],
    mistakes: &mut Vec<Mistake>,
) -> Option<Row> {
    let cells: Vec<&str> = content.split('\t').collect();
    if cells.len() != names.len() {
        let what = format!("row has {} cells, header has {}", cells.len(), names.len());
        mistakes.push(place.mistake(None, what));
        return None;
    }
    for (name, cell) in names.iter().zip(&cells) {
        if cell.trim() != *cell {
            mistakes.push(place.mistake(Some(name), "white space around the cell".to_owned()));
        }
    }
    let cells = cells.iter().map(|cell| cell.trim().to_owned());
    let cells = names.iter().cloned().zip(cells).collect();
    Some(Row { file: place.file.to_owned(), line: place.line, cells })
}

/// `-3.5` is -35: read digit by digit, so that no float is needed to hold what is a decimal.
fn tenths(text: &str) -> Option<i16> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, decimal) = digits.split_once('.').unwrap_or((digits, "0"));
    if !is_digits(whole) || !is_digits(decimal) || whole.len() > 2 || decimal.len() > 1 {
        return None;
    }
    let tenths = whole.parse::<i16>().ok()? * 10 + decimal.parse::<i16>().ok()?;
    (tenths <= 100).then_some(if negative { -tenths } else { tenths })
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> (Vec<Row>, Vec<String>) {
        let mut mistakes = Vec::new();
        let rows = Table::read("t.tsv", text, &["word", "score"], &mut mistakes);
        (rows, mistakes.iter().map(Mistake::to_string).collect())
    }

    #[test]
    fn reads_columns_by_name_and_skips_comments_and_blank_lines() {
        let (rows, mistakes) = read(b"# note\nscore\tword\n\n1.5\ta|b\r\n# more\n\tc\n");
        assert_eq!(mistakes, Vec::<String>::new());
        let seen: Vec<_> = rows.iter().map(|row| (row.line(), row.text("word"))).collect();
        assert_eq!(seen, [(4, "a|b"), (6, "c")]);
        assert_eq!(rows[0].list("word").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(rows[1].list("score").count(), 0);
    }

    #[test]
    fn names_every_mistake_with_its_place_and_keeps_the_good_rows() {
        let (rows, mistakes) = read(b"word\tscore\na\nb\t1\t2\n c\t1\nd\xff\t1\ne\t1\n");
        assert_eq!(
            mistakes,
            [
                "t.tsv:2: row has 1 cells, header has 2",
                "t.tsv:3: row has 3 cells, header has 2",
                "t.tsv:4:word: white space around the cell",
                "t.tsv:5: line is not UTF-8",
            ]
        );
        assert_eq!(rows.iter().map(|row| row.text("word")).collect::<Vec<_>>(), ["c", "e"]);
    }

    #[test]
    fn refuses_a_header_that_is_not_the_columns() {
        assert_eq!(read(b"").1, ["t.tsv: file is missing or empty, columns are word, score"]);
        assert_eq!(
            read(b"word\tword\tmood\nx\ty\tz\n").1,
            [
                "t.tsv:1:score: column is missing",
                "t.tsv:1:word: column is there twice",
                "t.tsv:1:mood: unknown column, columns are word, score",
            ]
        );
    }

    #[test]
    fn visits_rows_without_copies_and_names_every_mistake() {
        let visit = |text: &[u8]| {
            let (mut rows, mut mistakes) = (Vec::new(), Vec::new());
            Table::visit("t.tsv", text, ["word", "kind"], &mut mistakes, |line, [word, kind]| {
                rows.push(format!("{line} {word} {kind}"));
            });
            (rows, mistakes.iter().map(Mistake::to_string).collect::<Vec<_>>())
        };
        let (rows, mistakes) = visit(b"# note\nword\tkind\n\na b\tx\r\nc\t\nd\ne\tx\ty\n f\tx\n");
        assert_eq!(rows, ["4 a b x", "5 c "]);
        assert_eq!(
            mistakes,
            [
                "t.tsv:6: row has not 2 cells",
                "t.tsv:7: row has not 2 cells",
                "t.tsv:8: white space around a cell",
            ]
        );
        let header = "t.tsv:1: columns are not word, kind, in this order";
        assert_eq!(visit(b"kind\tword\na\tx\n").1, [header]);
        assert_eq!(visit(b"# a\n").1, ["t.tsv: file is missing or empty, columns are word, kind"]);
        assert_eq!(visit(b"word\tkind\n\xff\tx\n").1, ["t.tsv: file is not UTF-8"]);
    }

    #[test]
    fn scales_are_decimals_in_tenths() {
        for (text, expected) in
            [("-3.5", Some(-35)), ("10", Some(100)), ("0", Some(0)), ("-10.0", Some(-100))]
        {
            assert_eq!(tenths(text), expected, "{text}");
        }
        for wrong in ["", "-", "1.25", "10.1", "11", "1,5", "x", ".5", "1.", "+1", "--1"] {
            assert_eq!(tenths(wrong), None, "{wrong}");
        }
        let (rows, _) = read(b"word\tscore\na\t1.25\nb\t\n");
        let mut mistakes = Vec::new();
        assert_eq!(rows[0].scale("score", &mut mistakes), None);
        assert_eq!(rows[1].scale("score", &mut mistakes), None);
        assert_eq!(
            mistakes.iter().map(Mistake::to_string).collect::<Vec<_>>(),
            ["t.tsv:2:score: `1.25` is no number from -10 to 10 with at most one decimal"]
        );
    }
}
