//! A member of a group: a consumer, and a thread that asks it.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::{BorrowedMessage, Headers as _, Message};
use rdkafka::statistics::Statistics;
use rdkafka::{ClientConfig, ClientContext, Offset, TopicPartitionList};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::{context, error};
use crate::bus::{Assigned, COMMIT_EVERY, Group, Happening, Member, Position};
use crate::error::BusError;
use crate::metrics;
use crate::record::{Headers, Record};

/// How long the thread waits for a record before it looks at its orders.
const POLL: Duration = Duration::from_millis(20);
/// Records handed out and not taken, from which on no more are asked for.
const UNTAKEN: usize = 1_024;
/// The least time between two faults that are told.
const FAULT_EVERY: Duration = Duration::from_secs(1);
/// How long a question about committed offsets may take, within a rebalance.
const ASKING: Duration = Duration::from_secs(5);

/// What the thread, its callbacks and the handle share.
struct Shared {
    group: Group,
    partitions: Mutex<HashMap<u32, Owned>>,
    news: mpsc::UnboundedSender<Result<Happening, BusError>>,
    untaken: AtomicUsize,
    /// Dropped without leaving: what is finished is not committed any more.
    abandoned: AtomicBool,
    faulted: Mutex<Option<Instant>>,
}

/// A partition of this member.
struct Owned {
    lost: CancellationToken,
    finished: Option<Position>,
    /// What was sent to be committed last.
    sent: Option<Position>,
    /// The offset after the last record that was handed out.
    next: Option<i64>,
    /// The offset after the last record that the broker has, as last heard.
    end: Option<i64>,
}

impl Shared {
    fn partitions(&self) -> MutexGuard<'_, HashMap<u32, Owned>> {
        self.partitions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, happening: Happening) {
        // A handle that was dropped hears nothing.
        let _ = self.news.send(Ok(happening));
    }

    fn fault(&self, error: BusError) {
        metrics::fault("member");
        let mut last = self.faulted.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|at| at.elapsed() > FAULT_EVERY) {
            *last = Some(Instant::now());
            self.tell(Happening::Fault(error));
        }
    }

    /// What is finished and, unless all of it is wanted, was not sent yet.
    fn to_commit(&self, only: Option<&HashSet<u32>>, all: bool) -> Option<TopicPartitionList> {
        if !self.group.commits || self.abandoned.load(Ordering::Acquire) {
            return None;
        }
        let mut list = TopicPartitionList::new();
        for (partition, owned) in self.partitions().iter_mut() {
            let wanted = only.is_none_or(|only| only.contains(partition));
            let Some(position) = owned.finished.clone().filter(|_| wanted) else {
                continue;
            };
            if !all && owned.sent.as_ref() == Some(&position) {
                continue;
            }
            let number = *partition as i32;
            let offset = Offset::Offset(position.offset);
            if list
                .add_partition_offset(&self.group.topic, number, offset)
                .is_ok()
                && let Some(mut element) = list.find_partition(&self.group.topic, number)
            {
                element.set_metadata(&position.metadata);
                owned.sent = Some(position);
            }
        }
        (list.count() > 0).then_some(list)
    }

    fn committed(&self, committed: KafkaResult<()>) {
        let Err(failure) = committed else { return };
        let stale = error::code_of(&failure).is_some_and(error::is_stale);
        if stale {
            return;
        }
        // It is sent again with the next one that is finished, or now.
        self.partitions()
            .values_mut()
            .for_each(|own| own.sent = None);
        self.fault(error::about(&self.group.topic, &failure));
    }
}

struct Context(Arc<Shared>);

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        context::log(level, facility, message);
    }

    fn error(&self, failure: KafkaError, _reason: &str) {
        self.0.fault(error::about(&self.0.group.topic, &failure));
    }

    fn stats(&self, statistics: Statistics) {
        let Some(topic) = statistics.topics.get(&self.0.group.topic) else {
            return;
        };
        let mut partitions = self.0.partitions();
        for (number, heard) in &topic.partitions {
            let own = u32::try_from(*number)
                .ok()
                .and_then(|own| partitions.get_mut(&own));
            if let Some(own) = own.filter(|_| heard.hi_offset >= 0) {
                own.end = Some(heard.hi_offset);
                if own.next.is_none() && heard.next_offset > 0 {
                    own.next = Some(heard.next_offset);
                }
            }
        }
    }
}

fn numbers(list: &TopicPartitionList) -> HashSet<u32> {
    let elements = list.elements();
    elements
        .iter()
        .filter_map(|own| u32::try_from(own.partition()).ok())
        .collect()
}

