//! From an engine's pieces to one stream: resampled, joined, at the wished speed.

use std::time::Duration;

use mynah_audio::{Clip, Joiner, Pauses, Resampler, SampleRate, Speed, Stretcher};
use mynah_speech::text::Boundary;

use crate::plan::RATE;

/// The way of the sound of one request. Pieces go through one after the other.
pub(crate) struct AudioChain {
    pauses: Pauses,
    speed: Speed,
    /// Made at the first clip, for the engine's rate is not known before.
    resampler: Option<Resampler>,
    joiner: Joiner,
    stretcher: Stretcher,
}

impl AudioChain {
    pub(crate) fn new(speed: Speed, pauses: Pauses) -> Self {
        let (joiner, stretcher) = (Joiner::new(RATE), Stretcher::new(RATE, speed));
        Self {
            pauses,
            speed,
            resampler: None,
            joiner,
            stretcher,
        }
    }

    /// Takes the next clip of a piece and gives what is ready to be heard. The error is for a
    /// rate that cannot be converted.
    pub(crate) fn push(&mut self, clip: &Clip) -> Result<Vec<f32>, UnsupportedRate> {
        if self
            .resampler
            .as_ref()
            .is_none_or(|resampler| resampler.from() != clip.rate)
        {
            let resampler =
                Resampler::new(clip.rate, RATE).map_err(|_| UnsupportedRate(clip.rate))?;
            self.resampler = Some(resampler);
        }
        let samples = match &mut self.resampler {
            Some(resampler) => resampler.push(&clip.samples),
            None => Vec::new(),
        };
        Ok(self.stretcher.push(&self.joiner.push(&samples)))
    }

    /// Ends a piece. A pause that the text orders takes the place of the one after the boundary,
    /// and lasts as long at every speed.
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
        let mut ready = self.stretcher.push(&samples);
        if let Some(length) = ordered {
            ready.extend(self.silence(length));
        }
        ready
    }

    /// Silence of this length in the take.
    pub(crate) fn silence(&mut self, length: Duration) -> Vec<f32> {
        let samples = RATE.samples_in(length.mul_f64(self.speed.factor().into()));
        self.stretcher.push(&vec![0.0; samples])
    }

    /// Ends the take.
    pub(crate) fn finish(self) -> Vec<f32> {
        let Self {
            joiner,
            mut stretcher,
            ..
        } = self;
        let mut samples = stretcher.push(&joiner.finish());
        samples.extend(stretcher.finish());
        samples
    }
}

/// A rate from which there is no way to that of the take.
#[derive(Debug)]
pub(crate) struct UnsupportedRate(pub(crate) SampleRate);
