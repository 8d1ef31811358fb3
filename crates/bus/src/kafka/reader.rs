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
use crate::bus::{PartitionRange, Reader, StartOffset};
use crate::error::BusError;
use crate::metrics;
use crate::record::Record;

/// Faults are reported at most this often.
const FAULT_INTERVAL: Duration = Duration::from_secs(1);

type Client = StreamConsumer<Plain>;

/// A range that is read.
struct RangeReader {
    topic: String,
    partition: u32,
    queue: StreamPartitionQueue<Plain>,
    /// The offset of the next record, or less.
    next: i64,
    /// Records with an earlier timestamp are skipped, until the first that is not.
    not_before: Option<i64>,
    /// The end offset; none has no end.
    end: Option<i64>,
}

struct KafkaReader {
    /// None once all ranges have ended.
    client: Option<Arc<Client>>,
    ranges: Vec<RangeReader>,
    next_range: usize,
    last_fault: Option<Instant>,
}

/// The start and end of a range, in offsets.
struct ResolvedRange {
    span: PartitionRange,
    start: i64,
    next: i64,
    not_before: Option<i64>,
    end: Option<i64>,
}

pub(super) async fn open(
    config: ClientConfig,
    spans: Vec<PartitionRange>,
    limit: Duration,
) -> Result<Box<dyn Reader>, BusError> {
    let opened = blocking(move || {
        let client: Client = config
            .create_with_context(Plain)
            .map_err(|e| error::about("", &e))?;
        let client = Arc::new(client);
        let mut resolved = Vec::new();
        for span in spans {
            let range = resolve(&client, span, limit)?;
            if range.end.is_none_or(|end| range.next < end) {
                resolved.push(range);
            }
        }
        let ranges = follow(&client, resolved)?;
        Ok((client, ranges))
    });
    let (client, ranges) = opened.await?;
    Ok(Box::new(KafkaReader {
        client: Some(client),
        ranges,
        next_range: 0,
        last_fault: None,
    }))
}

/// Resolves the start of a range. Every record that is published after this is in it.
fn resolve(
    client: &Client,
    span: PartitionRange,
    limit: Duration,
) -> Result<ResolvedRange, BusError> {
    let partitions = metadata::partitions(client.client(), &span.topic, limit)?;
    if span.partition >= partitions {
        return Err(BusError::NoTopic(span.topic));
    }
    let (low, high) = metadata::watermarks(client.client(), &span.topic, span.partition, limit)?;
    let end = span.stop_at_end.then_some(high);
    let (next, not_before) = match span.start {
        StartOffset::Earliest => (low, None),
        StartOffset::Latest => (high, None),
        StartOffset::Offset(offset) => (offset.max(low), None),
        StartOffset::Timestamp(ms) => match at_time(client, &span, ms, limit)? {
            Some(offset) => (offset, None),
            // No record is that recent yet. Those published meanwhile are after `high`.
            None => (high, Some(ms)),
        },
    };
    Ok(ResolvedRange {
        // Beyond the end librdkafka would start at the beginning.
        start: next.min(high),
        span,
        next,
        not_before,
        end,
    })
}

fn at_time(
    client: &Client,
    span: &PartitionRange,
    ms: i64,
    limit: Duration,
) -> Result<Option<i64>, BusError> {
    let about = |e: KafkaError| error::about(&span.topic, &e);
    let mut times = TopicPartitionList::new();
    // Kafka has no negative timestamps.
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

fn follow(
    client: &Arc<Client>,
    resolved: Vec<ResolvedRange>,
) -> Result<Vec<RangeReader>, BusError> {
    let mut ranges = Vec::new();
    let mut list = TopicPartitionList::new();
    for range in resolved {
        let PartitionRange {
            topic, partition, ..
        } = range.span;
        let about = |e: KafkaError| error::about(&topic, &e);
        // Before the first fetch, so that no record is in the common queue.
        let queue = client.split_partition_queue(&topic, partition as i32);
        let queue = queue.ok_or_else(|| BusError::NoTopic(topic.clone()))?;
        let start = Offset::Offset(range.start);
        list.add_partition_offset(&topic, partition as i32, start)
            .map_err(about)?;
        ranges.push(RangeReader {
            topic,
            partition,
            queue,
            next: range.next,
            not_before: range.not_before,
            end: range.end,
        });
    }
    client.assign(&list).map_err(|e| error::about("", &e))?;
    Ok(ranges)
}

enum Received {
    Record(usize, Record),
    /// The range has no more records now.
    EndOfPartition(usize),
    Fault(BusError),
}

impl KafkaReader {
    async fn receive(&self) -> Result<Received, BusError> {
        let client = self.client.as_ref().ok_or(BusError::Closed)?;
        let count = self.ranges.len();
        let common = async {
            match client.recv().await {
                Ok(message) => self.of_common_queue(&record_of(&message)),
                Err(error) => Received::Fault(error::about("", &error)),
            }
        };
        let order = (0..count).map(|step| (self.next_range + step) % count);
        let own = order.map(|index| {
            async move {
                let range = &self.ranges[index];
                match range.queue.recv().await {
                    Ok(message) => Received::Record(index, record_of(&message)),
                    Err(KafkaError::PartitionEOF(_)) => Received::EndOfPartition(index),
                    Err(error) => Received::Fault(error::about(&range.topic, &error)),
                }
            }
            .boxed()
        });
        let (received, _, _) = select_all(own.chain([common.boxed()])).await;
        Ok(received)
    }

    /// Records are in the queues of their ranges; one in the common queue belongs to a range too.
    fn of_common_queue(&self, record: &Record) -> Received {
        let is_its =
            |own: &RangeReader| own.topic == record.topic && own.partition == record.partition;
        let found = self.ranges.iter().position(is_its);
        match found {
            Some(index) => Received::Record(index, record.clone()),
            None => Received::Fault(BusError::Unreachable("a record of no range".to_owned())),
        }
    }

    fn close(&mut self) {
        let ranges = std::mem::take(&mut self.ranges);
        if let Some(client) = self.client.take() {
            drop_aside((ranges, client));
        }
    }
}

impl RangeReader {
    /// Whether a record is in the range.
    fn includes(&mut self, record: &Record) -> bool {
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
impl Reader for KafkaReader {
    async fn next(&mut self) -> Result<Option<Record>, BusError> {
        loop {
            if self.ranges.is_empty() {
                self.close();
                return Ok(None);
            }
            match self.receive().await? {
                Received::Record(index, record) => {
                    let range = &mut self.ranges[index];
                    let included = range.includes(&record);
                    if range.has_ended() {
                        self.ranges.swap_remove(index);
                    }
                    self.next_range = index + 1;
                    if included {
                        return Ok(Some(record));
                    }
                }
                // All records before the end are read, or deleted since.
                Received::EndOfPartition(index) => {
                    if self.ranges[index].end.is_some() {
                        self.ranges.swap_remove(index);
                    }
                }
                Received::Fault(fault) => {
                    metrics::fault("reader");
                    let last = self.last_fault;
                    if last.is_none_or(|last| last.elapsed() >= FAULT_INTERVAL) {
                        self.last_fault = Some(Instant::now());
                        return Err(fault);
                    }
                }
            }
        }
    }
}

impl Drop for KafkaReader {
    fn drop(&mut self) {
        self.close();
    }
}
