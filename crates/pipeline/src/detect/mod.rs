//! The first stage: chunks to segments, and who writes a session's end.

mod session_detector;

use std::sync::Arc;

use mynah_audio::{Clip, SampleRate, resample};
use mynah_bus::event::{
    AudioInput, Body, Chunk, Event, Kind, SessionStatus, SpeechSegment, Times, now_ms,
};
use mynah_bus::identity::{self, SessionId};
use mynah_bus::wav;
use mynah_speech::Engines;
use mynah_speech::voice_activity::SegmenterSettings;

use crate::failure::{Failure, ProcessError};
use crate::metrics;
use crate::runner::commit_metadata::Reset;
use crate::runner::publisher::ResultPublisher;
use crate::stage::{Input, Stage, Worker};
use session_detector::{DetectedSegment, MissingAudio, SessionDetector};

/// Finds speech.
pub(crate) struct Detect {
    engines: Engines,
    settings: Arc<SegmenterSettings>,
}

impl Detect {
    pub(crate) fn new(engines: Engines, settings: SegmenterSettings) -> Self {
        Self {
            engines,
            settings: Arc::new(settings),
        }
    }
}

impl Stage for Detect {
    const STAGE: identity::Stage = identity::Stage::Detect;
    const INPUT: Kind = Kind::AudioInput;
    const OUTPUTS: &'static [Kind] = &[Kind::SpeechSegment, Kind::SessionStatus];
    const STATEFUL: bool = true;
    type Worker = DetectWorker;

    fn worker(&self, session: &SessionId, from: Option<Reset>) -> DetectWorker {
        let scorers = self.engines.clone();
        DetectWorker {
            session: session.clone(),
            detector: Some(SessionDetector::new(
                Arc::new(move || scorers.scorer()),
                Arc::clone(&self.settings),
                from,
            )),
            reset: from.or(Some(Reset {
                sample: 0,
                segments: 0,
            })),
        }
    }

    async fn warm(&self) -> Result<(), String> {
        let engines = self.engines.clone();
        let warm = tokio::task::spawn_blocking(move || {
            let mut scorer = engines.scorer();
            let frame = vec![0.0; scorer.frame_samples()];
            scorer.score(&frame);
        });
        warm.await.map_err(|_| "the voice detector broke".into())
    }
}

/// Listens to one session.
pub(crate) struct DetectWorker {
    session: SessionId,
    /// None once the session has ended, or broke in the middle of a step.
    detector: Option<SessionDetector>,
    reset: Option<Reset>,
}

