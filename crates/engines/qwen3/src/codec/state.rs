//! The decoder's state of one utterance.

use super::window::KvWindow;
use crate::kernels::PackedActivations;

/// The state of one utterance: the last inputs of each convolution, and the keys and values in the
/// attention window. [`Decoder::state`](super::Decoder::state) makes a new one, some 6 MB for a
/// released codec.
#[derive(Clone, Debug)]
pub struct CodecState {
    /// Frames decoded so far.
    pub(super) position: usize,
    /// The last input rows of each layer, as [`Builder`](super::builder::Builder) numbered them.
    pub(super) histories: Vec<PackedActivations>,
    /// The last rows before each upsampling stage's convolution within channels.
    pub(super) channels: Vec<Vec<f32>>,
    pub(super) window: KvWindow,
}

impl CodecState {
    /// Frames decoded so far.
    pub const fn frames(&self) -> usize {
        self.position
    }
}
