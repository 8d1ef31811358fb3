//! How fast messages are read. Whoever sends faster is held back by the network, and loses
//! nothing: a client may send a file as fast as it can.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Messages that may come at once: the messages of one second.
const BURST: Duration = Duration::from_secs(1);

/// Lets so many messages through a second (a virtual scheduler, as in GCRA, ITU-T I.371).
#[derive(Debug)]
pub(crate) struct Pace {
    every: Duration,
    /// When the next message would come if all came evenly.
    next: Instant,
}

impl Pace {
    pub(crate) fn new(per_second: u32) -> Self {
        Self { every: Duration::from_secs(1) / per_second.max(1), next: Instant::now() }
    }

    /// Waits until the next message may be read.
    pub(crate) async fn step(&mut self) {
        let now = Instant::now();
        self.next = self.next.max(now) + self.every;
        if self.next > now + BURST {
            sleep_until(self.next - BURST).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_second_of_messages_comes_at_once_and_then_one_at_a_time() {
        let began = Instant::now();
        let mut pace = Pace::new(10);
        for _ in 0..10 {
            pace.step().await;
        }
        assert_eq!(began.elapsed(), Duration::ZERO);
        pace.step().await;
        // The timer counts whole milliseconds.
        assert!(began.elapsed().abs_diff(Duration::from_millis(100)) <= Duration::from_millis(1));
        for _ in 0..20 {
            pace.step().await;
        }
        assert!(began.elapsed().abs_diff(Duration::from_millis(2_100)) <= Duration::from_millis(2));
    }
}
