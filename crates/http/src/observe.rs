//! Every request has an id, a log line and metrics.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use mynah_api::limits::REQUEST_ID_BYTES;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::metric::{self, GaugeGuard, names};

/// The header with the id of a request, in requests and responses.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Identifies, times, logs and counts a request.
pub(crate) async fn observe(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let in_flight = GaugeGuard::new(names::IN_FLIGHT);
    let id = request
        .headers()
        .get(&REQUEST_ID)
        .filter(|id| is_valid_id(id))
        .cloned();
    let id = id.unwrap_or_else(new_id);
    request.headers_mut().insert(REQUEST_ID, id.clone());

    // The route and not the path: paths can hold private data.
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("none", MatchedPath::as_str).to_owned();
    let method = method_label(request.method());
    let span = tracing::info_span!("request", id = id.to_str().unwrap_or_default());

    let mut response = next.run(request).instrument(span.clone()).await;
    let took = started.elapsed();
    let status = response.status().as_u16();
    span.in_scope(|| {
        let ms = took.as_secs_f64() * 1000.0;
        tracing::info!(event = crate::event::REQUEST, method, route, status, ms);
    });
    metric::responded(method, route, status, took);
    response.headers_mut().insert(REQUEST_ID, id);
    // Later log lines of a stream belong to the same request, which ends with its body.
    response.map(|body| {
        Body::new(InSpan {
            body,
            span,
            _in_flight: in_flight,
        })
    })
}

/// A body that is polled within its request's span, and counted until it ends.
struct InSpan {
    body: Body,
    span: tracing::Span,
    _in_flight: GaugeGuard,
}

impl HttpBody for InSpan {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        let _entered = this.span.enter();
        Pin::new(&mut this.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Whether an id from a client is safe in a log and a header.
fn is_valid_id(id: &HeaderValue) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    (1..=REQUEST_ID_BYTES).contains(&id.len()) && id.as_bytes().iter().all(plain)
}

fn new_id() -> HeaderValue {
    let id = Uuid::new_v4().simple().to_string();
    HeaderValue::try_from(id).unwrap_or(HeaderValue::from_static("unknown"))
}

/// The method in logs and metrics, from a closed set: clients can send others.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn only_plain_ids_are_accepted() {
        let is_valid = |id: &str| is_valid_id(&HeaderValue::from_str(id).unwrap());
        assert!(is_valid("a") && is_valid("req_2f-9.B") && is_valid(&"x".repeat(128)));
        for wrong in ["", "a b", "a\"b", "é", "<x>", &"x".repeat(129)] {
            assert!(!is_valid(wrong), "{wrong}");
        }
    }
}
