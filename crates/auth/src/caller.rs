//! The client that limits are counted for.

use std::net::IpAddr;

use ipnet::Ipv6Net;
use mynah_admission::ClientKey;

use crate::KeyId;

/// The bits of an IPv6 address that identify one site: its last 64 bits are chosen by the machine.
const IPV6_SITE_BITS: u8 = 64;

/// The client that limits are counted for: the owner of a key, or an address where no key is
/// needed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// The owner of this key.
    Key(KeyId),
    /// The clients at this address, of IPv6 those of its /64.
    Address(IpAddr),
}

impl Caller {
    /// The clients at an address.
    pub fn at(address: IpAddr) -> Self {
        Self::Address(network_of(address))
    }

    /// The key under which the work of this client is counted.
    pub fn client_key(&self) -> ClientKey {
        match self {
            Self::Key(id) => ClientKey::new(format!("key:{id}")),
            Self::Address(address) => ClientKey::new(format!("address:{address}")),
        }
    }

    /// The id of the key; none for an address.
    pub fn key_id(&self) -> Option<&KeyId> {
        match self {
            Self::Key(id) => Some(id),
            Self::Address(_) => None,
        }
    }
}

/// The address under which a peer is counted: an IPv4 address itself, also where it is mapped into
/// IPv6; of an IPv6 address its /64, which one machine or site has to itself.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = Ipv6Net::new(address, IPV6_SITE_BITS);
            network.map_or(IpAddr::V6(address), |network| network.network().into())
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv6_is_counted_by_its_first_64_bits() {
        let at = |address: &str| Caller::at(address.parse().unwrap());
        assert_eq!(at("2001:db8::1"), at("2001:db8::2"));
        assert_ne!(at("2001:db8::1"), at("2001:db8:0:1::1"));
        assert_ne!(at("192.0.2.1"), at("192.0.2.2"));
        assert_eq!(at("::ffff:192.0.2.1"), at("192.0.2.1"));
    }
}
