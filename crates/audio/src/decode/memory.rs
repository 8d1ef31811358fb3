//! The memory of all decoding together.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::DecodeError;

/// What one decode takes besides its file and its samples, in bytes: decoder, resampler and the
/// step by which the sample buffer grows.
pub const DECODE_WORKING_BYTES: usize = 64 << 20;

/// How often a decode that waits for memory looks whether it is still wanted.
const CANCEL_POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Bytes that all decodes with it share; clones are the same memory.
///
/// A decode takes [`DECODE_WORKING_BYTES`] before it begins, and waits for them; it takes memory for
/// its samples as they come, and does not wait for that (two that hold some and wait for more would
/// wait for ever). What [`Decoded`](super::Decoded) holds is given back when that is dropped.
#[derive(Clone)]
pub struct DecodeMemory(Arc<Shared>);

struct Shared {
    /// None: not bounded.
    max_bytes: Option<usize>,
    max_wait: Duration,
    used: Mutex<usize>,
    freed: Condvar,
}

impl DecodeMemory {
    /// At most `max_bytes` in all; a decode waits for at most `max_wait` to begin.
    pub fn new(max_bytes: usize, max_wait: Duration) -> Self {
        Self::with(Some(max_bytes), max_wait)
    }

    /// No bound: one recording after the other, on the command line.
    pub fn unbounded() -> Self {
        Self::with(None, Duration::ZERO)
    }

    fn with(max_bytes: Option<usize>, max_wait: Duration) -> Self {
        Self(Arc::new(Shared {
            max_bytes,
            max_wait,
            used: Mutex::new(0),
            freed: Condvar::new(),
        }))
    }

    /// Bytes that are taken now.
    pub fn used(&self) -> usize {
        *self.0.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what a decode needs to begin, as soon as it is there.
    pub(super) fn begin(&self, cancelled: &dyn Fn() -> bool) -> Result<Reservation, DecodeError> {
        let end = Instant::now() + self.0.max_wait;
        let mut reservation = Reservation {
            memory: self.clone(),
            bytes: 0,
        };
        if self
            .0
            .max_bytes
            .is_some_and(|max| max < DECODE_WORKING_BYTES)
        {
            return Err(self.too_large());
        }
        let mut used = self.0.used.lock().unwrap_or_else(PoisonError::into_inner);
        while !self.fits(*used, DECODE_WORKING_BYTES) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(DecodeError::Busy);
            }
            if cancelled() {
                return Err(DecodeError::Cancelled);
            }
            let wait = self
                .0
                .freed
                .wait_timeout(used, left.min(CANCEL_POLL_INTERVAL));
            used = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
        *used += DECODE_WORKING_BYTES;
        reservation.bytes = DECODE_WORKING_BYTES;
        Ok(reservation)
    }

    fn fits(&self, used: usize, more: usize) -> bool {
        let max = self.0.max_bytes.unwrap_or(usize::MAX);
        used.checked_add(more).is_some_and(|all| all <= max)
    }

    fn too_large(&self) -> DecodeError {
        DecodeError::TooMuchMemory {
            max_bytes: self.0.max_bytes.unwrap_or(usize::MAX),
        }
    }
}

impl std::fmt::Debug for DecodeMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DecodeMemory")
            .field("max_bytes", &self.0.max_bytes)
            .field("used", &self.used())
            .finish_non_exhaustive()
    }
}

/// The memory that decoded samples take of [`DecodeMemory`]. Keep it for as long as the samples:
/// when its last clone is dropped, the memory is given back. It is no part of the result: all are
/// equal.
#[derive(Clone, Debug)]
pub struct DecodedMemory(#[expect(dead_code, reason = "held for its drop")] Arc<Reservation>);

impl DecodedMemory {
    pub(super) fn new(reservation: Reservation) -> Self {
        Self(Arc::new(reservation))
    }
}

impl PartialEq for DecodedMemory {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Bytes that are taken; dropping it gives them back.
pub(super) struct Reservation {
    memory: DecodeMemory,
    bytes: usize,
}

impl Reservation {
    /// Takes more, at once or not at all.
    pub(super) fn grow(&mut self, more: usize) -> Result<(), DecodeError> {
        let shared = &self.memory.0;
        let mut used = shared.used.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.memory.fits(*used, more) {
            return Err(if self.memory.fits(self.bytes, more) {
                DecodeError::Busy
            } else {
                self.memory.too_large()
            });
        }
        *used += more;
        self.bytes += more;
        Ok(())
    }

    /// Keeps so many bytes and gives the others back.
    pub(super) fn shrink_to(&mut self, bytes: usize) {
        let free = self.bytes.saturating_sub(bytes);
        self.bytes -= free;
        let shared = &self.memory.0;
        *shared.used.lock().unwrap_or_else(PoisonError::into_inner) -= free;
        shared.freed.notify_all();
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.shrink_to(0);
    }
}

impl std::fmt::Debug for Reservation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reservation")
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    #[test]
    fn memory_is_shared_to_the_byte_and_given_back() {
        let memory = DecodeMemory::new(2 * DECODE_WORKING_BYTES + MIB, Duration::ZERO);
        let mut first = memory.begin(&|| false).unwrap();
        let second = memory.begin(&|| false).unwrap();
        assert!(matches!(memory.begin(&|| false), Err(DecodeError::Busy)));
        assert_eq!(first.grow(MIB), Ok(()));
        assert_eq!(first.grow(1), Err(DecodeError::Busy));
        drop(second);
        assert_eq!(first.grow(DECODE_WORKING_BYTES), Ok(()));
        let alone = DecodeError::TooMuchMemory {
            max_bytes: 2 * DECODE_WORKING_BYTES + MIB,
        };
        assert_eq!(first.grow(1), Err(alone));
        first.shrink_to(MIB);
        assert_eq!(memory.used(), MIB);
        drop(first);
        assert_eq!(memory.used(), 0);
    }

    #[test]
    fn a_decode_waits_until_memory_is_free() {
        let memory = DecodeMemory::new(DECODE_WORKING_BYTES, Duration::from_secs(60));
        let first = memory.begin(&|| false).unwrap();
        let waiting = std::thread::spawn({
            let memory = memory.clone();
            move || memory.begin(&|| false).map(|_| ())
        });
        assert_eq!(
            memory.begin(&|| true).map(|_| ()),
            Err(DecodeError::Cancelled)
        );
        drop(first);
        assert_eq!(waiting.join().unwrap(), Ok(()));
    }
}
