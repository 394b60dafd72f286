//! The trial of a kernel: a small product that must come out as the scalar kernel has it.

#![allow(
    clippy::indexing_slicing,
    reason = "tables of this file with indices that are taken modulo their lengths"
)]

use super::kernel::{Kernel, OneProduct, Rows, dispatch, rows_read};
use super::matrix::{Matrix, Plain};

impl Kernel {
    /// Whether a product with the largest and the smallest numbers and some between is that of the scalar kernel.
    pub(super) fn agrees(self) -> bool {
        const INPUTS: usize = 32;
        const COLUMNS: usize = 80;
        const ROWS: usize = 7;
        // half of the columns have few large weights and half many small ones, up to what a group may have
        const SIZES: [[i8; 8]; 2] =
            [[64, 64, 64, 64, 2, 0, 0, 0], [33, 32, 32, 32, 33, 32, 32, 32]];
        let number = |at: usize| at.wrapping_mul(2_654_435_761) >> 7;
        let weight = |at: usize| {
            let (input, column) = (at / COLUMNS, at % COLUMNS);
            let place = input % 16 / 4 * 2 + input % 2 + column / 2;
            let negative = [false, true, number(at) % 2 == 0][column % 3];
            let size = SIZES[column % 2][place % 8];
            if negative { -size } else { size }
        };
        let weights: Vec<i8> = (0..INPUTS * COLUMNS).map(weight).collect();
        let bytes: Vec<u8> = (0..rows_read(ROWS) * INPUTS)
            .map(|at| match at / INPUTS % 3 {
                0 => 255,
                1 => 1,
                _ => (number(at) % 255) as u8 + 1,
            })
            .collect();
        let columns: Vec<Option<usize>> = (0..COLUMNS).map(Some).collect();
        let plain = Plain { rows: &weights, scales: &[0.125; COLUMNS], biases: &[0.5; COLUMNS] };
        let matrix = Matrix::pack(plain, &columns);
        let of = |kernel| {
            let mut out = vec![0.0; rows_read(ROWS) * COLUMNS];
            let rows = Rows { bytes: &bytes, stride: INPUTS, count: ROWS };
            dispatch(kernel, OneProduct { rows, matrix: &matrix, out: &mut out });
            out.truncate(ROWS * COLUMNS);
            out
        };
        of(self) == of(Kernel::Scalar)
    }
}
