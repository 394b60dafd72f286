//! An analysis as trees that a person can read: one word a line in the order of the text, arcs drawn at the left.
//!
//! Beside each word stand its tag, its relation, its lemma where that is another word, and a bracket over each name. A
//! terminal gets colours and only characters that print. Lines that cross (`┼`) are arcs of a tree that is not
//! projective.

use dateline::model::{Analysis, NameKind, Sentence, TokenIx};

use super::super::extract::printable;
use super::{Mark, form, marks};

/// Every sentence with its tree.
pub(super) fn drawn(text: &str, analysis: &Analysis, colours: bool) -> String {
    let marks = marks(analysis);
    let mut out = String::new();
    for (number, sentence) in (1..).zip(&analysis.sentences) {
        if number > 1 {
            out.push('\n');
        }
        let words = text.get(sentence.span.range()).unwrap_or_default();
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let head = painted(&format!("{number}  {}", printable(&words)), Style::Strong, colours);
        out.push_str(&head);
        out.push('\n');
        rows(text, analysis, sentence, &marks).iter().for_each(|row| row.print(colours, &mut out));
    }
    out
}

/// What one word's line says.
struct Row {
    /// The arcs, already of one width.
    arcs: String,
    /// Form, tag, relation and lemma, already of one width each.
    cells: [String; 4],
    mark: Option<Mark>,
}

impl Row {
    fn print(&self, colours: bool, out: &mut String) {
        let [form, tag, relation, lemma] = &self.cells;
        let name = self.mark.map(|mark| mark.kind);
        let style = name.map_or(Style::Plain, Style::Name);
        let mut line = format!(
            "{} {}  {}  {}  {}  {}",
            painted(&self.arcs, Style::Faint, colours),
            painted(form, style, colours),
            tag,
            painted(relation, Style::Faint, colours),
            painted(lemma, Style::Faint, colours),
            painted(&self.mark.map(bracket).unwrap_or_default(), style, colours),
        );
        line.truncate(line.trim_end().len());
        out.push_str(&line);
        out.push('\n');
    }
}

fn rows(text: &str, analysis: &Analysis, sentence: &Sentence, marks: &[Option<Mark>]) -> Vec<Row> {
    let first = sentence.tokens.start.at();
    let heads: Vec<Option<usize>> = sentence
        .tokens
        .range()
        .map(|at| {
            let head = analysis.arcs.get(at).and_then(|arc| arc.head);
            head.and_then(|head| head.at().checked_sub(first))
        })
        .collect();
    let mut arcs = arcs(&heads);
    let mut cells: [Vec<String>; 4] = Default::default();
    for at in sentence.tokens.range() {
        let token = TokenIx(at as u32);
        let form = form(text, analysis, token);
        let lemma = Some(analysis.lemma(token)).filter(|lemma| *lemma != form).unwrap_or_default();
        let tag = analysis.tags.get(at).map_or("", |tag| tag.upos.name());
        let relation = analysis.arcs.get(at).map_or("", |arc| arc.relation.name());
        for (column, cell) in cells.iter_mut().zip([form, tag, relation, lemma]) {
            column.push(printable(cell));
        }
    }
    cells.iter_mut().for_each(|column| pad(column));
    pad(&mut arcs);
    let mut columns = cells.map(Vec::into_iter);
    arcs.into_iter()
        .zip(sentence.tokens.range())
        .map(|(arcs, at)| Row {
            arcs,
            cells: columns.each_mut().map(|column| column.next().unwrap_or_default()),
            mark: marks.get(at).copied().flatten(),
        })
        .collect()
}

/// Fills all texts with blanks to the length of the longest.
fn pad(texts: &mut [String]) {
    let width = texts.iter().map(|text| text.chars().count()).max().unwrap_or_default();
    for text in texts {
        let missing = width - text.chars().count();
        text.extend(std::iter::repeat_n(' ', missing));
    }
}

/// The side of a name's bracket at a word.
fn bracket(mark: Mark) -> String {
    match (mark.begins, mark.ends) {
        (true, _) => {
            let corner = if mark.ends { ' ' } else { '┐' };
            let (kind, score) = (mark.kind.name(), f64::from(mark.score) / 1000.0);
            format!("{corner} {kind} {score:.2}")
        }
        (false, true) => "┘".to_owned(),
        (false, false) => "│".to_owned(),
    }
}

