//! Forward and backward through the heads: tags, arcs, relations, names, and their losses.

#![allow(clippy::indexing_slicing, reason = "every shape is fixed when the buffers are made")]

use super::encoder::{Input, add, draw_mask, scale, sum_rows};
use super::gradient::{Example, Pass, Tally, UNKNOWN_HEAD, UNKNOWN_TAG};
use super::matrix::{Matrix, multiply, softmax};
use super::rng::Rng;
use crate::model::Relation;
use crate::nn::{NAME_CLASSES, Param, Shape};

/// Distances with a bias of their own reach from minus this to this.
const DISTANCE_MAX: i64 = 20;

pub(super) struct Heads {
    shape: Shape,
    /// All heads of each row, as the product gives them.
    columns: Vec<f32>,
    /// Their gradient.
    gradient: Vec<f32>,
    /// Arc vectors of dependents and heads after ReLU and dropout, U·dep + u, and the gradients of the three.
    dependents: Vec<f32>,
    heads: Vec<f32>,
    projected: Vec<f32>,
    dependents_gradient: Vec<f32>,
    heads_gradient: Vec<f32>,
    projected_gradient: Vec<f32>,
    mask: Vec<f32>,
    mask_heads: Vec<f32>,
    mask_relations: Vec<f32>,
    /// Arc scores of one sentence: words × words.
    scores: Vec<f32>,
    candidates: Vec<f32>,
    hidden: Vec<f32>,
    labels: Vec<f32>,
}

impl Heads {
    pub(super) fn new(shape: Shape) -> Self {
        Heads {
            shape,
            columns: Vec::new(),
            gradient: Vec::new(),
            dependents: Vec::new(),
            heads: Vec::new(),
            projected: Vec::new(),
            dependents_gradient: Vec::new(),
            heads_gradient: Vec::new(),
            projected_gradient: Vec::new(),
            mask: Vec::new(),
            mask_heads: Vec::new(),
            mask_relations: Vec::new(),
            scores: Vec::new(),
            candidates: Vec::new(),
            hidden: Vec::new(),
            labels: Vec::new(),
        }
    }

    pub(super) fn forward(
        &mut self,
        pass: Pass<'_>,
        input: &Input<'_>,
        x: &[f32],
        mut rng: Option<&mut Rng>,
    ) {
        let (width, arc, all) = (self.shape.width, self.shape.arc, self.shape.heads());
        let rows = input.rows;
        zeros(&mut self.columns, rows * all);
        let weight = pass.weights.param(pass.layout, Param::HeadWeight);
        multiply(
            Matrix::new(x, rows, width),
            Matrix::new(weight, width, all),
            &mut self.columns,
            all,
            false,
        );
        let bias = pass.weights.param(pass.layout, Param::HeadBias);
        for row in self.columns.chunks_exact_mut(all) {
            add(row, bias);
        }
        let p = pass.dropout.channel;
        draw_mask(&mut self.mask, rows * arc, p, rng.as_deref_mut());
        draw_mask(&mut self.mask_heads, rows * arc, p, rng.as_deref_mut());
        draw_mask(&mut self.mask_relations, rows * self.shape.relation, p, rng);
        let [_, dependents, heads, ..] = self.shape.head_columns();
        self.dependents.clear();
        self.heads.clear();
        for row in self.columns.chunks_exact(all) {
            self.dependents.extend(row[dependents.clone()].iter().map(|x| x.max(0.0)));
            self.heads.extend(row[heads.clone()].iter().map(|x| x.max(0.0)));
        }
        scale(&mut self.dependents, &self.mask);
        scale(&mut self.heads, &self.mask_heads);
        zeros(&mut self.projected, rows * arc);
        multiply(
            Matrix::new(&self.dependents, rows, arc),
            Matrix::new(pass.weights.param(pass.layout, Param::ArcWeight), arc, arc),
            &mut self.projected,
            arc,
            false,
        );
        let bias = pass.weights.param(pass.layout, Param::ArcBias);
        for row in self.projected.chunks_exact_mut(arc) {
            add(row, bias);
        }
    }

