//! Every request has a name, a line in the log, and a place in the metrics.

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

use crate::metric::{self, Present, names};

/// The header that carries a request's name in and out.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Names, times, logs and counts a request.
pub(crate) async fn observe(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let present = Present::new(names::IN_FLIGHT);
    let id = request
        .headers()
        .get(&REQUEST_ID)
        .filter(|id| is_sound(id))
        .cloned();
    let id = id.unwrap_or_else(fresh);
    request.headers_mut().insert(REQUEST_ID, id.clone());

    // The route and not the path: what callers put into paths stays with them.
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("none", MatchedPath::as_str).to_owned();
    let method = known(request.method());
    let span = tracing::info_span!("request", id = id.to_str().unwrap_or_default());

    let mut response = next.run(request).instrument(span.clone()).await;
    let took = started.elapsed();
    let status = response.status().as_u16();
    span.in_scope(|| {
        let ms = took.as_secs_f64() * 1000.0;
        tracing::info!(event = crate::event::REQUEST, method, route, status, ms);
    });
    metric::answered(method, route, status, took);
    response.headers_mut().insert(REQUEST_ID, id);
    // What a stream logs later belongs to the same request, which ends with its body.
    response.map(|body| {
        Body::new(InSpan {
            body,
            span,
            _present: present,
        })
    })
}

/// A body that is polled within its request's span, and counted until it ends.
struct InSpan {
    body: Body,
    span: tracing::Span,
    _present: Present,
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

/// Whether a caller's name for its request can stand in a log and a header.
fn is_sound(id: &HeaderValue) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    (1..=REQUEST_ID_BYTES).contains(&id.len()) && id.as_bytes().iter().all(plain)
}

fn fresh() -> HeaderValue {
    let id = Uuid::new_v4().simple().to_string();
    HeaderValue::try_from(id).unwrap_or(HeaderValue::from_static("unnamed"))
}

/// The methods that the log and the metrics tell apart: callers can invent others.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_taken_over() {
        let sound = |id: &str| is_sound(&HeaderValue::from_str(id).unwrap());
        assert!(sound("a") && sound("req_2f-9.B") && sound(&"x".repeat(128)));
        for wrong in ["", "a b", "a\"b", "é", "<x>", &"x".repeat(129)] {
            assert!(!sound(wrong), "{wrong}");
        }
    }
}
