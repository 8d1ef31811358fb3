//! Versions of objects that are kept: `ETag` and `If-Match`.

use axum::Json;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use headers::{ETag, HeaderMapExt as _, IfMatch};
use mynah_voices::VoicesError;
use serde::Serialize;

use crate::error::ApiError;

/// An object, with its version as `ETag`.
pub(crate) fn versioned(version: i64, object: impl Serialize) -> Result<Response, ApiError> {
    let mut headers = HeaderMap::new();
    headers.typed_insert(etag(version)?);
    Ok((headers, Json(object)).into_response())
}

/// The version that a change expects: the current one, where `If-Match` names it; none without `If-Match`.
/// What does not exist has no version, and no `If-Match` names it (RFC 9110, 13.1.1).
pub(crate) fn expected_version(
    headers: &HeaderMap,
    current: Option<i64>,
) -> Result<Option<i64>, ApiError> {
    let Some(expected) = headers.typed_get::<IfMatch>() else {
        return Ok(None);
    };
    match current {
        Some(version) if expected.precondition_passes(&etag(version)?) => Ok(Some(version)),
        current => Err(VoicesError::VersionMismatch(current.unwrap_or(0)).into()),
    }
}

fn etag(version: i64) -> Result<ETag, ApiError> {
    format!("\"{version}\"").parse().map_err(ApiError::internal)
}
