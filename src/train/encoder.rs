//! Forward and backward through the embedding sum, the convolutions and the minGRUs.

#![allow(clippy::indexing_slicing, reason = "every shape is fixed when the buffers are made")]

use super::gradient::{DROPPED, Example, Pass};
use super::matrix::{Matrix, exp, multiply};
use super::rng::Rng;
use crate::nn::{Keys, Param};

/// Part of the variance that keeps LayerNorm from dividing by zero.
const EPSILON: f32 = 1e-5;

/// Sentences as rows: where each begins, and the keys of all words.
pub(super) struct Input<'a> {
    pub keys: &'a [Keys],
    /// Per sentence: row of its first word, number of words.
    pub sentences: Vec<(usize, usize)>,
    /// All rows, with a zero row before each sentence and after the last.
    pub rows: usize,
}

impl<'a> Input<'a> {
    pub(super) fn of(examples: &[&Example], keys: &'a [Keys]) -> Self {
        let mut row = 1;
        let sentences = examples.iter().map(|example| {
            let length = example.keys.len();
            row += length + 1;
            (row - length - 1, length)
        });
        let sentences = sentences.collect();
        Input { keys, sentences, rows: row }
    }

    /// The zero rows.
    fn gaps(&self) -> impl Iterator<Item = usize> + '_ {
        let after = self.sentences.iter().map(|(start, length)| start + length);
        std::iter::once(0).chain(after)
    }

    fn zero_gaps(&self, data: &mut [f32], width: usize) {
        for row in self.gaps() {
            data[row * width..(row + 1) * width].fill(0.0);
        }
    }
}

/// What LayerNorm keeps for its way back.
#[derive(Default)]
struct Norm {
    normalised: Vec<f32>,
    inverse: Vec<f32>,
}

/// What one layer keeps.
#[derive(Default)]
struct Layer {
    /// Its output before dropout; of a minGRU, the states.
    output: Vec<f32>,
    /// Of a minGRU, gate and candidate of each row.
    gates: Vec<f32>,
    mask: Vec<f32>,
    norm: Norm,
    /// Output of the LayerNorm after it: the next layer's input.
    next: Vec<f32>,
}

#[derive(Default)]
pub(super) struct Encoder {
    sums: Vec<f32>,
    input_mask: Vec<f32>,
    input_norm: Norm,
    /// Input of the first layer.
    first: Vec<f32>,
    /// Two a block: convolution, minGRU.
    layers: Vec<Layer>,
    /// Gradient of the layer input at hand.
    gradient: Vec<f32>,
    /// Gradient of a layer's output.
    inner: Vec<f32>,
    gate_gradient: Vec<f32>,
}

impl Encoder {
    pub(super) fn output(&self) -> &[f32] {
        self.layers.last().map_or(&self.first, |layer| &layer.next)
    }

    pub(super) fn output_and_gradient(&mut self) -> (&[f32], &mut Vec<f32>) {
        let output = self.layers.last().map_or(&self.first, |layer| &layer.next);
        (output, &mut self.gradient)
    }

    pub(super) fn forward(&mut self, pass: Pass<'_>, input: &Input<'_>, mut rng: Option<&mut Rng>) {
        let width = pass.weights.shape.width;
        let size = input.rows * width;
        self.sums.clear();
        self.sums.resize(size, 0.0);
        let mut keys = input.keys.iter();
        for (start, length) in &input.sentences {
            for (row, keys) in (*start..start + length).zip(keys.by_ref()) {
                let sum = &mut self.sums[row * width..(row + 1) * width];
                for (table, key) in pass.weights.embeddings.iter().zip(keys) {
                    if *key != DROPPED {
                        let at = *key as usize * width;
                        add(sum, &table[at..at + width]);
                    }
                }
            }
        }
        let (gain, bias) = (Param::InputGain, Param::InputBias);
        norm_forward(pass, (gain, bias), &self.sums, &mut self.input_norm, &mut self.first);
        draw_mask(&mut self.input_mask, size, pass.dropout.channel, rng.as_deref_mut());
        scale(&mut self.first, &self.input_mask);
        input.zero_gaps(&mut self.first, width);
        self.layers.resize_with(2 * pass.weights.shape.blocks, Layer::default);
        for at in 0..self.layers.len() {
            let (before, rest) = self.layers.split_at_mut(at);
            let x = before.last().map_or(&self.first, |layer| &layer.next);
            let layer = &mut rest[0];
            draw_mask(&mut layer.mask, size, pass.dropout.channel, rng.as_deref_mut());
            if at % 2 == 0 {
                convolution_forward(pass, at / 2, input, x, layer);
            } else {
                recurrence_forward(pass, at / 2, input, x, layer);
            }
            self.sums.clear();
            self.sums.extend_from_slice(x);
            add_product(&mut self.sums, &layer.output, &layer.mask);
            norm_forward(pass, norm_params(at), &self.sums, &mut layer.norm, &mut layer.next);
            input.zero_gaps(&mut layer.next, width);
        }
    }

