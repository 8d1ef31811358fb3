//! Stages on a bus, scripted: one task does the work of all of them, with the faults of its scenario.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mynah_audio::{DecodeLimits, SampleRate, decode};
use mynah_bus::avro::{BuiltIn, Codec};
use mynah_bus::event::{AudioInput, AudioPayload, Body, Chunk, ClientOptions, Event, Kind};
use mynah_bus::identity::{SessionId, Stage};
use mynah_bus::memory::{MemoryBus, MemoryLimits};
use mynah_bus::record::{Record, topic};
use mynah_bus::{
    Bus, ConsumerEvent, Group, Headers, OffsetReset, PartitionRange, Position, ProducerRecord,
    StartOffset, TopicSpec,
};

use super::detector::Detector;

const PARTITIONS: u32 = 4;

/// What goes wrong.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scenario {
    /// Segments that fail, and where.
    pub(crate) fail: HashMap<u32, Stage>,
    /// Segments without words.
    pub(crate) empty: HashSet<u32>,
    /// Results wait until the sound ends, and come last first.
    pub(crate) backwards: bool,
    /// Every record comes again right behind itself, and says something else.
    pub(crate) twice: bool,
    /// After so many segments the session is given up.
    pub(crate) abort_after: Option<u32>,
    /// So long is worked on each result.
    pub(crate) work: Duration,
    /// Speech comes at this rate.
    pub(crate) rate: Option<u32>,
}

/// A chunk as it came: where it stands, its samples, and the rest of its event.
#[derive(Clone, Debug)]
pub(crate) struct ReceivedChunk {
    pub(crate) session: String,
    pub(crate) chunk: Chunk,
    pub(crate) samples: usize,
    pub(crate) wishes: ClientOptions,
    pub(crate) preview: bool,
    pub(crate) traceparent: Option<String>,
}

/// A bus with stages on it.
#[derive(Clone)]
pub(crate) struct TestBus {
    pub(crate) bus: MemoryBus,
    pub(crate) codec: Codec,
    pub(crate) came: Arc<Mutex<Vec<ReceivedChunk>>>,
}

impl TestBus {
    pub(crate) async fn start() -> Self {
        Self::with(Scenario::default()).await
    }

    pub(crate) async fn with(scenario: Scenario) -> Self {
        let own = Self::idle().await;
        tokio::spawn(own.clone().work(scenario));
        own
    }

    /// A bus without stages.
    pub(crate) async fn idle() -> Self {
        let bus = MemoryBus::new(MemoryLimits::default());
        let specs = topic::ALL.map(|name| TopicSpec {
            name: name.into(),
            partitions: PARTITIONS,
            replication: 1,
            retention: Duration::from_secs(3_600),
            max_bytes: 2 << 20,
        });
        bus.ensure(&specs).await.unwrap();
        Self {
            bus,
            codec: Codec::new(BuiltIn),
            came: Arc::default(),
        }
    }

    pub(crate) async fn publish(&self, event: &Event) {
        let record = ProducerRecord {
            topic: event.kind().topic().into(),
            key: event.session.as_str().to_owned().into(),
            headers: Headers::default(),
            body: self.codec.encode(event).await.unwrap(),
        };
        self.bus.publish(record).await.unwrap();
    }

    /// Something on a result topic of this session that is no event.
    pub(crate) async fn publish_garbage(&self, session: &str) {
        let record = ProducerRecord {
            topic: topic::RECOGNIZED.into(),
            key: session.to_owned().into(),
            headers: Headers::default(),
            body: b"not avro".as_slice().into(),
        };
        self.bus.publish(record).await.unwrap();
    }

    /// Chunks of a session, in order.
    pub(crate) fn chunks(&self, session: &str) -> Vec<ReceivedChunk> {
        let came = self.came.lock().unwrap();
        let own = came.iter().filter(|came| came.session == session);
        own.cloned().collect()
    }

    /// The chunks on the bus of all sessions, whether anybody works on them or not.
    pub(crate) async fn ingress(&self) -> Vec<ReceivedChunk> {
        let spans = (0..PARTITIONS).map(|partition| PartitionRange {
            topic: topic::INGRESS.into(),
            partition,
            start: StartOffset::Earliest,
            stop_at_end: true,
        });
        let mut reader = self.bus.read(spans.collect()).await.unwrap();
        let mut all = Vec::new();
        while let Some(record) = reader.next().await.unwrap() {
            all.push(self.read(&record).await.1);
        }
        all
    }

    async fn read(&self, record: &Record) -> (Event, ReceivedChunk, Vec<f32>) {
        let event = self
            .codec
            .decode(Kind::AudioInput, &record.body)
            .await
            .unwrap();
        let Body::AudioInput(AudioInput {
            audio: AudioPayload::Inline(wav),
            chunk: Some(chunk),
            options: wishes,
            preview,
            sample_rate,
        }) = event.body.clone()
        else {
            panic!("not a chunk: {event:?}");
        };
        assert_eq!(sample_rate, 16_000);
        let samples = if chunk.start_sample == chunk.end_sample {
            Vec::new()
        } else {
            let decoded = decode(&wav, &DecodeLimits::default()).unwrap();
            assert_eq!(decoded.clip.rate, SampleRate::HZ_16000);
            decoded.clip.samples
        };
        let came = ReceivedChunk {
            session: event.session.to_string(),
            chunk,
            samples: samples.len(),
            wishes,
            preview,
            traceparent: record.headers.text("traceparent").map(str::to_owned),
        };
        (event, came, samples)
    }

    async fn work(self, scenario: Scenario) {
        let group = Group {
            name: "all-stages".into(),
            topic: topic::INGRESS.into(),
            offset_reset: OffsetReset::Earliest,
            commits: true,
        };
        let mut member = self.bus.join(group).await.unwrap();
        let mut sessions: HashMap<SessionId, Detector> = HashMap::new();
        let mut seen = HashSet::new();
        loop {
            let Ok(ConsumerEvent::Record(record)) = member.next().await else {
                continue;
            };
            let (event, came, samples) = self.read(&record).await;
            member.mark_processed(Position {
                partition: record.partition,
                offset: record.offset + 1,
                metadata: String::new(),
                metadata_at_release: None,
            });
            self.came.lock().unwrap().push(came.clone());
            if !seen.insert(event.id) {
                continue;
            }
            let detector = sessions
                .entry(event.session.clone())
                .or_insert_with(|| Detector::new(event.session.clone(), scenario.clone()));
            for event in detector.accept(&came, &samples) {
                tokio::time::sleep(scenario.work).await;
                self.publish(&event).await;
            }
        }
    }
}
