//! Audio in the form of a session over the network, to which every recording is converted.

use mynah_audio::{Clip, ResampleError, Resampler, SampleRate, to_16_bits};

/// The rate of a session's audio before the detector.
pub const SESSION_RATE: SampleRate = SampleRate::HZ_24000;

/// Converts a stream to session audio: 24 kHz, in 16 bits. A recording has the same words whether
/// it is transcribed, interpreted locally, or sent to a gateway, because the detector receives the
/// same samples in all three.
pub(crate) struct SessionAudio {
    resampler: Resampler,
}

impl SessionAudio {
    /// From this rate.
    pub(crate) fn new(source: SampleRate) -> Result<Self, ResampleError> {
        let resampler = Resampler::new(source, SESSION_RATE)?;
        Ok(Self { resampler })
    }

    /// The rate of the input.
    pub(crate) const fn source_rate(&self) -> SampleRate {
        self.resampler.source_rate()
    }

    /// Takes the next samples and returns those that are finished.
    pub(crate) fn push(&mut self, samples: &[f32]) -> Clip {
        quantized(self.resampler.push(samples))
    }

    /// Returns the rest.
    pub(crate) fn finish(&mut self) -> Clip {
        quantized(self.resampler.finish())
    }
}

/// A whole recording as session audio.
pub fn session_audio(clip: &Clip) -> Clip {
    quantized(mynah_audio::resample(clip, SESSION_RATE).samples)
}

fn quantized(mut samples: Vec<f32>) -> Clip {
    to_16_bits(&mut samples);
    Clip::new(SESSION_RATE, samples)
}
