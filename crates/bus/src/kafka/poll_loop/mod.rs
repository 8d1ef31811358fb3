//! The thread of a group consumer: polls librdkafka, handles rebalances, commits.

mod commits;
mod stalls;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::{Offset, TopicPartitionList};
use tokio::sync::oneshot;

use super::callbacks::{Change, ConsumerCallbacks, assign, unassign};
use super::committer::Committer;
use super::consumer::{Timeouts, Waker};
use super::consumer_state::{ConsumerState, MarkedPosition, PartitionState};
use super::error;
use super::message::record_of;
use super::partition_start::partition_starts;
use super::stall::{CHECK_INTERVAL, StallDetector};
use crate::bus::{Assigned, ConsumerEvent, Group};
use crate::error::BusError;
use crate::metrics;

/// The maximum time between two polls.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// How long to wait before a failed step of an assignment is retried.
const RETRY_DELAY: Duration = Duration::from_millis(200);

pub(super) enum Command {
    /// Poll now.
    Wake,
    /// Commit and leave.
    Leave(oneshot::Sender<Result<(), BusError>>),
    /// The consumer was dropped: leave without a commit.
    Abandon,
    /// Make librdkafka stop, unnoticed by the poll loop.
    #[cfg(test)]
    StopFetching,
}

/// How a consumer ends.
enum End {
    Left(oneshot::Sender<Result<(), BusError>>),
    Abandoned,
    Failed(BusError),
}

pub(super) struct PollLoop {
    consumer: Arc<BaseConsumer<ConsumerCallbacks>>,
    /// One for each assigned partition, so that a full one does not block others.
    queues: BTreeMap<u32, PartitionQueue<ConsumerCallbacks>>,
    state: Arc<ConsumerState>,
    waker: Waker,
    commands: Receiver<Command>,
    group: Group,
    timeouts: Timeouts,
    committer: Committer,
    /// The positions of the commit in progress.
    committing: Option<Vec<MarkedPosition>>,
    last_commit: Instant,
    stalls: StallDetector,
    next_stall_check: Instant,
    /// Whether the consumer was considered stuck and has left the group until its next call.
    unsubscribed: bool,
    end: Option<End>,
}

impl PollLoop {
    pub(super) fn new(
        mut consumer: BaseConsumer<ConsumerCallbacks>,
        state: Arc<ConsumerState>,
        waker: Waker,
        commands: Receiver<Command>,
        group: Group,
        timeouts: Timeouts,
    ) -> Result<Self, BusError> {
        let own = waker.clone();
        consumer.set_nonempty_callback(move || own.wake());
        let subscribed = consumer.subscribe(&[&group.topic]);
        subscribed.map_err(|e| error::about(&group.topic, &e))?;
        let consumer = Arc::new(consumer);
        let topic = group.topic.clone();
        Ok(Self {
            committer: Committer::start(Arc::clone(&consumer), topic, waker.clone())?,
            consumer,
            queues: BTreeMap::new(),
            state,
            waker,
            commands,
            group,
            timeouts,
            committing: None,
            last_commit: Instant::now(),
            stalls: StallDetector::default(),
            next_stall_check: Instant::now() + CHECK_INTERVAL,
            unsubscribed: false,
            end: None,
        })
    }

    pub(super) fn run(mut self) {
        while self.end.is_none() {
            self.wait(POLL_INTERVAL);
            self.watch_for_stuck_member();
            self.poll();
            self.fetch();
            self.commit_if_due();
            self.restart_stalled();
        }
        self.finish();
    }

