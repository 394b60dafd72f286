//! A network as it is stored: quantised from the weights of training, or read from a model file; not yet packed.
//!
//! Order is that of [`Layout`](super::Layout): `tables` are the embedding tables row by row, `dense` the matrices row by
//! row, `scales` one number per table and then one per column of each matrix, `vectors` every parameter of one row.

use super::feature::{KEY_COUNT, TABLE_ROWS};
use super::file::{ModelError, ModelFile};
use super::matrix::{GROUP, GROUP_MAX, Matrix, Plain, WEIGHT_MAX, group_lane};
use super::shape::{Layout, NAME_CLASSES, Param, Shape, Weights};
use super::vector::Norm;
use crate::model::Relation;

/// Part of the weights of a table that the largest step covers; those beyond are clipped. One weight in ten thousand
/// would otherwise cost all others a bit.
const COVERED: f64 = 0.9999;

/// Largest size in eight bits of an embedding.
const EMBEDDING_MAX: f32 = 127.0;

/// A network as it is stored.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) shape: Shape,
    pub(super) tables: Aligned,
    pub(super) scales: Vec<f32>,
    dense: Vec<i8>,
    vectors: Vec<f32>,
}

/// Bytes that begin at the beginning of a cache line, so that a row touches as few lines as it can.
#[derive(Debug)]
pub(super) struct Aligned {
    bytes: Vec<i8>,
    start: usize,
}

impl Aligned {
    fn new(length: usize, bytes: impl Iterator<Item = i8>) -> Aligned {
        const LINE: usize = 64;
        let mut buffer: Vec<i8> = Vec::with_capacity(length + LINE);
        let start = buffer.as_ptr().align_offset(LINE).min(LINE);
        buffer.resize(start, 0);
        buffer.extend(bytes.take(length));
        Aligned { bytes: buffer, start }
    }

    pub(super) fn as_slice(&self) -> &[i8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }
}

/// The matrices among the parameters, in order, with rows and columns.
fn matrices(shape: Shape) -> impl Iterator<Item = (Param, usize, usize)> {
    let sized = shape.params().into_iter().map(move |param| (param, shape.size(param)));
    sized.filter(|(_, (rows, _))| *rows > 1).map(|(param, (rows, columns))| (param, rows, columns))
}

/// The vectors among the parameters, in order.
fn vectors(shape: Shape) -> impl Iterator<Item = Param> {
    shape.params().into_iter().filter(move |param| shape.size(*param).0 == 1)
}

impl Parts {
    /// The weights of training in eight and in seven bits.
    pub(super) fn quantise(weights: &Weights) -> Parts {
        let shape = weights.shape;
        let layout = Layout::new(shape);
        let mut scales: Vec<f32> =
            weights.embeddings.iter().map(|table| table_scale(table, shape.width)).collect();
        let tables = weights.embeddings.iter().zip(&scales).flat_map(|(table, scale)| {
            table.iter().map(|weight| in_steps(*weight, *scale, EMBEDDING_MAX))
        });
        let tables = Aligned::new(table_bytes(shape), tables);
        let mut dense = Vec::new();
        for (param, _, columns) in matrices(shape) {
            let matrix = weights.param(&layout, param);
            let of_columns: Vec<f32> =
                (0..columns).map(|column| column_scale(matrix, columns, column)).collect();
            for row in matrix.chunks(columns) {
                let row = row.iter().zip(&of_columns);
                dense.extend(row.map(|(weight, scale)| weight_in_steps(*weight, *scale)));
            }
            scales.extend(of_columns);
        }
        let vectors =
            vectors(shape).flat_map(|param| weights.param(&layout, param)).copied().collect();
        Parts { shape, tables, scales, dense, vectors }
    }

    /// The sections of a model file.
    pub(super) fn sections(&self) -> Vec<(&'static str, Vec<u8>)> {
        let numbers = |numbers: &[f32]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        let bytes = |bytes: &[i8]| bytes.iter().map(|byte| *byte as u8).collect();
        let sizes = sizes(self.shape).iter().flat_map(|(_, size)| size.to_le_bytes()).collect();
        vec![
            ("shape", sizes),
            ("scales", numbers(&self.scales)),
            ("vectors", numbers(&self.vectors)),
            ("dense", bytes(&self.dense)),
            ("tables", bytes(self.tables.as_slice())),
        ]
    }

