//! What the layers of one pass share.

use super::state::CodecState;
use crate::kernels::{PackedActivations, ThreadPool};

/// One pass through the decoder: some frames of some utterances, stacked in one column of rows.
pub(super) struct Pass<'a, 's> {
    pub(super) pool: &'a ThreadPool,
    /// The state of each utterance.
    pub(super) states: &'a mut [&'s mut CodecState],
    /// How many frames each of them has.
    pub(super) frames: &'a [usize],
    pub(super) columns: &'a mut LayerInput,
}

/// The input of the current layer; one buffer for all layers.
#[derive(Debug)]
pub(super) struct LayerInput {
    /// For each utterance its history of this layer's input, then its new rows.
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
