//! Where a caller is counted, in bounded memory.

use std::hash::{BuildHasher as _, RandomState};

use super::Caller;
use crate::keys::KeyId;

/// Addresses that are counted apart, at most. More of them share a count by chance, and no caller
/// can choose with which: the hash has a secret seed.
const MAX_ADDRESS_SLOTS: u64 = 1 << 16;

/// One count. There are no more than keys and [`MAX_ADDRESS_SLOTS`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Slot {
    /// Of a key.
    Key(KeyId),
    /// Of addresses.
    Addresses(u64),
}

/// Finds the slots of callers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slots(RandomState);

impl Slots {
    /// The slot in which a caller is counted, always the same.
    pub(crate) fn of(&self, caller: &Caller) -> Slot {
        match caller {
            Caller::Key(id) => Slot::Key(id.clone()),
            Caller::Address(address) => {
                Slot::Addresses(self.0.hash_one(address) % MAX_ADDRESS_SLOTS)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::net::{IpAddr, Ipv6Addr};

    use super::*;

    #[test]
    fn a_million_networks_take_bounded_memory() {
        let slots = Slots::default();
        let network = |n: u128| Caller::at(IpAddr::V6(Ipv6Addr::from(n << 64)));
        assert_eq!(slots.of(&network(7)), slots.of(&network(7)));
        let used: HashSet<_> = (0..1_000_000).map(|n| slots.of(&network(n))).collect();
        assert!(used.len() as u64 <= MAX_ADDRESS_SLOTS);
        assert!(used.len() > 60_000, "they are spread: {}", used.len());
    }
}
