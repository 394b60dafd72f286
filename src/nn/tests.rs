//! The network as a whole: against the same formulas written plainly in f32, over kernels, over batches, over a file.

use proptest::prelude::*;

use super::*;
use crate::model::Relation;

const SHAPE: Shape = Shape { width: 48, blocks: 2, arc: 32, relation: 16, tags: 21 };

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

    /// Mean 0, variance 1, roughly normal.
    fn normal(&mut self) -> f32 {
        let sum: f32 = (0..12).map(|_| (self.next() >> 40) as f32 / (1_u32 << 24) as f32).sum();
        sum - 6.0
    }
}

fn weights(shape: Shape, seed: u64) -> Weights {
    let mut random = Random(seed);
    let mut weights = Weights::zeros(shape);
    for table in &mut weights.embeddings {
        let size = 0.05 + random.normal().abs() / 10.0;
        // the rows that the tests use; all others stay zero, as training leaves rows that it never met
        table[..256 * shape.width].fill_with(|| size * random.normal());
    }
    let layout = Layout::new(shape);
    for param in shape.params() {
        let (rows, columns) = shape.size(param);
        let name = format!("{param:?}");
        let (middle, spread) = match rows {
            1 if name.contains("Gain") => (1.0, 0.2),
            1 if name.contains("Distance") => (0.0, 2.0),
            1 => (0.0, 0.4),
            _ => (0.0, (2.0 / (rows + columns) as f32).sqrt()),
        };
        weights.dense[layout.range(param)].fill_with(|| middle + spread * random.normal());
    }
    weights
}

fn random_keys(count: usize, seed: u64) -> Vec<Keys> {
    let mut random = Random(seed);
    (0..count).map(|_| std::array::from_fn(|_| (random.next() % 256) as u32)).collect()
}

fn run(network: &Network, kernel: Kernel, keys: &[Keys], lengths: &[u32]) -> Outcome {
    let mut outcome = Outcome::default();
    network.run(kernel, keys, lengths, &mut NetworkScratch::default(), &mut outcome);
    outcome
}

/// Every bit of an outcome.
fn bits(outcome: &Outcome) -> Vec<u32> {
    let Outcome { tags, heads, head_probabilities, relations, relation_probabilities, name_scores } =
        outcome;
    let numbers = head_probabilities.iter().chain(relation_probabilities).chain(name_scores);
    let tags = tags.iter().map(|tag| u32::from(*tag));
    let relations = relations.iter().map(|relation| u32::from(*relation));
    tags.chain(heads.iter().copied()).chain(relations).chain(numbers.map(|n| n.to_bits())).collect()
}

fn assert_trees(heads: &[u32], lengths: &[u32]) {
    let mut first = 0;
    for length in lengths {
        let heads = &heads[first..first + *length as usize];
        assert!(heads.is_empty() || heads.iter().filter(|head| **head == 0).count() == 1);
        for start in 0..heads.len() {
            let mut word = start;
            let steps = (0..=heads.len()).take_while(|_| {
                let head = heads[word] as usize;
                word = head.saturating_sub(1);
                head != 0
            });
            assert!(steps.count() < heads.len(), "{heads:?} has a cycle");
        }
        first += *length as usize;
    }
}

/// The network in f32, as its formulas say, one sentence at a time.
struct Reference<'a> {
    weights: &'a Weights,
    layout: Layout,
}

