//! From an engine's clips to one stream: resampled, joined, at the requested speed, pitch and level.

use std::time::Duration;

use mynah_audio::{Clip, Joiner, Pauses, Resampler, SampleRate, Speed, Stretcher};
use mynah_speech::Prosody;
use mynah_speech::text::Boundary;

use crate::plan::RATE;

/// The audio processing of one request. Chunks are processed one after the other.
pub(crate) struct AudioChain {
    pauses: Pauses,
    speed: Speed,
    prosody: Prosody,
    /// Created at the first clip, which has the engine's rate.
    resampler: Option<Resampler>,
    joiner: Joiner,
    stretcher: Stretcher,
    /// The factor of the samples.
    gain: f32,
}

impl AudioChain {
    /// `speed` is that of the request and of the prosody.
    pub(crate) fn new(speed: Speed, prosody: Prosody, pauses: Pauses) -> Self {
        let joiner = Joiner::new(RATE);
        let stretcher = Stretcher::new(RATE, speed, prosody.pitch());
        Self {
            gain: prosody.gain_factor(),
            pauses,
            speed,
            prosody,
            resampler: None,
            joiner,
            stretcher,
        }
    }

    /// Changes speed and prosody from here on, and returns the samples before that are ready.
    pub(crate) fn set(&mut self, speed: Speed, prosody: Prosody) -> Vec<f32> {
        if (self.speed, self.prosody) == (speed, prosody) {
            return Vec::new();
        }
        let stretcher = Stretcher::new(RATE, speed, prosody.pitch());
        let mut before = std::mem::replace(&mut self.stretcher, stretcher).finish();
        amplify(&mut before, self.gain);
        self.speed = speed;
        self.prosody = prosody;
        self.gain = prosody.gain_factor();
        before
    }

    /// Takes the next clip of a chunk and returns the samples that are ready. The error is for a
    /// rate that cannot be converted.
    pub(crate) fn push(&mut self, clip: &Clip) -> Result<Vec<f32>, UnsupportedRate> {
        if self
            .resampler
            .as_ref()
            .is_none_or(|resampler| resampler.source_rate() != clip.rate)
        {
            let resampler =
                Resampler::new(clip.rate, RATE).map_err(|_| UnsupportedRate(clip.rate))?;
            self.resampler = Some(resampler);
        }
        let samples = match &mut self.resampler {
            Some(resampler) => resampler.push(&clip.samples),
            None => Vec::new(),
        };
        let joined = self.joiner.push(&samples);
        Ok(self.process(&joined))
    }

    /// Ends a chunk. A pause from the text replaces the one after the boundary, and has the same
    /// length at every speed.
    pub(crate) fn end_chunk(&mut self, boundary: Boundary, ordered: Option<Duration>) -> Vec<f32> {
        let rest = self
            .resampler
            .as_mut()
            .map(Resampler::finish)
            .unwrap_or_default();
        let mut samples = self.joiner.push(&rest);
        samples.extend(self.joiner.end_chunk(match boundary {
            _ if ordered.is_some() => Duration::ZERO,
            Boundary::Cut => self.pauses.cut(),
            Boundary::Clause => self.pauses.clause(),
            Boundary::Sentence => self.pauses.sentence(),
            Boundary::Paragraph => self.pauses.paragraph(),
        }));
        let mut ready = self.process(&samples);
        if let Some(length) = ordered {
            ready.extend(self.silence(length));
        }
        ready
    }

    /// Silence of this length in the take.
    pub(crate) fn silence(&mut self, length: Duration) -> Vec<f32> {
        let samples = RATE.samples_in(length.mul_f64(self.speed.factor().into()));
        self.process(&vec![0.0; samples])
    }

    /// The samples at the requested speed, pitch and level.
    fn process(&mut self, samples: &[f32]) -> Vec<f32> {
        let mut ready = self.stretcher.push(samples);
        amplify(&mut ready, self.gain);
        ready
    }

    /// Ends the take.
    pub(crate) fn finish(self) -> Vec<f32> {
        let Self {
            joiner,
            mut stretcher,
            gain,
            ..
        } = self;
        let mut samples = stretcher.push(&joiner.finish());
        samples.extend(stretcher.finish());
        amplify(&mut samples, gain);
        samples
    }
}

fn amplify(samples: &mut [f32], factor: f32) {
    if factor != 1.0 {
        samples.iter_mut().for_each(|sample| *sample *= factor);
    }
}

/// A sample rate that cannot be converted.
#[derive(Debug)]
pub(crate) struct UnsupportedRate(pub(crate) SampleRate);
