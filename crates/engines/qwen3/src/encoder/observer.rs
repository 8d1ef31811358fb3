//! Who wants to see what passes.

/// Sees the rows of each stage on their way. All methods do nothing unless they are written.
pub trait EncoderObserver {
    /// The next rows behind `encoder.encoder.layers.{layer}`, a convolution or residual block.
    fn convolved(&mut self, _layer: usize, _rows: &[f32]) {}

    /// All rows behind the transformer.
    fn transformer(&mut self, _rows: &[f32]) {}

    /// All rows behind the last convolution, which meet the codebooks.
    fn downsampled(&mut self, _rows: &[f32]) {}
}

/// Looks away.
impl EncoderObserver for () {}
