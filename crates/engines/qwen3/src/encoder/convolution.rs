//! A causal convolution over the rows of a stream.

use crate::Qwen3Error;
use crate::kernels::{Matrix, PackedActivations, Precision, Shape, ThreadPool};
use crate::weights::Loader;

/// A causal convolution with a kernel of `taps` × `stride`.
///
/// With a stride, `stride` rows are treated as one long row: the kernel then has few taps and no
/// stride, and neither rows nor weights are rearranged.
#[derive(Debug)]
pub(super) struct CausalConvolution {
    matrix: Matrix,
    /// Numbers in a row that goes in.
    width: usize,
    stride: usize,
    offsets: Vec<usize>,
}

/// Padding at both ends of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Padding {
    /// Zeros.
    Zeros,
    /// The first row repeated, and the last.
    Replicate,
}

/// The state of a convolution over a stream.
#[derive(Debug)]
pub(super) struct ConvolutionState {
    padding: Padding,
    input: PackedActivations,
    started: bool,
}

impl CausalConvolution {
    /// Reads `{name}.conv.weight`, \[out, in, kernel\], and `{name}.conv.bias`. The kernel is a
    /// multiple of the stride.
    pub(super) fn load(
        loader: &Loader<'_>,
        name: &str,
        out: usize,
        width: usize,
        kernel: usize,
        stride: usize,
    ) -> Result<Self, Qwen3Error> {
        let bias = loader.vector(&format!("{name}.conv.bias"), out)?;
        let mut this = Self::load_without_bias(loader, name, out, width, kernel, stride)?;
        this.matrix = this.matrix.with_bias(bias);
        Ok(this)
    }

    /// The same without a bias.
    pub(super) fn load_without_bias(
        loader: &Loader<'_>,
        name: &str,
        out: usize,
        width: usize,
        kernel: usize,
        stride: usize,
    ) -> Result<Self, Qwen3Error> {
        let name = format!("{name}.conv.weight");
        let tensor = loader.weights.tensor(&name, &[out, width, kernel])?;
        let taps = kernel / stride;
        let shape = Shape {
            rows: out,
            taps,
            cols: width * stride,
        };
        let write = |row: usize, tap: usize, out: &mut [f32]| {
            for (step, out) in out.chunks_exact_mut(width).enumerate() {
                let at = row * width * kernel + tap * stride + step;
                tensor.read_strided(at, kernel, out);
            }
        };
        Ok(Self {
            matrix: loader.matrix(&name, Precision::F32, shape, &write)?,
            width,
            stride,
            offsets: (0..taps).collect(),
        })
    }

    /// The state of a new stream.
    pub(super) fn state(&self, padding: Padding) -> ConvolutionState {
        ConvolutionState {
            padding,
            input: self.matrix.activations(),
            started: false,
        }
    }

    /// Takes the next rows of the stream, each changed by `activate`, and writes the rows that come
    /// out into `out`. Rows that do not fill a stride are padded, so they end the stream.
    pub(super) fn forward(
        &self,
        pool: &ThreadPool,
        state: &mut ConvolutionState,
        rows: &[f32],
        activate: &(dyn Fn(&mut [f32]) + Sync),
        out: &mut Vec<f32>,
    ) {
        let ConvolutionState {
            padding,
            input,
            started,
        } = state;
        let history = self.offsets.len() - 1;
        let (width, long) = (self.width, self.width * self.stride);
        if !*started {
            *started = true;
            match padding {
                Padding::Zeros => input.push_zeros(history),
                Padding::Replicate => {
                    let mut first = rows[..width].repeat(self.stride);
                    activate(&mut first);
                    for _ in 0..history {
                        input.push(&first);
                    }
                }
            }
        }
        input.keep_last(history);
        let count = rows.len().div_ceil(long);
        let end = match padding {
            Padding::Zeros => None,
            Padding::Replicate => Some(&rows[rows.len() - width..]),
        };
        input.push_with(pool, count, &|number, out| {
            let rest = &rows[number * long..];
            let available = rest.len().min(long);
            out[..available].copy_from_slice(&rest[..available]);
            activate(&mut out[..available]);
            for row in out[available..].chunks_exact_mut(width) {
                match end {
                    None => row.fill(0.0),
                    Some(end) => {
                        row.copy_from_slice(end);
                        activate(row);
                    }
                }
            }
        });
        out.resize(count * self.matrix.shape().rows, 0.0);
        self.matrix.convolve(pool, input, &self.offsets, out);
    }
}
