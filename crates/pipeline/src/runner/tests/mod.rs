//! The runner over the bus in memory, with a stage whose worker decodes reference audio.

mod decoding;
mod spans;

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
use mynah_bus::{Bus, Headers, PartitionRange, ProducerRecord, Record, StartOffset, partition_of};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::StageContext;
use super::commit_metadata::Reset;
use super::publisher::ResultPublisher;
use crate::failure::{Failure, ProcessError};
use crate::stage::{Stage, StageInput, Worker};
use crate::{PipelineSettings, init};

/// The topics of the stage's results and dead letters.
const SPEECH: &str = "speech.tts.audio";
const DEAD_LETTERS: &str = "speech.translation.text.dlq";

/// The maximum time that a test waits.
const LIMIT: Duration = Duration::from_secs(30);

/// A stage whose worker decodes the reference audio of every record but those with the text
/// `plain`. The decoder never returns from records with the text `hangs_on`.
#[derive(Clone, Default)]
struct Decoding {
    hangs_on: Option<String>,
    /// Notified when the decoder hangs.
    hangs: Arc<Notify>,
    /// Notified before a decode is begun.
    begins: Arc<Notify>,
    /// The texts that were decoded.
    decoded: Arc<Mutex<Vec<String>>>,
    /// Texts that are refused after a crash.
    rejected: Arc<Mutex<BTreeSet<String>>>,
}

impl Decoding {
    fn hanging_on(text: &str) -> Self {
        Self {
            hangs_on: Some(text.to_owned()),
            ..Self::default()
        }
    }
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
        if translated.text != "plain" {
            self.begins.notify_one();
            let mark = publisher.begin_decoding(input.offset).await?;
            if self.hangs_on.as_ref() == Some(&translated.text) {
                self.hangs.notify_one();
                std::future::pending::<()>().await;
            }
            self.decoded.lock().unwrap().push(translated.text.clone());
            mark.end();
        }
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

    fn crashed_while_decoding(&mut self, input: &StageInput) -> bool {
        let Body::TextTranslated(translated) = &input.event.body else {
            return false;
        };
        let mut rejected = self.rejected.lock().unwrap();
        rejected.insert(translated.text.clone());
        true
    }
}

/// A bus, and replicas of the stage on it.
struct TestBus {
    bus: Arc<dyn Bus>,
    codec: Codec,
    partitions: u32,
    settings: PipelineSettings,
}

/// A running replica.
struct Replica {
    task: JoinHandle<()>,
    shutdown: CancellationToken,
}

impl Replica {
    /// Stops it as SIGTERM does.
    async fn stop(self) {
        self.shutdown.cancel();
        let ended = tokio::time::timeout(LIMIT, self.task).await;
        ended.expect("in time").unwrap();
    }

    /// Stops it as SIGKILL does.
    async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

async fn notified(event: &Notify) {
    let notified = tokio::time::timeout(LIMIT, event.notified()).await;
    notified.expect("in time");
}

impl TestBus {
    /// A bus with one partition.
    async fn new() -> Self {
        Self::with(1, PipelineSettings::default()).await
    }

    async fn with(partitions: u32, settings: PipelineSettings) -> Self {
        let bus: Arc<dyn Bus> = Arc::new(MemoryBus::new(MemoryLimits::default()));
        let topics = init::topics(partitions, 1, Duration::from_secs(3_600));
        bus.ensure(&topics).await.unwrap();
        Self {
            bus,
            codec: Codec::new(BuiltIn),
            partitions,
            settings,
        }
    }

    /// A session whose records are in this partition.
    fn session_in(&self, partition: u32) -> SessionId {
        loop {
            let session = SessionId::fresh();
            if partition_of(session.as_str().as_bytes(), self.partitions) == partition {
                return session;
            }
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
            translators: Vec::new(),
            via: None,
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

    fn run(&self, stage: Decoding) -> Replica {
        let context = Arc::new(StageContext {
            stage,
            bus: Arc::clone(&self.bus),
            codec: self.codec.clone(),
            store: Store::off(),
            slots: Arc::new(Semaphore::new(self.settings.concurrent)),
            settings: self.settings.clone(),
            decoding: Arc::new(Semaphore::new(1)),
            fault_ms: AtomicI64::new(0),
        });
        let shutdown = CancellationToken::new();
        let stop = shutdown.clone();
        let task = tokio::spawn(async move { super::run(context, stop).await.unwrap() });
        Replica { task, shutdown }
    }

    fn ranges(&self, topic: &str, stop_at_end: bool) -> Vec<PartitionRange> {
        let range = |partition| PartitionRange {
            topic: topic.into(),
            partition,
            start: StartOffset::Earliest,
            stop_at_end,
        };
        (0..self.partitions).map(range).collect()
    }

    /// Whether a topic has no record.
    async fn is_empty(&self, topic: &str) -> bool {
        let mut reader = self.bus.read(self.ranges(topic, true)).await.unwrap();
        reader.next().await.unwrap().is_none()
    }

    /// The first records of a topic.
    async fn first(&self, topic: &str, count: usize) -> Vec<Record> {
        let mut reader = self.bus.read(self.ranges(topic, false)).await.unwrap();
        let mut records = Vec::new();
        while records.len() < count {
            let next = tokio::time::timeout(LIMIT, reader.next()).await;
            records.push(next.expect("in time").unwrap().unwrap());
        }
        records
    }
}
