//! Errors of accepting a connection: logging and backoff.

use std::io;
use std::time::Duration;

use tokio::time::Instant;

use crate::event;

/// The delay after the first failure: descriptors or memory are exhausted, and an immediate retry
/// would use a whole core. Each consecutive failure doubles it.
const MIN_ACCEPT_BACKOFF: Duration = Duration::from_millis(10);
/// The longest delay.
const MAX_ACCEPT_BACKOFF: Duration = Duration::from_secs(1);
/// The shortest time between two log lines.
const LOG_INTERVAL: Duration = Duration::from_secs(1);

/// Failures to accept, consecutive and since the last log line.
#[derive(Default)]
pub(crate) struct AcceptErrors {
    consecutive: u32,
    unlogged: u64,
    logged: Option<Instant>,
}

impl AcceptErrors {
    /// Records that a connection was accepted.
    pub(crate) fn accepted(&mut self) {
        self.consecutive = 0;
    }

    /// Records and logs a failure, and returns the delay before the next attempt.
    pub(crate) fn failed(&mut self, error: &io::Error) -> Duration {
        if let Some(errors) = self.count(Instant::now()) {
            tracing::warn!(event = event::ACCEPT, %error, errors);
        }
        if is_of_the_peer(error) {
            return Duration::ZERO;
        }
        let backoff = MIN_ACCEPT_BACKOFF.saturating_mul(1 << self.consecutive.min(16));
        self.consecutive += 1;
        backoff.min(MAX_ACCEPT_BACKOFF)
    }

    /// How many failures to log now; none within [`LOG_INTERVAL`] of the last line.
    fn count(&mut self, now: Instant) -> Option<u64> {
        self.unlogged += 1;
        let since = self.logged.map(|logged| now.duration_since(logged));
        if since.is_some_and(|since| since < LOG_INTERVAL) {
            return None;
        }
        self.logged = Some(now);
        Some(std::mem::take(&mut self.unlogged))
    }
}

/// Whether the peer closed the connection: the next one is not affected.
fn is_of_the_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Too many open files.
    fn emfile() -> io::Error {
        io::Error::from_raw_os_error(libc::EMFILE)
    }

    #[test]
    fn failures_of_one_second_are_one_log_line() {
        let mut errors = AcceptErrors::default();
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        assert_eq!(errors.count(at(0)), Some(1));
        assert!((1..100).all(|ms| errors.count(at(ms * 10)).is_none()));
        assert_eq!(errors.count(at(1_000)), Some(100));
    }

    #[test]
    fn consecutive_failures_increase_the_backoff_to_its_maximum() {
        let mut errors = AcceptErrors::default();
        let waits: Vec<_> = (0..40).map(|_| errors.failed(&emfile())).collect();
        assert_eq!(waits[0], MIN_ACCEPT_BACKOFF);
        assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(waits[39], MAX_ACCEPT_BACKOFF);
        let aborted = io::Error::from_raw_os_error(libc::ECONNABORTED);
        assert_eq!(errors.failed(&aborted), Duration::ZERO);
        errors.accepted();
        assert_eq!(errors.failed(&emfile()), MIN_ACCEPT_BACKOFF);
    }
}
