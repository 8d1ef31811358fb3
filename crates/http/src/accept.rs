//! What happens when the system cannot accept a connection.

use std::io;
use std::time::Duration;

use tokio::time::Instant;

use crate::event;

/// How long to wait after the first failure: descriptors or memory are lacking, and asking at once
/// again would burn a core. Each failure in a row doubles it.
const MIN_BACKOFF: Duration = Duration::from_millis(10);
/// The longest that is waited.
const MAX_BACKOFF: Duration = Duration::from_secs(1);
/// The shortest time between two lines in the log.
const LOG_INTERVAL: Duration = Duration::from_secs(1);

/// Failures to accept, in a row and since the last line in the log.
#[derive(Default)]
pub(crate) struct AcceptErrors {
    in_a_row: u32,
    unlogged: u64,
    logged: Option<Instant>,
}

impl AcceptErrors {
    /// Notes that a connection was accepted.
    pub(crate) fn accepted(&mut self) {
        self.in_a_row = 0;
    }

    /// Notes and logs a failure, and says how long to wait before the next attempt.
    pub(crate) fn failed(&mut self, error: &io::Error) -> Duration {
        if let Some(errors) = self.count(Instant::now()) {
            tracing::warn!(event = event::ACCEPT, %error, errors);
        }
        if is_of_the_peer(error) {
            return Duration::ZERO;
        }
        let backoff = MIN_BACKOFF.saturating_mul(1 << self.in_a_row.min(16));
        self.in_a_row += 1;
        backoff.min(MAX_BACKOFF)
    }

    /// How many failures to log now; none where a line was written a moment ago.
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

/// Whether the peer gave the connection up: the next one may be fine.
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
    fn a_second_of_failures_is_one_line_with_their_number() {
        let mut errors = AcceptErrors::default();
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        assert_eq!(errors.count(at(0)), Some(1));
        assert!((1..100).all(|ms| errors.count(at(ms * 10)).is_none()));
        assert_eq!(errors.count(at(1_000)), Some(100));
    }

    #[test]
    fn failures_in_a_row_are_waited_for_longer_up_to_a_second() {
        let mut errors = AcceptErrors::default();
        let waits: Vec<_> = (0..40).map(|_| errors.failed(&emfile())).collect();
        assert_eq!(waits[0], MIN_BACKOFF);
        assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(waits[39], MAX_BACKOFF);
        let aborted = io::Error::from_raw_os_error(libc::ECONNABORTED);
        assert_eq!(errors.failed(&aborted), Duration::ZERO);
        errors.accepted();
        assert_eq!(errors.failed(&emfile()), MIN_BACKOFF);
    }
}
