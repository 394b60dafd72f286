//! The kernels: the product of a matrix in eight bits with the instructions that the processor has, and the one place
//! with unsafe code.
//!
//! Why the output is the same bit for bit everywhere: the sums of a product are integers, which no order changes and no
//! step of a kernel saturates (matrix.rs says why); the f32 arithmetic (vector.rs) is plain Rust with one order of
//! operations, compiled once per kernel because [`dispatch`] runs the same generic work inside a function that may use
//! the kernel's instructions. A kernel is chosen only if a small product comes out as the scalar kernel has it, so a
//! processor or a compiler that is wrong costs speed, not truth. The f32 product of training is here too: it calls unsafe code.

#![allow(unsafe_code, reason = "vector instructions and unaligned loads have no safe form")]
#![allow(clippy::indexing_slicing, reason = "shapes are checked at the head of each product")]

use std::ops::Range;

use super::matrix::{Matrix, TILE};
use super::vector::{Lanes, Vector, ZERO_POINT};

/// Which instructions the network runs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// Plain Rust, on every processor.
    Scalar,
    /// AVX2, on x86-64 processors since about 2013.
    Avx2,
    /// AVX-512 with VNNI, on x86-64 processors since about 2019.
    Avx512Vnni,
}

impl Kernel {
    /// Every kernel, the fastest first.
    pub const ALL: [Kernel; 3] = [Kernel::Avx512Vnni, Kernel::Avx2, Kernel::Scalar];

    /// The fastest kernel that runs here.
    pub fn detect() -> Kernel {
        Kernel::ALL.into_iter().find(|kernel| kernel.available()).unwrap_or(Kernel::Scalar)
    }

    /// Whether the processor has the instructions, and a small product comes out right with them.
    pub fn available(self) -> bool {
        self.supported() && self.agrees()
    }

    /// The name in settings, logs and labels.
    pub fn name(self) -> &'static str {
        match self {
            Kernel::Scalar => "scalar",
            Kernel::Avx2 => "avx2",
            Kernel::Avx512Vnni => "avx512vnni",
        }
    }

    /// The kernel of a name.
    pub fn named(name: &str) -> Option<Kernel> {
        Kernel::ALL.into_iter().find(|kernel| kernel.name() == name)
    }

    #[cfg(target_arch = "x86_64")]
    fn supported(self) -> bool {
        match self {
            Kernel::Scalar => true,
            Kernel::Avx2 => is_x86_feature_detected!("avx2"),
            Kernel::Avx512Vnni => {
                is_x86_feature_detected!("avx2")
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512vnni")
            }
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn supported(self) -> bool {
        self == Kernel::Scalar
    }
}

/// Rows of activations in eight bits, each beginning `stride` bytes after the one before; rows may overlap.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) stride: usize,
    pub(super) count: usize,
}

/// Rows that the kernels work on side by side. The last rows of a product are filled up to this: buffers hold more rows
/// than are asked for, see [`rows_read`].
const ROWS_AT_ONCE: usize = 4;

/// The number of rows that a product of so many rows reads and writes.
pub(super) const fn rows_read(count: usize) -> usize {
    count.next_multiple_of(ROWS_AT_ONCE)
}

/// The product of eight-bit activations with some tiles of a layer.
pub(super) trait Multiply: Copy {
    /// 16 numbers in the registers of the kernel.
    type Vector: Vector;

