//! The network in int8: made from the weights of training or from a model file, run over the sentences of an article.
//!
//! Embeddings have eight bits and one scale per table, dense weights seven bits and one scale per column, vectors stay in
//! f32. The output for a sentence depends on its words alone: not on the kernel, not on the sentences beside it, not on
//! what a scratch was used for before. Nothing is allocated per run once the buffers have grown.

#![allow(
    clippy::indexing_slicing,
    reason = "shapes are checked where a network is made, and at the head of a run"
)]

use super::encoder::{Encoder, EncoderScratch};
use super::feature::Keys;
use super::file::{ModelError, ModelFile};
use super::heads::{Encoded, Heads, HeadsScratch};
use super::kernel::{Kernel, Multiply, Work, dispatch};
use super::parts::{Layers, Parts};
use super::shape::{Shape, Weights};

/// Words that go through all layers together: enough to use the weights often while they are in the nearest cache, few
/// enough that the vectors of these words stay in the next. Whole sentences only.
const WORDS_TOGETHER: usize = 64;

/// A network in int8.
#[derive(Debug)]
pub struct Network {
    parts: Parts,
    encoder: Encoder,
    heads: Heads,
}

/// What the network says of each word. Every column has one entry per word, in the order of the sentences.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The class of the pair of tags.
    pub tags: Vec<u16>,
    /// The head: 0 is the root, else the place of a word in its sentence, from 1. A tree with one root per sentence.
    pub heads: Vec<u32>,
    /// The probability of that head among the other words of the sentence and the root.
    pub head_probabilities: Vec<f32>,
    /// The place in [`crate::model::Relation::ALL`] of the relation to the head; `root` for roots only.
    pub relations: Vec<u8>,
    /// The probability of that relation among all, given the head.
    pub relation_probabilities: Vec<f32>,
    /// The logits of the names head, [`super::NAME_CLASSES`] per word.
    pub name_scores: Vec<f32>,
}

/// Buffers of [`Network::run`], reused from article to article and from network to network.
#[derive(Debug, Default)]
pub struct NetworkScratch {
    encoder: EncoderScratch,
    heads: HeadsScratch,
}

impl Network {
    /// The network of the weights of training.
    pub fn quantise(weights: &Weights) -> Network {
        Network::new(Parts::quantise(weights))
    }

    /// The network of a model file.
    ///
    /// # Errors
    /// A section that is missing, has another length than the shape asks for, or holds sizes that this version has not.
    pub fn read(file: &ModelFile<'_>) -> Result<Network, ModelError> {
        Parts::read(file).map(Network::new)
    }

    /// The sections of the network in a model file, by name.
    pub fn sections(&self) -> Vec<(&'static str, Vec<u8>)> {
        self.parts.sections()
    }

    /// The sizes.
    pub fn shape(&self) -> Shape {
        self.parts.shape
    }

    fn new(parts: Parts) -> Network {
        let mut layers = Layers::new(&parts);
        let encoder = Encoder::new(parts.shape, &mut layers);
        let heads = Heads::new(parts.shape, &mut layers);
        Network { parts, encoder, heads }
    }

    /// Analyses sentences that lie one after the other in `keys`. What was in `out` is forgotten. A kernel that the
    /// processor does not have is replaced by the scalar one.
    ///
    /// # Panics
    /// When the sentences do not have as many words as there are keys.
    #[allow(
        clippy::too_many_arguments,
        reason = "two of them are the buffers that a run writes to"
    )]
    pub fn run(
        &self,
        kernel: Kernel,
        keys: &[Keys],
        sentence_lengths: &[u32],
        scratch: &mut NetworkScratch,
        out: &mut Outcome,
    ) {
        let words: usize = sentence_lengths.iter().map(|length| *length as usize).sum();
        assert_eq!(words, keys.len(), "sentences have as many words as there are keys");
        out.clear();
        dispatch(kernel, Run { network: self, keys, sentence_lengths, scratch, out });
    }
}

impl Outcome {
    fn clear(&mut self) {
        let Outcome { tags, heads, head_probabilities, relations, .. } = self;
        tags.clear();
        heads.clear();
        head_probabilities.clear();
        relations.clear();
        self.relation_probabilities.clear();
        self.name_scores.clear();
    }
}

struct Run<'a> {
    network: &'a Network,
    keys: &'a [Keys],
    sentence_lengths: &'a [u32],
    scratch: &'a mut NetworkScratch,
    out: &'a mut Outcome,
}

impl Work for Run<'_> {
    #[inline(always)]
    fn run<M: Multiply>(self, multiply: M) {
        let Run { network, keys, sentence_lengths, scratch, out } = self;
        let (mut keys, mut lengths) = (keys, sentence_lengths);
        while !lengths.is_empty() {
            let (sentences, words) = together(lengths);
            let (these, later) = lengths.split_at(sentences);
            scratch.encoder.run(multiply, &network.encoder, (&network.parts, keys), these);
            let encoded = Encoded { bytes: scratch.encoder.encoded(), lengths: these, words };
            scratch.heads.run(multiply, &network.heads, encoded, out);
            lengths = later;
            keys = &keys[words..];
        }
    }
}

/// How many sentences go through the layers next, and how many words they have.
fn together(lengths: &[u32]) -> (usize, usize) {
    let mut words = 0;
    for (sentences, length) in lengths.iter().enumerate() {
        let length = *length as usize;
        if sentences > 0 && words + length > WORDS_TOGETHER {
            return (sentences, words);
        }
        words += length;
    }
    (lengths.len(), words)
}
