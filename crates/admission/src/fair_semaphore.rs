//! Permits that are waited for, granted to clients in round-robin order.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::ClientKey;

/// A semaphore whose waiters are served in round-robin order of their clients, and first come first
/// served within one client. Clones count together.
#[derive(Clone, Debug)]
pub struct FairSemaphore {
    max: usize,
    /// Whether a client holds no more permits than its share.
    has_shares: bool,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    free: usize,
    held: HashMap<ClientKey, usize>,
    /// The waiters of each client, the client that is served next first. No queue is empty.
    waiting: VecDeque<(ClientKey, VecDeque<oneshot::Sender<()>>)>,
}

/// A permit. Dropping it releases it to the next waiter.
#[derive(Debug)]
pub struct FairPermit {
    semaphore: FairSemaphore,
    client: ClientKey,
}

impl FairSemaphore {
    /// A semaphore of `max` permits, of which one client may hold all while no other client waits:
    /// for work that comes in short units.
    pub fn new(max: usize) -> Self {
        Self::with(max, false)
    }

    /// A semaphore of `max` permits, of which a client never holds more than its share: for work
    /// that takes long.
    pub fn with_shares(max: usize) -> Self {
        Self::with(max, true)
    }

    fn with(max: usize, has_shares: bool) -> Self {
        let state = State {
            free: max,
            held: HashMap::new(),
            waiting: VecDeque::new(),
        };
        Self {
            max,
            has_shares,
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Waits for a permit. Dropping the future cancels the wait.
    pub async fn acquire(&self, client: &ClientKey) -> FairPermit {
        let receiver = {
            let mut state = self.lock();
            // While a permit is free, every waiter has reached its share.
            if state.free > 0 && self.may_hold(&state, client) {
                state.grant(client);
                return self.permit(client);
            }
            state.enqueue(client)
        };
        let mut waiting = Waiting {
            semaphore: self,
            client,
            receiver,
            granted: false,
        };
        // The sender is dropped only after it granted the permit.
        waiting.granted = (&mut waiting.receiver).await.is_ok();
        self.permit(client)
    }

    /// A permit that is free now, for a caller that does not wait. It never overtakes a waiter: while
    /// a permit is free, every waiter has reached its share.
    pub fn try_acquire(&self, client: &ClientKey) -> Option<FairPermit> {
        let mut state = self.lock();
        if state.free == 0 || !self.may_hold(&state, client) {
            return None;
        }
        state.grant(client);
        drop(state);
        Some(self.permit(client))
    }

    /// How many clients wait for permits or hold some.
    pub fn clients(&self) -> usize {
        let state = self.lock();
        let waiting = state.waiting.iter().map(|(client, _)| client);
        let only_waiting = waiting.filter(|client| !state.held.contains_key(client));
        state.held.len() + only_waiting.count()
    }

    fn permit(&self, client: &ClientKey) -> FairPermit {
        FairPermit {
            semaphore: self.clone(),
            client: client.clone(),
        }
    }

    fn may_hold(&self, state: &State, client: &ClientKey) -> bool {
        let own = state.held.get(client).copied().unwrap_or(0);
        !self.has_shares || own < client.share_of(self.max)
    }

    fn release(&self, client: &ClientKey) {
        let mut state = self.lock();
        state.free += 1;
        if let Some(own) = state.held.get_mut(client) {
            *own -= 1;
            if *own == 0 {
                state.held.remove(client);
            }
        }
        while state.free > 0 && self.grant_next(&mut state) {}
    }

    /// Grants a free permit to the next waiter below its share. False where there is none.
    fn grant_next(&self, state: &mut State) -> bool {
        let next = (0..state.waiting.len()).find(|at| self.may_hold(state, &state.waiting[*at].0));
        let Some((client, mut queue)) = next.and_then(|at| state.waiting.remove(at)) else {
            return false;
        };
        let granted = queue
            .pop_front()
            .is_some_and(|waiter| waiter.send(()).is_ok());
        if granted {
            state.grant(&client);
        }
        if !queue.is_empty() {
            state.waiting.push_back((client, queue));
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn grant(&mut self, client: &ClientKey) {
        self.free -= 1;
        *self.held.entry(client.clone()).or_default() += 1;
    }

    fn enqueue(&mut self, client: &ClientKey) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        match self.waiting.iter_mut().find(|(own, _)| own == client) {
            Some((_, queue)) => queue.push_back(sender),
            None => self.waiting.push_back((client.clone(), [sender].into())),
        }
        receiver
    }
}

impl FairPermit {
    /// The client that holds it.
    pub const fn client(&self) -> &ClientKey {
        &self.client
    }
}

impl Drop for FairPermit {
    fn drop(&mut self) {
        self.semaphore.release(&self.client);
    }
}

/// A wait for a permit. Dropped before the grant, it leaves the queue.
struct Waiting<'a> {
    semaphore: &'a FairSemaphore,
    client: &'a ClientKey,
    receiver: oneshot::Receiver<()>,
    granted: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.granted {
            return;
        }
        self.receiver.close();
        if self.receiver.try_recv().is_ok() {
            // Granted while the wait was being cancelled.
            self.semaphore.release(self.client);
            return;
        }
        let mut state = self.semaphore.lock();
        for (_, queue) in &mut state.waiting {
            queue.retain(|waiter| !waiter.is_closed());
        }
        state.waiting.retain(|(_, queue)| !queue.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn half(name: &str) -> ClientKey {
        ClientKey::new(name).with_max_percent(50)
    }

    fn poll<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[tokio::test]
    async fn short_request_waits_for_one_unit_of_another_client() {
        let semaphore = FairSemaphore::new(1);
        let (long, short) = (half("long"), half("short"));
        let working = semaphore.acquire(&long).await;
        let mut second = pin!(semaphore.acquire(&long));
        let mut third = pin!(semaphore.acquire(&long));
        assert!(poll(second.as_mut()).is_pending() && poll(third.as_mut()).is_pending());
        let mut other = pin!(semaphore.acquire(&short));
        assert!(poll(other.as_mut()).is_pending());
        drop(working);
        // The client that waited first, then the other one, although the first waits twice.
        let second = second.await;
        assert!(poll(other.as_mut()).is_pending());
        drop(second);
        assert!(poll(third.as_mut()).is_pending());
        drop(other.await);
        drop(third.await);
        assert_eq!((semaphore.clients(), semaphore.lock().free), (0, 1));
    }

    #[tokio::test]
    async fn client_with_a_share_leaves_a_permit_free() {
        let semaphore = FairSemaphore::with_shares(2);
        let (a, b) = (half("a"), half("b"));
        let first = semaphore.acquire(&a).await;
        let mut second = pin!(semaphore.acquire(&a));
        assert!(poll(second.as_mut()).is_pending());
        let other = semaphore.acquire(&b).await;
        drop(other);
        assert!(poll(second.as_mut()).is_pending());
        drop(first);
        drop(second.await);
        assert_eq!((semaphore.clients(), semaphore.lock().free), (0, 2));
    }

    #[tokio::test]
    async fn try_acquire_never_overtakes_a_waiter() {
        let semaphore = FairSemaphore::with_shares(2);
        let (a, b) = (half("a"), half("b"));
        let first = semaphore.try_acquire(&a).unwrap();
        assert!(semaphore.try_acquire(&a).is_none(), "beyond its share");
        let other = semaphore.try_acquire(&b).unwrap();
        let mut waiting = pin!(semaphore.acquire(&a));
        assert!(poll(waiting.as_mut()).is_pending());
        drop(first);
        assert!(semaphore.try_acquire(&half("c")).is_none());
        drop(waiting.await);
        drop(other);
        assert_eq!((semaphore.clients(), semaphore.lock().free), (0, 2));
    }

    #[tokio::test]
    async fn cancelled_waits_lose_no_permit() {
        let semaphore = FairSemaphore::new(1);
        let (a, b) = (half("a"), half("b"));
        let held = semaphore.acquire(&a).await;
        {
            let mut cancelled = pin!(semaphore.acquire(&b));
            assert!(poll(cancelled.as_mut()).is_pending());
        }
        assert_eq!(semaphore.clients(), 1);
        {
            let mut granted = pin!(semaphore.acquire(&b));
            assert!(poll(granted.as_mut()).is_pending());
            drop(held);
            // Granted, and never polled again.
        }
        assert_eq!((semaphore.clients(), semaphore.lock().free), (0, 1));
        drop(semaphore.acquire(&a).await);
    }
}
