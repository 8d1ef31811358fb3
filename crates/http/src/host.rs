//! Protection against DNS rebinding: a page of another site whose name was made to resolve to this
//! server still sends its own name as Host.

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use mynah_api::ErrorCode;
use mynah_auth::is_loopback;

use crate::error::ErrorResponse;

/// The hosts that a server serves. Cheap to clone.
#[derive(Clone, Debug)]
pub struct HostPolicy {
    names: Arc<HashSet<String>>,
    /// An address is not subject to rebinding, but a listener on loopback has only loopback ones.
    allows_any_address: bool,
}

impl HostPolicy {
    /// The hosts of a listener at `listen`: these names, with or without a port, `localhost`, and
    /// bare addresses.
    pub fn new(listen: SocketAddr, hosts: &[String]) -> Self {
        let names = hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
        Self {
            names: Arc::new(names),
            allows_any_address: !is_loopback(listen),
        }
    }

    /// Whether a Host header, or the authority of a target, names this server.
    pub fn allows(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let Some(name) = host_name(&host) else {
            return false;
        };
        if self.names.contains(&host) || self.names.contains(&name) || name == "localhost" {
            return true;
        }
        let bare = name
            .strip_prefix('[')
            .and_then(|name| name.strip_suffix(']'));
        let address = match bare {
            Some(bare) => bare.parse().map(IpAddr::V6),
            None => name.parse().map(IpAddr::V4),
        };
        address.is_ok_and(|address| self.allows_any_address || address.to_canonical().is_loopback())
    }
}

/// The name in `name:port`, without the dot that may end a fully qualified name; none if it is not
/// a host and an optional port.
fn host_name(host: &str) -> Option<String> {
    let authority = host.parse::<Authority>().ok()?;
    let name = authority.host();
    // No user information, and nothing but a port after the host.
    let rest = host.strip_prefix(name)?;
    let has_port = rest == ":"
        || authority
            .port()
            .is_some_and(|port| rest[1..] == *port.as_str());
    if !rest.is_empty() && !has_port {
        return None;
    }
    let is_name = name.bytes().any(|byte| byte.is_ascii_alphabetic());
    let name = match name.strip_suffix('.') {
        Some(relative) if is_name => relative,
        _ => name,
    };
    Some(name.to_owned())
}

/// Refuses requests that name another host, or more than one.
pub(crate) async fn check_host(
    State(policy): State<Option<HostPolicy>>,
    request: Request,
    next: Next,
) -> Response {
    let Some(policy) = policy else {
        return next.run(request).await;
    };
    let mut sent = request.headers().get_all(HOST).iter();
    let host = sent.next();
    if sent.next().is_some() {
        let message = "a request has one Host header; send one";
        return ErrorResponse::new(ErrorCode::BadRequest, message).into_response();
    }
    let named = host.map(|host| host.to_str().is_ok_and(|host| policy.allows(host)));
    // A target may name a host as well, and takes precedence over the header (RFC 9112, 3.2.2):
    // both must name this server.
    let target = request.uri().authority();
    let target = target.map(|target| policy.allows(target.as_str()));
    match (named, target) {
        (Some(true), None | Some(true)) | (None, Some(true)) => next.run(request).await,
        _ => {
            let message = "this server is not known by the Host that was sent; the operator can \
                           add it to the setting `hosts`";
            ErrorResponse::new(ErrorCode::HostNotAllowed, message).into_response()
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn policy(listen: &str) -> HostPolicy {
        HostPolicy::new(
            listen.parse().unwrap(),
            &["Studio.example".into(), "tts.example:8443".into()],
        )
    }

    #[test]
    fn on_loopback_only_its_own_names_are_allowed() {
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
    fn beyond_loopback_any_bare_address_is_allowed() {
        let policy = policy("0.0.0.0:8080");
        assert!(policy.allows("192.168.1.2:8080") && policy.allows("[2001:db8::1]:8080"));
        assert!(!policy.allows("evil.example"));
    }
}
