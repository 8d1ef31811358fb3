//! Places beyond the limits, for connections that are answered by health endpoints or refused.
//!
//! Whether a connection comes from a health probe shows only when its head is there. So every
//! connection beyond a limit gets a place here for a moment. Where all of these are taken, the
//! oldest connection whose head has not arrived is closed for the next one: heads that never
//! arrive can fill the places, but cannot keep them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// How long a connection is kept at least, that its head may arrive.
const MIN_HEAD_TIME: Duration = Duration::from_millis(50);

/// The places. Cheap to clone; clones share them.
#[derive(Clone)]
pub(crate) struct Reserve {
    places: Arc<Semaphore>,
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

/// A place in the reserve. Dropping it frees the place.
pub(crate) struct Reserved {
    state: Arc<State>,
    _place: OwnedSemaphorePermit,
}

impl Reserve {
    pub(crate) fn new(places: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places)),
            open: Arc::default(),
        }
    }

    /// A place, as soon as there is one: at once or after [`MIN_HEAD_TIME`], unless all places are
    /// taken by connections that are being answered.
    pub(crate) async fn enter(&self) -> Reserved {
        let place = loop {
            if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
                break place;
            }
            let evictable = self.evict();
            tokio::select! {
                place = Arc::clone(&self.places).acquire_owned() => match place {
                    Ok(place) => break place,
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
        Reserved {
            state,
            _place: place,
        }
    }

    /// Closes the oldest connection without a head, if it had its time. Else says when it will
    /// have had it; never where there is none.
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
        // It frees its place in a moment; should it not, the next one has to go.
        Some(Instant::now() + MIN_HEAD_TIME)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether it is no matter of eviction any more.
    fn is_settled(&self) -> bool {
        self.has_head.load(Ordering::Relaxed) || self.has_ended.load(Ordering::Relaxed)
    }
}

impl Reserved {
    /// What to call when the head is there: the connection will be answered.
    pub(crate) fn on_head(&self) -> impl Fn() + Send + Sync + use<> {
        let state = Arc::clone(&self.state);
        move || state.has_head.store(true, Ordering::Relaxed)
    }

    /// Cancelled when the connection has to make room for another.
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
    async fn the_oldest_without_a_head_makes_room_after_its_time() {
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
