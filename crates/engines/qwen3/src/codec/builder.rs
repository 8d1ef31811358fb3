//! From tensors to layers.

use std::sync::OnceLock;

use super::conv::Conv;
use crate::Qwen3Error;
use crate::kernels::{Matrix, PackedActivations, Precision, Shape};
use crate::weights::{Loader, Tensor};

/// Makes layers, and gives each its slot in a [`CodecState`](super::CodecState).
pub(super) struct Builder<'a> {
    pub(super) loader: Loader<'a>,
    /// The memory of each layer made so far, as a new utterance has it.
    pub(super) histories: Vec<PackedActivations>,
}

/// What a layer's tensors are called and how they are read.
pub(super) struct LayerSpec<'a> {
    /// The name without `.weight` and `.bias`.
    pub(super) name: &'a str,
    /// Numbers in a row of the result, taps, numbers in a row of the input.
    pub(super) shape: Shape,
    /// Rows between taps.
    pub(super) dilation: usize,
    pub(super) bias: bool,
    /// A factor for each row of the result, folded into weights and bias.
    pub(super) scale: Option<Vec<f32>>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(loader: &Loader<'a>) -> Self {
        Self {
            loader: Loader {
                weights: loader.weights,
                packed: loader.packed,
                pool: loader.pool,
                precision: match loader.precision {
                    Precision::F32 => Precision::F32,
                    // The convolutions are bound by arithmetic, and narrower than a group.
                    Precision::Bf16 | Precision::Int8 | Precision::Int4 => Precision::Bf16,
                },
                on_matrix: loader.on_matrix,
            },
            histories: Vec::new(),
        }
    }

    /// A vector under its full name.
    pub(super) fn vector(&self, name: &str, size: usize) -> Result<Vec<f32>, Qwen3Error> {
        self.loader.vector(name, size)
    }

    /// A causal convolution, `weight` being rows × cols × taps.
    pub(super) fn conv(&mut self, spec: LayerSpec<'_>) -> Result<Conv, Qwen3Error> {
        let Shape { rows, taps, cols } = spec.shape;
        self.conv_of(spec, &[rows, cols, taps])
    }

    /// A plain product, `weight` being rows × cols.
    pub(super) fn linear(&mut self, spec: LayerSpec<'_>) -> Result<Conv, Qwen3Error> {
        let Shape { rows, cols, .. } = spec.shape;
        self.conv_of(spec, &[rows, cols])
    }

    fn conv_of(&mut self, spec: LayerSpec<'_>, tensor: &[usize]) -> Result<Conv, Qwen3Error> {
        let Shape { rows, taps, cols } = spec.shape;
        let name = format!("{}.weight", spec.name);
        let tensor = self.loader.weights.tensor(&name, tensor)?;
        let scale = spec.scale;
        let matrix = self.loader.matrix(
            &name,
            self.loader.precision,
            spec.shape,
            &|row, tap, out| {
                tensor.read_strided(row * cols * taps + tap, taps, out);
                if let Some(scale) = &scale {
                    out.iter_mut().for_each(|x| *x *= scale[row]);
                }
            },
        )?;
        let matrix = if spec.bias {
            let mut bias = self.vector(&format!("{}.bias", spec.name), rows)?;
            if let Some(scale) = &scale {
                bias.iter_mut()
                    .zip(scale)
                    .for_each(|(x, scale)| *x *= scale);
            }
            matrix.with_bias(bias)
        } else {
            matrix
        };
        let offsets = (0..taps).map(|tap| tap * spec.dilation).collect();
        Ok(self.finish(matrix, offsets))
    }

    /// Plain products of one input, stacked: each has a name without `.weight`, and rows.
    pub(super) fn stacked(
        &mut self,
        parts: &[(String, usize)],
        cols: usize,
    ) -> Result<Conv, Qwen3Error> {
        let tensors: Vec<_> = parts
            .iter()
            .map(|(name, rows)| (format!("{name}.weight"), *rows))
            .collect();
        let matrix = self.loader.stacked(&tensors, cols)?;
        Ok(self.finish(matrix, vec![0]))
    }

    /// A transposed convolution that makes `rate` rows of each, its kernel `taps` × `rate` long and
    /// what reaches beyond the last row cut off: row `t` of the result, seen as `rate` rows, is a
    /// product of the input's rows `t` − `taps` + 1 … `t`. `weight` is cols × rows × kernel.
    pub(super) fn transposed(
        &mut self,
        name: &str,
        shape: Shape,
        rate: usize,
    ) -> Result<Conv, Qwen3Error> {
        let Shape { rows, taps, cols } = shape;
        let weight = format!("{name}.weight");
        let tensor = self
            .loader
            .weights
            .tensor(&weight, &[cols, rows, taps * rate])?;
        // Computed only where nothing was packed before.
        let transposed = OnceLock::new();
        let matrix = self.loader.matrix(
            &weight,
            self.loader.precision,
            Shape {
                rows: rate * rows,
                taps,
                cols,
            },
            &|row, tap, out| {
                let (step, row) = (row / rows, row % rows);
                // The oldest input, tap 0, is multiplied by the end of the kernel.
                let at = row * taps * rate + (taps - 1 - tap) * rate + step;
                let transposed = transposed.get_or_init(|| transpose(&tensor));
                out.copy_from_slice(&transposed[at * cols..][..cols]);
            },
        )?;
        let bias = self.vector(&format!("{name}.bias"), rows)?.repeat(rate);
        Ok(self.finish(matrix.with_bias(bias), (0..taps).collect()))
    }

    /// A layer of a matrix that was made elsewhere.
    pub(super) fn finish(&mut self, matrix: Matrix, offsets: Vec<usize>) -> Conv {
        let mut history = matrix.activations();
        history.push_zeros(offsets.last().copied().unwrap_or_default());
        self.histories.push(history);
        Conv::new(matrix, offsets, self.histories.len() - 1)
    }
}

/// The numbers of a tensor with its first dimension innermost.
fn transpose(tensor: &Tensor<'_>) -> Vec<f32> {
    /// Numbers of a cache line: so many rows are read at once, so that lines are written whole.
    const ROWS_PER_BLOCK: usize = 16;
    let outer = tensor.shape().first().copied().unwrap_or(1);
    let inner = tensor.len() / outer.max(1);
    let mut transposed = vec![0.0; tensor.len()];
    let mut rows = vec![0.0; ROWS_PER_BLOCK * inner];
    for first in (0..outer).step_by(ROWS_PER_BLOCK) {
        let count = ROWS_PER_BLOCK.min(outer - first);
        tensor.read(first * inner, &mut rows[..count * inner]);
        for at in 0..inner {
            let line = &mut transposed[at * outer + first..][..count];
            for (number, out) in line.iter_mut().enumerate() {
                *out = rows[number * inner + at];
            }
        }
    }
    transposed
}
