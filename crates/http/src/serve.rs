//! Accepting connections, and ending them in good order.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::accept::AcceptErrors;
use crate::address::Networks;
use crate::admission::Admission;
use crate::connection::Service;
use crate::descriptors::Budget;
use crate::event;
use crate::metric::{self, Present, names};
use crate::reserve::Reserve;

/// The bounds of a listener's connections.
#[derive(Clone, Debug)]
pub struct ConnectionLimits {
    /// Connections at the same time, 1 or more. Beyond them only health endpoints are answered.
    pub connections: usize,
    /// Connections of one address at the same time; 0 is half of `connections`, where these are
    /// lowered half of what they are lowered to.
    pub connections_per_address: usize,
    /// Addresses of which there may be any number.
    pub proxies: Networks,
    /// How long a request's head may take to arrive, and a connection may stay unused.
    pub head_timeout: Duration,
    /// How long a peer may acknowledge nothing while something waits to be sent.
    pub stall_timeout: Duration,
}

/// Serves connections until `stop`, then lets those at work finish, for at most `grace`.
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
    let budget = Budget::new(limits.connections.max(1));
    let per_address = match limits.connections_per_address {
        0 => (budget.connections / 2).max(1),
        some => some,
    };
    let admission = Admission::new(budget.connections, per_address, limits.proxies.clone());
    let reserve = Reserve::new(budget.reserved);
    let service = Arc::new(Service {
        router,
        head_timeout: limits.head_timeout,
        stall_timeout: limits.stall_timeout,
    });
    let tasks = TaskTracker::new();
    let give_up = CancellationToken::new();
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
        let (service, give_up) = (Arc::clone(&service), give_up.clone());
        let present = Present::new(names::CONNECTIONS);
        match admission.admit(peer.ip()) {
            Ok(place) => {
                let serving = {
                    let stop = stop.clone();
                    async move { service.serve(stream, peer, (place, present), stop).await }
                };
                tasks.spawn(give_up.run_until_cancelled_owned(serving));
            }
            Err(excess) => {
                metric::excess(excess.as_str());
                let Some(place) = stop.run_until_cancelled(reserve.enter()).await else {
                    break;
                };
                let serving = async move {
                    let _present = present;
                    service.serve_beyond(stream, peer, place, excess).await;
                };
                tasks.spawn(give_up.run_until_cancelled_owned(serving));
            }
        }
    }
    drop(listener);
    tasks.close();
    tracing::info!(event = event::STOPPING, connections = tasks.len());
    if tokio::time::timeout(grace, tasks.wait()).await.is_err() {
        tracing::warn!(event = event::GIVEN_UP, connections = tasks.len());
        give_up.cancel();
        tasks.wait().await;
    }
}
