//! Who is counted as one.

use std::net::IpAddr;

use mynah_http::network_of;

use crate::keys::KeyId;

/// Whoever limits are counted for: the owner of a key, or an address where no key is needed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// The holder of this key.
    Key(KeyId),
    /// Whoever is at this address. For IPv6 the first 64 bits: one household or machine.
    Address(IpAddr),
}

impl Caller {
    /// Whoever is at an address.
    pub fn at(address: IpAddr) -> Self {
        Self::Address(network_of(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_household_is_one_caller() {
        let at = |address: &str| Caller::at(address.parse().unwrap());
        assert_eq!(at("2001:db8::1"), at("2001:db8::2"));
        assert_ne!(at("2001:db8::1"), at("2001:db8:0:1::1"));
        assert_ne!(at("192.0.2.1"), at("192.0.2.2"));
        assert_eq!(at("::ffff:192.0.2.1"), at("192.0.2.1"));
    }
}
