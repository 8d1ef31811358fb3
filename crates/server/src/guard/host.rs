//! Protection against DNS rebinding: a page of somebody else whose name was made to point here
//! still sends its own name as Host.

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::http::uri::Authority;
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
        let name = without_port(&host);
        if self.names.contains(&host) || self.names.contains(name) || name == "localhost" {
            return true;
        }
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        bare.parse()
            .is_ok_and(|address: IpAddr| self.any_address || address.to_canonical().is_loopback())
    }
}

/// The name in `name:port`.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => {
            name
        }
        _ => host,
    }
}

/// Turns away requests that name another host.
pub(crate) async fn check_host(
    State(policy): State<HostPolicy>,
    request: Request,
    next: Next,
) -> Response {
    let host = request
        .headers()
        .get(HOST)
        .and_then(|host| host.to_str().ok());
    // Only a request without a Host header may name its host in its target.
    let host = host.or_else(|| request.uri().authority().map(Authority::as_str));
    match host {
        Some(host) if policy.allows(host) => next.run(request).await,
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
