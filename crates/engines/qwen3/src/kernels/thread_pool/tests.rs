use std::sync::atomic::AtomicBool;

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
