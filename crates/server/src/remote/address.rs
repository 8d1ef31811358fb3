//! Which addresses may be connected to: public ones of other hosts, at the ports of HTTP.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The ports that audio is fetched from: other ports of a public host belong to other protocols.
const ALLOWED_PORTS: [u16; 2] = [443, 80];

/// Networks that are not, of IPv4: address and length of the prefix (IANA's registry of special
/// purposes, <https://www.iana.org/assignments/iana-ipv4-special-registry>).
const SPECIAL_V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
    (Ipv4Addr::new(255, 255, 255, 255), 32),
];

/// The same within `2000::/3`, the only part of IPv6 that is public: protocols that carry IPv4 or
/// something else within (Teredo, 6to4, ORCHID), and documentation.
const SPECIAL_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Whether audio may be fetched from this address and port.
pub(super) fn is_allowed(address: SocketAddr) -> bool {
    ALLOWED_PORTS.contains(&address.port())
        && is_public(address.ip())
        && !is_own_interface(address.ip())
}

/// Whether a network interface of this machine has the address. A public one reaches services here
/// that a firewall may hide from others. Interfaces that cannot be listed count as having it.
fn is_own_interface(address: IpAddr) -> bool {
    if_addrs::get_if_addrs().map_or(true, |interfaces| {
        interfaces.iter().any(|interface| interface.ip() == address)
    })
}

/// Whether an address is on the public internet, and stands for no other.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let bits = address.to_bits();
            !SPECIAL_V4
                .iter()
                .any(|(net, length)| (bits ^ net.to_bits()) >> (32 - length) == 0)
        }
        // Mapped IPv4 (`::ffff:10.0.0.1`), NAT64, loopback, ULA, link-local and multicast all lie
        // outside 2000::/3.
        IpAddr::V6(address) => {
            let bits = address.to_bits();
            bits >> 125 == 1
                && !SPECIAL_V6
                    .iter()
                    .any(|(net, length)| (bits ^ net.to_bits()) >> (128 - length) == 0)
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
