//! The headers of dead letters, and of records that were replayed from them.

use mynah_bus::Record;

/// The prefix of all headers of dead letters.
pub(crate) const PREFIX: &str = "dlq.";
/// The class of the failure.
pub(crate) const CLASS: &str = "dlq.class";
/// The stable code.
pub(crate) const REASON: &str = "dlq.reason";
/// A message for people, at most 512 bytes.
pub(crate) const ERROR: &str = "dlq.error";
/// The stage.
pub(crate) const HANDLER: &str = "dlq.handler";
/// The number of attempts.
pub(crate) const ATTEMPTS: &str = "dlq.attempts";
/// The topic of the record.
pub(crate) const TOPIC: &str = "dlq.original.topic";
/// Its partition.
pub(crate) const PARTITION: &str = "dlq.original.partition";
/// Its offset.
pub(crate) const OFFSET: &str = "dlq.original.offset";
/// When the bus appended it, in milliseconds since 1970.
pub(crate) const TIMESTAMP: &str = "dlq.original.timestamp";
/// The digest of its body.
pub(crate) const SHA256: &str = "dlq.body.sha256";
/// The number of replays of a record.
pub(crate) const REPLAYED: &str = "mynah-replayed";

/// Whether a record is a replayed dead letter.
pub(crate) fn is_replayed(record: &Record) -> bool {
    record.headers.get(REPLAYED).is_some()
}
