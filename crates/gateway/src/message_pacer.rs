//! How fast messages are read. A client that sends faster is slowed by the network and loses
//! nothing: a client may send a file as fast as it can.

use std::num::NonZeroU32;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

/// Lets so many messages through a second; those of one second may come at once.
#[derive(Debug)]
pub(crate) struct MessagePacer(DefaultDirectRateLimiter);

impl MessagePacer {
    /// A pace of at least one message a second.
    pub(crate) fn new(per_second: u32) -> Self {
        // The settings have a lower limit of one.
        let per_second = NonZeroU32::new(per_second).unwrap_or(NonZeroU32::MIN);
        Self(RateLimiter::direct(Quota::per_second(per_second)))
    }

    /// Waits until the next message may be read.
    pub(crate) async fn step(&self) {
        self.0.until_ready().await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[tokio::test]
    async fn messages_of_one_second_pass_at_once_then_evenly() {
        let pacer = MessagePacer::new(20);
        let began = Instant::now();
        for _ in 0..22 {
            pacer.step().await;
        }
        // Two messages beyond the burst, 50 ms each.
        assert!(began.elapsed() >= Duration::from_millis(95));
        assert!(pacer.0.check().is_err());
    }
}
