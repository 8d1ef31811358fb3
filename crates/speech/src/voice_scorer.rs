//! Is that speech? The question asked of one frame at a time.

use mynah_audio::SampleRate;

/// A model that scores how likely a frame holds speech. One per stream: it has state.
pub trait VoiceScorer: Send {
    /// The rate at which it listens.
    fn rate(&self) -> SampleRate;

    /// How many samples a frame has.
    fn frame_samples(&self) -> usize;

    /// The likelihood of speech, 0…1, in the next frame of exactly [`Self::frame_samples`].
    fn score(&mut self, frame: &[f32]) -> f32;

    /// Whether a whole segment that was closed may be speech: asked once for each, with all its
    /// samples. A scorer that takes music or tones for speech, frame by frame, can correct that here.
    fn may_be_speech(&self, _segment: &[f32]) -> bool {
        true
    }

    /// Forgets all frames before: the next score depends on nothing earlier.
    fn reset(&mut self);
}
