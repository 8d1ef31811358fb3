//! Addresses and networks in settings.

use std::net::IpAddr;

use ipnet::IpNet;

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

    /// Whether an address is in one of the networks.
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
    fn networks_contain_their_addresses_and_no_others() {
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
