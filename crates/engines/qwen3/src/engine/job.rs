//! A request queued for the engine thread.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::{Sender, channel};
use std::time::Instant;

use mynah_speech::Cancel;

use crate::model::Prepared;

use super::audio_stream::{AudioStream, Event};

/// Options beyond the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GenerationOptions {
    /// Whether speech that does not end is stopped and reported as [`mynah_speech::FinishReason::Runaway`].
    /// Off where a length is forced.
    pub stop_runaways: bool,
}

impl Default for GenerationOptions {
    fn default() -> Self {
        Self {
            stop_runaways: true,
        }
    }
}

pub(super) struct Job {
    pub(super) prepared: Prepared,
    pub(super) options: GenerationOptions,
    pub(super) cancel: Cancel,
    pub(super) events: Sender<Event>,
    /// Frames whose audio was sent and not read.
    pub(super) unread: Arc<AtomicUsize>,
    pub(super) queued_at: Instant,
}

impl Job {
    pub(super) fn new(
        prepared: Prepared,
        options: GenerationOptions,
        cancel: &Cancel,
    ) -> (Self, AudioStream) {
        let (events, receiver) = channel();
        let unread = Arc::new(AtomicUsize::new(0));
        // Dropping the stream cancels this utterance and nothing else of the caller.
        let cancel = cancel.child_token();
        let speech = AudioStream::new(receiver, Arc::clone(&unread), cancel.clone());
        let job = Self {
            prepared,
            options,
            cancel,
            events,
            unread,
            queued_at: Instant::now(),
        };
        (job, speech)
    }
}
