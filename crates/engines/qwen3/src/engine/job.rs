//! A request on its way to the thread.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::{Sender, channel};
use std::time::Instant;

use mynah_speech::Cancel;

use crate::model::Prepared;

use super::audio_stream::{AudioStream, Event};

/// What a caller wants beyond the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GenerationOptions {
    /// How often speech that ran away is begun again with another seed. Sound that has left cannot
    /// be taken back, so with any of them all sound is held until the utterance is whole.
    pub retries: u32,
    /// Whether speech that runs away is stopped. Off where a length is forced.
    pub stop_runaways: bool,
}

impl Default for GenerationOptions {
    fn default() -> Self {
        Self {
            retries: 0,
            stop_runaways: true,
        }
    }
}

pub(super) struct Job {
    pub(super) prepared: Prepared,
    pub(super) options: GenerationOptions,
    pub(super) cancel: Cancel,
    pub(super) events: Sender<Event>,
    /// Frames whose sound was sent and not read.
    pub(super) unread: Arc<AtomicUsize>,
    pub(super) asked: Instant,
}

impl Job {
    pub(super) fn new(
        prepared: Prepared,
        options: GenerationOptions,
        cancel: &Cancel,
    ) -> (Self, AudioStream) {
        let (events, receiver) = channel();
        let unread = Arc::new(AtomicUsize::new(0));
        // Dropping what is read from cancels this utterance and nothing else of the caller's.
        let cancel = cancel.child_token();
        let speech = AudioStream::new(receiver, Arc::clone(&unread), cancel.clone());
        let job = Self {
            prepared,
            options,
            cancel,
            events,
            unread,
            asked: Instant::now(),
        };
        (job, speech)
    }
}
