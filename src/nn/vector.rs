//! The f32 arithmetic of the network: LayerNorm, exp, sums, maxima, and the way into eight bits.
//!
//! Every function has one order of operations and is built of additions, multiplications, divisions, square roots and
//! comparisons alone, which IEEE 754 rounds alike on every processor. Sums run over 16 lanes that are then added in a
//! fixed tree. [`Vector`] stands for 16 lanes in the registers of a kernel; everything is inlined into the function of
//! the kernel that runs. Nothing here is fused, reassociated or left to the C library.

#![allow(clippy::indexing_slicing, reason = "every index is a lane of an array of lanes")]

/// Numbers that are worked on side by side.
pub(super) const LANES: usize = 16;

/// One row of lanes in memory.
pub(super) type Lanes = [f32; LANES];

/// What stands for minus infinity where a place must never be the largest.
pub(super) const NEVER: f32 = f32::MIN;

/// Steps of eight bits per unit: activations from -8 to 8 are -127 to 127.
const STEPS: f32 = 127.0 / 8.0;

/// What one step is worth.
pub(super) const STEP: f32 = 8.0 / 127.0;

/// Eight-bit activations are stored with this added.
pub(super) const ZERO_POINT: u8 = 128;

/// 1.5 · 2^23: after adding it to a small number, the low bits are that number, rounded half to even.
const ROUNDING: f32 = 12_582_912.0;

/// The same for activations, whose low byte then has the zero point too.
const ROUNDING_BYTE: f32 = ROUNDING + ZERO_POINT as f32;

/// The gain and the shift of a LayerNorm.
#[derive(Clone, Debug, Default)]
pub(super) struct Norm {
    pub(super) gain: Vec<f32>,
    pub(super) shift: Vec<f32>,
}

/// 16 numbers in registers. Each operation works lane by lane and rounds as IEEE 754 says.
pub(super) trait Vector: Copy {
    fn splat(number: f32) -> Self;
    fn load(lanes: &Lanes) -> Self;
    fn store(self, lanes: &mut Lanes);
    fn from_bytes(bytes: &[i8; LANES]) -> Self;
    fn add(self, other: Self) -> Self;
    fn subtract(self, other: Self) -> Self;
    fn multiply(self, other: Self) -> Self;
    fn divide(self, other: Self) -> Self;
    /// Itself where it is larger, the other where it is not or either is no number.
    fn larger(self, other: Self) -> Self;
    /// Itself where it is smaller, the other where it is not or either is no number.
    fn smaller(self, other: Self) -> Self;
    /// The first where this equals the number, the second elsewhere.
    fn where_equal(self, number: Self, first: Self, second: Self) -> Self;
    /// Itself, 0 where `of` is smaller than a bound.
    fn zero_where_smaller(self, of: Self, bound: Self) -> Self;
    /// 2 to the power of the whole number that the low bits hold after [`ROUNDING`] was added.
    fn power_of_two(self) -> Self;
    /// The low byte of each number's bits.
    fn low_bytes(self, bytes: &mut [u8; LANES]);
    /// The lanes put together two by two: 0 with 8, 1 with 9 …, then 0 with 4 and so on.
    fn sum(self) -> f32;
    /// The same with [`Vector::larger`].
    fn maximum(self) -> f32;
    /// The same with [`Vector::smaller`].
    fn minimum(self) -> f32;
}

/// The rows of lanes of a vector; a length that is no multiple of [`LANES`] loses its end.
#[inline(always)]
pub(super) fn lanes(values: &[f32]) -> &[Lanes] {
    values.as_chunks().0
}

/// The same, to be written.
#[inline(always)]
pub(super) fn lanes_mut(values: &mut [f32]) -> &mut [Lanes] {
    values.as_chunks_mut().0
}

/// What a LayerNorm has to know of a row: the sums of the lanes of its numbers and of their squares.
#[derive(Clone, Copy)]
pub(super) struct Moments<V> {
    sum: V,
    squares: V,
}

impl<V: Vector> Moments<V> {
    #[inline(always)]
    pub(super) fn new() -> Self {
        Moments { sum: V::splat(0.0), squares: V::splat(0.0) }
    }