    /// Writes one row of columns per row of activations: sum · scale + bias. Activations are 1 to 255 with 128 for zero.
    fn multiply(self, rows: Rows<'_>, matrix: &Matrix, tiles: Range<usize>, out: &mut [f32]);
}

/// Something that runs with any kernel.
pub(super) trait Work {
    /// Runs. Must be inlined, or it does not get the instructions of the kernel.
    fn run<M: Multiply>(self, multiply: M);
}

/// Runs a work with a kernel; with the scalar one if the processor does not support it.
pub(super) fn dispatch<W: Work>(kernel: Kernel, work: W) {
    match kernel {
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx2 if kernel.supported() => {
            // SAFETY: the processor supports the instructions, as just found.
            unsafe { x86::with_avx2(work) }
        }
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx512Vnni if kernel.supported() => {
            // SAFETY: the processor supports the instructions, as just found.
            unsafe { x86::with_avx512vnni(work) }
        }
        Kernel::Scalar | Kernel::Avx2 | Kernel::Avx512Vnni => work.run(Scalar),
    }
}

/// A product with all tiles of a matrix.
pub(super) struct OneProduct<'a> {
    pub(super) rows: Rows<'a>,
    pub(super) matrix: &'a Matrix,
    pub(super) out: &'a mut [f32],
}

impl Work for OneProduct<'_> {
    #[inline(always)]
    fn run<M: Multiply>(self, multiply: M) {
        multiply.multiply(self.rows, self.matrix, self.matrix.all(), self.out);
    }
}

/// What every kernel relies on: that all rows it reads and writes lie within the buffers.
#[inline(always)]
fn check(rows: Rows<'_>, matrix: &Matrix, tiles: &Range<usize>, out: &[f32]) {
    let count = rows_read(rows.count);
    let last = count.saturating_sub(1) * rows.stride;
    assert!(count == 0 || last + matrix.inputs() <= rows.bytes.len(), "rows end in the buffer");
    assert!(count * tiles.len() * TILE <= out.len(), "the output has room");
    assert!(tiles.end <= matrix.all().end, "the layer has the tiles");
}

/// Asks for a row that will be read soon.
#[inline(always)]
pub(super) fn prefetch(row: &[i8]) {
    #[cfg(target_arch = "x86_64")]
    for line in row.chunks(64) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch reads nothing that the program sees, and every x86-64 processor has it.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr()) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _: &[i8] = row;
}

#[derive(Clone, Copy)]
struct Scalar;

impl Multiply for Scalar {
    type Vector = Lanes;

    #[inline(always)]
    fn multiply(self, rows: Rows<'_>, matrix: &Matrix, tiles: Range<usize>, out: &mut [f32]) {
        check(rows, matrix, &tiles, out);
        let stride = tiles.len() * TILE;
        for (place, tile) in tiles.enumerate() {
            let (scales, biases) = (matrix.scales(tile), matrix.biases(tile));
            for row in 0..rows.count {
                let bytes = &rows.bytes[row * rows.stride..][..matrix.inputs()];
                let out = &mut out[row * stride + place * TILE..][..TILE];
                for (column, out) in out.iter_mut().enumerate() {
                    let sum = sum_of_products(bytes, matrix.column(tile * TILE + column));
                    *out = sum as f32 * scales[column] + biases[column];
                }
            }
        }
    }
}

