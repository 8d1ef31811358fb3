//! A bus within one process: queues in memory, ordered per key, bounded per session. **Not durable**:
//! acknowledged records are lost with the process. A test double.

mod group;
mod log;
mod reader;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::sync::watch;

use crate::bus::{Bus, Group, GroupConsumer, PartitionRange, Reader, TopicSpec};
use crate::error::BusError;
use crate::metrics;
use crate::record::{ProducerRecord, Record, RecordMetadata, partition_of};
use log::Log;

/// The limits of a bus in memory.
#[derive(Clone, Copy, Debug)]
pub struct MemoryLimits {
    /// Bytes of one session that a topic holds and a group has not processed. Further records are
    /// refused.
    pub session_bytes: usize,
    /// How long records are kept after that, for readers without a group.
    pub retention: Duration,
}

impl Default for MemoryLimits {
    fn default() -> Self {
        Self {
            session_bytes: 64 << 20,
            retention: Duration::from_secs(300),
        }
    }
}

/// The bus. Cheap to clone; all clones are the same bus.
#[derive(Clone)]
pub struct MemoryBus(Arc<Shared>);

struct Shared {
    topics: Mutex<HashMap<String, Topic>>,
    /// Counts changes, and wakes readers and consumers.
    changed: watch::Sender<u64>,
    limits: MemoryLimits,
    closed: AtomicBool,
}

struct Topic {
    partitions: Vec<Log>,
    groups: HashMap<String, group::GroupState>,
    /// How long its records are kept.
    retention: Duration,
}

impl MemoryBus {
    /// An empty bus.
    pub fn new(limits: MemoryLimits) -> Self {
        Self(Arc::new(Shared {
            topics: Mutex::default(),
            changed: watch::Sender::new(0),
            limits,
            closed: AtomicBool::new(false),
        }))
    }

    fn topics(&self) -> MutexGuard<'_, HashMap<String, Topic>> {
        self.0.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn notify(&self) {
        self.0
            .changed
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    fn put(&self, record: ProducerRecord) -> Result<RecordMetadata, BusError> {
        record.check_size()?;
        if self.0.closed.load(Ordering::Acquire) {
            return Err(BusError::Closed);
        }
        let bytes = record.body.len() + record.key.len();
        let appended = self.with(&record.topic.clone(), |topic| {
            let partition = partition_of(&record.key, topic.partitions.len() as u32);
            let limit = self.0.limits.session_bytes;
            let unfinished = topic.unfinished_from(partition);
            let log = &mut topic.partitions[partition as usize];
            if log.bytes_of(&record.key, unfinished) + bytes > limit {
                let message = format!(
                    "a session may have {limit} bytes waiting in {}",
                    record.topic
                );
                return Err(BusError::Refused(message));
            }
            log.drop_expired(unfinished, topic.retention);
            let offset = log.push(record, partition);
            Ok(RecordMetadata { partition, offset })
        })?;
        self.notify();
        Ok(appended)
    }

    fn with<T>(
        &self,
        topic: &str,
        act: impl FnOnce(&mut Topic) -> Result<T, BusError>,
    ) -> Result<T, BusError> {
        let mut topics = self.topics();
        let topic = topics
            .get_mut(topic)
            .ok_or_else(|| BusError::NoTopic(topic.to_owned()))?;
        act(topic)
    }
}

#[async_trait]
impl Bus for MemoryBus {
    async fn publish(&self, record: ProducerRecord) -> Result<RecordMetadata, BusError> {
        let began = Instant::now();
        let name = record.topic.clone();
        let appended = self.put(record);
        metrics::published(&name, appended.is_ok().then(|| began.elapsed()));
        appended
    }

    async fn join(&self, group: Group) -> Result<Box<dyn GroupConsumer>, BusError> {
        group::join(self.clone(), group)
    }

    async fn read(&self, spans: Vec<PartitionRange>) -> Result<Box<dyn Reader>, BusError> {
        reader::open(self.clone(), spans)
    }

    async fn partitions(&self, topic: &str) -> Result<u32, BusError> {
        self.with(topic, |topic| Ok(topic.partitions.len() as u32))
    }

    async fn ensure(&self, topics: &[TopicSpec]) -> Result<Vec<String>, BusError> {
        let mut created = Vec::new();
        let mut own = self.topics();
        for spec in topics {
            if let Some(topic) = own.get_mut(&spec.name) {
                let found = topic.partitions.len();
                if found != spec.partitions.max(1) as usize {
                    return Err(BusError::Refused(format!(
                        "{} has {found} partitions, and {} are set",
                        spec.name, spec.partitions
                    )));
                }
                topic.retention = spec.retention.min(self.0.limits.retention);
                continue;
            }
            let partitions = (0..spec.partitions.max(1))
                .map(|_| Log::default())
                .collect();
            own.insert(
                spec.name.clone(),
                Topic {
                    partitions,
                    groups: HashMap::new(),
                    retention: spec.retention.min(self.0.limits.retention),
                },
            );
            created.push(spec.name.clone());
        }
        Ok(created)
    }

    async fn delete_before(&self, name: &str, partition: u32, offset: i64) -> Result<(), BusError> {
        self.with(name, |topic| {
            let log = topic.partitions.get_mut(partition as usize);
            log.ok_or_else(|| BusError::NoTopic(name.to_owned()))?
                .cut(offset);
            Ok(())
        })
    }

    async fn ready(&self, _limit: Duration) -> Result<(), BusError> {
        Ok(())
    }

    async fn close(&self) {
        self.0.closed.store(true, Ordering::Release);
    }
}

impl Topic {
    /// The first record of a partition that a group has not processed; the end of the partition
    /// without a group.
    fn unfinished_from(&self, partition: u32) -> i64 {
        let end = self.partitions[partition as usize].end();
        self.groups
            .values()
            .filter_map(|group| group.needs(partition))
            .min()
            .unwrap_or(end)
    }

    fn read(&self, partition: u32, offset: i64) -> Option<(i64, Record)> {
        self.partitions.get(partition as usize)?.read(offset)
    }
}
