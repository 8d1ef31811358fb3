//! The shape of the recording of a kept voice.

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use mynah_api::ClipPeaks;
use mynah_audio::{DecodeLimits, decode, peaks};
use mynah_auth::Principal;
use mynah_speech::DEFAULT_WORKSPACE as WORKSPACE;

use super::clip::{clip_id, etag, is_current, tagged};
use super::decoding_slot;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::openapi::ErrorResponses;
use crate::resource::{pairs, unknown};
use crate::state::AppState;

/// How many peaks there are, unless the request says.
const DEFAULT_PX: usize = 512;
/// The fewest and the most peaks.
const PX: std::ops::RangeInclusive<usize> = 16..=4_096;

/// Get the lowest and highest samples of equal parts of a recording, to draw its waveform.
#[utoipa::path(
    get,
    path = "/api/v1/clips/{id}/peaks",
    operation_id = "getClipPeaks",
    tag = "voices",
    security((), ("key" = [])),
    params(
        ("id" = String, Path, description = "The id of the clip."),
        ("px" = Option<usize>, Query, description = "In how many parts: pixels of the drawing, 16 to 4096. Default 512."),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of a copy."),
    ),
    responses(
        (status = 200, description = "The peaks. `ETag` is the SHA-256 of the recording.", body = ClipPeaks),
        (status = 304, description = "The copy is the same."),
        ErrorResponses,
    ),
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    Extension(principal): Extension<Principal>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let count = px(query.as_deref())?;
    let clip = state.library.clip(WORKSPACE, &clip_id(&id)?).await?;
    let etag = etag(&clip)?;
    if is_current(&headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, tagged(etag)).into_response());
    }
    let running = decoding_slot(&state, &principal)?.start().await;
    let file = state.library.clip_audio(&clip).await?;
    let decoded = blocking(move || {
        let _running = running;
        let decoded = decode(&file, &DecodeLimits::default())?;
        Ok::<_, mynah_audio::DecodeError>((decoded.clip.duration(), peaks(&decoded.clip, count)))
    });
    // It was encoded here: a file that cannot be decoded is a defect.
    let (duration, peaks) = decoded.await?.map_err(ApiError::internal)?;
    let body = ClipPeaks {
        seconds: duration.as_secs_f64(),
        peaks,
    };
    Ok((tagged(etag), Json(body)).into_response())
}

/// In how many parts.
fn px(query: Option<&str>) -> Result<usize, ApiError> {
    let mut px = DEFAULT_PX;
    for (name, value) in pairs(query) {
        if name != "px" {
            return Err(unknown(&name, &["px"]));
        }
        // One that is no number is none of those that are allowed.
        px = value.parse().unwrap_or(0);
    }
    match PX.contains(&px) {
        true => Ok(px),
        false => {
            let message = format!("`px` must be {} to {}", PX.start(), PX.end());
            Err(ApiError::invalid("px", message))
        }
    }
}
