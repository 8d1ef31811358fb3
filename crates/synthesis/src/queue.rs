//! The bounded queue: so many requests at once, and not one more.

use std::time::Duration;

use mynah_admission::{ClientKey, ConcurrencyLimit, ConcurrencySlot, FairPermit, FairSemaphore};

use crate::metric;
use crate::pace::Pace;

/// Places for requests, and bodies for the pieces that are spoken right now.
///
/// A request holds its place until its stream is dropped. A body is held for one piece only, and
/// bodies are given to the parties that wait in turn, and to one party in the order of asking:
/// long texts take turns with short ones, and one key's texts with another's.
pub(crate) struct Queue {
    places: ConcurrencyLimit,
    bodies: FairSemaphore,
    running: usize,
    pub(crate) pace: Pace,
}

impl Queue {
    pub(crate) fn new(running: usize, waiting: usize) -> Self {
        Self {
            places: ConcurrencyLimit::new(running.saturating_add(waiting)),
            bodies: FairSemaphore::new(running),
            running,
            pace: Pace::default(),
        }
    }

    /// A place within the party's share, or how long the work ahead will take.
    pub(crate) fn admit(&self, party: &ClientKey) -> Result<Permit, Full> {
        match self.places.try_acquire(party) {
            Ok(place) => Ok(Permit::new(place)),
            Err(_) => {
                metric::refused();
                Err(Full {
                    retry_after: self.pace.until_done(self.running),
                })
            }
        }
    }

    /// Waits for a body.
    pub(crate) async fn body(&self, party: &ClientKey) -> FairPermit {
        self.bodies.acquire(party).await
    }
}

/// A place in the queue. It travels with the request, and dropping it frees the place.
#[derive(Debug)]
pub struct Permit {
    place: ConcurrencySlot,
}

impl Permit {
    fn new(place: ConcurrencySlot) -> Self {
        metric::admitted();
        Self { place }
    }

    /// Whose request it is.
    pub(crate) const fn party(&self) -> &ClientKey {
        self.place.client()
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        metric::left();
    }
}

/// Every place is taken, or every one that this party may hold. Answered with 429 and `Retry-After`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many requests are being spoken; try again in {} s", self.retry_after.as_secs())]
pub struct Full {
    /// When the work that is ahead now will be done, by the measured pace of the engines:
    /// whole seconds, at least one.
    pub retry_after: Duration,
}
