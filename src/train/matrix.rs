//! Products of f32 matrices for training, and the element-wise steps between them.
//!
//! A matrix is a slice with the distance between its rows: rows may overlap, which is how a convolution reads three
//! neighbours as one row. The products are those of the crate `matrixmultiply`.

use crate::nn::product;

/// A matrix that is read: where it begins, rows, columns, distance from row to row.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    pub data: &'a [f32],
    pub rows: usize,
    pub columns: usize,
    pub stride: usize,
    /// Read with rows and columns exchanged.
    pub transposed: bool,
}

impl<'a> Matrix<'a> {
    pub(super) fn new(data: &'a [f32], rows: usize, columns: usize) -> Self {
        Matrix { data, rows, columns, stride: columns, transposed: false }
    }

    /// Rows that begin every `stride` elements.
    pub(super) fn strided(data: &'a [f32], rows: usize, columns: usize, stride: usize) -> Self {
        Matrix { data, rows, columns, stride, transposed: false }
    }

    pub(super) fn t(self) -> Self {
        Matrix { transposed: !self.transposed, ..self }
    }
}

/// out = a·b, or out += a·b where `add` holds. `out` has rows of `stride` elements.
pub(super) fn multiply(a: Matrix<'_>, b: Matrix<'_>, out: &mut [f32], stride: usize, add: bool) {
    product(
        (a.data, a.rows, a.columns, a.stride, a.transposed),
        (b.data, b.rows, b.columns, b.stride, b.transposed),
        (out, stride),
        if add { 1.0 } else { 0.0 },
    );
}

/// e^x to about 2e-7: 2^n by the exponent's bits, the rest by a polynomial (coefficients of Cephes `expf`).
#[inline]
pub(super) fn exp(x: f32) -> f32 {
    let x = x.clamp(-87.0, 88.0);
    // adding and taking away 1.5 * 2^23 rounds to the nearest integer
    let n = (x * std::f32::consts::LOG2_E + 12_582_912.0) - 12_582_912.0;
    let r = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let mut p = 1.987_569_1e-4;
    p = p * r + 1.398_199_9e-3;
    p = p * r + 8.333_452e-3;
    p = p * r + 4.166_579_6e-2;
    p = p * r + 1.666_666_5e-1;
    p = p * r + 0.5;
    let value = p * r * r + r + 1.0;
    value * f32::from_bits((((n as i32) + 127) << 23) as u32)
}

/// Soft-max in place; gives the sum's logarithm over the scores.
pub(super) fn softmax(scores: &mut [f32]) -> f32 {
    let top = scores.iter().fold(f32::NEG_INFINITY, |top, score| top.max(*score));
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        *score = exp(*score - top);
        sum += *score;
    }
    for score in scores.iter_mut() {
        *score /= sum;
    }
    top + sum.ln()
}
