//! The encoder: rows of embedding tables -> one vector of activations per word.
//!
//! All sentences that go together lie in one matrix with a row of zeros before, between and behind them, which is what
//! the convolution sees beyond the ends of a sentence, and where the recurrence begins.

#![allow(
    clippy::indexing_slicing,
    reason = "buffers are made as long as needed at the head of a run"
)]

use super::feature::{KEY_COUNT, Keys, TABLE_ROWS};
use super::kernel::{Multiply, Rows, prefetch, rows_read};
use super::matrix::Matrix;
use super::parts::{Layers, Parts};
use super::shape::Shape;
use super::vector::{
    LANES, Lanes, Moments, Norm, Vector, ZERO_POINT, lanes, lanes_mut, layer_norm, positive,
    sigmoid,
};

/// Words whose embeddings are asked for ahead of the one being summed: the tables lie in the farthest cache.
const WORDS_AHEAD: usize = 3;

/// The layers of the encoder.
#[derive(Debug)]
pub(super) struct Encoder {
    width: usize,
    input: Norm,
    blocks: Vec<Block>,
}

#[derive(Debug)]
struct Block {
    convolution: Matrix,
    convolution_norm: Norm,
    recurrence: Matrix,
    recurrence_norm: Norm,
}

/// Buffers of a run.
#[derive(Debug, Default)]
pub(super) struct EncoderScratch {
    values: Vec<f32>,
    bytes: Vec<u8>,
    next_bytes: Vec<u8>,
    products: Vec<f32>,
    hidden: Vec<f32>,
    encoded: Vec<u8>,
}

impl Encoder {
    /// Takes the encoder's layers, which come first.
    pub(super) fn new(shape: Shape, layers: &mut Layers<'_>) -> Encoder {
        let width = shape.width;
        let input = layers.norm(width);
        let blocks = (0..shape.blocks).map(|_| Block {
            convolution: layers.matrix(3 * width, width),
            convolution_norm: layers.norm(width),
            recurrence: layers.matrix(width, 2 * width),
            recurrence_norm: layers.norm(width),
        });
        Encoder { width, input, blocks: blocks.collect() }
    }
}

impl EncoderScratch {
    /// Activations in eight bits of each word of the last run, as many rows as a product reads.
    pub(super) fn encoded(&self) -> &[u8] {
        &self.encoded
    }

    /// Encodes some sentences, the first words of `keys`; the keys after them are only looked ahead at.
    #[inline(always)]
    pub(super) fn run<M: Multiply>(
        &mut self,
        multiply: M,
        encoder: &Encoder,
        (parts, keys): (&Parts, &[Keys]),
        lengths: &[u32],
    ) {
        let width = encoder.width;
        let rows = self.prepare(width, lengths);
        self.embed::<M::Vector>(encoder, (parts, keys), lengths);
        // the rows between the first and the last one, which are zero
        let inner = rows - 2;
        for block in &encoder.blocks {
            let input = Rows { bytes: &self.bytes, stride: width, count: inner };
            let all = block.convolution.all();
            multiply.multiply(input, &block.convolution, all, &mut self.products);
            let mut first = 1;
            for length in lengths {
                for row in first..first + *length as usize {
                    let values = lanes_mut(&mut self.values[row * width..][..width]);
                    let products = lanes(&self.products[(row - 1) * width..][..width]);
                    let moments = add::<M::Vector>(values, products, positive);
                    let bytes = &mut self.next_bytes[row * width..][..width];
                    layer_norm(values, moments, &block.convolution_norm, bytes);
                }
                first += *length as usize + 1;
            }
            let input = Rows { bytes: &self.next_bytes[width..], stride: width, count: inner };
            multiply.multiply(input, &block.recurrence, block.recurrence.all(), &mut self.products);
            let mut first = 1;
            for length in lengths {
                let length = *length as usize;
                let gates = &self.products[(first - 1) * 2 * width..][..length * 2 * width];
                let hidden = &mut self.hidden[(first - 1) * width..][..(length + 2) * width];
                scan::<M::Vector>(gates, hidden, width);
                for row in first..first + length {
                    let values = lanes_mut(&mut self.values[row * width..][..width]);
                    let hidden = lanes(&self.hidden[row * width..][..width]);
                    let moments = add::<M::Vector>(values, hidden, |hidden| hidden);
                    let bytes = &mut self.bytes[row * width..][..width];
                    layer_norm(values, moments, &block.recurrence_norm, bytes);
                }
                first += length + 1;
            }
        }
        self.encoded.clear();
        let mut first = 1;
        for length in lengths {
            let length = *length as usize;
            self.encoded.extend_from_slice(&self.bytes[first * width..][..length * width]);
            first += length + 1;
        }
        let words = self.encoded.len() / width;
        self.encoded.resize(rows_read(words) * width, ZERO_POINT);
    }

    /// Makes room, sets the rows between sentences to zero, and returns the number of rows.
    fn prepare(&mut self, width: usize, lengths: &[u32]) -> usize {
        let words: usize = lengths.iter().map(|length| *length as usize).sum();
        let rows = words + lengths.len() + 1;
        // a convolution reads three rows at a time, and products fill up their last rows
        let room = rows_read(rows) + 2;
        grow(&mut self.values, room * width, 0.0);
        grow(&mut self.bytes, room * width, ZERO_POINT);
        grow(&mut self.next_bytes, room * width, ZERO_POINT);
        grow(&mut self.products, room * 2 * width, 0.0);
        grow(&mut self.hidden, room * width, 0.0);
        let mut row = 0;
        for length in [0].iter().chain(lengths) {
            row += *length as usize;
            self.bytes[row * width..][..width].fill(ZERO_POINT);
            self.next_bytes[row * width..][..width].fill(ZERO_POINT);
            self.hidden[row * width..][..width].fill(0.0);
            row += 1;
        }
        // the zero row before the first sentence is the end of an empty one: it was counted as a row of its own
        debug_assert_eq!(row, rows);
        rows
    }

