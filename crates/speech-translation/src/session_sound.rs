//! Sound as a session over the network has it, which is what every recording goes through.

use mynah_audio::{Clip, ResampleError, Resampler, SampleRate, to_16_bits};

/// The rate of a session's sound on its way to the detector.
pub const SESSION_RATE: SampleRate = SampleRate::HZ_24000;

/// Turns a stream of sound into a session's: 24 kHz, every sample one of the values that 16 bits
/// have. A recording says the same words whether it is transcribed, interpreted here, or sent to a
/// gateway, because all three hand the detector these very samples.
pub(crate) struct SessionSound {
    resampler: Resampler,
}

impl SessionSound {
    /// From this rate.
    pub(crate) fn new(from: SampleRate) -> Result<Self, ResampleError> {
        let resampler = Resampler::new(from, SESSION_RATE)?;
        Ok(Self { resampler })
    }

    /// The rate of what goes in.
    pub(crate) const fn from(&self) -> SampleRate {
        self.resampler.from()
    }

    /// Takes the next samples and returns those that are finished.
    pub(crate) fn push(&mut self, samples: &[f32]) -> Clip {
        rounded(self.resampler.push(samples))
    }

    /// Returns what is left.
    pub(crate) fn finish(&mut self) -> Clip {
        rounded(self.resampler.finish())
    }
}

/// A whole recording as a session's sound.
pub fn session_sound(clip: &Clip) -> Clip {
    rounded(mynah_audio::resample(clip, SESSION_RATE).samples)
}

fn rounded(mut samples: Vec<f32>) -> Clip {
    to_16_bits(&mut samples);
    Clip::new(SESSION_RATE, samples)
}
