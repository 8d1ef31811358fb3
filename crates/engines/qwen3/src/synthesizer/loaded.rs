//! The open checkpoints: at most so many in memory, the least recently used replaced first.

use std::ops::Deref;
use std::sync::Arc;

use mynah_speech::Cancel;
use mynah_speech::wait::wait_for;
use tokio::sync::{Mutex, Notify};

use crate::Qwen3Error;
use crate::engine::Engine;

/// The engines of the open checkpoints.
#[derive(Debug)]
pub(super) struct LoadedEngines {
    max: usize,
    /// The most recently used last. The lock is fair: while one caller waits for an engine to become
    /// idle, later callers queue behind it, so a busy checkpoint cannot keep another from opening.
    engines: Mutex<Vec<Loaded>>,
    released: Arc<Notify>,
}

#[derive(Debug)]
struct Loaded {
    checkpoint: usize,
    engine: Arc<Engine>,
}

/// An engine in use. It stays in memory at least until the lease is dropped.
#[derive(Clone, Debug)]
pub struct EngineLease {
    // Fields are dropped in this order: the caller that is woken looks whether the engine is idle.
    engine: Arc<Engine>,
    _released: NotifyOnDrop,
}

#[derive(Clone, Debug)]
struct NotifyOnDrop(Arc<Notify>);

impl LoadedEngines {
    /// Room for `max` engines.
    pub(super) fn new(max: usize) -> Self {
        Self {
            max,
            engines: Mutex::default(),
            released: Arc::default(),
        }
    }

    /// The engine of a checkpoint, by its number. Where it is not in memory, `open` opens it, after
    /// the least recently used idle engine was dropped if there is no room. Blocks until an engine is
    /// idle where none is.
    ///
    /// # Errors
    /// `Cancelled`, or the error of `open`.
    pub(super) fn lease(
        &self,
        checkpoint: usize,
        cancel: &Cancel,
        open: impl FnOnce() -> Result<Engine, Qwen3Error>,
    ) -> Result<EngineLease, Qwen3Error> {
        let locked = wait_for(self.engines.lock(), None, cancel);
        let mut engines = locked.map_err(|_| Qwen3Error::Cancelled)?;
        let open_already = engines.iter().position(|own| own.checkpoint == checkpoint);
        let loaded = match open_already {
            Some(at) => engines.remove(at),
            None => {
                while engines.len() >= self.max {
                    let idle = |own: &Loaded| Arc::strong_count(&own.engine) == 1;
                    match engines.iter().position(idle) {
                        Some(at) => drop(engines.remove(at)),
                        None => wait_for(self.released.notified(), None, cancel)
                            .map_err(|_| Qwen3Error::Cancelled)?,
                    }
                }
                Loaded {
                    checkpoint,
                    engine: Arc::new(open()?),
                }
            }
        };
        let lease = EngineLease {
            engine: Arc::clone(&loaded.engine),
            _released: NotifyOnDrop(Arc::clone(&self.released)),
        };
        engines.push(loaded);
        Ok(lease)
    }
}

impl Deref for EngineLease {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.engine
    }
}

impl Drop for NotifyOnDrop {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}