    /// Waits for a command, and executes it.
    fn wait(&mut self, limit: Duration) {
        match self.commands.recv_timeout(limit) {
            Ok(Command::Wake) => self.waker.awake(),
            Ok(Command::Leave(done)) => self.end = Some(End::Left(done)),
            Ok(Command::Abandon) | Err(RecvTimeoutError::Disconnected) => {
                self.end = Some(End::Abandoned);
            }
            #[cfg(test)]
            Ok(Command::StopFetching) => {
                let assigned = self.consumer.assignment().unwrap();
                self.consumer.pause(&assigned).unwrap();
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }

    /// Handles all notifications but the records.
    fn poll(&mut self) {
        let consumer = Arc::clone(&self.consumer);
        // The result of a commit may have arrived meanwhile.
        self.handle_notes();
        while self.end.is_none() {
            let event_count = consumer.context().event_count();
            match consumer.poll(Duration::ZERO) {
                Some(Ok(message)) => self.state.put(record_of(&message)),
                Some(Err(error)) => self.fault(&error),
                None if consumer.context().event_count() == event_count => return,
                None => {}
            }
            self.handle_notes();
        }
    }

    fn handle_notes(&mut self) {
        let notes = self.consumer.context().drain();
        self.handle_commits(notes.commits);
        for change in notes.changes {
            match change {
                Change::Assigned(partitions) => self.assigned(partitions),
                Change::Revoked(partitions) => self.revoked(&partitions),
            }
        }
        let mut inner = self.state.lock();
        for (partition, high) in notes.highs {
            if let Some(part) = inner.partitions.get_mut(&(partition as u32)) {
                part.high = part.high.max(Some(high));
            }
        }
    }

    fn fetch(&mut self) {
        let mut faults = Vec::new();
        for (partition, queue) in &self.queues {
            while self.state.has_capacity(*partition) {
                match queue.poll(Duration::ZERO) {
                    Some(Ok(message)) => self.state.put(record_of(&message)),
                    Some(Err(error)) => faults.push(error),
                    None => break,
                }
            }
        }
        faults.iter().for_each(|fault| self.fault(fault));
    }

    fn fault(&mut self, error: &KafkaError) {
        metrics::fault("member");
        let fault = error::about(&self.group.topic, error);
        if let KafkaError::MessageConsumptionFatal(code) = error {
            let why = match code {
                Code::FencedInstanceId => {
                    "another consumer has the same bus.group_instance_id".to_owned()
                }
                other => format!("the Kafka client failed for good: {other}"),
            };
            self.end = Some(End::Failed(BusError::Refused(why)));
        } else if self.state.fault(fault) {
            tracing::warn!(%error, group = self.group.name, "a group consumer has a fault");
        }
    }

    /// A stuck consumer must not keep its partitions.
    fn watch_for_stuck_member(&mut self) {
        let idle = self.state.idle_time();
        if !self.unsubscribed && idle > self.timeouts.max_poll {
            tracing::warn!(
                group = self.group.name,
                idle_s = idle.as_secs(),
                "a consumer does not poll; it has left its group until it does"
            );
            self.unsubscribed = true;
            self.consumer.unsubscribe();
        } else if self.unsubscribed && idle <= self.timeouts.max_poll {
            self.unsubscribed = false;
            if let Err(error) = self.consumer.subscribe(&[&self.group.topic]) {
                self.fault(&error);
            }
        }
    }

    /// Partitions are assigned. The consumer receives them, with their committed positions, before
    /// their first record.
    fn assigned(&mut self, mut partitions: TopicPartitionList) {
        let starts = loop {
            match partition_starts(
                &self.consumer,
                &self.group,
                &partitions,
                self.timeouts.request,
            ) {
                Ok(starts) => break starts,
                Err(error) => self.report_fault(error),
            }
            self.wait(RETRY_DELAY);
            if self.end.is_some() {
                // The end of the loop unassigns them again.
                let _ = assign(&self.consumer, &partitions);
                return;
            }
        };
        let mut assigned = Vec::new();
        let mut inner = self.state.lock();
        for start in starts {
            let from = start.from;
            let set = partitions.set_partition_offset(
                &self.group.topic,
                start.partition as i32,
                Offset::Offset(from),
            );
            debug_assert!(set.is_ok(), "{set:?}");
            let committed = start.committed.as_ref().map_or(0, |own| own.offset);
            let part = PartitionState::new(Some(from), start.high, committed);
            assigned.push(Assigned {
                partition: start.partition,
                committed: start.committed,
                lost: part.lost.clone(),
            });
            inner.partitions.insert(start.partition, part);
        }
        drop(inner);
        for assigned in &assigned {
            self.split(assigned.partition);
        }
        if !assigned.is_empty() {
            metrics::rebalanced(&self.group.name, "assigned", assigned.len());
            tracing::info!(
                group = self.group.name,
                partitions = ?assigned.iter().map(|own| own.partition).collect::<Vec<_>>(),
                "kafka_consumer_assignment_acquired"
            );
            self.state.push_event(ConsumerEvent::Assigned(assigned));
        }
        // An empty list needs a response too.
        if let Err(error) = assign(&self.consumer, &partitions) {
            self.fault(&error);
        }
    }

    /// Gives a partition a queue of its own, before it is fetched, so that none of its records are
    /// in the common queue.
    fn split(&mut self, partition: u32) {
        let queue = self
            .consumer
            .split_partition_queue(&self.group.topic, partition as i32);
        if let Some(mut queue) = queue {
            let waker = self.waker.clone();
            queue.set_nonempty_callback(move || waker.wake());
            self.queues.insert(partition, queue);
        }
    }

    fn report_fault(&self, error: BusError) {
        metrics::fault("member");
        tracing::debug!(%error, group = self.group.name, "retried");
        self.state.fault(error);
    }

    /// Partitions are revoked: their work is cancelled first, and what is processed is committed
    /// before they are assigned to another consumer.
    fn revoked(&mut self, partitions: &TopicPartitionList) {
        let lost = self.consumer.assignment_lost();
        let revoked = partitions.elements();
        let revoked: Vec<u32> = revoked.iter().map(|own| own.partition() as u32).collect();
        self.cancel(Some(&revoked));
        if !lost {
            self.commit_at_release(Some(&revoked));
        }
        let mut inner = self.state.lock();
        let had: Vec<u32> = revoked
            .into_iter()
            .filter(|partition| inner.partitions.remove(partition).is_some())
            .collect();
        drop(inner);
        for partition in &had {
            self.queues.remove(partition);
        }
        if let Err(error) = unassign(&self.consumer, partitions) {
            self.fault(&error);
        }
        if !had.is_empty() {
            let change = if lost { "lost" } else { "revoked" };
            metrics::rebalanced(&self.group.name, change, had.len());
            tracing::info!(group = self.group.name, partitions = ?had, change, "partitions revoked");
            self.state.push_event(ConsumerEvent::Revoked(had));
        }
    }

    fn cancel(&self, of: Option<&[u32]>) {
        let inner = self.state.lock();
        for (partition, part) in &inner.partitions {
            if of.is_none_or(|of| of.contains(partition)) {
                part.lost.cancel();
            }
        }
    }

    fn finish(mut self) {
        self.cancel(None);
        let result = match self.end {
            Some(End::Left(_)) => self.commit_at_release(None).map_or(Ok(()), Err),
            _ => Ok(()),
        };
        let why = match &self.end {
            Some(End::Failed(why)) => why.clone(),
            _ => BusError::Closed,
        };
        self.state.close(why);
        let Self {
            consumer,
            committer,
            mut queues,
            end,
            ..
        } = self;
        drop(committer);
        consumer.context().notes().closing = true;
        // Rebalances without a response would delay the end.
        for change in consumer.context().drain().changes {
            let _ = match change {
                Change::Assigned(partitions) => assign(&consumer, &partitions),
                Change::Revoked(partitions) => unassign(&consumer, &partitions),
            };
        }
        queues.clear();
        drop(consumer);
        if let Some(End::Left(done)) = end {
            // The caller may have been dropped.
            let _ = done.send(result);
        }
    }
}