    /// From the gradient of the output to that of the embedding sums, which it leaves in `gradient`.
    pub(super) fn backward(&mut self, pass: Pass<'_>, input: &Input<'_>, dense: &mut [f32]) {
        let width = pass.weights.shape.width;
        for at in (0..self.layers.len()).rev() {
            input.zero_gaps(&mut self.gradient, width);
            let (before, rest) = self.layers.split_at_mut(at);
            let x = before.last().map_or(&self.first, |layer| &layer.next);
            let layer = &mut rest[0];
            norm_backward(pass, norm_params(at), &layer.norm, &mut self.gradient, dense);
            input.zero_gaps(&mut self.gradient, width);
            self.inner.clear();
            self.inner.extend_from_slice(&self.gradient);
            scale(&mut self.inner, &layer.mask);
            if at % 2 == 0 {
                convolution_backward(
                    pass,
                    at / 2,
                    (x, layer),
                    (&mut self.inner, &mut self.gradient),
                    dense,
                );
            } else {
                self.gate_gradient.clear();
                self.gate_gradient.resize(2 * layer.output.len(), 0.0);
                recurrence_gates(width, input, layer, &mut self.inner, &mut self.gate_gradient);
                recurrence_backward(
                    pass,
                    at / 2,
                    x,
                    (&self.gate_gradient, &mut self.gradient),
                    dense,
                );
            }
        }
        scale(&mut self.gradient, &self.input_mask);
        input.zero_gaps(&mut self.gradient, width);
        let params = (Param::InputGain, Param::InputBias);
        norm_backward(pass, params, &self.input_norm, &mut self.gradient, dense);
    }

    pub(super) fn word_gradients_into(&self, input: &Input<'_>, words: &mut Vec<f32>) {
        let width = self.gradient.len() / input.rows.max(1);
        for (start, length) in &input.sentences {
            words.extend_from_slice(&self.gradient[start * width..(start + length) * width]);
        }
    }
}

/// Gain and bias of the LayerNorm after a layer: even layers are convolutions, odd ones minGRUs.
fn norm_params(layer: usize) -> (Param, Param) {
    let block = layer / 2;
    if layer.is_multiple_of(2) {
        (Param::ConvGain(block), Param::ConvShift(block))
    } else {
        (Param::GruGain(block), Param::GruShift(block))
    }
}

fn convolution_forward(
    pass: Pass<'_>,
    block: usize,
    input: &Input<'_>,
    x: &[f32],
    layer: &mut Layer,
) {
    let width = pass.weights.shape.width;
    let weight = pass.weights.param(pass.layout, Param::ConvWeight(block));
    let bias = pass.weights.param(pass.layout, Param::ConvBias(block));
    layer.output.clear();
    layer.output.resize(x.len(), 0.0);
    let inner = input.rows - 2;
    multiply(
        Matrix::strided(x, inner, 3 * width, width),
        Matrix::new(weight, 3 * width, width),
        &mut layer.output[width..],
        width,
        false,
    );
    for row in layer.output.chunks_exact_mut(width) {
        for (value, bias) in row.iter_mut().zip(bias) {
            *value = (*value + bias).max(0.0);
        }
    }
}

