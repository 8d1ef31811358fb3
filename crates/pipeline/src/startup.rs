//! The gate of a start: what is needed must be there in time.

use std::future::Future;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use tokio::time::{Instant, sleep, timeout_at};

/// The longest pause between two attempts.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(3);

/// What was not there in time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} was not there within {seconds} s: {reason}")]
pub struct NotReady {
    /// What.
    pub name: &'static str,
    /// How long was waited, in seconds.
    pub seconds: u64,
    /// What it said last.
    pub reason: String,
}

/// Waits until a check goes well, and never past the deadline: also an attempt that hangs ends
/// then. Tells the log what it waits for. Returns what the check brought.
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
    let deadline = began + limit;
    let mut reason = "it did not answer".to_owned();
    let mut pauses = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(MAX_RETRY_DELAY)
        .without_max_times()
        .with_jitter()
        .build();
    while let Ok(checked) = timeout_at(deadline, check()).await {
        match checked {
            Ok(brought) => {
                let waited_ms = began.elapsed().as_millis() as u64;
                tracing::info!(name, waited_ms, "is there");
                return Ok(brought);
            }
            Err(said) => reason = said,
        }
        tracing::info!(name, reason, "waiting");
        let pause = sleep(pauses.next().unwrap_or(MAX_RETRY_DELAY));
        if timeout_at(deadline, pause).await.is_err() {
            break;
        }
    }
    Err(NotReady {
        name,
        seconds: limit.as_secs(),
        reason,
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
                Err::<(), _>("nobody is there".to_owned())
            };
            let error = wait_for("the registry", began, limit, check)
                .await
                .unwrap_err();
            // Not before, and not by a whole pause or attempt later.
            assert!(began.elapsed() >= limit && began.elapsed() < 3 * limit);
            assert_eq!((error.name, error.seconds), ("the registry", 1));
        }
    }

    #[tokio::test]
    async fn what_comes_late_is_in_time() {
        let tries = Cell::new(0);
        let began = Instant::now();
        let check = || {
            tries.set(tries.get() + 1);
            let well = tries.get() > 3;
            async move { if well { Ok(()) } else { Err("not yet".into()) } }
        };
        wait_for("the bus", began, Duration::from_secs(60), check)
            .await
            .unwrap();
        assert_eq!(tries.get(), 4);
    }
}
