//! Makes dead letters: the unchanged record, with headers that describe the failure.

use mynah_blobs::digest;
use mynah_bus::identity::Stage;
use mynah_bus::record::topic;
use mynah_bus::{ProducerRecord, Record};

use crate::dead_letter_headers::{
    ATTEMPTS, CLASS, ERROR, HANDLER, OFFSET, PARTITION, PREFIX, REASON, SHA256, TIMESTAMP, TOPIC,
};
use crate::failure::Failure;

/// The maximum size of the error in a header, in bytes.
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use mynah_bus::Headers;
    use mynah_bus::record::header;

    use super::*;

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
        let dead_letter = dead_letter(&record, Stage::Translate, &failure, 1);
        assert_eq!(dead_letter.topic, "speech.asr.text.dlq");
        assert_eq!(dead_letter.body, record.body);
        assert_eq!(dead_letter.key, "s");
        let text = |name| dead_letter.headers.text(name).unwrap();
        assert_eq!(text(header::TRACEPARENT), "t");
        assert_eq!(text(REASON), "wrong_magic");
        assert_eq!(text(HANDLER), "translate");
        assert_eq!((text(PARTITION), text(OFFSET)), ("3", "77"));
        assert!(text(ERROR).len() <= MAX_ERROR_BYTES);
        assert_eq!(
            dead_letter
                .headers
                .iter()
                .filter(|(name, _)| *name == REASON)
                .count(),
            1
        );
    }
}
