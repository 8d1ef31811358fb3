//! What a group has committed, by a request to the broker without joining the group.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

/// How long the broker may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// The offset before which all is committed, for each partition of a topic from 0 on; none where
/// nothing is. Blocks until the broker answers.
pub(crate) fn committed(
    brokers: &str,
    group: &str,
    topic: &str,
    partitions: u32,
) -> Vec<Option<i64>> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers);
    config.set("group.id", group);
    let consumer: BaseConsumer = config.create().unwrap();
    let mut requested = TopicPartitionList::new();
    requested.add_partition_range(topic, 0, partitions as i32 - 1);
    let found = consumer
        .committed_offsets(requested, ANSWER_TIMEOUT)
        .unwrap();
    let offset = |partition| match found.find_partition(topic, partition as i32)?.offset() {
        Offset::Offset(offset) => Some(offset),
        _ => None,
    };
    (0..partitions).map(offset).collect()
}
