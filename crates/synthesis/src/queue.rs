//! The bounded queue of requests.

use std::time::Duration;

use mynah_admission::{ClientKey, FairPermit, FairSemaphore};
use tokio::time::timeout;

use crate::metrics;
use crate::throughput::ThroughputEstimate;

/// Permits for requests, and worker slots for the chunks that are synthesized now.
///
/// A request holds its permit until its stream is dropped; a client holds no more than its share of
/// the permits. A worker slot is held for one chunk only. Both are granted to waiting clients in
/// round-robin order, and to the requests of one client in the order of arrival: long texts
/// alternate with short ones, and the texts of one key with those of another.
pub(crate) struct Queue {
    permits: FairSemaphore,
    worker_slots: FairSemaphore,
    running: usize,
    pub(crate) throughput: ThroughputEstimate,
}

impl Queue {
    pub(crate) fn new(running: usize, waiting: usize) -> Self {
        Self {
            permits: FairSemaphore::with_shares(running.saturating_add(waiting)),
            worker_slots: FairSemaphore::new(running),
            running,
            throughput: ThroughputEstimate::default(),
        }
    }

    /// A permit within the client's share, or how long the work ahead will take.
    pub(crate) fn admit(&self, client: &ClientKey) -> Result<Permit, Full> {
        let permit = self.permits.try_acquire(client);
        permit.map(Permit::new).ok_or_else(|| self.full())
    }

    /// The same, waiting for a permit at most this long.
    pub(crate) async fn admit_within(
        &self,
        wait: Duration,
        client: &ClientKey,
    ) -> Result<Permit, Full> {
        let permit = timeout(wait, self.permits.acquire(client)).await;
        permit.map(Permit::new).map_err(|_| self.full())
    }

    fn full(&self) -> Full {
        metrics::refused();
        Full {
            retry_after: self.throughput.time_to_drain(self.running),
        }
    }

    /// Waits for a worker slot.
    pub(crate) async fn worker_slot(&self, client: &ClientKey) -> FairPermit {
        self.worker_slots.acquire(client).await
    }
}

/// A permit of the queue. It travels with the request, and is released when dropped.
#[derive(Debug)]
pub struct Permit {
    permit: FairPermit,
}

impl Permit {
    fn new(permit: FairPermit) -> Self {
        metrics::admitted();
        Self { permit }
    }

    /// The request's client.
    pub(crate) const fn client(&self) -> &ClientKey {
        self.permit.client()
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        metrics::released();
    }
}

/// All permits are taken, or all that this client may hold. HTTP servers answer with 429 and
/// `Retry-After`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many requests are being spoken; try again in {} s", self.retry_after.as_secs())]
pub struct Full {
    /// The time that the engines need for all pending work, by their measured throughput: whole
    /// seconds, at least one.
    pub retry_after: Duration,
}
