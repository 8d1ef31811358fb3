//! The pool: bounded, in order, woken by events, and cancelled by them.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use mynah_speech::Cancel;
use mynah_speech::pool::Pool;
use mynah_speech::wait::Interrupted;

const MINUTE: Duration = Duration::from_secs(60);

fn soon() -> Option<Instant> {
    Some(Instant::now() + Duration::from_millis(10))
}

#[test]
fn values_are_made_once_and_reused() {
    let (pool, cancel) = (Pool::new(2), Cancel::new());
    let made = AtomicUsize::new(0);
    let make = || Ok::<_, ()>(made.fetch_add(1, Ordering::Relaxed));
    for _ in 0..5 {
        let mut lease = pool.acquire(None, &cancel).unwrap();
        assert_eq!(lease.get_or_try_make(make), Ok(&mut 0));
    }
    let mut first = pool.acquire(None, &cancel).unwrap();
    let mut second = pool.acquire(None, &cancel).unwrap();
    assert_eq!(first.get_or_try_make(make), Ok(&mut 0));
    assert_eq!(second.get_or_try_make(make), Ok(&mut 1));
}

#[test]
fn full_pools_time_out_at_the_deadline() {
    let (pool, cancel) = (Pool::<()>::new(1), Cancel::new());
    let lease = pool.acquire(Some(Instant::now()), &cancel).unwrap();
    let refused = pool.acquire(soon(), &cancel).err();
    assert_eq!(refused, Some(Interrupted::TimedOut));
    assert!(pool.try_acquire().is_none());
    drop(lease);
    assert!(pool.try_acquire().is_some());
}

#[test]
fn cancellation_wakes_a_waiting_caller() {
    let (pool, cancel) = (Pool::<()>::new(1), Cancel::new());
    let lease = pool.try_acquire().unwrap();
    let (waiting, token) = (pool.clone(), cancel.clone());
    let thread = thread::spawn(move || waiting.acquire(None, &token).err());
    cancel.cancel();
    assert_eq!(thread.join().unwrap(), Some(Interrupted::Cancelled));
    drop(lease);
    // A cancelled caller leaves no slot taken, and gets none.
    let refused = pool.acquire(None, &cancel).err();
    assert_eq!(refused, Some(Interrupted::Cancelled));
    assert!(pool.try_acquire().is_some());
}

#[test]
fn returned_slots_wake_callers_in_order() {
    let pool = Pool::new(1);
    let lease = pool.try_acquire().unwrap();
    let (sender, order) = channel();
    let mut threads = Vec::new();
    for number in 0..4 {
        let (pool, sender) = (pool.clone(), sender.clone());
        let (began, started) = channel();
        threads.push(thread::spawn(move || {
            began.send(()).unwrap();
            let mut lease = pool.acquire(Some(Instant::now() + MINUTE), &Cancel::new());
            sender.send(number).unwrap();
            lease.as_mut().unwrap().put_value(number);
        }));
        started.recv().unwrap();
        // It announces itself just before it joins the queue.
        thread::sleep(Duration::from_millis(30));
    }
    drop(lease);
    let served: Vec<i32> = order.iter().take(4).collect();
    assert_eq!(served, [0, 1, 2, 3]);
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(pool.try_acquire().unwrap().take_value(), Some(3));
}

#[test]
fn failed_or_taken_values_leave_an_empty_slot() {
    let (pool, cancel) = (Pool::new(1), Cancel::new());
    let mut lease = pool.acquire(None, &cancel).unwrap();
    assert_eq!(lease.get_or_try_make(|| Err("broken")), Err("broken"));
    drop(lease);
    let mut lease = pool.acquire(None, &cancel).unwrap();
    assert_eq!(lease.get_or_try_make(|| Ok::<_, ()>(7)), Ok(&mut 7));
    assert_eq!(lease.take_value(), Some(7));
    drop(lease);
    assert_eq!(pool.acquire(None, &cancel).unwrap().take_value(), None);
}

#[test]
fn panics_free_the_slot() {
    let pool = Pool::<u8>::new(1);
    let taken = pool.clone();
    let panicked = thread::spawn(move || {
        let mut lease = taken.try_acquire().unwrap();
        lease.put_value(1);
        let value = lease.take_value();
        panic!("a panic of this test with {value:?}");
    });
    assert!(panicked.join().is_err());
    assert_eq!(pool.try_acquire().unwrap().take_value(), None);
}

#[test]
fn idle_values_are_dropped_with_the_pool() {
    let value = Arc::new(());
    let pool = Pool::new(2);
    pool.try_acquire().unwrap().put_value(Arc::clone(&value));
    let mut lease = pool.try_acquire().unwrap();
    let held = lease.take_value().unwrap();
    pool.try_acquire().unwrap().put_value(Arc::clone(&value));
    assert_eq!(Arc::strong_count(&value), 3);
    drop(pool);
    lease.put_value(held);
    drop(lease);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn many_callers_never_exceed_the_size() {
    const SIZE: usize = 3;
    let pool = Pool::<()>::new(SIZE);
    let active = Arc::new(AtomicUsize::new(0));
    let threads: Vec<_> = (0..24)
        .map(|number| {
            let (pool, active) = (pool.clone(), Arc::clone(&active));
            thread::spawn(move || {
                let cancel = Cancel::new();
                if number % 5 == 0 {
                    cancel.cancel();
                }
                for _ in 0..50 {
                    let Ok(_lease) = pool.acquire(None, &cancel) else {
                        continue;
                    };
                    assert!(active.fetch_add(1, Ordering::SeqCst) < SIZE);
                    thread::yield_now();
                    active.fetch_sub(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}
