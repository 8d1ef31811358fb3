//! The convolutions: from 24 000 samples a second to 25 rows.

use crate::Qwen3Error;
use crate::config::EncoderConfig;
use crate::kernels::{ThreadPool, ops};
use crate::weights::Loader;

use super::convolution::{CausalConvolution, ConvolutionState, Padding};
use super::observer::EncoderObserver;
use super::residual::{Residual, ResidualState};

/// Where they are among the tensors.
const PREFIX: &str = "encoder.encoder.layers";

/// A first convolution, stages with growing receptive fields, and a last convolution.
#[derive(Debug)]
pub(super) struct Seanet {
    first: CausalConvolution,
    stages: Vec<DownsampleStage>,
    last: CausalConvolution,
}

/// A residual block, then a convolution that strides and doubles the width.
#[derive(Debug)]
struct DownsampleStage {
    residual: Residual,
    down: CausalConvolution,
}

/// The state of the convolutions over one stream, and their buffers.
#[derive(Debug)]
pub(super) struct EncoderWorkspace {
    first: ConvolutionState,
    stages: Vec<(ResidualState, ConvolutionState)>,
    last: ConvolutionState,
    rows: Vec<f32>,
    next: Vec<f32>,
}

impl EncoderWorkspace {
    /// The rows of the last block.
    pub(super) fn rows(&self) -> &[f32] {
        &self.rows
    }
}

impl Seanet {
    pub(super) fn load(loader: &Loader<'_>, config: &EncoderConfig) -> Result<Self, Qwen3Error> {
        let mut width = config.num_filters;
        let name = |layer: usize| format!("{PREFIX}.{layer}");
        let first = CausalConvolution::load(loader, &name(0), width, 1, config.kernel_size, 1)?;
        let mut stages = Vec::new();
        for (number, stride) in config.strides().enumerate() {
            // A stage is three modules: the block, its activation and the convolution.
            let layer = 1 + 3 * number;
            stages.push(DownsampleStage {
                residual: Residual::load(
                    loader,
                    &name(layer),
                    width,
                    width / config.compress,
                    config.residual_kernel_size,
                )?,
                down: CausalConvolution::load(
                    loader,
                    &name(layer + 2),
                    2 * width,
                    width,
                    2 * stride,
                    stride,
                )?,
            });
            width *= 2;
        }
        let last = CausalConvolution::load(
            loader,
            &name(3 * stages.len() + 2),
            config.hidden_size,
            width,
            config.last_kernel_size,
            1,
        )?;
        Ok(Self {
            first,
            stages,
            last,
        })
    }

    /// The workspace of a new stream.
    pub(super) fn workspace(&self) -> EncoderWorkspace {
        let stages = self.stages.iter();
        EncoderWorkspace {
            first: self.first.state(Padding::Zeros),
            stages: stages
                .map(|stage| (stage.residual.state(), stage.down.state(Padding::Zeros)))
                .collect(),
            last: self.last.state(Padding::Zeros),
            rows: Vec::new(),
            next: Vec::new(),
        }
    }

    /// Takes the next samples of the stream; the rows they become are in the workspace. All blocks
    /// but the last are multiples of the strides' product.
    pub(super) fn forward(
        &self,
        pool: &ThreadPool,
        work: &mut EncoderWorkspace,
        samples: &[f32],
        observer: &mut dyn EncoderObserver,
    ) {
        let EncoderWorkspace {
            first,
            stages,
            last,
            rows,
            next,
        } = work;
        self.first.forward(pool, first, samples, &|_| {}, rows);
        observer.convolved(0, rows);
        for (number, (stage, (residual, down))) in self.stages.iter().zip(stages).enumerate() {
            let layer = 1 + 3 * number;
            stage.residual.forward(pool, residual, rows);
            observer.convolved(layer, rows);
            stage.down.forward(pool, down, rows, &ops::elu, next);
            observer.convolved(layer + 2, next);
            std::mem::swap(rows, next);
        }
        self.last.forward(pool, last, rows, &ops::elu, next);
        observer.convolved(3 * self.stages.len() + 2, next);
        std::mem::swap(rows, next);
    }
}
