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
mod task_state;
mod thread_count;

use std::cell::UnsafeCell;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak};
use std::thread::{JoinHandle, Thread};
use std::time::{Duration, Instant};

pub(super) use disjoint::Disjoint;
use task_state::TaskState;
use thread_count::{Step, ThreadCount};

/// The time that a worker spins before it sleeps. The longest covers the serial parts of a frame. A
/// worker halves it where no task came in it that was not done already, as on a busy processor, and
/// doubles it where one came.
const MAX_SPIN: Duration = Duration::from_micros(300);
const MIN_SPIN: Duration = Duration::from_micros(10);

/// The time that the caller spins before it sleeps until the workers are done.
const CALLER_SPIN: Duration = Duration::from_micros(100);

/// Spins between two readings of the clock.
const SPINS_PER_CHECK: usize = 32;

/// The time that a caller waits for the workers while they compute for another caller. Then it computes
/// alone.
const SHARED_WAIT: Duration = Duration::from_micros(50);

/// The wait for the begun part of another thread after which that thread is late: another program
/// has its processor. A part takes some 20 µs.
const LATE: Duration = Duration::from_micros(500);

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

#[derive(Debug)]
struct Shared {
    state: CacheLine<TaskState>,
    task: TaskSlot,
    /// The number of threads that compute, including the caller.
    active: AtomicUsize,
    /// Whether each worker sleeps until it is woken.
    asleep: Vec<CacheLine<AtomicBool>>,
    /// The caller that slept last.
    caller: Mutex<Option<Thread>>,
    /// The time that the caller waited for late threads, in nanoseconds.
    late_ns: AtomicU64,
    stop: AtomicBool,
    panicked: AtomicBool,
    #[cfg(test)]
    clock_readings: AtomicUsize,
}

/// On a cache line of its own.
#[derive(Debug, Default)]
#[repr(align(128))]
struct CacheLine<T>(T);

type Task<'a> = &'a (dyn Fn(usize) + Sync);

/// The current task. Written by the caller before it opens the task, read by threads that joined.
struct TaskSlot(UnsafeCell<Option<Task<'static>>>);

// SAFETY: the task's state orders the one write before all reads, and those before the next write.
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
        let threads = threads.max(1);
        let shared = Arc::new(Shared {
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
        });
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
            *shared.task.0.get() = Some(std::mem::transmute::<Task<'_>, Task<'static>>(task));
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

impl Shared {
    fn worker_loop(&self, number: usize) {
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
    fn wait_for_workers(&self) {
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
    fn spin_until(&self, limit: Duration, mut holds: impl FnMut() -> bool) -> bool {
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// Runs a task in which every thread waits for all others before it continues.
    fn run_together(pool: &ThreadPool, then: &(dyn Fn(usize) + Sync)) {
        let calls = AtomicUsize::new(0);
        pool.run(&|thread| {
            calls.fetch_add(1, Ordering::SeqCst);
            let started = Instant::now();
            while calls.load(Ordering::SeqCst) < pool.threads() {
                assert!(
                    started.elapsed() < Duration::from_secs(30),
                    "a worker does not join"
                );
                std::thread::yield_now();
            }
            then(thread);
        });
        assert_eq!(calls.into_inner(), pool.threads());
    }

    #[test]
    fn sleeping_workers_wake_up() {
        let pool = ThreadPool::new(3);
        for _ in 0..3 {
            run_together(&pool, &|_| ());
            let asleep = |own: &CacheLine<AtomicBool>| own.0.load(Ordering::SeqCst);
            while !pool.shared.asleep.iter().all(asleep) {
                std::thread::yield_now();
            }
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn threads_on_one_processor_do_not_spin_out() {
        use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

        const TASKS: usize = 1_000;
        let all = sched_getaffinity(None).expect("a mask");
        let first = (0..CpuSet::MAX_CPU).find(|cpu| all.is_set(*cpu));
        let mut one = CpuSet::new();
        one.set(first.expect("a processor"));
        // Of this thread, and of those that it starts.
        sched_setaffinity(None, &one).expect("a processor of the mask");
        let pool = ThreadPool::new(4);
        for _ in 0..TASKS {
            let mut counts = vec![0_u32; 64];
            pool.parallel_rows(&mut counts, 1, 4, &|_, rows| {
                rows.iter_mut().for_each(|count| *count += 1);
            });
            assert!(counts.iter().all(|count| *count == 1));
        }
        let readings = pool.shared.clock_readings.load(Ordering::Relaxed);
        // Three workers that spin for the longest time at each task would read the clock some
        // 900 times.
        assert!(readings < 100 * TASKS, "{readings} readings of the clock");
    }

    #[test]
    fn callers_share_a_pool() {
        let pool = ThreadPool::shared(3);
        assert!(Arc::ptr_eq(&pool, &ThreadPool::shared(3)));
        assert!(!Arc::ptr_eq(&pool, &ThreadPool::shared(2)));
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let mut counts = vec![0_u32; 100];
                        pool.parallel_rows(&mut counts, 1, 3, &|_, rows| {
                            rows.iter_mut().for_each(|count| *count += 1);
                        });
                        assert!(counts.iter().all(|count| *count == 1));
                    }
                });
            }
        });
    }

    #[test]
    fn panics_reach_the_caller_and_keep_the_pool_usable() {
        let pool = ThreadPool::new(2);
        for failing in [0, 1] {
            let task = |thread| assert!(thread != failing, "on purpose");
            assert!(catch_unwind(AssertUnwindSafe(|| run_together(&pool, &task))).is_err());
        }
        run_together(&pool, &|_| ());
    }
}
