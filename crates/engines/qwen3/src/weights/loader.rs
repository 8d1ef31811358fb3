//! From tensors of a checkpoint to packed matrices, or straight from a file of packed ones.

use crate::Qwen3Error;
use crate::kernels::{Matrix, Precision, Shape, ThreadPool};
use crate::weights::{Packed, Tensor, Weights};

/// Loads the matrices of a model.
pub struct Loader<'a> {
    /// The checkpoint.
    pub weights: &'a Weights,
    /// Its matrices, where they were packed before.
    pub packed: Option<&'a Packed>,
    /// The threads that pack.
    pub pool: &'a ThreadPool,
    /// The format to pack into.
    pub precision: Precision,
    /// Called with every packed matrix. The loader then returns zeroed matrices, so that writing a
    /// file takes the memory of one matrix.
    pub on_matrix: Option<&'a OnMatrix<'a>>,
}

/// Called with a packed matrix and its name.
pub type OnMatrix<'a> = dyn Fn(&str, &Matrix) -> Result<(), Qwen3Error> + 'a;

impl Loader<'_> {
    /// A tensor of one dimension.
    ///
    /// # Errors
    /// `Tensor` where it is missing or has another shape.
    pub fn vector(&self, name: &str, size: usize) -> Result<Vec<f32>, Qwen3Error> {
        self.weights.vector(name, &[size])
    }

    /// Matrices of equally many columns, one below the other: what reads the same input is
    /// multiplied at once. Each has a name and rows.
    ///
    /// # Errors
    /// `Tensor` where one is missing or has another shape.
    pub fn stacked(&self, tensors: &[(String, usize)], cols: usize) -> Result<Matrix, Qwen3Error> {
        let parts = tensors
            .iter()
            .map(|(name, rows)| self.weights.tensor(name, &[*rows, cols]))
            .collect::<Result<Vec<Tensor<'_>>, Qwen3Error>>()?;
        let rows = tensors.iter().map(|(_, rows)| rows).sum();
        let name = tensors.first().map_or("", |(name, _)| name);
        self.matrix(
            name,
            self.precision,
            Shape::plain(rows, cols),
            &|row, _, out| {
                let mut row = row;
                for (part, (_, rows)) in parts.iter().zip(tensors) {
                    if row < *rows {
                        return part.read_row(row, out);
                    }
                    row -= rows;
                }
            },
        )
    }

    /// One matrix of this shape.
    ///
    /// # Errors
    /// As [`Loader::stacked`].
    pub fn plain(&self, name: &str, rows: usize, cols: usize) -> Result<Matrix, Qwen3Error> {
        self.stacked(&[(name.to_owned(), rows)], cols)
    }

    /// Any matrix: as it was packed before, else packed from what `weights` writes for a row and
    /// a tap.
    ///
    /// # Errors
    /// `Checkpoint` where a packed one has another size; the error of `on_matrix`.
    pub fn matrix(
        &self,
        name: &str,
        precision: Precision,
        shape: Shape,
        weights: &(dyn Fn(usize, usize, &mut [f32]) + Sync),
    ) -> Result<Matrix, Qwen3Error> {
        if let Some(packed) = self.packed {
            return packed.matrix(name, precision, shape);
        }
        let matrix = Matrix::pack(self.pool, precision, shape, weights);
        if let Some(on_matrix) = self.on_matrix {
            on_matrix(name, &matrix)?;
            return Ok(Matrix::zeroed(precision, shape));
        }
        Ok(matrix)
    }
}

impl std::fmt::Debug for Loader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loader")
            .field("precision", &self.precision)
            .finish_non_exhaustive()
    }
}
