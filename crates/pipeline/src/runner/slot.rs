//! A session's slot among the records that a stage works on at the same time, released while the
//! session only waits.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The slot of one session.
pub(crate) struct Slot {
    slots: Arc<Semaphore>,
    held: Mutex<Option<OwnedSemaphorePermit>>,
}

impl Slot {
    pub(crate) const fn new(slots: Arc<Semaphore>) -> Self {
        Self {
            slots,
            held: Mutex::new(None),
        }
    }

    /// Waits for a free slot.
    pub(crate) async fn acquire(&self) {
        // The semaphore is never closed.
        self.set(Arc::clone(&self.slots).acquire_owned().await.ok());
    }

    pub(crate) fn release(&self) {
        self.set(None);
    }

    /// Waits without the slot, so that other sessions can use it, and acquires it again.
    pub(crate) async fn wait<T>(&self, waiting: impl Future<Output = T>) -> T {
        self.release();
        let result = waiting.await;
        self.acquire().await;
        result
    }

    /// Sleeps without the slot.
    pub(crate) async fn sleep(&self, delay: Duration) {
        self.wait(tokio::time::sleep(delay)).await;
    }

    fn set(&self, permit: Option<OwnedSemaphorePermit>) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = permit;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sleeping_session_leaves_its_slot_to_others() {
        let slots = Arc::new(Semaphore::new(1));
        let (one, other) = (Slot::new(Arc::clone(&slots)), Slot::new(Arc::clone(&slots)));
        one.acquire().await;
        let both = async {
            tokio::join!(one.sleep(Duration::from_millis(1)), async {
                other.acquire().await;
                other.release();
            })
        };
        let limit = Duration::from_secs(60);
        tokio::time::timeout(limit, both)
            .await
            .expect("the other session gets the slot meanwhile");
        assert_eq!(slots.available_permits(), 0, "and then it is taken again");
    }
}
