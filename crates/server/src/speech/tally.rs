//! What a take cost, settled when it ends, however it ends.

use std::time::Duration;

use mynah_audio::Format;

use crate::guard::Principal;
use crate::metric;

/// Settles on drop: a caller who leaves has still used the sound that was made.
pub(super) struct Tally {
    pub(super) principal: Principal,
    format: Format,
    /// Sound made so far.
    pub(super) sound: Duration,
    /// Time spent encoding so far.
    pub(super) encoding: Duration,
}

impl Tally {
    pub(super) const fn new(principal: Principal, format: Format) -> Self {
        Self {
            principal,
            format,
            sound: Duration::ZERO,
            encoding: Duration::ZERO,
        }
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        self.principal.used_sound(self.sound);
        metric::encoded(self.format.as_str(), self.encoding);
    }
}
