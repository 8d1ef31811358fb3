//! Bodies that are arriving, bounded in bytes: over all requests, and for each caller.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Caller;

/// Counts the bytes of bodies that have no place yet. Cheap to clone; clones count together.
#[derive(Clone)]
pub(crate) struct Arriving(Arc<Shared>);

struct Shared {
    max: usize,
    max_per_caller: usize,
    /// How long a body may take to arrive.
    body_time: Duration,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    all: usize,
    bodies: HashMap<u64, Body>,
    by_caller: HashMap<Caller, usize>,
    next: u64,
}

/// A body that arrives.
struct Body {
    caller: Caller,
    bytes: usize,
    since: Instant,
}

/// A body that arrives: it counts until dropped. Cheap to clone; the last clone counts.
#[derive(Clone)]
pub(crate) struct Arrival(Arc<Own>);

struct Own {
    shared: Arc<Shared>,
    number: u64,
    refused: Mutex<Option<Duration>>,
}

impl Arriving {
    /// So many bytes in all and for one caller, each body within a time.
    pub(crate) fn new(max: usize, max_per_caller: usize, body_time: Duration) -> Self {
        Self(Arc::new(Shared {
            max,
            max_per_caller,
            body_time,
            held: Mutex::default(),
        }))
    }

    /// A body of this caller begins to arrive.
    pub(crate) fn begin(&self, caller: &Caller) -> Arrival {
        let mut held = self.0.lock();
        let number = held.next;
        held.next += 1;
        let body = Body {
            caller: caller.clone(),
            bytes: 0,
            since: Instant::now(),
        };
        held.bodies.insert(number, body);
        drop(held);
        Arrival(Arc::new(Own {
            shared: Arc::clone(&self.0),
            number,
            refused: Mutex::default(),
        }))
    }
}

impl Arrival {
    /// Counts bytes that came. False when there is no room for them: the body is refused.
    pub(crate) fn add(&self, bytes: usize) -> bool {
        let shared = &self.0.shared;
        let mut held = shared.lock();
        let Some(caller) = held
            .bodies
            .get(&self.0.number)
            .map(|body| body.caller.clone())
        else {
            return false;
        };
        let own = held.by_caller.get(&caller).copied().unwrap_or(0);
        let caller_is_full = own + bytes > shared.max_per_caller;
        if caller_is_full || held.all + bytes > shared.max {
            let among = caller_is_full.then_some(&caller);
            let wait = held.until_room(among, shared.body_time, Instant::now());
            drop(held);
            *lock(&self.0.refused) = Some(wait);
            return false;
        }
        held.all += bytes;
        held.by_caller.insert(caller, own + bytes);
        if let Some(body) = held.bodies.get_mut(&self.0.number) {
            body.bytes += bytes;
        }
        true
    }

    /// How long until there is room, where the body was refused.
    pub(crate) fn refused(&self) -> Option<Duration> {
        *lock(&self.0.refused)
    }
}

impl Held {
    /// When the body that began first has to be there, or is given up: then at the latest there is
    /// room.
    fn until_room(&self, among: Option<&Caller>, body_time: Duration, now: Instant) -> Duration {
        let bodies = self
            .bodies
            .values()
            .filter(|body| body.bytes > 0 && among.is_none_or(|caller| *caller == body.caller));
        let first = bodies.map(|body| body.since).min();
        first.map_or(Duration::ZERO, |since| {
            (since + body_time).saturating_duration_since(now)
        })
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Held> {
        lock(&self.held)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let mut held = self.shared.lock();
        let Some(body) = held.bodies.remove(&self.number) else {
            return;
        };
        held.all -= body.bytes;
        if let Some(own) = held.by_caller.get_mut(&body.caller) {
            *own -= body.bytes;
            if *own == 0 {
                held.by_caller.remove(&body.caller);
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
    fn bytes_are_bounded_in_all_and_by_caller_and_come_back() {
        let [ada, bob, eve] =
            ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(|at| Caller::at(at.parse().unwrap()));
        let body_time = Duration::from_secs(100);
        let arriving = Arriving::new(10, 6, body_time);
        let first = arriving.begin(&ada);
        assert!(first.add(4) && first.add(2));
        let second = arriving.begin(&ada);
        assert!(!second.add(1), "no more for this caller");
        assert!(first.refused().is_none());
        let wait = second.refused().unwrap();
        assert!(wait <= body_time && wait > body_time / 2, "{wait:?}");
        let other = arriving.begin(&bob);
        assert!(other.add(4));
        let third = arriving.begin(&eve);
        assert!(!third.add(1) && third.refused().is_some(), "no more in all");
        drop(first);
        assert!(arriving.begin(&ada).add(6));
        drop((other, second, third));
        let held = arriving.0.lock();
        assert!(held.all == 0 && held.bodies.is_empty() && held.by_caller.is_empty());
    }
}
