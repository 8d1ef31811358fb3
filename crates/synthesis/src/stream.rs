//! The stream of synthesized audio.

use std::sync::{Arc, Mutex, PoisonError};

use mynah_audio::Clip;
use tokio::sync::mpsc;
use tokio_util::sync::DropGuard;

use crate::backpressure::Backpressure;
use crate::{Permit, SynthesisError, Timings};

/// A stream of audio. All clips have the rate of the plan; concatenated they are the complete
/// audio.
///
/// Dropping it stops the engine within 100 ms and releases its permit of the queue.
#[must_use = "dropping the stream stops the engine"]
pub struct SpeechStream {
    pub(crate) clips: mpsc::UnboundedReceiver<Result<Clip, SynthesisError>>,
    pub(crate) backpressure: Arc<Backpressure>,
    pub(crate) shared: Arc<Mutex<StreamState>>,
    pub(crate) _stop: DropGuard,
    pub(crate) _permit: Permit,
}

/// State that the producer shares with the reader.
#[derive(Clone, Copy, Default)]
pub(crate) struct StreamState {
    pub(crate) timings: Timings,
    pub(crate) progress: Progress,
}

/// The progress of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Characters of the text that were synthesized.
    pub done_chars: usize,
    /// Characters of the text in all.
    pub total_chars: usize,
}

impl SpeechStream {
    /// The next clip, never empty; None at the end. An error is the last item.
    ///
    /// Cancel-safe: a clip is lost only with the stream.
    pub async fn next(&mut self) -> Option<Result<Clip, SynthesisError>> {
        let item = self.clips.recv().await?;
        match &item {
            Ok(clip) => self.backpressure.consume(clip.samples.len()),
            Err(_) => self.clips.close(),
        }
        Some(item)
    }

    /// The complete audio as one clip. For short texts: it takes 96 kB a second.
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

    /// Durations so far.
    pub fn timings(&self) -> Timings {
        self.shared().timings
    }

    /// The progress so far.
    pub fn progress(&self) -> Progress {
        self.shared().progress
    }

    fn shared(&self) -> StreamState {
        *self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
