//! One connection from its first byte to its last.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::ConnectInfo;
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Request, Response};
use axum::response::IntoResponse as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use mynah_admission::LimitReached;
use mynah_api::ErrorCode;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::error::ErrorResponse;
use crate::progress::PeerProgress;
use crate::reserve::Reserved;
use crate::socket::Socket;
use crate::stall::Stall;

/// The largest head of a request, in bytes. A larger one is answered with 431.
pub(crate) const MAX_HEAD_BYTES: usize = 64 << 10;

/// How long the head of a request may take to arrive on a connection beyond the limits.
const RESERVED_HEAD_TIMEOUT: Duration = Duration::from_secs(1);
/// How long such a connection may last: health endpoints that check engines take a while.
const RESERVED_TIMEOUT: Duration = Duration::from_secs(30);
/// The paths that are served there.
const HEALTH_PATHS: [&str; 3] = ["/livez", "/readyz", "/startupz"];
/// How much of the body of a request is read before it is refused there: a client that is still
/// sending would see a broken connection and not the response.
const MAX_REFUSED_BODY_BYTES: usize = 64 << 10;

/// What serves a connection.
pub(crate) struct Service {
    pub(crate) router: Router,
    pub(crate) head_timeout: Duration,
    pub(crate) stall_timeout: Duration,
}

impl Service {
    fn builder(&self, head_timeout: Duration) -> http1::Builder {
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .max_buf_size(MAX_HEAD_BYTES)
            .max_header_size(MAX_HEAD_BYTES)
            .header_read_timeout(head_timeout.min(self.head_timeout));
        builder
    }

    /// Serves a connection within the limits.
    pub(crate) async fn serve<P: Send + Sync + Unpin + 'static>(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        slot: P,
        stop: CancellationToken,
    ) {
        let socket = Socket::new(stream, slot);
        let progress = socket.progress();
        let router = self.router.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            router
                .clone()
                .oneshot(prepared(request, peer, progress.clone()))
        });
        let connection = self
            .builder(self.head_timeout)
            .serve_connection(
                TokioIo::new(Stall::new(socket, self.stall_timeout)),
                service,
            )
            .with_upgrades();
        let mut connection = pin!(connection);
        // Errors here are clients that disconnected.
        tokio::select! {
            _ = connection.as_mut() => return,
            () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
        }
        let _ = connection.await;
    }

    /// Serves one request on a connection over a limit: a health endpoint is served, all else is
    /// refused.
    pub(crate) async fn serve_over_limit(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        reserved: Reserved,
        reached: LimitReached,
    ) {
        let evicted = reserved.evicted();
        let on_head = Arc::new(reserved.on_head());
        let socket = Socket::new(stream, reserved);
        let progress = socket.progress();
        let retry_after = self.head_timeout;
        let service = service_fn(move |request: Request<Incoming>| {
            on_head();
            let router = self.router.clone();
            let progress = progress.clone();
            async move {
                if HEALTH_PATHS.contains(&request.uri().path()) {
                    router.oneshot(prepared(request, peer, progress)).await
                } else {
                    discard(request.into_body()).await;
                    Ok::<_, Infallible>(refusal(reached, retry_after))
                }
            }
        });
        let connection = self
            .builder(RESERVED_HEAD_TIMEOUT)
            .keep_alive(false)
            .serve_connection(
                TokioIo::new(Stall::new(socket, self.stall_timeout)),
                service,
            );
        let connection = tokio::time::timeout(RESERVED_TIMEOUT, connection);
        evicted.run_until_cancelled(connection).await;
    }
}

/// A request as the router takes it.
fn prepared(request: Request<Incoming>, peer: SocketAddr, progress: PeerProgress) -> Request<Body> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    request.extensions_mut().insert(progress);
    request
}

/// Reads the rest of a small body.
async fn discard(body: Incoming) {
    let mut body = Body::new(body);
    let mut left = MAX_REFUSED_BODY_BYTES;
    let reading = async {
        let next = |body: &mut Body, context: &mut std::task::Context<'_>| {
            std::pin::Pin::new(body).poll_frame(context)
        };
        while let Some(Ok(frame)) = std::future::poll_fn(|context| next(&mut body, context)).await {
            let bytes = frame.data_ref().map_or(0, axum::body::Bytes::len);
            left = left.saturating_sub(bytes);
            if left == 0 {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(RESERVED_HEAD_TIMEOUT, reading).await;
}

/// The response to a request on a connection over a limit. An idle connection is closed after the
/// time for a head, so by then there may be a slot.
fn refusal(reached: LimitReached, retry_after: Duration) -> Response<Body> {
    let (code, message) = match reached {
        LimitReached::Total => (
            ErrorCode::Overloaded,
            "the server has no free connection; retry after the time in Retry-After",
        ),
        LimitReached::Client => (
            ErrorCode::RateLimited,
            "your address has too many connections; close some, or reuse them",
        ),
    };
    let mut response = ErrorResponse::new(code, message)
        .retry_after(Some(retry_after))
        .into_response();
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
