//! One pass forward and one back through the network for a few sentences, in f32, by hand.
//!
//! Rows: a zero row stands before each sentence and after the last, so that the convolution of neighbours never looks
//! across a sentence's end. The forward pass keeps what the backward pass needs; both are written for whole matrices.
//! Gradients are added to what is there, in the order of the sentences. The layers are those of `nn`; losses and
//! dropout follow Dozat & Manning 2017 (biaffine arcs) and Feng et al. 2024 (minGRU).

#![allow(clippy::indexing_slicing, reason = "every shape is fixed when the buffers are made")]

use super::encoder::{Encoder, Input};
use super::heads::Heads;
use super::rng::Rng;
use crate::nn::{Keys, Layout, NAME_CLASSES, Weights};

/// One sentence to learn from. Columns that a corpus does not have are empty.
#[derive(Clone, Debug, Default)]
pub(super) struct Example {
    /// Rows of each word.
    pub keys: Vec<Keys>,
    /// Tag class of each word.
    pub tags: Vec<u16>,
    /// Head of each word: 0 is the root, else one more than its place.
    pub heads: Vec<u32>,
    /// Relation of each word to its head.
    pub relations: Vec<u8>,
    /// For each word the name classes that the annotation allows, one bit a class: a corpus that knows fewer kinds
    /// allows several.
    pub names: Vec<u64>,
}

/// The head of a word whose head is not known: it teaches nothing about arcs.
pub(crate) const UNKNOWN_HEAD: u32 = u32::MAX;

/// The tag class of a word whose tags are not known.
pub(crate) const UNKNOWN_TAG: u16 = u16::MAX;

const _: () = assert!(NAME_CLASSES <= 64);

/// Chances that parts are left out in training.
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    /// Of a channel.
    pub channel: f32,
    /// Of a hashed feature other than the form.
    pub feature: f32,
    /// Of the gazetteer bits of a sentence.
    pub gazetteer: f32,
}

/// Shares of the losses.
#[derive(Clone, Copy, Debug)]
pub struct LossWeights {
    /// Of tags.
    pub tags: f32,
    /// Of heads.
    pub heads: f32,
    /// Of relations.
    pub relations: f32,
    /// Of names.
    pub names: f32,
}

/// Sums of losses and hits over words, for the progress line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub loss: f64,
    pub words: u32,
    pub tagged: u32,
    pub tags_right: u32,
    pub headed: u32,
    pub heads_right: u32,
    pub relations_right: u32,
    pub named: u32,
    pub names_right: u32,
}

impl Tally {
    pub fn add(&mut self, other: &Tally) {
        self.loss += other.loss;
        self.words += other.words;
        self.tagged += other.tagged;
        self.tags_right += other.tags_right;
        self.headed += other.headed;
        self.heads_right += other.heads_right;
        self.relations_right += other.relations_right;
        self.named += other.named;
        self.names_right += other.names_right;
    }
}

/// What one thread keeps from chunk to chunk: its gradient of the dense parameters, the gradients of its words'
/// vectors, and its buffers.
pub(super) struct Worker {
    /// Gradient of the dense parameters.
    pub dense: Vec<f32>,
    /// Gradient of the embedding sum of each word seen, width floats each.
    pub words: Vec<f32>,
    /// The rows that each of these words summed up, `DROPPED` where it was left out.
    pub keys: Vec<Keys>,
    /// Sums for the progress line.
    pub tally: Tally,
    encoder: Encoder,
    heads: Heads,
}

/// Stands for a row that was left out.
pub(super) const DROPPED: u32 = u32::MAX;

/// How a chunk is passed through.
#[derive(Clone, Copy)]
pub(super) struct Pass<'a> {
    pub weights: &'a Weights,
    pub layout: &'a Layout,
    pub dropout: Dropout,
    pub losses: LossWeights,
    /// For each row of the form's table, how often it occurs in the corpus.
    pub form_counts: &'a [u32],
}

impl Worker {
    pub(super) fn new(weights: &Weights, layout: &Layout) -> Self {
        Worker {
            dense: vec![0.0; layout.total()],
            words: Vec::new(),
            keys: Vec::new(),
            tally: Tally::default(),
            encoder: Encoder::default(),
            heads: Heads::new(weights.shape),
        }
    }

    /// Forgets the gradients.
    pub(super) fn clear(&mut self) {
        self.dense.fill(0.0);
        self.words.clear();
        self.keys.clear();
        self.tally = Tally::default();
    }

    /// Adds the gradient of a few sentences.
    pub(super) fn learn(&mut self, pass: Pass<'_>, examples: &[&Example], rng: &mut Rng) {
        let first = self.keys.len();
        for example in examples {
            self.push_keys(pass, example, rng);
        }
        let input = Input::of(examples, &self.keys[first..]);
        self.encoder.forward(pass, &input, Some(rng));
        self.heads.forward(pass, &input, self.encoder.output(), Some(rng));
        self.heads.losses(pass, &input, examples, (&mut self.dense, &mut self.tally));
        let output = self.encoder.output_and_gradient();
        self.heads.backward(pass, &input, output, &mut self.dense);
        self.encoder.backward(pass, &input, &mut self.dense);
        self.encoder.word_gradients_into(&input, &mut self.words);
    }

