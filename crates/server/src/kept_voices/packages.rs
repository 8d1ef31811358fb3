//! Kept voices as files. Packages go through a file on the disk, never whole through memory.

use std::fs::File;
use std::time::Duration;

use axum::Extension;
use axum::Json;
use axum::body::{Body, HttpBody as _};
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use mynah_admission::ConcurrencySlot;
use mynah_api::{AudioBytes, ImportReport, OnConflict, PackageForm};
use mynah_auth::Principal;
use mynah_speech::DEFAULT_WORKSPACE as WORKSPACE;
use mynah_voices::{ImportOptions, PACKAGE_EXTENSION, PackageVersion};
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};
use tokio_util::io::ReaderStream;

use super::{decoding_slot, key, key_id};
use crate::error::ApiError;
use crate::form::{FORM_BYTES, FileSink, Form};
use crate::intake;
use crate::openapi::ErrorResponses;
use crate::resource::{pairs, unknown};
use crate::state::AppState;

/// The most packages that arrive or are sent at a time; each takes space on the disk.
pub(crate) const MAX_FILES: usize = 4;
/// What a package may take `limits.body_seconds` to arrive; a larger one has as much time for each.
const BYTES_OF_BODY_TIME: u64 = 32 << 20;
/// When to try again where as many packages arrive and are sent as may.
const FULL_RETRY: Duration = Duration::from_secs(10);
/// The media type of a package.
const PACKAGE_TYPE: &str = "application/zip";
/// The names of the parameters of an import.
const IMPORT_NAMES: [&str; 2] = ["on_conflict", "dry_run"];

/// Get a kept voice as a file: its recordings, their words and its consent. `docs/packages.md` specifies the
/// format.
#[utoipa::path(
    get,
    path = "/api/v1/voices/{id}/package",
    operation_id = "exportVoice",
    tag = "voices",
    security((), ("key" = [])),
    params(
        ("id" = String, Path, description = "The id of the voice."),
        ("version" = Option<u32>, Query, description = "2, or 1 for earlier servers: one recording without its consent."),
    ),
    responses(
        (status = 200, description = "The package, as an attachment.", body = AudioBytes, content_type = "application/zip"),
        ErrorResponses,
    ),
)]
pub(crate) async fn export(
    State(state): State<AppState>,
    Extension(principal): Extension<Principal>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let (id, version) = (key(&id)?, version(query.as_deref())?);
    let name = state.library.get(WORKSPACE, &id).await?.name;
    let slot = file_slot(&state, &principal)?;
    let file = tempfile::tempfile().map_err(ApiError::internal)?;
    let by = key_id(&principal);
    let written = state
        .library
        .export(WORKSPACE, &id, version, file, by)
        .await?;
    let mut written = tokio::fs::File::from_std(written);
    let bytes = written
        .stream_position()
        .await
        .map_err(ApiError::internal)?;
    written.rewind().await.map_err(ApiError::internal)?;
    let extension = match version {
        PackageVersion::V1 => "voicepkg.zip",
        PackageVersion::V2 => PACKAGE_EXTENSION,
    };
    let disposition = attachment(id.as_str(), &format!("{name}.{extension}"), extension)?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(PACKAGE_TYPE)),
        (CONTENT_LENGTH, bytes.into()),
        (CONTENT_DISPOSITION, disposition),
        // A voice is personal, as its clips are.
        (CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    // The file is there until it is sent.
    let parts = ReaderStream::new(written).map(move |part| {
        let _held = &slot;
        part
    });
    Ok((headers, Body::from_stream(parts)).into_response())
}

/// Make a voice of a package, in a form or as the body itself. Everything in it is checked before anything is
/// kept.
#[utoipa::path(
    post,
    path = "/api/v1/packages",
    operation_id = "importVoice",
    tag = "voices",
    security((), ("key" = [])),
    params(
        ("on_conflict" = Option<OnConflict>, Query, description = "What happens where a voice has its name or its id. Default `fail`."),
        ("dry_run" = Option<bool>, Query, description = "Only check the package."),
    ),
    request_body(content((PackageForm = "multipart/form-data"), (AudioBytes = "application/zip"))),
    responses(
        (status = 200, description = "What would be imported.", body = ImportReport),
        (status = 201, description = "What was imported. `Location` is the path of the voice.", body = ImportReport),
        ErrorResponses,
    ),
)]
pub(crate) async fn import(
    State(state): State<AppState>,
    Extension(principal): Extension<Principal>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, ApiError> {
    let options = options(query.as_deref())?;
    let time = body_time(&state);
    let arriving = file_slot(&state, &principal)?;
    let arrived = tokio::time::timeout(time, received(&state, request)).await;
    let file = arrived.unwrap_or(Err(ApiError::TooSlow(time)))?;
    let running = decoding_slot(&state, &principal)?.start().await;
    let by = key_id(&principal);
    let imported = state.library.import(WORKSPACE, file, options, by, running);
    let report = ImportReport::from(imported.await?);
    drop(arriving);
    let Some(voice) = &report.voice else {
        return Ok(Json(report).into_response());
    };
    let path = format!("/api/v1/voices/{}", voice.id);
    let location = HeaderValue::try_from(path).map_err(ApiError::internal)?;
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(report)).into_response())
}

