//! Replay of a stage's own outputs: what was published before a replica took a partition over.

use std::sync::{Mutex, PoisonError};

use mynah_bus::avro::Codec;
use mynah_bus::event::{Body, Event, Kind, SessionStatus};
use mynah_bus::identity::Stage;
use mynah_bus::{Bus, BusError, PartitionRange, StartOffset};

use super::dedup_cache::DedupCache;
use crate::metrics;

/// A range of a stage's own outputs.
pub(super) struct OutputRange<'a> {
    pub(super) stage: Stage,
    pub(super) kinds: &'a [Kind],
    pub(super) partition: u32,
    pub(super) start: StartOffset,
}

/// Adds all events up to the present end to the cache. Returns their number.
///
/// # Errors
/// Bus or registry are unreachable; the events that were added until then stay.
pub(super) async fn replay(
    bus: &dyn Bus,
    codec: &Codec,
    range: OutputRange<'_>,
    dedup: &Mutex<DedupCache>,
) -> Result<usize, BusError> {
    let stage = range.stage;
    let ranges = range.kinds.iter().map(|kind| PartitionRange {
        topic: kind.topic().to_owned(),
        partition: range.partition,
        start: range.start,
        stop_at_end: true,
    });
    let mut reader = bus.read(ranges.collect()).await?;
    let mut events = 0;
    while let Some(record) = reader.next().await? {
        let kind = range.kinds.iter().find(|kind| kind.topic() == record.topic);
        let Some(kind) = kind else { continue };
        match codec.decode(*kind, &record.body).await {
            Ok(event) => {
                events += 1;
                if failed_elsewhere(&event, stage) {
                    continue;
                }
                let mut dedup = dedup.lock().unwrap_or_else(PoisonError::into_inner);
                if !dedup.add(&event) {
                    metrics::skipped(stage, "duplicate_output");
                }
            }
            Err(error) if error.is_transient() => {
                return Err(BusError::Unreachable(error.to_string()));
            }
            // A record of another program, which this stage does not publish again.
            Err(_) => metrics::skipped(stage, "foreign_output"),
        }
    }
    Ok(events)
}

/// A dead letter of another stage may be replayed there, and its results arrive here as usual.
fn failed_elsewhere(event: &Event, own: Stage) -> bool {
    matches!(
        &event.body,
        Body::SessionStatus(SessionStatus::SegmentFailed { stage, .. }) if stage != own.as_str()
    )
}
