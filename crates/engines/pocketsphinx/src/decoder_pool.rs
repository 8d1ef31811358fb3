//! Decoders, each owned by its thread, loaded when first needed and kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SendError, Sender, channel};
use std::time::Instant;

use mynah_speech::Cancel;
use mynah_speech::pool::{Lease, Pool};
use mynah_speech::wait::{Interrupted, wait_for};
use tokio::sync::oneshot;

use crate::decoder::{Decoder, DecoderError};

/// Work for a decoder. After an error the decoder is not used again.
type Job = Box<dyn FnOnce(&mut Decoder) -> Result<(), DecoderError> + Send>;

/// Loads a decoder.
type Loader = dyn Fn() -> Result<Decoder, DecoderError> + Send + Sync;

/// A thread that owns a decoder. It ends when this is dropped.
struct Worker {
    jobs: Sender<Task>,
}

/// A job with the lease of the worker that does it, so that the decoder returns to the pool when
/// the job is done, also where its caller has stopped waiting.
struct Task {
    job: Job,
    worker: Worker,
    lease: Lease<Worker>,
}

/// A bounded number of decoders with the same options. Cheap to clone.
#[derive(Clone)]
pub(crate) struct DecoderPool {
    name: &'static str,
    workers: Pool<Worker>,
    load: Arc<Loader>,
    /// Whether the last load failed.
    load_failed: Arc<AtomicBool>,
}

/// Why there is no decoder.
#[derive(Debug)]
pub(crate) enum AcquireError {
    /// None was free or loaded before the deadline.
    Busy,
    /// The caller cancelled.
    Cancelled,
    /// It cannot be loaded.
    Load(DecoderError),
}

impl From<Interrupted> for AcquireError {
    fn from(interrupted: Interrupted) -> Self {
        match interrupted {
            Interrupted::Cancelled => Self::Cancelled,
            Interrupted::TimedOut => Self::Busy,
        }
    }
}

/// A leased decoder.
pub(crate) struct LeasedDecoder {
    worker: Worker,
    lease: Lease<Worker>,
}

type Loaded = oneshot::Receiver<Result<Lease<Worker>, DecoderError>>;

impl DecoderPool {
    /// A pool of at most `size` decoders; `size` is at least 1.
    pub(crate) fn new(
        name: &'static str,
        size: usize,
        load: impl Fn() -> Result<Decoder, DecoderError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            workers: Pool::new(size),
            load: Arc::new(load),
            load_failed: Arc::default(),
        }
    }

    /// A decoder, after one has become free or has been loaded.
    pub(crate) fn acquire(
        &self,
        deadline: Instant,
        cancel: &Cancel,
    ) -> Result<LeasedDecoder, AcquireError> {
        let deadline = Some(deadline);
        let mut lease = self.workers.acquire(deadline, cancel)?;
        if let Some(worker) = lease.take_value() {
            return Ok(LeasedDecoder { worker, lease });
        }
        let crashed = || AcquireError::Load(DecoderError::Call("loading"));
        // A caller that stops waiting leaves the decoder to the pool once it is loaded.
        let loaded = wait_for(self.start(lease), deadline, cancel)?;
        let mut lease = loaded.map_err(|_| crashed())?.map_err(AcquireError::Load)?;
        let worker = lease.take_value().ok_or_else(crashed)?;
        Ok(LeasedDecoder { worker, lease })
    }

    /// A decoder if one is idle; otherwise one is loaded for later where the pool has a free slot.
    /// A load that failed is not repeated here.
    pub(crate) fn try_acquire(&self) -> Option<LeasedDecoder> {
        let mut lease = self.workers.try_acquire()?;
        if let Some(worker) = lease.take_value() {
            return Some(LeasedDecoder { worker, lease });
        }
        if !self.load_failed.load(Ordering::Relaxed) {
            drop(self.start(lease));
        }
        None
    }

    /// Starts a thread that loads a decoder for a slot, and then owns it.
    fn start(&self, lease: Lease<Worker>) -> Loaded {
        let (answer, loaded) = oneshot::channel();
        let (load, load_failed) = (Arc::clone(&self.load), Arc::clone(&self.load_failed));
        let thread = std::thread::Builder::new().name(self.name.into());
        // Where no thread can be started, the answer's sender is dropped with the closure.
        let _ = thread.spawn(move || {
            let decoder = load();
            load_failed.store(decoder.is_err(), Ordering::Relaxed);
            match decoder {
                Ok(decoder) => {
                    let (jobs, tasks) = channel();
                    let mut lease = lease;
                    lease.put_value(Worker { jobs });
                    // Dropped unread, the lease returns the worker to the pool.
                    drop(answer.send(Ok(lease)));
                    work(decoder, &tasks);
                }
                Err(error) => {
                    tracing::warn!(%error, "decoder not loaded");
                    drop(lease);
                    drop(answer.send(Err(error)));
                }
            }
        });
        loaded
    }
}

impl LeasedDecoder {
    /// Queues the job at the decoder's thread and returns at once.
    pub(crate) fn run(
        self,
        job: impl FnOnce(&mut Decoder) -> Result<(), DecoderError> + Send + 'static,
    ) {
        let Self { worker, lease } = self;
        let jobs = worker.jobs.clone();
        let job = Box::new(job);
        if let Err(SendError(task)) = jobs.send(Task { job, worker, lease }) {
            // The thread has ended, so the slot stays empty.
            drop(task);
        }
    }
}

/// Does jobs until the worker's handle is dropped, or a job fails.
fn work(mut decoder: Decoder, tasks: &Receiver<Task>) {
    for Task {
        job,
        worker,
        mut lease,
    } in tasks
    {
        if let Err(error) = job(&mut decoder) {
            tracing::warn!(%error, "decoder discarded");
            return;
        }
        lease.put_value(worker);
    }
}