impl Reference<'_> {
    fn param(&self, param: Param) -> &[f32] {
        self.weights.param(&self.layout, param)
    }

    fn dense(&self, row: &[f32], weight: Param, bias: Param) -> Vec<f32> {
        let columns = self.weights.shape.size(weight).1;
        let mut out = self.param(bias).to_vec();
        for (input, weights) in row.iter().zip(self.param(weight).chunks(columns)) {
            out.iter_mut().zip(weights).for_each(|(out, weight)| *out += input * weight);
        }
        out
    }

    fn norm(&self, row: &[f32], gain: Param, shift: Param) -> Vec<f32> {
        let count = row.len() as f32;
        let mean = row.iter().sum::<f32>() / count;
        let variance = row.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / count;
        let parameters = self.param(gain).iter().zip(self.param(shift));
        let normal = row.iter().map(|x| (x - mean) / (variance + 1e-5).sqrt());
        normal.zip(parameters).map(|(x, (gain, shift))| x * gain + shift).collect()
    }

    fn encode(&self, keys: &[Keys]) -> Vec<Vec<f32>> {
        let width = self.weights.shape.width;
        let embed = |keys: &Keys| {
            let mut sum = vec![0.0; width];
            for (table, key) in self.weights.embeddings.iter().zip(keys) {
                let row = &table[*key as usize * width..][..width];
                sum.iter_mut().zip(row).for_each(|(sum, weight)| *sum += weight);
            }
            self.norm(&sum, Param::InputGain, Param::InputBias)
        };
        let mut rows: Vec<Vec<f32>> = keys.iter().map(embed).collect();
        for block in 0..self.weights.shape.blocks {
            let zero = vec![0.0; width];
            let at = |word: usize| rows.get(word).unwrap_or(&zero).clone();
            let convolved: Vec<Vec<f32>> = (0..rows.len())
                .map(|word| {
                    let three = [at(word.wrapping_sub(1)), at(word), at(word + 1)].concat();
                    let out = self.dense(&three, Param::ConvWeight(block), Param::ConvBias(block));
                    let sum: Vec<f32> =
                        rows[word].iter().zip(out).map(|(x, y)| x + y.max(0.0)).collect();
                    self.norm(&sum, Param::ConvGain(block), Param::ConvShift(block))
                })
                .collect();
            let hidden = self.scan(&convolved, block);
            rows = convolved
                .iter()
                .zip(hidden)
                .map(|(row, hidden)| {
                    let sum: Vec<f32> = row.iter().zip(hidden).map(|(x, h)| x + h).collect();
                    self.norm(&sum, Param::GruGain(block), Param::GruShift(block))
                })
                .collect();
        }
        rows
    }

    fn scan(&self, rows: &[Vec<f32>], block: usize) -> Vec<Vec<f32>> {
        let width = self.weights.shape.width;
        let mut hidden = vec![vec![0.0; width]; rows.len()];
        let forwards: Vec<usize> = (0..rows.len()).collect();
        let backwards: Vec<usize> = (0..rows.len()).rev().collect();
        for (words, channels) in [(forwards, 0..width / 2), (backwards, width / 2..width)] {
            let mut before = vec![0.0; width];
            for word in words {
                let gates = self.dense(&rows[word], Param::GruWeight(block), Param::GruBias(block));
                for channel in channels.clone() {
                    let z = 1.0 / (1.0 + (-gates[channel]).exp());
                    let c = gates[width + channel];
                    hidden[word][channel] = before[channel] + z * (c - before[channel]);
                }
                before.clone_from(&hidden[word]);
            }
        }
        hidden
    }

    /// Logits of all heads, of each word.
    fn heads(&self, rows: &[Vec<f32>]) -> Vec<Vec<f32>> {
        rows.iter().map(|row| self.dense(row, Param::HeadWeight, Param::HeadBias)).collect()
    }

    /// Scores of the root and of every word as head of a word.
    fn arcs(&self, heads: &[Vec<f32>], word: usize) -> Vec<f32> {
        let [_, dependent, head, ..] = self.weights.shape.head_columns();
        let positive = |row: &[f32]| -> Vec<f32> { row.iter().map(|x| x.max(0.0)).collect() };
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let query =
            self.dense(&positive(&heads[word][dependent]), Param::ArcWeight, Param::ArcBias);
        let mut scores = vec![dot(&query, self.param(Param::ArcRoot))];
        for (other, row) in heads.iter().enumerate() {
            let distance = (other as i32 - word as i32).clamp(-20, 20) + 20;
            let bias = self.param(Param::ArcDistance)[distance as usize];
            let score = dot(&query, &positive(&row[head.clone()])) + bias;
            scores.push(if other == word { f32::NEG_INFINITY } else { score });
        }
        scores
    }

    fn relations(&self, heads: &[Vec<f32>], word: usize, head: u32) -> Vec<f32> {
        let [_, _, _, dependent, of_head, _] = self.weights.shape.head_columns();
        let of_head = match (head as usize).checked_sub(1) {
            Some(head) => &heads[head][of_head],
            None => self.param(Param::RelationRoot),
        };
        let sums = heads[word][dependent].iter().zip(of_head);
        let hidden: Vec<f32> = sums.map(|(a, b)| (a + b).max(0.0)).collect();
        self.dense(&hidden, Param::RelationWeight, Param::RelationBias)
    }
}

fn probability(scores: &[f32], place: usize) -> f32 {
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let total: f32 = scores.iter().map(|score| (score - largest).exp()).sum();
    (scores[place] - largest).exp() / total
}

fn root_mean_square(numbers: impl Iterator<Item = f32>) -> f32 {
    let (mut sum, mut count) = (0.0, 0.0);
    for number in numbers {
        (sum, count) = (sum + number * number, count + 1.0);
    }
    (sum / count).sqrt()
}

#[test]
fn eight_bits_say_what_the_formulas_say() {
    let weights = weights(SHAPE, 11);
    let reference = Reference { weights: &weights, layout: Layout::new(SHAPE) };
    let network = Network::quantise(&weights);
    let [tags, .., names] = SHAPE.head_columns();
    let (mut wrong_names, mut all_names, mut wrong_scores) = (Vec::new(), Vec::new(), Vec::new());
    for (seed, length) in [(1, 1), (2, 2), (3, 7), (4, 30), (5, 50)] {
        let keys = random_keys(length, seed);
        let out = run(&network, Kernel::detect(), &keys, &[length as u32]);
        let heads = reference.heads(&reference.encode(&keys));
        for word in 0..length {
            let tags = &heads[word][tags.clone()];
            wrong_scores.push(1.0 - tags[usize::from(out.tags[word])].exp() / largest(tags).exp());
            let arcs = reference.arcs(&heads, word);
            let head = out.heads[word];
            wrong_scores.push(out.head_probabilities[word] - probability(&arcs, head as usize));
            let relations = reference.relations(&heads, word, head);
            let relation = usize::from(out.relations[word]);
            let expected = probability(&relations, relation);
            wrong_scores.push(out.relation_probabilities[word] - expected);
            all_names.extend_from_slice(&heads[word][names.clone()]);
        }
        wrong_names.extend_from_slice(&out.name_scores);
    }
    let wrong_names = wrong_names.iter().zip(&all_names).map(|(is, should)| is - should);
    let (wrong, all) = (root_mean_square(wrong_names), root_mean_square(all_names.iter().copied()));
    assert!(wrong < 0.04 * all, "logits of names are off by {wrong} of {all}");
    let wrong = root_mean_square(wrong_scores.into_iter());
    assert!(wrong < 0.02, "probabilities are off by {wrong}");
}

