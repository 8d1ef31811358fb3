//! Fetching is stopped by pausing partitions inside librdkafka, which the rest of the bus does not
//! know of.

use std::time::{SystemTime, UNIX_EPOCH};

use super::*;
use crate::bus::{
    Bus, ConsumerEvent, Group, GroupConsumer as _, OffsetReset, PartitionRange, Reader as _,
    StartOffset, TopicSpec,
};
use crate::kafka::consumer::{self, Timeouts};
use crate::kafka::poll_loop::Command;
use crate::kafka::{KafkaBus, config, reader};
use crate::settings::{BusKind, BusSettings};
use crate::{Headers, ProducerRecord, limits};

#[path = "../../../tests/support/services.rs"]
mod services;

use services::{Service, are_ready, setting};

/// Two checks, and time for a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

fn at(next: i64) -> FetchPosition {
    FetchPosition {
        topic: "t".to_owned(),
        partition: 0,
        next,
    }
}

#[test]
fn only_a_position_that_stays_before_the_end_is_stalled() {
    let cases = [
        ("at the end", vec![(3, 3), (3, 3), (3, 3)], vec![]),
        ("progress", vec![(0, 3), (1, 3), (2, 9), (9, 12)], vec![]),
        ("stalled", vec![(0, 3), (0, 3)], vec![1]),
        ("stalled while the end moves", vec![(0, 3), (0, 9)], vec![1]),
        (
            "still stalled",
            vec![(0, 3), (0, 3), (0, 3), (0, 3)],
            vec![1, 3],
        ),
        (
            "stalled twice",
            vec![(0, 3), (0, 3), (3, 3), (3, 5), (3, 5)],
            vec![1, 4],
        ),
    ];
    for (name, observed, expected) in cases {
        let mut detector = StallDetector::default();
        let stalled = observed
            .iter()
            .enumerate()
            .filter(|(_, (next, end))| !detector.stalled(vec![(at(*next), *end)]).is_empty());
        let stalled: Vec<_> = stalled.map(|(index, _)| index).collect();
        assert_eq!(stalled, expected, "{name}");
    }
}

/// A bus and a topic of its own with one partition; none where this machine has no broker.
async fn bus_with_topic() -> Option<(KafkaBus, BusSettings, String)> {
    if !are_ready(&[Service::Kafka]) {
        return None;
    }
    let settings = BusSettings {
        kind: BusKind::Kafka,
        brokers: setting("MYNAH_BUS__BROKERS")?,
        ..BusSettings::default()
    };
    let bus = KafkaBus::new(&settings).unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let topic = format!("stall-{}", now.as_nanos());
    let spec = TopicSpec {
        name: topic.clone(),
        partitions: 1,
        replication: 1,
        retention: Duration::from_secs(3_600),
        max_bytes: limits::MAX_RECORD_BYTES as u32,
    };
    bus.ensure(&[spec]).await.unwrap();
    Some((bus, settings, topic))
}

async fn publish(bus: &KafkaBus, topic: &str, texts: &[&str]) {
    for text in texts {
        let record = ProducerRecord {
            topic: topic.to_owned(),
            key: "key".into(),
            headers: Headers::default(),
            body: (*text).to_owned().into(),
        };
        bus.publish(record).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_continues_where_fetching_stopped() {
    let Some((bus, settings, topic)) = bus_with_topic().await else {
        return;
    };
    let ranges = vec![PartitionRange {
        topic: topic.clone(),
        partition: 0,
        start: StartOffset::Latest,
        stop_at_end: false,
    }];
    let config = config::reader(&settings, &settings.brokers);
    let mut reader = reader::open(config, ranges, settings.request_timeout())
        .await
        .unwrap();
    publish(&bus, &topic, &["before"]).await;
    assert_eq!(reader.next().await.unwrap().unwrap().body, "before");
    reader.stop_fetching();
    publish(&bus, &topic, &["first", "second"]).await;
    for expected in ["first", "second"] {
        let record = tokio::time::timeout(LIMIT, reader.next()).await;
        let record = record.expect("a record in time").unwrap().unwrap();
        assert_eq!(record.body, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_consumer_continues_where_fetching_stopped() {
    let Some((bus, settings, topic)) = bus_with_topic().await else {
        return;
    };
    let group = Group {
        name: format!("group-{topic}"),
        topic: topic.clone(),
        offset_reset: OffsetReset::Earliest,
        commits: true,
    };
    let timeouts = Timeouts {
        request: settings.request_timeout(),
        max_poll: LIMIT,
    };
    let config = config::member(&settings, &settings.brokers, &group, None);
    let mut consumer = consumer::join(config, group, None, timeouts).await.unwrap();
    let commands = consumer.commands();
    let mut next = async || loop {
        let event = tokio::time::timeout(LIMIT, consumer.next()).await;
        if let ConsumerEvent::Record(record) = event.expect("a record in time").unwrap() {
            return record.body;
        }
    };
    publish(&bus, &topic, &["before"]).await;
    assert_eq!(next().await, "before");
    commands.send(Command::StopFetching).unwrap();
    publish(&bus, &topic, &["first", "second"]).await;
    for expected in ["first", "second"] {
        assert_eq!(next().await, expected);
    }
}
