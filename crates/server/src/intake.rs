//! Request bodies, read within their limits of bytes and time.

use std::time::Duration;

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::LimitSettings;
use crate::arriving_bodies::ArrivingBody;
use crate::error::ApiError;
use crate::form::{FORM_TYPE, Form};
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use futures_util::StreamExt as _;
use hyper::body::{Frame, SizeHint};

/// A JSON body of at most `max_bytes`, not yet parsed. Its bytes count in `arrival`.
pub(crate) async fn json(
    request: Request,
    limits: &LimitSettings,
    max_bytes: usize,
    arrival: &ArrivingBody,
) -> Result<Bytes, ApiError> {
    if !is_json(request.headers()) {
        return Err(ApiError::MediaType("application/json"));
    }
    arrived(limits, arrival, bytes(request, max_bytes, arrival)).await
}

/// A form whose upload is the field `file`, of at most `max_bytes`, and whose other fields have at
/// most `max_text_bytes`. Its bytes count in `arrival`.
pub(crate) async fn form(
    request: Request,
    limits: &LimitSettings,
    (file, max_bytes, max_text_bytes): (&'static str, usize, usize),
    arrival: &ArrivingBody,
) -> Result<Form, ApiError> {
    let request = counted(request, arrival);
    arrived(
        limits,
        arrival,
        Form::read(request, file, max_bytes, max_text_bytes),
    )
    .await
}

/// Waits for a body, up to its time limit, and refuses one that exceeded a limit of bytes.
async fn arrived<T>(
    limits: &LimitSettings,
    arrival: &ArrivingBody,
    reading: impl Future<Output = Result<T, ApiError>>,
) -> Result<T, ApiError> {
    let time = Duration::from_secs(limits.body_seconds);
    let read = tokio::time::timeout(time, reading).await;
    if let Some(wait) = arrival.refused() {
        return Err(ApiError::Arriving(wait));
    }
    read.unwrap_or(Err(ApiError::TooSlow(time)))
}

/// The same request with a body that counts while it arrives.
fn counted(request: Request, arrival: &ArrivingBody) -> Request {
    let arrival = arrival.clone();
    request.map(|body| {
        Body::new(Counted {
            body,
            arrival,
            is_refused: false,
        })
    })
}

/// A body that counts. Once it exceeds a limit, the rest is read and discarded, as in [`bytes`],
/// and then it fails.
struct Counted {
    body: Body,
    arrival: ArrivingBody,
    is_refused: bool,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        loop {
            let frame = match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => frame,
                None if std::mem::take(&mut self.is_refused) => {
                    return Poll::Ready(Some(Err(axum::Error::new(LimitExceeded))));
                }
                end => return Poll::Ready(end),
            };
            let bytes = frame.data_ref().map_or(0, Bytes::len);
            if !self.is_refused && self.arrival.add(bytes) {
                return Poll::Ready(Some(Ok(frame)));
            }
            self.is_refused = true;
        }
    }

    fn is_end_stream(&self) -> bool {
        !self.is_refused && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A body exceeded a limit of arriving bytes. Clients get [`ApiError::Arriving`].
#[derive(Debug, thiserror::Error)]
#[error("the limit of arriving bytes is exceeded")]
struct LimitExceeded;

/// A whole body. One that is too large by less than its limit is read to its end and discarded: a
/// client that is still sending would see a broken connection and not the response.
async fn bytes(
    request: Request,
    max_bytes: usize,
    arrival: &ArrivingBody,
) -> Result<Bytes, ApiError> {
    let body = request.into_body();
    let max_readable_bytes = max_bytes.saturating_mul(2);
    if body.size_hint().lower() > max_readable_bytes as u64 {
        return Err(ApiError::TooLarge(max_bytes));
    }
    let (mut whole, mut sent, mut is_kept) = (Vec::new(), 0, true);
    let mut parts = body.into_data_stream();
    while let Some(part) = parts.next().await {
        let part = part.map_err(|_| ApiError::Body)?;
        sent += part.len();
        if sent > max_readable_bytes {
            return Err(ApiError::TooLarge(max_bytes));
        }
        is_kept = is_kept && sent <= max_bytes && arrival.add(part.len());
        if is_kept {
            whole.extend_from_slice(&part);
        } else {
            whole = Vec::new();
        }
    }
    if sent > max_bytes {
        return Err(ApiError::TooLarge(max_bytes));
    }
    Ok(whole.into())
}

/// Whether a body is a form by its content type.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    media_type(headers) == FORM_TYPE
}

/// Whether a body is a file by its content type, or has none.
pub(crate) fn is_binary(headers: &HeaderMap) -> bool {
    let types = [
        "",
        "application/zip",
        "application/x-zip-compressed",
        "application/octet-stream",
    ];
    types.contains(&media_type(headers).as_str())
}

fn is_json(headers: &HeaderMap) -> bool {
    let media_type = media_type(headers);
    media_type == "application/json"
        || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}

/// The media type of a body without its parameters, in lower case.
fn media_type(headers: &HeaderMap) -> String {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    kind.split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_recognized_by_its_media_type() {
        let is = |kind: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, kind.parse().unwrap());
            is_json(&headers)
        };
        assert!(is("application/json") && is("Application/JSON; charset=utf-8"));
        assert!(is("application/merge-patch+json"));
        assert!(!is("text/plain") && !is("application/x-www-form-urlencoded") && !is(""));
        assert!(!is_json(&HeaderMap::new()) && !is_form(&HeaderMap::new()));
    }
}
