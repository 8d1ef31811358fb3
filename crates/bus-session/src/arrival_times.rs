//! Arrival times of a session's audio, in milliseconds since 1970: other machines share that clock.

use mynah_audio::ArrivalClock;

/// How long arrival times are kept, in samples: five minutes, longer than any segment takes to be
/// interpreted.
const ARRIVALS_KEPT: u64 = 300 * 16_000;

/// The minimum audio between two arrival times, in samples: 20 ms.
const ARRIVAL_GRANULARITY: u64 = 320;

/// When the audio before a sample, at 16 kHz, had arrived.
#[derive(Debug)]
pub(crate) struct ArrivalTimes(ArrivalClock<i64>);

impl Default for ArrivalTimes {
    fn default() -> Self {
        Self(ArrivalClock::new(ARRIVALS_KEPT, ARRIVAL_GRANULARITY))
    }
}

impl ArrivalTimes {
    /// Records that all audio before `end` has arrived.
    pub(crate) fn mark(&mut self, end: u64, at_ms: i64) {
        self.0.mark(end, at_ms);
    }

    /// When all audio before `end` had arrived.
    pub(crate) fn of(&self, end: u64) -> Option<i64> {
        self.0.arrival(end)
    }
}
