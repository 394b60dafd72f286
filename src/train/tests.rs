//! Training as a whole, on a corpus of thirty sentences: it learns, it is the same each time, it goes on after a stop.

use std::sync::{Arc, LazyLock};

use super::card::{Making, card, manifest};
use super::recipe::{CorpusFile, CorpusTexts, Lesson, corpus, treebanks};
use super::score::{Figure, below_floors, floors, scored_paths};
use super::*;
use crate::analyse::{Block, complete, split};
use crate::model::{Limits, Notes, Span};
use crate::nn::Network;
use crate::pack::{Model, Pack, Setup};

static SETUP: LazyLock<Setup> = LazyLock::new(|| setup_of(Pack::embedded().unwrap()));

fn setup_of(pack: Pack) -> Setup {
    let limits = Limits {
        article_bytes_max: 1 << 20,
        sentences_max: 1000,
        sentence_tokens_max: 256,
        mentions_max: 1000,
        participants_max: 16,
        events_max: 1000,
    };
    Setup { pack: Arc::new(pack), limits }
}

const RECIPE: &[CorpusFile] = &[
    CorpusFile {
        path: "trees.conllu",
        lesson: Lesson::Trees { names: None },
        share: 1.0,
        title: "Thirty sentences",
        licence: "CC0 1.0",
        published: "https://example.org/trees",
    },
    CorpusFile {
        path: "names.jsonl",
        lesson: Lesson::Names,
        share: 1.5,
        title: "Twenty lines",
        licence: "CC BY 4.0",
        published: "https://example.org/names",
    },
];

/// A shape of sentences: form, universal tag, Penn tag, head and relation of each word.
type Pattern = &'static [(&'static str, &'static str, u32, &'static str)];

const DID: Pattern = &[
    ("DET", "DT", 2, "det"),
    ("NOUN", "NN", 3, "nsubj"),
    ("VERB", "VBD", 0, "root"),
    ("PUNCT", ".", 3, "punct"),
];
const DID_IT: Pattern = &[
    ("PROPN", "NNP", 2, "nsubj"),
    ("VERB", "VBD", 0, "root"),
    ("DET", "DT", 4, "det"),
    ("NOUN", "NN", 2, "obj"),
    ("PUNCT", ".", 2, "punct"),
];
const DID_IN: Pattern = &[
    ("NOUN", "NNS", 2, "nsubj"),
    ("VERB", "VBD", 0, "root"),
    ("ADP", "IN", 4, "case"),
    ("PROPN", "NNP", 2, "obl"),
    ("PUNCT", ".", 2, "punct"),
];

/// Sentences in documents: a word is `form` or `form:lemma`.
const SENTENCES: [(&str, &[(Pattern, &str)]); 3] = [
    (
        "harbour",
        &[
            (DID, "The:the harbour closed:close ."),
            (DID, "The:the storm passed:pass ."),
            (DID, "A:a tanker sank:sink ."),
            (DID, "No:no sailor drowned:drown ."),
            (DID_IT, "Norway sent:send a tug ."),
            (DID_IT, "Denmark closed:close the strait ."),
            (DID_IN, "Ships:ship waited:wait off Oslo ."),
            (DID_IN, "Pilots:pilot slept:sleep in Bergen ."),
            (DID, "The:the wind fell:fall ."),
            (DID, "The:the harbour opened:open ."),
        ],
    ),
    (
        "treaty",
        &[
            (DID_IT, "Egypt signed:sign the treaty ."),
            (DID_IT, "Israel signed:sign the treaty ."),
            (DID_IN, "Envoys:envoy met:meet in Geneva ."),
            (DID_IN, "Crowds:crowd cheered:cheer in Cairo ."),
            (DID, "The:the war ended:end ."),
            (DID, "The:the army withdrew:withdraw ."),
            (DID_IT, "Jordan praised:praise the deal ."),
            (DID_IT, "Syria rejected:reject the deal ."),
            (DID, "A:a minister resigned:resign ."),
            (DID_IN, "Talks:talk resumed:resume in Vienna ."),
        ],
    ),
    (
        "vote",
        &[
            (DID, "The:the vote began:begin ."),
            (DID_IN, "Voters:voter queued:queue in Nairobi ."),
            (DID_IN, "Soldiers:soldier watched:watch in Mombasa ."),
            (DID_IT, "Kenya counted:count the vote ."),
            (DID, "A:a judge spoke:speak ."),
            (DID, "The:the court ruled:rule ."),
            (DID_IT, "Uganda sent:send an envoy ."),
            (DID, "The:the rival lost:lose ."),
            (DID_IN, "Protests:protest spread:spread in Kisumu ."),
            (DID, "The:the night passed:pass ."),
        ],
    ),
];

