//! Detection over the bus: chunks of audio to segments, and the end of every session.

mod session_detector;

use std::sync::Arc;

use mynah_audio::{SampleRate, resample};
use mynah_bus::event::{
    AudioInput, Body, Chunk, Event, Kind, SessionStatus, SpeechSegment, Times, now_ms,
};
use mynah_bus::identity::{self, SessionId};
use mynah_speech::Engines;
use mynah_speech::voice_activity::SegmenterSettings;

use crate::failure::{Failure, ProcessError};
use crate::metrics;
use crate::runner::commit_metadata::Reset;
use crate::runner::publisher::ResultPublisher;
use crate::stage::{Stage, StageInput, Worker};
use session_detector::{DetectedSegment, MissingAudio, SessionDetector};

/// The detection stage.
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
        warm.await.map_err(|_| "the voice detector failed".into())
    }
}

/// Detects the speech of one session.
pub(crate) struct DetectWorker {
    session: SessionId,
    /// None once the session has ended, or after a step that failed.
    detector: Option<SessionDetector>,
    reset: Option<Reset>,
}

impl DetectWorker {
    /// One step of the detector on a blocking thread.
    async fn step<T: Send + 'static>(
        &mut self,
        step: impl FnOnce(&mut SessionDetector) -> T + Send + 'static,
    ) -> Result<T, ProcessError> {
        let Some(mut detector) = self.detector.take() else {
            return Err(ProcessError::PartitionLost);
        };
        let stepped = tokio::task::spawn_blocking(move || {
            let result = step(&mut detector);
            (detector, result)
        });
        // After a panic the partition's task ends, and the next replica replays the partition.
        let (detector, result) = stepped.await.map_err(|_| ProcessError::PartitionLost)?;
        self.detector = Some(detector);
        Ok(result)
    }

    async fn publish(
        &mut self,
        segments: Vec<DetectedSegment>,
        times: Times,
        publisher: &ResultPublisher,
    ) -> Result<(), ProcessError> {
        for DetectedSegment {
            segment,
            samples,
            options,
        } in segments
        {
            let audio = match mynah_audio::encode_mono_wav(&samples, RATE) {
                Ok(bytes) => publisher.store(&self.session, segment, bytes).await,
                Err(error) => Err(Failure::invalid("invalid_audio", error.to_string()).into()),
            };
            let body = match audio {
                Ok(audio) => Body::SpeechSegment(SpeechSegment {
                    segment,
                    audio,
                    sample_rate: RATE.hz(),
                    options,
                    times,
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

    /// Publishes the end of the session, once.
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

    fn segments(&self) -> u32 {
        self.detector.as_ref().map_or(0, SessionDetector::segments)
    }

    async fn process_chunk(
        &mut self,
        input: &AudioInput,
        times: Times,
        publisher: &ResultPublisher,
    ) -> Result<(), ProcessError> {
        let bytes = publisher.fetch(&input.audio).await?;
        let input = input.clone();
        let detected = self.step(move |detector| {
            let (samples, chunk) = samples(&input, &bytes)?;
            let detected = detector.push(chunk, &samples, &input.options);
            Ok::<_, Failure>((detected, chunk.is_last))
        });
        let (detected, is_last) = detected.await??;
        let (segments, gap) = match detected {
            Ok(segments) => (segments, None),
            Err(MissingAudio(segments)) => (segments, Some("missing_audio")),
        };
        self.publish(segments, times, publisher).await?;
        let segments = self.segments();
        if let Some(code) = gap {
            // A late chunk of a session that ended long ago is no gap.
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
        input: &StageInput,
        publisher: &ResultPublisher,
    ) -> Result<(), ProcessError> {
        let Body::AudioInput(audio) = &input.event.body else {
            return Err(Failure::invalid("invalid", "not a chunk of audio").into());
        };
        if publisher.has_ended(&self.session) {
            self.reset = None;
            self.detector = None;
            metrics::skipped(Detect::STAGE, "ended_before");
            return Ok(());
        }
        self.process_chunk(audio, input.begin(), publisher).await
    }

    async fn idle(&mut self, publisher: &ResultPublisher) -> Result<(), ProcessError> {
        if self.detector.is_none() {
            return Ok(());
        }
        let now = Some(now_ms());
        let times = Times {
            received_at: now,
            started_at: now,
        };
        let detected = self.step(SessionDetector::finish).await?;
        self.publish(detected, times, publisher).await?;
        let (segments, code) = (self.segments(), "silence".to_owned());
        self.end(SessionStatus::Aborted { segments, code }, publisher)
            .await
    }

    fn reset(&self) -> Option<Reset> {
        self.reset
    }
}

/// The rate of the audio in chunks and segments.
const RATE: SampleRate = SampleRate::HZ_16000;

/// The samples of a chunk at 16 kHz, and its range. A whole recording without a range, as other
/// programs publish it, is a session by itself.
fn samples(input: &AudioInput, bytes: &[u8]) -> Result<(Vec<f32>, Chunk), Failure> {
    let invalid = |message: String| Failure::invalid("invalid_audio", message);
    let clip = mynah_audio::decode_mono_wav(bytes).map_err(|error| invalid(error.to_string()))?;
    let Some(chunk) = input.chunk else {
        let clip = resample(&clip, RATE);
        let chunk = Chunk {
            sequence: 0,
            start_sample: 0,
            end_sample: clip.samples.len() as u64,
            is_last: true,
            inserted_silence: false,
        };
        return Ok((clip.samples, chunk));
    };
    if clip.rate != RATE || input.sample_rate != RATE.hz() {
        return Err(invalid(format!("a chunk must have {} Hz", RATE.hz())));
    }
    if chunk.end_sample - chunk.start_sample != clip.samples.len() as u64 {
        let message = "a chunk must have as many samples as its range";
        return Err(invalid(message.into()));
    }
    Ok((clip.samples, chunk))
}
