//! Code for the processor: packed matrices, packed activations, and the thread pool that multiplies
//! them.
//!
//! ```text
//! numbers ──pack──▶ Matrix ────────────┐
//!                                      ├─ multiply(pool) ──▶ f32 rows
//! f32 rows ─push──▶ PackedActivations ─┘
//! ```
//!
//! One layout serves every instruction set, so that packed weights can be kept in a file: 16 rows
//! make a *panel*, and within a panel the numbers of 16 rows for the same few columns lie side by
//! side. A vector lane is a row: no sum crosses lanes, and each output is summed in one fixed
//! order, independent of the thread that computes it and of the other outputs. So the results do
//! not depend on the number of threads or on the other rows of an input.
//!
//! `unsafe` is confined to this module.

mod activations;
mod avx2;
mod avx512;
mod isa;
mod matrix;
mod neon;
pub mod ops;
mod pack;
mod packed_bytes;
mod portable;
mod precision;
mod rope;
mod thread_pool;
mod tile;

pub use activations::PackedActivations;
pub use isa::Isa;
pub use matrix::{Matrix, Shape};
pub use packed_bytes::PackedBytes;
pub use precision::{Precision, UnknownPrecision};
pub(crate) use rope::{Rope, inverse_frequencies};
pub use thread_pool::ThreadPool;

/// Rows in a panel: the lanes of the widest vector there is.
pub(crate) const LANES: usize = 16;
