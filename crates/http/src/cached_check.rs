//! A check whose result is shared by many requests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::{BoxFuture, FutureExt as _, Shared};

/// How long a result is reused: the check has a cost, and the route needs no key.
const MAX_AGE: Duration = Duration::from_secs(1);

/// A check that is running; every request that arrives meanwhile gets its result. None if the
/// check failed.
type PendingCheck<T> = Shared<BoxFuture<'static, Option<T>>>;

/// The result of the last check. Cheap to clone; clones share it.
#[derive(Clone)]
pub struct CachedCheck<T>(Arc<Mutex<State<T>>>);

struct State<T> {
    last: Option<(Instant, T)>,
    pending: Option<PendingCheck<T>>,
}

impl<T> Default for CachedCheck<T> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(State {
            last: None,
            pending: None,
        })))
    }
}

impl<T: Clone + Send + Sync + 'static> CachedCheck<T> {
    /// The result of a check, at most one second old. Requests share one running check, and the
    /// lock is free while it runs. None if the check returned none or panicked; that is not
    /// cached.
    pub async fn get<F>(&self, check: impl FnOnce() -> F) -> Option<T>
    where
        F: Future<Output = Option<T>> + Send + 'static,
    {
        let pending = {
            let mut state = self.lock();
            if let Some((at, result)) = &state.last
                && at.elapsed() < MAX_AGE
            {
                return Some(result.clone());
            }
            state
                .pending
                .get_or_insert_with(|| self.spawn(check()))
                .clone()
        };
        pending.await
    }

    /// Starts a check, which goes on when the request that started it is dropped.
    fn spawn(&self, check: impl Future<Output = Option<T>> + Send + 'static) -> PendingCheck<T> {
        let cache = self.clone();
        let task = tokio::spawn(async move {
            // In a task of its own, so that a panic leaves no check pending.
            let result = tokio::spawn(check).await.ok().flatten();
            let mut state = cache.lock();
            state.pending = None;
            if let Some(result) = &result {
                state.last = Some((Instant::now(), result.clone()));
            }
            result
        });
        async move { task.await.ok().flatten() }.boxed().shared()
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn requests_share_one_check_and_no_lock() {
        let (checks, released) = (Arc::new(AtomicUsize::new(0)), Arc::new(Barrier::new(2)));
        let cache = CachedCheck::default();
        let waiting: Vec<_> = (0..20)
            .map(|_| {
                let cache: CachedCheck<usize> = cache.clone();
                let (checks, released) = (Arc::clone(&checks), Arc::clone(&released));
                let check = move || async move {
                    let check = move || {
                        let number = checks.fetch_add(1, Ordering::SeqCst);
                        released.wait();
                        number
                    };
                    tokio::task::spawn_blocking(check).await.ok()
                };
                tokio::spawn(async move { cache.get(check).await })
            })
            .collect();
        while checks.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        // The check is running: the lock is free, and a request that is dropped ends no check.
        drop(cache.0.try_lock().expect("the lock is free"));
        waiting[0].abort();
        tokio::task::spawn_blocking(move || released.wait())
            .await
            .unwrap();
        for request in waiting.into_iter().skip(1) {
            assert_eq!(request.await.unwrap(), Some(0));
        }
        assert_eq!(checks.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_panic_is_no_result_and_is_not_cached() {
        let cache = CachedCheck::<usize>::default();
        let panicking = || async { panic!("ordered by a test") };
        assert_eq!(cache.get(panicking).await, None);
        assert_eq!(cache.get(|| async { Some(1) }).await, Some(1));
    }
}
