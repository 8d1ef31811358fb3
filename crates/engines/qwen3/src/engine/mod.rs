//! Many speakers at once: one thread owns the model, and requests join and leave its batch between
//! frames.
//!
//! Weights are read once for all who speak. What an utterance says depends on its own request
//! alone, bit for bit, whoever shares its batch.

mod audio_stream;
mod batch_slot;
mod chunks;
mod job;
mod prefix_cache;
mod thread;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use mynah_speech::Cancel;

use crate::model::{Model, Prepared};
use crate::{Qwen3Error, Result};

use job::Job;

pub use audio_stream::{AudioStream, Report, Timings};
pub use job::GenerationOptions;

/// How an engine works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineOptions {
    /// Utterances that are spoken together, at most; the others wait in order.
    pub streams: usize,
    /// Utterances that may wait; beyond them a request is refused.
    pub waiting: usize,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            streams: 8,
            waiting: 64,
        }
    }
}

/// A model at work. Dropping it cancels all speech and ends its thread.
#[derive(Debug)]
pub struct Engine {
    model: Arc<Model>,
    options: EngineOptions,
    /// Jobs that no speaker has taken yet.
    waiting: Arc<AtomicUsize>,
    /// Frames that were computed.
    frames: Arc<AtomicU64>,
    jobs: Option<Sender<Job>>,
    stop: Cancel,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Starts the thread.
    ///
    /// # Errors
    /// `Failed` where the system gives no thread.
    pub fn start(model: Arc<Model>, options: EngineOptions) -> Result<Self> {
        let (jobs, new) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let frames = Arc::new(AtomicU64::new(0));
        let stop = Cancel::new();
        let thread = thread::EngineThread::new(
            Arc::clone(&model),
            options,
            new,
            Arc::clone(&waiting),
            Arc::clone(&frames),
            stop.clone(),
        );
        let handle = std::thread::Builder::new()
            .name("qwen3-0".into())
            .spawn(move || thread.run())
            .map_err(|error| Qwen3Error::Failed(format!("no thread can be started: {error}")))?;
        Ok(Self {
            model,
            options,
            waiting,
            frames,
            jobs: Some(jobs),
            stop,
            thread: Some(handle),
        })
    }

    /// The model that speaks.
    pub const fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// Frames of 80 ms that it has computed since it was started, those of all utterances together,
    /// heard or not.
    pub fn frames(&self) -> u64 {
        self.frames.load(Ordering::Acquire)
    }

    /// Speaks what its model has prepared. It begins as soon as there is a place in the batch; its
    /// sound is read from what this returns, and dropping that cancels it, as `cancel` does: at
    /// most the frame that was begun is still computed.
    ///
    /// # Errors
    /// `Busy` where too many wait already, `Failed` where the thread is gone.
    pub fn speak(
        &self,
        prepared: Prepared,
        options: GenerationOptions,
        cancel: &Cancel,
    ) -> Result<AudioStream> {
        let room = self
            .waiting
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |waiting| {
                (waiting < self.options.waiting + self.options.streams).then_some(waiting + 1)
            });
        if room.is_err() {
            return Err(Qwen3Error::Busy(self.options.waiting));
        }
        let (job, speech) = Job::new(prepared, options, cancel);
        let sent = self
            .jobs
            .as_ref()
            .is_some_and(|jobs| jobs.send(job).is_ok());
        if sent {
            Ok(speech)
        } else {
            Err(Qwen3Error::Failed("its thread is gone".into()))
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop.cancel();
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic was answered where it happened.
            let _ = thread.join();
        }
    }
}
