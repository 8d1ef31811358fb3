//! The convolutions: from 24 000 samples a second to 25 rows.

use crate::Result;
use crate::config::EncoderConfig;
use crate::kernels::{Team, ops};
use crate::weights::Loader;

use super::convolution::{Before, Convolution, Memory};
use super::observer::EncoderObserver;
use super::residual::{Residual, ResidualMemory};

/// Where they are among the tensors.
const PREFIX: &str = "encoder.encoder.layers";

/// A first convolution, stages that each hear over a wider span, and a last convolution.
#[derive(Debug)]
pub(super) struct Seanet {
    first: Convolution,
    stages: Vec<Stage>,
    last: Convolution,
}

/// A residual block, then a convolution that strides and doubles the width.
#[derive(Debug)]
struct Stage {
    residual: Residual,
    down: Convolution,
}

/// What the convolutions remember of one stream, and their buffers.
#[derive(Debug)]
pub(super) struct Workspace {
    first: Memory,
    stages: Vec<(ResidualMemory, Memory)>,
    last: Memory,
    rows: Vec<f32>,
    next: Vec<f32>,
}

impl Workspace {
    /// The rows that came of the last block.
    pub(super) fn rows(&self) -> &[f32] {
        &self.rows
    }
}

impl Seanet {
    pub(super) fn load(loader: &Loader<'_>, config: &EncoderConfig) -> Result<Self> {
        let mut width = config.num_filters;
        let name = |layer: usize| format!("{PREFIX}.{layer}");
        let first = Convolution::load(loader, &name(0), width, 1, config.kernel_size, 1)?;
        let mut stages = Vec::new();
        for (number, stride) in config.strides().enumerate() {
            // A stage is three modules: the block, its activation and the convolution.
            let layer = 1 + 3 * number;
            stages.push(Stage {
                residual: Residual::load(
                    loader,
                    &name(layer),
                    width,
                    width / config.compress,
                    config.residual_kernel_size,
                )?,
                down: Convolution::load(
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
        let last = Convolution::load(
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

    /// The workspace of a stream that has not begun.
    pub(super) fn workspace(&self) -> Workspace {
        let stages = self.stages.iter();
        Workspace {
            first: self.first.input(Before::Silence),
            stages: stages
                .map(|stage| (stage.residual.memory(), stage.down.input(Before::Silence)))
                .collect(),
            last: self.last.input(Before::Silence),
            rows: Vec::new(),
            next: Vec::new(),
        }
    }

    /// Takes the next samples of the stream; the rows they become are in the workspace. All blocks
    /// but the last are multiples of the strides' product.
    pub(super) fn forward(
        &self,
        team: &Team,
        work: &mut Workspace,
        samples: &[f32],
        observer: &mut dyn EncoderObserver,
    ) {
        let Workspace {
            first,
            stages,
            last,
            rows,
            next,
        } = work;
        self.first.forward(team, first, samples, &|_| {}, rows);
        observer.convolved(0, rows);
        for (number, (stage, (residual, down))) in self.stages.iter().zip(stages).enumerate() {
            let layer = 1 + 3 * number;
            stage.residual.forward(team, residual, rows);
            observer.convolved(layer, rows);
            stage.down.forward(team, down, rows, &ops::elu, next);
            observer.convolved(layer + 2, next);
            std::mem::swap(rows, next);
        }
        self.last.forward(team, last, rows, &ops::elu, next);
        observer.convolved(3 * self.stages.len() + 2, next);
        std::mem::swap(rows, next);
    }
}
