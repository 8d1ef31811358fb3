//! A thread pool for the short steps of a frame, on a machine that other programs use as well.
//!
//! A predictor pass is a chain of matrix products of some 20 µs each. Waking a sleeping thread
//! costs as much, so workers spin for the next task, for a bounded time, and then sleep. A task is
//! split into ranges; each thread processes its own range from front to back, which keeps its reads
//! in one stream, and then takes parts of the others'. A worker that another program keeps from
//! running has not joined the task, and its whole range is taken over; the caller waits only for
//! the part that a thread has begun. Where that happens often, the next steps run on fewer threads
//! ([`ThreadPool::step`]).

#![allow(
    unsafe_code,
    reason = "the task is borrowed by other threads for the length of a call"
)]

mod disjoint;
mod shared;
mod task_state;
#[cfg(test)]
mod tests;
mod thread_count;

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, TryLockError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub(super) use disjoint::Disjoint;
use shared::{CacheLine, Shared, lock};
use thread_count::{Step, ThreadCount};

/// The time that a caller waits for the workers while they compute for another caller. Then it computes
/// alone.
const SHARED_WAIT: Duration = Duration::from_micros(50);

/// Threads that run one task together. The caller is one of them.
#[derive(Debug)]
pub struct ThreadPool {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
    /// Held while a task runs.
    run_lock: Mutex<()>,
    count: Mutex<ThreadCount>,
    /// Steps that are in progress, of all callers.
    steps: AtomicUsize,
}

impl ThreadPool {
    /// A pool of this many threads, including the caller; at least one.
    ///
    /// # Panics
    /// Where no thread can be started.
    pub fn new(threads: usize) -> Self {
        let threads = threads.max(1);
        let shared = Arc::new(Shared::new(threads));
        let workers = (1..threads)
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
            count: Mutex::new(ThreadCount::new(threads)),
            steps: AtomicUsize::new(0),
        }
    }

    /// The pool of this process with this many threads: engines share it, so that they do not keep
    /// each other's threads from running.
    ///
    /// # Panics
    /// Where no thread can be started.
    pub fn shared(threads: usize) -> Arc<Self> {
        static POOLS: Mutex<Vec<Weak<ThreadPool>>> = Mutex::new(Vec::new());
        let threads = threads.max(1);
        let mut pools = lock(&POOLS);
        pools.retain(|pool| pool.strong_count() > 0);
        let mut alive = pools.iter().filter_map(Weak::upgrade);
        if let Some(pool) = alive.find(|pool| pool.threads() == threads) {
            return pool;
        }
        let pool = Arc::new(Self::new(threads));
        pools.push(Arc::downgrade(&pool));
        pool
    }

    /// Number of threads, including the caller.
    pub fn threads(&self) -> usize {
        self.workers.len() + 1
    }

    /// Performs a step of the work, such as a frame, and chooses by its time how many threads
    /// compute the next ones. Times of different `load`s, such as the bytes of weights that are read
    /// and multiplied, are not compared, nor are those of steps that overlap. Results do not depend
    /// on the number of threads.
    pub fn step<T>(&self, load: usize, work: impl FnOnce() -> T) -> T {
        let shared = &*self.shared;
        let late_before = shared.late_ns.load(Ordering::Relaxed);
        let overlaps = self.steps.fetch_add(1, Ordering::Relaxed) > 0;
        let started = Instant::now();
        let result = work();
        let took = started.elapsed();
        if self.steps.fetch_sub(1, Ordering::Relaxed) > 1 || overlaps {
            return result;
        }
        let late_ns = shared.late_ns.load(Ordering::Relaxed) - late_before;
        let mut count = lock(&self.count);
        count.record(Step {
            load,
            started,
            took,
            late: Duration::from_nanos(late_ns),
        });
        shared.active.store(count.now(), Ordering::Relaxed);
        result
    }

    /// Calls `task` with 0 in this thread, and at the same time with the number of a worker in each
    /// worker that is running in time. Returns when all calls have.
    ///
    /// # Panics
    /// Where `task` panics in any thread.
    fn run(&self, task: &(dyn Fn(usize) + Sync)) {
        let shared = &*self.shared;
        let active = shared.active.load(Ordering::Relaxed);
        if active == 1 {
            return task(0);
        }
        let run_lock = match self.run_lock.try_lock() {
            Ok(run_lock) => run_lock,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => {
                let mut run_lock = None;
                shared.spin_until(SHARED_WAIT, || {
                    run_lock = self.run_lock.try_lock().ok();
                    run_lock.is_some()
                });
                match run_lock {
                    Some(run_lock) => run_lock,
                    None => return task(0),
                }
            }
        };
        // SAFETY: the reference outlives its use: this function returns only after every worker
        // that joined has finished, also when `task` panics here, and none joins a task that is closed.
        unsafe {
            shared.task.set(task);
        }
        shared.state.0.open();
        for (asleep, worker) in shared.asleep.iter().zip(&self.workers).take(active - 1) {
            // The task is open before this is read, and a worker sets this before it checks for a
            // task: one of the two observes the other.
            if asleep.0.load(Ordering::SeqCst) && asleep.0.swap(false, Ordering::SeqCst) {
                worker.thread().unpark();
            }
        }
        let own = catch_unwind(AssertUnwindSafe(|| task(0)));
        shared.state.0.close();
        shared.wait_for_workers();
        let panicked = shared.panicked.swap(false, Ordering::Relaxed);
        drop(run_lock);
        if let Err(panic) = own {
            resume_unwind(panic);
        }
        assert!(!panicked, "a worker of the pool panicked");
    }

    /// Splits `items` among the threads: `task` is called with ranges of at most `grain` items that
    /// together cover all of them once. Where one thread computes, it gets all in one range.
    ///
    /// # Panics
    /// Where `task` panics in any thread.
    pub fn parallel_ranges(
        &self,
        items: usize,
        grain: usize,
        task: &(dyn Fn(Range<usize>) + Sync),
    ) {
        let threads = self.shared.active.load(Ordering::Relaxed);
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
        for (asleep, worker) in self.shared.asleep.iter().zip(self.workers.drain(..)) {
            asleep.0.store(false, Ordering::SeqCst);
            worker.thread().unpark();
            let _ = worker.join();
        }
    }
}
