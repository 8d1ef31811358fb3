//! A message of librdkafka as a record.

use bytes::Bytes;
use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};

use crate::record::{Headers, Record};

pub(super) fn record_of(message: &BorrowedMessage<'_>) -> Record {
    let headers = message.headers().map(|headers| {
        let owned = headers.iter().map(|header| {
            let value = header.value.map(Bytes::copy_from_slice);
            (header.key.to_owned(), value.unwrap_or_default())
        });
        owned.collect::<Headers>()
    });
    Record {
        topic: message.topic().to_owned(),
        partition: message.partition() as u32,
        offset: message.offset(),
        timestamp_ms: message.timestamp().to_millis().unwrap_or_default(),
        key: message.key().map(Bytes::copy_from_slice),
        headers: headers.unwrap_or_default(),
        body: message
            .payload()
            .map(Bytes::copy_from_slice)
            .unwrap_or_default(),
    }
}
