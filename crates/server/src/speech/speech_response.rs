//! A speech response: audio from the engine, encoded as it is read.

use std::time::{Duration, Instant};

use axum::body::Bytes;
use mynah_audio::Format;
use mynah_speech::DEFAULT_WORKSPACE as WORKSPACE;
use mynah_synthesis::{Permit, Plan, SpeechStream, Synthesis};
use mynah_voices::{Library, RecordedTake, TakeRecorder};

use super::response_encoder::ResponseEncoder;
use super::usage::UsageRecord;
use crate::blocking::blocking;
use crate::error::ApiError;
use mynah_auth::{KeyId, Principal};

/// A speech response. It works only while its next bytes are awaited, so that the reader sets the
/// pace; dropping it stops the engine.
pub(super) struct SpeechResponse {
    stream: SpeechStream,
    /// None while a blocking thread uses it, and after the end.
    encoder: Option<ResponseEncoder>,
    usage: UsageRecord,
    library: Library,
}

/// What to speak, and how the response is encoded.
pub(super) struct SpeechWork {
    pub(super) plan: Plan,
    pub(super) permit: Permit,
    pub(super) format: Format,
    /// What keeps the speech, if it is to be kept.
    pub(super) take: Option<TakeRecorder>,
}

/// Timings until the first bytes.
#[derive(Clone, Copy)]
pub(super) struct FirstAudioTimings {
    /// Waiting for an engine.
    pub(super) queue: Duration,
    /// From the start of the work to the first audio.
    pub(super) first_audio: Duration,
    /// Encoding the first audio.
    pub(super) encode: Duration,
}

impl SpeechResponse {
    /// Starts the work and waits for its first bytes, so that an earlier failure is an error with
    /// its own status.
    pub(super) async fn start(
        synthesis: &Synthesis,
        library: &Library,
        work: SpeechWork,
        principal: Principal,
    ) -> Result<(Self, Bytes, FirstAudioTimings), ApiError> {
        let SpeechWork {
            plan,
            permit,
            format,
            take,
        } = work;
        let tags = plan.tags();
        let rate = plan.rate();
        let stream = synthesis.speak(plan, permit);
        let encoder = blocking(move || ResponseEncoder::new(format, rate, &tags, take)).await??;
        let mut response = Self {
            stream,
            encoder: Some(encoder),
            usage: UsageRecord::new(principal, format),
            library: library.clone(),
        };
        let first = response.next().await?.unwrap_or_default();
        let timings = response.stream.timings();
        let first_audio = FirstAudioTimings {
            queue: timings.queue,
            first_audio: timings.first_audio.unwrap_or_default(),
            encode: response.usage.encoding,
        };
        Ok((response, first, first_audio))
    }

    /// The next bytes of the file, never empty; none at its end. A take that is kept is kept before the last
    /// of them.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        while self.encoder.is_some() {
            let clip = tokio::select! {
                biased;
                error = self.usage.principal.revoked() => return Err(error.into()),
                clip = self.stream.next() => clip,
            };
            let bytes = match clip {
                Some(clip) => {
                    let samples = clip?.samples;
                    let (bytes, encoder) = self
                        .encode(move |mut encoder| Ok((encoder.push(&samples)?, encoder)))
                        .await?;
                    self.encoder = Some(encoder);
                    bytes
                }
                None => {
                    let (bytes, take) = self.encode(ResponseEncoder::finish).await?;
                    if let Some(take) = take {
                        self.keep(take).await?;
                    }
                    bytes
                }
            };
            self.usage.audio = self.stream.timings().audio;
            if !bytes.is_empty() {
                return Ok(Some(bytes.into()));
            }
        }
        Ok(None)
    }

    /// The duration of the audio so far.
    pub(super) const fn audio(&self) -> Duration {
        self.usage.audio
    }

    async fn keep(&mut self, take: RecordedTake) -> Result<(), ApiError> {
        let by = self.usage.principal.caller().key_id().map(KeyId::as_str);
        self.library.keep_take(WORKSPACE, take, by).await?;
        Ok(())
    }

    /// Runs the encoder on a blocking thread.
    async fn encode<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(ResponseEncoder) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let Some(encoder) = self.encoder.take() else {
            return Err(ApiError::internal("the encoder has ended"));
        };
        let (encoded, took) = blocking(move || {
            let started = Instant::now();
            (work(encoder), started.elapsed())
        })
        .await?;
        self.usage.encoding += took;
        encoded
    }
}
