//! Reading without a group.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::future::{FutureExt as _, select_all};
use rdkafka::consumer::stream_consumer::StreamPartitionQueue;
use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use super::context::Plain;
use super::message::record_of;
use super::producer::drop_aside;
use super::{blocking, error, metadata};
use crate::bus::{From, Reader, Span};
use crate::error::BusError;
use crate::metrics;
use crate::record::Record;

/// Faults are told at most this often.
const FAULT_EVERY: Duration = Duration::from_secs(1);

type Client = StreamConsumer<Plain>;

/// A span that is read.
struct Track {
    topic: String,
    partition: u32,
    queue: StreamPartitionQueue<Plain>,
    /// Where the next record lies, or later.
    next: i64,
    /// Records that the bus took before are not wanted. Only until the first that is.
    not_before: Option<i64>,
    /// Where it ends; none goes on for ever.
    end: Option<i64>,
}

struct Tracks {
    /// Gone when all have ended.
    client: Option<Arc<Client>>,
    tracks: Vec<Track>,
    turn: usize,
    last_fault: Option<Instant>,
}

/// Where a span begins and ends, in offsets.
struct Place {
    span: Span,
    start: i64,
    next: i64,
    not_before: Option<i64>,
    end: Option<i64>,
}

pub(super) async fn open(
    config: ClientConfig,
    spans: Vec<Span>,
    limit: Duration,
) -> Result<Box<dyn Reader>, BusError> {
    let opened = blocking(move || {
        let client: Client = config
            .create_with_context(Plain)
            .map_err(|e| error::about("", &e))?;
        let client = Arc::new(client);
        let mut places = Vec::new();
        for span in spans {
            let place = place(&client, span, limit)?;
            if place.end.is_none_or(|end| place.next < end) {
                places.push(place);
            }
        }
        let tracks = follow(&client, places)?;
        Ok((client, tracks))
    });
    let (client, tracks) = opened.await?;
    Ok(Box::new(Tracks {
        client: Some(client),
        tracks,
        turn: 0,
        last_fault: None,
    }))
}

/// Finds out where a span begins. Every record that is published after this is in it.
fn place(client: &Client, span: Span, limit: Duration) -> Result<Place, BusError> {
    let partitions = metadata::partitions(client.client(), &span.topic, limit)?;
    if span.partition >= partitions {
        return Err(BusError::NoTopic(span.topic));
    }
    let (low, high) = metadata::watermarks(client.client(), &span.topic, span.partition, limit)?;
    let end = span.ends.then_some(high);
    let (next, not_before) = match span.from {
        From::Earliest => (low, None),
        From::End => (high, None),
        From::Offset(offset) => (offset.max(low), None),
        From::Time(ms) => match at_time(client, &span, ms, limit)? {
            Some(offset) => (offset, None),
            // None is that young yet. What comes meanwhile lies after `high`.
            None => (high, Some(ms)),
        },
    };
    Ok(Place {
        // From beyond the end librdkafka would begin anew.
        start: next.min(high),
        span,
        next,
        not_before,
        end,
    })
}

fn at_time(
    client: &Client,
    span: &Span,
    ms: i64,
    limit: Duration,
) -> Result<Option<i64>, BusError> {
    let about = |e: KafkaError| error::about(&span.topic, &e);
    let mut times = TopicPartitionList::new();
    // Negative numbers are not times to Kafka.
    let time = Offset::Offset(ms.max(0));
    let added = times.add_partition_offset(&span.topic, span.partition as i32, time);
    added.map_err(about)?;
    let found = client.offsets_for_times(times, limit).map_err(about)?;
    let elements = found.elements();
    let found = elements.first().ok_or(BusError::Closed)?;
    found.error().map_err(about)?;
    Ok(match found.offset() {
        Offset::Offset(offset) => Some(offset),
        _ => None,
    })
}

