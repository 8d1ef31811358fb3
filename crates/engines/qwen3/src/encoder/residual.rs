//! A residual block: x + narrow kernel of one (ELU (wide kernel (ELU (x)))).

use crate::Result;
use crate::kernels::{Team, ops};
use crate::weights::Loader;

use super::convolution::{Before, Convolution, Memory};

/// Two convolutions beside a skip.
#[derive(Debug)]
pub(super) struct Residual {
    narrow: Convolution,
    wide: Convolution,
}

/// What a block remembers of a stream, and its buffers.
#[derive(Debug)]
pub(super) struct ResidualMemory {
    narrow: Memory,
    wide: Memory,
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
    ) -> Result<Self> {
        let part = |part: &str| format!("{name}.block.{part}");
        Ok(Self {
            narrow: Convolution::load(loader, &part("1"), inner, width, kernel, 1)?,
            wide: Convolution::load(loader, &part("3"), width, inner, 1, 1)?,
        })
    }

    /// The memory of a stream that has not begun.
    pub(super) fn memory(&self) -> ResidualMemory {
        ResidualMemory {
            narrow: self.narrow.input(Before::Silence),
            wide: self.wide.input(Before::Silence),
            inner: Vec::new(),
            added: Vec::new(),
        }
    }

    /// Passes the next rows of the stream, in place.
    pub(super) fn forward(&self, team: &Team, memory: &mut ResidualMemory, rows: &mut [f32]) {
        let ResidualMemory {
            narrow,
            wide,
            inner,
            added,
        } = memory;
        self.narrow.forward(team, narrow, rows, &ops::elu, inner);
        self.wide.forward(team, wide, inner, &ops::elu, added);
        ops::add(rows, added);
    }
}
