//! Voice activity by Silero VAD <https://github.com/snakers4/silero-vad>: a small recurrent network,
//! built in, computed by `rten` in pure Rust.

mod network;

use mynah_audio::SampleRate;
use mynah_speech::VoiceScorer;

use network::{CONTEXT_SAMPLES, FRAME_SAMPLES, INPUT_SAMPLES, Network, STATE_SIZE};

/// Scores frames of 512 samples (32 ms) at 16 kHz; about 3.5 kB of state per stream. All scorers
/// share one network, which is read when the first of them is made.
pub struct Silero {
    network: &'static Network,
    /// The last samples of the frame before, then the frame: the network's input.
    input: [f32; INPUT_SAMPLES],
    /// The hidden and cell state of the recurrent layer.
    state: [f32; STATE_SIZE],
    /// Frames of digital silence up to the last one.
    silent_frames: usize,
    last_score: f32,
}

/// Frames of digital silence after which the state is kept: it no longer changes noticeably, and a
/// muted microphone should cost nothing.
const SETTLED_FRAMES: usize = 32;

impl Silero {
    /// A scorer for a new stream.
    pub fn new() -> Self {
        Self {
            network: Network::shared(),
            input: [0.0; INPUT_SAMPLES],
            state: [0.0; STATE_SIZE],
            silent_frames: 0,
            last_score: 0.0,
        }
    }
}

impl Default for Silero {
    fn default() -> Self {
        Self::new()
    }
}

impl VoiceScorer for Silero {
    fn rate(&self) -> SampleRate {
        SampleRate::HZ_16000
    }

    fn frame_samples(&self) -> usize {
        FRAME_SAMPLES
    }

    fn score(&mut self, frame: &[f32]) -> f32 {
        let is_silent = frame.iter().all(|sample| *sample == 0.0);
        self.silent_frames = if is_silent { self.silent_frames + 1 } else { 0 };
        if self.silent_frames > SETTLED_FRAMES {
            return self.last_score;
        }
        self.input.copy_within(FRAME_SAMPLES.., 0);
        for (own, sample) in self.input[CONTEXT_SAMPLES..].iter_mut().zip(frame) {
            // A float file may hold anything, and a resampler may overshoot: the network was
            // trained on -1…1, and a NaN would stay in its state.
            *own = if sample.is_finite() {
                sample.clamp(-1.0, 1.0)
            } else {
                0.0
            };
        }
        self.last_score = self.network.run(&self.input, &mut self.state);
        self.last_score
    }

    fn reset(&mut self) {
        self.input.fill(0.0);
        self.state.fill(0.0);
        self.silent_frames = 0;
        self.last_score = 0.0;
    }
}
