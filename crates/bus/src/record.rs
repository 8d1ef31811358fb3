//! What a bus carries: bytes with a key, headers and a place.

use bytes::Bytes;

use crate::error::BusError;
use crate::limits::{MAX_DEAD_LETTER_BYTES, MAX_RECORD_BYTES};

/// The topics of the pipeline. All have the same number of partitions, and the session as key,
/// so that a session's records lie in the partition of the same number in every topic.
pub mod topic {
    /// AudioPayload as it arrives.
    pub const INGRESS: &str = "speech.audio.ingress";
    /// Stretches of speech.
    pub const SEGMENT: &str = "speech.audio.speech_segment";
    /// What was said.
    pub const RECOGNIZED: &str = "speech.asr.text";
    /// What it means.
    pub const TRANSLATED: &str = "speech.translation.text";
    /// The translation, spoken.
    pub const SYNTHESIZED: &str = "speech.tts.audio";
    /// What became of sessions and of segments that failed.
    pub const STATUS: &str = "speech.session.status";
    /// Words that may still change. Best effort.
    pub const PARTIAL: &str = "speech.asr.partial";

    /// All of them, in the order of a sentence's journey.
    pub const ALL: [&str; 7] = [
        INGRESS,
        SEGMENT,
        RECOGNIZED,
        TRANSLATED,
        SYNTHESIZED,
        STATUS,
        PARTIAL,
    ];

    /// What the name of a topic of dead letters ends with.
    pub const DEAD_LETTER_SUFFIX: &str = ".dlq";

    /// Where the dead letters of a topic lie.
    pub fn dead_letters(topic: &str) -> String {
        format!("{topic}{DEAD_LETTER_SUFFIX}")
    }
}

/// Names of record headers.
pub mod header {
    /// W3C trace context.
    pub const TRACEPARENT: &str = "traceparent";
    /// The number of the segment in its session, in decimal.
    pub const SEGMENT_INDEX: &str = "mynah-segment-index";
    /// The segment's first sample at 16 kHz, in decimal.
    pub const START_SAMPLE: &str = "mynah-start-sample";
    /// The place after the segment's last sample, in decimal.
    pub const END_SAMPLE: &str = "mynah-end-sample";
}

/// Headers: names may repeat, and their order is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, Bytes)>);

impl Headers {
    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Bytes>) -> Self {
        self.0.push((name.into(), value.into()));
        self
    }

    /// The first header of that name.
    pub fn get(&self, name: &str) -> Option<&Bytes> {
        self.iter()
            .find(|(own, _)| *own == name)
            .map(|(_, value)| value)
    }

    /// The first header of that name, where it is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.get(name)?).ok()
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Bytes)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Without those whose name begins so.
    #[must_use]
    pub fn without(mut self, prefix: &str) -> Self {
        self.0.retain(|(name, _)| !name.starts_with(prefix));
        self
    }
}

impl FromIterator<(String, Bytes)> for Headers {
    fn from_iter<I: IntoIterator<Item = (String, Bytes)>>(headers: I) -> Self {
        Self(headers.into_iter().collect())
    }
}

/// A record that lies on the bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its topic.
    pub topic: String,
    /// Its partition.
    pub partition: u32,
    /// Its place in the partition.
    pub offset: i64,
    /// When the bus took it, in milliseconds since 1970.
    pub timestamp_ms: i64,
    /// Its key: the session.
    pub key: Option<Bytes>,
    /// Its headers.
    pub headers: Headers,
    /// Its body, framed.
    pub body: Bytes,
}

impl Record {
    /// The key as text: the session.
    pub fn session(&self) -> Option<&str> {
        std::str::from_utf8(self.key.as_ref()?)
            .ok()
            .filter(|key| !key.is_empty())
    }
}

/// A record on its way to the bus. Its partition follows from its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProducerRecord {
    /// The topic it is for.
    pub topic: String,
    /// Its key: the session. Records with the same key keep their order.
    pub key: Bytes,
    /// Its headers.
    pub headers: Headers,
    /// Its body, framed.
    pub body: Bytes,
}

impl ProducerRecord {
    /// Its size as a broker counts it, or a little more: with the frames around record, key, body
    /// and headers (<https://kafka.apache.org/documentation/#recordbatch>).
    pub fn bytes(&self) -> usize {
        const AROUND_RECORD: usize = 61 + 32;
        const AROUND_HEADER: usize = 8;
        let headers = self.headers.iter();
        let headers = headers.map(|(name, value)| AROUND_HEADER + name.len() + value.len());
        AROUND_RECORD + self.key.len() + self.body.len() + headers.sum::<usize>()
    }

    /// The largest that it may be.
    pub fn bytes_max(&self) -> usize {
        if self.topic.ends_with(topic::DEAD_LETTER_SUFFIX) {
            MAX_DEAD_LETTER_BYTES
        } else {
            MAX_RECORD_BYTES
        }
    }

    /// Refuses what no broker takes.
    pub(crate) fn check_size(&self) -> Result<(), BusError> {
        let (bytes, limit) = (self.bytes(), self.bytes_max());
        if bytes > limit {
            return Err(BusError::TooLarge { bytes, limit });
        }
        Ok(())
    }
}

/// Where the bus has put a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordMetadata {
    /// The partition.
    pub partition: u32,
    /// The place in it.
    pub offset: i64,
}

/// The partition of a key: murmur2, as Kafka's own clients choose, so that records of programs in
/// other languages fall into the same one.
pub fn partition_of(key: &[u8], partitions: u32) -> u32 {
    let hash = murmur2::murmur2(key, murmur2::KAFKA_SEED) & 0x7fff_ffff;
    hash % partitions.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_fall_where_kafkas_java_client_puts_them() {
        // org.apache.kafka.common.utils.UtilsTest: murmur2("21") = -973932308, and so on.
        for (key, hash) in [
            ("21", -973_932_308_i32),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            (
                "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8",
                -58_897_971,
            ),
        ] {
            let expected = (hash as u32 & 0x7fff_ffff) % 7;
            assert_eq!(partition_of(key.as_bytes(), 7), expected, "{key}");
        }
        assert_eq!(partition_of(b"x", 0), 0);
    }

    #[test]
    fn headers_keep_their_order_and_may_repeat() {
        let headers = Headers::default()
            .with("a", "1")
            .with("dlq.x", "2")
            .with("a", "3");
        assert_eq!(headers.text("a"), Some("1"));
        let names: Vec<_> = headers.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["a", "dlq.x", "a"]);
        assert_eq!(headers.without("dlq.").iter().count(), 2);
    }
}
