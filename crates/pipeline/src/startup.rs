//! Waiting for dependencies at the start.

use std::cell::RefCell;
use std::future::Future;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use tokio::time::{Instant, timeout_at};

/// A dependency that was not ready in time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} was not ready within {seconds} s: {reason}")]
pub struct NotReady {
    /// The dependency.
    pub name: &'static str,
    /// The time limit in seconds.
    pub seconds: u64,
    /// The last failure of its check.
    pub reason: String,
}

/// Retries a check until it succeeds, never past the deadline: an attempt that hangs is dropped
/// then. Logs what it waits for. Returns the result of the check.
///
/// # Errors
/// [`NotReady`] at the deadline.
pub async fn wait_for<T, F>(
    name: &'static str,
    began: Instant,
    limit: Duration,
    check: impl Fn() -> F,
) -> Result<T, NotReady>
where
    F: Future<Output = Result<T, String>>,
{
    let last = RefCell::new("it did not respond".to_owned());
    let policy = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(Duration::from_secs(3))
        .without_max_times()
        .with_jitter();
    let ready = check.retry(policy).notify(|reason: &String, _| {
        tracing::info!(name, reason, "waiting");
        last.replace(reason.clone());
    });
    if let Ok(Ok(result)) = timeout_at(began + limit, ready).await {
        let waited_ms = began.elapsed().as_millis() as u64;
        tracing::info!(name, waited_ms, "ready");
        return Ok(result);
    }
    Err(NotReady {
        name,
        seconds: limit.as_secs(),
        reason: last.into_inner(),
    })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn the_deadline_holds_whether_checks_fail_or_hang() {
        let limit = Duration::from_secs(1);
        for hangs in [false, true] {
            let began = Instant::now();
            let check = || async move {
                if hangs {
                    std::future::pending::<()>().await;
                }
                Err::<(), _>("connection refused".to_owned())
            };
            let error = wait_for("the registry", began, limit, check)
                .await
                .unwrap_err();
            // Not before, and not by a whole delay or attempt later.
            assert!(began.elapsed() >= limit && began.elapsed() < 3 * limit);
            assert_eq!((error.name, error.seconds), ("the registry", 1));
        }
    }

    #[tokio::test]
    async fn a_late_dependency_is_in_time() {
        let tries = Cell::new(0);
        let began = Instant::now();
        let check = || {
            tries.set(tries.get() + 1);
            let ready = tries.get() > 3;
            async move { if ready { Ok(()) } else { Err("not yet".into()) } }
        };
        wait_for("the bus", began, Duration::from_secs(60), check)
            .await
            .unwrap();
        assert_eq!(tries.get(), 4);
    }
}
