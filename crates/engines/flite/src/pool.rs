//! The bodies of one voice.

use std::ffi::CStr;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mynah_speech::Cancel;

use crate::library::{Body, Core, VoiceLibrary};

/// How often a caller that waits looks whether it was cancelled.
const LOOK: Duration = Duration::from_millis(20);

/// So many bodies at most, made when they are first needed.
pub(crate) struct Pool {
    core: &'static Core,
    library: VoiceLibrary,
    most: usize,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Body>,
    made: usize,
}

/// Why there is no body.
pub(crate) enum NoBody {
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

    /// Waits for a body.
    pub(crate) fn take(&self, cancel: &Cancel) -> Result<Loan<'_>, NoBody> {
        let body = self.wait(cancel)?;
        Ok(Loan {
            pool: self,
            body: Some(body),
        })
    }

    fn wait(&self, cancel: &Cancel) -> Result<Body, NoBody> {
        let mut state = self.lock();
        loop {
            if cancel.is_cancelled() {
                return Err(NoBody::Cancelled);
            }
            if let Some(body) = state.idle.pop() {
                return Ok(body);
            }
            if state.made < self.most {
                let body = Body::new(self.core, &self.library).ok_or(NoBody::UnknownVersion)?;
                state.made += 1;
                return Ok(body);
            }
            state = self
                .returned
                .wait_timeout(state, LOOK)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A body on loan. It goes back when this is dropped, also by a panic: by then flite has
/// returned, and the body is whole.
pub(crate) struct Loan<'a> {
    pool: &'a Pool,
    body: Option<Body>,
}

impl Loan<'_> {
    /// Speaks: see [`Body::speak`].
    pub(crate) fn speak(
        &mut self,
        text: &CStr,
        listener: &mut dyn FnMut(u32, &[i16]) -> ControlFlow<()>,
    ) -> bool {
        self.body
            .as_mut()
            .is_some_and(|body| body.speak(text, listener))
    }
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        self.pool.lock().idle.extend(self.body.take());
        self.pool.returned.notify_one();
    }
}
