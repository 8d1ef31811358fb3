//! A bounded number of decodes at once, and the states that they use again.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mynah_speech::Cancel;

/// How often somebody who waits looks whether it is still wanted.
pub(crate) const LOOK: Duration = Duration::from_millis(20);

/// Places for decodes. Cheap to clone.
pub(crate) struct Pool<T> {
    inner: Arc<Inner<T>>,
}

struct Inner<T> {
    size: usize,
    places: Mutex<Places<T>>,
    changed: Condvar,
}

struct Places<T> {
    taken: usize,
    idle: Vec<T>,
}

/// Why there is no place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoPlace {
    /// All were taken for as long as the caller would wait.
    Busy,
    /// The caller gave up.
    Cancelled,
}

/// A place for the time being. Free again when dropped.
pub(crate) struct Place<T> {
    inner: Arc<Inner<T>>,
}

impl<T> Clone for Pool<T> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

impl<T> Pool<T> {
    /// A pool of so many places, and at least one.
    pub(crate) fn new(size: usize) -> Self {
        let places = Mutex::new(Places {
            taken: 0,
            idle: Vec::new(),
        });
        let (size, changed) = (size.max(1), Condvar::new());
        Self {
            inner: Arc::new(Inner {
                size,
                places,
                changed,
            }),
        }
    }

    /// A place, waiting for one to come free.
    pub(crate) fn acquire(&self, wait: Duration, cancel: &Cancel) -> Result<Place<T>, NoPlace> {
        let until = Instant::now() + wait;
        let mut places = self.inner.places();
        loop {
            if cancel.is_cancelled() {
                return Err(NoPlace::Cancelled);
            }
            if places.taken < self.inner.size {
                places.taken += 1;
                return Ok(Place {
                    inner: Arc::clone(&self.inner),
                });
            }
            if Instant::now() >= until {
                return Err(NoPlace::Busy);
            }
            let waited = self.inner.changed.wait_timeout(places, LOOK);
            places = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl<T> Place<T> {
    /// A state that somebody left, if there is one.
    pub(crate) fn take(&self) -> Option<T> {
        self.inner.places().idle.pop()
    }

    /// Leaves a state for others.
    pub(crate) fn leave(&self, state: T) {
        self.inner.places().idle.push(state);
    }
}

impl<T> Drop for Place<T> {
    fn drop(&mut self) {
        self.inner.places().taken -= 1;
        self.inner.changed.notify_one();
    }
}

impl<T> Inner<T> {
    fn places(&self) -> MutexGuard<'_, Places<T>> {
        // Nothing panics while it holds the lock; a poisoned one would still be whole.
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_few_and_states_are_used_again() {
        let (pool, cancel) = (Pool::new(1), Cancel::new());
        let wait = Duration::from_millis(1);
        let place = pool.acquire(wait, &cancel).expect("a place");
        assert_eq!(place.take(), None);
        assert_eq!(pool.acquire(wait, &cancel).err(), Some(NoPlace::Busy));
        place.leave(7);
        drop(place);
        assert_eq!(
            pool.acquire(wait, &cancel).expect("a place").take(),
            Some(7)
        );
        cancel.cancel();
        assert_eq!(pool.acquire(wait, &cancel).err(), Some(NoPlace::Cancelled));
    }
}
