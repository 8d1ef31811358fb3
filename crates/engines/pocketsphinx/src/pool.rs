//! A bounded number of decoders, each owned by its thread, made when first needed and kept.

use std::sync::mpsc::{Receiver, SendError, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use mynah_speech::Cancel;

use crate::decoder::{Decoder, DecoderError};

/// How often somebody who waits looks whether it is still wanted.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Work for a decoder. An error means that the decoder is of no more use.
type Job = Box<dyn FnOnce(&mut Decoder) -> Result<(), DecoderError> + Send>;

/// How work reaches the thread that owns a decoder. The lease comes along, so that the decoder
/// goes back once the work is done, whoever still waits for it.
type JobSender = Sender<(Job, Lease)>;

/// Loads a decoder.
type Loader = Box<dyn Fn() -> Result<Decoder, DecoderError> + Send + Sync>;

/// Decoders of one kind. Cheap to clone; the last one to go ends the idle threads.
#[derive(Clone)]
pub(crate) struct Pool {
    inner: Arc<Inner>,
}

struct Inner {
    name: &'static str,
    size: usize,
    load: Loader,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<JobSender>,
    /// Threads that own a decoder or load one.
    started: usize,
    /// How often loading failed, and why the last time.
    failures: u64,
    failure: Option<DecoderError>,
}

/// Why there is no decoder.
#[derive(Debug)]
pub(crate) enum AcquireError {
    /// All were taken for as long as the caller would wait.
    Busy,
    /// The caller gave up.
    Cancelled,
    /// It cannot be loaded.
    Broken(DecoderError),
}

/// A decoder for the time being. Goes back when dropped, or after its job.
pub(crate) struct Lease {
    sender: Option<JobSender>,
    pool: Weak<Inner>,
}

impl Pool {
    /// A pool that makes at most `size` decoders, and at least one.
    pub(crate) fn new(
        name: &'static str,
        size: usize,
        load: impl Fn() -> Result<Decoder, DecoderError> + Send + Sync + 'static,
    ) -> Self {
        let (state, changed) = (Mutex::default(), Condvar::new());
        let inner = Inner {
            name,
            size: size.max(1),
            load: Box::new(load),
            state,
            changed,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// A decoder, waiting for one to come free or to be loaded.
    pub(crate) fn acquire(&self, wait: Duration, cancel: &Cancel) -> Result<Lease, AcquireError> {
        let until = Instant::now() + wait;
        let mut state = self.inner.state();
        let failures = state.failures;
        loop {
            if cancel.is_cancelled() {
                return Err(AcquireError::Cancelled);
            }
            if let Some(sender) = state.idle.pop() {
                return Ok(self.lease(sender));
            }
            if let Some(failure) = state.failure.clone().filter(|_| state.failures > failures) {
                return Err(AcquireError::Broken(failure));
            }
            if Instant::now() >= until {
                return Err(AcquireError::Busy);
            }
            self.start_one(&mut state);
            let waited = self.inner.changed.wait_timeout(state, POLL_INTERVAL);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// A decoder if one is idle; otherwise one is loaded for later, where there is room.
    pub(crate) fn try_acquire(&self) -> Option<Lease> {
        let mut state = self.inner.state();
        let sender = state.idle.pop();
        // Somebody who asks at every step does not load again and again what is broken.
        if sender.is_none() && state.failures == 0 {
            self.start_one(&mut state);
        }
        sender.map(|sender| self.lease(sender))
    }

    fn lease(&self, sender: JobSender) -> Lease {
        Lease {
            sender: Some(sender),
            pool: Arc::downgrade(&self.inner),
        }
    }

    fn start_one(&self, state: &mut State) {
        if state.started >= self.inner.size {
            return;
        }
        let inner = Arc::clone(&self.inner);
        let thread = std::thread::Builder::new().name(inner.name.into());
        match thread.spawn(move || own(inner)) {
            Ok(_) => state.started += 1,
            Err(_) => {
                state.failures += 1;
                state.failure = Some(DecoderError::Call("starting a thread"));
            }
        }
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock; a poisoned one would still be whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.changed.notify_all();
    }
}

impl Lease {
    /// Hands the work over and returns at once.
    pub(crate) fn run(
        self,
        job: impl FnOnce(&mut Decoder) -> Result<(), DecoderError> + Send + 'static,
    ) {
        let Some(sender) = self.sender.clone() else {
            return;
        };
        if let Err(SendError((_, mut lease))) = sender.send((Box::new(job), self)) {
            // The thread is gone, and the sender with it.
            lease.sender = None;
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let (Some(sender), Some(pool)) = (self.sender.take(), self.pool.upgrade()) {
            pool.change(|state| state.idle.push(sender));
        }
    }
}

/// Makes room for another when a thread ends, in whatever way.
struct ThreadGuard(Weak<Inner>);

impl Drop for ThreadGuard {
    fn drop(&mut self) {
        if let Some(inner) = self.0.upgrade() {
            inner.change(|state| state.started -= 1);
        }
    }
}

/// A decoder's thread: loads it, offers it, and works until the pool is gone.
fn own(inner: Arc<Inner>) {
    let _guard = ThreadGuard(Arc::downgrade(&inner));
    let mut decoder = match (inner.load)() {
        Ok(decoder) => decoder,
        Err(error) => {
            tracing::warn!(%error, "decoder not loaded");
            return inner.change(|state| {
                state.failures += 1;
                state.failure = Some(error);
            });
        }
    };
    let (sender, jobs): (JobSender, Receiver<(Job, Lease)>) = channel();
    inner.change(|state| state.idle.push(sender));
    drop(inner);
    for (job, mut lease) in jobs {
        // Kept apart, so that a panic takes it along instead of offering a dead sender.
        let sender = lease.sender.take();
        if let Err(error) = job(&mut decoder) {
            tracing::warn!(%error, "decoder given up");
            return;
        }
        lease.sender = sender;
    }
}
