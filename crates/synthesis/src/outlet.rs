//! Where finished sound leaves for its listener.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mynah_audio::Clip;
use mynah_speech::EngineId;
use tokio::sync::mpsc;

use crate::plan::RATE;
use crate::stream::Shared;
use crate::unread::Unread;
use crate::{SynthesisError, Timings, metric};

/// The maker's end of a [`crate::SpeechStream`].
#[derive(Clone)]
pub(crate) struct Outlet {
    pub(crate) clips: mpsc::UnboundedSender<Result<Clip, SynthesisError>>,
    pub(crate) unread: Arc<Unread>,
    pub(crate) shared: Arc<Mutex<Shared>>,
    pub(crate) engine: EngineId,
    pub(crate) started: Instant,
}

impl Outlet {
    /// Sends samples at the rate of the take. False when nobody listens any more.
    pub(crate) fn send(&self, samples: Vec<f32>) -> bool {
        if samples.is_empty() {
            return !self.clips.is_closed();
        }
        let clip = Clip::new(RATE, samples);
        self.tell(|shared| {
            shared.timings.audio += clip.duration();
            if shared.timings.first_audio.is_none() {
                let after = self.started.elapsed();
                shared.timings.first_audio = Some(after);
                metric::first_audio(self.engine, after);
            }
        });
        self.unread.add(clip.samples.len());
        self.clips.send(Ok(clip)).is_ok()
    }

    /// How much the listener has yet to hear, if they began at the first sound and hear it as fast
    /// as it is spoken; what was not even read is not heard for sure.
    pub(crate) fn ahead(&self) -> Duration {
        let mut timings = Timings::default();
        self.tell(|shared| timings = shared.timings);
        let heard_until = timings.first_audio.unwrap_or_default() + timings.audio;
        let unread = self.unread.samples() as f64 / f64::from(RATE.hz());
        heard_until
            .saturating_sub(self.started.elapsed())
            .max(Duration::from_secs_f64(unread))
    }

    /// Sends what went wrong, as the last item.
    pub(crate) fn fail(&self, error: SynthesisError) {
        // Without a listener there is nobody to tell.
        let _ = self.clips.send(Err(error));
    }

    /// Changes what the listener can look up.
    pub(crate) fn tell(&self, change: impl FnOnce(&mut Shared)) {
        change(&mut self.shared.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
