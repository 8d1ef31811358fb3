//! Crashes while reference audio is decoded, over the bus in memory.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use mynah_bus::avro::{BuiltIn, Codec};
use mynah_bus::claim::Store;
use mynah_bus::event::{
    AudioPayload, AudioSynthesis, Body, ClientOptions, Event, Kind, SegmentRange, TextTranslated,
    Times,
};
use mynah_bus::identity::{self, SessionId};
use mynah_bus::memory::{MemoryBus, MemoryLimits};
use mynah_bus::{Bus, Headers, PartitionRange, ProducerRecord, Record, StartOffset};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::StageContext;
use super::commit_metadata::Reset;
use super::publisher::ResultPublisher;
use crate::failure::{Failure, ProcessError};
use crate::stage::{Stage, StageInput, Worker};
use crate::{PipelineSettings, init};

const LIMIT: Duration = Duration::from_secs(30);

/// A stage whose worker decodes the reference audio of every record. The decoder never returns from
/// records with this text.
#[derive(Clone, Default)]
struct Decoding {
    hangs_on: Option<String>,
    hangs: Arc<Notify>,
    /// The texts that were decoded.
    decoded: Arc<Mutex<Vec<String>>>,
    /// Texts that are refused after a crash.
    rejected: Arc<Mutex<BTreeSet<String>>>,
}

impl Stage for Decoding {
    const STAGE: identity::Stage = identity::Stage::Synthesize;
    const INPUT: Kind = Kind::TextTranslated;
    const OUTPUTS: &'static [Kind] = &[Kind::AudioSynthesis, Kind::SessionStatus];
    const STATEFUL: bool = false;
    type Worker = Self;

    fn worker(&self, _: &SessionId, _: Option<Reset>) -> Self {
        self.clone()
    }

    async fn warm(&self) -> Result<(), String> {
        Ok(())
    }
}

impl Worker for Decoding {
    async fn work(
        &mut self,
        input: &StageInput,
        publisher: &ResultPublisher,
    ) -> Result<(), ProcessError> {
        let Body::TextTranslated(translated) = &input.event.body else {
            return Err(Failure::invalid("invalid", "not a translation").into());
        };
        if self.rejected.lock().unwrap().contains(&translated.text) {
            return Err(Failure::crashed_while_decoding().into());
        }
        let mark = publisher.begin_decoding(input.offset).await?;
        if self.hangs_on.as_ref() == Some(&translated.text) {
            self.hangs.notify_one();
            std::future::pending::<()>().await;
        }
        self.decoded.lock().unwrap().push(translated.text.clone());
        mark.end();
        let speech = AudioSynthesis {
            segment: translated.segment,
            part: 0,
            is_last: true,
            audio: AudioPayload::Inline(Bytes::from_static(b"RIFF")),
            duration_ms: 1,
            sample_rate: 24_000,
            model: None,
            target_language: None,
            voice: None,
            speaker_id: None,
            snippet: None,
            times: Times::default(),
        };
        let body = Body::AudioSynthesis(speech);
        let event = Event::new(input.event.session.clone(), Self::STAGE, body);
        publisher.publish(event).await
    }

    fn crashed_while_decoding(&mut self, input: &StageInput) {
        if let Body::TextTranslated(translated) = &input.event.body {
            let mut rejected = self.rejected.lock().unwrap();
            rejected.insert(translated.text.clone());
        }
    }
}

/// A bus with one partition, and replicas of the stage on it.
struct TestBus {
    bus: Arc<dyn Bus>,
    codec: Codec,
}

impl TestBus {
    async fn new() -> Self {
        let bus: Arc<dyn Bus> = Arc::new(MemoryBus::new(MemoryLimits::default()));
        let topics = init::topics(1, 1, Duration::from_secs(3_600));
        bus.ensure(&topics).await.unwrap();
        Self {
            bus,
            codec: Codec::new(BuiltIn),
        }
    }

