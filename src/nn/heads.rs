//! The heads: activations of words -> tags, arcs that form trees, relations, logits of names.
//!
//! One product has the columns of all heads. Each head begins a tile of its own, so that it can be had alone.

#![allow(
    clippy::indexing_slicing,
    reason = "buffers are made as long as needed at the head of a run"
)]

use std::ops::Range;

use super::encoder::grow;
use super::kernel::{Multiply, Rows, rows_read};
use super::matrix::{Matrix, TILE};
use super::network::Outcome;
use super::parts::Layers;
use super::shape::{DISTANCE_MAX, NAME_CLASSES, Shape};
use super::tree::{Scores, TreeScratch, make_tree};
use super::vector::{
    LANES, Lanes, NEVER, Vector, ZERO_POINT, exponential_of, exponential_sum, lanes, lanes_mut,
    maximum, place_of, positive, quantise,
};
use crate::model::Relation;

/// Dependents whose arcs are scored side by side.
const DEPENDENTS: usize = 4;

/// The layers of the heads.
#[derive(Debug)]
pub(super) struct Heads {
    shape: Shape,
    all: Matrix,
    tiles: [Range<usize>; 6],
    arc: Matrix,
    arc_root: Vec<f32>,
    arc_distance: Vec<f32>,
    relation_root: Vec<f32>,
    relation: Matrix,
}

/// Buffers of a run.
#[derive(Debug, Default)]
pub(super) struct HeadsScratch {
    products: Vec<f32>,
    bytes: Vec<u8>,
    dependents: Vec<f32>,
    heads: Vec<f32>,
    columns: Vec<Lanes>,
    distances: Vec<f32>,
    scores: Vec<f32>,
    tree: TreeScratch,
}

/// Activations of some words in eight bits, and the sentences they form.
#[derive(Clone, Copy)]
pub(super) struct Encoded<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) lengths: &'a [u32],
    pub(super) words: usize,
}

impl Heads {
    /// Takes the layers of the heads, which come after those of the encoder.
    pub(super) fn new(shape: Shape, layers: &mut Layers<'_>) -> Heads {
        let Shape { width, arc, relation, .. } = shape;
        let mut columns = Vec::new();
        let tiles = shape.head_columns().map(|head| {
            let first = columns.len() / TILE;
            columns.extend(head.map(Some));
            columns.resize(columns.len().next_multiple_of(TILE), None);
            first..columns.len() / TILE
        });
        let all = Matrix::pack(layers.plain(width, shape.heads()), &columns);
        let arc_matrix = layers.matrix(arc, arc);
        let arc_root = layers.vector(arc).to_vec();
        let arc_distance = layers.vector(2 * DISTANCE_MAX as usize + 1).to_vec();
        let relation_root = layers.vector(relation).to_vec();
        let relation = layers.matrix(relation, Relation::ALL.len());
        Heads {
            shape,
            all,
            tiles,
            arc: arc_matrix,
            arc_root,
            arc_distance,
            relation_root,
            relation,
        }
    }
}

