//! One direction's pipeline and the callers who wait for it.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mynah_speech::Cancel;

use crate::pipeline::Pipeline;

/// How often a wait looks whether it was cancelled.
const LOOK: Duration = Duration::from_millis(20);

/// A place for one pipeline, which one caller has at a time.
#[derive(Default)]
pub(crate) struct Slot {
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Default)]
struct State {
    taken: bool,
    idle: Option<Pipeline>,
}

/// Why a caller did not get the place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotTaken {
    Late,
    Cancelled,
}

/// The place, held. Given back when dropped.
pub(crate) struct Turn<'a> {
    slot: &'a Slot,
    /// The pipeline that the last caller left in order; none at first and after a failure.
    pub(crate) pipeline: Option<Pipeline>,
}

impl Slot {
    /// Waits for the place.
    pub(crate) fn take(&self, limit: Duration, cancel: &Cancel) -> Result<Turn<'_>, NotTaken> {
        let end = Instant::now() + limit;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.taken {
            if cancel.is_cancelled() {
                return Err(NotTaken::Cancelled);
            }
            if Instant::now() >= end {
                return Err(NotTaken::Late);
            }
            let woken = self.freed.wait_timeout(state, LOOK);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.taken = true;
        Ok(Turn {
            slot: self,
            pipeline: state.idle.take(),
        })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self
            .slot
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        state.taken = false;
        state.idle = self.pipeline.take();
        self.slot.freed.notify_one();
    }
}