fn convolution_backward(
    pass: Pass<'_>,
    block: usize,
    (x, layer): (&[f32], &Layer),
    (inner, gradient): (&mut [f32], &mut [f32]),
    dense: &mut [f32],
) {
    let width = pass.weights.shape.width;
    let rows = x.len() / width - 2;
    for (value, output) in inner.iter_mut().zip(&layer.output) {
        *value = if *output > 0.0 { *value } else { 0.0 };
    }
    let weight = pass.weights.param(pass.layout, Param::ConvWeight(block));
    let d = Matrix::new(&inner[width..], rows, width);
    let range = pass.layout.range(Param::ConvWeight(block));
    multiply(Matrix::strided(x, rows, 3 * width, width).t(), d, &mut dense[range], width, true);
    sum_rows(inner, &mut dense[pass.layout.range(Param::ConvBias(block))]);
    for (tap, weight) in weight.chunks_exact(width * width).enumerate() {
        multiply(
            d,
            Matrix::new(weight, width, width).t(),
            &mut gradient[tap * width..],
            width,
            true,
        );
    }
}

fn recurrence_forward(
    pass: Pass<'_>,
    block: usize,
    input: &Input<'_>,
    x: &[f32],
    layer: &mut Layer,
) {
    let width = pass.weights.shape.width;
    let weight = pass.weights.param(pass.layout, Param::GruWeight(block));
    let bias = pass.weights.param(pass.layout, Param::GruBias(block));
    let rows = x.len() / width;
    layer.gates.clear();
    layer.gates.resize(2 * x.len(), 0.0);
    multiply(
        Matrix::new(x, rows, width),
        Matrix::new(weight, width, 2 * width),
        &mut layer.gates,
        2 * width,
        false,
    );
    for row in layer.gates.chunks_exact_mut(2 * width) {
        add(row, bias);
        for gate in &mut row[..width] {
            *gate = 1.0 / (1.0 + exp(-*gate));
        }
    }
    layer.output.clear();
    layer.output.resize(x.len(), 0.0);
    let half = width / 2;
    for (start, length) in &input.sentences {
        let mut state = vec![0.0; half];
        for row in *start..start + length {
            step(&mut state, &layer.gates[row * 2 * width..], (width, 0));
            layer.output[row * width..row * width + half].copy_from_slice(&state);
        }
        state.fill(0.0);
        for row in (*start..start + length).rev() {
            step(&mut state, &layer.gates[row * 2 * width..], (width, half));
            layer.output[row * width + half..(row + 1) * width].copy_from_slice(&state);
        }
    }
}

fn step(state: &mut [f32], gates: &[f32], (width, from): (usize, usize)) {
    let z = &gates[from..from + state.len()];
    let c = &gates[width + from..width + from + state.len()];
    for ((state, z), c) in state.iter_mut().zip(z).zip(c) {
        *state += z * (c - *state);
    }
}

/// From the gradient of the states, which it uses up, to that of the gates' logits and candidates.
fn recurrence_gates(
    width: usize,
    input: &Input<'_>,
    layer: &Layer,
    states: &mut [f32],
    gates: &mut [f32],
) {
    let half = width / 2;
    for (start, length) in &input.sentences {
        let end = start + length;
        for row in (*start..end).rev() {
            let before = (row > *start).then(|| row - 1);
            back_step(width, (row, before), 0..half, (layer, states, gates));
        }
        for row in *start..end {
            let before = (row + 1 < end).then_some(row + 1);
            back_step(width, (row, before), half..width, (layer, states, gates));
        }
    }
}

fn back_step(
    width: usize,
    (row, before): (usize, Option<usize>),
    channels: std::ops::Range<usize>,
    (layer, states, gates): (&Layer, &mut [f32], &mut [f32]),
) {
    for channel in channels {
        let z = layer.gates[row * 2 * width + channel];
        let c = layer.gates[row * 2 * width + width + channel];
        let previous = before.map_or(0.0, |before| layer.output[before * width + channel]);
        let d = states[row * width + channel];
        gates[row * 2 * width + channel] = d * (c - previous) * z * (1.0 - z);
        gates[row * 2 * width + width + channel] = d * z;
        if let Some(before) = before {
            states[before * width + channel] += d * (1.0 - z);
        }
    }
}

