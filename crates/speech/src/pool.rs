//! A bounded set of values that callers lease one at a time: decoders, voices, processes.
//!
//! A lease is a slot, with a value in it or none yet: the caller that leases an empty slot makes the value.
//! Callers get slots in the order of their requests, and are woken by events.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Cancel;
use crate::wait::{Interrupted, wait_for};

/// A pool of at most `size` values. Clones share it; idle values are dropped with the last clone.
pub struct Pool<T> {
    inner: Arc<Inner<T>>,
}

struct Inner<T> {
    slots: Arc<Semaphore>,
    idle: Mutex<Vec<T>>,
}

/// A slot of a pool. When it is dropped, the slot is free again and the value in it idle. A value
/// that was taken out is not replaced: the next lease of the slot is empty.
pub struct Lease<T> {
    value: Option<T>,
    pool: Weak<Inner<T>>,
    _permit: OwnedSemaphorePermit,
}

impl<T> Pool<T> {
    /// A pool of `size` empty slots.
    ///
    /// # Panics
    /// Where `size` is 0 or larger than [`Semaphore::MAX_PERMITS`].
    pub fn new(size: usize) -> Self {
        assert!(size > 0, "a pool without slots");
        let (slots, idle) = (Arc::new(Semaphore::new(size)), Mutex::default());
        Self {
            inner: Arc::new(Inner { slots, idle }),
        }
    }

    /// Leases a slot, one with a value where one is idle. Blocks until a slot is free.
    ///
    /// # Errors
    /// [`Interrupted`] where the token is cancelled or the deadline passes first.
    pub fn acquire(
        &self,
        deadline: Option<Instant>,
        cancel: &Cancel,
    ) -> Result<Lease<T>, Interrupted> {
        let permit = Arc::clone(&self.inner.slots).acquire_owned();
        match wait_for(permit, deadline, cancel)? {
            Ok(permit) => Ok(self.lease(permit)),
            // The semaphore is never closed.
            Err(_) => Err(Interrupted::Cancelled),
        }
    }

    /// Leases a slot if one is free.
    pub fn try_acquire(&self) -> Option<Lease<T>> {
        let permit = Arc::clone(&self.inner.slots).try_acquire_owned();
        permit.ok().map(|permit| self.lease(permit))
    }

    fn lease(&self, permit: OwnedSemaphorePermit) -> Lease<T> {
        Lease {
            value: self.inner.idle().pop(),
            pool: Arc::downgrade(&self.inner),
            _permit: permit,
        }
    }
}

impl<T> Clone for Pool<T> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

impl<T> Inner<T> {
    fn idle(&self) -> MutexGuard<'_, Vec<T>> {
        // Nothing panics while the lock is held; a poisoned list would still be whole.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Lease<T> {
    /// The value, made first where the slot is empty.
    ///
    /// # Errors
    /// Those of `make`; the slot stays empty.
    pub fn get_or_try_make<E>(&mut self, make: impl FnOnce() -> Result<T, E>) -> Result<&mut T, E> {
        let value = match self.value.take() {
            Some(value) => value,
            None => make()?,
        };
        Ok(self.value.insert(value))
    }

    /// Takes the value out of the slot.
    pub fn take_value(&mut self) -> Option<T> {
        self.value.take()
    }

    /// Puts a value into the slot, for this lease and later ones.
    pub fn put_value(&mut self, value: T) {
        self.value = Some(value);
    }
}

impl<T> Drop for Lease<T> {
    fn drop(&mut self) {
        // Before the permit is released, so that the next lease finds the value.
        if let (Some(value), Some(pool)) = (self.value.take(), self.pool.upgrade()) {
            pool.idle().push(value);
        }
    }
}
