//! `mynah pipeline init`: topics and sizes. Idempotent.

use std::time::Duration;

use mynah_bus::limits::{MAX_DEAD_LETTER_BYTES, MAX_RECORD_BYTES};
use mynah_bus::record::topic;
use mynah_bus::{Bus, BusError, TopicSpec};

/// How long previews are kept.
const PARTIAL_RETENTION: Duration = Duration::from_secs(60);
/// How long dead letters are kept.
pub const DEAD_LETTER_RETENTION: Duration = Duration::from_secs(7 * 24 * 3_600);

/// The topics of a pipeline with this number of partitions, replication factor and retention.
/// Topics of dead letters have the same number of partitions.
pub fn topics(partitions: u32, replication: u16, retention: Duration) -> Vec<TopicSpec> {
    let spec = |name: String, retention, max_bytes: usize| TopicSpec {
        name,
        partitions,
        replication,
        retention,
        max_bytes: max_bytes as u32,
    };
    let mut specs = Vec::new();
    for name in topic::ALL {
        let kept = if name == topic::PARTIAL {
            PARTIAL_RETENTION
        } else {
            retention
        };
        specs.push(spec(name.to_owned(), kept, MAX_RECORD_BYTES));
    }
    for name in DEAD_LETTER_SOURCES {
        specs.push(spec(
            topic::dead_letters(name),
            DEAD_LETTER_RETENTION,
            MAX_DEAD_LETTER_BYTES,
        ));
    }
    specs
}

/// The topics that a stage consumes.
pub const DEAD_LETTER_SOURCES: [&str; 4] = [
    topic::INGRESS,
    topic::SEGMENT,
    topic::RECOGNIZED,
    topic::TRANSLATED,
];

/// Creates the topics that are missing and applies the settings to the others. Returns the names
/// of those that were created.
///
/// # Errors
/// The bus is unreachable, or a topic has another number of partitions.
pub async fn create(bus: &dyn Bus, specs: &[TopicSpec]) -> Result<Vec<String>, BusError> {
    bus.ensure(specs).await
}

/// Checks that all topics exist with the same number of partitions. Returns that number.
///
/// # Errors
/// The topic that is missing or has another number.
pub async fn check(bus: &dyn Bus) -> Result<u32, BusError> {
    let partitions = bus.partitions(topic::INGRESS).await?;
    let dead = DEAD_LETTER_SOURCES.map(topic::dead_letters);
    let all = topic::ALL
        .into_iter()
        .chain(dead.iter().map(String::as_str));
    for name in all {
        let own = bus.partitions(name).await?;
        if own != partitions {
            let message = format!(
                "{name} has {own} partitions and {} {partitions}",
                topic::INGRESS
            );
            return Err(BusError::Refused(message));
        }
    }
    Ok(partitions)
}
