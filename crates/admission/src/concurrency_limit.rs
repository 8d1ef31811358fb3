//! Slots that are acquired at once or not at all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::ClientKey;

/// A number of slots, of which each client holds no more than its share. Clones count together.
#[derive(Clone, Debug)]
pub struct ConcurrencyLimit {
    max: usize,
    held: Arc<Mutex<Held>>,
}

#[derive(Debug, Default)]
struct Held {
    total: usize,
    by_client: HashMap<ClientKey, usize>,
}

/// Which limit is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitReached {
    /// All slots are held.
    Total,
    /// The client holds its share.
    Client,
}

/// A slot that is held. Dropping it frees it.
#[derive(Debug)]
pub struct ConcurrencySlot {
    limit: ConcurrencyLimit,
    client: ClientKey,
}

impl ConcurrencyLimit {
    /// A limit of `max` slots.
    pub fn new(max: usize) -> Self {
        Self {
            max,
            held: Arc::default(),
        }
    }

    /// Acquires a slot for a client, within its share.
    ///
    /// # Errors
    /// [`LimitReached`].
    pub fn try_acquire(&self, client: &ClientKey) -> Result<ConcurrencySlot, LimitReached> {
        self.try_acquire_within(client, usize::MAX)
    }

    /// Acquires a slot for a client, within its share and `max_per_client`.
    ///
    /// # Errors
    /// [`LimitReached`].
    pub fn try_acquire_within(
        &self,
        client: &ClientKey,
        max_per_client: usize,
    ) -> Result<ConcurrencySlot, LimitReached> {
        let mut held = self.lock();
        if held.total >= self.max {
            return Err(LimitReached::Total);
        }
        let own = held.by_client.get(client).copied().unwrap_or(0);
        if own >= client.share_of(self.max).min(max_per_client) {
            return Err(LimitReached::Client);
        }
        held.total += 1;
        held.by_client.insert(client.clone(), own + 1);
        Ok(ConcurrencySlot {
            limit: self.clone(),
            client: client.clone(),
        })
    }

    /// How many slots are held.
    pub fn held(&self) -> usize {
        self.lock().total
    }

    /// How many slots there are.
    pub const fn max(&self) -> usize {
        self.max
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ConcurrencySlot {
    /// The client that holds it.
    pub const fn client(&self) -> &ClientKey {
        &self.client
    }
}

impl Drop for ConcurrencySlot {
    fn drop(&mut self) {
        let mut held = self.limit.lock();
        held.total -= 1;
        if let Some(own) = held.by_client.get_mut(&self.client) {
            *own -= 1;
            if *own == 0 {
                // A client that holds nothing takes no memory.
                held.by_client.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn half(name: &str) -> ClientKey {
        ClientKey::new(name).with_max_percent(50)
    }

    #[test]
    fn a_client_holds_its_share_and_leaves_the_rest() {
        let limit = ConcurrencyLimit::new(4);
        let first = limit.try_acquire(&half("a")).unwrap();
        let _second = limit.try_acquire(&half("a")).unwrap();
        assert_eq!(
            limit.try_acquire(&half("a")).unwrap_err(),
            LimitReached::Client
        );
        let _third = limit.try_acquire(&half("b")).unwrap();
        let _fourth = limit.try_acquire(&half("b")).unwrap();
        assert_eq!(
            limit.try_acquire(&half("c")).unwrap_err(),
            LimitReached::Total
        );
        drop(first);
        let _fifth = limit.try_acquire(&half("c")).unwrap();
        assert_eq!(limit.held(), 4);
    }

    #[test]
    fn a_client_with_the_whole_share_holds_all_slots() {
        let limit = ConcurrencyLimit::new(3);
        let relay = ClientKey::new("relay");
        let held: Vec<_> = (0..3).map(|_| limit.try_acquire(&relay).unwrap()).collect();
        assert_eq!(limit.try_acquire(&relay).unwrap_err(), LimitReached::Total);
        drop(held);
        assert_eq!((limit.held(), limit.lock().by_client.len()), (0, 0));
    }

    #[test]
    fn a_maximum_per_client_holds_beside_its_share() {
        let limit = ConcurrencyLimit::new(10);
        let _first = limit.try_acquire_within(&half("a"), 1).unwrap();
        assert_eq!(
            limit.try_acquire_within(&half("a"), 1).unwrap_err(),
            LimitReached::Client
        );
        assert!(limit.try_acquire_within(&half("b"), 1).is_ok());
    }
}
