//! The producer's end of a stream.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mynah_audio::Clip;
use mynah_speech::EngineId;
use tokio::sync::mpsc;

use crate::backpressure::Backpressure;
use crate::plan::RATE;
use crate::stream::StreamState;
use crate::{SynthesisError, Timings, metrics};

/// The producer's end of a [`crate::SpeechStream`].
#[derive(Clone)]
pub(crate) struct StreamSender {
    pub(crate) clips: mpsc::UnboundedSender<Result<Clip, SynthesisError>>,
    pub(crate) backpressure: Arc<Backpressure>,
    pub(crate) shared: Arc<Mutex<StreamState>>,
    pub(crate) engine: EngineId,
    pub(crate) started: Instant,
}

impl StreamSender {
    /// The same for an engine.
    pub(crate) fn for_engine(&self, engine: EngineId) -> Self {
        Self {
            engine,
            ..self.clone()
        }
    }

    /// Sends samples at the stream's rate. False once the stream was dropped.
    pub(crate) fn send(&self, samples: Vec<f32>) -> bool {
        if samples.is_empty() {
            return !self.clips.is_closed();
        }
        let clip = Clip::new(RATE, samples);
        self.update(|shared| {
            shared.timings.audio += clip.duration();
            if shared.timings.first_audio.is_none() {
                let after = self.started.elapsed();
                shared.timings.first_audio = Some(after);
                metrics::first_audio(self.engine, after);
            }
        });
        self.backpressure.add(clip.samples.len());
        self.clips.send(Ok(clip)).is_ok()
    }

    /// Audio buffered for playback, for a client that started at the first clip and plays in real
    /// time; at least what is unread.
    pub(crate) fn buffered(&self) -> Duration {
        let mut timings = Timings::default();
        self.update(|shared| timings = shared.timings);
        let heard_until = timings.first_audio.unwrap_or_default() + timings.audio;
        let unread = self.backpressure.samples() as f64 / f64::from(RATE.hz());
        heard_until
            .saturating_sub(self.started.elapsed())
            .max(Duration::from_secs_f64(unread))
    }

    /// Sends an error as the last item.
    pub(crate) fn fail(&self, error: SynthesisError) {
        // The receiver may have been dropped.
        let _ = self.clips.send(Err(error));
    }

    /// Changes the shared state.
    pub(crate) fn update(&self, change: impl FnOnce(&mut StreamState)) {
        change(&mut self.shared.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
