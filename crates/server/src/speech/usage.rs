//! The usage of a speech response, recorded when it ends, however it ends.

use std::time::Duration;

use mynah_audio::Format;

use crate::metric;
use mynah_auth::Principal;

/// Records on drop: a client that disconnects has still used the audio that was made.
pub(super) struct UsageRecord {
    pub(super) principal: Principal,
    format: Format,
    /// Audio made so far.
    pub(super) audio: Duration,
    /// Time spent encoding so far.
    pub(super) encoding: Duration,
}

impl UsageRecord {
    pub(super) const fn new(principal: Principal, format: Format) -> Self {
        Self {
            principal,
            format,
            audio: Duration::ZERO,
            encoding: Duration::ZERO,
        }
    }
}

impl Drop for UsageRecord {
    fn drop(&mut self) {
        self.principal.charge_audio(self.audio);
        metric::encoded(self.format.as_str(), self.encoding);
    }
}
