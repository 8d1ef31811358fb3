//! The nearest row of a codebook.

use crate::Qwen3Error;
use crate::kernels::{Matrix, PackedActivations, Precision, Shape, ThreadPool};
use crate::weights::Loader;

/// The least usage that a row's sum is divided by; the official code's ε.
const MIN_USAGE: f32 = 1e-5;

/// Rows of numbers, and which of them is nearest to others.
///
/// The square of a distance is |x|² − 2 x·c + |c|², of which |x|² is the same for all rows. So the
/// matrix holds −2c with the bias |c|², and the nearest row is the least of a product.
#[derive(Debug)]
pub(super) struct Codebook {
    matrix: Matrix,
}

impl Codebook {
    /// Reads `{name}.{embed_sum,cluster_usage}`, which were kept as a running mean.
    pub(super) fn load(
        loader: &Loader<'_>,
        name: &str,
        rows: usize,
        width: usize,
    ) -> Result<Self, Qwen3Error> {
        let usage = if loader.weights.folded().codebooks {
            None
        } else {
            Some(loader.vector(&format!("{name}.cluster_usage"), rows)?)
        };
        let sums = format!("{name}.embed_sum");
        let tensor = loader.weights.tensor(&sums, &[rows, width])?;
        let read = |row: usize, out: &mut [f32]| {
            tensor.read_row(row, out);
            if let Some(usage) = &usage {
                out.iter_mut().for_each(|x| *x /= usage[row].max(MIN_USAGE));
            }
        };
        let mut scratch = vec![0.0; width];
        let squares = (0..rows)
            .map(|row| {
                read(row, &mut scratch);
                scratch.iter().map(|x| x * x).sum()
            })
            .collect();
        let matrix = loader.matrix(
            &sums,
            Precision::F32,
            Shape::plain(rows, width),
            &|row, _, out| {
                read(row, out);
                for x in out {
                    *x *= -2.0;
                }
            },
        )?;
        Ok(Self {
            matrix: matrix.with_bias(squares),
        })
    }

    /// The number of the nearest codebook row for each of the given rows, the first where several
    /// are. The rows become the residuals.
    pub(super) fn quantize(
        &self,
        pool: &ThreadPool,
        input: &mut PackedActivations,
        residual: &mut [f32],
    ) -> Vec<usize> {
        let Shape { rows, cols, .. } = self.matrix.shape();
        input.set(residual);
        let mut distances = vec![0.0; residual.len() / cols * rows];
        self.matrix.multiply(pool, input, &mut distances);
        let nearest = distances.chunks_exact(rows).map(argmin);
        nearest
            .zip(residual.chunks_exact_mut(cols))
            .map(|(code, residual)| {
                for (x, doubled) in residual.iter_mut().zip(self.matrix.row(code, 0)) {
                    *x += doubled / 2.0;
                }
                code
            })
            .collect()
    }
}

fn argmin(numbers: &[f32]) -> usize {
    let mut best = 0;
    for (at, number) in numbers.iter().enumerate() {
        if *number < numbers[best] {
            best = at;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn argmin_takes_the_first_of_equals() {
        assert_eq!(argmin(&[3.0, 1.0, 1.0, 2.0]), 1);
        assert_eq!(argmin(&[f32::NAN, 1.0]), 0);
    }
}
