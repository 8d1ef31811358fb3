//! How much sound waits for its listener.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// Samples made and not yet read. The engine's side waits on it, the listener's side frees it.
#[derive(Default)]
pub(crate) struct Backpressure {
    samples: AtomicUsize,
    read: Notify,
}

impl Backpressure {
    /// Notes that samples were made.
    pub(crate) fn add(&self, samples: usize) {
        self.samples.fetch_add(samples, Ordering::AcqRel);
    }

    /// Notes that samples were read.
    pub(crate) fn take(&self, samples: usize) {
        self.samples.fetch_sub(samples, Ordering::AcqRel);
        self.read.notify_waiters();
    }

    /// How many there are.
    pub(crate) fn samples(&self) -> usize {
        self.samples.load(Ordering::Acquire)
    }

    /// Waits until fewer than `limit` samples are unread.
    pub(crate) async fn wait_below(&self, limit: usize) {
        loop {
            let read = self.read.notified();
            if self.samples() < limit {
                return;
            }
            read.await;
        }
    }
}
