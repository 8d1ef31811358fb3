//! A pipeline of test engines on a bus in memory, a client that publishes audio, and a reader of
//! all topics.

#![allow(dead_code, reason = "each test binary uses a part")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use mynah_audio::{Clip, resample};
use mynah_bus::avro::{BuiltIn, Codec};
use mynah_bus::claim::Store;
use mynah_bus::event::{AudioInput, AudioPayload, Body, Chunk, ClientOptions, Event, Kind};
use mynah_bus::identity::{SessionId, Stage};
use mynah_bus::memory::{MemoryBus, MemoryLimits};
use mynah_bus::{Bus, Headers, PartitionRange, ProducerRecord, Reader, Record, StartOffset};
use mynah_pipeline::{Pipeline, PipelineParts, PipelineSettings, init};
use mynah_speech::Engines;
use mynah_speech_translation::{Interpreter, InterpreterSettings};
use mynah_synthesis::{Synthesis, SynthesisSettings};
use mynah_tone::{Script, Tone, ToneScorer, code};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The maximum time that a test waits.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);
/// The samples of a chunk.
pub(crate) const CHUNK: usize = 3_200;
pub(crate) const PARTITIONS: u32 = 2;

/// A pipeline and its bus.
pub(crate) struct TestPipeline {
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) codec: Codec,
    pub(crate) script: Script,
    pub(crate) pipeline: Pipeline,
    store: Store,
    reader: Box<dyn Reader>,
}

/// Stages that run until they are stopped.
pub(crate) struct Running {
    pub(crate) shutdown: CancellationToken,
    pub(crate) task: JoinHandle<Result<(), mynah_bus::BusError>>,
}

impl Running {
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        let ended = tokio::time::timeout(TIMEOUT, self.task).await;
        ended.unwrap().unwrap().unwrap();
    }

    /// As kill -9 would.
    pub(crate) async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

impl TestPipeline {
    pub(crate) async fn new() -> Self {
        Self::with(PipelineSettings::default()).await
    }

    pub(crate) async fn with(settings: PipelineSettings) -> Self {
        let bus: Arc<dyn Bus> = Arc::new(MemoryBus::new(MemoryLimits::default()));
        let topics = init::topics(PARTITIONS, 1, Duration::from_secs(3_600));
        bus.ensure(&topics).await.unwrap();
        let codec = Codec::new(BuiltIn);
        let script = Script::new();
        let tone = Tone::new(script.clone());
        let engines = Engines::new(|| Box::new(ToneScorer))
            .with_synthesizer(tone.clone())
            .with_recognizer(tone.clone())
            .with_translator(tone);
        let synthesis = Synthesis::new(engines.clone(), SynthesisSettings::default());
        let interpreter =
            Interpreter::new(engines.clone(), synthesis, InterpreterSettings::default()).unwrap();
        let store = Store::off();
        let parts = PipelineParts {
            bus: Arc::clone(&bus),
            codec: codec.clone(),
            store: store.clone(),
            engines,
            interpreter,
            source: "en".parse().unwrap(),
            target: "es".parse().unwrap(),
        };
        let pipeline = Pipeline::new(parts, settings).unwrap();
        let spans = topics.iter().flat_map(|spec| {
            (0..PARTITIONS).map(|partition| PartitionRange {
                topic: spec.name.clone(),
                partition,
                start: StartOffset::Earliest,
                stop_at_end: false,
            })
        });
        let reader = bus.read(spans.collect()).await.unwrap();
        Self {
            bus,
            codec,
            script,
            pipeline,
            store,
            reader,
        }
    }

    pub(crate) fn run(&self, stages: &[Stage]) -> Running {
        let shutdown = CancellationToken::new();
        let (pipeline, stages, stop) = (self.pipeline.clone(), stages.to_vec(), shutdown.clone());
        let task = tokio::spawn(async move { pipeline.run(&stages, stop).await });
        Running { shutdown, task }
    }

    /// Publishes audio as the gateway does.
    pub(crate) async fn publish_audio(
        &self,
        session: &SessionId,
        sound: &Clip,
        options: &ClientOptions,
    ) {
        for event in chunks(session, sound, options) {
            self.publish(&event).await;
        }
    }

