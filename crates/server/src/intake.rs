//! Bodies from outside, within their limits of bytes and time.

use std::time::Duration;

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::LimitSettings;
use crate::error::ApiError;
use crate::form::Form;
use crate::limit::Arrival;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use futures_util::StreamExt as _;
use hyper::body::{Frame, SizeHint};

/// A JSON body of at most `most` bytes, not yet parsed. Its bytes count as `arrival` does.
pub(crate) async fn json(
    request: Request,
    limits: &LimitSettings,
    most: usize,
    arrival: &Arrival,
) -> Result<Bytes, ApiError> {
    if !is_json(request.headers()) {
        return Err(ApiError::MediaType("application/json"));
    }
    arrived(limits, arrival, bytes(request, most, arrival)).await
}

/// A form whose upload is the field `file`, of at most `most` bytes, and whose other fields have at
/// most `most_text`. Its bytes count as `arrival` does.
pub(crate) async fn form(
    request: Request,
    limits: &LimitSettings,
    (file, most, most_text): (&'static str, usize, usize),
    arrival: &Arrival,
) -> Result<Form, ApiError> {
    let request = counted(request, arrival);
    arrived(limits, arrival, Form::read(request, file, most, most_text)).await
}

/// Waits for a body, but not for ever, and refuses one for which there was no room.
async fn arrived<T>(
    limits: &LimitSettings,
    arrival: &Arrival,
    reading: impl Future<Output = Result<T, ApiError>>,
) -> Result<T, ApiError> {
    let time = Duration::from_secs(limits.body_seconds);
    let read = tokio::time::timeout(time, reading).await;
    if let Some(wait) = arrival.refused() {
        return Err(ApiError::Arriving(wait));
    }
    read.unwrap_or(Err(ApiError::TooSlow(time)))
}

/// The same request, whose body counts while it arrives.
fn counted(request: Request, arrival: &Arrival) -> Request {
    let arrival = arrival.clone();
    request.map(|body| {
        Body::new(Counted {
            body,
            arrival,
            is_refused: false,
        })
    })
}

/// A body that counts. When there is no room for more of it the rest is read to its end and thrown
/// away, as in [`bytes`], and then it fails.
struct Counted {
    body: Body,
    arrival: Arrival,
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
                    return Poll::Ready(Some(Err(axum::Error::new(NoRoom))));
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

/// Why a body was not read to its end: see [`ApiError::Arriving`], which is what callers get.
#[derive(Debug, thiserror::Error)]
#[error("there is no room for this body")]
struct NoRoom;

/// A whole body. One that is too large by less than its limit is read to its end and thrown away:
/// a caller who is still sending would see a broken connection and not the answer.
async fn bytes(request: Request, most: usize, arrival: &Arrival) -> Result<Bytes, ApiError> {
    let body = request.into_body();
    let readable = most.saturating_mul(2);
    if body.size_hint().lower() > readable as u64 {
        return Err(ApiError::TooLarge(most));
    }
    let (mut whole, mut sent, mut is_kept) = (Vec::new(), 0, true);
    let mut parts = body.into_data_stream();
    while let Some(part) = parts.next().await {
        let part = part.map_err(|_| ApiError::Body)?;
        sent += part.len();
        if sent > readable {
            return Err(ApiError::TooLarge(most));
        }
        is_kept = is_kept && sent <= most && arrival.add(part.len());
        if is_kept {
            whole.extend_from_slice(&part);
        } else {
            whole = Vec::new();
        }
    }
    if sent > most {
        return Err(ApiError::TooLarge(most));
    }
    Ok(whole.into())
}

/// Whether a body is said to be a form.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    kind(headers) == "multipart/form-data"
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = kind(headers);
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// The type of a body without its parameters, in lower case.
fn kind(headers: &HeaderMap) -> String {
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
    fn json_is_known_by_its_type() {
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
