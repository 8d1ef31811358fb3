//! Voice activity by earshot <https://crates.io/crates/earshot>: a small network, in pure Rust.

use earshot::Detector;
use mynah_audio::SampleRate;
use mynah_speech::VoiceScorer;
use mynah_speech::voice_activity::speech_check;

/// Samples that the network looks at in one go: 16 ms at 16 kHz.
const FRAME_SAMPLES: usize = 256;

/// Scores frames of 16 ms; about 8 KiB of state a stream.
pub struct Earshot {
    detector: Box<Detector>,
}

impl Earshot {
    /// A scorer for a new stream.
    pub fn new() -> Self {
        Self {
            detector: Detector::default_boxed(),
        }
    }
}

impl Default for Earshot {
    fn default() -> Self {
        Self::new()
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
        // The network wants samples in −1…1; a resampler may overshoot, and a float file may hold
        // anything. NaN becomes silence.
        let clean = |&sample: &f32| {
            if sample.is_nan() {
                0.0
            } else {
                sample.clamp(-1.0, 1.0)
            }
        };
        let frame: Vec<f32> = frame.iter().map(clean).collect();
        self.detector.predict_f32(&frame)
    }

    /// The network was trained on noise, not on music: by itself it takes most of it for speech.
    fn may_be_speech(&self, segment: &[f32]) -> bool {
        speech_check::may_be_speech(segment)
    }

    fn reset(&mut self) {
        self.detector.reset();
    }
}