    #[inline(always)]
    pub(super) fn add(&mut self, values: V) {
        self.sum = self.sum.add(values);
        self.squares = self.squares.add(values.multiply(values));
    }
}

/// Normalises a row to mean 0 and variance 1, then applies gain and shift; eps is 1e-5. `bytes` gets the result in eight
/// bits.
#[inline(always)]
pub(super) fn layer_norm<V: Vector>(
    row: &mut [Lanes],
    moments: Moments<V>,
    norm: &Norm,
    bytes: &mut [u8],
) {
    let count = (row.len() * LANES) as f32;
    let mean = moments.sum.sum() / count;
    // rounding may make a variance near 0 negative
    let variance = larger(moments.squares.sum() / count - mean * mean, 0.0);
    let (mean, inverse) = (V::splat(mean), V::splat(1.0 / (variance + 1e-5).sqrt()));
    let parameters = lanes(&norm.gain).iter().zip(lanes(&norm.shift));
    let bytes = bytes.as_chunks_mut::<LANES>().0;
    for ((values, (gain, shift)), bytes) in row.iter_mut().zip(parameters).zip(bytes) {
        let normal = V::load(values).subtract(mean).multiply(inverse);
        let normal = normal.multiply(V::load(gain)).add(V::load(shift));
        normal.store(values);
        quantise(normal, bytes);
    }
}

/// Activations in eight bits: clipped to ±8, rounded half to even, the zero point added.
#[inline(always)]
pub(super) fn quantise<V: Vector>(values: V, bytes: &mut [u8; LANES]) {
    let steps = values.multiply(V::splat(STEPS));
    let steps = steps.larger(V::splat(-127.0)).smaller(V::splat(127.0));
    steps.add(V::splat(ROUNDING_BYTE)).low_bytes(bytes);
}

/// ReLU.
#[inline(always)]
pub(super) fn positive<V: Vector>(values: V) -> V {
    values.larger(V::splat(0.0))
}

/// 2 to the power of r·factor for |r·factor| ≤ 87 / ln 2, right to about 1e-5 of its value and exact for 0.
///
/// The exponent is divided into a whole number, which goes into the bits of an f32, and a rest of at most a half, whose
/// power is a polynomial: the one of its degree with the smallest relative error, 3e-6, that is 1 at 0.
#[inline(always)]
fn power_of_two<V: Vector>(r: V, factor: f32) -> V {
    let exponent = r.multiply(V::splat(factor));
    let shifted = exponent.add(V::splat(ROUNDING));
    let rest = exponent.subtract(shifted.subtract(V::splat(ROUNDING)));
    let mut power = V::splat(0.009_582_853);
    for coefficient in [0.055_906_426, 0.240_240_99, 0.693_124_2, 1.0] {
        power = power.multiply(rest).add(V::splat(coefficient));
    }
    power.multiply(shifted.power_of_two())
}

/// e to the power of a number that is not above 0; 0 below -87.
#[inline(always)]
pub(super) fn exponential<V: Vector>(x: V) -> V {
    let least = V::splat(-87.0);
    power_of_two(x.larger(least), std::f32::consts::LOG2_E).zero_where_smaller(x, least)
}

/// 1 / (1 + e^-x).
#[inline(always)]
pub(super) fn sigmoid<V: Vector>(x: V) -> V {
    let clipped = x.larger(V::splat(-87.0)).smaller(V::splat(87.0));
    let one = V::splat(1.0);
    one.divide(one.add(power_of_two(clipped, -std::f32::consts::LOG2_E)))
}

/// The largest of some numbers.
#[inline(always)]
pub(super) fn maximum<V: Vector>(rows: &[Lanes]) -> f32 {
    let mut largest = V::splat(f32::NEG_INFINITY);
    for row in rows {
        largest = V::load(row).larger(largest);
    }
    largest.maximum()
}