/// Draws the arcs of a sentence: per word a text of box characters. Words whose head is none are roots.
fn arcs(heads: &[Option<usize>]) -> Vec<String> {
    let mut lines = vec![String::new(); heads.len()];
    let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); heads.len()];
    let mut waiting = Vec::new();
    for (at, head) in heads.iter().enumerate() {
        match head.and_then(|head| dependents.get_mut(head)) {
            Some(of_head) => of_head.push(at),
            None => waiting.push(at),
        }
    }
    // Heads first, so that an arc begins to the left of what hangs on its end.
    while let Some(head) = waiting.pop() {
        let below = dependents.get(head).map_or(&[][..], Vec::as_slice);
        let first = below.first().map_or(head, |at| head.min(*at));
        let last = below.last().map_or(head, |at| head.max(*at));
        let range = lines.get_mut(first..=last).unwrap_or_default();
        let width = range.iter().map(|line| line.chars().count()).max().unwrap_or_default();
        for (at, line) in (first..).zip(range) {
            let goes_right = line.ends_with('─');
            let missing = width - line.chars().count();
            line.extend(std::iter::repeat_n(if goes_right { '─' } else { ' ' }, missing));
            line.push_str(match (at == first, at == last) {
                (true, true) if at == head => "╼",
                (true, false) if at == head => "┮",
                (false, true) if at == head => "┶",
                (false, false) if at == head => "┾",
                (true, _) => "╭─",
                (_, true) => "╰─",
                _ if below.contains(&at) => "├─",
                _ if goes_right => "┼─",
                _ => "│ ",
            });
        }
        waiting.extend(below);
    }
    lines
}

/// How a part of a line looks on a terminal.
#[derive(Clone, Copy)]
enum Style {
    Plain,
    Faint,
    Strong,
    Name(NameKind),
}

fn painted(text: &str, style: Style, colours: bool) -> String {
    let code = match style {
        Style::Plain => return text.to_owned(),
        Style::Faint => "2",
        Style::Strong => "1",
        Style::Name(NameKind::Person) => "33",
        Style::Name(NameKind::Organisation) => "36",
        Style::Name(NameKind::GeoPolitical | NameKind::Location | NameKind::Facility) => "32",
        Style::Name(NameKind::Group | NameKind::Event | NameKind::Miscellaneous) => "35",
    };
    if colours && !text.is_empty() {
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    const EXPECTED: &str = "\
1  Ann Lee doesn't stay.
╭─┮ Ann   PROPN  nsubj         ┐ PER 0.88
│ ╰─╼ Lee   PROPN  flat          ┘
├─╼ does  AUX    aux     do
├─╼ n't   PART   advmod  not
┾ stay  VERB   root
╰─╼ .     PUNCT  punct

2  She left.
╭─╼ She   PRON   nsubj  she
┾ left  VERB   root   leave
╰─╼ .     PUNCT  punct
";

    #[test]
    fn trees_are_drawn_in_the_order_of_the_text() {
        let drawn = drawn(sample::TEXT, &sample::analysis(), false);
        // Columns are aligned, which the expected text leaves out where it would only be blanks.
        let squeezed = |text: &str| -> Vec<String> {
            text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
        };
        assert_eq!(squeezed(&drawn), squeezed(EXPECTED), "{drawn}");
        let rows: Vec<&str> = drawn.lines().skip(1).take(6).collect();
        let column = |row: &&str| row.chars().position(char::is_alphanumeric);
        assert!(rows.iter().take(5).all(|row| column(row) == column(&rows[0])), "{drawn}");
    }

    #[test]
    fn crossing_arcs_and_single_words_are_drawn() {
        // 0 <- 2 with 1 <- 3 <- root 2: the arc from 3 to 1 crosses that from 2 to 0
        let lines = arcs(&[Some(2), Some(3), None, Some(2)]);
        assert_eq!(lines, ["╭─╼", "│ ╭─╼", "┾ │ ", "╰─┶"]);
        assert_eq!(arcs(&[None]), ["╼"]);
        assert!(arcs(&[]).is_empty());
    }

    #[test]
    fn colours_only_when_asked_for() {
        let analysis = sample::analysis();
        assert!(!drawn(sample::TEXT, &analysis, false).contains('\u{1b}'));
        assert!(drawn(sample::TEXT, &analysis, true).contains("\u{1b}[33mAnn"));
    }
}