/// Lines with names in brackets, each behind its kind.
const NAMES: [&str; 20] = [
    "[PER Ana Prado] met [PER Jon Lund] in [GPE Lisbon].",
    "[GPE France] and [GPE Spain] signed a pact.",
    "The [ORG African Union] met in [GPE Addis Ababa].",
    "[ORG NATO] moved ships to the [LOC Baltic Sea].",
    "The [NORP Kurdish] party won a seat.",
    "[PER Lund] spoke at [FAC Heathrow Airport].",
    "Nobody spoke. The [ORG Red Cross] waited.",
    "[GPE Norway] closed the [FAC Oslo Tunnel].",
    "[PER Prado] said no.",
    "The [EVENT Winter Olympics] began in [GPE Turin].",
    "Ships left [GPE Bergen] at noon.",
    "[ORG Acme] sold the mine to [ORG Zenith].",
    "[NORP Danes] voted on Tuesday.",
    "A storm crossed the [LOC North Sea].",
    "[PER Mary Major] wrote [MISC The Long War].",
    "The court ruled against [GPE Chile].",
    "[GPE Mali] left the [ORG Sahel League].",
    "Voters in [GPE Kisumu] waited.",
    "[PER Jon Lund] resigned.",
    "Talks failed in [GPE Geneva].",
];

fn trees() -> String {
    let mut out = String::new();
    for (id, sentences) in SENTENCES {
        out.push_str(&format!("# newdoc id = {id}\n"));
        for (pattern, sentence) in sentences {
            let words: Vec<&str> = sentence.split(' ').collect();
            assert_eq!(words.len(), pattern.len(), "{sentence}");
            for (at, (word, (upos, xpos, head, relation))) in words.iter().zip(*pattern).enumerate()
            {
                let (form, lemma) = word.split_once(':').unwrap_or((word, word));
                let space = if at + 2 == words.len() { "SpaceAfter=No" } else { "_" };
                out.push_str(&format!(
                    "{}\t{form}\t{lemma}\t{upos}\t{xpos}\t_\t{head}\t{relation}\t_\t{space}\n",
                    at + 1
                ));
            }
            out.push('\n');
        }
    }
    out
}

fn names() -> String {
    let lines = NAMES.iter().enumerate().map(|(at, line)| {
        let (mut text, mut entities) = (String::new(), Vec::new());
        for part in line.split(['[', ']']) {
            let start = text.chars().count();
            match part.split_once(' ') {
                Some((kind, name)) if kind.len() > 2 && kind.chars().all(char::is_uppercase) => {
                    text.push_str(name);
                    let end = text.chars().count();
                    entities.push(serde_json::json!({ "start": start, "end": end, "type": kind }));
                }
                _ => text.push_str(part),
            }
        }
        let id = format!("line-{at}");
        serde_json::json!({ "id": id, "text": text, "entities": entities }).to_string() + "\n"
    });
    lines.collect()
}

fn texts() -> CorpusTexts {
    vec![("trees.conllu", trees()), ("names.jsonl", names())]
}

/// Leaves out no document.
fn everything(_: &str) -> bool {
    false
}

fn small_corpus(without: &dyn Fn(&str) -> bool) -> Corpus<'static> {
    corpus(&SETUP, RECIPE, &texts(), without).unwrap()
}

/// The averaged weights are those of all epochs, so that a sum stands in every checkpoint.
fn options() -> Options {
    let small = Options { width: 16, blocks: 1, arc: 16, relation: 16, ..Options::default() };
    Options { epochs: 3, batch_words: 60, averaged: 0.9, ..small }
}

fn trained(trainer: &mut Trainer<'_>) -> Vec<f64> {
    let mut losses = Vec::new();
    while !trainer.is_done() {
        let tally = trainer.run_epoch(&mut |share| assert!(share > 0.0 && share <= 1.0));
        losses.push(tally.loss / f64::from(tally.words));
    }
    losses
}

fn tables() -> Tables {
    let treebanks = treebanks(RECIPE, &texts(), &everything).unwrap();
    Tables::learn(&treebanks, &SETUP.pack.lexicon)
}

fn model_file(trainer: &Trainer<'_>, corpus: &Corpus<'_>, tables: &Tables) -> Vec<u8> {
    let making = Making {
        recipe: RECIPE,
        options: options(),
        data_hash: corpus.hash(),
        left_out: &[],
        teacher: None,
        figures: &[],
    };
    tables.model_file(&Network::quantise(&trainer.finished()), &corpus.tags, &manifest(&making))
}

