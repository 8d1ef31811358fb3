//! The interface of every bus. The stage runner and the gateway depend on nothing else of it.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::error::BusError;
use crate::record::{ProducerRecord, Record, RecordMetadata};

/// Carries records. Order is kept within a key; a record is durable once [`Bus::publish`] returns.
#[async_trait]
pub trait Bus: Send + Sync + 'static {
    /// Publishes a record and waits for the acknowledgement. Records of one key that are published
    /// one after the other, even before the first is acknowledged, keep their order.
    async fn publish(&self, record: ProducerRecord) -> Result<RecordMetadata, BusError>;

    /// Joins a consumer group, whose members share the partitions of a topic.
    async fn join(&self, group: Group) -> Result<Box<dyn GroupConsumer>, BusError>;

    /// Reads partitions without a group.
    async fn read(&self, ranges: Vec<PartitionRange>) -> Result<Box<dyn Reader>, BusError>;

    /// The number of partitions of a topic.
    async fn partitions(&self, topic: &str) -> Result<u32, BusError>;

    /// Creates the topics that are missing and applies the settings to the others.
    /// Returns the names of the topics that were created.
    async fn ensure(&self, topics: &[TopicSpec]) -> Result<Vec<String>, BusError>;

    /// Deletes the records of a partition before an offset.
    async fn delete_before(&self, topic: &str, partition: u32, offset: i64)
    -> Result<(), BusError>;

    /// Requests metadata from each listed broker in turn, each within `limit`; one response is
    /// enough.
    async fn ready(&self, limit: Duration) -> Result<(), BusError>;

    /// Flushes what is queued. Publishing after that fails.
    async fn close(&self);
}

/// A consumer group and how it reads.
#[derive(Clone, Debug)]
pub struct Group {
    /// The group's name.
    pub name: String,
    /// The topic that it consumes.
    pub topic: String,
    /// Where a partition without a committed offset starts.
    pub offset_reset: OffsetReset,
    /// Whether offsets are committed. Without, a partition starts by `offset_reset` each time it
    /// is assigned.
    pub commits: bool,
}

/// Where a group starts in a partition without a committed offset (Kafka's `auto.offset.reset`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffsetReset {
    /// With the oldest record.
    Earliest,
    /// With the next record that is published.
    Latest,
}

/// A position that is committed for a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The partition.
    pub partition: u32,
    /// The first record that is not processed.
    pub offset: i64,
    /// State for the consumer that is assigned the partition next. At most
    /// [`Position::MAX_METADATA`] bytes.
    pub metadata: String,
    /// Committed in place of `metadata` where the partition is revoked or the consumer leaves:
    /// without what the next consumer may see only after a crash. None where that is the same.
    pub metadata_at_release: Option<String>,
}

impl Position {
    /// The maximum size of metadata that a broker accepts, in bytes (`offset.metadata.max.bytes`).
    pub const MAX_METADATA: usize = 4096;

    /// The position to commit when the partition is released, where that is another one, and the
    /// position to commit until then.
    pub(crate) fn split_release(mut self) -> (Option<Self>, Self) {
        let at_release = self.metadata_at_release.take().map(|metadata| Self {
            metadata,
            ..self.clone()
        });
        (at_release, self)
    }
}

/// A partition that was assigned to a consumer.
#[derive(Clone, Debug)]
pub struct Assigned {
    /// The partition.
    pub partition: u32,
    /// The group's committed position; none where the group has never committed one.
    pub committed: Option<Position>,
    /// Cancelled as soon as the partition is revoked. Nothing of it may be published after that.
    pub lost: CancellationToken,
}

/// What a [`GroupConsumer`] receives.
#[derive(Debug)]
pub enum ConsumerEvent {
    /// Partitions were assigned. Their records follow.
    Assigned(Vec<Assigned>),
    /// Partitions were revoked: their `lost` is cancelled, and what was processed is committed, with
    /// its [`Position::metadata_at_release`].
    Revoked(Vec<u32>),
    /// A record.
    Record(Record),
    /// The bus has a fault; the consumer retries by itself.
    Fault(BusError),
}

/// A member of a consumer group. Dropping it without [`GroupConsumer::leave`] is like a crash: the
/// group reassigns its partitions after the session timeout, and records that were processed after
/// the last commit are delivered again.
#[async_trait]
pub trait GroupConsumer: Send {
    /// The next event. Cancel-safe.
    async fn next(&mut self) -> Result<ConsumerEvent, BusError>;

    /// Marks a partition as processed up to a position. The position is committed within
    /// [`COMMIT_INTERVAL`], at a revocation, and when the consumer leaves. A partition that is no
    /// longer assigned to this consumer is not an error.
    fn mark_processed(&self, position: Position);

    /// Marks a partition as processed up to a position, and commits it now. The future ends with
    /// the acknowledgement of this position or of one that was marked later; [`BusError::Closed`]
    /// where the partition is no longer assigned to this consumer, or has a later position already.
    fn commit(&self, position: Position) -> BoxFuture<'static, Result<(), BusError>>;

    /// Stops delivering records of this partition.
    fn pause(&self, partition: u32);

    /// Delivers records of this partition again.
    fn resume(&self, partition: u32);

    /// The lag of each partition where it is available: records after the last one delivered.
    fn lag(&self) -> Vec<(u32, u64)>;

    /// Commits what is processed, with its [`Position::metadata_at_release`], and leaves the group.
    async fn leave(self: Box<Self>) -> Result<(), BusError>;
}

/// The maximum time until a processed position is committed.
pub const COMMIT_INTERVAL: Duration = Duration::from_millis(200);

/// A range of a partition that is read without a group.
#[derive(Clone, Debug)]
pub struct PartitionRange {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: u32,
    /// Where reading starts.
    pub start: StartOffset,
    /// Whether reading stops after the record that is the last one when it starts.
    pub stop_at_end: bool,
}

/// Where reading starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartOffset {
    /// With the oldest record.
    Earliest,
    /// With the next record that is published.
    Latest,
    /// With the record at this offset.
    Offset(i64),
    /// With the first record that the bus appended at that time or later, in milliseconds since
    /// 1970.
    Timestamp(i64),
}

/// Reads ranges side by side, each in order.
#[async_trait]
pub trait Reader: Send {
    /// The next record; none when all ranges have ended. Cancel-safe. After an error the reader
    /// recovers by itself and skips nothing.
    async fn next(&mut self) -> Result<Option<Record>, BusError>;
}

/// The settings of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSpec {
    /// Its name.
    pub name: String,
    /// The number of partitions.
    pub partitions: u32,
    /// The number of brokers that hold each record.
    pub replication: u16,
    /// How long records are kept.
    pub retention: Duration,
    /// The maximum size of a record, in bytes.
    pub max_bytes: u32,
}
