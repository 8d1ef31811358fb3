use std::collections::HashMap;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use mynah_bus::record::topic;
use mynah_bus::{BusError, Headers, ProducerRecord, StartOffset, limits, partition_of};

use crate::harness::{Bench, outgoing, rest, span, spec, text, unique};

pub(crate) async fn records_of_a_key_keep_their_order(bench: Bench) {
    let topic = bench.topic(3).await;
    let mut offsets = HashMap::new();
    for number in 0..60 {
        let key = format!("session-{}", number % 7);
        let placed = bench.publish(&topic, &key, number).await;
        assert_eq!(placed.partition, partition_of(key.as_bytes(), 3), "{key}");
        let before = offsets.insert(placed.partition, placed.offset);
        assert!(before.is_none_or(|before| before < placed.offset));
    }
    let mut last: HashMap<String, u32> = HashMap::new();
    let records = bench.read_all(&topic).await;
    assert_eq!(records.len(), 60);
    for record in records {
        let number: u32 = text(&record).parse().unwrap();
        let key = record.session().unwrap().to_owned();
        assert_eq!(key, format!("session-{}", number % 7));
        let before = last.insert(key, number);
        assert!(before.is_none_or(|before| before < number));
    }
}

pub(crate) async fn published_records_are_read_back_unchanged(bench: Bench) {
    let topic = bench.topic(1).await;
    let headers = Headers::default()
        .with("a", "1")
        .with("b", &b""[..])
        .with("a", &[0, 255][..]);
    let record = ProducerRecord {
        topic: topic.clone(),
        key: "clé".into(),
        headers,
        body: vec![0_u8, 1, 255].into(),
    };
    let placed = bench.bus.publish(record.clone()).await.unwrap();
    bench.publish(&topic, "", "").await;
    let read = bench.read_all(&topic).await;
    assert_eq!(read.len(), 2);
    assert_eq!(read[0].topic, topic);
    assert_eq!((read[0].partition, read[0].offset), (0, placed.offset));
    assert_eq!(read[0].headers, record.headers);
    assert_eq!(read[0].key, Some(record.key));
    assert_eq!(read[0].body, record.body);
    let away = mynah_bus::event::now_ms() - read[0].timestamp_ms;
    assert!(away.abs() < 60_000, "{away} ms");
    assert_eq!((read[1].session(), text(&read[1])), (None, ""));
}

pub(crate) async fn pipelined_publishes_keep_their_order(bench: Bench) {
    let topic = bench.topic(2).await;
    // Another client, without metadata of the topic.
    let bus = bench.other();
    let mut waiting: FuturesUnordered<_> = (0..500)
        .map(|number| bus.publish(outgoing(&topic, "session", number)))
        .collect();
    while let Some(placed) = waiting.next().await {
        placed.unwrap();
    }
    let records = bench.read_all(&topic).await;
    let numbers: Vec<u32> = records
        .iter()
        .map(|own| text(own).parse().unwrap())
        .collect();
    assert_eq!(numbers, (0..500).collect::<Vec<_>>());
}

fn of_size(topic: &str, bytes: usize) -> ProducerRecord {
    let mut record = outgoing(topic, "session", "");
    record.body = vec![7; bytes - record.bytes()].into();
    assert_eq!(record.bytes(), bytes);
    record
}

pub(crate) async fn a_record_at_the_size_limit_is_published_and_no_larger_one(bench: Bench) {
    let topic = bench.topic(1).await;
    let (largest, limit) = (
        of_size(&topic, limits::MAX_RECORD_BYTES),
        limits::MAX_RECORD_BYTES,
    );
    bench.bus.publish(largest).await.unwrap();
    let bytes = limit + 1;
    let refused = bench.bus.publish(of_size(&topic, bytes)).await;
    assert_eq!(refused, Err(BusError::TooLarge { bytes, limit }));

    let dead = topic::dead_letters(&unique("topic"));
    bench.bus.ensure(&[spec(&dead, 1)]).await.unwrap();
    let largest = of_size(&dead, limits::MAX_DEAD_LETTER_BYTES);
    bench.bus.publish(largest.clone()).await.unwrap();
    let refused = bench
        .bus
        .publish(of_size(&dead, limits::MAX_DEAD_LETTER_BYTES + 1))
        .await;
    assert!(
        matches!(refused, Err(BusError::TooLarge { .. })),
        "{refused:?}"
    );
    let spans = vec![span(&dead, 0, StartOffset::Earliest, true)];
    let mut reader = bench.bus.read(spans).await.unwrap();
    let read = rest(&mut *reader).await;
    assert_eq!(read.len(), 1);
    assert!(read[0].body == largest.body);
}

pub(crate) async fn nothing_is_published_after_the_end(bench: Bench) {
    let topic = bench.topic(1).await;
    let bus = bench.other();
    bus.publish(outgoing(&topic, "session", 1)).await.unwrap();
    bus.close().await;
    let late = bus.publish(outgoing(&topic, "session", 2)).await;
    assert_eq!(late, Err(BusError::Closed));
}
