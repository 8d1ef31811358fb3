//! How a file is decoded.

use super::{DecodeLimits, DecodeMemory};
use crate::SampleRate;

/// How a file is decoded. Built from [`DecodeLimits`]; everything else has a default.
#[derive(Clone, Copy)]
pub struct DecodeOptions<'a> {
    pub(super) limits: DecodeLimits,
    pub(super) rate: Option<SampleRate>,
    pub(super) track: Option<usize>,
    pub(super) piped: bool,
    pub(super) memory: Option<&'a DecodeMemory>,
    pub(super) cancelled: &'a (dyn Fn() -> bool + Sync),
}

impl<'a> DecodeOptions<'a> {
    /// Within these limits, at the file's own rate, the file's default track, never cancelled, and
    /// no memory shared with other decodes.
    pub fn new(limits: DecodeLimits) -> Self {
        Self {
            limits,
            rate: None,
            track: None,
            piped: false,
            memory: None,
            cancelled: &|| false,
        }
    }

    /// The samples are resampled to `rate` while they are decoded: the audio is never held at
    /// the file's own rate.
    #[must_use]
    pub const fn at(mut self, rate: SampleRate) -> Self {
        self.rate = Some(rate);
        self
    }

    /// Which audio track, from 1; none means the file's default.
    #[must_use]
    pub const fn track(mut self, number: Option<usize>) -> Self {
        self.track = number;
        self
    }

    /// Whether the bytes came from a pipe. Programs that write a WAV file into a pipe do not have
    /// its length: any size beyond the end then means "to the end".
    #[must_use]
    pub const fn piped(mut self, piped: bool) -> Self {
        self.piped = piped;
        self
    }

    /// Decodes with the same memory share its bytes.
    #[must_use]
    pub const fn within(mut self, memory: &'a DecodeMemory) -> Self {
        self.memory = Some(memory);
        self
    }

    /// Asked between packets (at most 120 ms of audio each); once it returns true, decoding ends with
    /// [`DecodeError::Cancelled`](super::DecodeError::Cancelled).
    #[must_use]
    pub const fn cancelled_by(mut self, cancelled: &'a (dyn Fn() -> bool + Sync)) -> Self {
        self.cancelled = cancelled;
        self
    }
}

impl std::fmt::Debug for DecodeOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DecodeOptions")
            .field("limits", &self.limits)
            .field("rate", &self.rate)
            .field("track", &self.track)
            .field("piped", &self.piped)
            .field("memory", &self.memory)
            .finish_non_exhaustive()
    }
}
