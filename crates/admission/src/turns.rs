//! Turns that are waited for.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::Party;

/// So many turns at once. Those that wait are served in round-robin order of their parties, and
/// of one party in the order of asking. Clones count together.
#[derive(Clone, Debug)]
pub struct Turns {
    max: usize,
    /// Whether a party holds no more turns than its share.
    shared: bool,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    free: usize,
    held: HashMap<Party, usize>,
    /// Those that wait, the party whose turn is next first. No queue is empty.
    waiting: VecDeque<(Party, VecDeque<oneshot::Sender<()>>)>,
}

/// A turn. Dropping it hands it on.
#[derive(Debug)]
pub struct Turn {
    turns: Turns,
    party: Party,
}

impl Turns {
    /// So many turns, of which a party may hold all while no other one waits: for work that comes
    /// in short pieces.
    pub fn new(max: usize) -> Self {
        Self::with(max, false)
    }

    /// So many turns, of which a party never holds more than its share: for work that takes long.
    pub fn in_shares(max: usize) -> Self {
        Self::with(max, true)
    }

    fn with(max: usize, shared: bool) -> Self {
        let state = State {
            free: max,
            held: HashMap::new(),
            waiting: VecDeque::new(),
        };
        Self {
            max,
            shared,
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Waits for a turn. Dropping the future gives up the wait.
    pub async fn take(&self, party: &Party) -> Turn {
        let receiver = {
            let mut state = self.lock();
            // While a turn is free, all that wait are held back by their share alone.
            if state.free > 0 && self.may_hold(&state, party) {
                state.grant(party);
                return self.turn(party);
            }
            state.enqueue(party)
        };
        let mut waiting = Waiting {
            turns: self,
            party,
            receiver,
            granted: false,
        };
        // The sender lives as long as the state, which is granted to every waiter in the end.
        waiting.granted = (&mut waiting.receiver).await.is_ok();
        self.turn(party)
    }

    /// How many parties wait or hold turns.
    pub fn parties(&self) -> usize {
        let state = self.lock();
        let waiting = state.waiting.iter().map(|(party, _)| party);
        let only_waiting = waiting.filter(|party| !state.held.contains_key(party));
        state.held.len() + only_waiting.count()
    }

    fn turn(&self, party: &Party) -> Turn {
        Turn {
            turns: self.clone(),
            party: party.clone(),
        }
    }

    fn may_hold(&self, state: &State, party: &Party) -> bool {
        let own = state.held.get(party).copied().unwrap_or(0);
        !self.shared || own < party.max_of(self.max)
    }

    fn release(&self, party: &Party) {
        let mut state = self.lock();
        state.free += 1;
        if let Some(own) = state.held.get_mut(party) {
            *own -= 1;
            if *own == 0 {
                state.held.remove(party);
            }
        }
        while state.free > 0 && self.grant_next(&mut state) {}
    }

    /// Grants a free turn to the next that may have it. False where none waits.
    fn grant_next(&self, state: &mut State) -> bool {
        let next = (0..state.waiting.len()).find(|at| self.may_hold(state, &state.waiting[*at].0));
        let Some((party, mut queue)) = next.and_then(|at| state.waiting.remove(at)) else {
            return false;
        };
        let granted = queue
            .pop_front()
            .is_some_and(|waiter| waiter.send(()).is_ok());
        if granted {
            state.grant(&party);
        }
        if !queue.is_empty() {
            state.waiting.push_back((party, queue));
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn grant(&mut self, party: &Party) {
        self.free -= 1;
        *self.held.entry(party.clone()).or_default() += 1;
    }

    fn enqueue(&mut self, party: &Party) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        match self.waiting.iter_mut().find(|(own, _)| own == party) {
            Some((_, queue)) => queue.push_back(sender),
            None => self.waiting.push_back((party.clone(), [sender].into())),
        }
        receiver
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.release(&self.party);
    }
}

/// A wait for a turn. Dropped before it was granted, it leaves no trace.
struct Waiting<'a> {
    turns: &'a Turns,
    party: &'a Party,
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
            // Granted in the moment in which the wait was given up.
            self.turns.release(self.party);
            return;
        }
        let mut state = self.turns.lock();
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

    fn half(name: &str) -> Party {
        Party::new(name).with_max_percent(50)
    }

    fn poll<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[tokio::test]
    async fn a_short_request_waits_for_one_piece_of_another_party() {
        let turns = Turns::new(1);
        let (long, short) = (half("long"), half("short"));
        let at_work = turns.take(&long).await;
        let mut second = pin!(turns.take(&long));
        let mut third = pin!(turns.take(&long));
        assert!(poll(second.as_mut()).is_pending() && poll(third.as_mut()).is_pending());
        let mut other = pin!(turns.take(&short));
        assert!(poll(other.as_mut()).is_pending());
        drop(at_work);
        // The party that waited first, then the other one, although the first asked twice.
        let second = second.await;
        assert!(poll(other.as_mut()).is_pending());
        drop(second);
        assert!(poll(third.as_mut()).is_pending());
        drop(other.await);
        drop(third.await);
        assert_eq!((turns.parties(), turns.lock().free), (0, 1));
    }

    #[tokio::test]
    async fn in_shares_a_party_leaves_a_turn_free() {
        let turns = Turns::in_shares(2);
        let (a, b) = (half("a"), half("b"));
        let first = turns.take(&a).await;
        let mut second = pin!(turns.take(&a));
        assert!(poll(second.as_mut()).is_pending());
        let other = turns.take(&b).await;
        drop(other);
        assert!(poll(second.as_mut()).is_pending());
        drop(first);
        drop(second.await);
        assert_eq!((turns.parties(), turns.lock().free), (0, 2));
    }

    #[tokio::test]
    async fn waits_that_are_given_up_lose_no_turn() {
        let turns = Turns::new(1);
        let (a, b) = (half("a"), half("b"));
        let held = turns.take(&a).await;
        {
            let mut given_up = pin!(turns.take(&b));
            assert!(poll(given_up.as_mut()).is_pending());
        }
        assert_eq!(turns.parties(), 1);
        {
            let mut granted = pin!(turns.take(&b));
            assert!(poll(granted.as_mut()).is_pending());
            drop(held);
            // Granted, and never looked at.
        }
        assert_eq!((turns.parties(), turns.lock().free), (0, 1));
        drop(turns.take(&a).await);
    }
}
