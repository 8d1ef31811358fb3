//! The instances of one voice.

use std::ffi::CStr;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mynah_speech::Cancel;

use crate::library::{Core, VoiceInstance, VoiceLibrary};

/// How often a caller that waits looks whether it was cancelled.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// So many instances at most, made when they are first needed.
pub(crate) struct Pool {
    core: &'static Core,
    library: VoiceLibrary,
    most: usize,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<VoiceInstance>,
    made: usize,
}

/// Why there is no instance.
pub(crate) enum AcquireError {
    Cancelled,
    /// flite's library is not the version that this crate knows.
    UnknownVersion,
}

impl Pool {
    pub(crate) fn new(core: &'static Core, library: VoiceLibrary, most: usize) -> Self {
        Self {
            core,
            library,
            most,
            state: Mutex::default(),
            returned: Condvar::new(),
        }
    }

    /// Waits for a instance.
    pub(crate) fn take(&self, cancel: &Cancel) -> Result<Loan<'_>, AcquireError> {
        let instance = self.wait(cancel)?;
        Ok(Loan {
            pool: self,
            instance: Some(instance),
        })
    }

    fn wait(&self, cancel: &Cancel) -> Result<VoiceInstance, AcquireError> {
        let mut state = self.lock();
        loop {
            if cancel.is_cancelled() {
                return Err(AcquireError::Cancelled);
            }
            if let Some(instance) = state.idle.pop() {
                return Ok(instance);
            }
            if state.made < self.most {
                let instance = VoiceInstance::new(self.core, &self.library)
                    .ok_or(AcquireError::UnknownVersion)?;
                state.made += 1;
                return Ok(instance);
            }
            state = self
                .returned
                .wait_timeout(state, POLL_INTERVAL)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A instance on loan. It goes back when this is dropped, also by a panic: by then flite has
/// returned, and the instance is whole.
pub(crate) struct Loan<'a> {
    pool: &'a Pool,
    instance: Option<VoiceInstance>,
}

impl Loan<'_> {
    /// Speaks: see [`VoiceInstance::speak`].
    pub(crate) fn speak(
        &mut self,
        text: &CStr,
        on_samples: &mut dyn FnMut(u32, &[i16]) -> ControlFlow<()>,
    ) -> bool {
        self.instance
            .as_mut()
            .is_some_and(|instance| instance.speak(text, on_samples))
    }
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        self.pool.lock().idle.extend(self.instance.take());
        self.pool.returned.notify_one();
    }
}
