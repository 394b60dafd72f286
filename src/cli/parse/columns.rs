//! An analysis as one JSON object of columns of equal length.
//!
//! Places are bytes of the text, half-open. `head` counts tokens of the whole text from 0 and is null at a root.

use serde_json::{Value, json};

use dateline::model::{Analysis, Score, TokenIx};

use super::form;

/// The object and a line break.
pub(super) fn written(text: &str, analysis: &Analysis) -> String {
    let tokens = || (0..analysis.tokens.len()).map(|at| TokenIx(at as u32));
    let column = |of: &dyn Fn(TokenIx) -> Value| Value::Array(tokens().map(of).collect());
    let tag = |token: TokenIx| analysis.tags.get(token.at());
    let arc = |token: TokenIx| analysis.arcs.get(token.at());
    let sentences = analysis.sentences.iter().map(|sentence| {
        json!({
            "span": [sentence.span.start, sentence.span.end],
            "tokens": [sentence.tokens.start.0, sentence.tokens.end.0],
        })
    });
    let names = analysis.names.iter().map(|name| {
        json!({
            "kind": name.kind.name(),
            "text": text.get(name.span.range()),
            "span": [name.span.start, name.span.end],
            "tokens": [name.tokens.start.0, name.tokens.end.0],
            "head": name.head.0,
            "score": decimal(name.score),
        })
    });
    let features = |token: TokenIx| {
        let named = analysis.features(token).named();
        Value::Object(named.map(|(name, value)| (name.to_owned(), value.into())).collect())
    };
    let object = json!({
        "sentences": sentences.collect::<Vec<_>>(),
        "span": column(&|token| {
            let span = analysis.tokens.get(token.at()).map(|token| token.span);
            span.map_or(Value::Null, |span| json!([span.start, span.end]))
        }),
        "form": column(&|token| form(text, analysis, token).into()),
        "lemma": column(&|token| analysis.lemma(token).into()),
        "upos": column(&|token| tag(token).map(|tag| tag.upos.name()).into()),
        "xpos": column(&|token| tag(token).map(|tag| tag.xpos.name()).into()),
        "features": column(&features),
        "head": column(&|token| arc(token).and_then(|arc| arc.head).map(|head| head.0).into()),
        "head_score": column(&|token| arc(token).map(|arc| decimal(arc.head_score)).into()),
        "relation": column(&|token| arc(token).map(|arc| arc.relation.name()).into()),
        "relation_score": column(&|token| arc(token).map(|arc| decimal(arc.relation_score)).into()),
        "names": names.collect::<Vec<_>>(),
    });
    format!("{object}\n")
}

fn decimal(score: Score) -> f64 {
    f64::from(score.thousandths()) / 1000.0
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn columns_have_one_length_and_names_their_places() {
        let written = written(sample::TEXT, &sample::analysis());
        let object: Value = serde_json::from_str(&written).unwrap();
        for column in ["span", "form", "lemma", "upos", "xpos", "features", "head", "relation"] {
            assert_eq!(object[column].as_array().unwrap().len(), 9, "{column}");
        }
        assert_eq!(object["form"][3], "n't");
        assert_eq!(object["head"][6], 7);
        assert_eq!(object["head"][7], Value::Null);
        assert_eq!(object["relation_score"][0], 0.875);
        assert_eq!(object["features"][8], json!({}));
        assert_eq!(object["names"][0]["text"], "Ann Lee");
        assert_eq!(object["sentences"][1]["tokens"], json!([6, 9]));
    }
}
