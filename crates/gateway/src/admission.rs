//! How many may be connected.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mynah_http::network_of;

use crate::key::Caller;
use crate::metrics;

/// Whose connections are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Party {
    Key(String),
    Address(Option<IpAddr>),
}

impl Party {
    /// The owner of a key is one party wherever they are; without keys an address is, of IPv6 a
    /// network of 64 bits.
    pub(crate) fn new(caller: Caller, address: Option<IpAddr>) -> Self {
        match caller {
            Caller::Key(name) => Self::Key(name),
            Caller::Anyone => Self::Address(address.map(network_of)),
        }
    }
}

/// Counts connections.
#[derive(Clone, Debug)]
pub(crate) struct Connections {
    /// Of which route, for the metrics.
    route: &'static str,
    open: Arc<Mutex<Open>>,
    max: usize,
    max_per_party: usize,
}

#[derive(Debug, Default)]
struct Open {
    all: usize,
    by_party: HashMap<Party, usize>,
}

/// Which limit is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TooMany {
    InAll,
    OfThisParty,
}

impl Connections {
    pub(crate) fn new(route: &'static str, max: usize, max_per_party: usize) -> Self {
        Self {
            route,
            open: Arc::default(),
            max,
            max_per_party,
        }
    }

    /// A place for one more connection.
    pub(crate) fn admit(&self, party: Party) -> Result<Admission, TooMany> {
        let mut open = self.lock();
        if open.all >= self.max {
            return Err(TooMany::InAll);
        }
        let own = open.by_party.entry(party.clone()).or_default();
        if *own >= self.max_per_party {
            return Err(TooMany::OfThisParty);
        }
        *own += 1;
        open.all += 1;
        metrics::connections(self.route, open.all);
        drop(open);
        Ok(Admission {
            connections: self.clone(),
            party,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place. Dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Admission {
    connections: Connections,
    party: Party,
}

impl Drop for Admission {
    fn drop(&mut self) {
        let mut open = self.connections.lock();
        open.all -= 1;
        metrics::connections(self.connections.route, open.all);
        if let Some(own) = open.by_party.get_mut(&self.party) {
            *own -= 1;
            if *own == 0 {
                open.by_party.remove(&self.party);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_is_one_party() {
        let party = |address: &str| Party::new(Caller::Anyone, address.parse().ok());
        assert_eq!(party("2001:db8::1"), party("2001:db8::2"));
        assert_ne!(party("2001:db8::1"), party("2001:db8:0:1::1"));
        assert_ne!(party("192.0.2.1"), party("192.0.2.2"));
    }

    #[test]
    fn each_limit_holds_at_its_boundary_and_places_come_back() {
        let connections = Connections::new("test", 3, 2);
        let party = |name: &str| Party::Key(name.into());
        let first = connections.admit(party("a")).unwrap();
        let _second = connections.admit(party("a")).unwrap();
        assert_eq!(
            connections.admit(party("a")).unwrap_err(),
            TooMany::OfThisParty
        );
        let third = connections.admit(party("b")).unwrap();
        assert_eq!(connections.admit(party("c")).unwrap_err(), TooMany::InAll);
        drop(third);
        assert_eq!(
            connections.admit(party("a")).unwrap_err(),
            TooMany::OfThisParty
        );
        drop(first);
        let _again = connections.admit(party("a")).unwrap();
        // Those who left take no memory.
        assert_eq!(connections.lock().by_party.len(), 1);
    }
}