/// The first place at which a number stands; 0 where it stands nowhere.
#[inline(always)]
pub(super) fn place_of<V: Vector>(rows: &[Lanes], number: f32) -> u32 {
    // places are far below 2^24, where f32 is exact
    let nowhere = V::splat(f32::INFINITY);
    let (number, mut first) = (V::splat(number), nowhere);
    let mut places = V::load(&std::array::from_fn(|lane| lane as f32));
    for row in rows {
        first = V::load(row).where_equal(number, places, nowhere).smaller(first);
        places = places.add(V::splat(LANES as f32));
    }
    let place = first.minimum();
    if place == f32::INFINITY { 0 } else { place as u32 }
}

/// The sum of e^(x - maximum) over some numbers.
#[inline(always)]
pub(super) fn exponential_sum<V: Vector>(rows: &[Lanes], maximum: f32) -> f32 {
    let (mut total, maximum) = (V::splat(0.0), V::splat(maximum));
    for row in rows {
        total = total.add(exponential(V::load(row).subtract(maximum)));
    }
    total.sum()
}

/// Lanes in memory, worked on one after the other: what the scalar kernel uses.
impl Vector for Lanes {
    #[inline(always)]
    fn splat(number: f32) -> Self {
        [number; LANES]
    }

    #[inline(always)]
    fn load(lanes: &Lanes) -> Self {
        *lanes
    }

    #[inline(always)]
    fn store(self, lanes: &mut Lanes) {
        *lanes = self;
    }

    #[inline(always)]
    fn from_bytes(bytes: &[i8; LANES]) -> Self {
        bytes.map(f32::from)
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        each(self, other, |a, b| a + b)
    }

    #[inline(always)]
    fn subtract(self, other: Self) -> Self {
        each(self, other, |a, b| a - b)
    }

    #[inline(always)]
    fn multiply(self, other: Self) -> Self {
        each(self, other, |a, b| a * b)
    }

    #[inline(always)]
    fn divide(self, other: Self) -> Self {
        each(self, other, |a, b| a / b)
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        each(self, other, larger)
    }

    #[inline(always)]
    fn smaller(self, other: Self) -> Self {
        each(self, other, smaller)
    }

    #[inline(always)]
    fn where_equal(self, number: Self, first: Self, second: Self) -> Self {
        std::array::from_fn(
            |lane| {
                if self[lane] == number[lane] { first[lane] } else { second[lane] }
            },
        )
    }

    #[inline(always)]
    fn zero_where_smaller(self, of: Self, bound: Self) -> Self {
        std::array::from_fn(|lane| if of[lane] < bound[lane] { 0.0 } else { self[lane] })
    }

    #[inline(always)]
    fn power_of_two(self) -> Self {
        self.map(|number| f32::from_bits((number.to_bits() << 23).wrapping_add(127 << 23)))
    }

    #[inline(always)]
    fn low_bytes(self, bytes: &mut [u8; LANES]) {
        *bytes = self.map(|number| number.to_bits() as u8);
    }

    #[inline(always)]
    fn sum(self) -> f32 {
        tree(self, |a, b| a + b)
    }

    #[inline(always)]
    fn maximum(self) -> f32 {
        tree(self, larger)
    }

    #[inline(always)]
    fn minimum(self) -> f32 {
        tree(self, smaller)
    }
}

#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

#[inline(always)]
fn smaller(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

#[inline(always)]
fn each(a: Lanes, b: Lanes, of: impl Fn(f32, f32) -> f32) -> Lanes {
    std::array::from_fn(|lane| of(a[lane], b[lane]))
}

#[inline(always)]
fn tree(lanes: Lanes, join: impl Fn(f32, f32) -> f32) -> f32 {
    let eight: [f32; 8] = std::array::from_fn(|lane| join(lanes[lane], lanes[lane + 8]));
    let four: [f32; 4] = std::array::from_fn(|lane| join(eight[lane], eight[lane + 4]));
    join(join(four[0], four[2]), join(four[1], four[3]))
}

/// The exponential of one number that is not above 0, as the lanes have it.
pub(super) fn exponential_of(x: f32) -> f32 {
    let [first, ..] = exponential::<Lanes>([x; LANES]);
    first
}
