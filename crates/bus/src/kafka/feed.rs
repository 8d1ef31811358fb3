//! The thread of a member: polls librdkafka, answers rebalances, commits.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::{Offset, TopicPartitionList};
use tokio::sync::oneshot;

use super::committer::{Committer, commit};
use super::desk::{Desk, Part};
use super::error;
use super::member::{Patience, Waker};
use super::message::record_of;
use super::place::places;
use super::watch::{Change, Watch, give_up, take_up};
use crate::bus::{Assigned, COMMIT_EVERY, Group, Happening, Position};
use crate::error::BusError;
use crate::metrics;

/// How long the thread sleeps when nobody wakes it.
const TICK: Duration = Duration::from_millis(100);

/// How long until what failed at an assignment is tried again.
const AGAIN: Duration = Duration::from_millis(200);

pub(super) enum Command {
    /// Look what there is.
    Wake,
    /// Commit and leave.
    Leave(oneshot::Sender<Result<(), BusError>>),
    /// The member is gone, and nothing is committed.
    Vanish,
}

/// How a member's time ends.
enum End {
    Left(oneshot::Sender<Result<(), BusError>>),
    Vanished,
    Failed(BusError),
}

pub(super) struct Feed {
    consumer: Arc<BaseConsumer<Watch>>,
    /// One for each partition that the member has, so that one that is full holds back no other.
    queues: BTreeMap<u32, PartitionQueue<Watch>>,
    desk: Arc<Desk>,
    waker: Waker,
    commands: Receiver<Command>,
    group: Group,
    patience: Patience,
    committer: Committer,
    /// What it is committing.
    committing: Option<Vec<Position>>,
    last_commit: Instant,
    /// The member was taken to be stuck, and is out of the group until it asks again.
    away: bool,
    end: Option<End>,
}