    /// The parts in a model file.
    pub(super) fn read(file: &ModelFile<'_>) -> Result<Parts, ModelError> {
        let shape = read_shape(file.section("shape")?)?;
        let dense_length = matrices(shape).map(|(_, rows, columns)| rows * columns).sum();
        let columns: usize = matrices(shape).map(|(_, _, columns)| columns).sum();
        let vector_length: usize = vectors(shape).map(|param| shape.size(param).1).sum();
        let bytes = |name, length| file.section_of(name, length);
        let numbers = |name, length: usize| -> Result<Vec<f32>, ModelError> {
            let bytes = file.section_of(name, length * 4)?;
            Ok(bytes.as_chunks().0.iter().map(|number| f32::from_le_bytes(*number)).collect())
        };
        let dense: Vec<i8> = bytes("dense", dense_length)?.iter().map(|byte| *byte as i8).collect();
        let mut rest = dense.as_slice();
        for (_, rows, columns) in matrices(shape) {
            let matrix = take(&mut rest, rows * columns);
            for column in 0..columns {
                check_column(matrix.iter().skip(column).step_by(columns).copied())?;
            }
        }
        let tables = bytes("tables", table_bytes(shape))?;
        Ok(Parts {
            shape,
            tables: Aligned::new(tables.len(), tables.iter().map(|byte| *byte as i8)),
            scales: numbers("scales", KEY_COUNT + columns)?,
            dense,
            vectors: numbers("vectors", vector_length)?,
        })
    }
}

fn table_bytes(shape: Shape) -> usize {
    TABLE_ROWS.iter().sum::<usize>() * shape.width
}

