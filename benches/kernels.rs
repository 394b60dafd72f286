//! The network alone, with random weights, on one thread: words per second with each kernel that this processor has, and
//! the time that reading it takes.

use dateline::nn::{
    Kernel, Keys, Layout, ModelFile, Network, NetworkScratch, Outcome, Param, Shape, Weights, keys,
};

/// The shape of the English model.
const SHAPE: Shape = Shape { width: 96, blocks: 2, arc: 96, relation: 64, tags: 110 };

/// Lengths of sentences of news: 25 words in the middle, with a headline.
const LENGTHS: [u32; 12] = [9, 31, 24, 27, 18, 36, 25, 22, 29, 14, 41, 24];

fn main() {
    divan::main();
}

/// SplitMix64 (Steele et al. 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// From -1 to 1.
    fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
    }
}

fn weights() -> Weights {
    let mut random = Random(1);
    let mut weights = Weights::zeros(SHAPE);
    weights.embeddings.iter_mut().flatten().for_each(|weight| *weight = random.unit());
    weights.dense.iter_mut().for_each(|weight| *weight = random.unit() / 6.0);
    let layout = Layout::new(SHAPE);
    for param in SHAPE.params() {
        let gain = format!("{param:?}").contains("Gain");
        let range = if gain { layout.range(param) } else { 0..0 };
        weights.dense.get_mut(range).unwrap_or_default().fill(1.0);
    }
    // each word hangs on the one before it: the choices are a tree, as they are in nine of ten real sentences
    let distances = weights.dense.get_mut(layout.range(Param::ArcDistance));
    for (place, bias) in distances.into_iter().flatten().enumerate() {
        *bias = if place == 19 { 60.0 } else { -60.0 };
    }
    weights
}

/// Words of which a few are frequent and most are not: the rows of an article do not all lie in the nearest cache.
fn article(articles: u32) -> (Vec<Keys>, Vec<u32>) {
    let mut random = Random(2);
    let lengths = LENGTHS.repeat(articles as usize);
    let words: u32 = lengths.iter().sum();
    let mut scratch = Default::default();
    let keys = (0..words).map(|_| {
        let rank = (1.0 / (f64::from(random.unit()).abs() + 5e-5)) as u64;
        keys(&format!("w{}", rank * 7919), (rank.is_multiple_of(5)).into(), 0, &mut scratch)
    });
    (keys.collect(), lengths)
}

/// The kernels that this processor has.
fn available() -> Vec<&'static str> {
    let available = Kernel::ALL.into_iter().filter(|kernel| kernel.available());
    available.map(Kernel::name).collect()
}

#[divan::bench(args = available())]
fn words(bencher: divan::Bencher<'_, '_>, name: &str) {
    let kernel = Kernel::named(name).unwrap_or(Kernel::Scalar);
    let network = Network::quantise(&weights());
    let (keys, lengths) = article(20);
    let (mut scratch, mut outcome) = (NetworkScratch::default(), Outcome::default());
    bencher.counter(divan::counter::ItemsCount::new(keys.len())).bench_local(|| {
        let (keys, lengths) = divan::black_box((&keys, &lengths));
        network.run(kernel, keys, lengths, &mut scratch, &mut outcome);
    });
}

#[divan::bench]
fn read_the_model(bencher: divan::Bencher<'_, '_>) {
    let sections = Network::quantise(&weights()).sections();
    let sections = sections.iter().map(|(name, bytes)| (*name, bytes.as_slice()));
    let bytes = ModelFile::write(&sections.collect::<Vec<_>>());
    bencher.bench_local(|| {
        let file = ModelFile::read(divan::black_box(&bytes)).expect("it was just written");
        Network::read(&file)
    });
}
