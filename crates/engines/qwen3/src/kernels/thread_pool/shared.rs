//! What the threads of a pool share, and how they wait for each other.

use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::Thread;
use std::time::{Duration, Instant};

use super::task_state::TaskState;

/// The time that a worker spins before it sleeps. The longest covers the serial parts of a frame. A
/// worker halves it where no task came in it that was not done already, as on a busy processor, and
/// doubles it where one came.
const MAX_SPIN: Duration = Duration::from_micros(300);
const MIN_SPIN: Duration = Duration::from_micros(10);

/// The time that the caller spins before it sleeps until the workers are done.
const CALLER_SPIN: Duration = Duration::from_micros(100);

/// Spins between two readings of the clock.
const SPINS_PER_CHECK: usize = 32;

/// The wait for the begun part of another thread after which that thread is late: another program
/// has its processor. A part takes some 20 µs.
const LATE: Duration = Duration::from_micros(500);

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) state: CacheLine<TaskState>,
    pub(super) task: TaskSlot,
    /// The number of threads that compute, including the caller.
    pub(super) active: AtomicUsize,
    /// Whether each worker sleeps until it is woken.
    pub(super) asleep: Vec<CacheLine<AtomicBool>>,
    /// The caller that slept last.
    pub(super) caller: Mutex<Option<Thread>>,
    /// The time that the caller waited for late threads, in nanoseconds.
    pub(super) late_ns: AtomicU64,
    pub(super) stop: AtomicBool,
    pub(super) panicked: AtomicBool,
    #[cfg(test)]
    pub(super) clock_readings: AtomicUsize,
}

/// On a cache line of its own.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct CacheLine<T>(pub(super) T);

pub(super) type Task<'a> = &'a (dyn Fn(usize) + Sync);

/// The current task. Written by the caller before it opens the task, read by threads that joined.
pub(super) struct TaskSlot(UnsafeCell<Option<Task<'static>>>);

// SAFETY: the task's state orders the one write before all reads, and those before the next write.
unsafe impl Sync for TaskSlot {}
// SAFETY: it holds a reference to something that is `Sync`.
unsafe impl Send for TaskSlot {}

impl TaskSlot {
    /// Writes the task.
    ///
    /// # Safety
    /// No thread takes part in the last task, and the reference outlives the part of every thread
    /// that joins this one.
    pub(super) unsafe fn set(&self, task: Task<'_>) {
        // SAFETY: by the caller's promise nothing reads it now, nor after the reference has ended.
        unsafe {
            *self.0.get() = Some(std::mem::transmute::<Task<'_>, Task<'static>>(task));
        }
    }
}

impl std::fmt::Debug for TaskSlot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TaskSlot")
    }
}

impl Shared {
    pub(super) fn new(threads: usize) -> Self {
        Self {
            state: CacheLine::default(),
            task: TaskSlot(UnsafeCell::new(None)),
            active: AtomicUsize::new(threads),
            asleep: (1..threads).map(|_| CacheLine::default()).collect(),
            caller: Mutex::new(None),
            late_ns: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            panicked: AtomicBool::new(false),
            #[cfg(test)]
            clock_readings: AtomicUsize::new(0),
        }
    }

    pub(super) fn worker_loop(&self, number: usize) {
        let (mut last_task, mut spin) = (0, MAX_SPIN);
        while self.wait_for_task(number, &mut last_task, &mut spin) {
            // SAFETY: the caller wrote the slot before it opened the task that this worker joined,
            // and writes it again only after this worker has finished.
            let task = unsafe { *self.task.0.get() };
            if let Some(task) = task
                && catch_unwind(AssertUnwindSafe(|| task(number))).is_err()
            {
                self.panicked.store(true, Ordering::Relaxed);
            }
            if self.state.0.finish()
                // It stays there: the caller may sleep again, in another task, before this is read.
                && let Some(caller) = lock(&self.caller).as_ref()
            {
                caller.unpark();
            }
        }
    }

    /// Joins the next task: spins, then sleeps until there is one. False once the pool is dropped.
    fn wait_for_task(&self, number: usize, last_task: &mut u64, spin: &mut Duration) -> bool {
        let mut joined =
            || number < self.active.load(Ordering::Relaxed) && self.state.0.join(last_task);
        let asleep = &self.asleep[number - 1].0;
        loop {
            let stopped = || self.stop.load(Ordering::SeqCst);
            if self.spin_until(*spin, || joined() || stopped()) {
                *spin = (2 * *spin).min(MAX_SPIN);
                return !stopped();
            }
            *spin = (*spin / 2).max(MIN_SPIN);
            asleep.store(true, Ordering::SeqCst);
            if joined() {
                asleep.store(false, Ordering::SeqCst);
                return true;
            }
            while asleep.load(Ordering::SeqCst) && !stopped() {
                std::thread::park();
            }
        }
    }

    /// Waits until all workers have finished the task, which is closed.
    pub(super) fn wait_for_workers(&self) {
        if self.spin_until(CALLER_SPIN, || self.state.0.is_idle()) {
            return;
        }
        let started = Instant::now();
        *lock(&self.caller) = Some(std::thread::current());
        self.state.0.wait_for_last();
        while !self.state.0.is_idle() {
            std::thread::park();
        }
        let waited = started.elapsed();
        if waited >= LATE {
            self.late_ns
                .fetch_add(waited.as_nanos() as u64, Ordering::Relaxed);
        }
    }

    /// Spins until the condition holds, for at most so long. Returns whether it holds.
    pub(super) fn spin_until(&self, limit: Duration, mut holds: impl FnMut() -> bool) -> bool {
        let mut started = None;
        loop {
            for _ in 0..SPINS_PER_CHECK {
                if holds() {
                    return true;
                }
                std::hint::spin_loop();
            }
            #[cfg(test)]
            self.clock_readings.fetch_add(1, Ordering::Relaxed);
            if started.get_or_insert_with(Instant::now).elapsed() >= limit {
                return false;
            }
        }
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
