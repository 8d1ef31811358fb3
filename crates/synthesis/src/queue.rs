//! The bounded queue: so many requests at once, and not one more.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use crate::metric;
use crate::pace::Pace;

/// Places for requests, and bodies for the pieces that are spoken right now.
///
/// A request holds its place until its stream is dropped. A body is held for one piece only, and
/// bodies are given in the order of asking: long texts take turns with short ones.
pub(crate) struct Queue {
    places: Arc<Semaphore>,
    bodies: Arc<Semaphore>,
    running: usize,
    pub(crate) pace: Pace,
}

impl Queue {
    pub(crate) fn new(running: usize, waiting: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(running.saturating_add(waiting))),
            bodies: Arc::new(Semaphore::new(running)),
            running,
            pace: Pace::default(),
        }
    }

    /// A place, or how long the work ahead will take.
    pub(crate) fn admit(&self) -> Result<Permit, Full> {
        match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => Ok(Permit::new(place)),
            Err(_) => {
                metric::refused();
                Err(Full {
                    retry_after: self.pace.until_done(self.running),
                })
            }
        }
    }

    /// Waits for a body. The error never happens: the semaphore is not closed.
    pub(crate) async fn body(&self) -> Result<OwnedSemaphorePermit, AcquireError> {
        Arc::clone(&self.bodies).acquire_owned().await
    }
}

/// A place in the queue. It travels with the request, and dropping it frees the place.
#[derive(Debug)]
pub struct Permit {
    _place: OwnedSemaphorePermit,
}

impl Permit {
    fn new(place: OwnedSemaphorePermit) -> Self {
        metric::admitted();
        Self { _place: place }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        metric::left();
    }
}

/// Every place is taken. Answered with 429 and `Retry-After`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many requests are being spoken; try again in {} s", self.retry_after.as_secs())]
pub struct Full {
    /// When the work that is ahead now will be done, by the measured pace of the engines:
    /// whole seconds, at least one.
    pub retry_after: Duration,
}
