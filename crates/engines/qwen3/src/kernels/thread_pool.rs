//! A thread pool that stays awake between the short steps of a frame.
//!
//! A predictor pass is a chain of matrix products of some 20 µs each. Waking a sleeping thread
//! costs as much, so workers spin for the next task, then yield, and only then sleep. A task is
//! split into ranges; each worker processes its own range from front to back, which keeps its reads
//! in one stream, and then steals from the others: a core that another process slows down does not
//! delay the whole pool.

#![allow(
    unsafe_code,
    reason = "the task is borrowed by other threads for the length of a call"
)]

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Checks for a task before a worker yields to other threads.
const SPIN_ITERATIONS: usize = 4_000;

/// Yields before a worker sleeps.
const YIELD_ITERATIONS: usize = 400;

/// Threads that run one task together. The caller is one of them.
#[derive(Debug)]
pub struct ThreadPool {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
    /// Held while a task runs: one caller at a time.
    run_lock: Mutex<()>,
}

#[derive(Debug)]
struct Shared {
    /// Number of the current task; a change signals a new one.
    epoch: CacheLine<AtomicUsize>,
    /// Workers that have finished the current task.
    done: CacheLine<AtomicUsize>,
    task: TaskSlot,
    asleep: AtomicUsize,
    sleep: Mutex<()>,
    wake: Condvar,
    stop: AtomicBool,
    panicked: AtomicBool,
}

/// On a cache line of its own.
#[derive(Debug, Default)]
#[repr(align(128))]
struct CacheLine<T>(T);

type Task<'a> = &'a (dyn Fn(usize) + Sync);

/// The current task. Written by the caller before the epoch changes, read by workers after.
struct TaskSlot(UnsafeCell<Option<Task<'static>>>);

// SAFETY: the epoch's release and acquire order the one write before all reads.
unsafe impl Sync for TaskSlot {}
// SAFETY: it holds a reference to something that is `Sync`.
unsafe impl Send for TaskSlot {}

impl std::fmt::Debug for TaskSlot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TaskSlot")
    }
}

impl ThreadPool {
    /// A pool of this many threads, including the caller; at least one.
    ///
    /// # Panics
    /// Where no thread can be started.
    pub fn new(threads: usize) -> Self {
        let shared = Arc::new(Shared {
            epoch: CacheLine::default(),
            done: CacheLine::default(),
            task: TaskSlot(UnsafeCell::new(None)),
            asleep: AtomicUsize::new(0),
            sleep: Mutex::new(()),
            wake: Condvar::new(),
            stop: AtomicBool::new(false),
            panicked: AtomicBool::new(false),
        });
        let workers = (1..threads.max(1))
            .map(|number| {
                let shared = Arc::clone(&shared);
                std::thread::Builder::new()
                    .name(format!("qwen3-{number}"))
                    .spawn(move || shared.worker_loop(number))
                    .expect("a thread for the pool")
            })
            .collect();
        Self {
            shared,
            workers,
            run_lock: Mutex::new(()),
        }
    }

    /// Number of threads, including the caller.
    pub fn threads(&self) -> usize {
        self.workers.len() + 1
    }

    /// Has every thread call `task` with its number, and returns when all have.
    ///
    /// # Panics
    /// Where `task` panics in any thread. Calling it from within `task` deadlocks.
    pub fn run(&self, task: &(dyn Fn(usize) + Sync)) {
        if self.workers.is_empty() {
            return task(0);
        }
        let _run_lock = lock(&self.run_lock);
        let shared = &*self.shared;
        // SAFETY: the reference outlives its use: this function returns only after every worker has
        // counted itself as done, also when `task` panics here.
        unsafe {
            *shared.task.0.get() = Some(std::mem::transmute::<Task<'_>, Task<'static>>(task));
        }
        shared.done.0.store(0, Ordering::Relaxed);
        shared.epoch.0.fetch_add(1, Ordering::SeqCst);
        if shared.asleep.load(Ordering::SeqCst) > 0 {
            drop(lock(&shared.sleep));
            shared.wake.notify_all();
        }
        let own = catch_unwind(AssertUnwindSafe(|| task(0)));
        spin_until(|| shared.done.0.load(Ordering::Acquire) == self.workers.len());
        if let Err(panic) = own {
            resume_unwind(panic);
        }
        assert!(
            !shared.panicked.swap(false, Ordering::Relaxed),
            "a worker of the pool panicked"
        );
    }

