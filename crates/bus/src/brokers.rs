//! Addresses of brokers.

use std::fmt;

/// The port of a broker where none is named.
const PORT: u16 = 9_092;

/// A list of brokers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brokers(Vec<Broker>);

/// One broker: a host and a port, and nothing secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broker {
    host: String,
    port: u16,
}

impl Brokers {
    /// Reads a list with commas between.
    ///
    /// # Errors
    /// All errors in it. What is in the position of a user or a password is not
    /// repeated.
    pub fn parse(list: &str) -> Result<Self, Vec<String>> {
        let mut brokers = Vec::new();
        let mut wrong = Vec::new();
        for (index, entry) in list.split(',').map(str::trim).enumerate() {
            match Broker::parse(entry) {
                Ok(broker) => brokers.push(broker),
                Err(why) => wrong.push(format!("number {} {why}", index + 1)),
            }
        }
        if wrong.is_empty() {
            Ok(Self(brokers))
        } else {
            Err(wrong)
        }
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Broker> {
        self.0.iter()
    }
}

impl fmt::Display for Brokers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, broker) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{broker}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl Broker {
    fn parse(entry: &str) -> Result<Self, &'static str> {
        if entry.is_empty() {
            return Err("is empty");
        }
        if entry.contains('@') {
            return Err("must not hold a user or password");
        }
        if entry.contains("://") {
            return Err("must be host:port, without a scheme");
        }
        let (host, port) = if let Some(rest) = entry.strip_prefix('[') {
            let (host, after) = rest.split_once(']').ok_or("lacks a closing bracket")?;
            let v6 = host.parse::<std::net::Ipv6Addr>();
            v6.map_err(|_| "has no IPv6 address in its brackets")?;
            let port = match after {
                "" => None,
                _ => Some(after.strip_prefix(':').ok_or("must be [address]:port")?),
            };
            (host, port)
        } else if entry.parse::<std::net::Ipv6Addr>().is_ok() {
            (entry, None)
        } else if let Some((host, port)) = entry.split_once(':') {
            (host, Some(port))
        } else {
            (entry, None)
        };
        let named = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        if host.is_empty() || !(host.contains(':') || host.chars().all(named)) {
            return Err("must begin with the name or address of a host");
        }
        let port = match port {
            None => PORT,
            Some(port) if port.bytes().all(|b| b.is_ascii_digit()) => {
                port.parse().ok().filter(|port| *port > 0).ok_or(BAD_PORT)?
            }
            Some(_) => return Err(BAD_PORT),
        };
        let host = host.to_owned();
        Ok(Self { host, port })
    }
}

const BAD_PORT: &str = "must have a port from 1 to 65535";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_brokers_and_ipv6() {
        let read = |list: &str| Brokers::parse(list).unwrap().to_string();
        assert_eq!(read("localhost"), "localhost:9092");
        assert_eq!(
            read("a.example:1, [::1]:65535 ,10.0.0.1:9,::1,[fe80::1]"),
            "a.example:1,[::1]:65535,10.0.0.1:9,[::1]:9092,[fe80::1]:9092"
        );
    }

    #[test]
    fn invalid_addresses_are_refused() {
        for list in [
            "",
            "a,,b",
            "a:0",
            "a:65536",
            "a:x",
            "a:",
            ":9092",
            "a:+1",
            "[::1",
            "[::1]9092",
            "[a]:1",
            "a b:1",
            "PLAINTEXT://a:1",
            "user:secret@a:1",
            "a:1:2",
            "a/b:1",
        ] {
            let wrong = Brokers::parse(list).expect_err(list);
            assert_eq!(wrong.len(), 1, "{list}");
            assert!(!wrong[0].contains("secret"));
        }
        assert_eq!(Brokers::parse("a:0,b,c:0").unwrap_err().len(), 2);
    }
}