fn largest(scores: &[f32]) -> f32 {
    scores.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

#[test]
fn a_network_that_was_written_is_read_as_it_was() {
    let network = Network::quantise(&weights(SHAPE, 3));
    let sections = network.sections();
    let borrowed: Vec<(&str, &[u8])> =
        sections.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    let bytes = ModelFile::write(&borrowed);
    let again = Network::read(&ModelFile::read(&bytes).unwrap()).unwrap();
    assert_eq!(again.shape(), SHAPE);
    let (keys, lengths) = (random_keys(60, 9), [20, 0, 39, 1]);
    let (before, after) =
        [&network, &again].map(|network| run(network, Kernel::detect(), &keys, &lengths)).into();
    assert_eq!(bits(&before), bits(&after));
}

#[test]
fn a_broken_network_is_refused_with_what_was_met() {
    let network = Network::quantise(&weights(SHAPE, 3));
    let sections = network.sections();
    let refusal = |name: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let mut sections = sections.clone();
        let section = sections.iter_mut().find(|(other, _)| *other == name);
        change(&mut section.unwrap().1);
        let borrowed: Vec<(&str, &[u8])> =
            sections.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
        let bytes = ModelFile::write(&borrowed);
        Network::read(&ModelFile::read(&bytes).unwrap()).unwrap_err().to_string()
    };
    assert_eq!(
        refusal("shape", &|bytes| bytes[0] = 47),
        "the network of the model file has 47 width, which this program can not run"
    );
    assert_eq!(
        refusal("scales", &|bytes| bytes.truncate(8)),
        "section `scales` of the model file has 8 bytes, 2120 are needed"
    );
    assert_eq!(
        refusal("dense", &|bytes| bytes[5] = 65),
        "the network of the model file has dense weights of size 65, 64 is the limit"
    );
}

#[test]
fn weights_that_are_no_numbers_break_nothing() {
    let mut weights = weights(SHAPE, 5);
    weights.dense.fill(f32::NAN);
    weights.embeddings[0].fill(f32::INFINITY);
    let network = Network::quantise(&weights);
    let out = run(&network, Kernel::detect(), &random_keys(12, 1), &[5, 7]);
    assert_trees(&out.heads, &[5, 7]);
    let mut names = Vec::new();
    best_names(&out.name_scores, &mut names, &mut NamesScratch::default());
}

#[test]
fn a_sentence_longer_than_any_real_one_is_analysed() {
    let network = Network::quantise(&weights(SHAPE, 8));
    let out = run(&network, Kernel::detect(), &random_keys(700, 1), &[700]);
    assert_trees(&out.heads, &[700]);
    assert_eq!(out.name_scores.len(), 700 * NAME_CLASSES);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn kernels_and_neighbours_change_no_bit(
        seed: u64,
        lengths in proptest::collection::vec(0_u32..45, 0..9),
        blocks in 0_usize..3,
    ) {
        let shape = Shape { blocks, ..SHAPE };
        let network = Network::quantise(&weights(shape, seed));
        let keys = random_keys(lengths.iter().sum::<u32>() as usize, !seed);
        let whole = run(&network, Kernel::Scalar, &keys, &lengths);
        assert_trees(&whole.heads, &lengths);
        for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.available()) {
            prop_assert_eq!(bits(&run(&network, kernel, &keys, &lengths)), bits(&whole));
        }
        let (mut scratch, mut alone, mut out) =
            (NetworkScratch::default(), Outcome::default(), Outcome::default());
        let mut rest = keys.as_slice();
        for length in &lengths {
            let sentence;
            (sentence, rest) = rest.split_at(*length as usize);
            network.run(Kernel::detect(), sentence, &[*length], &mut scratch, &mut out);
            alone.tags.append(&mut out.tags);
            alone.heads.append(&mut out.heads);
            alone.head_probabilities.append(&mut out.head_probabilities);
            alone.relations.append(&mut out.relations);
            alone.relation_probabilities.append(&mut out.relation_probabilities);
            alone.name_scores.append(&mut out.name_scores);
        }
        prop_assert_eq!(bits(&alone), bits(&whole));
        for (head, relation) in whole.heads.iter().zip(&whole.relations) {
            prop_assert_eq!(*head == 0, *relation == Relation::Root.ix() as u8);
        }
    }
}