fn recurrence_backward(
    pass: Pass<'_>,
    block: usize,
    x: &[f32],
    (gates, gradient): (&[f32], &mut [f32]),
    dense: &mut [f32],
) {
    let width = pass.weights.shape.width;
    let rows = x.len() / width;
    let weight = pass.weights.param(pass.layout, Param::GruWeight(block));
    let d = Matrix::new(gates, rows, 2 * width);
    let range = pass.layout.range(Param::GruWeight(block));
    multiply(Matrix::new(x, rows, width).t(), d, &mut dense[range], 2 * width, true);
    sum_rows(gates, &mut dense[pass.layout.range(Param::GruBias(block))]);
    multiply(d, Matrix::new(weight, width, 2 * width).t(), gradient, width, true);
}

fn norm_forward(
    pass: Pass<'_>,
    (gain, bias): (Param, Param),
    x: &[f32],
    norm: &mut Norm,
    out: &mut Vec<f32>,
) {
    let width = pass.weights.shape.width;
    let gain = pass.weights.param(pass.layout, gain);
    let bias = pass.weights.param(pass.layout, bias);
    norm.normalised.clear();
    norm.normalised.extend_from_slice(x);
    norm.inverse.clear();
    out.clear();
    out.resize(x.len(), 0.0);
    for (row, out) in norm.normalised.chunks_exact_mut(width).zip(out.chunks_exact_mut(width)) {
        let mean = row.iter().sum::<f32>() / width as f32;
        let variance = row.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / width as f32;
        let inverse = 1.0 / (variance + EPSILON).sqrt();
        norm.inverse.push(inverse);
        for (((x, out), gain), bias) in row.iter_mut().zip(out).zip(gain).zip(bias) {
            *x = (*x - mean) * inverse;
            *out = *x * gain + bias;
        }
    }
}

/// The gradient of LayerNorm's output becomes, in place, that of its input.
fn norm_backward(
    pass: Pass<'_>,
    (gain_param, bias_param): (Param, Param),
    norm: &Norm,
    gradient: &mut [f32],
    dense: &mut [f32],
) {
    let width = pass.weights.shape.width;
    let gain = pass.weights.param(pass.layout, gain_param);
    let mut gain_gradient = vec![0.0; width];
    sum_rows(gradient, &mut dense[pass.layout.range(bias_param)]);
    let rows = gradient.chunks_exact_mut(width).zip(norm.normalised.chunks_exact(width));
    for ((d, x), inverse) in rows.zip(&norm.inverse) {
        let (mut sum, mut product) = (0.0, 0.0);
        for (((d, x), gain), gain_gradient) in d.iter_mut().zip(x).zip(gain).zip(&mut gain_gradient)
        {
            *gain_gradient += *d * x;
            *d *= gain;
            sum += *d;
            product += *d * x;
        }
        let (sum, product) = (sum / width as f32, product / width as f32);
        for (d, x) in d.iter_mut().zip(x) {
            *d = (*d - sum - x * product) * inverse;
        }
    }
    add(&mut dense[pass.layout.range(gain_param)], &gain_gradient);
}

/// A mask of 0 and 1/(1-p); all 1 without chance. p is met to 1/256.
pub(super) fn draw_mask(mask: &mut Vec<f32>, size: usize, p: f32, rng: Option<&mut Rng>) {
    mask.clear();
    let threshold = (p * 256.0).round() as u64;
    let (Some(rng), true) = (rng, threshold > 0) else {
        mask.resize(size, 1.0);
        return;
    };
    let kept = 256.0 / (256.0 - threshold as f32);
    while mask.len() < size {
        let bits = rng.next();
        mask.extend((0..8).map(|at| if (bits >> (8 * at)) & 255 < threshold { 0.0 } else { kept }));
    }
    mask.truncate(size);
}

pub(super) fn scale(values: &mut [f32], factors: &[f32]) {
    for (value, factor) in values.iter_mut().zip(factors) {
        *value *= factor;
    }
}

pub(super) fn add(values: &mut [f32], others: &[f32]) {
    for (value, other) in values.iter_mut().zip(others) {
        *value += other;
    }
}

fn add_product(values: &mut [f32], left: &[f32], right: &[f32]) {
    for ((value, left), right) in values.iter_mut().zip(left).zip(right) {
        *value += left * right;
    }
}

pub(super) fn sum_rows(rows: &[f32], sums: &mut [f32]) {
    for row in rows.chunks_exact(sums.len()) {
        add(sums, row);
    }
}
