//! The likelihood of speech in a stream, frame by frame.

use std::fmt;
use std::sync::Arc;

use mynah_audio::SampleRate;

/// A model that scores how likely a frame holds speech. One per stream: it has state.
pub trait VoiceScorer: Send {
    /// The rate of its frames.
    fn rate(&self) -> SampleRate;

    /// How many samples a frame has.
    fn frame_samples(&self) -> usize;

    /// The likelihood of speech, 0…1, in the next frame of exactly [`Self::frame_samples`].
    fn score(&mut self, frame: &[f32]) -> f32;

    /// Discards the state: the next score depends on no frame before it.
    fn reset(&mut self);
}

/// Makes voice scorers, one for each stream. Clones make the same.
#[derive(Clone)]
pub struct ScorerFactory(Arc<dyn Fn() -> Box<dyn VoiceScorer> + Send + Sync>);

impl ScorerFactory {
    /// A factory by a function.
    pub fn new(make: impl Fn() -> Box<dyn VoiceScorer> + Send + Sync + 'static) -> Self {
        Self(Arc::new(make))
    }

    /// A scorer for a new stream.
    pub fn scorer(&self) -> Box<dyn VoiceScorer> {
        (self.0)()
    }
}

impl fmt::Debug for ScorerFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ScorerFactory")
    }
}

/// Whether both are clones of one factory.
impl PartialEq for ScorerFactory {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for ScorerFactory {}
