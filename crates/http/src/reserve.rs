//! Reserved connections beyond the limits, for health endpoints and refusals.
//!
//! A connection is known to come from a health probe only once its head has arrived. So every
//! connection over a limit gets a reserved slot for a short time. If all of these are held, the
//! oldest connection whose head has not arrived is closed for the next one: connections without a
//! head can fill the reserve, but cannot block it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// The least time that a connection has for its head.
const MIN_HEAD_TIME: Duration = Duration::from_millis(50);

/// The reserved slots. Cheap to clone; clones share them.
#[derive(Clone)]
pub(crate) struct Reserve {
    slots: Arc<Semaphore>,
    /// Connections, the oldest first; some may have ended.
    open: Arc<Mutex<VecDeque<Entry>>>,
}

struct Entry {
    since: Instant,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    has_head: AtomicBool,
    has_ended: AtomicBool,
    evicted: CancellationToken,
}

/// A reserved slot. Dropping it frees it.
pub(crate) struct Reserved {
    state: Arc<State>,
    _slot: OwnedSemaphorePermit,
}

impl Reserve {
    pub(crate) fn new(slots: usize) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(slots)),
            open: Arc::default(),
        }
    }

    /// A slot, as soon as one is free: at once or after [`MIN_HEAD_TIME`], unless all slots are held
    /// by connections whose request is being served.
    pub(crate) async fn enter(&self) -> Reserved {
        let slot = loop {
            if let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() {
                break slot;
            }
            let evictable = self.evict();
            tokio::select! {
                slot = Arc::clone(&self.slots).acquire_owned() => match slot {
                    Ok(slot) => break slot,
                    Err(_) => unreachable!("the semaphore of the reserve is never closed"),
                },
                () = at(evictable) => {}
            }
        };
        let state = Arc::new(State::default());
        self.lock().push_back(Entry {
            since: Instant::now(),
            state: Arc::clone(&state),
        });
        Reserved { state, _slot: slot }
    }

    /// Closes the oldest connection without a head, if its time is over. Returns when to try next;
    /// none without such a connection.
    fn evict(&self) -> Option<Instant> {
        let mut open = self.lock();
        open.retain(|entry| !entry.state.is_settled());
        let oldest = open.front()?;
        let due = oldest.since + MIN_HEAD_TIME;
        if due > Instant::now() {
            return Some(due);
        }
        if let Some(oldest) = open.pop_front() {
            oldest.state.evicted.cancel();
        }
        // It frees its slot soon; otherwise the next one is closed.
        Some(Instant::now() + MIN_HEAD_TIME)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether it can no longer be evicted.
    fn is_settled(&self) -> bool {
        self.has_head.load(Ordering::Relaxed) || self.has_ended.load(Ordering::Relaxed)
    }
}

impl Reserved {
    /// To be called when the head has arrived: the connection will be served.
    pub(crate) fn on_head(&self) -> impl Fn() + Send + Sync + use<> {
        let state = Arc::clone(&self.state);
        move || state.has_head.store(true, Ordering::Relaxed)
    }

    /// Cancelled when the connection is evicted for another.
    pub(crate) fn evicted(&self) -> CancellationToken {
        self.state.evicted.clone()
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.state.has_ended.store(true, Ordering::Relaxed);
    }
}

async fn at(when: Option<Instant>) {
    match when {
        Some(when) => sleep_until(when).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn oldest_without_a_head_is_evicted_after_its_time() {
        let reserve = Reserve::new(2);
        let answered = reserve.enter().await;
        (answered.on_head())();
        let silent = reserve.enter().await;
        let began = Instant::now();
        let evicted = silent.evicted();
        tokio::spawn(async move {
            evicted.cancelled().await;
            drop(silent);
        });
        let third = reserve.enter().await;
        assert!(began.elapsed() >= MIN_HEAD_TIME);
        assert!(!answered.evicted().is_cancelled(), "it has its head");
        // With heads there, all wait until one has ended.
        (third.on_head())();
        assert!(reserve.enter().now_or_never().is_none());
        drop(answered);
        let _fourth = reserve.enter().await;
        assert!(!third.evicted().is_cancelled());
    }
}
