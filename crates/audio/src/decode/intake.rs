//! Where decoded samples arrive: limits, mixing to one channel, and the rate asked for.

use std::time::Duration;

use super::{Container, DecodeError, DecodeLimits, DecodeOptions, Decoded};
use crate::{Clip, Resampler, SampleRate};

/// Louder than this (+60 dBFS) no sound is: it is integers that somebody called floats.
const MAX_LEVEL: f32 = 1000.0;

/// How many samples are mixed at once.
const MIX_SAMPLES: usize = 4096;

pub(super) struct Intake<'a> {
    container: Container,
    limits: &'a DecodeLimits,
    to: Option<SampleRate>,
    cancelled: &'a (dyn Fn() -> bool + Sync),
    stream: Option<Stream>,
}

struct Stream {
    rate: SampleRate,
    channels: u16,
    /// Mono samples taken at the file's rate.
    taken: usize,
    max_samples: usize,
    resampler: Option<Resampler>,
    samples: Vec<f32>,
}

impl<'a> Intake<'a> {
    pub(super) const fn new(container: Container, options: &'a DecodeOptions<'a>) -> Self {
        Self {
            container,
            limits: &options.limits,
            to: options.rate,
            cancelled: options.cancelled,
            stream: None,
        }
    }

    pub(super) const fn container(&self) -> Container {
        self.container
    }

    /// Says what is about to come. Must be called before anything is allocated by these
    /// numbers; may be called again, with the same rate.
    pub(super) fn begin(&mut self, hz: u32, channels: usize) -> Result<(), DecodeError> {
        let rate = SampleRate::new(hz)
            .ok()
            .filter(|rate| *rate <= self.limits.max_rate);
        let rate = rate.ok_or(DecodeError::Rate {
            hz,
            min_hz: SampleRate::MIN_HZ,
            max_hz: self.limits.max_rate.hz(),
        })?;
        if channels == 0 {
            return Err(self.container.malformed("it has no channels"));
        }
        let max_channels = self.limits.max_channels;
        let channels = u16::try_from(channels)
            .ok()
            .filter(|channels| *channels <= max_channels)
            .ok_or(DecodeError::TooManyChannels {
                channels,
                max_channels,
            })?;
        if let Some(stream) = &mut self.stream {
            if stream.rate != rate {
                return Err(self
                    .container
                    .malformed("its sample rate changes on the way"));
            }
            stream.channels = stream.channels.max(channels);
            return Ok(());
        }
        let resampler = match self.to {
            Some(to) if to != rate => Some(
                Resampler::new(rate, to)
                    .map_err(|error| self.container.unsupported(error.to_string()))?,
            ),
            _ => None,
        };
        self.stream = Some(Stream {
            rate,
            channels,
            taken: 0,
            max_samples: rate.samples_in(self.limits.max_duration),
            resampler,
            samples: Vec::new(),
        });
        Ok(())
    }

    /// Checks a length that a header tells, in samples per channel at `hz`.
    pub(super) fn expect(&self, samples: u64, hz: u32) -> Result<(), DecodeError> {
        let max = self.limits.max_duration.as_nanos() * u128::from(hz);
        if u128::from(samples) * 1_000_000_000 > max {
            return Err(self.too_long());
        }
        Ok(())
    }

    /// Checks a length that a header tells, as a time.
    pub(super) fn expect_duration(&self, length: Duration) -> Result<(), DecodeError> {
        if length > self.limits.max_duration {
            Err(self.too_long())
        } else {
            Ok(())
        }
    }

    /// Takes interleaved samples of as many channels.
    pub(super) fn push(&mut self, channels: usize, interleaved: &[f32]) -> Result<(), DecodeError> {
        if (self.cancelled)() {
            return Err(DecodeError::Cancelled);
        }
        let Some(stream) = &mut self.stream else {
            return Err(self.container.malformed("it has samples before a header"));
        };
        let frames = interleaved.len() / channels.max(1);
        if stream.max_samples - stream.taken < frames {
            return Err(self.too_long());
        }
        stream.taken += frames;
        for block in interleaved.chunks(MIX_SAMPLES * channels.max(1)) {
            let mixed = mix(channels, block);
            if let Some(wrong) = mixed.iter().find(|s| s.is_nan() || s.abs() > MAX_LEVEL) {
                let reason = if wrong.is_finite() {
                    "its samples are far beyond full scale; floats are between -1 and 1"
                } else {
                    "a sample is not a finite number"
                };
                return Err(self.container.malformed(reason));
            }
            match &mut stream.resampler {
                Some(resampler) => stream.samples.extend(resampler.push(&mixed)),
                None => stream.samples.extend(mixed),
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Decoded, DecodeError> {
        let container = self.container;
        let mut stream = self.stream.ok_or(DecodeError::NoAudio { container })?;
        if let Some(resampler) = &mut stream.resampler {
            stream.samples.extend(resampler.finish());
        }
        if stream.samples.is_empty() {
            return Err(DecodeError::NoAudio { container });
        }
        let rate = self.to.unwrap_or(stream.rate);
        Ok(Decoded {
            clip: Clip::new(rate, stream.samples),
            container: container.as_str(),
            channels: stream.channels,
        })
    }

    fn too_long(&self) -> DecodeError {
        DecodeError::TooLong {
            max_seconds: self.limits.max_duration.as_secs(),
        }
    }
}

/// The mean of all channels.
fn mix(channels: usize, interleaved: &[f32]) -> Vec<f32> {
    if channels <= 1 {
        return interleaved.to_vec();
    }
    let scale = 1.0 / channels as f32;
    interleaved
        .chunks_exact(channels)
        .map(|frame| frame.iter().sum::<f32>() * scale)
        .collect()
}
