//! The default voice activity detector.

use earshot::Detector;
use mynah_audio::SampleRate;
use mynah_speech::VoiceScorer;

/// Samples of one inference: 16 ms at 16 kHz.
const FRAME_SAMPLES: usize = 256;

/// The network of earshot <https://crates.io/crates/earshot>. The engine crate of that name is in
/// the same layer, so it cannot be used here.
pub(super) struct Earshot(Box<Detector>);

impl Earshot {
    pub(super) fn new() -> Self {
        Self(Detector::default_boxed())
    }
}

impl VoiceScorer for Earshot {
    fn rate(&self) -> SampleRate {
        SampleRate::HZ_16000
    }

    fn frame_samples(&self) -> usize {
        FRAME_SAMPLES
    }

    fn score(&mut self, frame: &[f32]) -> f32 {
        // Decoded samples are finite; a resampler overshoots, and a float file holds anything.
        let clean: Vec<f32> = frame.iter().map(|x| x.clamp(-1.0, 1.0)).collect();
        self.0.predict_f32(&clean)
    }

    fn reset(&mut self) {
        self.0.reset();
    }
}
