//! Addresses as they are counted, and networks as they are named in settings.

use std::net::{IpAddr, Ipv6Addr};

use ipnet::IpNet;

/// The address under which a peer is counted: an IPv4 address itself, also where it is mapped into
/// IPv6; of an IPv6 address the first 64 bits, which one machine or household has to itself.
pub fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) & (u128::MAX << 64);
            IpAddr::V6(Ipv6Addr::from(network))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// A list of addresses and networks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Reads addresses such as `10.0.0.7` and networks such as `10.0.0.0/8` or `fd00::/8`.
    ///
    /// # Errors
    /// The first text that is neither.
    pub fn parse(list: &[String]) -> Result<Self, String> {
        let network = |text: &String| {
            let text = text.trim();
            let network = text.parse::<IpNet>().ok();
            let address = || text.parse::<IpAddr>().map(IpNet::from).ok();
            network.or_else(address).ok_or_else(|| text.to_owned())
        };
        list.iter().map(network).collect::<Result<_, _>>().map(Self)
    }

    /// Whether an address is in one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn ipv6_is_counted_by_its_first_64_bits() {
        let of = |address: &str| network_of(address.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }

    #[test]
    fn networks_hold_their_addresses_and_no_others() {
        let list = ["10.0.0.0/8", "192.0.2.7", "fd00::/8"].map(String::from);
        let networks = Networks::parse(&list).unwrap();
        for (address, inside) in [
            ("10.1.2.3", true),
            ("::ffff:10.1.2.3", true),
            ("11.0.0.0", false),
            ("192.0.2.7", true),
            ("192.0.2.8", false),
            ("fd12::1", true),
            ("fe80::1", false),
        ] {
            assert_eq!(
                networks.contains(address.parse().unwrap()),
                inside,
                "{address}"
            );
        }
        for wrong in ["proxy.example", "10.0.0.0/33", "", "10.0.0.0:80"] {
            assert_eq!(Networks::parse(&[wrong.to_owned()]), Err(wrong.to_owned()));
        }
    }
}
