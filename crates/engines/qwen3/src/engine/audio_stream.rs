//! The caller's end of an utterance.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use mynah_speech::{Cancel, FinishReason};

use crate::Qwen3Error;
use crate::generate::Frame;

/// Samples of a frame at 24 kHz.
pub(super) const FRAME_SAMPLES: usize = 1920;

/// Interval at which a waiting reader checks for cancellation.
const CANCEL_POLL_INTERVAL: Duration = Duration::from_millis(50);

pub(super) enum Event {
    /// The next samples, whole frames of them.
    Audio(Vec<f32>),
    /// There are no more.
    End(Result<Report, Qwen3Error>),
}

/// Durations of the parts. A batched step counts in full for each utterance of the batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// Until a batch slot was free.
    pub queue: Duration,
    /// Embedding and prefilling the prompt.
    pub prefill: Duration,
    /// The first code of each frame.
    pub talker: Duration,
    /// The others.
    pub predictor: Duration,
    /// From codes to samples.
    pub codec: Duration,
    /// From the call until the first samples were sent.
    pub first_audio: Duration,
    /// From the call until the last samples were sent.
    pub total: Duration,
}

/// The outcome of an utterance.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Why it ended.
    pub finish_reason: FinishReason,
    /// The seed it was sampled with.
    pub seed: u64,
    /// Its codes.
    pub codes: Vec<Frame>,
    /// Durations of the parts.
    pub timings: Timings,
}

/// The audio of an utterance, as it is generated. Dropping it cancels the utterance.
#[derive(Debug)]
pub struct AudioStream {
    events: Receiver<Event>,
    unread: Arc<AtomicUsize>,
    cancel: Cancel,
    report: Option<Report>,
}

impl AudioStream {
    pub(super) const fn new(
        events: Receiver<Event>,
        unread: Arc<AtomicUsize>,
        cancel: Cancel,
    ) -> Self {
        Self {
            events,
            unread,
            cancel,
            report: None,
        }
    }

    /// The next samples, 24 kHz mono; None at the end. Blocks until there are some.
    ///
    /// # Errors
    /// `Cancelled` after cancellation; `Failed` where the engine failed.
    pub fn read(&mut self) -> Result<Option<Vec<f32>>, Qwen3Error> {
        if self.report.is_some() {
            return Ok(None);
        }
        loop {
            if self.cancel.is_cancelled() {
                return Err(Qwen3Error::Cancelled);
            }
            match self.events.recv_timeout(CANCEL_POLL_INTERVAL) {
                Ok(Event::Audio(samples)) => {
                    let frames = samples.len() / FRAME_SAMPLES;
                    self.unread.fetch_sub(frames, Ordering::AcqRel);
                    return Ok(Some(samples));
                }
                Ok(Event::End(Ok(report))) => {
                    self.report = Some(report);
                    return Ok(None);
                }
                Ok(Event::End(Err(error))) => return Err(error),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Qwen3Error::Failed("the utterance was aborted".into()));
                }
            }
        }
    }

    /// The outcome, once all was read.
    pub const fn report(&self) -> Option<&Report> {
        self.report.as_ref()
    }
}

impl Drop for AudioStream {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}
