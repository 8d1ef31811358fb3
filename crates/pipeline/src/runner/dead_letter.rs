//! Dead letters: the unchanged record, with headers that describe the failure.

use mynah_bus::event::SegmentRange;
use mynah_bus::identity::Stage;
use mynah_bus::record::{header, topic};
use mynah_bus::{Headers, ProducerRecord, Record, digest};

use crate::failure::Failure;

/// The prefix of all headers of dead letters.
pub(crate) const PREFIX: &str = "dlq.";
/// The class of the failure.
pub(crate) const CLASS: &str = "dlq.class";
/// The stable code.
pub(crate) const REASON: &str = "dlq.reason";
/// A message for people, at most 512 bytes.
pub(crate) const ERROR: &str = "dlq.error";
/// The stage.
pub(crate) const HANDLER: &str = "dlq.handler";
/// The number of attempts.
pub(crate) const ATTEMPTS: &str = "dlq.attempts";
/// The topic of the record.
pub(crate) const TOPIC: &str = "dlq.original.topic";
/// Its partition.
pub(crate) const PARTITION: &str = "dlq.original.partition";
/// Its offset.
pub(crate) const OFFSET: &str = "dlq.original.offset";
/// When the bus appended it, in milliseconds since 1970.
pub(crate) const TIMESTAMP: &str = "dlq.original.timestamp";
/// The digest of its body.
pub(crate) const SHA256: &str = "dlq.body.sha256";
/// The number of replays of a record.
pub(crate) const REPLAYED: &str = "mynah-replayed";

/// The longest error in a header, in bytes.
const MAX_ERROR_BYTES: usize = 512;

/// The dead letter of a record.
pub(super) fn dead_letter(
    record: &Record,
    stage: Stage,
    failure: &Failure,
    attempts: usize,
) -> ProducerRecord {
    let mut error = failure.message.clone();
    while error.len() > MAX_ERROR_BYTES {
        error.pop();
    }
    let headers = record
        .headers
        .clone()
        .without(PREFIX)
        .with(REASON, failure.code.clone())
        .with(CLASS, failure.class.as_str())
        .with(ERROR, error)
        .with(HANDLER, stage.as_str())
        .with(ATTEMPTS, attempts.to_string())
        .with(TOPIC, record.topic.clone())
        .with(PARTITION, record.partition.to_string())
        .with(OFFSET, record.offset.to_string())
        .with(TIMESTAMP, record.timestamp_ms.to_string())
        .with(SHA256, digest::hex(&record.body));
    ProducerRecord {
        topic: topic::dead_letters(&record.topic),
        key: record.key.clone().unwrap_or_default(),
        headers,
        body: record.body.clone(),
    }
}

/// The segment of a record, by its headers.
pub(super) fn segment_of(headers: &Headers) -> Option<SegmentRange> {
    let number = |name| headers.text(name)?.parse::<u64>().ok();
    let segment = SegmentRange {
        index: u32::try_from(number(header::SEGMENT_INDEX)?).ok()?,
        start_sample: number(header::START_SAMPLE)?,
        end_sample: number(header::END_SAMPLE)?,
    };
    (segment.start_sample < segment.end_sample).then_some(segment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[test]
    fn a_dead_letter_is_the_record_with_its_failure() {
        let record = Record {
            topic: topic::RECOGNIZED.into(),
            partition: 3,
            offset: 77,
            timestamp_ms: 5,
            key: Some(Bytes::from_static(b"s")),
            headers: Headers::default()
                .with(header::TRACEPARENT, "t")
                .with("dlq.reason", "an earlier one"),
            body: Bytes::from_static(b"\x01broken"),
        };
        let failure = Failure::invalid("wrong_magic", "ü".repeat(400));
        let letter = dead_letter(&record, Stage::Translate, &failure, 1);
        assert_eq!(letter.topic, "speech.asr.text.dlq");
        assert_eq!(letter.body, record.body);
        assert_eq!(letter.key, "s");
        let text = |name| letter.headers.text(name).unwrap();
        assert_eq!(text(header::TRACEPARENT), "t");
        assert_eq!(text(REASON), "wrong_magic");
        assert_eq!(text(HANDLER), "translate");
        assert_eq!((text(PARTITION), text(OFFSET)), ("3", "77"));
        assert!(text(ERROR).len() <= MAX_ERROR_BYTES);
        assert_eq!(
            letter
                .headers
                .iter()
                .filter(|(name, _)| *name == REASON)
                .count(),
            1
        );
    }
}
