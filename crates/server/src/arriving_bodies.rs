//! Bytes of request bodies that are arriving, limited in total and for each client.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mynah_auth::Caller;

/// Counts the bytes of bodies that have no slot yet. Cheap to clone; clones count together.
#[derive(Clone)]
pub(crate) struct ArrivingBodies(Arc<Shared>);

struct Shared {
    max: usize,
    max_per_caller: usize,
    /// How long a body may take to arrive.
    body_timeout: Duration,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    total: usize,
    bodies: HashMap<u64, Body>,
    by_caller: HashMap<Caller, usize>,
    next_number: u64,
}

/// A body that is arriving.
struct Body {
    caller: Caller,
    bytes: usize,
    since: Instant,
}

/// A body that is arriving: it counts until its last clone is dropped. Cheap to clone.
#[derive(Clone)]
pub(crate) struct ArrivingBody(Arc<Own>);

struct Own {
    shared: Arc<Shared>,
    number: u64,
    refused: Mutex<Option<Duration>>,
}

impl ArrivingBodies {
    /// A limit of bytes in total and for one client, and the time limit of a body.
    pub(crate) fn new(max: usize, max_per_caller: usize, body_timeout: Duration) -> Self {
        Self(Arc::new(Shared {
            max,
            max_per_caller,
            body_timeout,
            held: Mutex::default(),
        }))
    }

    /// A body of this client begins to arrive.
    pub(crate) fn begin(&self, caller: &Caller) -> ArrivingBody {
        let mut held = self.0.lock();
        let number = held.next_number;
        held.next_number += 1;
        let body = Body {
            caller: caller.clone(),
            bytes: 0,
            since: Instant::now(),
        };
        held.bodies.insert(number, body);
        drop(held);
        ArrivingBody(Arc::new(Own {
            shared: Arc::clone(&self.0),
            number,
            refused: Mutex::default(),
        }))
    }
}

impl ArrivingBody {
    /// Counts bytes that arrived. False if they exceed a limit: the body is refused.
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
        let client_is_full = own + bytes > shared.max_per_caller;
        if client_is_full || held.total + bytes > shared.max {
            let of_client = client_is_full.then_some(&caller);
            let wait = held.until_room(of_client, shared.body_timeout, Instant::now());
            drop(held);
            *lock(&self.0.refused) = Some(wait);
            return false;
        }
        held.total += bytes;
        held.by_caller.insert(caller, own + bytes);
        if let Some(body) = held.bodies.get_mut(&self.0.number) {
            body.bytes += bytes;
        }
        true
    }

    /// The time to wait before a retry, if the body was refused.
    pub(crate) fn refused(&self) -> Option<Duration> {
        *lock(&self.0.refused)
    }
}

impl Held {
    /// The time until the oldest body has arrived or timed out, which frees bytes.
    fn until_room(
        &self,
        of_client: Option<&Caller>,
        body_timeout: Duration,
        now: Instant,
    ) -> Duration {
        let bodies = self
            .bodies
            .values()
            .filter(|body| body.bytes > 0 && of_client.is_none_or(|caller| *caller == body.caller));
        let first = bodies.map(|body| body.since).min();
        first.map_or(Duration::ZERO, |since| {
            (since + body_timeout).saturating_duration_since(now)
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
        held.total -= body.bytes;
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
    fn bytes_are_limited_in_total_and_by_client_and_freed() {
        let [ada, bob, eve] =
            ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(|at| Caller::at(at.parse().unwrap()));
        let body_timeout = Duration::from_secs(100);
        let arriving = ArrivingBodies::new(10, 6, body_timeout);
        let first = arriving.begin(&ada);
        assert!(first.add(4) && first.add(2));
        let second = arriving.begin(&ada);
        assert!(!second.add(1), "no more for this client");
        assert!(first.refused().is_none());
        let wait = second.refused().unwrap();
        assert!(wait <= body_timeout && wait > body_timeout / 2, "{wait:?}");
        let other = arriving.begin(&bob);
        assert!(other.add(4));
        let third = arriving.begin(&eve);
        assert!(
            !third.add(1) && third.refused().is_some(),
            "no more in total"
        );
        drop(first);
        assert!(arriving.begin(&ada).add(6));
        drop((other, second, third));
        let held = arriving.0.lock();
        assert!(held.total == 0 && held.bodies.is_empty() && held.by_caller.is_empty());
    }
}
