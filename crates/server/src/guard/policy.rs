//! What each route asks of its callers.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::revocable::until_revoked;
use super::{Authenticator, bearer};
use crate::error::ApiError;

/// A route's decision about keys. There is no default: a route cannot be added without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    /// Anybody: it tells nothing about anybody and costs next to nothing.
    Open,
    /// Whoever has a key, where keys are needed; and each request counts.
    Keyed,
}

/// Lets through the requests that the gate lets in, and tells the handler who sent them. A request
/// whose key is revoked ends, whatever it waits for, and so does the body of its answer.
pub(crate) async fn ask_for_key(
    State(authenticator): State<Authenticator>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let principal = authenticator.enter(bearer(request.headers()), peer.ip())?;
    request.extensions_mut().insert(principal.clone());
    let response = tokio::select! {
        biased;
        refusal = principal.revoked() => return Err(refusal.into()),
        response = next.run(request) => response,
    };
    Ok(response.map(|body| until_revoked(body, principal)))
}
