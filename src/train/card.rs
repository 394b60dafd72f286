//! The model card: what a model was made of and how good it is, for people, and the manifest inside the model file, for
//! programs (Mitchell et al. 2019, Model Cards for Model Reporting).

use std::fmt::Write as _;

use super::Options;
use super::recipe::CorpusFile;
use super::score::Figure;

/// What is known about a finished training.
#[derive(Clone, Debug)]
pub struct Making<'a> {
    /// The corpora.
    pub recipe: &'a [CorpusFile],
    /// Settings.
    pub options: Options,
    /// Hash of everything that was learned from.
    pub data_hash: u64,
    /// Ids of documents that were left out.
    pub left_out: &'a [String],
    /// What a teacher added, where there was one.
    pub teacher: Option<&'a str>,
    /// Figures on dev and test parts.
    pub figures: &'a [Figure],
}

/// The manifest in the model file, JSON. It holds nothing of the moment or the machine: the same data and settings give
/// the same text.
pub fn manifest(making: &Making<'_>) -> String {
    let corpora = making.recipe.iter().map(|file| {
        serde_json::json!({
            "path": file.path, "title": file.title, "licence": file.licence, "share": file.share,
        })
    });
    let figures = making.figures.iter().map(|figure| {
        let thousandths = (figure.value * 10_000.0).round() / 10_000.0;
        (format!("{} {}", figure.file, figure.measure), serde_json::json!(thousandths))
    });
    let value = serde_json::json!({
        "format": 1,
        "trainer": env!("CARGO_PKG_VERSION"),
        "options": format!("{:?}", making.options),
        "seed": making.options.seed,
        "data": format!("{:016x}", making.data_hash),
        "left_out": making.left_out,
        "teacher": making.teacher,
        "licence": "CC BY-SA 4.0",
        "corpora": corpora.collect::<Vec<_>>(),
        "scores": figures.collect::<serde_json::Map<_, _>>(),
    });
    value.to_string()
}

/// The card, Markdown. `id` and `bytes` are those of the model file, `seconds` the time that the training took.
pub fn card(making: &Making<'_>, id: &str, bytes: usize, seconds: u64) -> String {
    let mut out = String::new();
    let mut line = |text: std::fmt::Arguments<'_>| {
        out.write_fmt(text).and_then(|()| out.write_char('\n')).expect("writing to a String");
    };
    let Options { width, blocks, arc, relation, epochs, seed, .. } = making.options;
    line(format_args!("# Model card: English analysis core `{id}`\n"));
    line(format_args!("| | |\n|---|---|"));
    line(format_args!(
        "| purpose | words of English news -> part-of-speech tags, dependency trees (UD), lemmas, names of eight kinds, sentence ends |"
    ));
    line(format_args!(
        "| network | hashed embeddings, {blocks} x (convolution of 3 + bidirectional minGRU), width {width}, arcs {arc}, relations {relation}; int8 |"
    ));
    line(format_args!("| size | {bytes} bytes |"));
    line(format_args!(
        "| training | `dateline train`, {epochs} epochs, seed {seed}, {seconds} s; data {:016x} |",
        making.data_hash
    ));
    line(format_args!("| licence | CC BY-SA 4.0; the code that runs it is MIT OR Apache-2.0 |\n"));
    line(format_args!(
        "## Corpora\n\n| file | what | licence | share | published |\n|---|---|---|---|---|"
    ));
    for file in making.recipe {
        line(format_args!(
            "| {} | {} | {} | {} | {} |",
            file.path, file.title, file.licence, file.share, file.published
        ));
    }
    if let Some(teacher) = making.teacher {
        line(format_args!("\nTaught by a wider model of the same corpora: {teacher}."));
    }
    if !making.left_out.is_empty() {
        line(format_args!("\nLeft out: {}.", making.left_out.join(", ")));
    }
    line(format_args!(
        "\n## Scores\n\nF1 in percent, as `dateline eval parse` and `dateline eval ner` compute them."
    ));
    let mut file = "";
    for figure in making.figures {
        if figure.file != file {
            file = figure.file;
            line(format_args!("\n**{file}**\n\n| measure | F1 |\n|---|---|"));
        }
        line(format_args!("| {} | {:.2} |", figure.measure, 100.0 * figure.value));
    }
    line(format_args!("{WEAKNESSES}"));
    out
}

const WEAKNESSES: &str = "
## Known weaknesses

- Organisations are the weakest of the frequent kinds of names; company and newspaper names that read as persons or places are confused with them.
- Events and works (EVENT, MISC) are rare in the open corpora, and their borders are found less well than those of people and places.
- Text that is not edited (tweets, transcripts) is divided and parsed worse than news; sentences above 120 words were not trained on.
- Trained on American and international English of 2000 to 2026; dialects and code-switching are hardly in it.
- The names that it learned from are those of the news of these years: a name is never evidence of anything about its bearer.";