fn follow(client: &Arc<Client>, places: Vec<Place>) -> Result<Vec<Track>, BusError> {
    let mut tracks = Vec::new();
    let mut list = TopicPartitionList::new();
    for place in places {
        let Span {
            topic, partition, ..
        } = place.span;
        let about = |e: KafkaError| error::about(&topic, &e);
        // Before anything is fetched, so that nothing comes by the common queue.
        let queue = client.split_partition_queue(&topic, partition as i32);
        let queue = queue.ok_or_else(|| BusError::NoTopic(topic.clone()))?;
        let start = Offset::Offset(place.start);
        list.add_partition_offset(&topic, partition as i32, start)
            .map_err(about)?;
        tracks.push(Track {
            topic,
            partition,
            queue,
            next: place.next,
            not_before: place.not_before,
            end: place.end,
        });
    }
    client.assign(&list).map_err(|e| error::about("", &e))?;
    Ok(tracks)
}

enum Heard {
    Record(usize, Record),
    /// Nothing more lies in it now.
    AtEnd(usize),
    Fault(BusError),
}

impl Tracks {
    async fn hear(&self) -> Result<Heard, BusError> {
        let client = self.client.as_ref().ok_or(BusError::Closed)?;
        let count = self.tracks.len();
        let common = async {
            match client.recv().await {
                Ok(message) => self.stray(&record_of(&message)),
                Err(error) => Heard::Fault(error::about("", &error)),
            }
        };
        let turns = (0..count).map(|step| (self.turn + step) % count);
        let own = turns.map(|index| {
            async move {
                let track = &self.tracks[index];
                match track.queue.recv().await {
                    Ok(message) => Heard::Record(index, record_of(&message)),
                    Err(KafkaError::PartitionEOF(_)) => Heard::AtEnd(index),
                    Err(error) => Heard::Fault(error::about(&track.topic, &error)),
                }
            }
            .boxed()
        });
        let (heard, _, _) = select_all(own.chain([common.boxed()])).await;
        Ok(heard)
    }

    /// Records come by their own queues; one that does not is still one of ours.
    fn stray(&self, record: &Record) -> Heard {
        let is_its = |own: &Track| own.topic == record.topic && own.partition == record.partition;
        let found = self.tracks.iter().position(is_its);
        match found {
            Some(index) => Heard::Record(index, record.clone()),
            None => Heard::Fault(BusError::Unreachable("a record of no span".to_owned())),
        }
    }

    fn close(&mut self) {
        let tracks = std::mem::take(&mut self.tracks);
        if let Some(client) = self.client.take() {
            drop_aside((tracks, client));
        }
    }
}

impl Track {
    /// Whether a record is wanted.
    fn wants(&mut self, record: &Record) -> bool {
        if record.offset < self.next {
            return false;
        }
        self.next = record.offset + 1;
        if self.not_before.is_some_and(|ms| record.timestamp_ms < ms) {
            return false;
        }
        self.not_before = None;
        self.end.is_none_or(|end| record.offset < end)
    }

    fn has_ended(&self) -> bool {
        self.end.is_some_and(|end| self.next >= end)
    }
}

#[async_trait]
impl Reader for Tracks {
    async fn next(&mut self) -> Result<Option<Record>, BusError> {
        loop {
            if self.tracks.is_empty() {
                self.close();
                return Ok(None);
            }
            match self.hear().await? {
                Heard::Record(index, record) => {
                    let track = &mut self.tracks[index];
                    let wanted = track.wants(&record);
                    if track.has_ended() {
                        self.tracks.swap_remove(index);
                    }
                    self.turn = index + 1;
                    if wanted {
                        return Ok(Some(record));
                    }
                }
                // What lay before its end when it was opened is read, or deleted since.
                Heard::AtEnd(index) => {
                    if self.tracks[index].end.is_some() {
                        self.tracks.swap_remove(index);
                    }
                }
                Heard::Fault(fault) => {
                    metrics::fault("reader");
                    let last = self.last_fault;
                    if last.is_none_or(|last| last.elapsed() >= FAULT_EVERY) {
                        self.last_fault = Some(Instant::now());
                        return Err(fault);
                    }
                }
            }
        }
    }
}

impl Drop for Tracks {
    fn drop(&mut self) {
        self.close();
    }
}
