//! What is learned beside the network, in seconds: lemmas and the splitter of sentences; and the model file of it all.

use super::{lemma, splitter};
use crate::analyse::tokenise;
use crate::eval::TreeDocument;
use crate::model::Tag;
use crate::nn::{ModelFile, Network, Shape, Splitter, Weights};
use crate::pack::{Lexicon, Model};

/// Lemmas and the splitter.
pub struct Tables {
    lemmas: Vec<u8>,
    splitter: Splitter,
}

impl Tables {
    /// What treebanks teach.
    pub fn learn(treebanks: &[TreeDocument], lexicon: &Lexicon) -> Tables {
        let words = treebanks.iter().flat_map(|document| &document.words);
        let words = words
            .filter(|word| word.lemma != "_")
            .map(|word| (word.form.as_str(), word.lemma.as_str(), word.tag.upos, word.tag.xpos));
        let lemmas = lemma::learn(words);
        let blocks: Vec<_> =
            treebanks.iter().flat_map(|document| split_blocks(document, lexicon)).collect();
        Tables { lemmas, splitter: splitter::train(&blocks, lexicon) }
    }

    /// A model file with these tables and a network. `manifest` says how it was made, as JSON.
    pub fn model_file(&self, network: &Network, tags: &[Tag], manifest: &str) -> Vec<u8> {
        let (tags, splitter) = (Model::write_tags(tags), self.splitter.write());
        let network = network.sections();
        let mut sections: Vec<(&str, &[u8])> = vec![
            (Model::MANIFEST, manifest.as_bytes()),
            (Model::TAGS, &tags),
            (Model::LEMMAS, &self.lemmas),
            (Model::SPLITTER, &splitter),
        ];
        sections.extend(network.iter().map(|(name, bytes)| (*name, bytes.as_slice())));
        ModelFile::write(&sections)
    }

    /// A model file whose network knows nothing: it divides texts, for whoever trains.
    pub fn bare_model_file(&self) -> Vec<u8> {
        let shape = Shape { width: 16, blocks: 1, arc: 16, relation: 16, tags: 1 };
        let tag = Tag { upos: crate::model::Upos::X, xpos: crate::model::Xpos::Unknown };
        self.model_file(&Network::quantise(&Weights::zeros(shape)), &[tag], "{}")
    }
}

/// The paragraphs of a document with our tokens and the ends of their sentences.
fn split_blocks(document: &TreeDocument, lexicon: &Lexicon) -> Vec<splitter::SplitBlock> {
    let mut scratch = String::new();
    let blocks = document.paragraphs.iter().map(|paragraph| {
        let mut tokens = Vec::new();
        tokenise(&document.text, *paragraph, lexicon, &mut scratch, &mut tokens);
        let ends = document.sentences.iter().map(|sentence| sentence.span.end);
        let ends = ends.filter(|end| paragraph.start < *end && *end <= paragraph.end).collect();
        splitter::SplitBlock { text: document.text.clone(), tokens, ends }
    });
    blocks.collect()
}