fn forms(text: &str, setup: &Setup) -> Vec<String> {
    let block = Block { span: Span::of(0, text.len()), headline: false };
    let analysis = split(setup, text, [block], &mut Notes::default());
    analysis.sentences.iter().map(|sentence| text[sentence.span.range()].to_owned()).collect()
}

#[test]
fn the_corpus_is_what_its_texts_say() {
    let corpus = small_corpus(&everything);
    let counts: Vec<usize> = corpus.sources.iter().map(|source| source.sentences.len()).collect();
    assert_eq!(counts, [30, 21], "sentences of trees, and of names with one line of two");
    assert_eq!(corpus.tags.len(), 7);
    let [trees, names] = &corpus.sources[..] else { panic!("two sources") };
    assert_eq!((trees.share, names.share), (1.0, 1.5));
    let first = &trees.sentences[0];
    assert_eq!((first.text.as_str(), &first.heads[..]), ("The harbour closed.", &[2, 3, 0, 3][..]));
    let named = &names.sentences[0];
    assert!(named.heads.is_empty() && named.tags.is_empty());
    // Ana Prado begins and ends a person, `met` is outside of all names
    assert_eq!(named.names[..3], [1 << 1, 1 << 3, 1]);
}

#[test]
fn the_loss_falls() {
    let corpus = small_corpus(&everything);
    let mut trainer = Trainer::new(&corpus, &SETUP.pack.names, options());
    let held_out: Vec<TrainingSentence> = corpus.sources[0].sentences[..5].to_vec();
    let before = trainer.look(&held_out, false);
    let losses = trained(&mut trainer);
    assert_eq!((losses.len(), trainer.epoch()), (3, 3));
    assert!(losses[0].is_finite() && losses.is_sorted_by(|a, b| a > b), "{losses:?}");
    let after = trainer.look(&held_out, false);
    assert_eq!((before.words, after.words, after.tagged), (20 + 1, 20 + 1, 20 + 1));
    assert!(after.loss < before.loss, "{} is not below {}", after.loss, before.loss);
}

#[test]
fn two_trainings_and_one_that_was_stopped_give_the_same_bytes() {
    let corpus = small_corpus(&everything);
    let tables = tables();
    let new = || Trainer::new(&corpus, &SETUP.pack.names, options());
    let mut whole = new();
    trained(&mut whole);
    let expected = model_file(&whole, &corpus, &tables);

    let mut stopped = new();
    stopped.run_epoch(&mut |_| {});
    let checkpoint = stopped.checkpoint();
    drop(stopped);
    let mut resumed = new();
    resumed.resume(&checkpoint).unwrap();
    assert_eq!(resumed.epoch(), 1);
    assert!(resumed.checkpoint() == checkpoint, "a resumed training is not what was stopped");
    trained(&mut resumed);
    assert!(resumed.checkpoint() == whole.checkpoint(), "the weights after a stop differ");
    assert!(model_file(&resumed, &corpus, &tables) == expected, "the model after a stop differs");

    let again_corpus = small_corpus(&everything);
    let mut again = Trainer::new(&again_corpus, &SETUP.pack.names, options());
    trained(&mut again);
    let again = model_file(&again, &again_corpus, &self::tables());
    assert!(again == expected, "a second training differs");
}

#[test]
fn another_seed_gives_another_model() {
    let corpus = small_corpus(&everything);
    let weights = |seed| {
        let options = Options { epochs: 1, seed, ..options() };
        let mut trainer = Trainer::new(&corpus, &SETUP.pack.names, options);
        trained(&mut trainer);
        trainer.finished()
    };
    assert!(weights(1) != weights(2));
}

