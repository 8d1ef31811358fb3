//! A convolution over a whole recording, with reflection padding at both ends.

use crate::Qwen3Error;
use crate::kernels::{Matrix, Precision, Shape, ThreadPool};
use crate::weights::Loader;

use super::mel::reflected;

/// It keeps the number of rows.
#[derive(Debug)]
pub(super) struct Convolution {
    matrix: Matrix,
    /// Rows that are reflected before the first one.
    before: usize,
    offsets: Vec<usize>,
}

impl Convolution {
    /// Reads `{name}.weight`, \[out, in, kernel\], and `{name}.bias`.
    pub(super) fn load(
        loader: &Loader<'_>,
        name: &str,
        out: usize,
        width: usize,
        kernel: usize,
        dilation: usize,
    ) -> Result<Self, Qwen3Error> {
        let bias = loader.vector(&format!("{name}.bias"), out)?;
        let name = format!("{name}.weight");
        let tensor = loader.weights.tensor(&name, &[out, width, kernel])?;
        let shape = Shape {
            rows: out,
            taps: kernel,
            cols: width,
        };
        let matrix = loader.matrix(&name, Precision::F32, shape, &|row, tap, out| {
            tensor.read_strided(row * width * kernel + tap, kernel, out);
        })?;
        Ok(Self {
            matrix: matrix.with_bias(bias),
            before: dilation * (kernel - 1) / 2,
            offsets: (0..kernel).map(|tap| tap * dilation).collect(),
        })
    }

    /// Numbers in a row that comes out.
    pub(super) const fn rows(&self) -> usize {
        self.matrix.shape().rows
    }

    /// The output of rows.
    pub(super) fn forward(&self, pool: &ThreadPool, rows: &[f32]) -> Vec<f32> {
        let width = self.matrix.shape().cols;
        self.forward_with(pool, rows.len() / width, &|row, out| {
            out.copy_from_slice(&rows[row * width..][..width]);
        })
    }

    /// The output of `count` rows, each of which `row` writes; it is called twice for some of them.
    pub(super) fn forward_with(
        &self,
        pool: &ThreadPool,
        count: usize,
        row: &(dyn Fn(usize, &mut [f32]) + Sync),
    ) -> Vec<f32> {
        let beyond = self.offsets.last().map_or(0, |last| *last);
        let mut input = self.matrix.activations();
        input.push_with(pool, count + beyond, &|number, out| {
            let at = number.cast_signed() - self.before.cast_signed();
            row(reflected(at, count), out);
        });
        let mut out = vec![0.0; count * self.rows()];
        self.matrix.convolve(pool, &input, &self.offsets, &mut out);
        out
    }
}
