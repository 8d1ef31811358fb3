//! Waiting on a blocking thread for an event, a deadline or a cancellation, whichever comes first.
//!
//! The thread is parked until one of them wakes it: nothing is polled.

use std::future::{Future, pending};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use crate::Cancel;

/// Why a wait ended without its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Interrupted {
    /// The token was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// The deadline passed.
    #[error("timed out")]
    TimedOut,
}

/// Blocks until the future is ready. A cancelled token wins over a ready future, and a ready future
/// over a deadline that has passed.
///
/// The future must need no async runtime: those of [`tokio::sync`] need none.
///
/// # Errors
/// [`Interrupted`] where the token is cancelled or the deadline passes first.
pub fn wait_for<F: Future>(
    event: F,
    deadline: Option<Instant>,
    cancel: &Cancel,
) -> Result<F::Output, Interrupted> {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let (mut event, mut cancelled) = (pin!(event), pin!(cancel.cancelled()));
    loop {
        if cancelled.as_mut().poll(&mut context).is_ready() {
            return Err(Interrupted::Cancelled);
        }
        if let Poll::Ready(output) = event.as_mut().poll(&mut context) {
            return Ok(output);
        }
        match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
            None => thread::park(),
            Some(Duration::ZERO) => return Err(Interrupted::TimedOut),
            Some(remaining) => thread::park_timeout(remaining),
        }
    }
}

/// Blocks for a duration.
///
/// # Errors
/// [`Interrupted::Cancelled`] where the token is cancelled first.
pub fn sleep(duration: Duration, cancel: &Cancel) -> Result<(), Interrupted> {
    match wait_for(
        pending::<()>(),
        Instant::now().checked_add(duration),
        cancel,
    ) {
        Err(Interrupted::Cancelled) => Err(Interrupted::Cancelled),
        Ok(()) | Err(Interrupted::TimedOut) => Ok(()),
    }
}

/// Blocks until the token is cancelled.
pub fn until_cancelled(cancel: &Cancel) {
    // Without a deadline the only other outcome is the future's, which never comes.
    let _ = wait_for(pending::<()>(), None, cancel);
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use tokio::sync::oneshot;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn events_of_other_threads_end_a_wait() {
        let (sender, receiver) = oneshot::channel();
        let thread = thread::spawn(move || sender.send(7));
        let received = wait_for(receiver, None, &Cancel::new());
        assert_eq!(received, Ok(Ok(7)));
        assert_eq!(thread.join().unwrap(), Ok(()));
    }

    #[test]
    fn cancellation_ends_every_wait() {
        let cancel = Cancel::new();
        let token = cancel.clone();
        let thread = thread::spawn(move || token.cancel());
        until_cancelled(&cancel);
        thread.join().unwrap();
        assert_eq!(sleep(MINUTE, &cancel), Err(Interrupted::Cancelled));
        let soon = Some(Instant::now() + MINUTE);
        assert_eq!(
            wait_for(ready(1), soon, &cancel),
            Err(Interrupted::Cancelled)
        );
    }

    #[test]
    fn deadlines_end_a_wait_unless_the_event_is_there() {
        let cancel = Cancel::new();
        let past = Some(Instant::now());
        assert_eq!(wait_for(ready(1), past, &cancel), Ok(1));
        let waited = wait_for(pending::<()>(), past, &cancel);
        assert_eq!(waited, Err(Interrupted::TimedOut));
        let began = Instant::now();
        assert_eq!(sleep(Duration::from_millis(20), &cancel), Ok(()));
        assert!(began.elapsed() >= Duration::from_millis(20));
    }
}