#[test]
fn a_checkpoint_of_something_else_is_refused() {
    let corpus = small_corpus(&everything);
    let lists = &SETUP.pack.names;
    let mut trainer = Trainer::new(&corpus, lists, options());
    trainer.run_epoch(&mut |_| {});
    let bytes = trainer.checkpoint();
    let line = |data: u64| format!("dateline training 1, data {data:016x}");

    let other_options = Options { seed: 2, ..options() };
    let mut other = Trainer::new(&corpus, lists, other_options);
    let message = other.resume(&bytes).unwrap_err().to_string();
    assert!(message.starts_with(&format!(
        "the checkpoint is of another training: it says `{}",
        line(corpus.hash())
    )));
    assert!(message.contains("seed: 2"), "{message}");
    assert_eq!(other.epoch(), 0);

    let smaller = small_corpus(&|id| id == "vote");
    let mut other = Trainer::new(&smaller, lists, options());
    let message = other.resume(&bytes).unwrap_err().to_string();
    assert!(message.contains(&line(corpus.hash())) && message.contains(&line(smaller.hash())));

    let mut fresh = Trainer::new(&corpus, lists, options());
    let cut = &bytes[..bytes.len() - 1];
    assert_eq!(
        fresh.resume(cut).unwrap_err(),
        CheckpointError::Length { found: cut.len(), wanted: bytes.len() }
    );
    let message = fresh.resume(cut).unwrap_err().to_string();
    let (found, wanted) = (cut.len(), bytes.len());
    assert_eq!(message, format!("the checkpoint has {found} bytes, {wanted} are needed"));
    let longer = [&bytes[..], &[0]].concat();
    assert!(fresh.resume(&longer).unwrap_err().to_string().contains(" bytes, "));
    let message = fresh.resume(b"").unwrap_err().to_string();
    assert!(message.contains("it says ``"), "{message}");
    assert_eq!(fresh.epoch(), 0);
    fresh.resume(&bytes).unwrap();
    assert_eq!(fresh.epoch(), 1);
}

#[test]
fn documents_named_in_without_are_left_out() {
    let all = small_corpus(&everything);
    assert_eq!(all.hash(), small_corpus(&everything).hash());
    let without = |id: &str| matches!(id, "treaty" | "line-6" | "line-0");
    let fewer = small_corpus(&without);
    let counts: Vec<usize> = fewer.sources.iter().map(|source| source.sentences.len()).collect();
    assert_eq!(counts, [20, 18]);
    assert_ne!(fewer.hash(), all.hash());
    let sentences = fewer.sources.iter().flat_map(|source| &source.sentences);
    let text: String = sentences.map(|sentence| sentence.text.as_str()).collect();
    for gone in ["treaty", "Nobody spoke", "Red Cross", "Ana Prado"] {
        assert!(!text.contains(gone), "{gone} is left");
    }
    let left: Vec<String> = treebanks(RECIPE, &texts(), &without)
        .unwrap()
        .into_iter()
        .map(|document| document.id)
        .collect();
    assert_eq!(left, ["harbour", "vote"]);
}

#[test]
fn a_corpus_that_can_not_be_read_names_file_and_line() {
    let mut texts = texts();
    texts[1].1.push_str("{\"id\": \"x\"}\n");
    let error = corpus(&SETUP, RECIPE, &texts, &everything).err().unwrap().to_string();
    assert!(error.starts_with("names.jsonl:21: missing field `text`"), "{error}");
}

#[test]
fn the_model_file_reads_back_and_analyses() {
    let corpus = small_corpus(&everything);
    let tables = tables();
    let mut trainer = Trainer::new(&corpus, &SETUP.pack.names, options());
    trainer.run_epoch(&mut |_| {});
    let bytes = model_file(&trainer, &corpus, &tables);
    let model = Model::read(&bytes).unwrap();
    assert_eq!(model.tags, corpus.tags);
    assert_eq!((model.network.shape().width, model.network.shape().tags), (16, corpus.tags.len()));
    let setup = setup_of(Pack::embedded().unwrap().with_model(&bytes).unwrap());
    let text = "The harbour closed.";
    let block = Block { span: Span::of(0, text.len()), headline: false };
    let mut analysis = split(&setup, text, [block], &mut Notes::default());
    complete(&setup, text, &mut analysis);
    assert_eq!((analysis.tags.len(), analysis.arcs.len()), (4, 4));
    assert!(analysis.tags.iter().all(|tag| corpus.tags.contains(tag)));
}

#[test]
fn the_bare_model_file_divides_a_text() {
    let bytes = tables().bare_model_file();
    assert!(bytes == tables().bare_model_file(), "the same treebanks give other tables");
    let setup = setup_of(Pack::embedded().unwrap().with_model(&bytes).unwrap());
    assert_eq!(
        forms("The harbour closed. Ships waited off Oslo. Mr. Lund slept.", &setup),
        ["The harbour closed.", "Ships waited off Oslo.", "Mr. Lund slept."]
    );
}

