//! Counts of agreement and what is made of them: shares, F1, macro F1, bootstrap intervals.
//!
//! Counts are integers that add up over documents; a figure is made once, at the end, so the order of documents cannot
//! change it. A figure without anything to count is `None`, which is neither 0 nor 1. The bootstrap draws documents with
//! a generator of its own from a fixed seed: the same counts give the same interval on every machine.
//!
//! It knows nothing of events.

/// How many of some things are right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// The right ones.
    pub right: u32,
    /// All of them.
    pub all: u32,
}

impl Share {
    /// Counts one thing.
    pub fn count(&mut self, right: bool) {
        self.right += u32::from(right);
        self.all += 1;
    }

    /// Adds the counts of another set.
    pub fn add(&mut self, other: Share) {
        self.right += other.right;
        self.all += other.all;
    }

    /// The share of right ones.
    pub fn value(self) -> Option<f64> {
        ratio(self.right, self.all)
    }
}

/// Things in the gold, in the output, and in both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Both {
    /// Things in the gold.
    pub gold: u32,
    /// Things in the output.
    pub extracted: u32,
    /// Things of the gold that the output has.
    pub both: u32,
}

impl Both {
    /// Adds the counts of another set.
    pub fn add(&mut self, other: Both) {
        self.gold += other.gold;
        self.extracted += other.extracted;
        self.both += other.both;
    }

    /// F1 = 2 · both / (gold + extracted); `None` where neither side has anything.
    pub fn f1(self) -> Option<f64> {
        ratio(2 * self.both, self.gold + self.extracted)
    }

    /// The share of the gold that the output has.
    pub fn recall(self) -> Option<f64> {
        ratio(self.both, self.gold)
    }

    /// The share of the output that the gold has.
    pub fn precision(self) -> Option<f64> {
        ratio(self.both, self.extracted)
    }
}

/// `part / whole`, or `None` of nothing.
pub(super) fn ratio(part: u32, whole: u32) -> Option<f64> {
    (whole > 0).then(|| f64::from(part) / f64::from(whole))
}

/// The harmonic mean of a precision and a recall. Where nothing was extracted the precision says nothing and the
/// figure is 0; where nothing was asked for there is no figure.
pub(super) fn harmonic(precision: Option<f64>, recall: Option<f64>) -> Option<f64> {
    let recall = recall?;
    let precision = precision.unwrap_or(0.0);
    Some(if precision + recall > 0.0 {
        2.0 * precision * recall / (precision + recall)
    } else {
        0.0
    })
}

/// The mean F1 of the classes that the gold has. A class that the gold lacks has no recall and would only reward or
/// punish silence, so it is left out; what is wrongly extracted as that class still costs the class it was taken from.
pub fn macro_f1(classes: &[Both]) -> Option<f64> {
    let scores: Vec<f64> =
        classes.iter().filter(|class| class.gold > 0).filter_map(|class| class.f1()).collect();
    (!scores.is_empty()).then(|| scores.iter().sum::<f64>() / scores.len() as f64)
}

/// The ends of a 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The 2.5th percentile.
    pub low: f64,
    /// The 97.5th percentile.
    pub high: f64,
}

/// Resamples of the bootstrap. The ends of a 95 % interval are then the 50th values from below and above; fewer make the
/// ends jump in the third digit, more only cost time.
const RESAMPLES: usize = 2000;

/// The seed of the bootstrap; any constant does.
const SEED: u64 = 0x6461_7465_6c69_6e65;

/// Percentile bootstrap over documents: for each measure, the interval that holds 95 % of its values over resamples of
/// the documents, drawn with replacement. `measure` is given the indices drawn. `None` for a measure that has no value
/// in any resample.
pub(super) fn bootstrap<const N: usize>(
    documents: usize,
    measure: impl Fn(&[usize]) -> [Option<f64>; N],
) -> [Option<Interval>; N] {
    let mut values: [Vec<f64>; N] = std::array::from_fn(|_| Vec::with_capacity(RESAMPLES));
    let mut draw = SplitMix(SEED);
    let mut drawn = vec![0; documents];
    for _ in 0..if documents == 0 { 0 } else { RESAMPLES } {
        drawn.fill_with(|| draw.below(documents));
        for (values, value) in values.iter_mut().zip(measure(&drawn)) {
            values.extend(value);
        }
    }
    values.map(|mut values| {
        values.sort_by(f64::total_cmp);
        let cut = values.len() / 40;
        let low = values.get(cut).copied()?;
        let high = values.get(values.len().checked_sub(cut + 1)?).copied()?;
        Some(Interval { low, high })
    })
}

/// SplitMix64 (Steele, Lea, Flood 2014), the smallest generator that is good enough to draw documents with.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, by the high half of the product; the bias is below bound / 2^64.
    fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(gold: u32, extracted: u32, both: u32) -> Both {
        Both { gold, extracted, both }
    }

    #[test]
    fn nothing_to_count_is_no_figure() {
        assert_eq!(Share::default().value(), None);
        assert_eq!(Both::default().f1(), None);
        assert_eq!(harmonic(Some(1.0), None), None);
        assert_eq!(harmonic(None, Some(0.0)), Some(0.0));
        assert_eq!(macro_f1(&[]), None);
    }

    #[test]
    fn macro_f1_leaves_out_a_class_that_the_gold_lacks() {
        // F1 of 4 of 5 and 5 is 0.8, of 0 of 2 and 0 is 0; the third class is only in the output.
        let classes = [both(5, 5, 4), both(2, 0, 0), both(0, 3, 0)];
        assert_eq!(macro_f1(&classes), Some(0.4));
    }

    #[test]
    fn the_interval_is_the_same_each_time_and_holds_the_share() {
        let right: Vec<u32> = (0..200).map(|document| u32::from(document % 4 != 0)).collect();
        let share = |drawn: &[usize]| {
            [ratio(drawn.iter().map(|at| right[*at]).sum(), drawn.len() as u32), None]
        };
        let [interval, none] = bootstrap(right.len(), share);
        let interval = interval.expect("an interval");
        assert_eq!(none, None);
        // The normal approximation: 0.75 ± 1.96 · sqrt(0.75 · 0.25 / 200) = 0.69 to 0.81.
        assert!((interval.low - 0.69).abs() < 0.015, "{interval:?}");
        assert!((interval.high - 0.81).abs() < 0.015, "{interval:?}");
        assert_eq!(bootstrap(right.len(), share)[0], Some(interval));
        assert_eq!(bootstrap(0, share), [None, None]);
    }
}
