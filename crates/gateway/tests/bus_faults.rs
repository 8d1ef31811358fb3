//! What becomes of sessions while the bus is slow or gone.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod harness;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use harness::client::append;
use harness::keys::with_keys;
use harness::stages::TestBus;
use harness::{TEST_TIMEOUT, TestGateway, sentences};
use mynah_api::realtime::{ServerEventBody, SessionUpdate};
use mynah_auth::AuthSettings;
use mynah_bus::memory::MemoryBus;
use mynah_bus::{
    Bus, BusError, Group, GroupConsumer, PartitionRange, ProducerRecord, Reader, RecordMetadata,
    TopicSpec,
};
use mynah_gateway::GatewaySettings;
use mynah_realtime_client::{Gateway, Recording, interpret};
use serde_json::Value;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::http::header::AUTHORIZATION;

/// 200 ms of sound.
const PIECE: usize = 9_600;

const WELL: u8 = 0;
const UNREACHABLE: u8 = 1;
const HUNG: u8 = 2;
const SLOW: u8 = 3;

/// A bus on which publishing can go wrong.
struct Faulty {
    own: MemoryBus,
    mood: AtomicU8,
    /// Attempts to publish.
    tries: AtomicUsize,
    /// Those under way now, and the most that ever were.
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
    /// How often the records of a session or of all were read.
    reads: AtomicUsize,
}

impl Faulty {
    fn new(bus: &TestBus) -> Arc<Self> {
        Arc::new(Self {
            own: bus.bus.clone(),
            mood: AtomicU8::new(WELL),
            tries: AtomicUsize::new(0),
            under_way: AtomicUsize::new(0),
            most_under_way: AtomicUsize::new(0),
            reads: AtomicUsize::new(0),
        })
    }

    fn is(&self, mood: u8) {
        self.mood.store(mood, Ordering::SeqCst);
    }
}

#[async_trait]
impl Bus for Faulty {
    async fn publish(&self, record: ProducerRecord) -> Result<RecordMetadata, BusError> {
        self.tries.fetch_add(1, Ordering::SeqCst);
        match self.mood.load(Ordering::SeqCst) {
            UNREACHABLE => return Err(BusError::Unreachable("no broker answers".into())),
            HUNG => std::future::pending().await,
            SLOW => {
                let under_way = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
                self.most_under_way.fetch_max(under_way, Ordering::SeqCst);
                let placed = self.own.publish(record).await;
                tokio::time::sleep(Duration::from_millis(300)).await;
                self.under_way.fetch_sub(1, Ordering::SeqCst);
                return placed;
            }
            _ => {}
        }
        self.own.publish(record).await
    }

    async fn join(&self, group: Group) -> Result<Box<dyn GroupConsumer>, BusError> {
        self.own.join(group).await
    }

    async fn read(&self, spans: Vec<PartitionRange>) -> Result<Box<dyn Reader>, BusError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.own.read(spans).await
    }

    async fn partitions(&self, topic: &str) -> Result<u32, BusError> {
        self.own.partitions(topic).await
    }

    async fn ensure(&self, topics: &[TopicSpec]) -> Result<Vec<String>, BusError> {
        self.own.ensure(topics).await
    }

    async fn delete_before(&self, topic: &str, partition: u32, at: i64) -> Result<(), BusError> {
        self.own.delete_before(topic, partition, at).await
    }

    async fn ready(&self, limit: Duration) -> Result<(), BusError> {
        self.own.ready(limit).await
    }

    async fn close(&self) {
        self.own.close().await;
    }
}

async fn gateway(bus: &TestBus, faulty: &Arc<Faulty>, publish_seconds: u32) -> TestGateway {
    let mut settings = GatewaySettings::default();
    settings.bus.publish_seconds = publish_seconds;
    settings.messages_per_second = 100_000;
    TestGateway::on_other(bus, Arc::clone(faulty) as Arc<dyn Bus>, settings, true).await
}