impl HeadsScratch {
    /// Appends what the heads say of some sentences.
    #[inline(always)]
    pub(super) fn run<M: Multiply>(
        &mut self,
        multiply: M,
        heads: &Heads,
        encoded: Encoded<'_>,
        out: &mut Outcome,
    ) {
        let Shape { width, arc, relation, .. } = heads.shape;
        let rows = rows_read(encoded.words);
        let widest = heads.all.all().len().max(heads.relation.all().len()) * TILE;
        grow(&mut self.products, rows * widest, 0.0);
        grow(&mut self.bytes, rows * arc.max(relation), ZERO_POINT);
        grow(&mut self.dependents, (rows + DEPENDENTS) * arc, 0.0);
        grow(&mut self.heads, rows * arc, 0.0);
        let input = Rows { bytes: encoded.bytes, stride: width, count: encoded.words };
        let [tags, arc_dep, arc_head, relation_dep, relation_head, names] = heads.tiles.clone();

        multiply.multiply(input, &heads.all, tags.clone(), &mut self.products);
        for row in lanes(&self.products).chunks(tags.len()).take(encoded.words) {
            let place = place_of::<M::Vector>(row, maximum::<M::Vector>(row));
            out.tags.push(place.min(heads.shape.tags as u32 - 1) as u16);
        }

        multiply.multiply(input, &heads.all, arc_dep, &mut self.products);
        activate::<M::Vector>(&self.products[..encoded.words * arc], &mut self.bytes);
        let dependents = Rows { bytes: &self.bytes, stride: arc, count: encoded.words };
        multiply.multiply(dependents, &heads.arc, heads.arc.all(), &mut self.dependents);
        multiply.multiply(input, &heads.all, arc_head, &mut self.heads);
        let first_word = out.heads.len();
        self.arcs::<M::Vector>(heads, encoded, out);

        let both = relation_dep.start..relation_head.end;
        multiply.multiply(input, &heads.all, both, &mut self.products);
        self.relate::<M::Vector>(heads, encoded.lengths, &out.heads[first_word..]);
        let hidden = Rows { bytes: &self.bytes, stride: relation, count: encoded.words };
        multiply.multiply(hidden, &heads.relation, heads.relation.all(), &mut self.products);
        let rows = lanes_mut(&mut self.products).chunks_mut(heads.relation.all().len());
        for (row, word) in rows.take(encoded.words).zip(first_word..) {
            choose_relation::<M::Vector>(row, out.heads[word], out);
        }

        multiply.multiply(input, &heads.all, names.clone(), &mut self.products);
        for row in self.products.chunks(names.len() * TILE).take(encoded.words) {
            out.name_scores.extend_from_slice(&row[..NAME_CLASSES]);
        }
    }

    /// Appends heads and their probabilities.
    #[inline(always)]
    fn arcs<V: Vector>(&mut self, heads: &Heads, encoded: Encoded<'_>, out: &mut Outcome) {
        let longest = encoded.lengths.iter().max().map_or(0, |length| *length as usize);
        self.spread_distances(&heads.arc_distance, longest);
        let mut first = 0;
        for length in encoded.lengths {
            let length = *length as usize;
            let stride = (length + 1).next_multiple_of(LANES);
            self.turn_heads(heads, first, length);
            self.score_arcs::<V>(heads.shape.arc, first, length);
            let from = out.heads.len();
            for word in 0..length {
                let row = &mut self.scores[word * stride..][..stride];
                let distances = &self.distances[longest - word..][..stride];
                finish_scores::<V>(row, distances, (word, length));
                let row = lanes(row);
                let best = maximum::<V>(row);
                let head = place_of::<V>(row, best);
                // only scores that are no numbers lead to a place that is shut out
                let legal = head as usize <= length && head as usize != word + 1;
                out.heads.push(if legal { head } else { 0 });
                out.head_probabilities.push(1.0 / exponential_sum::<V>(row, best));
            }
            let scores = Scores { values: &self.scores, stride };
            let probabilities = &mut out.head_probabilities[from..];
            make_tree(scores, &mut out.heads[from..], &mut self.tree, |word, old, new| {
                let change = scores.of(word, new) - scores.of(word, old);
                probabilities[word] *= exponential_of(change);
            });
            first += length;
        }
    }

    /// One bias per distance from dependent to head, the farthest ones repeated: distance 0 is at `longest + 1`.
    fn spread_distances(&mut self, biases: &[f32], longest: usize) {
        let most = DISTANCE_MAX as usize;
        let distances = 0..2 * longest + 2 + LANES;
        self.distances.clear();
        self.distances.extend(distances.map(|place| {
            let place = (place + most).saturating_sub(longest + 1).min(2 * most);
            biases[place]
        }));
    }

    /// Puts the vectors of the root and of the heads of a sentence into columns, 16 side by side.
    #[inline(always)]
    fn turn_heads(&mut self, heads: &Heads, first: usize, length: usize) {
        let arc = heads.shape.arc;
        let blocks = (length + 1).div_ceil(LANES);
        grow(&mut self.columns, blocks * arc, [0.0; LANES]);
        for (row, root) in self.columns.iter_mut().zip(&heads.arc_root) {
            row[0] = *root;
        }
        for (word, head) in self.heads[first * arc..].chunks(arc).take(length).enumerate() {
            let (block, lane) = ((word + 1) / LANES, (word + 1) % LANES);
            for (row, value) in self.columns[block * arc..][..arc].iter_mut().zip(head) {
                row[lane] = value.max(0.0);
            }
        }
    }

