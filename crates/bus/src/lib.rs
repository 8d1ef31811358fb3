//! Layer 1: events between the stages of the interpreter, and the buses that carry them.
//!
//! [`event`] defines the events, [`avro`] their encoding, and [`Bus`] their transport: within this
//! process ([`memory`]) or by Apache Kafka. Audio that is too large for an event is in an object
//! store.

pub mod avro;
mod brokers;
mod bus;
pub mod claim;
mod error;
pub mod event;
pub mod identity;
#[cfg(feature = "kafka")]
pub mod kafka;
pub mod limits;
pub mod memory;
pub mod metrics;
pub mod record;
pub mod registry;
mod security;
pub mod settings;
mod trace;

pub use brokers::{Broker, Brokers};
pub use bus::{
    Assigned, Bus, COMMIT_INTERVAL, ConsumerEvent, Group, GroupConsumer, OffsetReset,
    PartitionRange, Position, Reader, StartOffset, TopicSpec,
};
pub use error::BusError;
pub use mynah_secret::Secret;
pub use record::{Headers, ProducerRecord, Record, RecordMetadata, partition_of};
pub use security::{KafkaSecurity, SaslMechanism, SecurityProtocol};
pub use settings::{BusKind, BusSettings};
pub use trace::{TraceContext, publish_span, record_failure};
