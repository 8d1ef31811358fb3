//! The files of clips.

use std::ops::Bound;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RANGE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use headers::{AcceptRanges, ContentRange, ETag, HeaderMapExt as _, IfNoneMatch, Range};
use mynah_api::AudioBytes;
use mynah_speech::DEFAULT_WORKSPACE as WORKSPACE;
use mynah_voices::{Clip, ClipId, VoicesError};

use crate::error::ApiError;
use crate::openapi::ErrorResponses;
use crate::state::AppState;

/// Get the recording of a prompt, or kept speech: mono FLAC at 24 kHz.
#[utoipa::path(
    get,
    path = "/api/v1/clips/{id}/audio",
    operation_id = "getClipAudio",
    tag = "voices",
    security((), ("key" = [])),
    params(
        ("id" = String, Path, description = "The id of the clip."),
        ("Range" = Option<String>, Header, description = "One range of bytes."),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of a copy."),
    ),
    responses(
        (status = 200, description = "The file. `ETag` is its SHA-256.", body = AudioBytes, content_type = "audio/flac"),
        (status = 206, description = "The range of the file.", body = AudioBytes, content_type = "audio/flac"),
        (status = 304, description = "The copy is the same."),
        ErrorResponses,
    ),
)]
pub(crate) async fn audio(
    State(state): State<AppState>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let clip = state.library.clip(WORKSPACE, &clip_id(&id)?).await?;
    let etag = etag(&clip)?;
    if is_current(&headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, tagged(etag)).into_response());
    }
    let file = state.library.clip_audio(&clip).await?;
    let (status, file, range) = match part(&headers, &file) {
        Part::Whole => (StatusCode::OK, file, None),
        Part::Range(part, range) => (StatusCode::PARTIAL_CONTENT, part, Some(range)),
        Part::Unsatisfiable(range) => {
            (StatusCode::RANGE_NOT_SATISFIABLE, Bytes::new(), Some(range))
        }
    };
    let mut headers = tagged(etag);
    headers.typed_insert(AcceptRanges::bytes());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("audio/flac"));
    if let Some(range) = range {
        headers.typed_insert(range);
    }
    Ok((status, headers, file).into_response())
}

/// The id of a path. One that is none names no clip.
pub(super) fn clip_id(id: &str) -> Result<ClipId, ApiError> {
    id.parse()
        .map_err(|_| ApiError::Voices(VoicesError::NoSuchClip))
}

/// The SHA-256 of a clip's file.
pub(super) fn etag(clip: &Clip) -> Result<ETag, ApiError> {
    format!("\"{}\"", clip.blob)
        .parse()
        .map_err(ApiError::internal)
}

/// Whether the client has a copy of this version.
pub(super) fn is_current(headers: &HeaderMap, etag: &ETag) -> bool {
    let is_same = |own: &IfNoneMatch| !own.precondition_passes(etag);
    headers.typed_get().as_ref().is_some_and(is_same)
}

/// What a request for a range gets.
enum Part {
    Whole,
    Range(Bytes, ContentRange),
    Unsatisfiable(ContentRange),
}

/// The part of a file that is asked for. Several ranges, or none that is understood, are the whole.
fn part(headers: &HeaderMap, file: &Bytes) -> Part {
    let length = file.len() as u64;
    let Some(range) = headers.typed_get::<Range>() else {
        return Part::Whole;
    };
    if is_longer_suffix(headers, length) {
        return Part::Whole;
    }
    let mut ranges = range.satisfiable_ranges(length);
    let (first, more) = (ranges.next(), ranges.next());
    let Some((start, end)) = first.filter(|_| more.is_none()) else {
        return match first {
            Some(_) => Part::Whole,
            None => Part::Unsatisfiable(ContentRange::unsatisfied_bytes(length)),
        };
    };
    let start = match start {
        Bound::Included(start) => start,
        Bound::Excluded(start) => start.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let end = match end {
        Bound::Included(end) => end.saturating_add(1),
        Bound::Excluded(end) => end,
        Bound::Unbounded => length,
    };
    let end = end.min(length);
    match ContentRange::bytes(start..end, length) {
        Ok(range) if start < end => Part::Range(file.slice(start as usize..end as usize), range),
        _ => Part::Unsatisfiable(ContentRange::unsatisfied_bytes(length)),
    }
}

/// Whether the last bytes are asked for, and more than there are: that is the whole (RFC 9110, 14.1.2),
/// which the parser of ranges takes for unsatisfiable.
fn is_longer_suffix(headers: &HeaderMap, length: u64) -> bool {
    let range = headers.get(RANGE).and_then(|range| range.to_str().ok());
    let suffix = range.and_then(|range| range.strip_prefix("bytes=-"));
    suffix
        .and_then(|suffix| suffix.trim().parse::<u64>().ok())
        .is_some_and(|suffix| suffix >= length)
}

/// The headers of the file, whole or not.
pub(super) fn tagged(etag: ETag) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.typed_insert(etag);
    // A voice is personal: no cache between keeps it, and its owner may erase it.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(range: &str) -> (u16, usize) {
        let file = Bytes::from(vec![0; 100]);
        let mut headers = HeaderMap::new();
        headers.insert("range", HeaderValue::from_str(range).unwrap());
        match part(&headers, &file) {
            Part::Whole => (200, file.len()),
            Part::Range(part, _) => (206, part.len()),
            Part::Unsatisfiable(_) => (416, 0),
        }
    }

    #[test]
    fn one_range_is_a_part_and_several_are_the_whole() {
        for (range, expected) in [
            ("bytes=0-9", (206, 10)),
            ("bytes=90-", (206, 10)),
            ("bytes=-10", (206, 10)),
            ("bytes=50-1000", (206, 50)),
            ("bytes=-1000", (200, 100)),
            ("bytes=100-", (416, 0)),
            ("bytes=0-9,20-29", (200, 100)),
            ("pieces=1-2", (200, 100)),
            ("bytes=9-1", (416, 0)),
        ] {
            assert_eq!(of(range), expected, "{range}");
        }
    }
}
