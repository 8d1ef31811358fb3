//! Reading without a group.

use async_trait::async_trait;
use tokio::sync::watch;

use super::MemoryBus;
use crate::bus::{From, Reader, Span};
use crate::error::BusError;
use crate::record::Record;

struct Track {
    topic: String,
    partition: u32,
    next: i64,
    /// Records that came before are not wanted.
    not_before: Option<i64>,
    /// Where it ends; none goes on for ever.
    end: Option<i64>,
}

struct Tracks {
    bus: MemoryBus,
    tracks: Vec<Track>,
    stirred: watch::Receiver<u64>,
    turn: usize,
}

pub(super) fn open(bus: MemoryBus, spans: Vec<Span>) -> Result<Box<dyn Reader>, BusError> {
    let stirred = bus.0.stirred.subscribe();
    let mut tracks = Vec::new();
    for span in spans {
        let (next, end) = bus.with(&span.topic, |topic| {
            let log = topic.partitions.get(span.partition as usize);
            let log = log.ok_or_else(|| BusError::NoTopic(span.topic.clone()))?;
            Ok((log.resolve(span.from), log.end()))
        })?;
        tracks.push(Track {
            topic: span.topic,
            partition: span.partition,
            next,
            not_before: match span.from {
                From::Time(ms) => Some(ms),
                _ => None,
            },
            end: span.ends.then_some(end),
        });
    }
    Ok(Box::new(Tracks {
        bus,
        tracks,
        stirred,
        turn: 0,
    }))
}

#[async_trait]
impl Reader for Tracks {
    async fn next(&mut self) -> Result<Option<Record>, BusError> {
        loop {
            self.stirred.borrow_and_update();
            self.tracks
                .retain(|track| track.end.is_none_or(|end| track.next < end));
            if self.tracks.is_empty() {
                return Ok(None);
            }
            let mut passed = false;
            for step in 0..self.tracks.len() {
                let index = (self.turn + step) % self.tracks.len();
                let track = &mut self.tracks[index];
                let found = self.bus.with(&track.topic, |topic| {
                    Ok(topic.read(track.partition, track.next))
                })?;
                if let Some((next, record)) = found {
                    track.next = next;
                    let too_late = track.end.is_some_and(|end| record.offset >= end);
                    let too_early = track.not_before.is_some_and(|ms| record.timestamp_ms < ms);
                    if too_late || too_early {
                        passed = true;
                        continue;
                    }
                    self.turn = index + 1;
                    return Ok(Some(record));
                }
                // What was to be read was deleted meanwhile.
                if let Some(end) = track.end {
                    track.next = end;
                }
            }
            if !passed && self.tracks.iter().any(|track| track.end.is_none()) {
                let stirred = self.stirred.changed().await;
                stirred.map_err(|_| BusError::Closed)?;
            }
        }
    }
}
