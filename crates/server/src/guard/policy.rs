//! What each route asks of its callers.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::{Gate, bearer};
use crate::error::ApiError;

/// A route's decision about keys. There is no default: a route cannot be added without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    /// Anybody: it tells nothing about anybody and costs next to nothing.
    Open,
    /// Whoever has a key, where keys are needed; and each request counts.
    Keyed,
}

/// Lets through whoever the gate lets in, and tells the handler who it is.
pub(crate) async fn ask_for_key(
    State(gate): State<Gate>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let visitor = gate.enter(bearer(request.headers()), peer.ip())?;
    request.extensions_mut().insert(visitor);
    Ok(next.run(request).await)
}