impl ConsumerContext for Context {
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        let shared = &self.0;
        let Rebalance::Revoke(list) = rebalance else {
            return;
        };
        let gone = numbers(list);
        for (partition, owned) in shared.partitions().iter() {
            if gone.contains(partition) {
                owned.lost.cancel();
            }
        }
        let lost = consumer.assignment_lost();
        if !lost && let Some(list) = shared.to_commit(Some(&gone), true) {
            shared.committed(consumer.commit(&list, CommitMode::Sync));
        }
        shared.partitions().retain(|own, _| !gone.contains(own));
        let change = if lost { "lost" } else { "revoked" };
        metrics::rebalanced(&shared.group.name, change, gone.len());
        shared.tell(Happening::Revoked(gone.into_iter().collect()));
    }

    fn post_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        let shared = &self.0;
        let list = match rebalance {
            Rebalance::Assign(list) => list,
            Rebalance::Revoke(_) => return,
            Rebalance::Error(failure) => {
                shared.fault(error::about(&shared.group.topic, failure));
                return;
            }
        };
        if list.count() == 0 {
            return;
        }
        let committed = self.ask(consumer, list);
        let mut assigned = Vec::new();
        let mut partitions = shared.partitions();
        for partition in numbers(list) {
            let lost = CancellationToken::new();
            let position = committed.get(&partition).cloned();
            partitions.insert(
                partition,
                Owned {
                    lost: lost.clone(),
                    finished: None,
                    sent: None,
                    next: position.as_ref().map(|own| own.offset),
                    end: None,
                },
            );
            assigned.push(Assigned {
                partition,
                committed: position,
                lost,
            });
        }
        drop(partitions);
        metrics::rebalanced(&shared.group.name, "assigned", assigned.len());
        shared.tell(Happening::Assigned(assigned));
    }

    fn commit_callback(&self, committed: KafkaResult<()>, _: &TopicPartitionList) {
        self.0.committed(committed);
    }
}

impl Context {
    /// Where those before stopped. Asked until it is known: to begin without would be to forget.
    fn ask(
        &self,
        consumer: &BaseConsumer<Self>,
        list: &TopicPartitionList,
    ) -> HashMap<u32, Position> {
        if !self.0.group.commits {
            return HashMap::new();
        }
        loop {
            match consumer.committed_offsets(list.clone(), ASKING) {
                Ok(found) => return found.elements().iter().filter_map(position).collect(),
                Err(failure) => {
                    self.0.fault(error::about(&self.0.group.topic, &failure));
                    if self.0.abandoned.load(Ordering::Acquire) || self.0.news.is_closed() {
                        return HashMap::new();
                    }
                    std::thread::sleep(POLL);
                }
            }
        }
    }
}

fn position(
    element: &rdkafka::topic_partition_list::TopicPartitionListElem<'_>,
) -> Option<(u32, Position)> {
    let partition = u32::try_from(element.partition()).ok()?;
    let Offset::Offset(offset) = element.offset() else {
        return None;
    };
    let metadata = element.metadata().to_owned();
    let position = Position {
        partition,
        offset,
        metadata,
    };
    Some((partition, position))
}

/// What the thread is told to do.
enum Order {
    Pause(u32),
    Resume(u32),
    Leave(oneshot::Sender<()>),
}

struct KafkaMember {
    shared: Arc<Shared>,
    news: mpsc::UnboundedReceiver<Result<Happening, BusError>>,
    orders: Sender<Order>,
}

/// Joins a group. Returns at once; what comes of it is told.
pub(super) fn join(config: &ClientConfig, group: Group) -> Result<Box<dyn Member>, BusError> {
    let (news, heard) = mpsc::unbounded_channel();
    let shared = Arc::new(Shared {
        group,
        partitions: Mutex::default(),
        news,
        untaken: AtomicUsize::new(0),
        abandoned: AtomicBool::new(false),
        faulted: Mutex::default(),
    });
    let topic = shared.group.topic.clone();
    let consumer: BaseConsumer<Context> = config
        .create_with_context(Context(Arc::clone(&shared)))
        .map_err(|failure| error::about(&topic, &failure))?;
    consumer
        .subscribe(&[&topic])
        .map_err(|failure| error::about(&topic, &failure))?;
    let (orders, ordered) = channel();
    let of_thread = Arc::clone(&shared);
    std::thread::Builder::new()
        .name(format!("member {topic}"))
        .spawn(move || work(consumer, &of_thread, &ordered))
        .map_err(|failure| BusError::Unreachable(failure.to_string()))?;
    Ok(Box::new(KafkaMember {
        shared,
        news: heard,
        orders,
    }))
}