/// The sum of one column for one row, written so that a compiler sees vectors in it.
fn sum_of_products(bytes: &[u8], weights: &[i8]) -> i32 {
    let zero = i16::from(ZERO_POINT);
    let pairs = bytes.iter().zip(weights);
    pairs.map(|(byte, weight)| i32::from(i16::from(*byte) - zero) * i32::from(*weight)).sum()
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    //! The vector kernels. Both hold one tile of some rows in registers and run through the inputs.

    use std::arch::x86_64::*;
    use std::ops::Range;

    use super::{Multiply, ROWS_AT_ONCE, Rows, Work, check, rows_read};
    use crate::nn::matrix::{Matrix, TILE};
    use crate::nn::vector::{LANES, Lanes, Vector, ZERO_POINT};

    /// Exists only where AVX2 was found.
    #[derive(Clone, Copy)]
    struct Avx2(());

    /// Exists only where AVX-512 F, BW, VL and VNNI were found.
    #[derive(Clone, Copy)]
    struct Avx512Vnni(());

    #[target_feature(enable = "avx2")]
    pub(super) fn with_avx2<W: Work>(work: W) {
        work.run(Avx2(()));
    }

    #[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vnni")]
    pub(super) fn with_avx512vnni<W: Work>(work: W) {
        work.run(Avx512Vnni(()));
    }

    impl Multiply for Avx2 {
        type Vector = Wide;

        #[inline(always)]
        fn multiply(self, rows: Rows<'_>, matrix: &Matrix, tiles: Range<usize>, out: &mut [f32]) {
            // SAFETY: a value of this type exists only within `with_avx2`.
            unsafe { multiply_avx2(rows, matrix, tiles, out) }
        }
    }

    impl Multiply for Avx512Vnni {
        type Vector = Wide;

        #[inline(always)]
        fn multiply(self, rows: Rows<'_>, matrix: &Matrix, tiles: Range<usize>, out: &mut [f32]) {
            // SAFETY: a value of this type exists only within `with_avx512vnni`.
            unsafe { multiply_avx512vnni(rows, matrix, tiles, out) }
        }
    }

    /// 16 numbers in two registers of AVX2. Only generic code that `dispatch` runs gets to them, through
    /// [`Multiply::Vector`], so AVX2 is there wherever one of them is.
    #[derive(Clone, Copy)]
    struct Wide(__m256, __m256);

    /// An operation on both halves.
    macro_rules! both {
        ($operation:ident $(::<$constant:ident>)?, $first:expr $(, $other:expr)*) => {{
            let first = $first;
            // SAFETY: see [`Wide`].
            unsafe {
                Wide(
                    $operation$(::<$constant>)?(first.0 $(, $other.0)*),
                    $operation$(::<$constant>)?(first.1 $(, $other.1)*),
                )
            }
        }};
    }

    /// The lanes put together two by two with operations on eight, on four and on one.
    macro_rules! tree {
        ($lanes:expr, $eight:ident, $four:ident, $one:ident) => {{
            let Wide(low, high) = $lanes;
            // SAFETY: see [`Wide`].
            unsafe {
                let eight = $eight(low, high);
                let four = $four(_mm256_castps256_ps128(eight), _mm256_extractf128_ps::<1>(eight));
                let two = $four(four, _mm_movehl_ps(four, four));
                _mm_cvtss_f32($one(two, _mm_shuffle_ps::<1>(two, two)))
            }
        }};
    }

    impl Vector for Wide {
        #[inline(always)]
        fn splat(number: f32) -> Self {
            // SAFETY: see [`Wide`].
            let half = unsafe { _mm256_set1_ps(number) };
            Wide(half, half)
        }

        #[inline(always)]
        fn load(lanes: &Lanes) -> Self {
            let start = lanes.as_ptr();
            // SAFETY: see [`Wide`]; there are 16 numbers.
            unsafe { Wide(_mm256_loadu_ps(start), _mm256_loadu_ps(start.add(LANES / 2))) }
        }

        #[inline(always)]
        fn store(self, lanes: &mut Lanes) {
            let start = lanes.as_mut_ptr();
            // SAFETY: see [`Wide`]; there are 16 places.
            unsafe {
                _mm256_storeu_ps(start, self.0);
                _mm256_storeu_ps(start.add(LANES / 2), self.1);
            }
        }

        #[inline(always)]
        fn from_bytes(bytes: &[i8; LANES]) -> Self {
            let half = |half: &[i8]| {
                // SAFETY: see [`Wide`]; there are eight bytes.
                unsafe {
                    let bytes = _mm_loadl_epi64(half.as_ptr().cast());
                    _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes))
                }
            };
            let (low, high) = bytes.split_at(LANES / 2);
            Wide(half(low), half(high))
        }

        #[inline(always)]
        fn add(self, other: Self) -> Self {
            both!(_mm256_add_ps, self, other)
        }

        #[inline(always)]
        fn subtract(self, other: Self) -> Self {
            both!(_mm256_sub_ps, self, other)
        }

        #[inline(always)]
        fn multiply(self, other: Self) -> Self {
            both!(_mm256_mul_ps, self, other)
        }

        #[inline(always)]
        fn divide(self, other: Self) -> Self {
            both!(_mm256_div_ps, self, other)
        }

        #[inline(always)]
        fn larger(self, other: Self) -> Self {
            both!(_mm256_max_ps, self, other)
        }

        #[inline(always)]
        fn smaller(self, other: Self) -> Self {
            both!(_mm256_min_ps, self, other)
        }

        #[inline(always)]
        fn where_equal(self, number: Self, first: Self, second: Self) -> Self {
            let equal = both!(_mm256_cmp_ps::<_CMP_EQ_OQ>, self, number);
            both!(_mm256_blendv_ps, second, first, equal)
        }

        #[inline(always)]
        fn zero_where_smaller(self, of: Self, bound: Self) -> Self {
            let smaller = both!(_mm256_cmp_ps::<_CMP_LT_OQ>, of, bound);
            both!(_mm256_andnot_ps, smaller, self)
        }

        #[inline(always)]
        fn power_of_two(self) -> Self {
            // SAFETY: see [`Wide`].
            let half = |half| unsafe {
                let exponent = _mm256_slli_epi32::<23>(_mm256_castps_si256(half));
                _mm256_castsi256_ps(_mm256_add_epi32(exponent, _mm256_set1_epi32(127 << 23)))
            };
            Wide(half(self.0), half(self.1))
        }

        #[inline(always)]
        fn low_bytes(self, bytes: &mut [u8; LANES]) {
            // SAFETY: see [`Wide`]; there are 16 places.
            unsafe {
                let low =
                    |half| _mm256_and_si256(_mm256_castps_si256(half), _mm256_set1_epi32(255));
                // packs within each half of a register: the quarters then lie in the order 0 2 1 3
                let pairs = _mm256_packus_epi32(low(self.0), low(self.1));
                let pairs = _mm256_permute4x64_epi64::<0b11_01_10_00>(pairs);
                let (front, back) =
                    (_mm256_castsi256_si128(pairs), _mm256_extracti128_si256::<1>(pairs));
                _mm_storeu_si128(bytes.as_mut_ptr().cast(), _mm_packus_epi16(front, back));
            }
        }

        #[inline(always)]
        fn sum(self) -> f32 {
            tree!(self, _mm256_add_ps, _mm_add_ps, _mm_add_ss)
        }

        #[inline(always)]
        fn maximum(self) -> f32 {
            tree!(self, _mm256_max_ps, _mm_max_ps, _mm_max_ss)
        }

        #[inline(always)]
        fn minimum(self) -> f32 {
            tree!(self, _mm256_min_ps, _mm_min_ps, _mm_min_ss)
        }
    }

    #[target_feature(enable = "avx2")]
    fn multiply_avx2(rows: Rows<'_>, matrix: &Matrix, tiles: Range<usize>, out: &mut [f32]) {
        check(rows, matrix, &tiles, out);
        let stride = tiles.len();
        let out = &mut out.as_chunks_mut::<TILE>().0[..rows_read(rows.count) * stride];
        for (place, tile) in tiles.enumerate() {
            let scales = Wide::load(matrix.scales(tile));
            let biases = Wide::load(matrix.biases(tile));
            for (half, scales, biases) in [(0, scales.0, biases.0), (1, scales.1, biases.1)] {
                let mut bytes = rows.bytes.as_ptr();
                for out in out.chunks_exact_mut(ROWS_AT_ONCE * stride) {
                    // SAFETY: `check` saw that rows up to `rows_read` lie within `rows.bytes`.
                    let sums = unsafe { half_tile(bytes, rows.stride, matrix, (tile, half)) };
                    for (sums, out) in sums.into_iter().zip(out.chunks_exact_mut(stride)) {
                        let values = _mm256_mul_ps(_mm256_cvtepi32_ps(sums), scales);
                        let out = out[place][half * 8..].as_mut_ptr();
                        // SAFETY: eight of the 16 places of a tile begin there.
                        unsafe { _mm256_storeu_ps(out, _mm256_add_ps(values, biases)) }
                    }
                    bytes = bytes.wrapping_add(ROWS_AT_ONCE * rows.stride);
                }
            }
        }
    }

    /// The sums of eight columns for some rows.
    ///
    /// Activations carry the zero point 128, so that the instruction may take them as unsigned. Four of its results are
    /// added in 16 bits, where they may wrap around; less what the zero point contributed, modulo 2^16, stays the sum of
    /// eight true products, which fits by [`crate::nn::matrix::GROUP_MAX`]. Only then are sums widened to 32 bits: five
    /// multiplications for 128 products, where widening each result would take eight.
    ///
    /// # Safety
    /// `bytes` must begin [`ROWS_AT_ONCE`] rows, `stride` apart, each as long as the layer has inputs.
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn half_tile(
        bytes: *const u8,
        stride: usize,
        matrix: &Matrix,
        (tile, half): (usize, usize),
    ) -> [__m256i; ROWS_AT_ONCE] {
        let ones = _mm256_set1_epi16(1);
        let mut sums = [_mm256_setzero_si256(); ROWS_AT_ONCE];
        let weights = matrix.weights(tile).as_chunks::<4>().0;
        let mut at = bytes;
        for (weights, excess) in weights.iter().zip(matrix.excess(tile)) {
            let load = |from: *const __m256i| {
                // SAFETY: each entry has 64 bytes, aligned to 64, and `half` is 0 or 1.
                unsafe { _mm256_load_si256(from.add(half)) }
            };
            let [first, second, third, fourth] = weights;
            let first = load(first.0.as_ptr().cast());
            let second = load(second.0.as_ptr().cast());
            let third = load(third.0.as_ptr().cast());
            let fourth = load(fourth.0.as_ptr().cast());
            let excess = load(excess.0.as_ptr().cast());
            for (row, sum) in sums.iter_mut().enumerate() {
                let product = |step: usize, weights| {
                    // SAFETY: the caller gives whole rows; there is one entry of weights per four inputs.
                    let four =
                        unsafe { at.add(row * stride).cast::<i32>().add(step).read_unaligned() };
                    _mm256_maddubs_epi16(_mm256_set1_epi32(four), weights)
                };
                let group = _mm256_sub_epi16(product(0, first), excess);
                let group = _mm256_add_epi16(group, product(1, second));
                let group = _mm256_add_epi16(group, product(2, third));
                let group = _mm256_add_epi16(group, product(3, fourth));
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(group, ones));
            }
            at = at.wrapping_add(16);
        }
        sums
    }

    #[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vnni")]
    fn multiply_avx512vnni(rows: Rows<'_>, matrix: &Matrix, tiles: Range<usize>, out: &mut [f32]) {
        check(rows, matrix, &tiles, out);
        let stride = tiles.len() * TILE;
        let mut tile = tiles.start;
        while tile < tiles.end {
            let together = (tiles.end - tile).min(4);
            for row in (0..rows_read(rows.count)).step_by(ROWS_AT_ONCE) {
                let bytes = rows.bytes[row * rows.stride..].as_ptr();
                let out = &mut out[row * stride + (tile - tiles.start) * TILE..];
                // SAFETY: `check` saw that rows up to `rows_read` lie within `rows.bytes`.
                unsafe {
                    match together {
                        1 => tiles_vnni::<1>(bytes, rows.stride, (matrix, tile), (out, stride)),
                        2 => tiles_vnni::<2>(bytes, rows.stride, (matrix, tile), (out, stride)),
                        3 => tiles_vnni::<3>(bytes, rows.stride, (matrix, tile), (out, stride)),
                        _ => tiles_vnni::<4>(bytes, rows.stride, (matrix, tile), (out, stride)),
                    }
                }
            }
            tile += together;
        }
    }

    /// The columns of some tiles for some rows. The zero point is taken off the sums before anything is added to them.
    ///
    /// # Safety
    /// `bytes` must begin [`ROWS_AT_ONCE`] rows, `stride` apart, each as long as the layer has inputs.
    #[inline]
    #[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vnni")]
    unsafe fn tiles_vnni<const TILES: usize>(
        bytes: *const u8,
        stride: usize,
        (matrix, tile): (&Matrix, usize),
        (out, out_stride): (&mut [f32], usize),
    ) {
        let mut sums = [[_mm512_setzero_si512(); TILES]; ROWS_AT_ONCE];
        let weights: [_; TILES] = std::array::from_fn(|next| matrix.weights(tile + next));
        for next in 0..TILES {
            let excess = matrix.column_sums(tile + next).map(|sum| sum * -i32::from(ZERO_POINT));
            for sums in &mut sums {
                // SAFETY: a tile has 16 columns.
                sums[next] = unsafe { _mm512_loadu_si512(excess.as_ptr().cast()) };
            }
        }
        for step in 0..matrix.inputs() / 4 {
            let mut fours = [_mm512_setzero_si512(); TILES];
            for (four, weights) in fours.iter_mut().zip(weights) {
                // SAFETY: each tile has one entry of 64 aligned bytes per four inputs.
                *four = unsafe { _mm512_load_si512(weights.as_ptr().add(step).cast()) };
            }
            for (row, sums) in sums.iter_mut().enumerate() {
                // SAFETY: the caller gives whole rows of inputs.
                let four =
                    unsafe { bytes.add(row * stride + step * 4).cast::<i32>().read_unaligned() };
                let four = _mm512_set1_epi32(four);
                for (sum, weights) in sums.iter_mut().zip(fours) {
                    *sum = _mm512_dpbusd_epi32(*sum, four, weights);
                }
            }
        }
        for (row, sums) in sums.into_iter().enumerate() {
            for (next, sums) in sums.into_iter().enumerate() {
                let at = row * out_stride + next * TILE;
                let out = &mut out[at..at + TILE];
                let (scales, biases) = (matrix.scales(tile + next), matrix.biases(tile + next));
                // SAFETY: scales, biases and `out` have 16 numbers each.
                unsafe {
                    let scales = _mm512_loadu_ps(scales.as_ptr());
                    let biases = _mm512_loadu_ps(biases.as_ptr());
                    let values = _mm512_mul_ps(_mm512_cvtepi32_ps(sums), scales);
                    _mm512_storeu_ps(out.as_mut_ptr(), _mm512_add_ps(values, biases));
                }
            }
        }
    }
}

