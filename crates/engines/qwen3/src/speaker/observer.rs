//! Who wants to see what passes.

/// Sees the rows of each stage on their way. All methods do nothing unless they are written.
pub trait SpeakerObserver {
    /// The mel spectrogram, moment by moment.
    fn mel(&mut self, _rows: &[f32]) {}

    /// The rows behind the first convolution (0) and behind each block.
    fn block(&mut self, _number: usize, _rows: &[f32]) {}

    /// The rows that join what the blocks heard.
    fn aggregate(&mut self, _rows: &[f32]) {}

    /// What is left of them over all of time: means, then deviations.
    fn pooled(&mut self, _row: &[f32]) {}
}

/// Looks away.
impl SpeakerObserver for () {}