    /// The products of dependents and heads of a sentence.
    #[inline(always)]
    fn score_arcs<V: Vector>(&mut self, arc: usize, first: usize, length: usize) {
        let blocks = (length + 1).div_ceil(LANES);
        let stride = blocks * LANES;
        grow(&mut self.scores, length.next_multiple_of(DEPENDENTS) * stride, 0.0);
        for word in (0..length).step_by(DEPENDENTS) {
            let at = |next: usize| &self.dependents[(first + word + next) * arc..][..arc];
            let dependents = [at(0), at(1), at(2), at(3)];
            for (block, columns) in self.columns.chunks(arc).take(blocks).enumerate() {
                let products = arc_products::<V>(dependents, columns);
                for (next, products) in products.into_iter().enumerate() {
                    let row = &mut self.scores[(word + next) * stride..][..stride];
                    products.store(&mut lanes_mut(row)[block]);
                }
            }
        }
    }

    /// The hidden layer of relations: the columns of each word and those of its head.
    #[inline(always)]
    fn relate<V: Vector>(&mut self, heads: &Heads, lengths: &[u32], chosen: &[u32]) {
        let relation = heads.shape.relation;
        let mut first = 0;
        for length in lengths {
            let length = *length as usize;
            for (word, head) in (first..).zip(&chosen[first..first + length]) {
                let dependent = &self.products[word * 2 * relation..][..relation];
                let head = match (*head as usize).checked_sub(1) {
                    Some(head) => &self.products[(first + head) * 2 * relation + relation..],
                    None => &heads.relation_root,
                };
                let pairs = lanes(dependent).iter().zip(lanes(&head[..relation]));
                let bytes = self.bytes[word * relation..][..relation].as_chunks_mut().0;
                for ((dependent, head), bytes) in pairs.zip(bytes) {
                    quantise(positive(V::load(dependent).add(V::load(head))), bytes);
                }
            }
            first += length;
        }
    }
}

/// ReLU, and eight bits.
#[inline(always)]
fn activate<V: Vector>(products: &[f32], bytes: &mut [u8]) {
    for (products, bytes) in lanes(products).iter().zip(bytes.as_chunks_mut().0) {
        quantise(positive(V::load(products)), bytes);
    }
}

/// The products of four dependents with 16 heads, channel by channel.
#[inline(always)]
fn arc_products<V: Vector>(dependents: [&[f32]; DEPENDENTS], columns: &[Lanes]) -> [V; DEPENDENTS] {
    let [a, b, c, d] = dependents;
    let mut sums = [V::splat(0.0); DEPENDENTS];
    for ((((heads, a), b), c), d) in columns.iter().zip(a).zip(b).zip(c).zip(d) {
        let heads = V::load(heads);
        for (sum, dependent) in sums.iter_mut().zip([a, b, c, d]) {
            *sum = sum.add(V::splat(*dependent).multiply(heads));
        }
    }
    sums
}

/// Adds the distance biases, not to the root, and shuts out the word itself and what lies behind the sentence.
#[inline(always)]
fn finish_scores<V: Vector>(row: &mut [f32], distances: &[f32], (word, length): (usize, usize)) {
    let root = row[0];
    for (row, distances) in lanes_mut(row).iter_mut().zip(lanes(distances)) {
        V::load(row).add(V::load(distances)).store(row);
    }
    row[0] = root;
    row[word + 1] = NEVER;
    row[length + 1..].fill(NEVER);
}

/// Appends the best relation and its probability: `root` for the root of a sentence, any other for other words.
#[inline(always)]
fn choose_relation<V: Vector>(row: &mut [Lanes], head: u32, out: &mut Outcome) {
    const ROOT: usize = Relation::Root.ix();
    const { assert!(ROOT < LANES) };
    let best = maximum::<V>(row);
    let total = exponential_sum::<V>(row, best);
    let mut chosen = (place_of::<V>(row, best), best);
    if head == 0 {
        chosen = (ROOT as u32, row[0][ROOT]);
    } else if chosen.0 == ROOT as u32 {
        row[0][ROOT] = f32::NEG_INFINITY;
        let best = maximum::<V>(row);
        chosen = (place_of::<V>(row, best), best);
    }
    out.relations.push(chosen.0.min(Relation::ALL.len() as u32 - 1) as u8);
    out.relation_probabilities.push(exponential_of(chosen.1 - best) / total);
}