impl Feed {
    pub(super) fn new(
        mut consumer: BaseConsumer<Watch>,
        desk: Arc<Desk>,
        waker: Waker,
        commands: Receiver<Command>,
        group: Group,
        patience: Patience,
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
            desk,
            waker,
            commands,
            group,
            patience,
            committing: None,
            last_commit: Instant::now(),
            away: false,
            end: None,
        })
    }

    pub(super) fn run(mut self) {
        while self.end.is_none() {
            self.wait(TICK);
            self.watch_for_stuck_member();
            self.poll();
            self.fetch();
            self.commit_sometimes();
        }
        self.finish();
    }

    /// Waits for a command, and obeys.
    fn wait(&mut self, limit: Duration) {
        match self.commands.recv_timeout(limit) {
            Ok(Command::Wake) => self.waker.awake(),
            Ok(Command::Leave(done)) => self.end = Some(End::Left(done)),
            Ok(Command::Vanish) | Err(RecvTimeoutError::Disconnected) => {
                self.end = Some(End::Vanished);
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }

    /// Serves everything but the records.
    fn poll(&mut self) {
        let consumer = Arc::clone(&self.consumer);
        // What came of a commit may have been noted meanwhile.
        self.heed();
        while self.end.is_none() {
            let told = consumer.context().told();
            match consumer.poll(Duration::ZERO) {
                Some(Ok(message)) => self.desk.put(record_of(&message)),
                Some(Err(error)) => self.fault(&error),
                None if consumer.context().told() == told => return,
                None => {}
            }
            self.heed();
        }
    }

    fn heed(&mut self) {
        let notes = self.consumer.context().take();
        for change in notes.changes {
            match change {
                Change::Come(partitions) => self.assigned(partitions),
                Change::Go(partitions) => self.revoked(&partitions),
            }
        }
        for result in notes.commits {
            let positions = self.committing.take().unwrap_or_default();
            self.committed(&positions, result.err().as_ref());
        }
        let mut state = self.desk.lock();
        for (partition, high) in notes.highs {
            if let Some(part) = state.parts.get_mut(&(partition as u32)) {
                part.high = part.high.max(Some(high));
            }
        }
    }

    fn fetch(&mut self) {
        let mut faults = Vec::new();
        for (partition, queue) in &self.queues {
            while self.desk.has_room(*partition) {
                match queue.poll(Duration::ZERO) {
                    Some(Ok(message)) => self.desk.put(record_of(&message)),
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
                Code::FencedInstanceId => "another member goes by bus.group_instance_id".to_owned(),
                other => format!("the Kafka client gave up: {other}"),
            };
            self.end = Some(End::Failed(BusError::Refused(why)));
        } else if self.desk.fault(fault) {
            tracing::warn!(%error, group = self.group.name, "a member of a group has trouble");
        }
    }

    /// A stage that is stuck must not hold its partitions.
    fn watch_for_stuck_member(&mut self) {
        let idle = self.desk.idle();
        if !self.away && idle > self.patience.max_poll {
            tracing::warn!(
                group = self.group.name,
                idle_s = idle.as_secs(),
                "a member asks for nothing more; it is out of its group until it does"
            );
            self.away = true;
            self.consumer.unsubscribe();
        } else if self.away && idle <= self.patience.max_poll {
            self.away = false;
            if let Err(error) = self.consumer.subscribe(&[&self.group.topic]) {
                self.fault(&error);
            }
        }
    }

    /// Partitions come. The member hears of them before their first record, with the place where
    /// the one before stopped.
    fn assigned(&mut self, mut partitions: TopicPartitionList) {
        let placed = loop {
            match places(
                &self.consumer,
                &self.group,
                &partitions,
                self.patience.request,
            ) {
                Ok(placed) => break placed,
                Err(error) => self.trouble(error),
            }
            self.wait(AGAIN);
            if self.end.is_some() {
                // The end gives them up again.
                let _ = take_up(&self.consumer, &partitions);
                return;
            }
        };
        let mut news = Vec::new();
        let mut state = self.desk.lock();
        for place in placed {
            let from = place.from;
            let set = partitions.set_partition_offset(
                &self.group.topic,
                place.partition as i32,
                Offset::Offset(from),
            );
            debug_assert!(set.is_ok(), "{set:?}");
            let committed = place.committed.as_ref().map_or(0, |own| own.offset);
            let part = Part::new(Some(from), place.high, committed);
            news.push(Assigned {
                partition: place.partition,
                committed: place.committed,
                lost: part.lost.clone(),
            });
            state.parts.insert(place.partition, part);
        }
        drop(state);
        for assigned in &news {
            self.split(assigned.partition);
        }
        if !news.is_empty() {
            metrics::rebalanced(&self.group.name, "assigned", news.len());
            tracing::info!(
                group = self.group.name,
                partitions = ?news.iter().map(|own| own.partition).collect::<Vec<_>>(),
                "kafka_consumer_assignment_acquired"
            );
            self.desk.tell(Happening::Assigned(news));
        }
        // An empty list has to be answered, too.
        if let Err(error) = take_up(&self.consumer, &partitions) {
            self.fault(&error);
        }
    }

    /// Gives a partition a queue of its own. Before it is fetched, so that nothing of it comes by
    /// the common one.
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

    fn trouble(&self, error: BusError) {
        metrics::fault("member");
        tracing::debug!(%error, group = self.group.name, "asked again");
        self.desk.fault(error);
    }

    /// Partitions go: whoever works on them is told first, and what is finished is committed
    /// before somebody else gets them.
    fn revoked(&mut self, partitions: &TopicPartitionList) {
        let lost = self.consumer.assignment_lost();
        let gone = partitions.elements();
        let gone: Vec<u32> = gone.iter().map(|own| own.partition() as u32).collect();
        self.cancel(Some(&gone));
        if !lost {
            self.commit_now(Some(&gone));
        }
        let mut state = self.desk.lock();
        let had: Vec<u32> = gone
            .into_iter()
            .filter(|partition| state.parts.remove(partition).is_some())
            .collect();
        drop(state);
        for partition in &had {
            self.queues.remove(partition);
        }
        if let Err(error) = give_up(&self.consumer, partitions) {
            self.fault(&error);
        }
        if !had.is_empty() {
            let change = if lost { "lost" } else { "revoked" };
            metrics::rebalanced(&self.group.name, change, had.len());
            tracing::info!(group = self.group.name, partitions = ?had, change, "partitions gone");
            self.desk.tell(Happening::Revoked(had));
        }
    }

    fn cancel(&self, of: Option<&[u32]>) {
        let state = self.desk.lock();
        for (partition, part) in &state.parts {
            if of.is_none_or(|of| of.contains(partition)) {
                part.lost.cancel();
            }
        }
    }

    fn commit_sometimes(&mut self) {
        if self.committing.is_some() || self.last_commit.elapsed() < COMMIT_EVERY - TICK {
            return;
        }
        let positions = self.desk.lock().noted(None);
        if positions.is_empty() {
            return;
        }
        self.last_commit = Instant::now();
        if self.committer.commit(positions.clone()) {
            self.committing = Some(positions);
        }
    }

    /// Commits, and waits for it.
    fn commit_now(&mut self, of: Option<&[u32]>) -> Option<BusError> {
        let positions = self.desk.lock().noted(of);
        if positions.is_empty() {
            return None;
        }
        let result = commit(&self.consumer, &self.group.topic, &positions);
        self.committed(&positions, result.err().as_ref())
    }

    /// What became of a commit. What failed for now stays noted.
    fn committed(
        &mut self,
        positions: &[Position],
        error: Option<&KafkaError>,
    ) -> Option<BusError> {
        let Some(error) = error else {
            self.desk.lock().committed(positions);
            return None;
        };
        let code = error::code_of(error);
        if code.is_some_and(error::is_stale) {
            self.desk.lock().committed(positions);
            return None;
        }
        if code == Some(Code::RebalanceInProgress) {
            return None;
        }
        let told = error::about(&self.group.topic, error);
        if matches!(told, BusError::Refused(_)) {
            self.desk.lock().committed(positions);
        }
        self.fault(error);
        Some(told)
    }

    fn finish(mut self) {
        self.cancel(None);
        let result = match self.end {
            Some(End::Left(_)) => self.commit_now(None).map_or(Ok(()), Err),
            _ => Ok(()),
        };
        let why = match &self.end {
            Some(End::Failed(why)) => why.clone(),
            _ => BusError::Closed,
        };
        self.desk.end(why);
        let Self {
            consumer,
            committer,
            mut queues,
            end,
            ..
        } = self;
        drop(committer);
        consumer.context().notes().closing = true;
        // Rebalances that nobody answered yet hold up the end.
        for change in consumer.context().take().changes {
            let _ = match change {
                Change::Come(partitions) => take_up(&consumer, &partitions),
                Change::Go(partitions) => give_up(&consumer, &partitions),
            };
        }
        queues.clear();
        drop(consumer);
        if let Some(End::Left(done)) = end {
            // Nobody may wait for it any more.
            let _ = done.send(result);
        }
    }
}
