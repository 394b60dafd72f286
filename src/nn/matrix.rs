//! A dense layer in seven bits: weights of -64 to 64 with one scale per column, packed for the kernels.
//!
//! Columns lie in tiles of 16, padded with columns of zeros: `[column / 16][input / 4][column % 16][input % 4]`. Why 64
//! and not 127: an AVX2 instruction multiplies an unsigned by a signed byte and adds two such products in 16 bits;
//! 2 · 255 · 64 just fits. Beyond that, the weights of a group of inputs together are bounded by [`GROUP_MAX`], so that
//! AVX2 can add up more before it widens. So every kernel comes to the same sum.

#![allow(
    clippy::indexing_slicing,
    reason = "a tile beyond the last one is a mistake in this module"
)]

use std::ops::Range;

use super::vector::{NEVER, STEP, ZERO_POINT};

/// The largest size of a weight in eight bits.
pub(super) const WEIGHT_MAX: i8 = 64;

/// Columns of a tile.
pub(super) const TILE: usize = 16;

/// The number of inputs is a multiple of this.
pub(super) const GROUP: usize = 16;

/// Within a group of inputs of a column, the sizes of the weights of inputs 0 1 4 5 8 9 12 13, and those of the others,
/// add up to this at most: 127 · 258 is the largest sum that fits in 16 bits.
pub(super) const GROUP_MAX: i32 = 258;

/// Weights of four inputs and 16 columns.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(super) struct Weights4(pub(super) [[i8; 4]; TILE]);

/// For a group of inputs and 16 columns, what the zero point adds to the products of inputs 0 1 4 5 8 9 12 13 and to those
/// of the others, modulo 2^16.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(super) struct Excess(pub(super) [[i16; 2]; TILE]);

/// In which of two places of 16 bits the products of an input are added up.
pub(super) fn group_lane(input: usize) -> usize {
    input / 2 % 2
}

/// A dense layer.
#[derive(Clone, Debug)]
pub(super) struct Matrix {
    inputs: usize,
    tiles: usize,
    columns: Vec<i8>,
    weights: Vec<Weights4>,
    excess: Vec<Excess>,
    scales: Vec<f32>,
    biases: Vec<f32>,
    column_sums: Vec<i32>,
}

/// A dense layer as it is stored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plain<'a> {
    /// One row of weights per input, as long as there are columns.
    pub(super) rows: &'a [i8],
    /// What a step of the weights of a column is worth.
    pub(super) scales: &'a [f32],
    /// What is added to a column.
    pub(super) biases: &'a [f32],
}

impl Plain<'_> {
    fn weight(&self, input: usize, column: Option<usize>) -> i8 {
        let weight = column.and_then(|column| self.rows.get(input * self.scales.len() + column));
        weight.map_or(0, |weight| (*weight).clamp(-WEIGHT_MAX, WEIGHT_MAX))
    }

    /// The sum of the weights of some inputs of a column.
    fn sum(&self, inputs: impl IntoIterator<Item = usize>, column: Option<usize>) -> i32 {
        inputs.into_iter().map(|input| i32::from(self.weight(input, column))).sum()
    }
}

impl Matrix {
    /// Packs a layer whose number of inputs is a multiple of 16. `columns` says which stored column becomes which; one
    /// that is `None`, and those that fill the last tile, give [`NEVER`] for every input.
    pub(super) fn pack(plain: Plain<'_>, columns: &[Option<usize>]) -> Matrix {
        let inputs = plain.rows.len().checked_div(plain.scales.len()).unwrap_or(0);
        let tiles = columns.len().div_ceil(TILE);
        let source = |column: usize| columns.get(column).copied().flatten();
        let (mut weights, mut excess) = (Vec::new(), Vec::new());
        for first in (0..tiles * TILE).step_by(TILE) {
            for input in (0..inputs).step_by(4) {
                weights.push(Weights4(std::array::from_fn(|column| {
                    std::array::from_fn(|lane| plain.weight(input + lane, source(first + column)))
                })));
            }
            for input in (0..inputs).step_by(GROUP) {
                let of = |lane, column| {
                    let inputs = (input..input + GROUP).filter(|input| group_lane(*input) == lane);
                    (i32::from(ZERO_POINT) * plain.sum(inputs, source(first + column))) as i16
                };
                excess.push(Excess(std::array::from_fn(|column| [of(0, column), of(1, column)])));
            }
        }
        let per_column = |values: &[f32], otherwise: f32| -> Vec<f32> {
            let value = |column| values.get(column).copied();
            let all = 0..tiles * TILE;
            all.map(|column| source(column).and_then(value).unwrap_or(otherwise)).collect()
        };
        let scales = per_column(plain.scales, 0.0).iter().map(|scale| scale * STEP).collect();
        let biases = per_column(plain.biases, NEVER);
        let sum = |column| plain.sum(0..inputs, source(column));
        let column_sums = (0..tiles * TILE).map(sum).collect();
        let column = |column| (0..inputs).map(move |input| plain.weight(input, source(column)));
        let columns = (0..tiles * TILE).flat_map(column).collect();
        Matrix { inputs, tiles, columns, weights, excess, scales, biases, column_sums }
    }

    /// Number of inputs, a multiple of [`GROUP`].
    pub(super) fn inputs(&self) -> usize {
        self.inputs
    }

    /// All tiles.
    pub(super) fn all(&self) -> Range<usize> {
        0..self.tiles
    }

    /// The weights of a column, one per input.
    pub(super) fn column(&self, column: usize) -> &[i8] {
        &self.columns[column * self.inputs..][..self.inputs]
    }

    /// The weights of a tile, one entry for four inputs.
    pub(super) fn weights(&self, tile: usize) -> &[Weights4] {
        let steps = self.inputs / 4;
        &self.weights[tile * steps..(tile + 1) * steps]
    }

    /// The excess of a tile, one entry for a group of inputs.
    pub(super) fn excess(&self, tile: usize) -> &[Excess] {
        let steps = self.inputs / GROUP;
        &self.excess[tile * steps..(tile + 1) * steps]
    }

    /// The scales of a tile, that of the activations within.
    pub(super) fn scales(&self, tile: usize) -> &[f32; TILE] {
        &self.scales.as_chunks().0[tile]
    }

    /// The biases of a tile.
    pub(super) fn biases(&self, tile: usize) -> &[f32; TILE] {
        &self.biases.as_chunks().0[tile]
    }

    /// The sums of the weights of each column of a tile.
    pub(super) fn column_sums(&self, tile: usize) -> &[i32; TILE] {
        &self.column_sums.as_chunks().0[tile]
    }
}