/// The package of a request, in a file that has no name.
async fn received(state: &AppState, request: Request) -> Result<File, ApiError> {
    let max_bytes = usize::try_from(state.library.package_limits().packed_bytes);
    let max_bytes = max_bytes.unwrap_or(usize::MAX);
    let file = tempfile::tempfile().map_err(ApiError::internal)?;
    let mut file = tokio::fs::File::from_std(file);
    let mut sink = FileSink::Disk(&mut file);
    if intake::is_form(request.headers()) {
        let form = Form::read_to(request, "file", max_bytes, FORM_BYTES, sink).await?;
        if !form.has_file {
            return Err(ApiError::Missing("file"));
        }
        if let Some(name) = form.texts.keys().next() {
            return Err(unknown(name, &["file"]));
        }
    } else {
        if !intake::is_binary(request.headers()) {
            return Err(ApiError::MediaType(PACKAGE_TYPE));
        }
        let body = request.into_body();
        if body.size_hint().lower() > max_bytes as u64 {
            return Err(ApiError::TooLarge(max_bytes));
        }
        let mut parts = body.into_data_stream();
        let mut length = 0;
        while let Some(part) = parts.next().await {
            let part = part.map_err(|_| ApiError::Body)?;
            length += part.len();
            if length > max_bytes {
                return Err(ApiError::TooLarge(max_bytes));
            }
            sink.write(&part).await?;
        }
    }
    file.flush().await.map_err(ApiError::internal)?;
    Ok(file.into_std().await)
}

/// A slot for a package on the disk.
fn file_slot(state: &AppState, principal: &Principal) -> Result<ConcurrencySlot, ApiError> {
    let slot = state.package_files.try_acquire(&principal.client_key());
    slot.map_err(|_| ApiError::Full(FULL_RETRY))
}

/// How long a package may take to arrive.
fn body_time(state: &AppState) -> Duration {
    let steps = state
        .library
        .package_limits()
        .packed_bytes
        .div_ceil(BYTES_OF_BODY_TIME);
    Duration::from_secs(state.settings.limits.body_seconds.saturating_mul(steps))
}

fn version(query: Option<&str>) -> Result<PackageVersion, ApiError> {
    let mut version = PackageVersion::default();
    for (name, value) in pairs(query) {
        version = match (name.as_str(), value.as_str()) {
            ("version", "1") => PackageVersion::V1,
            ("version", "2") => PackageVersion::V2,
            ("version", _) => return Err(ApiError::invalid("version", "`version` is 1 or 2")),
            (other, _) => return Err(unknown(other, &["version"])),
        };
    }
    Ok(version)
}

fn options(query: Option<&str>) -> Result<ImportOptions, ApiError> {
    let mut options = ImportOptions::default();
    for (name, value) in pairs(query) {
        match name.as_str() {
            "on_conflict" => {
                let wanted = serde_json::from_value::<OnConflict>(value.into());
                let message = "`on_conflict` is fail, rename, replace or new_id";
                let wanted = wanted.map_err(|_| ApiError::invalid("on_conflict", message))?;
                options.on_conflict = wanted.into();
            }
            "dry_run" => {
                let message = "`dry_run` is true or false";
                let wanted = value.parse();
                options.dry_run = wanted.map_err(|_| ApiError::invalid("dry_run", message))?;
            }
            other => return Err(unknown(other, &IMPORT_NAMES)),
        }
    }
    Ok(options)
}

/// A file for the disk of the client: by the id for clients that read ASCII alone, else by the name (RFC 6266).
fn attachment(id: &str, name: &str, extension: &str) -> Result<HeaderValue, ApiError> {
    let encoded: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    // A form encodes a space as a plus, a header as any other byte.
    let encoded = encoded.replace('+', "%20").replace('*', "%2A");
    let value = format!("attachment; filename=\"{id}.{extension}\"; filename*=UTF-8''{encoded}");
    HeaderValue::try_from(value).map_err(ApiError::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_any_script_is_a_file_name() {
        let value = attachment("voc_1", "Ána / 声*.mynahvoice", "mynahvoice").unwrap();
        assert_eq!(
            value.to_str().unwrap(),
            "attachment; filename=\"voc_1.mynahvoice\"; \
             filename*=UTF-8''%C3%81na%20%2F%20%E5%A3%B0%2A.mynahvoice"
        );
    }
}