#[test]
fn a_teacher_adds_trees_and_texts_and_replaces_nothing() {
    let before = small_corpus(&everything);
    let mut corpus = small_corpus(&everything);
    corpus.add_trees(&SETUP);
    let [trees, names] = &corpus.sources[..] else { panic!("two sources") };
    for (sentence, old) in trees.sentences.iter().zip(&before.sources[0].sentences) {
        assert_eq!((&sentence.heads, &sentence.tags), (&old.heads, &old.tags));
    }
    for (sentence, old) in names.sentences.iter().zip(&before.sources[1].sentences) {
        let count = sentence.tokens.len();
        let columns = [sentence.tags.len(), sentence.heads.len(), sentence.relations.len()];
        assert_eq!(columns, [count; 3]);
        assert_eq!(sentence.names, old.names);
    }
    assert_ne!(corpus.hash(), before.hash());

    let jsonl = "{\"id\": \"a\", \"text\": \"Ships waited off the port of Oslo. They left.\"}\n\n\
                 {\"id\": \"b\", \"text\": \"Envoys met in the town of Geneva.\"}\n";
    let texts = read_texts(jsonl, &|id| id == "b").unwrap();
    assert_eq!(texts, ["Ships waited off the port of Oslo. They left."]);
    corpus.add_texts(&SETUP, &texts, 0.5);
    let added: Vec<&str> =
        corpus.sources[2].sentences.iter().map(|sentence| sentence.text.as_str()).collect();
    assert_eq!(added, ["Ships waited off the port of Oslo."], "two words are too few");
    let error = read_texts("{\"id\": \"a\", \"text\": \"\"}\n{}", &everything).unwrap_err();
    assert!(error.starts_with("line 2: missing field `id`"), "{error}");
    let mut trainer = Trainer::new(&corpus, &SETUP.pack.names, options());
    assert!(trained(&mut trainer).iter().all(|loss| loss.is_finite()));
}

#[test]
fn a_missed_floor_is_named() {
    let figures = |less: f64| -> Vec<Figure> {
        let figure = |(file, measure, floor): (&'static str, &str, f64)| Figure {
            file,
            measure: measure.to_owned(),
            value: floor - less,
        };
        floors().map(figure).collect()
    };
    assert_eq!(below_floors(&figures(0.0)), [""; 0]);
    assert_eq!(below_floors(&figures(0.001)).len(), floors().count());
    let mut one = figures(0.0);
    one[1].value -= 0.0123;
    let (file, measure, floor) = floors().nth(1).unwrap();
    let expected = format!("{file} {measure} {:.4}, the floor is {floor}", floor - 0.0123);
    assert_eq!(below_floors(&one), [expected]);
    for (file, ..) in floors() {
        assert!(file.contains("test.") && scored_paths().any(|path| path == file), "{file}");
        assert!(recipe::ENGLISH.iter().all(|learned| learned.path != file), "{file} is learned");
    }
}

#[test]
fn card_and_manifest_name_every_corpus_with_its_licence() {
    let left_out = ["vote".to_owned()];
    let figures = [Figure { file: "trees.conllu", measure: "las_gold".to_owned(), value: 0.81236 }];
    for recipe in [RECIPE, recipe::ENGLISH] {
        let making = Making {
            recipe,
            options: options(),
            data_hash: 0xabc,
            left_out: &left_out,
            teacher: Some("one sentence about it"),
            figures: &figures,
        };
        let card = card(&making, "0123456789ab", 1234, 56);
        let manifest: serde_json::Value = serde_json::from_str(&manifest(&making)).unwrap();
        let corpora = manifest["corpora"].as_array().unwrap();
        assert_eq!(corpora.len(), recipe.len());
        for (file, corpus) in recipe.iter().zip(corpora) {
            let row = card.lines().find(|line| line.contains(file.path)).unwrap();
            for part in [file.title, file.licence, file.published] {
                assert!(!part.is_empty() && row.contains(part), "{part} is not in {row}");
            }
            let told = ["path", "title", "licence"].map(|key| corpus[key].as_str().unwrap());
            assert_eq!(told, [file.path, file.title, file.licence]);
        }
        for part in [
            "`0123456789ab`",
            "1234 bytes",
            "56 s",
            "0000000000000abc",
            "Left out: vote.",
            "one sentence about it",
        ] {
            assert!(card.contains(part), "{part} is not in the card");
        }
        assert!(card.contains("| las_gold | 81.24 |"), "{card}");
        assert_eq!(manifest["scores"]["trees.conllu las_gold"], 0.8124);
        assert_eq!((&manifest["data"], &manifest["seed"]), (&"0000000000000abc".into(), &1.into()));
        assert_eq!(manifest["teacher"], "one sentence about it");
        assert_eq!(manifest["left_out"], serde_json::json!(["vote"]));
    }
}
