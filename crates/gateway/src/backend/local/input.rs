//! The audio of a session of this process.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use mynah_audio::{Clip, SampleRate};
use mynah_bus_session::ReceivedAudio;
use mynah_speech_translation::{Interpreter, Route, SessionInput, SessionOptions};
use tokio::sync::{mpsc, watch};

use super::describe;
use super::results::LocalStream;
use super::resumable::Resumable;
use crate::backend::{AudioInput, SessionDescription};
use crate::fault::{End, Fault};
use crate::silence::Silence;

/// Audio that is taken in one step: what a lost connection leaves is known to the step.
const PIECE: Duration = Duration::from_millis(200);

/// Silence that is taken in one step.
const SILENCE_PIECE: Duration = Duration::from_millis(50);

/// A session's audio, with or without a connection.
pub(super) struct InputState {
    interpreter: Interpreter,
    configuration: Option<(SessionOptions, Route)>,
    /// The engines' input under the current configuration, once it has audio.
    engines: Option<SessionInput>,
    /// Where results of the next configuration go; none once the audio is closed.
    streams: Option<mpsc::Sender<LocalStream>>,
    received: ReceivedAudio,
    /// The duration of all audio, inserted silence included.
    taken: Duration,
    acknowledged: watch::Sender<u64>,
}

impl InputState {
    pub(super) const fn new(
        interpreter: Interpreter,
        streams: mpsc::Sender<LocalStream>,
        acknowledged: watch::Sender<u64>,
    ) -> Self {
        Self {
            interpreter,
            configuration: None,
            engines: None,
            streams: Some(streams),
            received: ReceivedAudio::new(SampleRate::HZ_24000, 0),
            taken: Duration::ZERO,
            acknowledged,
        }
    }

    /// The client's samples that were taken, at 24 kHz.
    pub(super) fn through_sample(&self) -> u64 {
        self.received.total()
    }

    pub(super) const fn is_closed(&self) -> bool {
        self.streams.is_none()
    }

    pub(super) fn set_rate(&mut self, rate: SampleRate) {
        self.received.set_rate(rate);
    }

    /// The engines' input, which begins with the first audio of a configuration.
    async fn engines(&mut self) -> Result<&mut SessionInput, End> {
        if self.engines.is_none() {
            let (options, route) = self.configuration.as_ref().ok_or_else(End::internal)?;
            let streams = self.streams.as_ref().ok_or_else(End::internal)?;
            let permit = streams.reserve().await.map_err(|_| End::internal())?;
            let (input, events) = self.interpreter.session_on(options, route);
            permit.send(LocalStream {
                events,
                offset_ms: self.taken.as_millis() as u64,
                target: route.target().clone(),
            });
            self.engines = Some(input);
        }
        self.engines.as_mut().ok_or_else(End::internal)
    }

    async fn push(&mut self, clip: Clip) -> Result<(), End> {
        for piece in clip.samples.chunks(clip.rate.samples_in(PIECE).max(1)) {
            let piece = Clip::new(clip.rate, piece.to_vec());
            let (samples, duration) = (piece.samples.len(), piece.duration());
            let engines = self.engines().await?;
            // The results are read as long as the connection lives.
            engines.push(piece).await.map_err(|_| End::internal())?;
            self.received.add(samples);
            self.taken += duration;
            self.acknowledged.send_replace(self.received.total());
        }
        Ok(())
    }

    async fn push_silence(&mut self, silence: Silence) -> Result<(), End> {
        let mut since = silence.since.into_std();
        let mut left = silence.duration;
        while let Some(engines) = self.engines.as_mut().filter(|_| !left.is_zero()) {
            let piece = left.min(SILENCE_PIECE);
            let pushed = engines.push_silence(piece, since).await;
            pushed.map_err(|_| End::internal())?;
            self.taken += piece;
            since += piece;
            left -= piece;
        }
        Ok(())
    }

    fn close(&mut self) {
        if let Some(engines) = self.engines.take() {
            engines.close();
        }
        self.streams = None;
    }
}

/// A session's audio, of the connection that has the session.
pub(super) struct LocalInput {
    state: Option<InputState>,
    resumable: Option<Arc<Resumable>>,
}

impl LocalInput {
    pub(super) const fn new(state: InputState, resumable: Option<Arc<Resumable>>) -> Self {
        Self {
            state: Some(state),
            resumable,
        }
    }

    /// The options in effect, and their description.
    pub(super) fn configuration(&self) -> Option<(SessionOptions, SessionDescription)> {
        let (options, route) = self.state.as_ref()?.configuration.as_ref()?;
        Some((options.clone(), describe(route)))
    }
}

#[async_trait]
impl AudioInput for LocalInput {
    async fn configure(&mut self, options: &SessionOptions) -> Result<SessionDescription, Fault> {
        let Some(state) = &mut self.state else {
            return Ok(SessionDescription::default());
        };
        let route = state.interpreter.route(options).await;
        let route = route.map_err(|error| Fault::of_engine(&error))?;
        if let Some(engines) = state.engines.take() {
            engines.close();
        }
        let description = describe(&route);
        state.configuration = Some((options.clone(), route));
        Ok(description)
    }

    async fn push(&mut self, clip: Clip) -> Result<(), End> {
        match &mut self.state {
            Some(state) => state.push(clip).await,
            None => Err(End::internal()),
        }
    }

    async fn push_silence(&mut self, silence: Silence) -> Result<(), End> {
        match &mut self.state {
            Some(state) => state.push_silence(silence).await,
            None => Ok(()),
        }
    }

    fn set_rate(&mut self, rate: SampleRate) -> Result<(), End> {
        if let Some(state) = &mut self.state {
            state.set_rate(rate);
        }
        Ok(())
    }

    fn is_started(&self) -> bool {
        let engines = self.state.as_ref().map(|state| state.engines.is_some());
        engines.unwrap_or_default()
    }

    fn close(mut self: Box<Self>) {
        if let Some(state) = &mut self.state {
            state.close();
        }
    }
}

impl Drop for LocalInput {
    fn drop(&mut self) {
        if let (Some(state), Some(resumable)) = (self.state.take(), &self.resumable) {
            resumable.detach_input(state);
        }
    }
}
