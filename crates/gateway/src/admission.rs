//! How many may be connected.

use mynah_admission::{ClientKey, ConcurrencyLimit, ConcurrencySlot, LimitReached};

use crate::metrics;

/// Counts connections.
#[derive(Clone, Debug)]
pub(crate) struct Connections {
    /// Of which route, for the metrics.
    route: &'static str,
    places: ConcurrencyLimit,
    max_per_party: usize,
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
            places: ConcurrencyLimit::new(max),
            max_per_party,
        }
    }

    /// A place for one more connection, within the party's share.
    pub(crate) fn admit(&self, party: &ClientKey) -> Result<Admission, TooMany> {
        let place = self.places.try_acquire_within(party, self.max_per_party);
        let place = place.map_err(|full| match full {
            LimitReached::Total => TooMany::InAll,
            LimitReached::Client => TooMany::OfThisParty,
        })?;
        metrics::connections(self.route, self.places.held());
        Ok(Admission {
            connections: self.clone(),
            place: Some(place),
        })
    }
}

/// A place. Dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Admission {
    connections: Connections,
    place: Option<ConcurrencySlot>,
}

impl Drop for Admission {
    fn drop(&mut self) {
        drop(self.place.take());
        let Connections { route, places, .. } = &self.connections;
        metrics::connections(route, places.held());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{Caller, Client};

    #[test]
    fn an_ipv6_network_is_one_party() {
        let anyone = Client::from(Caller::Anyone);
        let party = |address: &str| anyone.party_at(address.parse().ok());
        assert_eq!(party("2001:db8::1"), party("2001:db8::2"));
        assert_ne!(party("2001:db8::1"), party("2001:db8:0:1::1"));
        assert_ne!(party("192.0.2.1"), party("192.0.2.2"));
    }

    #[test]
    fn each_limit_holds_at_its_boundary_and_places_come_back() {
        let connections = Connections::new("test", 3, 2);
        let party = |name: &str| ClientKey::new(name.to_owned());
        let first = connections.admit(&party("a")).unwrap();
        let _second = connections.admit(&party("a")).unwrap();
        assert_eq!(
            connections.admit(&party("a")).unwrap_err(),
            TooMany::OfThisParty
        );
        let third = connections.admit(&party("b")).unwrap();
        assert_eq!(connections.admit(&party("c")).unwrap_err(), TooMany::InAll);
        drop(third);
        assert_eq!(
            connections.admit(&party("a")).unwrap_err(),
            TooMany::OfThisParty
        );
        drop(first);
        let _again = connections.admit(&party("a")).unwrap();
        assert_eq!(connections.places.held(), 2);
    }

    #[test]
    fn a_key_with_a_share_leaves_connections_to_others() {
        let connections = Connections::new("test", 4, 4);
        let half = |name: &str| ClientKey::new(name.to_owned()).with_max_percent(50);
        let _held = [(); 2].map(|()| connections.admit(&half("a")).unwrap());
        assert_eq!(
            connections.admit(&half("a")).unwrap_err(),
            TooMany::OfThisParty
        );
        assert!(connections.admit(&half("b")).is_ok());
    }
}
