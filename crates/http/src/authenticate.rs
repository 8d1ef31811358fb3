//! Authentication of requests: the bearer token, the peer's address, and the middleware.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Extensions, HeaderMap};
use axum::middleware::Next;
use axum::response::Response;
use headers::authorization::Bearer;
use headers::{Authorization, HeaderMapExt as _};
use mynah_auth::Authenticator;

use crate::error::ErrorResponse;
use crate::revocable_body::until_revoked;

/// Whether a route requires a key. There is no default: a route cannot be added without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessPolicy {
    /// No key and no limit: the response holds nothing private and costs next to nothing.
    Open,
    /// A key where keys are required; each request counts.
    Keyed,
}

/// The token in an `Authorization: Bearer` header.
pub fn bearer_token(headers: &HeaderMap) -> Option<String> {
    let Authorization(bearer) = headers.typed_get::<Authorization<Bearer>>()?;
    Some(bearer.token().trim_end().to_owned())
}

/// The address of the peer, from [`ConnectInfo`] in the extensions of a request. Clients of a
/// transport that provides none are counted together, under the unspecified address.
pub fn peer_address(extensions: &Extensions) -> IpAddr {
    extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| {
            peer.ip()
        })
}

/// Authenticates requests, and puts the [`mynah_auth::Principal`] into their extensions. A request
/// whose key is revoked ends, and so does the body of its response.
///
/// # Errors
/// Those of [`Authenticator::authenticate`].
pub async fn authenticate(
    State(authenticator): State<Authenticator>,
    mut request: Request,
    next: Next,
) -> Result<Response, ErrorResponse> {
    let token = bearer_token(request.headers());
    let peer = peer_address(request.extensions());
    let principal = authenticator.authenticate(token.as_deref(), peer)?;
    request.extensions_mut().insert(principal.clone());
    let response = tokio::select! {
        biased;
        error = principal.revoked() => return Err(error.into()),
        response = next.run(request) => response,
    };
    Ok(response.map(|body| until_revoked(body, principal)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use axum::http::header::AUTHORIZATION;

    use super::*;

    #[test]
    fn the_bearer_scheme_is_read_in_either_case() {
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, value.parse().unwrap());
            bearer_token(&headers)
        };
        assert_eq!(with("Bearer mynah-1").as_deref(), Some("mynah-1"));
        assert_eq!(with("bearer  mynah-1 ").as_deref(), Some("mynah-1"));
        assert_eq!(with("Basic mynah-1"), None);
        assert_eq!(with("Bearer"), None);
    }
}