#[cfg(feature = "train")]
/// A matrix: elements, rows, columns, distance from row to row, whether rows and columns are exchanged.
type View<'a> = (&'a [f32], usize, usize, usize, bool);

/// out = a·b + keep·out in f32, for training: the crate `matrixmultiply`, whose bare function trusts its pointers.
///
/// # Panics
/// Where the sizes do not fit each other or the slices.
#[cfg(feature = "train")]
pub fn product(a: View<'_>, b: View<'_>, (out, stride): (&mut [f32], usize), keep: f32) {
    let reach = |rows: usize, columns: usize, stride: usize| {
        if rows == 0 || columns == 0 { 0 } else { (rows - 1) * stride + columns }
    };
    assert!(reach(a.1, a.2, a.3) <= a.0.len(), "left matrix");
    assert!(reach(b.1, b.2, b.3) <= b.0.len(), "right matrix");
    let (m, k, a_row, a_column) = if a.4 { (a.2, a.1, 1, a.3) } else { (a.1, a.2, a.3, 1) };
    let (other, n, b_row, b_column) = if b.4 { (b.2, b.1, 1, b.3) } else { (b.1, b.2, b.3, 1) };
    assert_eq!(k, other, "inner sizes");
    assert!(n <= stride && reach(m, n, stride) <= out.len(), "result");
    // SAFETY: the three matrices lie within their slices, as checked above, and `out` is borrowed alone.
    unsafe {
        matrixmultiply::sgemm(
            m,
            k,
            n,
            1.0,
            a.0.as_ptr(),
            a_row as isize,
            a_column as isize,
            b.0.as_ptr(),
            b_row as isize,
            b_column as isize,
            keep,
            out.as_mut_ptr(),
            stride as isize,
            1,
        );
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::matrix::Plain;
    use super::super::matrix::{GROUP, GROUP_MAX, group_lane};
    use super::super::vector::{self, Norm};
    use super::*;

    fn all_available() -> impl Iterator<Item = Kernel> {
        Kernel::ALL.into_iter().filter(|kernel| kernel.available())
    }

    /// Makes the weights of each group of a column small enough to be added up.
    fn bound(rows: &mut [i8], columns: usize) {
        for column in 0..columns {
            let mut sizes = [0; 2];
            for (input, weight) in rows.iter_mut().skip(column).step_by(columns).enumerate() {
                if input % GROUP == 0 {
                    sizes = [0; 2];
                }
                let size = &mut sizes[group_lane(input)];
                let most = (GROUP_MAX - *size).min(64) as i8;
                *weight = (*weight).clamp(-most, most);
                *size += i32::from(weight.abs());
            }
        }
    }

    #[test]
    fn names_lead_back_to_their_kernels() {
        assert!(Kernel::ALL.into_iter().all(|kernel| Kernel::named(kernel.name()) == Some(kernel)));
        assert_eq!(Kernel::named("neon"), None);
        assert!(Kernel::Scalar.available());
        assert!(Kernel::detect().available());
    }

    proptest! {
        #[test]
        fn kernels_come_to_the_product_of_whole_numbers(
            groups in 1_usize..8,
            columns in 1_usize..90,
            count in 0_usize..11,
            numbers in proptest::collection::vec(any::<i8>(), 997),
            extreme: bool,
        ) {
            let inputs = groups * GROUP;
            let number = |at: usize| if extreme {
                if numbers[at % 997] < 0 { -127 } else { 127 }
            } else {
                numbers[at % 997].max(-127)
            };
            let mut rows: Vec<i8> = (0..inputs * columns).map(|at| number(at * 31)).collect();
            bound(&mut rows, columns);
            let scales: Vec<f32> = (0..columns).map(|at| f32::from(number(at)) / 100.0).collect();
            let biases: Vec<f32> = (0..columns).map(|at| f32::from(number(at + 7))).collect();
            let all: Vec<Option<usize>> = (0..columns).map(Some).collect();
            let plain = Plain { rows: &rows, scales: &scales, biases: &biases };
            let matrix = Matrix::pack(plain, &all);
            let activations: Vec<i8> =
                (0..rows_read(count) * inputs).map(|at| number(at * 17)).collect();
            let bytes: Vec<u8> =
                activations.iter().map(|activation| activation.wrapping_add(-128) as u8).collect();
            let stride = columns.next_multiple_of(TILE);
            for kernel in all_available() {
                let mut out = vec![0.0; rows_read(count) * stride];
                let rows_of = Rows { bytes: &bytes, stride: inputs, count };
                dispatch(kernel, OneProduct { rows: rows_of, matrix: &matrix, out: &mut out });
                for row in 0..count {
                    for column in 0..columns {
                        let sum: i32 = (0..inputs)
                            .map(|input| {
                                i32::from(activations[row * inputs + input])
                                    * i32::from(rows[input * columns + column])
                            })
                            .sum();
                        let scale = scales[column] * vector::STEP;
                        let expected = sum as f32 * scale + biases[column];
                        prop_assert_eq!(out[row * stride + column].to_bits(), expected.to_bits());
                    }
                }
            }
        }

        #[test]
        fn lanes_in_registers_are_lanes_in_memory(
            bits in proptest::collection::vec(any::<u32>(), 64),
            small in proptest::collection::vec(-100_f32..100.0, 64),
        ) {
            let any: Vec<f32> = bits.into_iter().map(f32::from_bits).collect();
            for numbers in [&any, &small] {
                let mut expected = Vec::new();
                dispatch(Kernel::Scalar, AllOperations { numbers, out: &mut expected });
                for kernel in all_available() {
                    let mut out = Vec::new();
                    dispatch(kernel, AllOperations { numbers, out: &mut out });
                    prop_assert_eq!(&out, &expected, "{:?}", kernel);
                }
            }
        }

        #[test]
        fn powers_are_powers(x in -86_f32..0.0) {
            let (is, should) = (vector::exponential_of(x), x.exp());
            prop_assert!((is - should).abs() <= 2e-5 * should, "e^{x} is {should}, not {is}");
            let sigmoid: Lanes = vector::sigmoid([x + 43.0; 16]);
            prop_assert!((sigmoid[3] - 1.0 / (1.0 + (-x - 43.0).exp())).abs() < 1e-5);
        }
    }

    #[test]
    fn powers_of_the_ends_are_what_softmax_needs() {
        assert_eq!(vector::exponential_of(0.0).to_bits(), 1_f32.to_bits());
        assert_eq!(vector::exponential_of(-88.0).to_bits(), 0);
        assert_eq!(vector::exponential_of(f32::NEG_INFINITY).to_bits(), 0);
    }

    /// Everything that generic code does with lanes, every number that is no number alike.
    struct AllOperations<'a> {
        numbers: &'a [f32],
        out: &'a mut Vec<u32>,
    }

    impl Work for AllOperations<'_> {
        #[inline(always)]
        fn run<M: Multiply>(self, _: M) {
            let rows = vector::lanes(self.numbers);
            let load = |at: usize| M::Vector::load(&rows[at]);
            let (a, b, c) = (load(0), load(1), load(2));
            let bytes = std::array::from_fn(|lane| rows[3][lane].to_bits() as i8);
            let results = [
                a.add(b),
                a.subtract(b),
                a.multiply(b),
                a.divide(b),
                a.larger(b),
                a.smaller(b),
                a.where_equal(a, b, c),
                a.zero_where_smaller(b, c),
                a.power_of_two(),
                M::Vector::from_bytes(&bytes),
                vector::exponential(a.smaller(M::Vector::splat(0.0))),
                vector::sigmoid(a),
                vector::positive(b),
            ];
            let mut lanes = [0.0; 16];
            let mut all = vec![a.sum(), a.maximum(), a.minimum()];
            for result in results {
                result.store(&mut lanes);
                all.extend(lanes);
            }
            let best = vector::maximum::<M::Vector>(rows);
            all.push(vector::exponential_sum::<M::Vector>(rows, best));
            let mut moments = vector::Moments::<M::Vector>::new();
            rows.iter().for_each(|row| moments.add(M::Vector::load(row)));
            let (mut row, mut bytes) = (rows.to_vec(), vec![0; 64]);
            let norm = Norm { gain: self.numbers.to_vec(), shift: vec![0.25; 64] };
            vector::layer_norm(&mut row, moments, &norm, &mut bytes);
            all.extend(row.as_flattened());
            let bits = |n: f32| if n.is_nan() { f32::NAN.to_bits() } else { n.to_bits() };
            self.out.extend(all.into_iter().map(bits));
            self.out.push(vector::place_of::<M::Vector>(rows, best));
            self.out.extend(bytes.into_iter().map(u32::from));
        }
    }
}
