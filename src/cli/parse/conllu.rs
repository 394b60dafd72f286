//! An analysis as CoNLL-U.
//!
//! Words that touch and are both of letters (`does` and `n't`) share a multi-word token: other pieces that touch have a
//! hyphen, a slash or a digit between. Names stand in MISC as `NE=B-PER`. A paragraph begins with `newpar`.

use std::fmt::Write as _;

use dateline::model::{Analysis, Sentence, Span, TokenIx, TokenKind};

use super::{Mark, form, marks};

/// All sentences.
pub(super) fn written(text: &str, analysis: &Analysis, paragraphs: &[Span]) -> String {
    let marks = marks(analysis);
    let mut out = String::from("# newdoc\n");
    let mut paragraph = None;
    for (number, sentence) in (1..).zip(&analysis.sentences) {
        let holding = paragraphs.iter().position(|span| span.contains(sentence.span));
        if holding != paragraph || number == 1 {
            out.push_str("# newpar\n");
            paragraph = holding;
        }
        let words = text.get(sentence.span.range()).unwrap_or_default();
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        writeln!(out, "# sent_id = {number}\n# text = {words}").expect("a String takes all text");
        for at in sentence.tokens.range() {
            let token = TokenIx(at as u32);
            range_line(text, analysis, (sentence, token), &mut out);
            word_line(text, analysis, (sentence, token), &marks, &mut out);
        }
        out.push('\n');
    }
    out
}

/// Whether a token belongs to the same multi-word token as the one before it.
fn goes_on(analysis: &Analysis, sentence: &Sentence, at: usize) -> bool {
    let before = at.checked_sub(1).filter(|before| *before >= sentence.tokens.start.at());
    let pair = before.and_then(|before| analysis.tokens.get(before)).zip(analysis.tokens.get(at));
    at < sentence.tokens.end.at()
        && pair.is_some_and(|(before, token)| {
            before.span.end == token.span.start
                && before.kind == TokenKind::Word
                && token.kind == TokenKind::Word
        })
}

/// Whether no white space follows a token within its sentence.
fn touches(text: &str, analysis: &Analysis, at: usize) -> bool {
    let end = analysis.tokens.get(at).map(|token| token.span.end as usize);
    let rest = end.and_then(|end| text.get(end..)).unwrap_or_default();
    rest.starts_with(|letter: char| !letter.is_whitespace())
}

/// The line of the multi-word token that begins here, if one does.
fn range_line(
    text: &str,
    analysis: &Analysis,
    (sentence, token): (&Sentence, TokenIx),
    out: &mut String,
) {
    let at = token.at();
    if goes_on(analysis, sentence, at) || !goes_on(analysis, sentence, at + 1) {
        return;
    }
    let mut last = at + 1;
    while goes_on(analysis, sentence, last + 1) {
        last += 1;
    }
    let first = sentence.tokens.start.at();
    let forms: String = (at..=last).map(|at| form(text, analysis, TokenIx(at as u32))).collect();
    let misc = if touches(text, analysis, last) { "SpaceAfter=No" } else { "_" };
    let (from, to) = (at - first + 1, last - first + 1);
    writeln!(out, "{from}-{to}\t{forms}\t_\t_\t_\t_\t_\t_\t_\t{misc}")
        .expect("a String takes all text");
}

fn word_line(
    text: &str,
    analysis: &Analysis,
    (sentence, token): (&Sentence, TokenIx),
    marks: &[Option<Mark>],
    out: &mut String,
) {
    let (at, first) = (token.at(), sentence.tokens.start.at());
    let (upos, xpos) =
        analysis.tags.get(at).map_or(("_", "_"), |tag| (tag.upos.name(), tag.xpos.name()));
    let features: Vec<String> =
        analysis.features(token).named().map(|(name, value)| format!("{name}={value}")).collect();
    let features = if features.is_empty() { "_".to_owned() } else { features.join("|") };
    let arc = analysis.arcs.get(at);
    let head = arc.and_then(|arc| arc.head).map_or(0, |head| head.at() + 1 - first);
    let relation = arc.map_or("_", |arc| arc.relation.name());
    let mut misc = Vec::new();
    if let Some(mark) = marks.get(at).copied().flatten() {
        misc.push(format!("NE={}-{}", if mark.begins { "B" } else { "I" }, mark.kind.name()));
    }
    let in_range = goes_on(analysis, sentence, at) || goes_on(analysis, sentence, at + 1);
    if !in_range && touches(text, analysis, at) {
        misc.push("SpaceAfter=No".to_owned());
    }
    let misc = if misc.is_empty() { "_".to_owned() } else { misc.join("|") };
    // White space in a token (`1 500`) is one blank: a tab or line break would be read as the end of the column.
    let form = form(text, analysis, token).split_whitespace().collect::<Vec<_>>().join(" ");
    let lemma = match analysis.lemma(token) {
        "" => "_".to_owned(),
        lemma => lemma.split_whitespace().collect::<Vec<_>>().join(" "),
    };
    writeln!(
        out,
        "{}\t{form}\t{lemma}\t{upos}\t{xpos}\t{features}\t{head}\t{relation}\t_\t{misc}",
        at - first + 1
    )
    .expect("a String takes all text");
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    const EXPECTED: &str = "\
# newdoc
# newpar
# sent_id = 1
# text = Ann Lee doesn't stay.
1\tAnn\tAnn\tPROPN\tNNP\tNumber=Sing\t5\tnsubj\t_\tNE=B-PER
2\tLee\tLee\tPROPN\tNNP\tNumber=Sing\t1\tflat\t_\tNE=I-PER
3-4\tdoesn't\t_\t_\t_\t_\t_\t_\t_\t_
3\tdoes\tdo\tAUX\tVBZ\tMood=Ind|Number=Sing|Person=3|Tense=Pres|VerbForm=Fin\t5\taux\t_\t_
4\tn't\tnot\tPART\tRB\t_\t5\tadvmod\t_\t_
5\tstay\tstay\tVERB\tVB\tVerbForm=Inf\t0\troot\t_\tSpaceAfter=No
6\t.\t.\tPUNCT\t.\t_\t5\tpunct\t_\t_

# sent_id = 2
# text = She left.
1\tShe\tshe\tPRON\tPRP\tNumber=Sing|Person=3\t2\tnsubj\t_\t_
2\tleft\tleave\tVERB\tVBD\tMood=Ind|Number=Sing|Person=3|Tense=Past|VerbForm=Fin\t0\troot\t_\tSpaceAfter=No
3\t.\t.\tPUNCT\t.\t_\t2\tpunct\t_\t_

";

    #[test]
    fn a_text_is_written_and_reads_back() {
        let analysis = sample::analysis();
        let written = written(sample::TEXT, &analysis, &[Span::new(0, 31)]);
        assert_eq!(written, EXPECTED);
        let documents = dateline::eval::read_conllu("a", &written).unwrap();
        assert_eq!(documents[0].text, sample::TEXT.replace('\n', " "));
        assert_eq!(documents[0].words.len(), analysis.tokens.len());
    }

    #[test]
    fn paragraphs_are_told() {
        let analysis = sample::analysis();
        let two = [Span::new(0, 21), Span::new(22, 31)];
        assert_eq!(written(sample::TEXT, &analysis, &two).matches("# newpar\n").count(), 2);
    }
}
