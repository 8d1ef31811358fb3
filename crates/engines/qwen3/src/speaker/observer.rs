//! Observers of intermediate results.

/// Receives the rows of each stage. The default methods do nothing.
pub trait SpeakerObserver {
    /// The mel spectrogram, row by row.
    fn mel(&mut self, _rows: &[f32]) {}

    /// The rows behind the first convolution (0) and behind each block.
    fn block(&mut self, _number: usize, _rows: &[f32]) {}

    /// The rows after the aggregation of the blocks.
    fn aggregate(&mut self, _rows: &[f32]) {}

    /// The pooled row: means, then deviations.
    fn pooled(&mut self, _row: &[f32]) {}
}

/// Ignores everything.
impl SpeakerObserver for () {}
