//! Training: treebanks and name corpora in, model file out.
//!
//! The same data, seed and kind of processor give the same weights: the words of a batch are divided over a fixed
//! number of workers, and their gradients are added in the workers' order, however many cores there are.

mod batch;
pub mod card;
mod checkpoint;
mod corpus;
mod encoder;
mod gradient;
mod heads;
pub mod lemma;
mod matrix;
mod optimiser;
pub mod recipe;
mod rng;
pub mod score;
pub mod splitter;
mod tables;
mod teacher;
#[cfg(test)]
mod tests;

pub use batch::{Augmentation, KindSet, Source, TrainingSentence, kind_set, name_masks};
pub use checkpoint::CheckpointError;
pub use corpus::Corpus;
pub use gradient::{Dropout, LossWeights, Tally};
pub use tables::Tables;
pub use teacher::read_texts;

use batch::{Writer, epoch_order};
use gradient::{Example, Pass, Worker};
use optimiser::{Optimiser, Schedule};
use rng::Rng;

use crate::nn::{Layout, Param, Shape, TABLE_ROWS, Weights};
use crate::pack::NameLists;

/// Parts of a batch, each passed through by a thread of its own.
const WORKERS: usize = 2;

/// Words that are passed through at once: their matrices fit into the second-level cache.
const CHUNK_WORDS: usize = 400;

/// Settings of a training.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Channels of every hidden vector.
    pub width: usize,
    /// Pairs of a convolution and a minGRU.
    pub blocks: usize,
    /// Channels of the arc vectors.
    pub arc: usize,
    /// Channels of the hidden layer of relations.
    pub relation: usize,
    /// Times that the corpus is seen.
    pub epochs: u32,
    /// Words of a batch.
    pub batch_words: usize,
    /// Highest learning rate.
    pub rate: f32,
    /// Seed of everything random.
    pub seed: u64,
    /// Share of the last epochs whose weights are averaged.
    pub averaged: f32,
    /// Chances that parts are left out.
    pub dropout: Dropout,
    /// Shares of the losses.
    pub losses: LossWeights,
    /// Chances that a sentence is written otherwise.
    pub augmentation: Augmentation,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            width: 96,
            blocks: 2,
            arc: 64,
            relation: 64,
            epochs: 44,
            batch_words: 2500,
            rate: 3e-3,
            seed: 1,
            averaged: 0.2,
            dropout: Dropout { channel: 0.25, feature: 0.05, gazetteer: 0.2 },
            losses: LossWeights { tags: 0.5, heads: 1.0, relations: 1.0, names: 1.0 },
            augmentation: Augmentation { title: 0.05, upper: 0.03, lower: 0.01, stopless: 0.05 },
        }
    }
}

/// A training under way.
pub struct Trainer<'a> {
    sources: &'a [Source],
    lists: &'a NameLists,
    options: Options,
    layout: Layout,
    weights: Weights,
    optimiser: Optimiser,
    workers: Vec<Worker>,
    form_counts: Vec<u32>,
    epoch: u32,
    /// What is trained on what, in one line.
    identity: String,
    /// Sum of the weights at the end of the last epochs, and how many.
    sum: Weights,
    summed: u32,
}

