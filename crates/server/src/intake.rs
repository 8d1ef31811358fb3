//! Bodies from outside, within their limits of bytes and time.

use std::time::Duration;

use crate::LimitSettings;
use crate::error::ApiError;
use crate::limit::{UploadPlace, Uploads};
use axum::body::{Bytes, HttpBody as _};
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use futures_util::StreamExt as _;

/// A JSON body of at most `most` bytes, not yet parsed. One that is larger than a body usually is
/// takes a place among the uploads, whose number is bounded.
pub(crate) async fn json(
    request: Request,
    limits: &LimitSettings,
    most: usize,
    uploads: &Uploads,
) -> Result<(Bytes, Option<UploadPlace>), ApiError> {
    if !is_json(request.headers()) {
        return Err(ApiError::MediaType("application/json"));
    }
    let time = Duration::from_secs(limits.body_seconds);
    within(time, bytes(request, limits.body_bytes, most, uploads)).await?
}

/// Waits for something that a caller sends, but not for ever.
pub(crate) async fn within<T>(
    time: Duration,
    work: impl Future<Output = T>,
) -> Result<T, ApiError> {
    tokio::time::timeout(time, work)
        .await
        .map_err(|_| ApiError::TooSlow(time))
}

/// A whole body. One that is too large by less than its limit is read to its end and thrown away:
/// a caller who is still sending would see a broken connection and not the answer.
async fn bytes(
    request: Request,
    usual: usize,
    most: usize,
    uploads: &Uploads,
) -> Result<(Bytes, Option<UploadPlace>), ApiError> {
    let body = request.into_body();
    let readable = most.saturating_mul(2);
    if body.size_hint().lower() > readable as u64 {
        return Err(ApiError::TooLarge(most));
    }
    let (mut whole, mut sent, mut place) = (Vec::new(), 0, None);
    let mut parts = body.into_data_stream();
    while let Some(part) = parts.next().await {
        let part = part.map_err(|_| ApiError::Body)?;
        sent += part.len();
        if sent > usual && place.is_none() {
            place = Some(uploads.enter().map_err(ApiError::Full)?);
        }
        if sent > readable {
            return Err(ApiError::TooLarge(most));
        }
        if sent <= most {
            whole.extend_from_slice(&part);
        }
    }
    if sent > most {
        return Err(ApiError::TooLarge(most));
    }
    Ok((whole.into(), place))
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
