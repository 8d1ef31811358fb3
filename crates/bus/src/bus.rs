//! What every bus can do. The runner of the stages and the gateway know nothing else of it.

use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use crate::error::BusError;
use crate::record::{Outgoing, Placed, Record};

/// Carries records. Order is kept within a key; a record is there once [`Bus::publish`] returns.
#[async_trait]
pub trait Bus: Send + Sync + 'static {
    /// Publishes a record, and waits until the bus has it. Records of one key that are published
    /// one after the other, even before the first is acknowledged, keep their order.
    async fn publish(&self, record: Outgoing) -> Result<Placed, BusError>;

    /// Joins a group that shares the partitions of a topic.
    async fn join(&self, group: Group) -> Result<Box<dyn Member>, BusError>;

    /// Reads by itself, without a group.
    async fn read(&self, spans: Vec<Span>) -> Result<Box<dyn Reader>, BusError>;

    /// How many partitions a topic has.
    async fn partitions(&self, topic: &str) -> Result<u32, BusError>;

    /// Creates the topics that are missing, and makes the settings of the others so.
    /// Returns the names of those that were created.
    async fn ensure(&self, topics: &[TopicSpec]) -> Result<Vec<String>, BusError>;

    /// Deletes the records of a partition before an offset.
    async fn delete_before(&self, topic: &str, partition: u32, offset: i64)
    -> Result<(), BusError>;

    /// Asks every broker that is listed, one after the other, each for so long; one that answers
    /// with metadata is enough.
    async fn ready(&self, limit: Duration) -> Result<(), BusError>;

    /// Sends what is on its way. After it nothing more is published.
    async fn close(&self);
}

/// How a group reads.
#[derive(Clone, Debug)]
pub struct Group {
    /// The group's name.
    pub name: String,
    /// What it reads.
    pub topic: String,
    /// Where a partition without a commit begins.
    pub from: Beginning,
    /// Whether places are kept. Otherwise a partition begins anew each time it is assigned.
    pub commits: bool,
}

/// Where reading begins that has no place yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// With the oldest record.
    Earliest,
    /// With the next record.
    Latest,
}

/// Where a partition is to be taken up again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The partition.
    pub partition: u32,
    /// The first record that is not finished.
    pub offset: i64,
    /// What whoever takes over must know. At most [`Position::MAX_METADATA`] bytes.
    pub metadata: String,
}

impl Position {
    /// The most bytes of metadata that a broker takes (`offset.metadata.max.bytes`).
    pub const MAX_METADATA: usize = 4096;
}

/// A partition that has come to a member.
#[derive(Clone, Debug)]
pub struct Assigned {
    /// The partition.
    pub partition: u32,
    /// Where the one before stopped; none where nothing was ever finished.
    pub committed: Option<Position>,
    /// Cancelled as soon as the partition is lost. Nothing of it may be published after that.
    pub lost: CancellationToken,
}

/// What happens to a member of a group.
#[derive(Debug)]
pub enum Happening {
    /// Partitions have come. Their records follow.
    Assigned(Vec<Assigned>),
    /// Partitions are gone: their `lost` is cancelled, and what was finished is committed.
    Revoked(Vec<u32>),
    /// A record.
    Record(Record),
    /// Something is wrong with the bus; it tries again by itself.
    Fault(BusError),
}

/// A member of a group. Dropping it without [`Member::leave`] is like a crash: the group notices
/// after its session timeout, and what was finished last may be worked on again.
#[async_trait]
pub trait Member: Send {
    /// What happens next. Cancel-safe.
    async fn next(&mut self) -> Result<Happening, BusError>;

    /// Notes up to where a partition is finished. It is committed within
    /// [`COMMIT_EVERY`], at a revocation, and when the member leaves. A partition that is not
    /// this member's any more is not an error.
    fn finished(&self, position: Position);

    /// No more records of this partition for now.
    fn pause(&self, partition: u32);

    /// Records of this partition again.
    fn resume(&self, partition: u32);

    /// How many records of each partition lie behind the last one handed out, as far as known.
    fn behind(&self) -> Vec<(u32, u64)>;

    /// Commits what is finished and leaves the group.
    async fn leave(self: Box<Self>) -> Result<(), BusError>;
}

/// How long what is finished may wait to be committed.
pub const COMMIT_EVERY: Duration = Duration::from_millis(200);

/// What is read without a group.
#[derive(Clone, Debug)]
pub struct Span {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: u32,
    /// From where.
    pub from: From,
    /// Whether reading ends with the last record that is there when it begins.
    pub ends: bool,
}

/// Where reading begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// With the oldest record.
    Earliest,
    /// With the next record.
    End,
    /// With this record.
    Offset(i64),
    /// With the first record that the bus took at that time or later, in milliseconds since 1970.
    Time(i64),
}

/// Reads spans side by side, each in order.
#[async_trait]
pub trait Reader: Send {
    /// The next record; none when all spans have ended. Cancel-safe. An error is a fault from
    /// which the reader recovers by itself: what comes after it is complete.
    async fn next(&mut self) -> Result<Option<Record>, BusError>;
}

/// How a topic is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSpec {
    /// Its name.
    pub name: String,
    /// How many partitions.
    pub partitions: u32,
    /// On how many brokers each record lies.
    pub replication: u16,
    /// For how long records are kept.
    pub retention: Duration,
    /// The largest record, in bytes.
    pub max_bytes: u32,
}