impl<'a> Trainer<'a> {
    /// A training from the start.
    pub fn new(corpus: &'a Corpus<'_>, lists: &'a NameLists, options: Options) -> Self {
        let shape = Shape {
            width: options.width,
            blocks: options.blocks,
            arc: options.arc,
            relation: options.relation,
            tags: corpus.tags.len(),
        };
        let weights = initial(shape, options.seed);
        let mut form_counts = vec![0; TABLE_ROWS.first().copied().unwrap_or_default()];
        let mut writer = Writer::new(lists);
        let mut words = 0.0;
        for source in &corpus.sources {
            for sentence in &source.sentences {
                words += f64::from(source.share) * sentence.tokens.len() as f64;
                for keys in writer.plain(sentence).keys {
                    let [form, ..] = keys;
                    if let Some(count) = form_counts.get_mut(form as usize) {
                        *count += 1;
                    }
                }
            }
        }
        let steps = (words / options.batch_words as f64 * f64::from(options.epochs)) as u32;
        let schedule = Schedule {
            rate: options.rate,
            warm_up: 200.min(steps / 4 + 1),
            steps,
            last: 0.02,
            decay: 1e-4,
            norm_max: 2.0,
        };
        let layout = Layout::new(shape);
        let identity = format!("dateline training 1, data {:016x}, {options:?}", corpus.hash());
        Trainer {
            identity,
            sources: &corpus.sources,
            lists,
            options,
            optimiser: Optimiser::new(schedule, &weights),
            workers: (0..WORKERS).map(|_| Worker::new(&weights, &layout)).collect(),
            sum: Weights::zeros(shape),
            summed: 0,
            layout,
            weights,
            form_counts,
            epoch: 0,
        }
    }

    /// Epochs done.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Whether all epochs are done.
    pub fn is_done(&self) -> bool {
        self.epoch >= self.options.epochs
    }

    /// Sees the corpus once more. `progress` hears after each batch which share of the epoch is done.
    pub fn run_epoch(&mut self, progress: &mut dyn FnMut(f32)) -> Tally {
        let mut rng = Rng::new(self.options.seed, 1 + u64::from(self.epoch));
        let order = epoch_order(self.sources, &mut rng);
        let mut writer = Writer::new(self.lists);
        let mut tally = Tally::default();
        let mut batch: Vec<Example> = Vec::new();
        let mut words = 0;
        for (number, (source, sentence)) in order.iter().enumerate() {
            let source = self.sources.get(*source as usize);
            let sentence = source.and_then(|source| source.sentences.get(*sentence as usize));
            let Some(sentence) = sentence else { continue };
            let example = writer.varied(sentence, self.options.augmentation, &mut rng);
            words += example.keys.len();
            batch.push(example);
            if words >= self.options.batch_words || number + 1 == order.len() {
                tally.add(&self.run_batch(&batch, words, &mut rng));
                progress((number + 1) as f32 / order.len() as f32);
                batch.clear();
                words = 0;
            }
        }
        self.epoch += 1;
        let first_averaged = self.options.epochs as f32 * (1.0 - self.options.averaged);
        if self.epoch as f32 > first_averaged || self.is_done() {
            add_weights(&mut self.sum, &self.weights);
            self.summed += 1;
        }
        tally
    }

    fn run_batch(&mut self, batch: &[Example], words: usize, rng: &mut Rng) -> Tally {
        let pass = Pass {
            weights: &self.weights,
            layout: &self.layout,
            dropout: self.options.dropout,
            losses: self.options.losses,
            form_counts: &self.form_counts,
        };
        let parts = divide(batch, words);
        let seeds: Vec<u64> = (0..WORKERS).map(|_| rng.next()).collect();
        std::thread::scope(|scope| {
            for ((worker, part), seed) in self.workers.iter_mut().zip(parts).zip(&seeds) {
                scope.spawn(move || {
                    worker.clear();
                    let mut rng = Rng::new(*seed, 0);
                    for chunk in chunks(part) {
                        worker.learn(pass, &chunk, &mut rng);
                    }
                });
            }
        });
        let mut tally = Tally::default();
        for worker in &self.workers {
            tally.add(&worker.tally);
        }
        self.optimiser.step(&mut self.weights, &mut self.workers, words as f32);
        tally
    }

    /// Hits and losses on sentences that are not trained on, with the weights as they are.
    pub fn look(&mut self, sentences: &[TrainingSentence], averaged: bool) -> Tally {
        let mut writer = Writer::new(self.lists);
        let examples: Vec<Example> = sentences.iter().map(|s| writer.plain(s)).collect();
        let weights = if averaged { self.finished() } else { self.weights.clone() };
        let pass = Pass {
            weights: &weights,
            layout: &self.layout,
            dropout: Dropout { channel: 0.0, feature: 0.0, gazetteer: 0.0 },
            losses: self.options.losses,
            form_counts: &self.form_counts,
        };
        let mut tally = Tally::default();
        if let Some(worker) = self.workers.first_mut() {
            for chunk in chunks(&examples) {
                tally.add(&worker.look(pass, &chunk));
            }
        }
        tally
    }

