//! Protection against DNS rebinding: a page of somebody else whose name was made to point here
//! still sends its own name as Host.

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::exposure::is_local;
use crate::error::ApiError;

/// The hosts that this server answers to.
#[derive(Clone)]
pub(crate) struct HostPolicy {
    names: Arc<HashSet<String>>,
    /// A bare address cannot be rebound, but on loopback only its own makes sense.
    any_address: bool,
}

impl HostPolicy {
    pub(crate) fn new(listen: SocketAddr, hosts: &[String]) -> Self {
        let names = hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
        Self {
            names: Arc::new(names),
            any_address: !is_local(listen),
        }
    }

    /// Whether a Host header names this server.
    pub(crate) fn allows(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let Some(name) = name_of(&host) else {
            return false;
        };
        if self.names.contains(&host) || self.names.contains(name) || name == "localhost" {
            return true;
        }
        let bare = name
            .strip_prefix('[')
            .and_then(|name| name.strip_suffix(']'));
        let address = match bare {
            Some(bare) => bare.parse().map(IpAddr::V6),
            None => name.parse().map(IpAddr::V4),
        };
        address.is_ok_and(|address| self.any_address || address.to_canonical().is_loopback())
    }
}

/// The name in `name:port`, without the dot that may end a whole name; none where it is no host
/// as RFC 3986 writes one.
fn name_of(host: &str) -> Option<&str> {
    let end = if host.starts_with('[') {
        host.find(']')? + 1
    } else {
        host.find(':').unwrap_or(host.len())
    };
    let (name, rest) = host.split_at(end);
    if let Some(port) = rest.strip_prefix(':') {
        let number = port.bytes().all(|byte| byte.is_ascii_digit());
        if !number || (!port.is_empty() && port.parse::<u16>().is_err()) {
            return None;
        }
    } else if !rest.is_empty() {
        return None;
    }
    let is_name = name.bytes().any(|byte| byte.is_ascii_alphabetic());
    Some(match name.strip_suffix('.') {
        Some(whole) if is_name => whole,
        _ => name,
    })
}

/// Turns away requests that name another host, or more than one.
pub(crate) async fn check_host(
    State(policy): State<HostPolicy>,
    request: Request,
    next: Next,
) -> Response {
    let mut sent = request.headers().get_all(HOST).iter();
    let host = sent.next();
    if sent.next().is_some() {
        return ApiError::TwoHosts.into_response();
    }
    let named = host.map(|host| host.to_str().is_ok_and(|host| policy.allows(host)));
    // A target may name a host as well, and goes before the header (RFC 9112, 3.2.2): what either
    // of them names must be this server.
    let target = request.uri().authority();
    let target = target.map(|target| policy.allows(target.as_str()));
    match (named, target) {
        (Some(true), None | Some(true)) | (None, Some(true)) => next.run(request).await,
        _ => ApiError::Host.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(listen: &str) -> HostPolicy {
        HostPolicy::new(
            listen.parse().unwrap(),
            &["Studio.example".into(), "tts.example:8443".into()],
        )
    }

    #[test]
    fn on_loopback_only_its_own_names_are_heard() {
        let policy = policy("127.0.0.1:8080");
        for own in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1",
            "127.0.0.1:8080",
            "[::1]:8080",
            "[::1]",
            "studio.example",
            "studio.example:1",
            "tts.example:8443",
            "localhost.",
            "LocalHost.:8080",
            "studio.example.:443",
            "127.8.9.10:1",
            "[::ffff:127.0.0.1]",
            "localhost:",
        ] {
            assert!(policy.allows(own), "{own}");
        }
        for other in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "192.168.1.2",
            "tts.example",
            "0.0.0.0",
            "evil.example:8080",
            "evil.example.",
            "localhost..",
            "127.0.0.1.",
            "localhost:8080.evil.example",
            "localhost:99999",
            "localhost@evil.example",
            "evil.example@localhost",
            "[::1",
            "::1",
            "[::1]evil.example",
            "[::1]:x",
            "[127.0.0.1]",
            "[2001:db8::1]",
            "127.1",
            "0x7f.0.0.1",
            "localhost, evil.example",
            " localhost",
        ] {
            assert!(!policy.allows(other), "{other}");
        }
    }

    #[test]
    fn beyond_loopback_any_bare_address_is_heard() {
        let policy = policy("0.0.0.0:8080");
        assert!(policy.allows("192.168.1.2:8080") && policy.allows("[2001:db8::1]:8080"));
        assert!(!policy.allows("evil.example"));
    }
}
