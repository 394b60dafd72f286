//! Adam with decoupled weight decay, warm-up and linear decay (Kingma & Ba 2015, Loshchilov & Hutter 2019).
//!
//! Embedding rows that did not occur in a batch are left alone: neither moved nor decayed. The norm of the whole
//! gradient is cut at a limit (Pascanu et al. 2013). Sums have one order, whatever thread made their parts.

#![allow(clippy::indexing_slicing, reason = "every shape is fixed when the buffers are made")]

use super::gradient::{DROPPED, Worker};
use crate::nn::{KEY_COUNT, Layout, TABLE_ROWS, Weights};

/// Settings of the optimiser.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    /// Highest learning rate.
    pub rate: f32,
    /// Steps until it is reached.
    pub warm_up: u32,
    /// Steps in all.
    pub steps: u32,
    /// Share of the highest rate at the end.
    pub last: f32,
    /// Decay of dense weights.
    pub decay: f32,
    /// Limit of the gradient's norm.
    pub norm_max: f32,
}

const BETA_1: f32 = 0.9;
const BETA_2: f32 = 0.98;
const EPSILON: f32 = 1e-8;

impl Schedule {
    fn rate_at(&self, step: u32) -> f32 {
        if step < self.warm_up {
            return self.rate * (step + 1) as f32 / self.warm_up as f32;
        }
        let span = self.steps.saturating_sub(self.warm_up).max(1) as f32;
        let gone = ((step - self.warm_up) as f32 / span).min(1.0);
        self.rate * (1.0 - gone * (1.0 - self.last))
    }
}

/// First and second moments of one block of parameters.
#[derive(Clone)]
struct Moments {
    first: Vec<f32>,
    second: Vec<f32>,
}

/// Sums of the gradients of one embedding table's rows in a batch.
struct RowSums {
    /// Per row of the table, its place among the rows met; `u32::MAX` where it was not met.
    places: Vec<u32>,
    rows: Vec<u32>,
    sums: Vec<f32>,
}

/// The state of the optimiser.
pub(super) struct Optimiser {
    schedule: Schedule,
    step: u32,
    dense: Moments,
    tables: Vec<Moments>,
    sums: Vec<RowSums>,
}

/// One step on one block.
#[derive(Clone, Copy)]
struct Step {
    rate: f32,
    correction_1: f32,
    correction_2: f32,
    scale: f32,
    decay: f32,
}

impl Step {
    fn apply(self, weights: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32]) {
        let moments = first.iter_mut().zip(second.iter_mut());
        for ((weight, gradient), (first, second)) in weights.iter_mut().zip(gradient).zip(moments) {
            let gradient = gradient * self.scale;
            *first = BETA_1 * *first + (1.0 - BETA_1) * gradient;
            *second = BETA_2 * *second + (1.0 - BETA_2) * gradient * gradient;
            let root = (*second * self.correction_2).sqrt() + EPSILON;
            *weight -= self.rate * (*first * self.correction_1 / root + self.decay * *weight);
        }
    }
}

impl Optimiser {
    pub(super) fn new(schedule: Schedule, weights: &Weights) -> Self {
        let moments = |size| Moments { first: vec![0.0; size], second: vec![0.0; size] };
        Optimiser {
            schedule,
            step: 0,
            dense: moments(Layout::new(weights.shape).total()),
            tables: weights.embeddings.iter().map(|table| moments(table.len())).collect(),
            sums: TABLE_ROWS
                .iter()
                .map(|rows| RowSums {
                    places: vec![u32::MAX; *rows],
                    rows: Vec::new(),
                    sums: Vec::new(),
                })
                .collect(),
        }
    }

