//! Previews over the bus: the words of an open segment, by a second, best-effort consumer of the
//! audio, for sessions that requested them. It commits nothing, repeats nothing, and cannot change
//! a final text.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use backon::{ConstantBuilder, Retryable};
use bytes::Bytes;
use mynah_audio::Clip;
use mynah_bus::avro::Codec;
use mynah_bus::event::{AudioPayload, Body, Event, Kind, PartialTranscript};
use mynah_bus::identity::{SessionId, Stage};
use mynah_bus::{
    Bus, BusError, ConsumerEvent, Group, Headers, OffsetReset, ProducerRecord, Record,
};
use mynah_speech::LanguageChoice;
use mynah_speech_translation::{Interpreter, SessionEvent, SessionEvents};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The consumer group that shares the audio among the replicas of the recognition stage.
const GROUP: &str = "asr-preview";
/// A session without new audio for this long is dropped.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// How long to wait before consuming again after the bus has failed.
const RETRY_DELAY: Duration = Duration::from_secs(5);
/// Chunks that may wait before the preview of a session; with more, the preview is dropped.
const MAX_QUEUED_CHUNKS: usize = 64;

/// Makes previews until `shutdown`.
pub(crate) struct Previews {
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) codec: Codec,
    pub(crate) interpreter: Interpreter,
    pub(crate) source: LanguageChoice,
}

/// A session with previews.
struct PreviewSession {
    chunks: mpsc::Sender<Clip>,
    /// The next sample.
    expected: u64,
    received: Instant,
}

impl Previews {
    pub(crate) async fn run(self, shutdown: CancellationToken) -> Result<(), BusError> {
        let policy = ConstantBuilder::default()
            .with_delay(RETRY_DELAY)
            .without_max_times();
        let stop = shutdown.clone();
        let sleep = move |delay| {
            let stop = stop.clone();
            stop.run_until_cancelled_owned(tokio::time::sleep(delay))
        };
        let consumed = (|| self.consume(&shutdown))
            .retry(policy)
            .sleep(sleep)
            .when(|_| !shutdown.is_cancelled())
            .notify(|error, _| tracing::warn!(%error, "previews have failed; they are retried"));
        // Best effort: the stages go on without previews.
        let _ = consumed.await;
        Ok(())
    }

    async fn consume(&self, shutdown: &CancellationToken) -> Result<(), BusError> {
        let group = Group {
            name: GROUP.to_owned(),
            topic: Kind::AudioInput.topic().to_owned(),
            offset_reset: OffsetReset::Latest,
            commits: false,
        };
        let mut consumer = self.bus.join(group).await?;
        let mut sessions: HashMap<String, PreviewSession> = HashMap::new();
        loop {
            let event = tokio::select! {
                () = shutdown.cancelled() => return consumer.leave().await,
                event = consumer.next() => event?,
            };
            match event {
                ConsumerEvent::Record(record) => {
                    // Best effort: the stages report records that cannot be read.
                    let _ = self.push(record, &mut sessions).await;
                }
                ConsumerEvent::Revoked(_) => sessions.clear(),
                ConsumerEvent::Assigned(_) | ConsumerEvent::Fault(_) => {}
            }
            sessions.retain(|_, own| own.received.elapsed() < IDLE_TIMEOUT);
        }
    }

    async fn push(
        &self,
        record: Record,
        sessions: &mut HashMap<String, PreviewSession>,
    ) -> Option<()> {
        let decoded = self.codec.decode(Kind::AudioInput, &record.body).await;
        let event = decoded.ok()?;
        let Body::AudioInput(input) = &event.body else {
            return None;
        };
        let chunk = input.chunk?;
        let name = event.session.to_string();
        if chunk.is_last || !input.preview {
            sessions.remove(&name);
            return None;
        }
        // Only from the first sample: later ones do not have the segments' numbers.
        if chunk.start_sample == 0 && !sessions.contains_key(&name) {
            let session = self.open(event.session.clone(), input.options.source.as_deref())?;
            sessions.insert(name.clone(), session);
        }
        let own = sessions.get_mut(&name)?;
        own.received = Instant::now();
        let AudioPayload::Inline(bytes) = &input.audio else {
            return None;
        };
        let clip = mynah_audio::decode_mono_wav(bytes).ok()?;
        if chunk.end_sample <= own.expected {
            return None;
        }
        let fits = chunk.start_sample == own.expected && own.chunks.try_send(clip).is_ok();
        if !fits {
            sessions.remove(&name);
            return None;
        }
        own.expected = chunk.end_sample;
        Some(())
    }

    /// Starts the previews of a session, with the same detector as the stages.
    fn open(&self, session: SessionId, source: Option<&str>) -> Option<PreviewSession> {
        let source = match source {
            Some(tag) => tag.parse().ok()?,
            None => self.source.clone(),
        };
        let (chunks, mut received) = mpsc::channel::<Clip>(MAX_QUEUED_CHUNKS);
        let (bus, codec) = (Arc::clone(&self.bus), self.codec.clone());
        let interpreter = self.interpreter.clone();
        tokio::spawn(async move {
            let Ok((mut input, events)) = interpreter.preview_only(source).await else {
                return;
            };
            let feed = async {
                while let Some(clip) = received.recv().await {
                    if input.push(clip).await.is_err() {
                        return;
                    }
                }
            };
            // Concurrently: the input waits while the events are not read.
            tokio::select! {
                () = feed => {}
                () = publish_all(bus.as_ref(), &codec, &session, events) => {}
            }
        });
        Some(PreviewSession {
            chunks,
            expected: 0,
            received: Instant::now(),
        })
    }
}

/// Publishes all previews of a session.
async fn publish_all(bus: &dyn Bus, codec: &Codec, session: &SessionId, mut events: SessionEvents) {
    let (mut open, mut revision) = ((0, 0), 0);
    while let Some(event) = events.next().await {
        match event {
            SessionEvent::Opened {
                segment,
                start_sample,
                ..
            } => {
                open = (segment, start_sample);
                revision = 0;
            }
            SessionEvent::Preview { segment, text } if segment == open.0 => {
                let partial = PartialTranscript {
                    text,
                    index: segment as u32,
                    start_sample: open.1,
                    revision,
                    language: None,
                };
                revision += 1;
                publish(bus, codec, session, partial).await;
            }
            _ => {}
        }
    }
}

/// Publishes a preview without a retry: the next one replaces it.
async fn publish(bus: &dyn Bus, codec: &Codec, session: &SessionId, partial: PartialTranscript) {
    let event = Event::new(
        session.clone(),
        Stage::Recognize,
        Body::PartialTranscript(partial),
    );
    if let Ok(body) = codec.encode(&event).await {
        let record = ProducerRecord {
            topic: Kind::PartialTranscript.topic().to_owned(),
            key: Bytes::copy_from_slice(session.as_str().as_bytes()),
            headers: Headers::default(),
            body,
        };
        if let Err(error) = bus.publish(record).await {
            tracing::debug!(%error, "a preview was lost");
        }
    }
}