    /// Splits `items` among the threads: `task` is called with ranges of at most `grain` items that
    /// together cover all of them once. A pool of one thread gets all in one range.
    pub fn parallel_ranges(
        &self,
        items: usize,
        grain: usize,
        task: &(dyn Fn(Range<usize>) + Sync),
    ) {
        let threads = self.threads();
        let grain = grain.max(1);
        if threads == 1 || items <= grain {
            if items > 0 {
                task(0..items);
            }
            return;
        }
        let part = items.div_ceil(threads);
        let bounds = |thread: usize| (thread * part).min(items)..((thread + 1) * part).min(items);
        let next: Vec<CacheLine<AtomicUsize>> = (0..threads)
            .map(|thread| CacheLine(AtomicUsize::new(bounds(thread).start)))
            .collect();
        self.run(&|thread| {
            for step in 0..threads {
                let victim = (thread + step) % threads;
                let end = bounds(victim).end;
                loop {
                    // Loaded first, so that stealing workers do not write to a cache line that is
                    // exhausted.
                    if next[victim].0.load(Ordering::Relaxed) >= end {
                        break;
                    }
                    let start = next[victim].0.fetch_add(grain, Ordering::Relaxed);
                    if start >= end {
                        break;
                    }
                    task(start..(start + grain).min(end));
                }
            }
        });
    }

    /// Splits the rows of `out`, each `width` long, among the threads: `task` is called with the
    /// number of the first row and with the rows of a range.
    ///
    /// # Panics
    /// Where `out` is not made of whole rows.
    pub fn parallel_rows<T: Send>(
        &self,
        out: &mut [T],
        width: usize,
        grain: usize,
        task: &(dyn Fn(usize, &mut [T]) + Sync),
    ) {
        if out.is_empty() {
            return;
        }
        assert!(out.len().is_multiple_of(width), "whole rows");
        let rows = out.len() / width;
        let out = Disjoint::new(out);
        self.parallel_ranges(rows, grain, &|range| {
            let first = range.start;
            // SAFETY: `parallel_ranges` yields each row once.
            task(first, unsafe {
                out.range(range.start * width..range.end * width)
            });
        });
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.shared.epoch.0.fetch_add(1, Ordering::SeqCst);
        drop(lock(&self.shared.sleep));
        self.shared.wake.notify_all();
        for worker in self.workers.drain(..) {
            let _ = worker.join();
        }
    }
}

impl Shared {
    fn worker_loop(&self, number: usize) {
        let mut seen = 0;
        loop {
            seen = self.wait_for_epoch(seen);
            if self.stop.load(Ordering::SeqCst) {
                return;
            }
            // SAFETY: the epoch was read with acquire after the caller wrote the slot, and the
            // caller waits for this worker before it writes again.
            let task = unsafe { *self.task.0.get() };
            if let Some(task) = task
                && catch_unwind(AssertUnwindSafe(|| task(number))).is_err()
            {
                self.panicked.store(true, Ordering::Relaxed);
            }
            self.done.0.fetch_add(1, Ordering::Release);
        }
    }

