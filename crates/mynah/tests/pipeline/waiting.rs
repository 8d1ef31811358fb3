//! Waiting for a state: of the topics, of metrics, of logs.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// The longest that a state is waited for. A machine that tests is busy.
pub(crate) const DEADLINE: Duration = Duration::from_secs(300);

/// How often it is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// Looks again until there is something.
///
/// # Panics
/// `what` did not come about within [`DEADLINE`].
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(
            Instant::now() < deadline,
            "{what}: not within {} s",
            DEADLINE.as_secs()
        );
        sleep(POLL_INTERVAL).await;
    }
}