    async fn publish(&self, session: &SessionId, index: u32, text: &str) {
        let start_sample = u64::from(index) * 16_000;
        let body = Body::TextTranslated(TextTranslated {
            segment: SegmentRange {
                index,
                start_sample,
                end_sample: start_sample + 8_000,
            },
            text: text.into(),
            source_language: "en".into(),
            target_language: "es".into(),
            quality: None,
            options: ClientOptions::default(),
            times: Times::default(),
        });
        let event = Event::new(session.clone(), identity::Stage::Translate, body);
        let record = ProducerRecord {
            topic: event.kind().topic().into(),
            key: Bytes::copy_from_slice(session.as_str().as_bytes()),
            headers: Headers::default(),
            body: self.codec.encode(&event).await.unwrap(),
        };
        self.bus.publish(record).await.unwrap();
    }

    fn run(&self, stage: Decoding) -> (JoinHandle<()>, CancellationToken) {
        let context = Arc::new(StageContext {
            stage,
            bus: Arc::clone(&self.bus),
            codec: self.codec.clone(),
            store: Store::off(),
            settings: PipelineSettings::default(),
            slots: Arc::new(Semaphore::new(8)),
            decoding: Arc::new(Semaphore::new(1)),
            fault_ms: AtomicI64::new(0),
        });
        let shutdown = CancellationToken::new();
        let stop = shutdown.clone();
        let task = tokio::spawn(async move { super::run(context, stop).await.unwrap() });
        (task, shutdown)
    }

    /// The first records of a topic.
    async fn first(&self, topic: &str, count: usize) -> Vec<Record> {
        let range = PartitionRange {
            topic: topic.into(),
            partition: 0,
            start: StartOffset::Earliest,
            stop_at_end: false,
        };
        let mut reader = self.bus.read(vec![range]).await.unwrap();
        let mut records = Vec::new();
        while records.len() < count {
            let next = tokio::time::timeout(LIMIT, reader.next()).await;
            records.push(next.expect("in time").unwrap().unwrap());
        }
        records
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_crashed_a_decoder_is_dead_letter() {
    let test = TestBus::new().await;
    let (session, other) = (SessionId::fresh(), SessionId::fresh());
    test.publish(&session, 0, "poison").await;
    let crashing = Decoding {
        hangs_on: Some("poison".into()),
        ..Decoding::default()
    };
    let (first, _) = test.run(crashing.clone());
    let hangs = tokio::time::timeout(LIMIT, crashing.hangs.notified());
    hangs.await.expect("the first replica decodes");
    // As kill -9 would.
    first.abort();
    let _ = first.await;

    test.publish(&session, 1, "poison").await;
    test.publish(&other, 0, "fine").await;
    let healthy = Decoding::default();
    let (second, shutdown) = test.run(healthy.clone());
    let letters = test.first("speech.translation.text.dlq", 2).await;
    let reasons: Vec<_> = letters
        .iter()
        .map(|letter| letter.headers.text("dlq.reason").unwrap())
        .collect();
    assert_eq!(reasons, ["crashed_while_decoding"; 2]);
    assert_eq!(letters[0].headers.text("dlq.original.offset"), Some("0"));
    let speech = test.first("speech.tts.audio", 1).await;
    assert_eq!(speech[0].session(), Some(other.as_str()));
    assert_eq!(*healthy.decoded.lock().unwrap(), ["fine"]);
    shutdown.cancel();
    second.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decoded_record_leaves_no_mark_for_the_next_replica() {
    let test = TestBus::new().await;
    let session = SessionId::fresh();
    for (index, text) in ["one", "two"].into_iter().enumerate() {
        test.publish(&session, index as u32, text).await;
        let stage = Decoding::default();
        let (replica, shutdown) = test.run(stage.clone());
        test.first("speech.tts.audio", index + 1).await;
        shutdown.cancel();
        replica.await.unwrap();
        assert_eq!(*stage.decoded.lock().unwrap(), [text]);
    }
    let letters = test.bus.read(vec![PartitionRange {
        topic: "speech.translation.text.dlq".into(),
        partition: 0,
        start: StartOffset::Earliest,
        stop_at_end: true,
    }]);
    assert!(letters.await.unwrap().next().await.unwrap().is_none());
}
