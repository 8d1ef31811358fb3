//! A session's turn at working: one of few places, given up while there is nothing to do but wait.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::failure::ProcessError;

/// One session's claim on the places of a stage.
pub(crate) struct Slot {
    places: Arc<Semaphore>,
    held: Mutex<Option<OwnedSemaphorePermit>>,
}

impl Slot {
    pub(crate) const fn new(places: Arc<Semaphore>) -> Self {
        Self {
            places,
            held: Mutex::new(None),
        }
    }

    /// Waits for a place and takes it.
    pub(crate) async fn take(&self) -> Result<(), ProcessError> {
        let segment = Arc::clone(&self.places).acquire_owned().await;
        self.put(Some(segment.map_err(|_| ProcessError::PartitionLost)?));
        Ok(())
    }

    /// Gives the place to whoever is next.
    pub(crate) fn give(&self) {
        self.put(None);
    }

    /// Sleeps without a place, so that those who have something to do can do it.
    pub(crate) async fn rest(&self, pause: Duration) -> Result<(), ProcessError> {
        self.give();
        tokio::time::sleep(pause).await;
        self.take().await
    }

    fn put(&self, segment: Option<OwnedSemaphorePermit>) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = segment;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_leaves_its_place_to_others() {
        let places = Arc::new(Semaphore::new(1));
        let (one, other) = (
            Slot::new(Arc::clone(&places)),
            Slot::new(Arc::clone(&places)),
        );
        one.take().await.unwrap();
        let both = async {
            tokio::join!(one.rest(Duration::from_millis(1)), async {
                other.take().await.unwrap();
                other.give();
            })
        };
        let limit = Duration::from_secs(60);
        let (rested, ()) = tokio::time::timeout(limit, both)
            .await
            .expect("the other one has its turn meanwhile");
        rested.unwrap();
        assert_eq!(places.available_permits(), 0, "and then it has it again");
    }
}
