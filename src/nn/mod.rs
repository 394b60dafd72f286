//! The network as arithmetic: words are hashed to rows, the rest is vectors. Knows no language and no text beyond one
//! word at a time.
//!
//! ```text
//! word -> 7 hashed rows + 2 rows of gazetteer bits -> sum of embedding rows -> LayerNorm
//!      -> [conv3 -> biMinGRU] x blocks, each: LayerNorm(x + layer(x))
//!      -> one product: tags | arc-dep | arc-head | rel-dep | rel-head | names
//!      -> biaffine arcs -> tree -> relation of the chosen arc;  names by constrained Viterbi
//! ```
//!
//! Training (`train`) works on [`Weights`] in f32; inference works on [`Network`], the same weights in int8. The same
//! input gives the same output bits on every processor: sums of products are integers, and what is f32 has one order.

mod encoder;
mod feature;
mod file;
mod heads;
mod kernel;
mod matrix;
mod names;
mod network;
mod parts;
mod shape;
mod splitter;
#[cfg(test)]
mod tests;
mod tree;
mod trial;
mod vector;

pub use feature::{FeatureScratch, KEY_COUNT, Keys, TABLE_ROWS, keys};
pub use file::{ModelError, ModelFile};
pub use kernel::Kernel;
#[cfg(feature = "train")]
pub use kernel::product;
pub use names::{NameSpan, NamesScratch, best_names};
pub use network::{Network, NetworkScratch, Outcome};
pub use shape::{Layout, NAME_CLASSES, Param, Shape, Weights};
pub use splitter::{SPLITTER_BITS, SPLITTER_ROWS, SPLITTER_STEPS, Splitter};
