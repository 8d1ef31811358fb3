//! How much audio a client has sent.

use mynah_audio::SampleRate;

/// Samples a second in which clients count their audio, in every format.
pub(crate) const CLIENT_RATE: u64 = 24_000;

/// The amount of audio that a client sent, in samples at 24 kHz, for every rate.
#[derive(Clone, Copy, Debug)]
pub struct ReceivedAudio {
    rate: SampleRate,
    /// Before the rate was this, audio of earlier connections included.
    before: u64,
    /// Samples at this rate.
    samples: u64,
}

impl ReceivedAudio {
    /// Counts audio at this rate, after so many samples at 24 kHz.
    pub const fn new(rate: SampleRate, before: u64) -> Self {
        Self {
            rate,
            before,
            samples: 0,
        }
    }

    /// Counts so many samples at the current rate.
    pub const fn add(&mut self, samples: usize) {
        self.samples += samples as u64;
    }

    /// Counts at another rate from now on.
    pub fn set_rate(&mut self, rate: SampleRate) {
        *self = Self::new(rate, self.total());
    }

    /// All of it, in samples at 24 kHz.
    pub fn total(self) -> u64 {
        self.before + self.samples * CLIENT_RATE / u64::from(self.rate.hz())
    }
}
