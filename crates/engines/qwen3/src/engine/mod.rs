//! Continuous batching: one thread owns the model, and utterances join and leave its batch between
//! frames.
//!
//! Weights are read once for the whole batch. The result of an utterance depends only on its own
//! request, bit for bit, whatever else is in the batch.

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

use crate::Qwen3Error;
use crate::model::{Model, Prepared};

use job::Job;

pub use audio_stream::{AudioStream, Report, Timings};
pub use job::GenerationOptions;

/// Limits of an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineOptions {
    /// Batch size: utterances generated together; the others wait in order.
    pub streams: usize,
    /// Queue length: beyond it a request is refused.
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

/// A model and its thread. Dropping it cancels all utterances and ends the thread.
#[derive(Debug)]
pub struct Engine {
    model: Arc<Model>,
    options: EngineOptions,
    /// Jobs that have no batch slot yet.
    waiting: Arc<AtomicUsize>,
    /// Frames computed so far.
    frames: Arc<AtomicU64>,
    jobs: Option<Sender<Job>>,
    stop: Cancel,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Starts the thread.
    ///
    /// # Errors
    /// `Failed` where no thread can be started, or `streams` is 0.
    pub fn start(model: Arc<Model>, options: EngineOptions) -> Result<Self, Qwen3Error> {
        if options.streams == 0 {
            return Err(Qwen3Error::Failed("streams must be at least 1".into()));
        }
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

    /// The model.
    pub const fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// Frames of 80 ms computed since the start, of all utterances together, read or not.
    pub fn frames(&self) -> u64 {
        self.frames.load(Ordering::Acquire)
    }

    /// Queues a prepared request. Generation starts as soon as a batch slot is free. The audio is
    /// read from the returned stream; dropping it cancels the utterance, as `cancel` does: at most
    /// the frame in progress is still computed.
    ///
    /// # Errors
    /// `Busy` where the queue is full, `Failed` where the thread has ended.
    pub fn speak(
        &self,
        prepared: Prepared,
        options: GenerationOptions,
        cancel: &Cancel,
    ) -> Result<AudioStream, Qwen3Error> {
        let admitted = self
            .waiting
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |waiting| {
                (waiting < self.options.waiting + self.options.streams).then_some(waiting + 1)
            });
        if admitted.is_err() {
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
            Err(Qwen3Error::Failed("its thread has ended".into()))
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop.cancel();
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic was handled in the thread.
            let _ = thread.join();
        }
    }
}
