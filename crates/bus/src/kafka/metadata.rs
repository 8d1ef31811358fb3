//! Blocking requests to the brokers.

use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::client::Client;
use rdkafka::error::RDKafkaErrorCode as Code;

use super::error;
use crate::error::BusError;

/// The number of partitions of a topic.
pub(super) fn partitions<C: ClientContext>(
    client: &Client<C>,
    topic: &str,
    limit: Duration,
) -> Result<u32, BusError> {
    let metadata = client.fetch_metadata(Some(topic), limit);
    let metadata = metadata.map_err(|e| error::about(topic, &e))?;
    let found = metadata.topics().iter().find(|own| own.name() == topic);
    let found = found.ok_or_else(|| BusError::NoTopic(topic.to_owned()))?;
    if let Some(problem) = found.error() {
        return Err(error::about_code(topic, Code::from(problem)));
    }
    match found.partitions().len() as u32 {
        0 => Err(BusError::Unreachable(format!("{topic} has no leader yet"))),
        count => Ok(count),
    }
}

/// The offset of the first record of a partition and the one after its last record.
pub(super) fn watermarks<C: ClientContext>(
    client: &Client<C>,
    topic: &str,
    partition: u32,
    limit: Duration,
) -> Result<(i64, i64), BusError> {
    let marks = client.fetch_watermarks(topic, partition as i32, limit);
    marks.map_err(|e| error::about(topic, &e))
}
