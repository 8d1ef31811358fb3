//! Requests per minute.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::Caller;
use crate::bucket::{Bucket, BucketHasher};

/// A token bucket of requests for each client.
pub(crate) struct RateLimit {
    limiter: Option<DefaultKeyedRateLimiter<Bucket>>,
    buckets: BucketHasher,
}

impl RateLimit {
    /// A rate per minute, and a burst. A rate of 0 means no limit.
    pub(crate) fn new(per_minute: u32, burst: u32) -> Self {
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        Self {
            limiter: NonZeroU32::new(per_minute).map(|per_minute| {
                RateLimiter::keyed(Quota::per_minute(per_minute).allow_burst(burst))
            }),
            buckets: BucketHasher::default(),
        }
    }

    /// Counts a request.
    ///
    /// # Errors
    /// The time until the next request is accepted.
    pub(crate) fn count(&self, caller: &Caller) -> Result<(), Duration> {
        let Some(limiter) = &self.limiter else {
            return Ok(());
        };
        limiter
            .check_key(&self.buckets.bucket_of(caller))
            .map_err(|until| until.wait_time_from(DefaultClock::default().now()))
    }

    /// How many buckets are held.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.limiter.as_ref().map_or(0, RateLimiter::len)
    }

    /// Removes full buckets.
    pub(crate) fn remove_full_buckets(&self) {
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
    fn burst_passes_and_the_next_request_gets_its_wait() {
        let rate = RateLimit::new(1, 2);
        let [ada, bob] = ["192.0.2.1", "192.0.2.2"].map(|at| Caller::at(at.parse().unwrap()));
        assert!(rate.count(&ada).is_ok() && rate.count(&ada).is_ok());
        let wait = rate.count(&ada).unwrap_err();
        assert!(
            wait > Duration::from_secs(50) && wait <= Duration::from_secs(60),
            "{wait:?}"
        );
        assert!(rate.count(&bob).is_ok());
        rate.remove_full_buckets();
        assert!(rate.count(&ada).is_err());
        assert!((0..1000).all(|_| RateLimit::new(0, 1).count(&ada).is_ok()));
    }
}
