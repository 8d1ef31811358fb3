//! A speech response: audio from the engine, encoded as it is read.

use std::time::{Duration, Instant};

use axum::body::Bytes;
use mynah_audio::{EncodeError, Encoder, Format, Tags};
use mynah_synthesis::{Permit, Plan, SpeechStream, Synthesis};

use super::usage::UsageRecord;
use crate::blocking::blocking;
use crate::error::ApiError;
use mynah_auth::Principal;

/// A speech response. It works only while its next bytes are awaited, so that the reader sets the
/// pace; dropping it stops the engine.
pub(super) struct SpeechResponse {
    stream: SpeechStream,
    /// None while a blocking thread uses it, and after the end.
    encoder: Option<Encoder>,
    usage: UsageRecord,
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
        plan: Plan,
        permit: Permit,
        format: Format,
        principal: Principal,
    ) -> Result<(Self, Bytes, FirstAudioTimings), ApiError> {
        let voice = plan.voice_id();
        let tags = Tags::new().engine(plan.engine().as_str()).voice(&voice);
        let rate = plan.rate();
        let stream = synthesis.speak(plan, permit);
        let encoder = blocking(move || Encoder::new(format, rate, &tags)).await??;
        let mut response = Self {
            stream,
            encoder: Some(encoder),
            usage: UsageRecord::new(principal, format),
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

    /// The next bytes of the file, never empty; none at its end.
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
                    self.encode(move |mut encoder| {
                        let bytes = encoder.push(&samples)?;
                        Ok((bytes, Some(encoder)))
                    })
                    .await?
                }
                None => self.encode(|encoder| Ok((encoder.finish()?, None))).await?,
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

    /// Runs the encoder on a blocking thread.
    async fn encode(
        &mut self,
        work: impl FnOnce(Encoder) -> Result<(Vec<u8>, Option<Encoder>), EncodeError> + Send + 'static,
    ) -> Result<Vec<u8>, ApiError> {
        let Some(encoder) = self.encoder.take() else {
            return Err(ApiError::internal("the encoder has ended"));
        };
        let (encoded, took) = blocking(move || {
            let started = Instant::now();
            (work(encoder), started.elapsed())
        })
        .await?;
        self.usage.encoding += took;
        let (bytes, encoder) = encoded?;
        self.encoder = encoder;
        Ok(bytes)
    }
}
