//! The log of one partition.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use crate::bus::StartOffset;
use crate::event::now_ms;
use crate::record::{ProducerRecord, Record};

/// The records of a partition. Older ones are deleted, so the first one may have any offset.
#[derive(Default)]
pub(super) struct Log {
    records: VecDeque<Record>,
    /// The offset of the first record that is kept.
    first: i64,
}

impl Log {
    /// The offset of the next record.
    pub(super) fn end(&self) -> i64 {
        self.first + self.records.len() as i64
    }

    pub(super) fn push(&mut self, record: ProducerRecord, partition: u32) -> i64 {
        let offset = self.end();
        self.records.push_back(Record {
            topic: record.topic,
            partition,
            offset,
            // The clock may be set back, and the search by timestamp relies on the order.
            timestamp_ms: self
                .records
                .back()
                .map_or(i64::MIN, |own| own.timestamp_ms)
                .max(now_ms()),
            key: Some(record.key),
            headers: record.headers,
            body: record.body,
        });
        offset
    }

    /// The offset of the first record that is kept.
    pub(super) fn begin(&self) -> i64 {
        self.first
    }

    /// The first record at this offset or later, and the offset after it.
    pub(super) fn read(&self, offset: i64) -> Option<(i64, Record)> {
        let index = (offset - self.first).max(0) as usize;
        let record = self.records.get(index)?.clone();
        Some((record.offset + 1, record))
    }

    pub(super) fn resolve(&self, start: StartOffset) -> i64 {
        match start {
            StartOffset::Earliest => self.first,
            StartOffset::Latest => self.end(),
            StartOffset::Offset(offset) => offset,
            StartOffset::Timestamp(ms) => {
                let before = self.records.partition_point(|own| own.timestamp_ms < ms);
                self.first + before as i64
            }
        }
    }

    /// The bytes of a key from this offset on.
    pub(super) fn bytes_of(&self, key: &Bytes, from: i64) -> usize {
        let skip = (from - self.first).max(0) as usize;
        self.records
            .iter()
            .skip(skip)
            .filter(|record| record.key.as_ref() == Some(key))
            .map(|record| record.body.len())
            .sum()
    }

    /// Deletes processed records that are older than the retention.
    pub(super) fn drop_expired(&mut self, unfinished: i64, retention: Duration) {
        let until = now_ms() - retention.as_millis() as i64;
        while self
            .records
            .front()
            .is_some_and(|own| own.offset < unfinished && own.timestamp_ms < until)
        {
            self.records.pop_front();
            self.first += 1;
        }
    }

    /// Drops all records before an offset.
    pub(super) fn cut(&mut self, offset: i64) {
        while self.records.front().is_some_and(|own| own.offset < offset) {
            self.records.pop_front();
            self.first += 1;
        }
    }
}
