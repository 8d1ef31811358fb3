//! A causal convolution over the rows of a stream.

use crate::Result;
use crate::kernels::{Input, Matrix, Precision, Shape, Team};
use crate::weights::Loader;

/// A convolution that sees the past alone, by a kernel of `taps` × `stride`.
///
/// With a stride, as many rows are taken for one long row: the kernel is then one with few taps
/// and no stride, and neither rows nor weights are ever copied apart.
#[derive(Debug)]
pub(super) struct Convolution {
    matrix: Matrix,
    /// Numbers in a row that goes in.
    width: usize,
    stride: usize,
    offsets: Vec<usize>,
}

/// What lies beyond both ends of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// Zeros.
    Silence,
    /// The first row over and over, and the last.
    Edge,
}

/// What a convolution remembers of a stream.
#[derive(Debug)]
pub(super) struct Memory {
    before: Before,
    input: Input,
    begun: bool,
}

impl Convolution {
    /// Reads `{name}.conv.weight`, \[out, in, kernel\], and `{name}.conv.bias`. The kernel is a
    /// multiple of the stride.
    pub(super) fn load(
        loader: &Loader<'_>,
        name: &str,
        out: usize,
        width: usize,
        kernel: usize,
        stride: usize,
    ) -> Result<Self> {
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
    ) -> Result<Self> {
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
                tensor.read_every(at, kernel, out);
            }
        };
        Ok(Self {
            matrix: loader.matrix(&name, Precision::F32, shape, &write)?,
            width,
            stride,
            offsets: (0..taps).collect(),
        })
    }

    /// The memory of a stream that has not begun.
    pub(super) fn input(&self, before: Before) -> Memory {
        Memory {
            before,
            input: self.matrix.input(),
            begun: false,
        }
    }

    /// Takes the next rows of the stream, each changed by `activate`, and writes the rows that come
    /// out into `out`. Rows that fill no stride are filled up, so they end the stream.
    pub(super) fn forward(
        &self,
        team: &Team,
        memory: &mut Memory,
        rows: &[f32],
        activate: &(dyn Fn(&mut [f32]) + Sync),
        out: &mut Vec<f32>,
    ) {
        let Memory {
            before,
            input,
            begun,
        } = memory;
        let history = self.offsets.len() - 1;
        let (width, long) = (self.width, self.width * self.stride);
        if !*begun {
            *begun = true;
            match before {
                Before::Silence => input.push_zeros(history),
                Before::Edge => {
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
        let end = match before {
            Before::Silence => None,
            Before::Edge => Some(&rows[rows.len() - width..]),
        };
        input.push_with(team, count, &|number, out| {
            let rest = &rows[number * long..];
            let there = rest.len().min(long);
            out[..there].copy_from_slice(&rest[..there]);
            activate(&mut out[..there]);
            for row in out[there..].chunks_exact_mut(width) {
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
        self.matrix.convolve(team, input, &self.offsets, out);
    }
}
