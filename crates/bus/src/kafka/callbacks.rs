//! Callbacks of librdkafka during the poll of a group consumer.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext, RebalanceProtocol};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{ClientContext, TopicPartitionList, config::RDKafkaLogLevel};
use serde::Deserialize;

use super::context;
use crate::metrics;

/// Collects what the callbacks report; the poll loop takes it after each poll.
#[derive(Default)]
pub(super) struct ConsumerCallbacks(Mutex<Notes>);

#[derive(Default)]
pub(super) struct Notes {
    /// Assignments and revocations, in order.
    pub(super) changes: Vec<Change>,
    /// The results of commits.
    pub(super) commits: Vec<KafkaResult<()>>,
    /// The offset after the last record of each partition.
    pub(super) highs: HashMap<i32, i64>,
    /// Counts all reports.
    pub(super) event_count: u64,
    /// The poll loop has ended: rebalances get their response at once.
    pub(super) closing: bool,
}

pub(super) enum Change {
    Assigned(TopicPartitionList),
    Revoked(TopicPartitionList),
}

impl ConsumerCallbacks {
    pub(super) fn notes(&self) -> MutexGuard<'_, Notes> {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        notes.event_count = notes.event_count.wrapping_add(1);
        notes
    }

    pub(super) fn event_count(&self) -> u64 {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .event_count
    }

    /// Takes what was collected.
    pub(super) fn drain(&self) -> Notes {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Notes {
            changes: std::mem::take(&mut notes.changes),
            commits: std::mem::take(&mut notes.commits),
            highs: std::mem::take(&mut notes.highs),
            ..Notes::default()
        }
    }
}

impl ClientContext for ConsumerCallbacks {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        context::log(level, facility, message);
    }

    fn error(&self, error: KafkaError, _reason: &str) {
        // The poll returns it as well.
        tracing::debug!(target: "librdkafka", %error, "member");
    }

    fn stats_raw(&self, statistics: &[u8]) {
        self.notes().highs.extend(highs(statistics));
    }
}

impl ConsumerContext for ConsumerCallbacks {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        what: RDKafkaRespErr,
        partitions: &mut TopicPartitionList,
    ) {
        let assigned = what == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        let mut notes = self.notes();
        if notes.closing {
            drop(notes);
            let done = if assigned {
                assign(consumer, partitions)
            } else {
                unassign(consumer, partitions)
            };
            if let Err(error) = done {
                metrics::fault("member");
                tracing::debug!(%error, "partitions at the end of a member");
            }
        } else if assigned {
            notes.changes.push(Change::Assigned(partitions.clone()));
        } else {
            notes.changes.push(Change::Revoked(partitions.clone()));
        }
    }
}

pub(super) fn assign(
    consumer: &BaseConsumer<ConsumerCallbacks>,
    partitions: &TopicPartitionList,
) -> KafkaResult<()> {
    match consumer.rebalance_protocol() {
        RebalanceProtocol::Cooperative => consumer.incremental_assign(partitions),
        _ => consumer.assign(partitions),
    }
}

pub(super) fn unassign(
    consumer: &BaseConsumer<ConsumerCallbacks>,
    partitions: &TopicPartitionList,
) -> KafkaResult<()> {
    match consumer.rebalance_protocol() {
        RebalanceProtocol::Cooperative => consumer.incremental_unassign(partitions),
        _ => consumer.unassign(),
    }
}

/// The offsets in the statistics
/// (<https://github.com/confluentinc/librdkafka/blob/v2.12.1/STATISTICS.md>).
fn highs(statistics: &[u8]) -> Vec<(i32, i64)> {
    #[derive(Deserialize)]
    struct Statistics {
        #[serde(default)]
        topics: HashMap<String, Topic>,
    }
    #[derive(Deserialize)]
    struct Topic {
        #[serde(default)]
        partitions: HashMap<String, Partition>,
    }
    #[derive(Deserialize)]
    struct Partition {
        partition: i32,
        hi_offset: i64,
    }
    let Ok(read) = serde_json::from_slice::<Statistics>(statistics) else {
        return Vec::new();
    };
    let topics = read.topics.into_values();
    let partitions = topics.flat_map(|topic| topic.partitions.into_values());
    let offsets = partitions.filter(|own| own.partition >= 0 && own.hi_offset >= 0);
    offsets.map(|own| (own.partition, own.hi_offset)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn end_offsets_are_read_from_statistics() {
        let statistics = br#"{"name":"x","topics":{"t":{"topic":"t","partitions":{
            "0":{"partition":0,"hi_offset":7,"lo_offset":0},
            "1":{"partition":1,"hi_offset":-1001},
            "-1":{"partition":-1,"hi_offset":0}}}}}"#;
        assert_eq!(highs(statistics), [(0, 7)]);
        assert_eq!(highs(b"{}"), []);
        assert_eq!(highs(b"no"), []);
    }
}