#[tokio::test]
async fn a_short_outage_loses_nothing() {
    let bus = TestBus::start().await;
    let faulty = Faulty::new(&bus);
    let gateway = gateway(&bus, &faulty, 10).await;
    let mut client = gateway.connect().await;
    let pcm = sentences(&["one", "two"]);
    let (first, rest) = pcm.split_at(pcm.len() / 4 * 2);
    client.append(first, PIECE).await;
    client.event_of("session.input_audio.acknowledged").await;
    faulty.is(UNREACHABLE);
    client.append(rest, PIECE).await;
    client.close().await;
    let tried = faulty.tries.load(Ordering::SeqCst);
    let failed = async {
        while faulty.tries.load(Ordering::SeqCst) < tried + 3 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(TEST_TIMEOUT, failed)
        .await
        .expect("it is tried again");
    faulty.is(WELL);
    let ending = client.ending().await;
    assert_eq!(
        ending.joined("session.output_transcript.delta").trim_end(),
        "es: one es: two"
    );
    assert_eq!(ending.close, Some(1000));
    let acknowledged = ending.of("session.input_audio.acknowledged");
    assert_eq!(
        acknowledged.last().unwrap()["through_sample"],
        pcm.len() as u64 / 2
    );
}

#[tokio::test]
async fn a_long_outage_ends_the_session_with_an_error() {
    for mood in [UNREACHABLE, HUNG] {
        let bus = TestBus::start().await;
        let faulty = Faulty::new(&bus);
        let gateway = gateway(&bus, &faulty, 1).await;
        let mut client = gateway.connect().await;
        client.append(&[0; PIECE], PIECE).await;
        client.event_of("session.input_audio.acknowledged").await;
        faulty.is(mood);
        let began = Instant::now();
        client.append(&[0; 4 * PIECE], PIECE).await;
        let ending = client.ending().await;
        assert_eq!(ending.error_codes(), ["bus_unavailable"]);
        assert_eq!(ending.close, Some(1011));
        assert!(began.elapsed() >= Duration::from_millis(900));
        // What was published stays, and nothing ends the session.
        let chunks = bus.ingress().await;
        assert!(!chunks.is_empty() && chunks.iter().all(|came| !came.chunk.is_last));
    }
}

#[tokio::test]
async fn several_chunks_are_on_their_way_at_once() {
    let bus = TestBus::start().await;
    let faulty = Faulty::new(&bus);
    faulty.is(SLOW);
    let gateway = gateway(&bus, &faulty, 10).await;
    let mut client = gateway.connect().await;
    client.append(&[0; 16 * PIECE], PIECE).await;
    client.close().await;
    let ending = client.ending().await;
    assert_eq!(ending.close, Some(1000));
    let most = faulty.most_under_way.load(Ordering::SeqCst);
    assert!(most > 1, "one after the other");
    let sequence: Vec<u64> = bus
        .ingress()
        .await
        .iter()
        .map(|came| came.chunk.sequence)
        .collect();
    assert!(sequence.is_sorted(), "{sequence:?}");
}

#[tokio::test]
async fn a_slow_bus_slows_its_client_and_takes_bounded_memory() {
    let bus = TestBus::idle().await;
    let faulty = Faulty::new(&bus);
    faulty.is(HUNG);
    let gateway = gateway(&bus, &faulty, 60).await;
    let mut client = gateway.connect().await;
    // Far more than may wait: most of it stays with the client.
    let sending = async {
        for _ in 0..2_000 {
            client.send(append(&[0; PIECE])).await;
        }
    };
    assert!(
        tokio::time::timeout(Duration::from_secs(2), sending)
            .await
            .is_err(),
        "all was taken"
    );
    let tries = faulty.tries.load(Ordering::SeqCst);
    assert!(tries <= 16, "{tries}");
}

#[tokio::test]
async fn a_session_can_be_resumed_after_an_outage() {
    let bus = TestBus::start().await;
    let faulty = Faulty::new(&bus);
    let gateway = gateway(&bus, &faulty, 1).await;
    let mut client = gateway.try_connect("?model=test", &[]).await.unwrap();
    let created = client.event().await;
    let pcm = sentences(&["one"]);
    client.append(&pcm[..4 * PIECE], PIECE).await;
    client.event_of("session.input_audio.acknowledged").await;
    faulty.is(UNREACHABLE);
    client.append(&pcm[4 * PIECE..], PIECE).await;
    let ending = client.ending().await;
    assert_eq!(ending.error_codes(), ["bus_unavailable"]);

    faulty.is(WELL);
    let mut client = gateway.connect().await;
    let token = &created["session"]["resume_token"];
    client
        .send(serde_json::json!({
            "type": "session.resume", "resume_token": token, "last_seq": ending.last_seq(),
        }))
        .await;
    let resumed: Value = client.event().await;
    let through = resumed["through_sample"].as_u64().unwrap() as usize;
    client.append(&pcm[2 * through..], PIECE).await;
    client.close().await;
    let rest = client.ending().await;
    assert_eq!(rest.joined("session.output_transcript.delta"), "es: one");
    assert_eq!(rest.close, Some(1000));
}

#[tokio::test]
async fn a_recording_goes_on_after_an_outage() {
    let bus = TestBus::start().await;
    let faulty = Faulty::new(&bus);
    let gateway = gateway(&bus, &faulty, 1).await;
    let texts = ["one", "two", "three"];
    let pcm = sentences(&texts);
    let (pairs, _) = pcm.as_chunks::<2>();
    let samples = pairs
        .iter()
        .map(|pair| f32::from(i16::from_le_bytes(*pair)) / 32_768.0);
    let recording = Recording {
        samples: samples.collect(),
        update: serde_json::from_str::<SessionUpdate>(r#"{"session":{}}"#).unwrap(),
        in_real_time: true,
    };
    let address = Gateway {
        address: format!("ws://{}", gateway.address()),
        key: None,
    };
    let mut session = interpret(address, recording).await.unwrap();
    let reads = faulty.reads.load(Ordering::SeqCst);
    let (mut sources, mut resumed) = (Vec::new(), 0);
    loop {
        let next = timeout(TEST_TIMEOUT, session.next()).await;
        match next.expect("an event in time").unwrap() {
            Some(ServerEventBody::Acknowledged { .. }) if resumed == 0 => {
                faulty.is(UNREACHABLE);
                let faulty = Arc::clone(&faulty);
                // Until the session is read back for the next connection.
                tokio::spawn(async move {
                    while faulty.reads.load(Ordering::SeqCst) == reads {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                    faulty.is(WELL);
                });
            }
            Some(ServerEventBody::Resumed { .. }) => resumed += 1,
            Some(ServerEventBody::SegmentDone(done)) => sources.push(done.source),
            Some(ServerEventBody::Error { error }) => panic!("{error:?}"),
            Some(_) => {}
            None => break,
        }
    }
    assert_eq!(sources, texts);
    assert!(resumed > 0);
}

#[tokio::test]
async fn audio_that_the_bus_did_not_take_is_charged_once() {
    const BURST: u32 = 10;
    let bus = TestBus::start().await;
    let faulty = Faulty::new(&bus);
    let budget = AuthSettings {
        audio_seconds_per_hour: 36,
        audio_burst_seconds: BURST,
        ..AuthSettings::default()
    };
    let keys = with_keys(&["ada"], budget);
    let mut settings = GatewaySettings::default();
    settings.bus.publish_seconds = 1;
    settings.pause_ms = Some(60_000);
    let gateway = TestGateway::on_other_with_keys(
        &bus,
        Arc::clone(&faulty) as Arc<dyn Bus>,
        settings,
        keys.authenticator.clone(),
    )
    .await;
    let key = [(AUTHORIZATION, "Bearer ada")];
    let mut client = gateway.try_connect("?model=test", &key).await.unwrap();
    let created = client.event().await;
    client.append(&[0; PIECE], PIECE).await;
    client.event_of("session.input_audio.acknowledged").await;
    // Five seconds, none of which the bus takes.
    faulty.is(HUNG);
    client.append(&[0; 25 * PIECE], PIECE).await;
    assert_eq!(client.ending().await.error_codes(), ["bus_unavailable"]);

    faulty.is(WELL);
    let mut client = gateway.try_connect("?model=test", &key).await.unwrap();
    client.event().await;
    let token = &created["session"]["resume_token"];
    client
        .send(serde_json::json!({"type": "session.resume", "resume_token": token}))
        .await;
    let through = client.event().await["through_sample"].as_u64().unwrap() as usize;
    client.append(&[0; 26 * PIECE][2 * through..], PIECE).await;
    // Beyond the budget, so that what is used can be read.
    client.append(&[0; 50 * PIECE], 50 * PIECE).await;
    client.close().await;
    assert_eq!(client.ending().await.error_codes(), [""; 0]);
    let local = std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    let principal = keys.authenticator.authenticate(Some("ada"), local).unwrap();
    let exceeded = principal.check_audio_budget().unwrap_err();
    let used = f64::from(BURST) + exceeded.retry_after.as_secs_f64() / 100.0;
    // 26 + 50 pieces of 200 ms.
    assert!((used - 15.2).abs() < 1.0, "{used}");
}
