//! Words while somebody still speaks: a second, best-effort reader of the sound, for sessions
//! that asked. It commits nothing, repeats nothing, and can change no final text.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use mynah_audio::{Clip, SampleRate};
use mynah_bus::avro::Codec;
use mynah_bus::event::{Body, Event, Kind, PartialTranscript};
use mynah_bus::identity::{SessionId, Stage};
use mynah_bus::{
    Bus, BusError, ConsumerEvent, Group, Headers, OffsetReset, ProducerRecord, Record, wav,
};
use mynah_speech::LanguageChoice;
use mynah_speech_translation::{Interpreter, SessionEvent};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The group that shares the sound among the replicas of the recognizer.
const GROUP: &str = "asr-preview";
/// A session from which nothing has come for so long is forgotten.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// How long to wait before listening again after the bus has failed.
const RETRY_DELAY: Duration = Duration::from_secs(5);
/// Chunks that may wait before a session's preview; more are dropped with the preview.
const MAX_QUEUED_CHUNKS: usize = 64;

/// Makes previews until `shutdown`.
pub(crate) struct Previews {
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) codec: Codec,
    pub(crate) interpreter: Interpreter,
    pub(crate) source: LanguageChoice,
}

/// A session that somebody watches.
struct PreviewSession {
    chunks: mpsc::Sender<Clip>,
    expected: u64,
    heard: Instant,
}

impl Previews {
    pub(crate) async fn run(self, shutdown: CancellationToken) -> Result<(), BusError> {
        while let Err(error) = self.listen(&shutdown).await {
            // Nobody's words are lost without a preview; the stages go on.
            tracing::warn!(%error, "previews have stopped; trying again");
            if shutdown
                .run_until_cancelled(tokio::time::sleep(RETRY_DELAY))
                .await
                .is_none()
            {
                break;
            }
        }
        Ok(())
    }

    async fn listen(&self, shutdown: &CancellationToken) -> Result<(), BusError> {
        let group = Group {
            name: GROUP.to_owned(),
            topic: Kind::AudioInput.topic().to_owned(),
            offset_reset: OffsetReset::Latest,
            commits: false,
        };
        let mut member = self.bus.join(group).await?;
        let mut watched: HashMap<String, PreviewSession> = HashMap::new();
        loop {
            let event = tokio::select! {
                () = shutdown.cancelled() => return member.leave().await,
                event = member.next() => event?,
            };
            match event {
                ConsumerEvent::Record(record) => {
                    // Best effort: what can't be read is told by the stages.
                    let _ = self.process_chunk(record, &mut watched).await;
                }
                ConsumerEvent::Revoked(_) => watched.clear(),
                ConsumerEvent::Assigned(_) | ConsumerEvent::Fault(_) => {}
            }
            watched.retain(|_, own| own.heard.elapsed() < IDLE_TIMEOUT);
        }
    }

    async fn process_chunk(
        &self,
        record: Record,
        watched: &mut HashMap<String, PreviewSession>,
    ) -> Option<()> {
        let event = self
            .codec
            .decode(Kind::AudioInput, &record.body)
            .await
            .ok()?;
        let Body::AudioInput(input) = &event.body else {
            return None;
        };
        let chunk = input.chunk?;
        let name = event.session.to_string();
        if chunk.is_last || !input.preview {
            watched.remove(&name);
            return None;
        }
        // Only whole sessions: in the middle of one nobody knows the segments' numbers.
        if chunk.start_sample == 0 && !watched.contains_key(&name) {
            watched.insert(
                name.clone(),
                self.watch(event.session.clone(), input.options.source.as_deref())?,
            );
        }
        let own = watched.get_mut(&name)?;
        own.heard = Instant::now();
        let mynah_bus::event::AudioPayload::Inline(bytes) = &input.audio else {
            return None;
        };
        let sound = wav::decode(bytes).ok()?;
        if chunk.end_sample <= own.expected {
            return None;
        }
        let fits = chunk.start_sample == own.expected
            && own
                .chunks
                .try_send(Clip::new(SampleRate::HZ_16000, sound.samples))
                .is_ok();
        if !fits {
            watched.remove(&name);
            return None;
        }
        own.expected = chunk.end_sample;
        Some(())
    }

    /// Begins to listen to a session beside the stages, with the same detector.
    fn watch(&self, session: SessionId, source: Option<&str>) -> Option<PreviewSession> {
        let source = match source {
            Some(tag) => tag.parse().ok()?,
            None => self.source.clone(),
        };
        let (chunks, mut heard) = mpsc::channel::<Clip>(MAX_QUEUED_CHUNKS);
        let (bus, codec, interpreter) = (
            Arc::clone(&self.bus),
            self.codec.clone(),
            self.interpreter.clone(),
        );
        tokio::spawn(async move {
            let Ok((mut input, mut events)) = interpreter.preview_only(source).await else {
                return;
            };
            // Side by side: one that waits for room must not keep the other from making it.
            let process_chunk = async {
                while let Some(clip) = heard.recv().await {
                    if input.push(clip).await.is_err() {
                        return;
                    }
                }
            };
            let tell = async {
                let (mut place, mut revision) = ((0, 0), 0);
                while let Some(event) = events.next().await {
                    match event {
                        SessionEvent::Opened {
                            segment,
                            start_sample,
                            ..
                        } => {
                            place = (segment, start_sample);
                            revision = 0;
                        }
                        SessionEvent::Preview { segment, text } if segment == place.0 => {
                            let partial = PartialTranscript {
                                text,
                                index: segment as u32,
                                start_sample: place.1,
                                revision,
                                language: None,
                            };
                            revision += 1;
                            publish(bus.as_ref(), &codec, &session, partial).await;
                        }
                        _ => {}
                    }
                }
            };
            tokio::select! {
                () = process_chunk => {}
                () = tell => {}
            }
        });
        Some(PreviewSession {
            chunks,
            expected: 0,
            heard: Instant::now(),
        })
    }
}

/// Publishes a preview, if that works at once: the next one replaces it.
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
