//! Places for uploads: each may take hundreds of megabytes while it is decoded and heard.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// How much the newest measurement of an upload's duration counts.
const NEWEST: f64 = 0.3;
/// Taken until an upload was measured.
const UNMEASURED: Duration = Duration::from_secs(2);

/// So many uploads at work, so many waiting, and not one more. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Uploads {
    places: Arc<Semaphore>,
    desks: Arc<Semaphore>,
    running: usize,
    waiting: usize,
    pace: Arc<Mutex<Option<Duration>>>,
}

/// The right to send an upload and wait. It is free again when dropped.
pub(crate) struct UploadPlace {
    place: OwnedSemaphorePermit,
    uploads: Uploads,
}

/// The right to have an upload worked on. It is free again when dropped.
pub(crate) struct UploadWork {
    _place: OwnedSemaphorePermit,
    _desk: OwnedSemaphorePermit,
    since: Instant,
    pace: Arc<Mutex<Option<Duration>>>,
}

impl Uploads {
    /// `running` of 0 means one per processor core.
    pub(crate) fn new(running: usize, waiting: usize) -> Self {
        let running = match running {
            0 => available_parallelism().map_or(2, NonZeroUsize::get),
            some => some,
        };
        Self {
            places: Arc::new(Semaphore::new(running.saturating_add(waiting))),
            desks: Arc::new(Semaphore::new(running)),
            running,
            waiting,
            pace: Arc::default(),
        }
    }

    /// Takes a place, or tells how long the work ahead will take.
    pub(crate) fn enter(&self) -> Result<UploadPlace, Duration> {
        match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => Ok(UploadPlace {
                place,
                uploads: self.clone(),
            }),
            Err(_) => Err(self.wait()),
        }
    }

    /// How long until a place is free, by the pace of the uploads before.
    fn wait(&self) -> Duration {
        let pace = *self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        let rounds = 1.0 + self.waiting as f64 / self.running as f64;
        pace.unwrap_or(UNMEASURED).mul_f64(rounds)
    }
}

impl UploadPlace {
    /// Waits for its turn, once the upload is there: who sends slowly keeps nobody from working.
    pub(crate) async fn work(self) -> UploadWork {
        let desk = never(Arc::clone(&self.uploads.desks).acquire_owned().await);
        let pace = self.uploads.pace;
        UploadWork {
            _place: self.place,
            _desk: desk,
            since: Instant::now(),
            pace,
        }
    }
}

/// The semaphores are never closed.
fn never<T>(acquired: Result<T, AcquireError>) -> T {
    acquired.unwrap_or_else(|_| unreachable!("the semaphore of uploads is never closed"))
}

impl Drop for UploadWork {
    fn drop(&mut self) {
        let took = self.since.elapsed();
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        *pace = Some(match *pace {
            Some(before) => before.mul_f64(1.0 - NEWEST) + took.mul_f64(NEWEST),
            None => took,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_works_one_waits_and_the_third_is_refused() {
        let uploads = Uploads::new(1, 1);
        let first = uploads.enter().ok().unwrap().work().await;
        let second = uploads.enter().ok().unwrap();
        let Err(wait) = uploads.enter() else {
            panic!("a third place")
        };
        assert_eq!(wait, 2 * UNMEASURED);
        let second = tokio::spawn(async move { second.work().await });
        drop(first);
        drop(second.await.unwrap());
        assert!(uploads.enter().is_ok());
    }
}
