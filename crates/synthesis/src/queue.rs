//! The bounded queue: so many requests at once, and not one more.

use std::time::Duration;

use mynah_admission::{ClientKey, ConcurrencyLimit, ConcurrencySlot, FairPermit, FairSemaphore};

use crate::metrics;
use crate::throughput::ThroughputEstimate;

/// Places for requests, and bodies for the pieces that are spoken right now.
///
/// A request holds its place until its stream is dropped. A body is held for one piece only, and
/// bodies are given to the parties that wait in turn, and to one client in the order of asking:
/// long texts take turns with short ones, and one key's texts with another's.
pub(crate) struct Queue {
    places: ConcurrencyLimit,
    worker_slots: FairSemaphore,
    running: usize,
    pub(crate) throughput: ThroughputEstimate,
}

impl Queue {
    pub(crate) fn new(running: usize, waiting: usize) -> Self {
        Self {
            places: ConcurrencyLimit::new(running.saturating_add(waiting)),
            worker_slots: FairSemaphore::new(running),
            running,
            throughput: ThroughputEstimate::default(),
        }
    }

    /// A place within the client's share, or how long the work ahead will take.
    pub(crate) fn admit(&self, client: &ClientKey) -> Result<Permit, Full> {
        match self.places.try_acquire(client) {
            Ok(place) => Ok(Permit::new(place)),
            Err(_) => {
                metrics::refused();
                Err(Full {
                    retry_after: self.throughput.time_to_drain(self.running),
                })
            }
        }
    }

    /// Waits for a body.
    pub(crate) async fn worker_slot(&self, client: &ClientKey) -> FairPermit {
        self.worker_slots.acquire(client).await
    }
}

/// A place in the queue. It travels with the request, and dropping it frees the place.
#[derive(Debug)]
pub struct Permit {
    place: ConcurrencySlot,
}

impl Permit {
    fn new(place: ConcurrencySlot) -> Self {
        metrics::admitted();
        Self { place }
    }

    /// Whose request it is.
    pub(crate) const fn client(&self) -> &ClientKey {
        self.place.client()
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        metrics::released();
    }
}

/// Every place is taken, or every one that this client may hold. Answered with 429 and `Retry-After`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many requests are being spoken; try again in {} s", self.retry_after.as_secs())]
pub struct Full {
    /// When the work that is ahead now will be done, by the measured pace of the engines:
    /// whole seconds, at least one.
    pub retry_after: Duration,
}
