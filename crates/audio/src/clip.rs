//! A run of mono samples and the rate at which they were taken.

use std::fmt;
use std::time::Duration;

/// Samples a second. Between 4 000 and 384 000 Hz: lower rates carry no speech, and no converter has higher ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SampleRate(u32);

impl SampleRate {
    /// What recognizers and voice detectors listen at.
    pub const HZ_16000: Self = Self(16_000);
    /// The rate of all speech that is sent: OpenAI's `pcm`, and the codec of Qwen3-TTS.
    pub const HZ_24000: Self = Self(24_000);
    /// What Opus decodes to.
    pub const HZ_48000: Self = Self(48_000);

    /// The lowest rate accepted, in Hz.
    pub const MIN_HZ: u32 = 4_000;
    /// The highest rate accepted, in Hz.
    pub const MAX_HZ: u32 = 384_000;

    /// A rate in Hz, if it is one that audio can have.
    pub const fn new(hz: u32) -> Result<Self, InvalidRate> {
        if hz < Self::MIN_HZ || hz > Self::MAX_HZ {
            return Err(InvalidRate(hz));
        }
        Ok(Self(hz))
    }

    /// The rate in Hz.
    pub const fn hz(self) -> u32 {
        self.0
    }

    /// How many samples a time takes, rounded down.
    pub fn samples_in(self, time: Duration) -> usize {
        (time.as_nanos() * u128::from(self.0) / 1_000_000_000) as usize
    }

    /// How long a number of samples lasts.
    pub fn duration_of(self, samples: usize) -> Duration {
        Duration::from_nanos((samples as u128 * 1_000_000_000 / u128::from(self.0)) as u64)
    }
}

impl fmt::Display for SampleRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} Hz", self.0)
    }
}

/// A sample rate outside [`SampleRate::MIN_HZ`]…[`SampleRate::MAX_HZ`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sample rate of {0} Hz is outside {min}–{max} Hz", min = SampleRate::MIN_HZ, max = SampleRate::MAX_HZ)]
pub struct InvalidRate(pub u32);

/// Mono samples, nominally in −1…1, at one rate.
#[derive(Clone, Debug, PartialEq)]
pub struct Clip {
    /// Samples a second.
    pub rate: SampleRate,
    /// The samples, oldest first.
    pub samples: Vec<f32>,
}

impl Clip {
    /// A clip of these samples.
    pub const fn new(rate: SampleRate, samples: Vec<f32>) -> Self {
        Self { rate, samples }
    }

    /// A clip of nothing.
    pub const fn empty(rate: SampleRate) -> Self {
        Self::new(rate, Vec::new())
    }

    /// A clip of silence, rounded down to whole samples.
    pub fn silence(rate: SampleRate, time: Duration) -> Self {
        Self::new(rate, vec![0.0; rate.samples_in(time)])
    }

    /// How long it lasts.
    pub fn duration(&self) -> Duration {
        self.rate.duration_of(self.samples.len())
    }

    /// Whether it holds no samples.
    pub const fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }
}
/// Replaces samples that are not finite with silence.
pub fn zero_non_finite(samples: &mut [f32]) {
    for sample in samples.iter_mut().filter(|sample| !sample.is_finite()) {
        *sample = 0.0;
    }
}

/// Rounds samples to the nearest of the values that 16 bits have, as every PCM of 16 bits does.
/// Values beyond −1…1 are clipped, and NaN is silence.
pub fn to_16_bits(samples: &mut [f32]) {
    for sample in samples {
        *sample = crate::from_i16(crate::to_i16(*sample));
    }
}
