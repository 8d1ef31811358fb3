//! What operators do with dead letters: list, show, replay, purge.

use std::sync::Arc;

use mynah_bus::record::topic;
use mynah_bus::{Bus, BusError, PartitionRange, ProducerRecord, Record, StartOffset};

use crate::dead_letter_headers as header;
use crate::init::DEAD_LETTER_SOURCES;

/// A dead letter.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    record: Record,
}

impl DeadLetter {
    /// The topic of the record.
    pub fn topic(&self) -> &str {
        self.header(header::TOPIC).unwrap_or_else(|| {
            self.record
                .topic
                .trim_end_matches(topic::DEAD_LETTER_SUFFIX)
        })
    }

    /// Its partition in the topic of dead letters.
    pub const fn partition(&self) -> u32 {
        self.record.partition
    }

    /// Its offset there.
    pub const fn offset(&self) -> i64 {
        self.record.offset
    }

    /// When the bus appended it, in milliseconds since 1970.
    pub const fn timestamp_ms(&self) -> i64 {
        self.record.timestamp_ms
    }

    /// The session, where the key is one.
    pub fn session(&self) -> Option<&str> {
        self.record.session()
    }

    /// The size of the body in bytes.
    pub fn bytes(&self) -> usize {
        self.record.body.len()
    }

    /// The body, unchanged.
    pub fn body(&self) -> &[u8] {
        &self.record.body
    }

    /// The code of the failure.
    pub fn reason(&self) -> &str {
        self.header(header::REASON).unwrap_or("unknown")
    }

    /// The class of the failure.
    pub fn class(&self) -> &str {
        self.header(header::CLASS).unwrap_or("unknown")
    }

    /// A message for people.
    pub fn error(&self) -> &str {
        self.header(header::ERROR).unwrap_or_default()
    }

    /// The stage.
    pub fn handler(&self) -> &str {
        self.header(header::HANDLER).unwrap_or("unknown")
    }

    /// The number of attempts.
    pub fn attempts(&self) -> &str {
        self.header(header::ATTEMPTS).unwrap_or("?")
    }

    /// All headers that are text.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let headers = self.record.headers.iter();
        headers.filter_map(|(name, value)| Some((name, std::str::from_utf8(value).ok()?)))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.record.headers.text(name)
    }
}

/// The dead letters of all topics.
#[derive(Clone)]
pub struct DeadLetters {
    bus: Arc<dyn Bus>,
}

impl DeadLetters {
    /// The dead letters on this bus.
    pub fn new(bus: Arc<dyn Bus>) -> Self {
        Self { bus }
    }

    /// All of them, or those of one topic (`speech.asr.text`), the oldest of each partition first.
    ///
    /// # Errors
    /// The bus is unreachable, or has no such topic.
    pub async fn list(&self, of: Option<&str>) -> Result<Vec<DeadLetter>, BusError> {
        let names = match of {
            Some(name) => vec![dead_letter_source(name)?],
            None => DEAD_LETTER_SOURCES.to_vec(),
        };
        let mut found = Vec::new();
        for name in names {
            let mut reader = self.bus.read(self.ranges(name).await?).await?;
            while let Some(record) = reader.next().await? {
                found.push(DeadLetter { record });
            }
        }
        found.sort_by(|a, b| {
            let key = |own: &DeadLetter| (own.record.topic.clone(), own.partition(), own.offset());
            key(a).cmp(&key(b))
        });
        Ok(found)
    }

    /// The dead letter at this offset of a topic, if there is one.
    ///
    /// # Errors
    /// The bus is unreachable, or has no such topic.
    pub async fn at(
        &self,
        name: &str,
        partition: u32,
        offset: i64,
    ) -> Result<Option<DeadLetter>, BusError> {
        let topic = topic::dead_letters(dead_letter_source(name)?);
        if partition >= self.bus.partitions(&topic).await? {
            return Ok(None);
        }
        let range = PartitionRange {
            topic,
            partition,
            start: StartOffset::Offset(offset),
            stop_at_end: true,
        };
        let found = self.bus.read(vec![range]).await?.next().await?;
        let found = found.filter(|record| record.offset == offset);
        Ok(found.map(|record| DeadLetter { record }))
    }

    async fn ranges(&self, name: &str) -> Result<Vec<PartitionRange>, BusError> {
        let topic = topic::dead_letters(name);
        let partitions = self.bus.partitions(&topic).await?;
        let range = |partition| PartitionRange {
            topic: topic.clone(),
            partition,
            start: StartOffset::Earliest,
            stop_at_end: true,
        };
        Ok((0..partitions).map(range).collect())
    }

    /// Publishes the record on its topic again, with the body unchanged. The stage processes it like
    /// a new record; the dead letter stays until it is purged.
    ///
    /// # Errors
    /// The bus refuses it.
    pub async fn replay(&self, dead_letter: &DeadLetter) -> Result<(), BusError> {
        let times: u32 = dead_letter
            .header(header::REPLAYED)
            .and_then(|count| count.parse().ok())
            .unwrap_or(0);
        let headers = dead_letter
            .record
            .headers
            .clone()
            .without(header::PREFIX)
            .without(header::REPLAYED)
            .with(header::REPLAYED, (times + 1).to_string());
        self.bus
            .publish(ProducerRecord {
                topic: dead_letter.topic().to_owned(),
                key: dead_letter.record.key.clone().unwrap_or_default(),
                headers,
                body: dead_letter.record.body.clone(),
            })
            .await
            .map(drop)
    }

    /// Deletes all dead letters that a topic has now. Returns their number.
    ///
    /// # Errors
    /// The bus is unreachable, or has no such topic.
    pub async fn purge(&self, name: &str) -> Result<usize, BusError> {
        let mut reader = self
            .bus
            .read(self.ranges(dead_letter_source(name)?).await?)
            .await?;
        let mut last = std::collections::BTreeMap::new();
        let mut count = 0;
        while let Some(record) = reader.next().await? {
            last.insert(record.partition, record.offset + 1);
            count += 1;
        }
        for (partition, offset) in last {
            self.bus
                .delete_before(&topic::dead_letters(name), partition, offset)
                .await?;
        }
        Ok(count)
    }
}

/// A topic that may have dead letters.
fn dead_letter_source(name: &str) -> Result<&'static str, BusError> {
    let found = DEAD_LETTER_SOURCES.into_iter().find(|own| *own == name);
    found.ok_or_else(|| {
        BusError::Refused(format!(
            "{name} has no dead letters; a topic is one of {}",
            DEAD_LETTER_SOURCES.join(", ")
        ))
    })
}