    pub(crate) async fn publish(&self, event: &Event) {
        self.client().publish(event).await;
    }

    pub(crate) async fn put(&self, topic: &str, key: &str, body: Bytes) {
        self.client().put(topic, key, body).await;
    }

    /// A client that publishes while the test reads.
    pub(crate) fn client(&self) -> TestClient {
        TestClient {
            bus: Arc::clone(&self.bus),
            codec: self.codec.clone(),
        }
    }

    /// The next record of any topic.
    pub(crate) async fn next(&mut self) -> Record {
        let next = tokio::time::timeout(TIMEOUT, self.reader.next()).await;
        next.expect("a record in time").unwrap().unwrap()
    }

    /// All events up to the first of which this holds, in the order received.
    pub(crate) async fn until(&mut self, holds: impl Fn(&Event) -> bool) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            let record = self.next().await;
            let Some(kind) = Kind::of_topic(&record.topic) else {
                continue;
            };
            let Ok(event) = self.codec.decode(kind, &record.body).await else {
                continue;
            };
            let last = holds(&event);
            events.push(event);
            if last {
                return events;
            }
        }
    }

    /// All that a topic holds now.
    pub(crate) async fn all_of(&self, kind: Kind) -> Vec<Event> {
        let spans = (0..PARTITIONS).map(|partition| PartitionRange {
            topic: kind.topic().to_owned(),
            partition,
            start: StartOffset::Earliest,
            stop_at_end: true,
        });
        let mut reader = self.bus.read(spans.collect()).await.unwrap();
        let mut events = Vec::new();
        while let Some(record) = reader.next().await.unwrap() {
            events.push(self.codec.decode(kind, &record.body).await.unwrap());
        }
        events
    }

    /// The next record of a topic.
    pub(crate) async fn next_of(&mut self, topic: &str) -> Record {
        loop {
            let record = self.next().await;
            if record.topic == topic {
                return record;
            }
        }
    }
}

/// Publishes the audio of clients.
pub(crate) struct TestClient {
    bus: Arc<dyn Bus>,
    codec: Codec,
}

impl TestClient {
    pub(crate) async fn publish(&self, event: &Event) {
        let body = self.codec.encode(event).await.unwrap();
        self.put(event.kind().topic(), event.session.as_str(), body)
            .await;
    }

    async fn put(&self, topic: &str, key: &str, body: Bytes) {
        let record = ProducerRecord {
            topic: topic.into(),
            key: Bytes::copy_from_slice(key.as_bytes()),
            headers: Headers::default(),
            body,
        };
        self.bus.publish(record).await.unwrap();
    }
}

/// Sentences with a second of silence after each, at 16 kHz.
pub(crate) fn sentences(texts: &[&str]) -> Clip {
    let mut clip = Clip::silence(code::RATE, Duration::from_millis(300));
    for text in texts {
        clip.samples.extend(code::encode(text).samples);
        clip.samples
            .extend(Clip::silence(code::RATE, Duration::from_secs(1)).samples);
    }
    resample(&clip, mynah_audio::SampleRate::HZ_16000)
}

/// The chunks of a session, the last one flagged.
pub(crate) fn chunks(session: &SessionId, sound: &Clip, options: &ClientOptions) -> Vec<Event> {
    let count = sound.samples.len().div_ceil(CHUNK);
    let chunk = |(index, samples): (usize, &[f32])| {
        let start = index * CHUNK;
        let bytes =
            mynah_audio::encode_mono_wav(samples, mynah_audio::SampleRate::HZ_16000).unwrap();
        let input = AudioInput {
            audio: AudioPayload::Inline(bytes.into()),
            sample_rate: 16_000,
            chunk: Some(Chunk {
                sequence: index as u64,
                start_sample: start as u64,
                end_sample: (start + samples.len()) as u64,
                is_last: index + 1 == count,
                inserted_silence: false,
            }),
            options: options.clone(),
            preview: false,
        };
        Event::new(session.clone(), Stage::Ingress, Body::AudioInput(input))
    };
    sound.samples.chunks(CHUNK).enumerate().map(chunk).collect()
}
