//! What only Kafka does.

use std::time::{Duration, Instant};

use mynah_bus::kafka::KafkaBus;
use mynah_bus::{
    Bus as _, BusError, BusKind, BusSettings, ConsumerEvent, GroupConsumer, OffsetReset,
    StartOffset,
};

use crate::harness::{self, assigned, group, outgoing, record, span, spec, text, within};
use crate::services::{Fault, Service};

fn settings_for(brokers: &str) -> BusSettings {
    BusSettings {
        kind: BusKind::Kafka,
        brokers: brokers.to_owned(),
        request_timeout_ms: 1_000,
        delivery_timeout_ms: 2_000,
        ..BusSettings::default()
    }
}

/// An address without a listener.
fn unused_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").to_string()
}

#[tokio::test]
async fn invalid_settings_are_refused() {
    let refused = KafkaBus::new(&settings_for("me:hunter2@kafka:9092")).err();
    let Some(BusError::Refused(message)) = refused else {
        panic!("{refused:?}");
    };
    assert!(!message.contains("hunter2"), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unreachable_brokers_are_named_within_the_time_limit() {
    let (a, b) = (unused_address(), unused_address());
    let bus = KafkaBus::new(&settings_for(&format!("{a},{b}"))).unwrap();
    let began = Instant::now();
    let error = bus.ready(Duration::from_millis(500)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the bus can't be reached: no response from {a}, {b}")
    );
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    let published = bus.publish(outgoing("topic", "session", 1)).await;
    assert!(published.unwrap_err().is_transient());
    bus.close().await;
}

/// Publishers that wait for the number of partitions share one failure.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_publishers_share_one_failure() {
    let bus = KafkaBus::new(&settings_for(&unused_address())).unwrap();
    let began = Instant::now();
    let publishing = (0..20).map(|n| bus.publish(outgoing("topic", "session", n)));
    for published in futures_util::future::join_all(publishing).await {
        assert!(published.unwrap_err().is_transient());
    }
    let took = began.elapsed();
    assert!(took < Duration::from_secs(10), "{took:?}");
    bus.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_responding_broker_is_enough() {
    let Some(settings) = harness::kafka_settings() else {
        return;
    };
    let brokers = format!("{},{}", unused_address(), settings.brokers);
    let bus = KafkaBus::new(&settings_for(&brokers)).unwrap();
    bus.ready(Duration::from_secs(5)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stuck_member_leaves_until_it_polls_again() {
    let (Some(bench), Some(settings)) = (harness::kafka().await, harness::kafka_settings()) else {
        return;
    };
    let impatient = BusSettings {
        max_poll_interval_ms: 6_001,
        ..settings
    };
    within(async move {
        let topic = bench.topic(1).await;
        bench.publish(&topic, "session", "once").await;
        let bus = KafkaBus::new(&impatient).unwrap();
        let group = group(&topic, OffsetReset::Earliest, true);
        let mut stuck = bus.join(group.clone()).await.unwrap();
        let had = assigned(&mut *stuck, 1).await;
        let mut other = bench.bus.join(group).await.unwrap();
        // It gets nothing as long as the first one may still be at work.
        assert_eq!(text(&record(&mut *other).await), "once");
        assert!(had[0].lost.is_cancelled());
        other.leave().await.unwrap();
        let mut happenings = Vec::new();
        while !matches!(happenings.last(), Some(ConsumerEvent::Assigned(_))) {
            happenings.push(stuck.next().await.unwrap());
        }
        assert!(
            matches!(happenings[0], ConsumerEvent::Revoked(_)),
            "{happenings:?}"
        );
        stuck.leave().await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn static_members_keep_their_partitions_over_a_restart() {
    let (Some(bench), Some(settings)) = (harness::kafka().await, harness::kafka_settings()) else {
        return;
    };
    within(async move {
        let topic = bench.topic(2).await;
        let stays = BusSettings {
            group_instance_id: Some("one".to_owned()),
            ..settings.clone()
        };
        let bus = KafkaBus::new(&stays).unwrap();
        let group = group(&topic, OffsetReset::Earliest, true);
        // Two of one process do not get into each other's way.
        let mut first = bus.join(group.clone()).await.unwrap();
        assigned(&mut *first, 2).await;
        let mut second = bus.join(group.clone()).await.unwrap();
        let (gone, got) = tokio::join!(revocation(&mut *first), assigned(&mut *second, 1));
        assert_eq!(gone, [got[0].partition]);
        // It is away for less than the session timeout: its partition is not reassigned.
        let its = got[0].partition;
        second.leave().await.unwrap();
        let mut second = bus.join(group).await.unwrap();
        assert_eq!(assigned(&mut *second, 1).await[0].partition, its);
        first.leave().await.unwrap();
        second.leave().await.unwrap();
    })
    .await;
}

async fn revocation(member: &mut dyn GroupConsumer) -> Vec<u32> {
    loop {
        if let ConsumerEvent::Revoked(gone) = member.next().await.unwrap() {
            return gone;
        }
    }
}

/// Records that lie on the topic before the broker is killed.
const BEFORE_KILL: i64 = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "kills the broker, which other tests use at the same time"]
async fn a_restart_of_the_broker_loses_and_skips_nothing() {
    let bench = harness::kafka().await.expect("a broker");
    let topic = bench.topic(1).await;
    let spans = vec![span(&topic, 0, StartOffset::Earliest, false)];
    let mut reader = bench.bus.read(spans).await.unwrap();
    let mut member = bench
        .bus
        .join(group(&topic, OffsetReset::Earliest, true))
        .await
        .unwrap();
    let (published, mut enough) = tokio::sync::watch::channel(0);
    let restarted = tokio::spawn(async move {
        let came = enough.wait_for(|count| *count >= BEFORE_KILL).await;
        came.expect("publishing continues");
        let restart = tokio::task::spawn_blocking(|| Fault::kill(Service::Kafka).end());
        restart.await.unwrap();
    });
    let publishing = async {
        let mut number = 0;
        while !restarted.is_finished() || number < 1_500 {
            let placed = bench.bus.publish(outgoing(&topic, "session", number)).await;
            assert_eq!(placed.map(|own| own.offset), Ok(number));
            number += 1;
            published.send_replace(number);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        restarted.await.unwrap();
        bench.publish(&topic, "session", "end").await;
    };
    let reading = async {
        let mut received = Vec::new();
        while received.last().is_none_or(|last| last != "end") {
            match reader.next().await {
                Ok(record) => received.push(text(&record.expect("a tail has no end")).to_owned()),
                Err(error) => println!("reader: {error}"),
            }
        }
        received
    };
    let taking = async {
        let mut received = std::collections::BTreeSet::new();
        loop {
            match member.next().await.unwrap() {
                ConsumerEvent::Record(own) if text(&own) == "end" => return received,
                ConsumerEvent::Record(own) => {
                    member.mark_processed(mynah_bus::Position {
                        partition: 0,
                        offset: own.offset + 1,
                        metadata: String::new(),
                        metadata_at_release: None,
                    });
                    received.insert(text(&own).parse::<u32>().unwrap());
                }
                other => println!("member after {} records: {other:?}", received.len()),
            }
        }
    };
    let all = async { tokio::join!(publishing, reading, taking) };
    let limit = Duration::from_secs(120);
    let ((), received, taken) = tokio::time::timeout(limit, all)
        .await
        .expect("the test hangs");
    let count = received.len() - 1;
    println!("{count} records");
    assert!(
        received[..count]
            .iter()
            .enumerate()
            .all(|(index, own)| *own == index.to_string())
    );
    assert_eq!(taken.len(), count);
    member.leave().await.unwrap();
}

/// From publishing until a member has the record.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn latency() {
    let bench = harness::kafka().await.expect("a broker");
    let topic = harness::unique("latency");
    bench.bus.ensure(&[spec(&topic, 4)]).await.unwrap();
    let group = group(&topic, OffsetReset::Latest, true);
    let mut member = bench.bus.join(group).await.unwrap();
    assigned(&mut *member, 4).await;
    for bytes in [100, 10_000, 1_000_000] {
        let (mut acknowledged, mut received) = (Vec::new(), Vec::new());
        for number in 0..220 {
            let body = "x".repeat(bytes);
            let began = Instant::now();
            let key = format!("session-{number}");
            let publish = async {
                bench.publish(&topic, &key, body).await;
                began.elapsed()
            };
            let receive = async {
                record(&mut *member).await;
                began.elapsed()
            };
            let (sent, got) = tokio::join!(publish, receive);
            if number >= 20 {
                acknowledged.push(sent);
                received.push(got);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        for (what, times) in [
            ("acknowledged", &mut acknowledged),
            ("received", &mut received),
        ] {
            times.sort();
            let at = |percent: usize| times[times.len() * percent / 100];
            println!("{bytes} bytes {what}: p50 {:?}, p95 {:?}", at(50), at(95));
        }
    }
    member.leave().await.unwrap();
}
