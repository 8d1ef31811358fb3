//! Voice activity of tones.

use mynah_audio::SampleRate;
use mynah_speech::VoiceScorer;

use crate::code::RATE;

/// The power above which a frame counts as a tone: −50 dBFS.
const THRESHOLD_POWER: f32 = 1e-5;

/// A voice detector for tones: all that is not silent is speech. It has no memory.
#[derive(Clone, Copy, Debug, Default)]
pub struct ToneScorer;

impl VoiceScorer for ToneScorer {
    fn rate(&self) -> SampleRate {
        RATE
    }

    fn frame_samples(&self) -> usize {
        256
    }

    fn score(&mut self, frame: &[f32]) -> f32 {
        let power: f32 = frame.iter().map(|sample| sample * sample).sum::<f32>();
        if power > THRESHOLD_POWER * frame.len() as f32 {
            1.0
        } else {
            0.0
        }
    }

    fn reset(&mut self) {}
}