/// The sizes that the sections depend on: those of a shape, and those that this version fixes.
fn sizes(shape: Shape) -> [(&'static str, u32); 8] {
    [
        ("width", shape.width as u32),
        ("blocks", shape.blocks as u32),
        ("arc", shape.arc as u32),
        ("relation", shape.relation as u32),
        ("tags", shape.tags as u32),
        ("relations", Relation::ALL.len() as u32),
        ("name classes", NAME_CLASSES as u32),
        ("rows of tables", TABLE_ROWS.iter().sum::<usize>() as u32),
    ]
}

fn read_shape(bytes: &[u8]) -> Result<Shape, ModelError> {
    const COUNT: usize = 8;
    let wrong = ModelError::Length { name: "shape".into(), found: bytes.len(), wanted: COUNT * 4 };
    let numbers: &[[u8; 4]; COUNT] = match bytes.as_chunks() {
        (numbers, []) => numbers.try_into().map_err(|_| wrong)?,
        (_, _) => return Err(wrong),
    };
    let [width, blocks, arc, relation, tags, ..] = numbers.map(|n| u32::from_le_bytes(n) as usize);
    let shape = Shape { width, blocks, arc, relation, tags };
    // a kernel steps through inputs by 16; beyond these bounds a file is broken, and sizes could overflow
    let hidden = |size: usize| (16..=1024).contains(&size) && size.is_multiple_of(16);
    let legal = [hidden(width), blocks <= 16, hidden(arc), hidden(relation)];
    let legal = legal.into_iter().chain([(1..=4096).contains(&tags), true, true, true]);
    for (((name, wanted), found), legal) in sizes(shape).into_iter().zip(numbers).zip(legal) {
        let found = u32::from_le_bytes(*found);
        if !legal || found != wanted {
            return Err(ModelError::Size { name, found });
        }
    }
    Ok(shape)
}

/// What a step of a table is worth: by the rows that training has touched.
fn table_scale(table: &[f32], width: usize) -> f32 {
    let touched = table.chunks(width.max(1)).filter(|row| row.iter().any(|weight| *weight != 0.0));
    let mut sizes: Vec<f32> = touched.flatten().map(|weight| weight.abs()).collect();
    let place = (sizes.len() as f64 * COVERED) as usize;
    if place >= sizes.len() {
        return 0.0;
    }
    let (_, covered, _) = sizes.select_nth_unstable_by(place, f32::total_cmp);
    *covered / EMBEDDING_MAX
}

/// What a step of a column is worth: the largest weight has 64, or less where a group would have too much.
fn column_scale(matrix: &[f32], columns: usize, column: usize) -> f32 {
    let weights = || matrix.iter().skip(column).step_by(columns).copied();
    let largest =
        weights().filter(|weight| weight.is_finite()).fold(0.0, |a: f32, b| a.max(b.abs()));
    let mut scale = largest / f32::from(WEIGHT_MAX);
    // one part in a hundred more until it fits: 300 times is twenty times the scale, more than any column needs
    for _ in 0..300 {
        if check_column(weights().map(|weight| weight_in_steps(weight, scale))).is_ok() {
            break;
        }
        scale *= 1.01;
    }
    scale
}

/// Whether a kernel can add up the products of a column without loss.
fn check_column(weights: impl Iterator<Item = i8>) -> Result<(), ModelError> {
    let mut sizes = [0_i32; 2];
    for (input, weight) in weights.enumerate() {
        let weight = weight.unsigned_abs();
        if weight > WEIGHT_MAX.unsigned_abs() {
            return Err(ModelError::Weight { found: weight.into(), most: WEIGHT_MAX.into() });
        }
        if input.is_multiple_of(GROUP) {
            sizes = [0; 2];
        }
        if let Some(size) = sizes.get_mut(group_lane(input)) {
            *size += i32::from(weight);
        }
        if let Some(size) = sizes.into_iter().find(|size| *size > GROUP_MAX) {
            return Err(ModelError::Weight { found: size, most: GROUP_MAX });
        }
    }
    Ok(())
}

fn weight_in_steps(weight: f32, scale: f32) -> i8 {
    in_steps(weight, scale, f32::from(WEIGHT_MAX))
}

/// A weight in steps, rounded half to even and clipped; 0 where the scale is 0.
fn in_steps(weight: f32, scale: f32, max: f32) -> i8 {
    let steps = if scale > 0.0 { (weight / scale).round_ties_even() } else { 0.0 };
    steps.clamp(-max, max) as i8
}

/// Takes the layers out of parts, one after the other, in the order of the layout.
pub(super) struct Layers<'a> {
    scales: &'a [f32],
    dense: &'a [i8],
    vectors: &'a [f32],
}

impl<'a> Layers<'a> {
    pub(super) fn new(parts: &'a Parts) -> Self {
        let scales = parts.scales.get(KEY_COUNT..).unwrap_or_default();
        Layers { scales, dense: &parts.dense, vectors: &parts.vectors }
    }

    /// The next vector.
    pub(super) fn vector(&mut self, length: usize) -> &'a [f32] {
        take(&mut self.vectors, length)
    }

    /// The next gain and shift.
    pub(super) fn norm(&mut self, length: usize) -> Norm {
        let (gain, shift) = (self.vector(length).to_vec(), self.vector(length).to_vec());
        Norm { gain, shift }
    }

    /// The next matrix, as its bias is told.
    pub(super) fn rows(&mut self, inputs: usize, columns: usize) -> (&'a [i8], &'a [f32]) {
        (take(&mut self.dense, inputs * columns), take(&mut self.scales, columns))
    }

    /// The next matrix and the next vector as its bias.
    pub(super) fn plain(&mut self, inputs: usize, columns: usize) -> Plain<'a> {
        let (rows, scales) = self.rows(inputs, columns);
        Plain { rows, scales, biases: self.vector(columns) }
    }

    /// The same, packed as it is.
    pub(super) fn matrix(&mut self, inputs: usize, columns: usize) -> Matrix {
        let all: Vec<Option<usize>> = (0..columns).map(Some).collect();
        Matrix::pack(self.plain(inputs, columns), &all)
    }
}

fn take<'a, T>(from: &mut &'a [T], count: usize) -> &'a [T] {
    let (taken, rest) = from.split_at(count.min(from.len()));
    *from = rest;
    taken
}
