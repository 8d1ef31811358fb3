//! Restarting partitions that librdkafka has stopped fetching.

use std::time::Instant;

use rdkafka::consumer::Consumer as _;
use rdkafka::error::KafkaResult;
use rdkafka::{Offset, TopicPartitionList};

use super::PollLoop;
use crate::kafka::callbacks::{assign, unassign};
use crate::kafka::stall::{CHECK_INTERVAL, CHECK_TIMEOUT, FetchPosition, with_ends};
use crate::metrics;

impl PollLoop {
    /// Assigns stalled partitions anew, where a check is due.
    pub(super) fn restart_stalled(&mut self) {
        if self.end.is_some() || Instant::now() < self.next_stall_check {
            return;
        }
        let positions = self.state.lock().waiting_positions();
        let positions = positions
            .into_iter()
            .map(|(partition, next)| FetchPosition {
                topic: self.group.topic.clone(),
                partition,
                next,
            });
        let observed = with_ends(&*self.consumer, positions.collect(), CHECK_TIMEOUT);
        self.next_stall_check = Instant::now() + CHECK_INTERVAL;
        // Without the ends nothing is known: the brokers may be unreachable.
        let stalled = self.stalls.stalled(observed.unwrap_or_default());
        if stalled.is_empty() {
            return;
        }
        metrics::fault("member");
        tracing::warn!(
            group = self.group.name,
            ?stalled,
            "records are not received; their partitions are assigned anew"
        );
        if let Err(error) = self.assign_anew(&stalled) {
            self.fault(&error);
        }
    }

    fn assign_anew(&mut self, stalled: &[FetchPosition]) -> KafkaResult<()> {
        let mut partitions = TopicPartitionList::new();
        for position in stalled {
            let partition = position.partition as i32;
            let next = Offset::Offset(position.next);
            partitions.add_partition_offset(&position.topic, partition, next)?;
        }
        unassign(&self.consumer, &partitions)?;
        for position in stalled {
            self.split(position.partition);
        }
        assign(&self.consumer, &partitions)?;
        // A pause outlasts an assignment.
        self.consumer.resume(&partitions)
    }
}
