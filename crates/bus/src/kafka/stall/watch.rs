//! Comparisons of a reader, beside its work.

use std::sync::Arc;

use rdkafka::consumer::{Consumer, ConsumerContext};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, sleep_until};

use super::{CHECK_INTERVAL, CHECK_TIMEOUT, FetchPosition, Observed, StallDetector, with_ends};
use crate::error::BusError;
use crate::kafka::producer::drop_aside;

/// Compares the positions of a reader with the ends of its partitions at intervals.
pub(crate) struct StallWatch {
    detector: StallDetector,
    next_check: Instant,
    /// The comparison in progress.
    check: Option<JoinHandle<Result<Observed, BusError>>>,
}

impl StallWatch {
    pub(crate) fn new() -> Self {
        Self {
            detector: StallDetector::default(),
            next_check: Instant::now() + CHECK_INTERVAL,
            check: None,
        }
    }

    /// Waits until a comparison is due, and for its result: the stalled positions. Cancel-safe.
    pub(crate) async fn stalled<C: Consumer<X> + Send + Sync + 'static, X: ConsumerContext>(
        &mut self,
        client: &Arc<C>,
        positions: impl Fn() -> Vec<FetchPosition>,
    ) -> Vec<FetchPosition> {
        sleep_until(self.next_check).await;
        let check = self.check.get_or_insert_with(|| {
            let (positions, client) = (positions(), Arc::clone(client));
            spawn_blocking(move || {
                let observed = with_ends(&*client, positions, CHECK_TIMEOUT);
                // Where it is the last one, the client is dropped here: that waits for its threads.
                drop_aside(client);
                observed
            })
        });
        let observed = check.await;
        self.check = None;
        self.next_check = Instant::now() + CHECK_INTERVAL;
        // Without the ends nothing is known: the brokers may be unreachable.
        let Ok(Ok(observed)) = observed else {
            return Vec::new();
        };
        let mut stalled = self.detector.stalled(observed);
        // Records may have been received meanwhile.
        let current = positions();
        stalled.retain(|position| current.contains(position));
        stalled
    }
}
