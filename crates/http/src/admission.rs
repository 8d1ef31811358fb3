//! How many connections are held at once: in all, and from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::address::{Networks, network_of};

/// Counts connections. Cheap to clone; clones count together.
#[derive(Clone)]
pub(crate) struct Admission(Arc<Shared>);

struct Shared {
    max: usize,
    max_per_address: usize,
    /// Of these any number, since many people are behind one address.
    proxies: Networks,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// Which limit is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Excess {
    /// All connections together.
    All,
    /// Those of this address.
    Address,
}

impl Excess {
    /// Its name in the metrics.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Address => "address",
        }
    }
}

/// A place for a connection. Dropping it frees the place.
pub(crate) struct Place {
    shared: Arc<Shared>,
    address: IpAddr,
}

impl Admission {
    /// So many in all, and so many of each address but `proxies`.
    pub(crate) fn new(max: usize, max_per_address: usize, proxies: Networks) -> Self {
        Self(Arc::new(Shared {
            max,
            max_per_address,
            proxies,
            open: Mutex::default(),
        }))
    }

    /// A place for one more connection of a peer.
    pub(crate) fn admit(&self, peer: IpAddr) -> Result<Place, Excess> {
        let address = network_of(peer);
        let mut open = self.0.lock();
        let own = open.by_address.get(&address).copied().unwrap_or(0);
        if own >= self.0.max_per_address && !self.0.proxies.contains(peer) {
            return Err(Excess::Address);
        }
        if open.all >= self.0.max {
            return Err(Excess::All);
        }
        open.all += 1;
        open.by_address.insert(address, own + 1);
        Ok(Place {
            shared: Arc::clone(&self.0),
            address,
        })
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.shared.lock();
        open.all -= 1;
        if let Some(own) = open.by_address.get_mut(&self.address) {
            *own -= 1;
            if *own == 0 {
                open.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn at(address: &str) -> IpAddr {
        address.parse().unwrap()
    }

    #[test]
    fn both_limits_hold_at_their_boundary_and_places_come_back() {
        let admission = Admission::new(3, 2, Networks::default());
        let first = admission.admit(at("192.0.2.1")).ok().unwrap();
        let _second = admission.admit(at("192.0.2.1")).ok().unwrap();
        let refused = |address: &str| admission.admit(at(address)).err();
        assert_eq!(refused("192.0.2.1"), Some(Excess::Address));
        let third = admission.admit(at("192.0.2.2")).ok().unwrap();
        assert_eq!(refused("192.0.2.3"), Some(Excess::All));
        drop(third);
        assert_eq!(refused("192.0.2.1"), Some(Excess::Address));
        drop(first);
        assert_eq!(refused("192.0.2.1"), None);
        // Addresses without a connection take no memory.
        assert_eq!(admission.0.lock().by_address.len(), 1);
    }

    #[test]
    fn an_ipv6_network_is_one_address_and_a_proxy_has_no_limit_of_its_own() {
        let proxies = Networks::parse(&["198.51.100.0/24".into()]).unwrap();
        let admission = Admission::new(5, 1, proxies);
        let _first = admission.admit(at("2001:db8::1")).ok().unwrap();
        let refused = admission.admit(at("2001:db8::2")).err();
        assert_eq!(refused, Some(Excess::Address));
        let proxied: Vec<_> = (0..5)
            .map_while(|_| admission.admit(at("198.51.100.7")).ok())
            .collect();
        assert_eq!(proxied.len(), 4, "the limit of all holds for proxies too");
    }
}
