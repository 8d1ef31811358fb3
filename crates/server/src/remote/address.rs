//! The addresses that may be connected to: public ones of other hosts, at the ports of HTTP.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ipnet::{Ipv4Net, Ipv6Net};

/// The ports of HTTP: other ports of a public host belong to other protocols.
const ALLOWED_PORTS: [u16; 2] = [443, 80];

/// Networks that are not public, of IPv4 (IANA's registry of special purposes,
/// <https://www.iana.org/assignments/iana-ipv4-special-registry>).
const SPECIAL_V4: [Ipv4Net; 16] = [
    v4([0, 0, 0, 0], 8),
    v4([10, 0, 0, 0], 8),
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    v4([169, 254, 0, 0], 16),
    v4([172, 16, 0, 0], 12),
    v4([192, 0, 0, 0], 24),
    v4([192, 0, 2, 0], 24),
    v4([192, 88, 99, 0], 24),
    v4([192, 168, 0, 0], 16),
    v4([198, 18, 0, 0], 15),
    v4([198, 51, 100, 0], 24),
    v4([203, 0, 113, 0], 24),
    v4([224, 0, 0, 0], 4),
    v4([240, 0, 0, 0], 4),
    v4([255, 255, 255, 255], 32),
];

/// The only part of IPv6 that is public.
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

/// Networks within it that are not public: protocols that carry IPv4 or something else within
/// (Teredo, 6to4, ORCHID), and documentation.
const SPECIAL_V6: [Ipv6Net; 4] = [
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),
    v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16),
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
];

const fn v4([a, b, c, d]: [u8; 4], prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6([a, b, c, d, e, f, g, h]: [u16; 8], prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), prefix)
}

/// Whether audio may be fetched from this address and port.
pub(super) fn is_allowed(address: SocketAddr) -> bool {
    ALLOWED_PORTS.contains(&address.port())
        && is_public(address.ip())
        && !is_own_interface(address.ip())
}

/// Whether a network interface of this machine has the address. A public one reaches local services
/// that a firewall may protect from other hosts. If the interfaces cannot be listed, the address
/// counts as their own.
fn is_own_interface(address: IpAddr) -> bool {
    if_addrs::get_if_addrs().map_or(true, |interfaces| {
        interfaces.iter().any(|interface| interface.ip() == address)
    })
}

/// Whether an address is on the public internet, and stands for no other.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL_V4.iter().any(|network| network.contains(&address)),
        // Mapped IPv4 (`::ffff:10.0.0.1`), NAT64, loopback, ULA, link-local and multicast all lie
        // outside 2000::/3.
        IpAddr::V6(address) => {
            GLOBAL_V6.contains(&address)
                && !SPECIAL_V6.iter().any(|network| network.contains(&address))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ports_of_http_are_allowed() {
        for (port, allowed) in [
            (443, true),
            (80, true),
            (0, false),
            (22, false),
            (25, false),
            (444, false),
            (6379, false),
            (8080, false),
            (8443, false),
        ] {
            assert_eq!(
                is_allowed(SocketAddr::from(([1, 1, 1, 1], port))),
                allowed,
                "{port}"
            );
        }
        assert!(!is_allowed(SocketAddr::from(([10, 0, 0, 1], 443))));
    }

    #[test]
    fn addresses_of_own_interfaces_are_found() {
        for interface in if_addrs::get_if_addrs().unwrap() {
            assert!(is_own_interface(interface.ip()), "{interface:?}");
        }
        assert!(!is_own_interface(Ipv4Addr::new(1, 1, 1, 1).into()));
    }

    #[test]
    fn only_public_addresses_are_public() {
        for private in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:8.8.8.8",
            "::ffff:127.0.0.1",
            "::8.8.8.8",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:a00:1::",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "192.169.0.0",
            "223.255.255.255",
            "2001:200::1",
            "2606:4700:4700::1111",
            "2a00:1450::1",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }
}