impl DetectWorker {
    /// A step of the detector, where blocking is allowed.
    async fn step<T: Send + 'static>(
        &mut self,
        step: impl FnOnce(&mut SessionDetector) -> T + Send + 'static,
    ) -> Result<T, ProcessError> {
        let Some(mut detector) = self.detector.take() else {
            return Err(ProcessError::PartitionLost);
        };
        let stepped = tokio::task::spawn_blocking(move || {
            let made = step(&mut detector);
            (detector, made)
        });
        // A detector that broke: the partition is given up, and replayed by whoever comes next.
        let (detector, made) = stepped.await.map_err(|_| ProcessError::PartitionLost)?;
        self.detector = Some(detector);
        Ok(made)
    }

    async fn publish(
        &mut self,
        found: Vec<DetectedSegment>,
        received_at: i64,
        started_at: i64,
        publisher: &ResultPublisher,
    ) -> Result<(), ProcessError> {
        for DetectedSegment {
            segment,
            samples,
            options,
        } in found
        {
            let sound = match wav::encode(&samples, RATE) {
                Ok(bytes) => publisher.wrap(&self.session, segment, bytes).await,
                Err(error) => Err(Failure::invalid("invalid_audio", error.to_string()).into()),
            };
            let body = match sound {
                Ok(sound) => Body::SpeechSegment(SpeechSegment {
                    segment,
                    audio: sound,
                    sample_rate: RATE,
                    options,
                    times: Times {
                        received_at: Some(received_at),
                        started_at: Some(started_at),
                    },
                }),
                // Too large for an event and no store: this segment fails, later ones go on.
                Err(ProcessError::Failed(failure) | ProcessError::Exhausted(failure)) => {
                    Body::SessionStatus(SessionStatus::SegmentFailed {
                        segment,
                        stage: Detect::STAGE.as_str().into(),
                        code: failure.code,
                        message: failure.message,
                    })
                }
                Err(ProcessError::PartitionLost) => return Err(ProcessError::PartitionLost),
            };
            let event = Event::new(self.session.clone(), Detect::STAGE, body);
            publisher.publish(event).await?;
        }
        Ok(())
    }

    /// Writes the session's end, once.
    async fn end(
        &mut self,
        status: SessionStatus,
        publisher: &ResultPublisher,
    ) -> Result<(), ProcessError> {
        self.reset = None;
        self.detector = None;
        if publisher.has_ended(&self.session) {
            metrics::skipped(Detect::STAGE, "ended_before");
            return Ok(());
        }
        metrics::session(status.kind());
        let body = Body::SessionStatus(status);
        publisher
            .publish(Event::new(self.session.clone(), Detect::STAGE, body))
            .await
    }

    async fn process_chunk(
        &mut self,
        input: &AudioInput,
        received_at: i64,
        publisher: &ResultPublisher,
    ) -> Result<(), ProcessError> {
        let started_at = now_ms();
        let bytes = publisher.fetch(&input.audio).await?;
        let input = input.clone();
        let heard = self.step(move |detector| {
            let (samples, chunk) = samples(&input, &bytes)?;
            let heard = detector.push(chunk, &samples, &input.options);
            Ok::<_, Failure>((heard, chunk.is_last))
        });
        let (heard, is_last) = heard.await??;
        let (found, gap) = match heard {
            Ok(found) => (found, None),
            Err(MissingAudio(found)) => (found, Some("missing_audio")),
        };
        self.publish(found, received_at, started_at, publisher)
            .await?;
        let segments = self.detector.as_ref().map_or(0, SessionDetector::segments);
        if let Some(code) = gap {
            // A late chunk of a session that ended long ago is no gap in anything.
            publisher.has_ever_ended(&self.session).await?;
            let code = code.to_owned();
            return self
                .end(SessionStatus::Aborted { segments, code }, publisher)
                .await;
        }
        if is_last {
            return self.end(SessionStatus::Ended { segments }, publisher).await;
        }
        self.reset = self.detector.as_ref().map(SessionDetector::reset);
        Ok(())
    }
}

impl Worker for DetectWorker {
    async fn work(
        &mut self,
        input: &Input,
        publisher: &ResultPublisher,
    ) -> Result<(), ProcessError> {
        let Body::AudioInput(sound) = &input.event.body else {
            return Err(Failure::invalid("invalid", "not a chunk of sound").into());
        };
        if publisher.has_ended(&self.session) {
            self.reset = None;
            self.detector = None;
            metrics::skipped(Detect::STAGE, "ended_before");
            return Ok(());
        }
        self.process_chunk(sound, input.received_at, publisher)
            .await
    }

    async fn idle(&mut self, publisher: &ResultPublisher) -> Result<(), ProcessError> {
        if self.detector.is_none() {
            return Ok(());
        }
        let now = now_ms();
        let found = self.step(SessionDetector::finish).await?;
        self.publish(found, now, now, publisher).await?;
        let segments = self.detector.as_ref().map_or(0, SessionDetector::segments);
        let code = "silence".to_owned();
        self.end(SessionStatus::Aborted { segments, code }, publisher)
            .await
    }

    fn reset(&self) -> Option<Reset> {
        self.reset
    }
}

/// The rate of the pipeline's sound.
const RATE: u32 = SampleRate::HZ_16000.hz();

/// The samples of a chunk at 16 kHz, and where it stands. What others publish, a whole recording
/// without a place, is a session by itself.
fn samples(input: &AudioInput, bytes: &[u8]) -> Result<(Vec<f32>, Chunk), Failure> {
    let broken = |message: String| Failure::invalid("invalid_audio", message);
    let wav = wav::decode(bytes).map_err(|error| broken(error.to_string()))?;
    let Some(chunk) = input.chunk else {
        let rate = SampleRate::new(wav.rate).map_err(|error| broken(error.to_string()))?;
        let clip = resample(&Clip::new(rate, wav.samples), SampleRate::HZ_16000);
        let chunk = Chunk {
            sequence: 0,
            start_sample: 0,
            end_sample: clip.samples.len() as u64,
            is_last: true,
            inserted_silence: false,
        };
        return Ok((clip.samples, chunk));
    };
    if wav.rate != RATE || input.sample_rate != RATE {
        return Err(broken(format!("a chunk must have {RATE} Hz")));
    }
    if chunk.end_sample - chunk.start_sample != wav.samples.len() as u64 {
        let message = "a chunk must have as many samples as it says";
        return Err(broken(message.into()));
    }
    Ok((wav.samples, chunk))
}