    /// Losses of what the examples know; leaves the gradients of the columns and the arc vectors.
    pub(super) fn losses(
        &mut self,
        pass: Pass<'_>,
        input: &Input<'_>,
        examples: &[&Example],
        (dense, tally): (&mut [f32], &mut Tally),
    ) {
        let arc = self.shape.arc;
        zeros(&mut self.gradient, self.columns.len());
        zeros(&mut self.dependents_gradient, self.dependents.len());
        zeros(&mut self.heads_gradient, self.heads.len());
        zeros(&mut self.projected_gradient, input.rows * arc);
        for (example, (start, length)) in examples.iter().zip(&input.sentences) {
            tally.words += *length as u32;
            if !example.tags.is_empty() {
                self.tag_loss(pass, *start, &example.tags, tally);
            }
            if !example.heads.is_empty() {
                self.arc_loss(pass, *start, &example.heads, (&mut *dense, &mut *tally));
            }
            if !example.relations.is_empty() {
                self.relation_loss(pass, *start, example, (&mut *dense, &mut *tally));
            }
            if !example.names.is_empty() {
                self.name_loss(pass, *start, &example.names, tally);
            }
        }
    }

    fn tag_loss(&mut self, pass: Pass<'_>, start: usize, tags: &[u16], tally: &mut Tally) {
        let all = self.shape.heads();
        let [range, ..] = self.shape.head_columns();
        for (row, gold) in (start..).zip(tags).filter(|(_, gold)| **gold != UNKNOWN_TAG) {
            let row = row * all + range.start..row * all + range.end;
            let gold = *gold as usize;
            let gradient = &mut self.gradient[row.clone()];
            gradient.copy_from_slice(&self.columns[row]);
            tally.tagged += 1;
            tally.tags_right += u32::from(best(gradient) == gold);
            let gold_score = gradient[gold];
            tally.loss += f64::from(pass.losses.tags * (softmax(gradient) - gold_score));
            gradient[gold] -= 1.0;
            gradient.iter_mut().for_each(|d| *d *= pass.losses.tags);
        }
    }

    fn arc_loss(
        &mut self,
        pass: Pass<'_>,
        start: usize,
        gold: &[u32],
        (dense, tally): (&mut [f32], &mut Tally),
    ) {
        let (arc, length) = (self.shape.arc, gold.len());
        let rows = start * arc..(start + length) * arc;
        let root_range = pass.layout.range(Param::ArcRoot);
        let distance_range = pass.layout.range(Param::ArcDistance);
        let root = pass.weights.param(pass.layout, Param::ArcRoot);
        let distances = pass.weights.param(pass.layout, Param::ArcDistance);
        let projected = Matrix::new(&self.projected[rows.clone()], length, arc);
        let heads = Matrix::new(&self.heads[rows.clone()], length, arc);
        zeros(&mut self.scores, length * length);
        multiply(projected, heads.t(), &mut self.scores, length, false);
        for (at, gold) in gold.iter().enumerate() {
            if *gold == UNKNOWN_HEAD {
                self.scores[at * length..(at + 1) * length].fill(0.0);
                continue;
            }
            let vector = &self.projected[(start + at) * arc..(start + at + 1) * arc];
            self.candidates.clear();
            self.candidates.push(vector.iter().zip(root).map(|(p, r)| p * r).sum());
            for (head, score) in self.scores[at * length..(at + 1) * length].iter().enumerate() {
                let bias = distances[distance(at, head)];
                self.candidates.push(if head == at { f32::NEG_INFINITY } else { score + bias });
            }
            let gold = *gold as usize;
            tally.headed += 1;
            tally.heads_right += u32::from(best(&self.candidates) == gold);
            let gold_score = self.candidates[gold];
            tally.loss +=
                f64::from(pass.losses.heads * (softmax(&mut self.candidates) - gold_score));
            self.candidates[gold] -= 1.0;
            self.candidates.iter_mut().for_each(|d| *d *= pass.losses.heads);
            let d = self.candidates[0];
            let gradient = &mut self.projected_gradient[(start + at) * arc..(start + at + 1) * arc];
            for ((gradient, root), (root_gradient, p)) in
                gradient.iter_mut().zip(root).zip(dense[root_range.clone()].iter_mut().zip(vector))
            {
                *gradient += d * root;
                *root_gradient += d * p;
            }
            for (head, d) in self.candidates[1..].iter().enumerate() {
                self.scores[at * length + head] = *d;
                dense[distance_range.start + distance(at, head)] += d;
            }
        }
        let d = Matrix::new(&self.scores, length, length);
        multiply(d, heads, &mut self.projected_gradient[rows.clone()], arc, true);
        multiply(d.t(), projected, &mut self.heads_gradient[rows], arc, true);
    }