    #[inline(always)]
    fn embed<V: Vector>(
        &mut self,
        encoder: &Encoder,
        (parts, keys): (&Parts, &[Keys]),
        lengths: &[u32],
    ) {
        let width = encoder.width;
        let tables = parts.tables.as_slice();
        let scales: [f32; KEY_COUNT] = std::array::from_fn(|table| parts.scales[table]);
        let (mut word, mut row) = (0, 1);
        for length in lengths {
            for _ in 0..*length {
                if let Some(ahead) = keys.get(word + WORDS_AHEAD) {
                    for row in table_rows(tables, width, ahead) {
                        prefetch(row);
                    }
                }
                let rows = table_rows(tables, width, &keys[word]);
                let values = lanes_mut(&mut self.values[row * width..][..width]);
                let moments = embed_word::<V>(rows, &scales, values);
                let bytes = &mut self.bytes[row * width..][..width];
                layer_norm(values, moments, &encoder.input, bytes);
                word += 1;
                row += 1;
            }
            row += 1;
        }
    }
}

/// Makes a buffer at least so long.
pub(super) fn grow<T: Copy>(buffer: &mut Vec<T>, length: usize, value: T) {
    if buffer.len() < length {
        buffer.resize(length, value);
    }
}

/// The rows of a word in the tables.
#[inline(always)]
fn table_rows<'a>(tables: &'a [i8], width: usize, keys: &Keys) -> [&'a [i8]; KEY_COUNT] {
    let mut start = 0;
    std::array::from_fn(|table| {
        let rows = TABLE_ROWS[table];
        // the number of rows is a power of two: a key from elsewhere can not read beyond its table
        let row = start + (keys[table] as usize & (rows - 1));
        start += rows;
        &tables[row * width..][..width]
    })
}

/// Adds the rows of a word up.
#[inline(always)]
fn embed_word<V: Vector>(
    rows: [&[i8]; KEY_COUNT],
    scales: &[f32; KEY_COUNT],
    values: &mut [Lanes],
) -> Moments<V> {
    let mut moments = Moments::new();
    for (place, values) in values.iter_mut().enumerate() {
        let mut sum = V::splat(0.0);
        for (row, scale) in rows.iter().zip(scales) {
            let row = V::from_bytes(&row.as_chunks().0[place]);
            sum = sum.add(row.multiply(V::splat(*scale)));
        }
        moments.add(sum);
        sum.store(values);
    }
    moments
}

/// Adds a layer's output to its input.
#[inline(always)]
fn add<V: Vector>(values: &mut [Lanes], output: &[Lanes], of: impl Fn(V) -> V) -> Moments<V> {
    let mut moments = Moments::new();
    for (values, output) in values.iter_mut().zip(output) {
        let sum = V::load(values).add(of(V::load(output)));
        moments.add(sum);
        sum.store(values);
    }
    moments
}

/// The minGRU over one sentence, both directions at once. `hidden` has a row of zeros before and behind the sentence.
#[inline(always)]
fn scan<V: Vector>(gates: &[f32], hidden: &mut [f32], width: usize) {
    let half = width / 2;
    let length = gates.len() / (2 * width);
    for word in 0..length {
        let row = word + 1;
        let (before, here) = hidden.split_at_mut(row * width);
        let gate = &gates[word * 2 * width..][..2 * width];
        let before = &before[(row - 1) * width..][..half];
        step::<V>(&gate[..half], &gate[width..][..half], before, &mut here[..half]);

        let row = length - word;
        let (here, before) = hidden.split_at_mut((row + 1) * width);
        let gate = &gates[(row - 1) * 2 * width..][..2 * width];
        let here = &mut here[row * width + half..][..half];
        step::<V>(&gate[half..width], &gate[width + half..], &before[half..width], here);
    }
}

/// h = h before + z·(c - h before), z the sigmoid of the gate.
#[inline(always)]
fn step<V: Vector>(gates: &[f32], candidates: &[f32], before: &[f32], here: &mut [f32]) {
    let rows = lanes(gates).iter().zip(lanes(candidates)).zip(lanes(before));
    for (((gate, candidate), before), here) in rows.zip(lanes_mut(here)) {
        step_lanes::<V>(gate, candidate, before).store(here);
    }
    // half a width may end with eight channels
    let from = here.len() / LANES * LANES;
    if from < here.len() {
        let rest = |values: &[f32]| {
            let mut lanes = [0.0; LANES];
            lanes[..values.len() - from].copy_from_slice(&values[from..]);
            lanes
        };
        let mut last = [0.0; LANES];
        step_lanes::<V>(&rest(gates), &rest(candidates), &rest(before)).store(&mut last);
        let count = here.len() - from;
        here[from..].copy_from_slice(&last[..count]);
    }
}

#[inline(always)]
fn step_lanes<V: Vector>(gate: &Lanes, candidate: &Lanes, before: &Lanes) -> V {
    let before = V::load(before);
    let change = V::load(candidate).subtract(before);
    before.add(sigmoid(V::load(gate)).multiply(change))
}