    /// The averaged weights of the last epochs; rows of words that were never met are zero.
    pub fn finished(&self) -> Weights {
        let mut weights = if self.summed == 0 { self.weights.clone() } else { self.sum.clone() };
        let factor = 1.0 / self.summed.max(1) as f32;
        let width = weights.shape.width;
        weights.dense.iter_mut().for_each(|x| *x *= factor);
        for (table_ix, table) in weights.embeddings.iter_mut().enumerate() {
            for (row_ix, row) in table.chunks_exact_mut(width).enumerate() {
                let factor =
                    if self.optimiser.is_moved(table_ix, row_ix, width) { factor } else { 0.0 };
                row.iter_mut().for_each(|x| *x *= factor);
            }
        }
        weights
    }
}

fn add_weights(sum: &mut Weights, weights: &Weights) {
    encoder::add(&mut sum.dense, &weights.dense);
    for (sum, table) in sum.embeddings.iter_mut().zip(&weights.embeddings) {
        encoder::add(sum, table);
    }
}

/// Divides a batch into as many parts as there are workers, of about as many words each.
fn divide(batch: &[Example], words: usize) -> Vec<&[Example]> {
    let mut parts = Vec::with_capacity(WORKERS);
    let mut rest = batch;
    for part in 0..WORKERS {
        let goal = words / WORKERS;
        let mut seen = 0;
        let end = if part + 1 == WORKERS {
            rest.len()
        } else {
            rest.iter()
                .take_while(|example| {
                    seen += example.keys.len();
                    seen <= goal
                })
                .count()
        };
        let (taken, left) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        parts.push(taken);
        rest = left;
    }
    parts
}

fn chunks(examples: &[Example]) -> Vec<Vec<&Example>> {
    let mut chunks: Vec<Vec<&Example>> = Vec::new();
    let mut words = CHUNK_WORDS;
    for example in examples {
        if words >= CHUNK_WORDS {
            chunks.push(Vec::new());
            words = 0;
        }
        words += example.keys.len();
        if let Some(chunk) = chunks.last_mut() {
            chunk.push(example);
        }
    }
    chunks
}

/// Weights to begin with: normal with variance 2/(inputs + outputs), tables with deviation 0.1, gains 1, biases 0.
fn initial(shape: Shape, seed: u64) -> Weights {
    let mut rng = Rng::new(seed, 0);
    let mut weights = Weights::zeros(shape);
    let layout = Layout::new(shape);
    for value in weights.embeddings.iter_mut().flatten() {
        *value = 0.1 * rng.normal();
    }
    for param in shape.params() {
        let (rows, columns) = shape.size(param);
        let Some(values) = weights.dense.get_mut(layout.range(param)) else { continue };
        match param {
            Param::InputGain | Param::ConvGain(_) | Param::GruGain(_) => values.fill(1.0),
            Param::ConvWeight(_)
            | Param::GruWeight(_)
            | Param::HeadWeight
            | Param::ArcWeight
            | Param::RelationWeight
            | Param::ArcRoot
            | Param::RelationRoot => {
                let deviation = (2.0 / (rows + columns) as f32).sqrt();
                values.iter_mut().for_each(|value| *value = deviation * rng.normal());
            }
            Param::InputBias
            | Param::ConvBias(_)
            | Param::ConvShift(_)
            | Param::GruBias(_)
            | Param::GruShift(_)
            | Param::HeadBias
            | Param::ArcBias
            | Param::ArcDistance
            | Param::RelationBias => {}
        }
    }
    weights
}