    fn relation_loss(
        &mut self,
        pass: Pass<'_>,
        start: usize,
        example: &Example,
        (dense, tally): (&mut [f32], &mut Tally),
    ) {
        let Shape { relation, .. } = self.shape;
        let (all, labels, length) = (self.shape.heads(), Relation::ALL.len(), example.heads.len());
        let [_, _, _, dependents, heads, _] = self.shape.head_columns();
        let root = pass.weights.param(pass.layout, Param::RelationRoot);
        self.hidden.clear();
        for (row, head) in (start..).zip(&example.heads) {
            let from = row * all + dependents.start;
            let dependent = &self.columns[from..from + relation];
            let head = match *head {
                0 | UNKNOWN_HEAD => root,
                head => {
                    let from = (start + head as usize - 1) * all + heads.start;
                    &self.columns[from..from + relation]
                }
            };
            self.hidden.extend(dependent.iter().zip(head).map(|(d, h)| (d + h).max(0.0)));
        }
        let mask = &self.mask_relations[start * relation..(start + length) * relation];
        scale(&mut self.hidden, mask);
        let weight = pass.weights.param(pass.layout, Param::RelationWeight);
        let hidden = Matrix::new(&self.hidden, length, relation);
        zeros(&mut self.labels, length * labels);
        multiply(hidden, Matrix::new(weight, relation, labels), &mut self.labels, labels, false);
        let bias = pass.weights.param(pass.layout, Param::RelationBias);
        let golds = example.relations.iter().zip(&example.heads);
        for (scores, (gold, head)) in self.labels.chunks_exact_mut(labels).zip(golds) {
            if *head == UNKNOWN_HEAD {
                scores.fill(0.0);
                continue;
            }
            add(scores, bias);
            let gold = *gold as usize;
            tally.relations_right += u32::from(best(scores) == gold);
            let gold_score = scores[gold];
            tally.loss += f64::from(pass.losses.relations * (softmax(scores) - gold_score));
            scores[gold] -= 1.0;
            scores.iter_mut().for_each(|d| *d *= pass.losses.relations);
        }
        let d = Matrix::new(&self.labels, length, labels);
        let range = pass.layout.range(Param::RelationWeight);
        multiply(hidden.t(), d, &mut dense[range], labels, true);
        sum_rows(&self.labels, &mut dense[pass.layout.range(Param::RelationBias)]);
        zeros(&mut self.candidates, length * relation);
        multiply(
            d,
            Matrix::new(weight, relation, labels).t(),
            &mut self.candidates,
            relation,
            false,
        );
        scale(&mut self.candidates, mask);
        for (d, hidden) in self.candidates.iter_mut().zip(&self.hidden) {
            *d = if *hidden > 0.0 { *d } else { 0.0 };
        }
        let root_range = pass.layout.range(Param::RelationRoot);
        for ((row, head), d) in
            (start..).zip(&example.heads).zip(self.candidates.chunks_exact(relation))
        {
            let from = row * all + dependents.start;
            add(&mut self.gradient[from..from + relation], d);
            match *head {
                UNKNOWN_HEAD => {}
                0 => add(&mut dense[root_range.clone()], d),
                head => {
                    let from = (start + head as usize - 1) * all + heads.start;
                    add(&mut self.gradient[from..from + relation], d);
                }
            }
        }
    }

