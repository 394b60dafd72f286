//! Learns the weights of the sentence splitter: logistic regression over the places of blocks with known sentence ends.
//!
//! AdaGrad (Duchi et al. 2011) with a fixed order of shuffling and averaged weights, so the same blocks give the same
//! splitter. Places that rules exclude are no examples. Tokenising the blocks is the caller's part.

use crate::analyse::{PlaceRows, Places, Progress};
use crate::model::Token;
use crate::nn::{SPLITTER_ROWS, Splitter};
use crate::pack::Lexicon;

use super::rng::Rng;

/// Times that all places are seen.
const EPOCHS: u64 = 12;

/// Step of the first update of a weight.
const RATE: f32 = 0.15;

/// Share of a weight that each update takes away.
const DECAY: f32 = 4e-3;

/// Chance that a feature is left out of an update, so that no form alone decides.
const DROPOUT: f32 = 0.4;

/// A block whose sentences are known.
#[derive(Clone, Debug)]
pub struct SplitBlock {
    /// The text that spans and ends are offsets into.
    pub text: String,
    /// The tokens, as the tokeniser makes them.
    pub tokens: Vec<Token>,
    /// Byte offsets at which sentences end, in order.
    pub ends: Vec<u32>,
}

/// The splitter that these blocks teach.
pub fn train(blocks: &[SplitBlock], lexicon: &Lexicon) -> Splitter {
    let mut examples = Vec::new();
    let mut places = Places::default();
    let mut scratch = String::new();
    for block in blocks {
        places.read(&block.text, &block.tokens, lexicon, &mut scratch);
        add_examples(block, &places, &mut examples);
    }
    Splitter::quantise(&learn(&mut examples))
}

fn add_examples(block: &SplitBlock, places: &Places, examples: &mut Vec<(PlaceRows, bool)>) {
    let mut progress = Progress::default();
    let mut ends = block.ends.iter().peekable();
    for (at, pair) in block.tokens.windows(2).enumerate() {
        let [token, next] = pair else { continue };
        progress = places.step(at, progress);
        while ends.next_if(|end| **end < token.span.end).is_some() {}
        let is_end = ends.peek().is_some_and(|end| **end <= next.span.start);
        if places.verdict(at + 1, progress).is_none() {
            examples.push((places.rows(at + 1, progress), is_end));
        }
        if is_end {
            progress = places.begin(at + 1, progress);
        }
    }
}

fn learn(examples: &mut [(PlaceRows, bool)]) -> Vec<f32> {
    let mut weights = vec![0.0_f32; SPLITTER_ROWS];
    let mut squares = vec![1e-2_f32; SPLITTER_ROWS];
    let mut sums = vec![0.0_f32; SPLITTER_ROWS];
    let mut rng = Rng::new(1, 0);
    for epoch in 0..EPOCHS {
        rng.shuffle(examples);
        for (rows, is_end) in examples.iter() {
            let rows: Vec<u16> = rows.iter().copied().filter(|_| !rng.happens(DROPOUT)).collect();
            let weight = |row: &u16| weights.get(usize::from(*row)).copied().unwrap_or_default();
            let score: f32 = rows.iter().map(weight).sum();
            let gradient = 1.0 / (1.0 + (-score).exp()) - f32::from(u8::from(*is_end));
            for row in &rows {
                let row = usize::from(*row);
                let (Some(weight), Some(square)) = (weights.get_mut(row), squares.get_mut(row))
                else {
                    continue;
                };
                let gradient = gradient + DECAY * *weight;
                *square += gradient * gradient;
                *weight -= RATE * gradient / square.sqrt();
            }
        }
        if epoch >= EPOCHS / 2 {
            sums.iter_mut().zip(&weights).for_each(|(sum, weight)| *sum += weight);
        }
    }
    let count = (EPOCHS - EPOCHS / 2) as f32;
    sums.iter_mut().for_each(|sum| *sum /= count);
    sums
}
