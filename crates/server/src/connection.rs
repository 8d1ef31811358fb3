//! Connections: accepted, served, and ended in good order.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crate::LimitSettings;
use crate::event;
use crate::metric::{Present, names};
use crate::stall::Stall;

/// How long to wait after the system could not accept: it lacks file descriptors or memory, and
/// asking at once again would burn a core.
const BREATH: Duration = Duration::from_millis(50);

/// Serves connections until `stop`, then lets those at work finish, for at most `grace`.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: &LimitSettings,
    stop: CancellationToken,
    grace: Duration,
) {
    let places = Arc::new(Semaphore::new(limits.connections.max(1)));
    let tasks = TaskTracker::new();
    let give_up = CancellationToken::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let (stream, peer, place) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(event = event::ACCEPT, %error);
                tokio::time::sleep(BREATH).await;
                continue;
            }
        };
        let connection = connection(stream, peer, router.clone(), limits.clone(), stop.clone());
        let give_up = give_up.clone();
        tasks.spawn(async move {
            let _present = Present::new(names::CONNECTIONS);
            let _place = place;
            give_up.run_until_cancelled(connection).await;
        });
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

/// A connection, once there is a place for one.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places)
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, place))
}

/// One connection from its first byte to its last.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    limits: LimitSettings,
    stop: CancellationToken,
) {
    // Sound goes out in small pieces, and each is wanted now. Failing costs only time.
    let _ = stream.set_nodelay(true);
    let io = TokioIo::new(Stall::new(
        stream,
        Duration::from_secs(limits.stall_seconds),
    ));
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request.map(Body::new))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(limits.head_seconds))
        .serve_connection(io, service)
        .with_upgrades();
    let mut connection = pin!(connection);
    // How a connection ends is the caller's business: errors here are callers who left.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}