/// The thread.
fn work(consumer: BaseConsumer<Context>, shared: &Shared, orders: &Receiver<Order>) {
    let mut committed = Instant::now();
    let left = loop {
        match obey(&consumer, shared, orders) {
            Obeyed::All => {}
            Obeyed::Leave(left) => break Some(left),
            Obeyed::Abandoned => break None,
        }
        if committed.elapsed() >= COMMIT_EVERY {
            committed = Instant::now();
            if let Some(list) = shared.to_commit(None, false)
                && let Err(failure) = consumer.commit(&list, CommitMode::Async)
            {
                shared.committed(Err(failure));
            }
        }
        if shared.untaken.load(Ordering::Acquire) > UNTAKEN {
            std::thread::sleep(POLL);
            continue;
        }
        match consumer.poll(POLL) {
            None => {}
            Some(Ok(message)) => hand_out(shared, &message),
            Some(Err(KafkaError::PartitionEOF(_))) => {}
            Some(Err(failure)) => {
                if consumer.client().fatal_error().is_some() {
                    let _ = shared
                        .news
                        .send(Err(error::about(&shared.group.topic, &failure)));
                    break None;
                }
                shared.fault(error::about(&shared.group.topic, &failure));
            }
        }
    };
    if left.is_some()
        && let Some(list) = shared.to_commit(None, true)
    {
        shared.committed(consumer.commit(&list, CommitMode::Sync));
    }
    // Its end gives the partitions back and leaves the group.
    drop(consumer);
    if let Some(left) = left {
        let _ = left.send(());
    }
}

enum Obeyed {
    All,
    Leave(oneshot::Sender<()>),
    Abandoned,
}

fn obey(consumer: &BaseConsumer<Context>, shared: &Shared, orders: &Receiver<Order>) -> Obeyed {
    use std::sync::mpsc::TryRecvError;
    loop {
        let (partition, pauses) = match orders.try_recv() {
            Ok(Order::Pause(partition)) => (partition, true),
            Ok(Order::Resume(partition)) => (partition, false),
            Ok(Order::Leave(left)) => return Obeyed::Leave(left),
            Err(TryRecvError::Empty) => return Obeyed::All,
            Err(TryRecvError::Disconnected) => return Obeyed::Abandoned,
        };
        let mut list = TopicPartitionList::new();
        list.add_partition(&shared.group.topic, partition as i32);
        let done = if pauses {
            consumer.pause(&list)
        } else {
            consumer.resume(&list)
        };
        // A partition that has gone meanwhile is not an error.
        if let Err(failure) = done {
            tracing::debug!(%failure, partition, "not paused or resumed");
        }
    }
}

fn hand_out(shared: &Shared, message: &BorrowedMessage<'_>) {
    let record = record(message);
    if let Some(own) = shared.partitions().get_mut(&record.partition) {
        own.next = Some(record.offset + 1);
    }
    shared.untaken.fetch_add(1, Ordering::AcqRel);
    shared.tell(Happening::Record(record));
}

/// A message as a record.
pub(super) fn record(message: &BorrowedMessage<'_>) -> Record {
    let headers = message.headers().map_or_else(Headers::default, |headers| {
        let header = |own: rdkafka::message::Header<'_, &[u8]>| {
            (
                own.key.to_owned(),
                Bytes::copy_from_slice(own.value.unwrap_or_default()),
            )
        };
        headers.iter().map(header).collect()
    });
    Record {
        topic: message.topic().to_owned(),
        partition: message.partition() as u32,
        offset: message.offset(),
        timestamp_ms: message.timestamp().to_millis().unwrap_or(0),
        key: message.key().map(Bytes::copy_from_slice),
        headers,
        body: Bytes::copy_from_slice(message.payload().unwrap_or_default()),
    }
}

#[async_trait]
impl Member for KafkaMember {
    async fn next(&mut self) -> Result<Happening, BusError> {
        let happening = self.news.recv().await.ok_or(BusError::Closed)??;
        if matches!(happening, Happening::Record(_)) {
            self.shared.untaken.fetch_sub(1, Ordering::AcqRel);
        }
        Ok(happening)
    }

    fn finished(&self, position: Position) {
        if let Some(own) = self.shared.partitions().get_mut(&position.partition) {
            own.finished = Some(position);
        }
    }

    fn pause(&self, partition: u32) {
        // A thread that has ended has told why.
        let _ = self.orders.send(Order::Pause(partition));
    }

    fn resume(&self, partition: u32) {
        let _ = self.orders.send(Order::Resume(partition));
    }

    fn behind(&self) -> Vec<(u32, u64)> {
        let partitions = self.shared.partitions();
        let behind = |(partition, own): (&u32, &Owned)| {
            let left = own.end? - own.next?;
            Some((*partition, left.max(0) as u64))
        };
        partitions.iter().filter_map(behind).collect()
    }

    async fn leave(self: Box<Self>) -> Result<(), BusError> {
        let (left, leaving) = oneshot::channel();
        if self.orders.send(Order::Leave(left)).is_ok() {
            // A thread that ends without a word has nothing more to give back. The handle lives
            // until then: dropping it would forbid the last commit.
            let _ = leaving.await;
        }
        drop(self);
        Ok(())
    }
}

impl Drop for KafkaMember {
    fn drop(&mut self) {
        self.shared.abandoned.store(true, Ordering::Release);
    }
}