    fn name_loss(&mut self, pass: Pass<'_>, start: usize, names: &[u64], tally: &mut Tally) {
        let all = self.shape.heads();
        let [.., range] = self.shape.head_columns();
        let everything = (1_u64 << NAME_CLASSES) - 1;
        for (row, allowed) in (start..).zip(names) {
            if allowed & everything == everything {
                continue;
            }
            let row = row * all + range.start..row * all + range.end;
            let gradient = &mut self.gradient[row.clone()];
            gradient.copy_from_slice(&self.columns[row]);
            tally.named += 1;
            tally.names_right += u32::from(allowed >> best(gradient) & 1 == 1);
            softmax(gradient);
            let is_allowed = |class: usize| allowed >> class & 1 == 1;
            let share: f32 = gradient
                .iter()
                .enumerate()
                .filter(|(class, _)| is_allowed(*class))
                .map(|(_, p)| p)
                .sum();
            let share = share.max(1e-8);
            tally.loss -= f64::from(pass.losses.names * share.ln());
            for (class, d) in gradient.iter_mut().enumerate() {
                let target = if is_allowed(class) { *d / share } else { 0.0 };
                *d = pass.losses.names * (*d - target);
            }
        }
    }

    /// Back to the encoder's output, whose gradient goes into `gradient`.
    pub(super) fn backward(
        &mut self,
        pass: Pass<'_>,
        input: &Input<'_>,
        (x, gradient): (&[f32], &mut Vec<f32>),
        dense: &mut [f32],
    ) {
        let (width, arc, all) = (self.shape.width, self.shape.arc, self.shape.heads());
        let rows = input.rows;
        let weight = pass.weights.param(pass.layout, Param::ArcWeight);
        let d = Matrix::new(&self.projected_gradient, rows, arc);
        let dependents = Matrix::new(&self.dependents, rows, arc);
        multiply(dependents.t(), d, &mut dense[pass.layout.range(Param::ArcWeight)], arc, true);
        sum_rows(&self.projected_gradient, &mut dense[pass.layout.range(Param::ArcBias)]);
        let weight = Matrix::new(weight, arc, arc);
        multiply(d, weight.t(), &mut self.dependents_gradient, arc, false);
        scale(&mut self.dependents_gradient, &self.mask);
        scale(&mut self.heads_gradient, &self.mask_heads);
        let [_, dependents, heads, ..] = self.shape.head_columns();
        for (row, columns) in self.gradient.chunks_exact_mut(all).enumerate() {
            let place = row * arc..(row + 1) * arc;
            let d =
                self.dependents_gradient[place.clone()].iter().zip(&self.dependents[place.clone()]);
            for (out, (d, value)) in columns[dependents.clone()].iter_mut().zip(d) {
                *out = if *value > 0.0 { *d } else { 0.0 };
            }
            let d = self.heads_gradient[place.clone()].iter().zip(&self.heads[place]);
            for (out, (d, value)) in columns[heads.clone()].iter_mut().zip(d) {
                *out = if *value > 0.0 { *d } else { 0.0 };
            }
        }
        let d = Matrix::new(&self.gradient, rows, all);
        let range = pass.layout.range(Param::HeadWeight);
        multiply(Matrix::new(x, rows, width).t(), d, &mut dense[range], all, true);
        sum_rows(&self.gradient, &mut dense[pass.layout.range(Param::HeadBias)]);
        zeros(gradient, rows * width);
        let weight = Matrix::new(pass.weights.param(pass.layout, Param::HeadWeight), width, all);
        multiply(d, weight.t(), gradient, width, false);
    }
}

/// Place of the bias of an arc from the word at `head` to the word at `at`.
fn distance(at: usize, head: usize) -> usize {
    let distance = (head as i64 - at as i64).clamp(-DISTANCE_MAX, DISTANCE_MAX);
    (distance + DISTANCE_MAX) as usize
}

fn best(scores: &[f32]) -> usize {
    let mut best = 0;
    for (at, score) in scores.iter().enumerate() {
        if *score > scores[best] {
            best = at;
        }
    }
    best
}

fn zeros(values: &mut Vec<f32>, size: usize) {
    values.clear();
    values.resize(size, 0.0);
}
