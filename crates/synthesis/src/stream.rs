//! Speech as it is made.

use std::sync::{Arc, Mutex, PoisonError};

use mynah_audio::Clip;
use tokio::sync::mpsc;
use tokio_util::sync::DropGuard;

use crate::backpressure::Backpressure;
use crate::{Permit, SynthesisError, Timings};

/// Speech on its way. All clips have the rate of the plan; put end to end they are the take.
///
/// Dropping it stops the engine within 100 ms and frees its place in the queue.
#[must_use = "dropping the stream stops the engine"]
pub struct SpeechStream {
    pub(crate) clips: mpsc::UnboundedReceiver<Result<Clip, SynthesisError>>,
    pub(crate) backpressure: Arc<Backpressure>,
    pub(crate) shared: Arc<Mutex<StreamState>>,
    pub(crate) _stop: DropGuard,
    pub(crate) _permit: Permit,
}

/// What the maker tells the listener besides sound.
#[derive(Clone, Copy, Default)]
pub(crate) struct StreamState {
    pub(crate) timings: Timings,
    pub(crate) progress: Progress,
}

/// How far a request has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Characters of the text that were spoken.
    pub done_chars: usize,
    /// Characters of the text in all.
    pub total_chars: usize,
}

impl SpeechStream {
    /// The next clip, never empty; none when all was said. An error is the last item.
    ///
    /// Cancel-safe: a clip is lost only with the stream.
    pub async fn next(&mut self) -> Option<Result<Clip, SynthesisError>> {
        let item = self.clips.recv().await?;
        match &item {
            Ok(clip) => self.backpressure.take(clip.samples.len()),
            Err(_) => self.clips.close(),
        }
        Some(item)
    }

    /// The whole take as one clip. For short texts: it holds 96 kB a second.
    ///
    /// # Errors
    /// The first error of the stream.
    pub async fn collect(mut self) -> Result<Clip, SynthesisError> {
        let mut take: Option<Clip> = None;
        while let Some(clip) = self.next().await {
            let clip = clip?;
            match &mut take {
                Some(take) => take.samples.extend(clip.samples),
                None => take = Some(clip),
            }
        }
        Ok(take.unwrap_or_else(|| Clip::empty(crate::plan::RATE)))
    }

    /// Where the time went so far.
    pub fn timings(&self) -> Timings {
        self.shared().timings
    }

    /// How far it has come.
    pub fn progress(&self) -> Progress {
        self.shared().progress
    }

    fn shared(&self) -> StreamState {
        *self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
