//! How fast messages are read. A client that sends faster is slowed by the network and loses
//! nothing: a client may send a file as fast as it can.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Messages that may come at once: the messages of one second.
const BURST: Duration = Duration::from_secs(1);

/// Lets so many messages through a second (a virtual scheduler, as in GCRA, ITU-T I.371).
#[derive(Debug)]
pub(crate) struct MessagePacer {
    every: Duration,
    /// When the next message would come if all came evenly.
    next: Instant,
}

impl MessagePacer {
    pub(crate) fn new(per_second: u32) -> Self {
        Self {
            every: Duration::from_secs(1) / per_second.max(1),
            next: Instant::now(),
        }
    }

    /// Waits until the next message may be read.
    pub(crate) async fn step(&mut self) {
        sleep_until(self.next_after(Instant::now())).await;
    }

    /// When the next message may be read, which would be read now.
    fn next_after(&mut self, now: Instant) -> Instant {
        self.next = self.next.max(now) + self.every;
        now.max(self.next.checked_sub(BURST).unwrap_or(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_of_messages_comes_at_once_and_then_one_at_a_time() {
        let mut pace = MessagePacer::new(10);
        let began = pace.next;
        let after = |ms| began + Duration::from_millis(ms);
        for _ in 0..10 {
            assert_eq!(pace.next_after(began), began);
        }
        assert_eq!(pace.next_after(began), after(100));
        assert_eq!(pace.next_after(after(100)), after(200));
        // After a long pause a second's worth may come at once again, and no more.
        for _ in 0..10 {
            assert_eq!(pace.next_after(after(60_000)), after(60_000));
        }
        assert_eq!(pace.next_after(after(60_000)), after(60_100));
    }
}
