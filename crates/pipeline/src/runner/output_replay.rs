//! What a replica learns of what was published before it came.

use std::sync::{Mutex, PoisonError};

use mynah_bus::avro::Codec;
use mynah_bus::event::{Body, Event, Kind, SessionStatus};
use mynah_bus::identity::Stage;
use mynah_bus::{Bus, BusError, PartitionRange, StartOffset};

use super::dedup_cache::DedupCache;
use crate::metrics;

/// A part of a stage's own output.
pub(super) struct Output<'a> {
    pub(super) stage: Stage,
    pub(super) kinds: &'a [Kind],
    pub(super) partition: u32,
    pub(super) start: StartOffset,
}

/// Notes all that is there, up to what is there now. Returns how many events that were.
///
/// # Errors
/// The bus or the registry does not answer; what was noted until then is true all the same.
pub(super) async fn replay(
    bus: &dyn Bus,
    codec: &Codec,
    output: Output<'_>,
    dedup: &Mutex<DedupCache>,
) -> Result<usize, BusError> {
    let stage = output.stage;
    let spans = output.kinds.iter().map(|kind| PartitionRange {
        topic: kind.topic().to_owned(),
        partition: output.partition,
        start: output.start,
        stop_at_end: true,
    });
    let mut reader = bus.read(spans.collect()).await?;
    let mut events = 0;
    while let Some(record) = reader.next().await? {
        let kind = output
            .kinds
            .iter()
            .find(|kind| kind.topic() == record.topic);
        let Some(kind) = kind else { continue };
        match codec.decode(*kind, &record.body).await {
            Ok(event) => {
                events += 1;
                if failed_elsewhere(&event, stage) {
                    continue;
                }
                let mut dedup = dedup.lock().unwrap_or_else(PoisonError::into_inner);
                if !dedup.note(&event) {
                    metrics::skipped(stage, "duplicate_output");
                }
            }
            Err(error) if error.is_transient() => {
                return Err(BusError::Unreachable(error.to_string()));
            }
            // Not ours, and nothing that could be repeated.
            Err(_) => metrics::skipped(stage, "foreign_output"),
        }
    }
    Ok(events)
}

/// What failed in another stage may be put back there, and comes here then like any other.
fn failed_elsewhere(event: &Event, own: Stage) -> bool {
    matches!(
        &event.body,
        Body::SessionStatus(SessionStatus::SegmentFailed { stage, .. }) if stage != own.as_str()
    )
}
