//! Where the consumption of assigned partitions starts.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};

use super::callbacks::ConsumerCallbacks;
use super::{error, metadata};
use crate::bus::{Group, OffsetReset, Position};
use crate::error::BusError;

pub(super) struct PartitionStart {
    pub(super) partition: u32,
    /// The first record that is delivered.
    pub(super) from: i64,
    /// The offset after the last record, if it was requested.
    pub(super) high: Option<i64>,
    /// The committed position.
    pub(super) committed: Option<Position>,
}

/// Requests committed offsets, and the ends of partitions without one. An end becomes a number, so
/// that records published before the first fetch are not missed.
pub(super) fn partition_starts(
    consumer: &BaseConsumer<ConsumerCallbacks>,
    group: &Group,
    partitions: &TopicPartitionList,
    limit: Duration,
) -> Result<Vec<PartitionStart>, BusError> {
    let about = |e: KafkaError| error::about(&group.topic, &e);
    let mut requested = TopicPartitionList::new();
    for element in partitions.elements() {
        requested.add_partition(element.topic(), element.partition());
    }
    if group.commits && requested.count() > 0 {
        requested = consumer
            .committed_offsets(requested, limit)
            .map_err(about)?;
    }
    let mut partition_starts = Vec::new();
    for element in requested.elements() {
        element.error().map_err(about)?;
        let partition = element.partition() as u32;
        let start = if let Offset::Offset(offset) = element.offset() {
            let client = consumer.client();
            let (low, _) = metadata::watermarks(client, &group.topic, partition, limit)?;
            PartitionStart {
                partition,
                // Records before it were deleted, and nothing is received until there are others.
                from: offset.max(low),
                high: None,
                committed: Some(Position {
                    partition,
                    offset,
                    metadata: element.metadata().to_owned(),
                    metadata_at_release: None,
                }),
            }
        } else {
            let client = consumer.client();
            let (low, high) = metadata::watermarks(client, &group.topic, partition, limit)?;
            PartitionStart {
                partition,
                from: match group.offset_reset {
                    OffsetReset::Earliest => low,
                    OffsetReset::Latest => high,
                },
                high: Some(high),
                committed: None,
            }
        };
        partition_starts.push(start);
    }
    Ok(partition_starts)
}
