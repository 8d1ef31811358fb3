//! Finals go before previews: a final cancels every preview that runs, and none begins meanwhile.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mynah_speech::Cancel;

/// The finals that run or wait for a state, and the previews that run.
#[derive(Default)]
pub(crate) struct Priority {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    finals: usize,
    /// Cancelled and replaced by each final.
    previews: Cancel,
}

/// A final that runs or waits. Dropping it ends it.
pub(crate) struct Final(Arc<Priority>);

impl Priority {
    /// Begins a final.
    pub(crate) fn begin_final(self: &Arc<Self>) -> Final {
        let mut state = self.lock();
        state.finals += 1;
        std::mem::take(&mut state.previews).cancel();
        Final(Arc::clone(self))
    }

    /// The token of a preview, which the next final cancels; none while a final runs or waits.
    pub(crate) fn preview(&self) -> Option<Cancel> {
        let state = self.lock();
        (state.finals == 0).then(|| state.previews.child_token())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Final {
    fn drop(&mut self) {
        self.0.lock().finals -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn final_cancels_previews_and_holds_back_new_ones() {
        let priority = Arc::new(Priority::default());
        let before = priority.preview().expect("no final runs");
        let first = priority.begin_final();
        let second = priority.begin_final();
        assert!(before.is_cancelled());
        drop(first);
        assert!(priority.preview().is_none());
        drop(second);
        assert!(!priority.preview().expect("no final runs").is_cancelled());
    }
}
