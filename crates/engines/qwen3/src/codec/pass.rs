//! What every layer of one pass shares.

use super::state::CodecState;
use crate::kernels::{PackedActivations, ThreadPool};

/// One pass through the decoder: some frames of some utterances, stacked in one column of rows.
pub(super) struct Pass<'a, 's> {
    pub(super) pool: &'a ThreadPool,
    /// What each utterance remembers.
    pub(super) states: &'a mut [&'s mut CodecState],
    /// How many frames each of them brings.
    pub(super) frames: &'a [usize],
    pub(super) columns: &'a mut LayerInput,
}

/// The input of the present layer; one memory for all of them.
#[derive(Debug)]
pub(super) struct LayerInput {
    /// For each utterance what it remembers of this layer's input, then its new rows.
    pub(super) input: PackedActivations,
    /// The first row that each column of the result reads.
    pub(super) starts: Vec<usize>,
}

impl Pass<'_, '_> {
    /// Rows of all utterances where each frame has become `rate` rows.
    pub(super) fn rows(&self, rate: usize) -> usize {
        self.frames.iter().sum::<usize>() * rate
    }
}
