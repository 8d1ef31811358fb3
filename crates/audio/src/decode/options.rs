//! How a file is decoded.

use super::DecodeLimits;
use crate::SampleRate;

/// How a file is decoded. Built from [`DecodeLimits`]; everything else has a default.
#[derive(Clone, Copy)]
pub struct DecodeOptions<'a> {
    pub(super) limits: DecodeLimits,
    pub(super) rate: Option<SampleRate>,
    pub(super) cancelled: &'a (dyn Fn() -> bool + Sync),
}

impl<'a> DecodeOptions<'a> {
    /// Within these limits, at the file's own rate, never cancelled.
    pub fn new(limits: DecodeLimits) -> Self {
        Self {
            limits,
            rate: None,
            cancelled: &|| false,
        }
    }

    /// The samples are resampled to `rate` while they are decoded: the sound is never held at
    /// the file's own rate.
    #[must_use]
    pub const fn at(mut self, rate: SampleRate) -> Self {
        self.rate = Some(rate);
        self
    }

    /// Asked between packets (at most 120 ms of sound each); once it says yes, decoding ends with
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
            .finish_non_exhaustive()
    }
}
