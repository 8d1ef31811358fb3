//! Detection of partitions that librdkafka has stopped fetching.
//!
//! After a broker was unreachable, a partition can stay without fetch requests while others of the
//! same client continue (<https://github.com/confluentinc/librdkafka/issues/4916>,
//! <https://github.com/fede1024/rust-rdkafka/issues/597>). No error is reported, so positions are
//! compared with the ends of the partitions.

mod watch;

use std::collections::HashMap;
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::consumer::{Consumer, ConsumerContext};
use rdkafka::{Offset, TopicPartitionList};

use super::error;
use crate::error::BusError;
pub(super) use watch::StallWatch;

/// The interval between two comparisons. A partition is restarted after two of them.
pub(super) const CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// How long a comparison waits for the brokers.
pub(super) const CHECK_TIMEOUT: Duration = Duration::from_secs(1);

/// The offset of the next record of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FetchPosition {
    pub(super) topic: String,
    pub(super) partition: u32,
    pub(super) next: i64,
}

/// Positions with the ends of their partitions.
pub(super) type Observed = Vec<(FetchPosition, i64)>;

/// Compares positions with ends.
#[derive(Default)]
pub(super) struct StallDetector {
    /// The positions before the ends of their partitions at the last call.
    behind: HashMap<(String, u32), i64>,
}

impl StallDetector {
    /// The stalled ones of these positions: records followed at the last call already, and none of
    /// them was received since. They are observed anew after that, so a position whose offsets up to
    /// the end hold no record, such as those of transaction markers, is returned by every second call.
    pub(super) fn stalled(&mut self, observed: Observed) -> Vec<FetchPosition> {
        let before = std::mem::take(&mut self.behind);
        let mut stalled = Vec::new();
        for (position, _) in observed.into_iter().filter(|(own, end)| own.next < *end) {
            let key = (position.topic.clone(), position.partition);
            if before.get(&key) == Some(&position.next) {
                stalled.push(position);
            } else {
                self.behind.insert(key, position.next);
            }
        }
        stalled
    }
}

/// Requests the end of each position's partition: one request for each broker. Blocks.
pub(super) fn with_ends<X: ClientContext + ConsumerContext>(
    client: &impl Consumer<X>,
    positions: Vec<FetchPosition>,
    limit: Duration,
) -> Result<Observed, BusError> {
    if positions.is_empty() {
        return Ok(Vec::new());
    }
    let mut requested = TopicPartitionList::new();
    for position in &positions {
        let about = |e| error::about(&position.topic, &e);
        let partition = position.partition as i32;
        let added = requested.add_partition_offset(&position.topic, partition, Offset::End);
        added.map_err(about)?;
    }
    let found = client.offsets_for_times(requested, limit);
    let found = found.map_err(|e| error::about("", &e))?;
    let end = |position: FetchPosition| {
        let found = found.find_partition(&position.topic, position.partition as i32)?;
        match (found.error(), found.offset()) {
            (Ok(()), Offset::Offset(end)) => Some((position, end)),
            // Checked again next time.
            _ => None,
        }
    };
    Ok(positions.into_iter().filter_map(end).collect())
}

#[cfg(test)]
mod tests;
