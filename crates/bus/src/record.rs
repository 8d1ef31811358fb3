//! Records: bytes with a key, headers and an offset.

use bytes::Bytes;

use crate::error::BusError;
use crate::limits::{MAX_DEAD_LETTER_BYTES, MAX_RECORD_BYTES};

/// The topics of the pipeline. All have the same number of partitions, and the session as key,
/// so that a session's records lie in the partition of the same number in every topic.
pub mod topic {
    /// Audio as it arrives.
    pub const INGRESS: &str = "speech.audio.ingress";
    /// Segments of speech.
    pub const SEGMENT: &str = "speech.audio.speech_segment";
    /// Recognized texts.
    pub const RECOGNIZED: &str = "speech.asr.text";
    /// Translations.
    pub const TRANSLATED: &str = "speech.translation.text";
    /// The speech of translations.
    pub const SYNTHESIZED: &str = "speech.tts.audio";
    /// The status of sessions and of segments that failed.
    pub const STATUS: &str = "speech.session.status";
    /// Previews. Best effort.
    pub const PARTIAL: &str = "speech.asr.partial";

    /// All topics, in the order of the stages.
    pub const ALL: [&str; 7] = [
        INGRESS,
        SEGMENT,
        RECOGNIZED,
        TRANSLATED,
        SYNTHESIZED,
        STATUS,
        PARTIAL,
    ];

    /// The suffix of the topics of dead letters.
    pub const DEAD_LETTER_SUFFIX: &str = ".dlq";

    /// The topic of the dead letters of a topic.
    pub fn dead_letters(topic: &str) -> String {
        format!("{topic}{DEAD_LETTER_SUFFIX}")
    }
}

/// Names of record headers.
pub mod header {
    /// W3C trace context.
    pub const TRACEPARENT: &str = "traceparent";
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

    /// Without the headers whose name has this prefix.
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

/// A record on the bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its topic.
    pub topic: String,
    /// Its partition.
    pub partition: u32,
    /// Its offset in the partition.
    pub offset: i64,
    /// When the bus appended it, in milliseconds since 1970.
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

/// A record to be published. Its partition follows from its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProducerRecord {
    /// Its topic.
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

    /// The size limit of its topic.
    pub fn bytes_max(&self) -> usize {
        if self.topic.ends_with(topic::DEAD_LETTER_SUFFIX) {
            MAX_DEAD_LETTER_BYTES
        } else {
            MAX_RECORD_BYTES
        }
    }

    /// Refuses a record over the limit.
    pub(crate) fn check_size(&self) -> Result<(), BusError> {
        let (bytes, limit) = (self.bytes(), self.bytes_max());
        if bytes > limit {
            return Err(BusError::TooLarge { bytes, limit });
        }
        Ok(())
    }
}

/// Where the bus has appended a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordMetadata {
    /// The partition.
    pub partition: u32,
    /// The offset in it.
    pub offset: i64,
}

/// The partition of a key, by murmur2 as in Kafka's Java clients, so that records of other programs
/// are in the same one.
pub fn partition_of(key: &[u8], partitions: u32) -> u32 {
    let hash = murmur2::murmur2(key, murmur2::KAFKA_SEED) & 0x7fff_ffff;
    hash % partitions.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_are_those_of_kafkas_java_client() {
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
