//! Previews of an unfinished segment: a second decoder that follows the audio.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use crate::decoder::{Decoder, DecoderError};
use crate::decoder_pool::DecoderPool;
use crate::features::{Frame, RunningMean};

/// How much sound is between two previews, in frames of 10 ms.
const STEP_FRAMES: usize = 30;

/// The weight of the model's own mean, in frames: enough for the first moments, little enough to be
/// outweighed within a second.
const PRIOR_FRAMES: u32 = 50;

/// Frames searched between two checks whether the preview was dropped.
const FRAMES_PER_CANCEL_CHECK: usize = 10;

/// The preview of one segment. Dropping it ends it.
pub(crate) struct Preview {
    pool: DecoderPool,
    /// Sound that waits for a decoder; the way to it once there is one.
    feed: Feed,
    shared: Arc<Shared>,
}

enum Feed {
    Waiting(Vec<i16>),
    Running(Sender<Vec<i16>>),
}

#[derive(Default)]
struct Shared {
    over: AtomicBool,
    /// The words found since the last look.
    words: Mutex<Option<String>>,
}

impl Preview {
    pub(crate) fn new(pool: DecoderPool) -> Self {
        Self {
            pool,
            feed: Feed::Waiting(Vec::new()),
            shared: Arc::default(),
        }
    }

    /// Takes more sound and returns the words if they changed. Never waits: without a decoder
    /// free, the sound is kept until there is one.
    pub(crate) fn push(&mut self, mut samples: Vec<i16>) -> Option<String> {
        if let Feed::Waiting(kept) = &mut self.feed {
            kept.append(&mut samples);
            let lease = self.pool.try_acquire()?;
            let (sender, sound) = channel();
            let shared = Arc::clone(&self.shared);
            samples = std::mem::take(kept);
            self.feed = Feed::Running(sender);
            lease.run(move |decoder| follow(decoder, &sound, &shared));
        }
        if let Feed::Running(sound) = &self.feed {
            // A decoder that broke ends the preview; the final text does not depend on it.
            let _ = sound.send(samples);
        }
        self.shared
            .words
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl Drop for Preview {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
    }
}

/// Decodes as sound comes, until the preview is dropped.
fn follow(
    decoder: &mut Decoder,
    sound: &Receiver<Vec<i16>>,
    shared: &Shared,
) -> Result<(), DecoderError> {
    let mut mean = RunningMean::with_prior(&decoder.expected_mean, PRIOR_FRAMES);
    let (mut pending, mut published): (Vec<Frame>, String) = (Vec::new(), String::new());
    decoder.start()?;
    while let Ok(samples) = sound.recv() {
        pending.extend(decoder.cepstra(&samples)?);
        if pending.len() < STEP_FRAMES {
            continue;
        }
        mean.add(&pending);
        mean.subtract_from(&mut pending);
        for slice in pending.chunks_mut(FRAMES_PER_CANCEL_CHECK) {
            if shared.over.load(Ordering::Relaxed) {
                break;
            }
            decoder.search(slice)?;
        }
        pending.clear();
        let words = decoder.words();
        let text = words
            .iter()
            .map(|word| word.text.as_str())
            .collect::<Vec<_>>()
            .join(" ");
        if text != published {
            published.clone_from(&text);
            *shared.words.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
        }
    }
    decoder.end()
}
