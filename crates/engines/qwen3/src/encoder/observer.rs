//! Observers of intermediate results.

/// Receives the rows of each stage. The default methods do nothing.
pub trait EncoderObserver {
    /// The next rows behind `encoder.encoder.layers.{layer}`, a convolution or residual block.
    fn convolved(&mut self, _layer: usize, _rows: &[f32]) {}

    /// All rows behind the transformer.
    fn transformer(&mut self, _rows: &[f32]) {}

    /// All rows after the last convolution, which are quantized.
    fn downsampled(&mut self, _rows: &[f32]) {}
}

/// Ignores everything.
impl EncoderObserver for () {}
