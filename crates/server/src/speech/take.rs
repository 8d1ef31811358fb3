//! Speech on its way from the engine to the wire.

use std::time::{Duration, Instant};

use axum::body::Bytes;
use mynah_audio::{EncodeError, Encoder, Format, Tags};
use mynah_synthesis::{Permit, Plan, SpeechStream, Synthesis};

use super::tally::Tally;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::guard::Principal;

/// A take being made. It does nothing unless asked for its next bytes, and dropping it stops the
/// engine: whoever reads sets the pace, and whoever leaves ends the work.
pub(super) struct Take {
    stream: SpeechStream,
    /// None while it is away at work, and after the end.
    encoder: Option<Encoder>,
    tally: Tally,
}

/// Where the time went until the first bytes.
#[derive(Clone, Copy)]
pub(super) struct Beginning {
    /// Waiting for an engine.
    pub(super) queue: Duration,
    /// From the start of the work to the first sound.
    pub(super) first_audio: Duration,
    /// Encoding it.
    pub(super) encode: Duration,
}

impl Take {
    /// Begins the work and waits for its first bytes, so that what fails before them is an error
    /// with a status of its own.
    pub(super) async fn begin(
        synthesis: &Synthesis,
        plan: Plan,
        permit: Permit,
        format: Format,
        principal: Principal,
    ) -> Result<(Self, Bytes, Beginning), ApiError> {
        let voice = plan.voice().id.to_string();
        let tags = Tags::new().engine(plan.engine().as_str()).voice(&voice);
        let rate = plan.rate();
        let stream = synthesis.speak(plan, permit);
        let encoder = blocking(move || Encoder::new(format, rate, &tags)).await??;
        let mut take = Self {
            stream,
            encoder: Some(encoder),
            tally: Tally::new(principal, format),
        };
        let first = take.next().await?.unwrap_or_default();
        let timings = take.stream.timings();
        let beginning = Beginning {
            queue: timings.queue,
            first_audio: timings.first_audio.unwrap_or_default(),
            encode: take.tally.encoding,
        };
        Ok((take, first, beginning))
    }

    /// The next bytes of the file, never empty; none at its end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        while self.encoder.is_some() {
            let clip = tokio::select! {
                biased;
                refusal = self.tally.principal.revoked() => return Err(refusal.into()),
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
            self.tally.sound = self.stream.timings().audio;
            if !bytes.is_empty() {
                return Ok(Some(bytes.into()));
            }
        }
        Ok(None)
    }

    /// How much sound was made.
    pub(super) const fn sound(&self) -> Duration {
        self.tally.sound
    }

    /// Lends the encoder to a thread that may block.
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
        self.tally.encoding += took;
        let (bytes, encoder) = encoded?;
        self.encoder = encoder;
        Ok(bytes)
    }
}