    /// Passes sentences through without learning; `found` gets each sentence's answers.
    pub(super) fn look(&mut self, pass: Pass<'_>, examples: &[&Example]) -> Tally {
        self.keys.clear();
        for example in examples {
            self.keys.extend_from_slice(&example.keys);
        }
        let input = Input::of(examples, &self.keys);
        self.encoder.forward(pass, &input, None);
        self.heads.forward(pass, &input, self.encoder.output(), None);
        let mut tally = Tally::default();
        self.heads.losses(pass, &input, examples, (&mut self.dense, &mut tally));
        self.dense.fill(0.0);
        tally
    }

    fn push_keys(&mut self, pass: Pass<'_>, example: &Example, rng: &mut Rng) {
        let blind = rng.happens(pass.dropout.gazetteer);
        for keys in &example.keys {
            let mut kept = *keys;
            let form = keys[0] as usize;
            let count = pass.form_counts[form] as f32;
            let rare = 0.25 / (0.25 + count);
            for (table, key) in kept.iter_mut().enumerate().take(7) {
                let chance = pass.dropout.feature + if table == 0 { rare } else { 0.0 };
                if rng.happens(chance) {
                    *key = DROPPED;
                }
            }
            if blind {
                kept[7] = 0;
                kept[8] = 0;
            }
            self.keys.push(kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::{Param, Shape, TABLE_ROWS};

    fn random(shape: Shape, rng: &mut Rng) -> Weights {
        let mut weights = Weights::zeros(shape);
        let tables = weights.embeddings.iter_mut();
        for value in tables.flatten().chain(&mut weights.dense) {
            *value = 0.4 * rng.normal();
        }
        weights
    }

    fn example(length: usize, rng: &mut Rng) -> Example {
        let row = |rng: &mut Rng| TABLE_ROWS.map(|rows| rng.below(rows) as u32);
        Example {
            keys: (0..length).map(|_| row(rng)).collect(),
            tags: (0..length).map(|_| rng.below(5) as u16).collect(),
            heads: (0..length as u32).map(|at| if at == 1 { 0 } else { 2 }).collect(),
            relations: (0..length).map(|_| rng.below(7) as u8).collect(),
            names: (0..length).map(|_| 1 << rng.below(9) | 1 << rng.below(33)).collect(),
        }
    }

    fn pass<'a>(
        weights: &'a Weights,
        (layout, form_counts, dropout, losses): (&'a Layout, &'a [u32], Dropout, LossWeights),
    ) -> Pass<'a> {
        Pass { weights, layout, dropout, losses, form_counts }
    }

    /// Where a parameter is moved a little, the loss changes as the gradient says.
    #[test]
    fn the_gradient_is_the_slope_of_the_loss() {
        let mut rng = Rng::new(7, 0);
        let shape = Shape { width: 16, blocks: 2, arc: 16, relation: 16, tags: 5 };
        let layout = Layout::new(shape);
        let mut weights = random(shape, &mut rng);
        let examples = [example(3, &mut rng), example(6, &mut rng)];
        let examples: Vec<&Example> = examples.iter().collect();
        let counts = vec![1000; TABLE_ROWS[0]];
        let dropout = Dropout { channel: 0.0, feature: -1.0, gazetteer: 0.0 };
        let losses = LossWeights { tags: 0.5, heads: 1.0, relations: 0.7, names: 1.3 };
        let mut worker = Worker::new(&weights, &layout);
        let fixed = (&layout, counts.as_slice(), dropout, losses);
        worker.learn(pass(&weights, fixed), &examples, &mut rng);
        let gradient = worker.dense.clone();
        let (words, keys) = (worker.words.clone(), worker.keys.clone());
        let loss = |weights: &Weights| {
            Worker::new(weights, &layout).look(pass(weights, fixed), &examples).loss
        };
        let mut checked = 0;
        for param in shape.params() {
            for _ in 0..4 {
                let range = layout.range(param);
                let at = range.start + rng.below(range.len());
                let kept = weights.dense[at];
                let mut slope = |step: f32| {
                    weights.dense[at] = kept + step;
                    let up = loss(&weights);
                    weights.dense[at] = kept - step;
                    let down = loss(&weights);
                    weights.dense[at] = kept;
                    ((up - down) / f64::from(2.0 * step)) as f32
                };
                let (found, expected) = (gradient[at], slope(2e-3));
                let finer = slope(1e-3);
                // near a corner of ReLU the two slopes differ and say nothing
                if (expected - finer).abs() < 0.01 + 0.02 * finer.abs() {
                    let error = (found - finer).abs();
                    assert!(error < 0.02 + 0.03 * finer.abs(), "{param:?}: {found} not {finer}");
                    checked += 1;
                }
            }
        }
        assert!(checked > 80, "{checked}");
        for (at, word) in keys.iter().enumerate() {
            let channel = rng.below(shape.width);
            let place = word[0] as usize * shape.width + channel;
            let kept = weights.embeddings[0][place];
            weights.embeddings[0][place] = kept + 1e-3;
            let up = loss(&weights);
            weights.embeddings[0][place] = kept - 1e-3;
            let slope = ((up - loss(&weights)) / 2e-3) as f32;
            weights.embeddings[0][place] = kept;
            let found = words[at * shape.width + channel];
            assert!((found - slope).abs() < 0.05 + 0.05 * slope.abs(), "{at}: {found} not {slope}");
        }
        assert_eq!(layout.range(Param::RelationBias).len(), crate::model::Relation::ALL.len());
    }
}
