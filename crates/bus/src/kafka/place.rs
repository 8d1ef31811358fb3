//! Where partitions are taken up that come to a member.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};

use super::watch::Watch;
use super::{error, metadata};
use crate::bus::{Beginning, Group, Position};
use crate::error::BusError;

pub(super) struct Place {
    pub(super) partition: u32,
    /// The first record that the member gets.
    pub(super) from: i64,
    /// The place after the last record, if it was asked for.
    pub(super) high: Option<i64>,
    /// Where the one before stopped.
    pub(super) committed: Option<Position>,
}

/// Asks the brokers: for commits, and for the ends of what has none. An end is a number from then
/// on, so that nothing is missed that is published before the first fetch.
pub(super) fn places(
    consumer: &BaseConsumer<Watch>,
    group: &Group,
    partitions: &TopicPartitionList,
    limit: Duration,
) -> Result<Vec<Place>, BusError> {
    let about = |e: KafkaError| error::about(&group.topic, &e);
    let mut asked = TopicPartitionList::new();
    for element in partitions.elements() {
        asked.add_partition(element.topic(), element.partition());
    }
    if group.commits && asked.count() > 0 {
        asked = consumer.committed_offsets(asked, limit).map_err(about)?;
    }
    let mut places = Vec::new();
    for element in asked.elements() {
        element.error().map_err(about)?;
        let partition = element.partition() as u32;
        let place = if let Offset::Offset(offset) = element.offset() {
            Place {
                partition,
                from: offset,
                high: None,
                committed: Some(Position {
                    partition,
                    offset,
                    metadata: element.metadata().to_owned(),
                }),
            }
        } else {
            let client = consumer.client();
            let (low, high) = metadata::watermarks(client, &group.topic, partition, limit)?;
            Place {
                partition,
                from: match group.from {
                    Beginning::Earliest => low,
                    Beginning::Latest => high,
                },
                high: Some(high),
                committed: None,
            }
        };
        places.push(place);
    }
    Ok(places)
}
