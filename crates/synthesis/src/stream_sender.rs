//! Where finished sound leaves for its listener.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mynah_audio::Clip;
use mynah_speech::EngineId;
use tokio::sync::mpsc;

use crate::backpressure::Backpressure;
use crate::plan::RATE;
use crate::stream::StreamState;
use crate::{SynthesisError, Timings, metrics};

/// The maker's end of a [`crate::SpeechStream`].
#[derive(Clone)]
pub(crate) struct StreamSender {
    pub(crate) clips: mpsc::UnboundedSender<Result<Clip, SynthesisError>>,
    pub(crate) backpressure: Arc<Backpressure>,
    pub(crate) shared: Arc<Mutex<StreamState>>,
    pub(crate) engine: EngineId,
    pub(crate) started: Instant,
}

impl StreamSender {
    /// Sends samples at the rate of the take. False when nobody listens any more.
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

    /// How much the listener has yet to hear, if they began at the first sound and hear it as fast
    /// as it is spoken; what was not even read is not heard for sure.
    pub(crate) fn buffered(&self) -> Duration {
        let mut timings = Timings::default();
        self.update(|shared| timings = shared.timings);
        let heard_until = timings.first_audio.unwrap_or_default() + timings.audio;
        let backpressure = self.backpressure.samples() as f64 / f64::from(RATE.hz());
        heard_until
            .saturating_sub(self.started.elapsed())
            .max(Duration::from_secs_f64(backpressure))
    }

    /// Sends what went wrong, as the last item.
    pub(crate) fn fail(&self, error: SynthesisError) {
        // Without a listener there is nobody to tell.
        let _ = self.clips.send(Err(error));
    }

    /// Changes what the listener can look up.
    pub(crate) fn update(&self, change: impl FnOnce(&mut StreamState)) {
        change(&mut self.shared.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
