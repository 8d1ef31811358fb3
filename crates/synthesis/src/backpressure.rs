//! Backpressure: audio that was produced and not read.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// Samples that were produced and not read. The producer waits for the reader.
#[derive(Default)]
pub(crate) struct Backpressure {
    samples: AtomicUsize,
    read: Notify,
}

impl Backpressure {
    /// Counts samples that were produced.
    pub(crate) fn add(&self, samples: usize) {
        self.samples.fetch_add(samples, Ordering::AcqRel);
    }

    /// Counts samples that were read.
    pub(crate) fn consume(&self, samples: usize) {
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
