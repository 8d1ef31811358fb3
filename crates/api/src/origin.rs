//! Which pages may use the interface. A browser names the page's origin with every WebSocket and
//! every request that changes something: without this rule any page on the web could use
//! a local server.

use std::net::IpAddr;
use std::sync::Arc;

use http::Uri;

/// The one rule of both servers: a page is allowed that the server itself or this machine served, or
/// whose origin the operator allowed. Cheap to clone.
///
/// A page of the server has the request's Host as its origin. A caller must also refuse foreign
/// Hosts, or DNS rebinding makes every page look like the server's own.
#[derive(Clone, Debug)]
pub struct Origins {
    allowed: Arc<[String]>,
}

impl Origins {
    /// The rule, with these origins allowed, each such as `https://example.org`.
    pub fn new(allowed: &[String]) -> Self {
        let plain = |origin: &String| origin.trim_end_matches('/').to_ascii_lowercase();
        Self {
            allowed: allowed.iter().map(plain).collect(),
        }
    }

    /// Whether a page of this origin may send a request to this Host.
    pub fn allows(&self, origin: &str, host: Option<&str>) -> bool {
        let origin = origin.to_ascii_lowercase();
        let named = origin
            .strip_prefix("http://")
            .or_else(|| origin.strip_prefix("https://"));
        let own = named
            .zip(host)
            .is_some_and(|(named, host)| named.eq_ignore_ascii_case(host));
        own || is_local(&origin) || self.allowed.contains(&origin)
    }
}

/// Whether a page was served by this machine: no other machine can serve one there.
fn is_local(origin: &str) -> bool {
    let Ok(uri) = origin.parse::<Uri>() else {
        return false;
    };
    let Some(host) = uri.host().filter(|_| uri.scheme().is_some()) else {
        return false;
    };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_and_allowed_pages_are_allowed() {
        let origins = Origins::new(&["https://Mynah.example/".into()]);
        for origin in [
            "http://localhost",
            "http://localhost:5173",
            "https://127.0.0.1:8080",
            "http://127.8.9.10",
            "http://[::1]:8080",
            "https://mynah.example",
            "https://MYNAH.example",
        ] {
            assert!(origins.allows(origin, None), "{origin}");
        }
        for origin in [
            "",
            "null",
            "localhost",
            "http://localhost.evil.example",
            "http://evil.example/localhost",
            "http://localhost@evil.example",
            "http://mynah.example",
            "https://mynah.example:444",
            "https://mynah.example.evil",
            "http://128.0.0.1",
            "file://",
        ] {
            assert!(!origins.allows(origin, None), "{origin}");
            assert!(
                !origins.allows(origin, Some("192.168.1.5:8080")),
                "{origin}"
            );
        }
    }

    #[test]
    fn a_page_of_the_server_is_allowed() {
        let origins = Origins::new(&[]);
        let host = Some("192.168.1.5:8080");
        assert!(origins.allows("http://192.168.1.5:8080", host));
        assert!(!origins.allows("http://192.168.1.5:8081", host));
        assert!(!origins.allows("192.168.1.5:8080", host));
        assert!(origins.allows("https://STUDIO.example", Some("studio.example")));
    }
}
