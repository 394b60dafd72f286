//! The sizes of a network, where each parameter lies, and the parameters in f32 as training sees them.
//!
//! All dense parameters lie one after the other in one vector, matrices row by row with one row per input; [`Layout`]
//! says where each begins. The hidden width, the arc and the relation width are multiples of 16.

use std::ops::Range;

use super::feature::TABLE_ROWS;
use crate::model::{NameKind, Relation};

/// Classes of the names head: outside, then begin, inside, last, unit for each kind of [`NameKind::ALL`].
pub const NAME_CLASSES: usize = 1 + 4 * NameKind::ALL.len();

/// Distances between dependent and head that have a bias of their own: -20 to 20, farther ones count as these.
pub(super) const DISTANCE_MAX: i32 = 20;

/// Number of distance biases.
const DISTANCES: usize = 2 * DISTANCE_MAX as usize + 1;

/// The sizes of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Channels of every hidden vector.
    pub width: usize,
    /// Pairs of a convolution and a bidirectional minGRU.
    pub blocks: usize,
    /// Channels of the arc vectors.
    pub arc: usize,
    /// Channels of the hidden layer of relations.
    pub relation: usize,
    /// Classes of the tags head: pairs of a universal and a Penn tag.
    pub tags: usize,
}

/// One dense parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// Gain of the first LayerNorm: width.
    InputGain,
    /// Bias of the first LayerNorm: width.
    InputBias,
    /// Convolution of a block: 3·width × width, inputs in the order t-1, t, t+1.
    ConvWeight(usize),
    /// Its bias: width.
    ConvBias(usize),
    /// Gain of the LayerNorm after it: width.
    ConvGain(usize),
    /// Bias of the LayerNorm after it: width.
    ConvShift(usize),
    /// minGRU of a block: width × 2·width, columns: logits of the gate z, then candidates c.
    GruWeight(usize),
    /// Its bias: 2·width.
    GruBias(usize),
    /// Gain of the LayerNorm after it: width.
    GruGain(usize),
    /// Bias of the LayerNorm after it: width.
    GruShift(usize),
    /// All heads in one product: width × heads, columns: tags | arc-dep | arc-head | rel-dep | rel-head | names.
    HeadWeight,
    /// Their bias: heads.
    HeadBias,
    /// U of the biaffine arc score, dependent to head: arc × arc.
    ArcWeight,
    /// u of the biaffine arc score: arc.
    ArcBias,
    /// The vector that stands for the root as a head: arc.
    ArcRoot,
    /// Bias of an arc by the distance of its head, -20 to 20.
    ArcDistance,
    /// What stands for the head's columns in the relation of the root: relation.
    RelationRoot,
    /// Relation scores: relation × relations.
    RelationWeight,
    /// Their bias: relations.
    RelationBias,
}

impl Shape {
    /// Columns of the one product of all heads.
    pub fn heads(self) -> usize {
        self.tags + 2 * self.arc + 2 * self.relation + NAME_CLASSES
    }

    /// Where each head's columns lie: tags, arc-dep, arc-head, rel-dep, rel-head, names.
    pub fn head_columns(self) -> [Range<usize>; 6] {
        let sizes = [self.tags, self.arc, self.arc, self.relation, self.relation, NAME_CLASSES];
        let mut at = 0;
        sizes.map(|size| {
            at += size;
            at - size..at
        })
    }

    /// Rows (inputs) and columns (outputs) of a parameter; a vector has one row.
    pub fn size(self, param: Param) -> (usize, usize) {
        let Shape { width, arc, relation, .. } = self;
        match param {
            Param::InputGain
            | Param::InputBias
            | Param::ConvBias(_)
            | Param::ConvGain(_)
            | Param::ConvShift(_)
            | Param::GruGain(_)
            | Param::GruShift(_) => (1, width),
            Param::ConvWeight(_) => (3 * width, width),
            Param::GruWeight(_) => (width, 2 * width),
            Param::GruBias(_) => (1, 2 * width),
            Param::HeadWeight => (width, self.heads()),
            Param::HeadBias => (1, self.heads()),
            Param::ArcWeight => (arc, arc),
            Param::ArcBias | Param::ArcRoot => (1, arc),
            Param::ArcDistance => (1, DISTANCES),
            Param::RelationRoot => (1, relation),
            Param::RelationWeight => (relation, Relation::ALL.len()),
            Param::RelationBias => (1, Relation::ALL.len()),
        }
    }

    /// Every dense parameter, in the order in which they lie.
    pub fn params(self) -> Vec<Param> {
        let mut params = vec![Param::InputGain, Param::InputBias];
        for block in 0..self.blocks {
            params.extend([
                Param::ConvWeight(block),
                Param::ConvBias(block),
                Param::ConvGain(block),
                Param::ConvShift(block),
                Param::GruWeight(block),
                Param::GruBias(block),
                Param::GruGain(block),
                Param::GruShift(block),
            ]);
        }
        params.extend([
            Param::HeadWeight,
            Param::HeadBias,
            Param::ArcWeight,
            Param::ArcBias,
            Param::ArcRoot,
            Param::ArcDistance,
            Param::RelationRoot,
            Param::RelationWeight,
            Param::RelationBias,
        ]);
        params
    }
}

/// Where each dense parameter lies in the one vector.
#[derive(Clone, Debug)]
pub struct Layout {
    places: Vec<(Param, Range<usize>)>,
    total: usize,
}

impl Layout {
    /// The places of the parameters of a shape.
    pub fn new(shape: Shape) -> Self {
        let mut total = 0;
        let places = shape.params().into_iter().map(|param| {
            let (rows, columns) = shape.size(param);
            total += rows * columns;
            (param, total - rows * columns..total)
        });
        let places = places.collect();
        Layout { places, total }
    }

    /// Where a parameter lies; empty for one that the shape does not have.
    pub fn range(&self, param: Param) -> Range<usize> {
        let place = self.places.iter().find(|(other, _)| *other == param);
        place.map(|(_, range)| range.clone()).unwrap_or_default()
    }

    /// Number of dense parameters.
    pub fn total(&self) -> usize {
        self.total
    }
}

/// All parameters of a network in f32.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// The sizes.
    pub shape: Shape,
    /// One table per key, rows × width, row by row.
    pub embeddings: Vec<Vec<f32>>,
    /// The dense parameters as [`Layout`] places them.
    pub dense: Vec<f32>,
}

impl Weights {
    /// Weights of a shape, all zero.
    pub fn zeros(shape: Shape) -> Self {
        let embeddings = TABLE_ROWS.iter().map(|rows| vec![0.0; rows * shape.width]).collect();
        Weights { shape, embeddings, dense: vec![0.0; Layout::new(shape).total()] }
    }

    /// One dense parameter.
    pub fn param(&self, layout: &Layout, param: Param) -> &[f32] {
        self.dense.get(layout.range(param)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_lie_side_by_side() {
        let shape = Shape { width: 96, blocks: 2, arc: 96, relation: 64, tags: 110 };
        let layout = Layout::new(shape);
        let mut at = 0;
        for param in shape.params() {
            let range = layout.range(param);
            assert_eq!(range.start, at, "{param:?}");
            at = range.end;
        }
        assert_eq!(at, layout.total());
        assert_eq!(shape.head_columns()[5].end, shape.heads());
    }
}
