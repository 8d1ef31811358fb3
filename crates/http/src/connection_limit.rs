//! How many connections are open at once: in total, and of one address.

use std::net::IpAddr;

use mynah_admission::{ConcurrencyLimit, ConcurrencySlot, LimitReached};
use mynah_auth::Caller;

use crate::address::Networks;

/// Counts connections. Cheap to clone; clones count together.
#[derive(Clone)]
pub(crate) struct ConnectionLimit {
    limit: ConcurrencyLimit,
    max_per_address: usize,
    /// Proxies have no limit of their own, since they forward many clients.
    proxies: Networks,
}

/// The name of a limit in the metrics.
pub(crate) const fn label(reached: LimitReached) -> &'static str {
    match reached {
        LimitReached::Total => "all",
        LimitReached::Client => "address",
    }
}

impl ConnectionLimit {
    /// A limit in total and for each address but `proxies`.
    pub(crate) fn new(max: usize, max_per_address: usize, proxies: Networks) -> Self {
        Self {
            limit: ConcurrencyLimit::new(max),
            max_per_address,
            proxies,
        }
    }

    /// A slot for one more connection of a peer.
    pub(crate) fn admit(&self, peer: IpAddr) -> Result<ConcurrencySlot, LimitReached> {
        let client = Caller::at(peer).client_key();
        let max = if self.proxies.contains(peer) {
            usize::MAX
        } else {
            self.max_per_address
        };
        self.limit.try_acquire_within(&client, max)
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
    fn both_limits_hold_at_their_boundary_and_slots_are_freed() {
        let limit = ConnectionLimit::new(3, 2, Networks::default());
        let first = limit.admit(at("192.0.2.1")).unwrap();
        let _second = limit.admit(at("192.0.2.1")).unwrap();
        let refused = |address: &str| limit.admit(at(address)).err();
        assert_eq!(refused("192.0.2.1"), Some(LimitReached::Client));
        let third = limit.admit(at("192.0.2.2")).unwrap();
        assert_eq!(refused("192.0.2.3"), Some(LimitReached::Total));
        drop(third);
        assert_eq!(refused("192.0.2.1"), Some(LimitReached::Client));
        drop(first);
        assert_eq!(refused("192.0.2.1"), None);
        assert_eq!(limit.limit.held(), 1);
    }

    #[test]
    fn an_ipv6_network_is_one_address_and_proxies_are_exempt() {
        let proxies = Networks::parse(&["198.51.100.0/24".into()]).unwrap();
        let limit = ConnectionLimit::new(5, 1, proxies);
        let _first = limit.admit(at("2001:db8::1")).unwrap();
        let refused = limit.admit(at("2001:db8::2")).err();
        assert_eq!(refused, Some(LimitReached::Client));
        let proxied: Vec<_> = (0..5)
            .map_while(|_| limit.admit(at("198.51.100.7")).ok())
            .collect();
        assert_eq!(proxied.len(), 4, "the total limit holds for proxies too");
    }
}
