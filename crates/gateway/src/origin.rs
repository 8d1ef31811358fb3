//! Which pages may connect. A browser sends the page's origin with every WebSocket, and asks
//! nobody else: without this check any page on the web could listen through a local server.

use std::net::IpAddr;

use axum::http::Uri;

/// Whether a page of this origin may connect: one on a loopback host, or one that is allowed.
pub(crate) fn may_connect(origin: &str, allowed: &[String]) -> bool {
    allowed.iter().any(|allowed| allowed == origin) || is_loopback(origin)
}

fn is_loopback(origin: &str) -> bool {
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
    fn loopback_and_allowed_origins_may_connect() {
        let allowed = ["https://mynah.example".to_owned()];
        for origin in [
            "http://localhost",
            "http://localhost:5173",
            "https://127.0.0.1:8080",
            "http://127.8.9.10",
            "http://[::1]:8080",
            "https://mynah.example",
        ] {
            assert!(may_connect(origin, &allowed), "{origin}");
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
            assert!(!may_connect(origin, &allowed), "{origin}");
        }
    }
}
