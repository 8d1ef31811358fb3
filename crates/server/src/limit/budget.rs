//! Seconds of sound an hour.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Caller, Slot, Slots};
use crate::keys::KeyId;

/// An account of seconds of sound for each caller, refilled evenly.
///
/// How long a text will sound is known only when it has: work is let in while the account is not
/// overdrawn, and charged when it is done. A debt is paid off by waiting.
pub(crate) struct Budget {
    /// Seconds of sound earned in a second of time; 0 means no limit.
    rate: f64,
    /// The most that can be saved, in seconds of sound.
    burst: f64,
    accounts: Mutex<HashMap<Slot, Account>>,
    slots: Slots,
}

#[derive(Clone, Copy)]
struct Account {
    /// Seconds of sound left when last looked at; negative in debt.
    left: f64,
    at: Instant,
}

impl Budget {
    /// So many seconds of sound an hour, so many of them at once; 0 at once is a tenth of the
    /// hour's, and one at least. 0 an hour means no limit.
    pub(crate) fn new(per_hour: u32, burst: u32) -> Self {
        let burst = match burst {
            0 => per_hour / 10,
            some => some,
        };
        Self {
            rate: f64::from(per_hour) / 3600.0,
            burst: f64::from(burst.max(1)),
            accounts: Mutex::default(),
            slots: Slots::default(),
        }
    }

    /// Lets work in, or tells how long until the debt is paid.
    pub(crate) fn check(&self, caller: &Caller) -> Result<(), Duration> {
        self.check_at(caller, Instant::now())
    }

    /// Charges work that was done.
    pub(crate) fn charge(&self, caller: &Caller, sound: Duration) {
        self.charge_at(caller, sound, Instant::now());
    }

    /// Forgets the callers whose account is full again, and the keys that are gone.
    pub(crate) fn tidy(&self, is_key: impl Fn(&KeyId) -> bool) {
        let now = Instant::now();
        self.lock().retain(|slot, account| {
            let gone = matches!(slot, Slot::Key(id) if !is_key(id));
            !gone && self.left(*account, now) < self.burst
        });
    }

    /// How many accounts are held.
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
            .get(&self.slots.of(caller))
            .map(|account| self.left(*account, now))
        {
            Some(left) if left <= 0.0 => {
                Err(Duration::try_from_secs_f64(-left / self.rate).unwrap_or(Duration::MAX))
            }
            _ => Ok(()),
        }
    }

    fn charge_at(&self, caller: &Caller, sound: Duration, now: Instant) {
        if self.rate == 0.0 {
            return;
        }
        let slot = self.slots.of(caller);
        let mut accounts = self.lock();
        let left = accounts
            .get(&slot)
            .map_or(self.burst, |account| self.left(*account, now));
        let account = Account {
            left: left - sound.as_secs_f64(),
            at: now,
        };
        accounts.insert(slot, account);
    }

    fn left(&self, account: Account, now: Instant) -> f64 {
        let earned = now.duration_since(account.at).as_secs_f64() * self.rate;
        (account.left + earned).min(self.burst)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Slot, Account>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_debt_is_paid_by_waiting_exactly_as_long_as_was_told() {
        let budget = Budget::new(7200, 10);
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
    fn nothing_is_saved_beyond_the_burst_and_callers_are_apart() {
        let budget = Budget::new(3600, 10);
        let [ada, bob] = ["192.0.2.1", "192.0.2.2"].map(|at| Caller::at(at.parse().unwrap()));
        let start = Instant::now();
        budget.charge_at(&ada, Duration::from_secs(1), start);
        let later = start + Duration::from_secs(1000);
        budget.charge_at(&ada, Duration::from_secs(11), later);
        assert_eq!(budget.check_at(&ada, later), Err(Duration::from_secs(1)));
        assert_eq!(budget.check_at(&bob, later), Ok(()));
        let unlimited = Budget::new(0, 1);
        unlimited.charge(&ada, Duration::from_secs(1_000_000));
        assert_eq!(unlimited.check(&ada), Ok(()));
    }

    #[test]
    fn what_may_be_used_at_once_follows_the_hour_by_default() {
        let ada = Caller::at("192.0.2.1".parse().unwrap());
        let start = Instant::now();
        for (per_hour, burst, used) in [(360_000, 0, 36_000), (1, 0, 1), (10, 0, 1), (3600, 5, 5)] {
            let budget = Budget::new(per_hour, burst);
            budget.charge_at(&ada, Duration::from_millis(used * 1000 - 1), start);
            assert_eq!(budget.check_at(&ada, start), Ok(()), "{per_hour} {burst}");
            budget.charge_at(&ada, Duration::from_millis(2), start);
            assert!(budget.check_at(&ada, start).is_err(), "{per_hour} {burst}");
        }
    }
}
