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
use super::stall::{FetchPosition, StallWatch};
use super::{blocking, error, metadata};
use crate::bus::{PartitionRange, Reader, StartOffset};
use crate::error::BusError;
use crate::metrics;
use crate::record::Record;

/// Faults are reported at most this often.
const FAULT_INTERVAL: Duration = Duration::from_secs(1);

type Client = StreamConsumer<Plain>;

/// What is left of a range, in offsets.
#[derive(Clone)]
struct OpenRange {
    topic: String,
    partition: u32,
    /// The offset of the next record that is fetched.
    fetched: i64,
    /// The offset of the next record of the range, or less. Records before it are skipped.
    next: i64,
    /// Records with an earlier timestamp are skipped, until the first that is not.
    not_before: Option<i64>,
    /// The end offset; none has no end.
    end: Option<i64>,
}

/// A range that is read.
struct RangeReader {
    range: OpenRange,
    queue: StreamPartitionQueue<Plain>,
}

pub(super) struct KafkaReader {
    config: ClientConfig,
    /// None once all ranges have ended.
    client: Option<Arc<Client>>,
    ranges: Vec<RangeReader>,
    next_range: usize,
    last_fault: Option<Instant>,
    stalls: StallWatch,
}

pub(super) async fn open(
    config: ClientConfig,
    spans: Vec<PartitionRange>,
    limit: Duration,
) -> Result<KafkaReader, BusError> {
    let own = config.clone();
    let opened = blocking(move || {
        let client = connect(&own)?;
        let mut open = Vec::new();
        for span in spans {
            let range = resolve(&client, span, limit)?;
            if range.end.is_none_or(|end| range.next < end) {
                open.push(range);
            }
        }
        let ranges = follow(&client, open)?;
        Ok((client, ranges))
    });
    let (client, ranges) = opened.await?;
    Ok(KafkaReader {
        config,
        client: Some(client),
        ranges,
        next_range: 0,
        last_fault: None,
        stalls: StallWatch::new(),
    })
}

fn connect(config: &ClientConfig) -> Result<Arc<Client>, BusError> {
    let client = config.create_with_context(Plain);
    client.map(Arc::new).map_err(|e| error::about("", &e))
}

/// Resolves the start of a range. Every record that is published after this is in it.
fn resolve(client: &Client, span: PartitionRange, limit: Duration) -> Result<OpenRange, BusError> {
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
    Ok(OpenRange {
        topic: span.topic,
        partition: span.partition,
        // Beyond the end librdkafka would start at the beginning.
        fetched: next.min(high),
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

fn follow(client: &Arc<Client>, open: Vec<OpenRange>) -> Result<Vec<RangeReader>, BusError> {
    let mut ranges = Vec::new();
    let mut list = TopicPartitionList::new();
    for range in open {
        let about = |e: KafkaError| error::about(&range.topic, &e);
        let partition = range.partition as i32;
        // Before the first fetch, so that no record is in the common queue.
        let queue = client.split_partition_queue(&range.topic, partition);
        let queue = queue.ok_or_else(|| BusError::NoTopic(range.topic.clone()))?;
        let start = Offset::Offset(range.fetched);
        list.add_partition_offset(&range.topic, partition, start)
            .map_err(about)?;
        ranges.push(RangeReader { range, queue });
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

fn positions(ranges: &[RangeReader]) -> Vec<FetchPosition> {
    ranges.iter().map(|own| own.range.position()).collect()
}

async fn receive(client: &Client, ranges: &[RangeReader], first: usize) -> Received {
    let count = ranges.len();
    let common = async {
        match client.recv().await {
            Ok(message) => of_common_queue(ranges, record_of(&message)),
            Err(error) => Received::Fault(error::about("", &error)),
        }
    };
    let order = (0..count).map(|step| (first + step) % count);
    let own = order.map(|index| {
        async move {
            let reader = &ranges[index];
            match reader.queue.recv().await {
                Ok(message) => Received::Record(index, record_of(&message)),
                Err(KafkaError::PartitionEOF(_)) => Received::EndOfPartition(index),
                Err(error) => Received::Fault(error::about(&reader.range.topic, &error)),
            }
        }
        .boxed()
    });
    let (received, _, _) = select_all(own.chain([common.boxed()])).await;
    received
}

/// Records are in the queues of their ranges; one in the common queue belongs to a range too.
fn of_common_queue(ranges: &[RangeReader], record: Record) -> Received {
    let is_its = |own: &RangeReader| {
        own.range.topic == record.topic && own.range.partition == record.partition
    };
    match ranges.iter().position(is_its) {
        Some(index) => Received::Record(index, record),
        None => Received::Fault(BusError::Unreachable("a record of no range".to_owned())),
    }
}

impl KafkaReader {
    /// Fetches all ranges with a new client, from where they are.
    async fn reopen(&mut self) -> Result<(), BusError> {
        let open = self.ranges.iter().map(|own| own.range.clone());
        let (open, config): (Vec<_>, _) = (open.collect(), self.config.clone());
        let opened = blocking(move || {
            let client = connect(&config)?;
            let ranges = follow(&client, open)?;
            Ok((client, ranges))
        });
        let (client, ranges) = opened.await?;
        self.close();
        (self.client, self.ranges) = (Some(client), ranges);
        Ok(())
    }

    fn close(&mut self) {
        let ranges = std::mem::take(&mut self.ranges);
        if let Some(client) = self.client.take() {
            drop_aside((ranges, client));
        }
    }
}

#[cfg(test)]
impl KafkaReader {
    /// Makes librdkafka stop, unnoticed by this reader.
    pub(super) fn stop_fetching(&self) {
        let client = self.client.as_ref().unwrap();
        client.pause(&client.assignment().unwrap()).unwrap();
    }
}

impl OpenRange {
    fn position(&self) -> FetchPosition {
        FetchPosition {
            topic: self.topic.clone(),
            partition: self.partition,
            next: self.fetched,
        }
    }

    /// Whether a record is in the range.
    fn includes(&mut self, record: &Record) -> bool {
        self.fetched = self.fetched.max(record.offset + 1);
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
            let Some(client) = self.client.as_ref().filter(|_| !self.ranges.is_empty()) else {
                self.close();
                return Ok(None);
            };
            let received = tokio::select! {
                biased;
                received = receive(client, &self.ranges, self.next_range) => received,
                stalled = self.stalls.stalled(client, || positions(&self.ranges)) => {
                    if !stalled.is_empty() {
                        metrics::fault("reader");
                        tracing::warn!(?stalled, "records are not received; their topics are read anew");
                        self.reopen().await?;
                    }
                    // A wake-up may have been lost as well: every queue is polled again.
                    continue;
                }
            };
            match received {
                Received::Record(index, record) => {
                    let range = &mut self.ranges[index].range;
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
                    if self.ranges[index].range.end.is_some() {
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
