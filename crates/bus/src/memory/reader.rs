//! Reading without a group.

use async_trait::async_trait;
use tokio::sync::watch;

use super::MemoryBus;
use crate::bus::{PartitionRange, Reader, StartOffset};
use crate::error::BusError;
use crate::record::Record;

struct RangeReader {
    topic: String,
    partition: u32,
    next: i64,
    /// Records with an earlier timestamp are skipped.
    min_timestamp_ms: Option<i64>,
    /// The end offset; none has no end.
    end: Option<i64>,
}

struct MemoryReader {
    bus: MemoryBus,
    ranges: Vec<RangeReader>,
    changed: watch::Receiver<u64>,
    next_range: usize,
}

pub(super) fn open(
    bus: MemoryBus,
    spans: Vec<PartitionRange>,
) -> Result<Box<dyn Reader>, BusError> {
    let changed = bus.0.changed.subscribe();
    let mut ranges = Vec::new();
    for span in spans {
        let (next, end) = bus.with(&span.topic, |topic| {
            let log = topic.partitions.get(span.partition as usize);
            let log = log.ok_or_else(|| BusError::NoTopic(span.topic.clone()))?;
            Ok((log.resolve(span.start), log.end()))
        })?;
        ranges.push(RangeReader {
            topic: span.topic,
            partition: span.partition,
            next,
            min_timestamp_ms: match span.start {
                StartOffset::Timestamp(ms) => Some(ms),
                _ => None,
            },
            end: span.stop_at_end.then_some(end),
        });
    }
    Ok(Box::new(MemoryReader {
        bus,
        ranges,
        changed,
        next_range: 0,
    }))
}

#[async_trait]
impl Reader for MemoryReader {
    async fn next(&mut self) -> Result<Option<Record>, BusError> {
        loop {
            self.changed.borrow_and_update();
            self.ranges
                .retain(|range| range.end.is_none_or(|end| range.next < end));
            if self.ranges.is_empty() {
                return Ok(None);
            }
            let mut passed = false;
            for step in 0..self.ranges.len() {
                let index = (self.next_range + step) % self.ranges.len();
                let range = &mut self.ranges[index];
                let found = self.bus.with(&range.topic, |topic| {
                    Ok(topic.read(range.partition, range.next))
                })?;
                if let Some((next, record)) = found {
                    range.next = next;
                    let too_late = range.end.is_some_and(|end| record.offset >= end);
                    let too_early = range
                        .min_timestamp_ms
                        .is_some_and(|ms| record.timestamp_ms < ms);
                    if too_late || too_early {
                        passed = true;
                        continue;
                    }
                    self.next_range = index + 1;
                    return Ok(Some(record));
                }
                // The records were deleted meanwhile.
                if let Some(end) = range.end {
                    range.next = end;
                }
            }
            if !passed && self.ranges.iter().any(|range| range.end.is_none()) {
                let changed = self.changed.changed().await;
                changed.map_err(|_| BusError::Closed)?;
            }
        }
    }
}
