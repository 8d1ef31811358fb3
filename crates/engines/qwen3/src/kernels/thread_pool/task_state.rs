//! Which threads take part in a task.

use std::sync::atomic::{AtomicU64, Ordering};

/// The number of threads that compute the current task.
const JOINED: u64 = (1 << 16) - 1;
/// Whether more threads may join.
const OPEN: u64 = 1 << 16;
/// Whether the caller sleeps until the last of them has finished.
const WAITED_FOR: u64 = 1 << 17;
/// The unit of the task's number.
const NUMBER: u64 = 1 << 18;

/// The number of the current task, whether threads may join it, and how many have. In one word, so
/// that a thread joins the task that it was woken for or none: the caller waits only for threads
/// that have joined, never for one that another program keeps from running.
#[derive(Debug, Default)]
pub(super) struct TaskState(AtomicU64);

impl TaskState {
    /// Begins the next task. Only while no thread takes part in the last one.
    pub(super) fn open(&self) {
        let number = self.0.load(Ordering::Relaxed) / NUMBER;
        self.0
            .store(((number + 1) * NUMBER) | OPEN, Ordering::SeqCst);
    }

    /// Joins the current task, unless it is closed or its number is `last`, which becomes its number.
    pub(super) fn join(&self, last: &mut u64) -> bool {
        let mut state = self.0.load(Ordering::SeqCst);
        while state & OPEN != 0 && state / NUMBER != *last {
            let joined =
                self.0
                    .compare_exchange_weak(state, state + 1, Ordering::SeqCst, Ordering::SeqCst);
            match joined {
                Ok(_) => {
                    *last = state / NUMBER;
                    return true;
                }
                Err(now) => state = now,
            }
        }
        false
    }

    /// Ends this thread's part in the task. Returns whether the caller has to be woken.
    pub(super) fn finish(&self) -> bool {
        let before = self.0.fetch_sub(1, Ordering::SeqCst);
        before & JOINED == 1 && before & WAITED_FOR != 0
    }

    /// Ends the task for threads that have not joined it.
    pub(super) fn close(&self) {
        self.0.fetch_and(!OPEN, Ordering::SeqCst);
    }

    /// Whether no thread takes part. What the threads wrote is visible then.
    pub(super) fn is_idle(&self) -> bool {
        self.0.load(Ordering::SeqCst) & JOINED == 0
    }

    /// Has the last thread that finishes wake the caller.
    pub(super) fn wait_for_last(&self) {
        self.0.fetch_or(WAITED_FOR, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_joined_once_and_only_while_it_is_open() {
        let state = TaskState::default();
        let (mut first, mut second) = (0, 0);
        assert!(!state.join(&mut first), "there is no task");
        state.open();
        assert!(state.join(&mut first));
        assert!(!state.join(&mut first), "it has joined");
        state.close();
        assert!(!state.join(&mut second), "it is closed");
        assert!(!state.is_idle());
        assert!(!state.finish(), "nothing waits");
        assert!(state.is_idle());
        state.open();
        assert!(state.join(&mut first) && state.join(&mut second));
        state.close();
        state.wait_for_last();
        assert!(!state.finish(), "it is not the last one");
        assert!(state.finish());
    }
}
