//! Seconds of audio per hour.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::bucket::{Bucket, BucketHasher};
use crate::{Caller, KeyId};

/// A client has used its seconds of audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the seconds of audio are used up; retry after the time in Retry-After")]
pub struct AudioBudgetExceeded {
    /// When there is audio left again.
    pub retry_after: Duration,
}

/// A balance of seconds of audio for each client, refilled evenly.
///
/// The duration of speech is known only when it has been synthesized: work is accepted while the
/// balance is positive, and charged when it is done. A negative balance is refilled by waiting.
pub(crate) struct AudioBudget {
    /// Seconds of audio refilled per second of time; 0 means no limit.
    rate: f64,
    /// The largest balance, in seconds of audio.
    burst: f64,
    balances: Mutex<HashMap<Bucket, Balance>>,
    buckets: BucketHasher,
}

#[derive(Clone, Copy)]
struct Balance {
    /// Seconds of audio at the time `at`; can be negative.
    seconds: f64,
    at: Instant,
}

impl AudioBudget {
    /// A rate in seconds of audio per hour, and a burst in seconds of audio. A burst of 0 is a
    /// tenth of the hourly rate, and at least 1. A rate of 0 means no limit.
    pub(crate) fn new(per_hour: u32, burst: u32) -> Self {
        let burst = match burst {
            0 => per_hour / 10,
            some => some,
        };
        Self {
            rate: f64::from(per_hour) / 3600.0,
            burst: f64::from(burst.max(1)),
            balances: Mutex::default(),
            buckets: BucketHasher::default(),
        }
    }

    /// Accepts work while the balance is positive.
    ///
    /// # Errors
    /// [`AudioBudgetExceeded`], with the time until the balance is positive.
    pub(crate) fn check(&self, caller: &Caller) -> Result<(), AudioBudgetExceeded> {
        self.check_at(caller, Instant::now())
            .map_err(|retry_after| AudioBudgetExceeded { retry_after })
    }

    /// Charges audio that was received or synthesized.
    pub(crate) fn charge(&self, caller: &Caller, audio: Duration) {
        self.charge_at(caller, audio, Instant::now());
    }

    /// Removes full balances and those of keys that no longer exist.
    pub(crate) fn remove_unused(&self, is_key: impl Fn(&KeyId) -> bool) {
        let now = Instant::now();
        self.lock().retain(|bucket, balance| {
            let removed = matches!(bucket, Bucket::Key(id) if !is_key(id));
            !removed && self.seconds(*balance, now) < self.burst
        });
    }

    /// How many balances are held.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    fn check_at(&self, caller: &Caller, now: Instant) -> Result<(), Duration> {
        if self.rate == 0.0 {
            return Ok(());
        }
        match self
            .lock()
            .get(&self.buckets.bucket_of(caller))
            .map(|balance| self.seconds(*balance, now))
        {
            Some(seconds) if seconds <= 0.0 => {
                Err(Duration::try_from_secs_f64(-seconds / self.rate).unwrap_or(Duration::MAX))
            }
            _ => Ok(()),
        }
    }

    fn charge_at(&self, caller: &Caller, audio: Duration, now: Instant) {
        if self.rate == 0.0 {
            return;
        }
        let bucket = self.buckets.bucket_of(caller);
        let mut balances = self.lock();
        let seconds = balances
            .get(&bucket)
            .map_or(self.burst, |balance| self.seconds(*balance, now));
        let balance = Balance {
            seconds: seconds - audio.as_secs_f64(),
            at: now,
        };
        balances.insert(bucket, balance);
    }

    /// A balance as of now.
    fn seconds(&self, balance: Balance, now: Instant) -> f64 {
        let refilled = now.duration_since(balance.at).as_secs_f64() * self.rate;
        (balance.seconds + refilled).min(self.burst)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Bucket, Balance>> {
        self.balances.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negative_balance_is_refilled_in_exactly_the_reported_wait() {
        let budget = AudioBudget::new(7200, 10);
        let ada = Caller::at("192.0.2.1".parse().unwrap());
        let start = Instant::now();
        budget.charge_at(&ada, Duration::from_secs(9), start);
        assert_eq!(budget.check_at(&ada, start), Ok(()));
        budget.charge_at(&ada, Duration::from_secs(7), start);
        let wait = budget.check_at(&ada, start).unwrap_err();
        assert_eq!(wait, Duration::from_secs(3));
        assert!(budget.check_at(&ada, start + wait / 2).is_err());
        assert!(
            budget
                .check_at(&ada, start + wait + Duration::from_millis(1))
                .is_ok()
        );
    }

    #[test]
    fn balance_is_capped_and_clients_are_separate() {
        let budget = AudioBudget::new(3600, 10);
        let [ada, bob] = ["192.0.2.1", "192.0.2.2"].map(|at| Caller::at(at.parse().unwrap()));
        let start = Instant::now();
        budget.charge_at(&ada, Duration::from_secs(1), start);
        let later = start + Duration::from_secs(1000);
        budget.charge_at(&ada, Duration::from_secs(11), later);
        assert_eq!(budget.check_at(&ada, later), Err(Duration::from_secs(1)));
        assert_eq!(budget.check_at(&bob, later), Ok(()));
        let unlimited = AudioBudget::new(0, 1);
        unlimited.charge(&ada, Duration::from_secs(1_000_000));
        assert_eq!(unlimited.check(&ada), Ok(()));
    }

    #[test]
    fn default_burst_follows_the_hourly_rate() {
        let ada = Caller::at("192.0.2.1".parse().unwrap());
        let start = Instant::now();
        for (per_hour, burst, used) in [(360_000, 0, 36_000), (1, 0, 1), (10, 0, 1), (3600, 5, 5)] {
            let budget = AudioBudget::new(per_hour, burst);
            budget.charge_at(&ada, Duration::from_millis(used * 1000 - 1), start);
            assert_eq!(budget.check_at(&ada, start), Ok(()), "{per_hour} {burst}");
            budget.charge_at(&ada, Duration::from_millis(2), start);
            assert!(budget.check_at(&ada, start).is_err(), "{per_hour} {burst}");
        }
    }
}
