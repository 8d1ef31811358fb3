//! A voice activity detector for sounds that are not speech.

use mynah_audio::SampleRate;
use mynah_speech::VoiceScorer;

/// Scores as speech what is above −20 dBFS.
pub(crate) struct Loud;

impl VoiceScorer for Loud {
    fn rate(&self) -> SampleRate {
        SampleRate::HZ_16000
    }

    fn frame_samples(&self) -> usize {
        256
    }

    fn score(&mut self, frame: &[f32]) -> f32 {
        let power = frame.iter().map(|x| x * x).sum::<f32>() / frame.len() as f32;
        if power > 0.01 { 0.9 } else { 0.1 }
    }

    fn reset(&mut self) {}
}
