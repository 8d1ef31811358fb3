//! Embeddings, read where they lie: only the rows that a request touches are loaded.

use std::sync::Arc;

use crate::Qwen3Error;
use crate::kernels::ops;
use crate::weights::Weights;

/// A table of rows, one for each token or code.
#[derive(Clone, Debug)]
pub struct Embedding {
    weights: Arc<Weights>,
    name: String,
    rows: usize,
    width: usize,
}

impl Embedding {
    /// The tensor of this name.
    ///
    /// # Errors
    /// `Tensor` where it is missing or has another shape.
    pub fn new(
        weights: &Arc<Weights>,
        name: String,
        rows: usize,
        width: usize,
    ) -> Result<Self, Qwen3Error> {
        weights.tensor(&name, &[rows, width])?;
        Ok(Self {
            weights: Arc::clone(weights),
            name,
            rows,
            width,
        })
    }

    /// How many rows there are.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Numbers in a row.
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Reads a row.
    ///
    /// # Panics
    /// Where there is no such row; callers check ids that come from outside.
    pub fn lookup(&self, row: usize, out: &mut [f32]) {
        let tensor = self.weights.any(&self.name);
        tensor
            .expect("checked when the embedding was loaded")
            .read_row(row, out);
    }

    /// Adds a row to `out`.
    ///
    /// # Panics
    /// As [`Embedding::lookup`].
    pub fn lookup_add(&self, row: usize, out: &mut [f32]) {
        let mut numbers = vec![0.0; self.width];
        self.lookup(row, &mut numbers);
        ops::add(out, &numbers);
    }
}
