//! A residual block: x + narrow kernel of one (ELU (wide kernel (ELU (x)))).

use crate::Qwen3Error;
use crate::kernels::{ThreadPool, ops};
use crate::weights::Loader;

use super::convolution::{CausalConvolution, ConvolutionState, Padding};

/// Two convolutions beside a skip.
#[derive(Debug)]
pub(super) struct Residual {
    narrow: CausalConvolution,
    wide: CausalConvolution,
}

/// The state of a block over a stream, and its buffers.
#[derive(Debug)]
pub(super) struct ResidualState {
    narrow: ConvolutionState,
    wide: ConvolutionState,
    inner: Vec<f32>,
    added: Vec<f32>,
}

impl Residual {
    /// Reads `{name}.block.{1,3}`.
    pub(super) fn load(
        loader: &Loader<'_>,
        name: &str,
        width: usize,
        inner: usize,
        kernel: usize,
    ) -> Result<Self, Qwen3Error> {
        let part = |part: &str| format!("{name}.block.{part}");
        Ok(Self {
            narrow: CausalConvolution::load(loader, &part("1"), inner, width, kernel, 1)?,
            wide: CausalConvolution::load(loader, &part("3"), width, inner, 1, 1)?,
        })
    }

    /// The state of a new stream.
    pub(super) fn state(&self) -> ResidualState {
        ResidualState {
            narrow: self.narrow.state(Padding::Zeros),
            wide: self.wide.state(Padding::Zeros),
            inner: Vec::new(),
            added: Vec::new(),
        }
    }

    /// Processes the next rows of the stream, in place.
    pub(super) fn forward(&self, pool: &ThreadPool, state: &mut ResidualState, rows: &mut [f32]) {
        let ResidualState {
            narrow,
            wide,
            inner,
            added,
        } = state;
        self.narrow.forward(pool, narrow, rows, &ops::elu, inner);
        self.wide.forward(pool, wide, inner, &ops::elu, added);
        ops::add(rows, added);
    }
}
