//! Accepting connections, and a graceful shutdown.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::accept::AcceptErrors;
use crate::address::Networks;
use crate::connection::Service;
use crate::connection_limit::{self, ConnectionLimit};
use crate::descriptors::Budget;
use crate::event;
use crate::metric::{self, GaugeGuard, names};
use crate::reserve::Reserve;

/// The limits of a listener's connections.
#[derive(Clone, Debug)]
pub struct ConnectionLimits {
    /// Open connections, at least 1. Beyond them only health endpoints are served.
    pub connections: usize,
    /// Open connections of one address; 0 means half of `connections`, after these were lowered to
    /// the limit of open files.
    pub connections_per_address: usize,
    /// Proxies, for which `connections_per_address` does not hold.
    pub proxies: Networks,
    /// How long a request's head may take to arrive, and a connection may be idle.
    pub head_timeout: Duration,
    /// How long a peer may acknowledge nothing while data waits to be sent.
    pub stall_timeout: Duration,
}

/// Serves connections until `stop`, then waits for open requests, for at most `grace`.
///
/// The limit of open files is raised to what the connections need, or their number is lowered to
/// what it allows. Requests have [`axum::extract::ConnectInfo`] of the peer's socket address and
/// [`crate::PeerProgress`] in their extensions.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: &ConnectionLimits,
    stop: CancellationToken,
    grace: Duration,
) {
    let budget = Budget::new(limits.connections);
    let per_address = match limits.connections_per_address {
        0 => (budget.connections / 2).max(1),
        some => some,
    };
    let limit = ConnectionLimit::new(budget.connections, per_address, limits.proxies.clone());
    let reserve = Reserve::new(budget.reserved);
    let service = Arc::new(Service {
        router,
        head_timeout: limits.head_timeout,
        stall_timeout: limits.stall_timeout,
    });
    let tasks = TaskTracker::new();
    let abort = CancellationToken::new();
    let mut errors = AcceptErrors::default();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tokio::time::sleep(errors.failed(&error)).await;
                continue;
            }
        };
        errors.accepted();
        let (service, abort) = (Arc::clone(&service), abort.clone());
        let open = GaugeGuard::new(names::CONNECTIONS);
        match limit.admit(peer.ip()) {
            Ok(slot) => {
                let serving = {
                    let stop = stop.clone();
                    async move { service.serve(stream, peer, (slot, open), stop).await }
                };
                tasks.spawn(abort.run_until_cancelled_owned(serving));
            }
            Err(reached) => {
                metric::over_limit(connection_limit::label(reached));
                let Some(reserved) = stop.run_until_cancelled(reserve.enter()).await else {
                    break;
                };
                let serving = async move {
                    let _open = open;
                    service
                        .serve_over_limit(stream, peer, reserved, reached)
                        .await;
                };
                tasks.spawn(abort.run_until_cancelled_owned(serving));
            }
        }
    }
    drop(listener);
    tasks.close();
    tracing::info!(event = event::STOPPING, connections = tasks.len());
    if tokio::time::timeout(grace, tasks.wait()).await.is_err() {
        tracing::warn!(event = event::GIVEN_UP, connections = tasks.len());
        abort.cancel();
        tasks.wait().await;
    }
}