    /// Waits for an epoch other than `seen`.
    fn wait_for_epoch(&self, seen: usize) -> usize {
        let changed_epoch = || {
            let epoch = self.epoch.0.load(Ordering::Acquire);
            (epoch != seen).then_some(epoch)
        };
        for _ in 0..SPIN_ITERATIONS {
            if let Some(epoch) = changed_epoch() {
                return epoch;
            }
            std::hint::spin_loop();
        }
        for _ in 0..YIELD_ITERATIONS {
            if let Some(epoch) = changed_epoch() {
                return epoch;
            }
            std::thread::yield_now();
        }
        let mut guard = lock(&self.sleep);
        self.asleep.fetch_add(1, Ordering::SeqCst);
        let epoch = loop {
            // The caller changes the epoch before it checks for sleepers, and this worker counts
            // itself as asleep before it checks the epoch: one of the two observes the other.
            let epoch = self.epoch.0.load(Ordering::SeqCst);
            if epoch != seen {
                break epoch;
            }
            guard = self
                .wake
                .wait(guard)
                .unwrap_or_else(PoisonError::into_inner);
        };
        self.asleep.fetch_sub(1, Ordering::SeqCst);
        epoch
    }
}

/// Spins, then yields, until the condition holds. For conditions that hold soon.
fn spin_until(holds: impl Fn() -> bool) {
    let mut spins = 0;
    while !holds() {
        spins += 1;
        if spins < SPIN_ITERATIONS {
            std::hint::spin_loop();
        } else {
            std::thread::yield_now();
        }
    }
}

fn lock(mutex: &Mutex<()>) -> MutexGuard<'_, ()> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A slice of which several threads write different parts.
pub(super) struct Disjoint<'a, T> {
    start: *mut T,
    len: usize,
    _slice: PhantomData<&'a mut [T]>,
}

// SAFETY: only `range` yields parts, and its callers promise that they are disjoint.
unsafe impl<T: Send> Sync for Disjoint<'_, T> {}

impl<'a, T> Disjoint<'a, T> {
    pub(super) const fn new(slice: &'a mut [T]) -> Self {
        Self {
            start: slice.as_mut_ptr(),
            len: slice.len(),
            _slice: PhantomData,
        }
    }

    /// A part of the slice.
    ///
    /// # Safety
    /// No two parts that are alive at the same time may overlap.
    #[allow(clippy::mut_from_ref, reason = "that is the point; see the contract")]
    pub(super) unsafe fn range(&self, range: Range<usize>) -> &mut [T] {
        assert!(range.start <= range.end && range.end <= self.len);
        // SAFETY: inside the slice by the assertion, not aliased by the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(range.start), range.len()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_processed_once() {
        for threads in [1, 2, 3, 5] {
            let pool = ThreadPool::new(threads);
            for items in [0, 1, 2, 7, 64, 1000] {
                for grain in [1, 3, 64] {
                    let mut counts = vec![0_u32; items * 2];
                    pool.parallel_rows(&mut counts, 2, grain, &|first, rows| {
                        assert!(threads == 1 || rows.len() <= 2 * grain);
                        assert!(first < items);
                        rows.iter_mut().for_each(|count| *count += 1);
                    });
                    assert!(counts.iter().all(|count| *count == 1));
                }
            }
        }
    }

    #[test]
    fn sleeping_workers_wake_up() {
        let pool = ThreadPool::new(3);
        for _ in 0..3 {
            let calls = AtomicUsize::new(0);
            pool.run(&|_| {
                calls.fetch_add(1, Ordering::Relaxed);
            });
            assert_eq!(calls.load(Ordering::Relaxed), 3);
            while pool.shared.asleep.load(Ordering::SeqCst) < 2 {
                std::thread::yield_now();
            }
        }
    }

    #[test]
    fn panics_reach_the_caller_and_keep_the_pool_usable() {
        let pool = ThreadPool::new(2);
        for failing in [0, 1] {
            let task = |thread| assert!(thread != failing, "on purpose");
            assert!(catch_unwind(AssertUnwindSafe(|| pool.run(&task))).is_err());
        }
        pool.run(&|_| ());
    }
}
