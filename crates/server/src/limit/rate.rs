//! Requests a minute.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::{Caller, Slot, Slots};

/// A bucket of requests for each caller, refilled evenly.
pub(crate) struct Rate {
    limiter: Option<DefaultKeyedRateLimiter<Slot>>,
    slots: Slots,
}

impl Rate {
    /// So many a minute, so many of them at once. 0 a minute means no limit.
    pub(crate) fn new(per_minute: u32, burst: u32) -> Self {
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        Self {
            limiter: NonZeroU32::new(per_minute).map(|per_minute| {
                RateLimiter::keyed(Quota::per_minute(per_minute).allow_burst(burst))
            }),
            slots: Slots::default(),
        }
    }

    /// Counts a request, or tells how long until the next one may come.
    pub(crate) fn count(&self, caller: &Caller) -> Result<(), Duration> {
        let Some(limiter) = &self.limiter else {
            return Ok(());
        };
        limiter
            .check_key(&self.slots.of(caller))
            .map_err(|until| until.wait_time_from(DefaultClock::default().now()))
    }

    /// How many counts are held.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.limiter.as_ref().map_or(0, RateLimiter::len)
    }

    /// Forgets the callers whose bucket is full again.
    pub(crate) fn tidy(&self) {
        if let Some(limiter) = &self.limiter {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_burst_goes_through_and_the_next_one_is_told_when() {
        let rate = Rate::new(1, 2);
        let [ada, bob] = ["192.0.2.1", "192.0.2.2"].map(|at| Caller::at(at.parse().unwrap()));
        assert!(rate.count(&ada).is_ok() && rate.count(&ada).is_ok());
        let wait = rate.count(&ada).unwrap_err();
        assert!(
            wait > Duration::from_secs(50) && wait <= Duration::from_secs(60),
            "{wait:?}"
        );
        assert!(rate.count(&bob).is_ok());
        rate.tidy();
        assert!(rate.count(&ada).is_err());
        assert!((0..1000).all(|_| Rate::new(0, 1).count(&ada).is_ok()));
    }
}