    /// Moves the weights by the gradients of `workers`, which are divided by `words`.
    pub(super) fn step(&mut self, weights: &mut Weights, workers: &mut [Worker], words: f32) {
        let width = weights.shape.width;
        let (first, others) = workers.split_at_mut(1);
        for worker in others.iter() {
            super::encoder::add(&mut first[0].dense, &worker.dense);
        }
        let workers = &*workers;
        in_two(&mut self.sums, |table, sums| sums.fill(table, width, workers));
        let squares =
            |values: &[f32]| values.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>();
        let mut norm = squares(&workers[0].dense);
        for sums in &self.sums {
            norm += squares(&sums.sums);
        }
        let norm = norm.sqrt() as f32 / words;
        let cut = if norm > self.schedule.norm_max { self.schedule.norm_max / norm } else { 1.0 };
        let number = (self.step + 1) as i32;
        let step = Step {
            rate: self.schedule.rate_at(self.step),
            correction_1: 1.0 / (1.0 - BETA_1.powi(number)),
            correction_2: 1.0 / (1.0 - BETA_2.powi(number)),
            scale: cut / words,
            decay: 0.0,
        };
        let dense = &mut self.dense;
        let decayed = Step { decay: self.schedule.decay, ..step };
        decayed.apply(&mut weights.dense, &workers[0].dense, &mut dense.first, &mut dense.second);
        let mut tables: Vec<_> =
            weights.embeddings.iter_mut().zip(&mut self.tables).zip(&self.sums).collect();
        in_two(&mut tables, |_, ((table, moments), sums)| {
            for (row, sum) in sums.rows.iter().zip(sums.sums.chunks_exact(width)) {
                let place = *row as usize * width..(*row as usize + 1) * width;
                let first = &mut moments.first[place.clone()];
                let second = &mut moments.second[place.clone()];
                step.apply(&mut table[place], sum, first, second);
            }
        });
        self.step += 1;
    }

    /// Whether a row of a table was ever moved.
    pub(super) fn is_moved(&self, table: usize, row: usize, width: usize) -> bool {
        self.tables[table].second[row * width..(row + 1) * width].iter().any(|x| *x > 0.0)
    }

    /// Number of steps done.
    pub(super) fn steps(&self) -> u32 {
        self.step
    }

    /// Everything that a continued training needs, in one order.
    pub(super) fn state(&self) -> impl Iterator<Item = &[f32]> {
        let tables = self.tables.iter().flat_map(|m| [m.first.as_slice(), m.second.as_slice()]);
        [self.dense.first.as_slice(), self.dense.second.as_slice()].into_iter().chain(tables)
    }

    /// The same places, to be filled.
    pub(super) fn state_mut(&mut self, step: u32) -> impl Iterator<Item = &mut [f32]> {
        self.step = step;
        let tables =
            self.tables.iter_mut().flat_map(|m| [m.first.as_mut_slice(), m.second.as_mut_slice()]);
        [self.dense.first.as_mut_slice(), self.dense.second.as_mut_slice()]
            .into_iter()
            .chain(tables)
    }
}

/// Runs over the items on two threads: the first table has more rows than the others together touch.
fn in_two<T: Send>(items: &mut [T], work: impl Fn(usize, &mut T) + Sync) {
    let middle = KEY_COUNT / 3;
    let (left, right) = items.split_at_mut(middle);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for (at, item) in left.iter_mut().enumerate() {
                work(at, item);
            }
        });
        for (at, item) in right.iter_mut().enumerate() {
            work(middle + at, item);
        }
    });
}

impl RowSums {
    fn fill(&mut self, table: usize, width: usize, workers: &[Worker]) {
        for row in &self.rows {
            self.places[*row as usize] = u32::MAX;
        }
        self.rows.clear();
        self.sums.clear();
        for worker in workers {
            for (keys, gradient) in worker.keys.iter().zip(worker.words.chunks_exact(width)) {
                let row = keys[table];
                if row == DROPPED {
                    continue;
                }
                let place = &mut self.places[row as usize];
                if *place == u32::MAX {
                    *place = self.rows.len() as u32;
                    self.rows.push(row);
                    self.sums.extend_from_slice(gradient);
                } else {
                    let at = *place as usize * width;
                    super::encoder::add(&mut self.sums[at..at + width], gradient);
                }
            }
        }
    }
}
