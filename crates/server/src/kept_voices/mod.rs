//! Kept voices over HTTP.

mod body;
pub(crate) mod clip;
pub(crate) mod consent;
pub(crate) mod list;
pub(crate) mod packages;
pub(crate) mod peaks;
pub(crate) mod prompt_list;
pub(crate) mod prompts;
mod query;
pub(crate) mod takes;

use axum::extract::{Path, RawQuery, Request, State};
use axum::http::header::{IF_MATCH, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use mynah_api::{KeptVoice, KeptVoiceChange, NewVoiceBody, NewVoiceForm, VoiceAudit};
use mynah_auth::{KeyId, Principal};
use mynah_speech::DEFAULT_WORKSPACE as WORKSPACE;
use mynah_voices::{StoredVoice, VoiceKey, VoicesError};

use self::body::SyntheticSource;
use crate::error::ApiError;
use crate::form::Form;
use crate::intake;
use crate::openapi::ErrorResponses;
use crate::resource::{expected_version, json, versioned};
use crate::state::AppState;
use crate::uploads::{RunningUpload, UploadSlot};

/// The largest field of a form besides the recording, in bytes.
const MAX_FIELD_BYTES: usize = 64 << 10;

/// Make a voice, and keep it: of a recording as a form, of kept speech or as another name of a preset as JSON.
#[utoipa::path(
    post,
    path = "/api/v1/voices",
    operation_id = "createKeptVoice",
    tag = "voices",
    security((), ("key" = [])),
    request_body(content((NewVoiceForm = "multipart/form-data"), (NewVoiceBody = "application/json"))),
    responses(
        (status = 201, description = "The voice. `Location` is its path, `ETag` its version.", body = KeptVoice),
        ErrorResponses,
    ),
)]
pub(crate) async fn create(
    State(state): State<AppState>,
    Extension(principal): Extension<Principal>,
    request: Request,
) -> Result<Response, ApiError> {
    let created = match intake::is_form(request.headers()) {
        true => of_recording(&state, &principal, request).await?,
        false => of_no_person(&state, &principal, request).await?,
    };
    let path = format!("/api/v1/voices/{}", created.id);
    let location = HeaderValue::try_from(path).map_err(ApiError::internal)?;
    Ok((
        StatusCode::CREATED,
        [(LOCATION, location)],
        answer(created)?,
    )
        .into_response())
}

/// A voice of a recording.
async fn of_recording(
    state: &AppState,
    principal: &Principal,
    request: Request,
) -> Result<StoredVoice, ApiError> {
    let parse = body::ValidatedNewVoice::new;
    let (new, running) = received(state, principal, request, parse).await?;
    let (by, library) = (key_id(principal), &state.library);
    let created = library.create(WORKSPACE, new.voice, new.recorded, new.consent, by, running);
    Ok(created.await?)
}

/// A voice that is no person's.
async fn of_no_person(
    state: &AppState,
    principal: &Principal,
    request: Request,
) -> Result<StoredVoice, ApiError> {
    let sent = json(state, principal, request, MAX_FIELD_BYTES).await?;
    let (voice, source) = body::new_voice(&sent)?;
    let (by, library) = (key_id(principal), &state.library);
    let created = match source {
        SyntheticSource::Take(clip) => {
            let running = decoding_slot(state, principal)?.start().await;
            let created = library.create_of_take(WORKSPACE, voice, &clip, by, running);
            created.await?
        }
        SyntheticSource::Speaker(speaker) => {
            let created = library.create_of_speaker(WORKSPACE, voice, &speaker, by);
            created.await?
        }
    };
    Ok(created)
}

/// Get a kept voice.
#[utoipa::path(
    get,
    path = "/api/v1/voices/{id}",
    operation_id = "getKeptVoice",
    tag = "voices",
    security((), ("key" = [])),
    params(("id" = String, Path, description = "The id of the voice.")),
    responses(
        (status = 200, description = "The voice. `ETag` is its version.", body = KeptVoice),
        ErrorResponses,
    ),
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    answer(state.library.get(WORKSPACE, &key(&id)?).await?)
}

/// Change a kept voice; with `If-Match` only where it has this version.
#[utoipa::path(
    patch,
    path = "/api/v1/voices/{id}",
    operation_id = "changeKeptVoice",
    tag = "voices",
    security((), ("key" = [])),
    params(
        ("id" = String, Path, description = "The id of the voice."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version that is changed."),
    ),
    request_body = KeptVoiceChange,
    responses(
        (status = 200, description = "The voice as it is now.", body = KeptVoice),
        ErrorResponses,
    ),
)]
pub(crate) async fn change(
    State(state): State<AppState>,
    Extension(principal): Extension<Principal>,
    Path(id): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, ApiError> {
    let id = key(&id)?;
    let change = body::change(&json(&state, &principal, request, MAX_FIELD_BYTES).await?)?;
    let version = match headers.contains_key(IF_MATCH) {
        true => {
            let current = state.library.get(WORKSPACE, &id).await?.version;
            expected_version(&headers, Some(current))?
        }
        false => None,
    };
    let changed = state
        .library
        .change(WORKSPACE, &id, change, version)
        .await?;
    answer(changed)
}

/// Delete a kept voice. It can be restored for 24 hours; with `purge=true` its recording and its
/// consent are erased now.
#[utoipa::path(
    delete,
    path = "/api/v1/voices/{id}",
    operation_id = "deleteKeptVoice",
    tag = "voices",
    security((), ("key" = [])),
    params(
        ("id" = String, Path, description = "The id of the voice."),
        ("purge" = Option<bool>, Query, description = "Erase it for good."),
    ),
    responses(
        (status = 204, description = "It is deleted."),
        ErrorResponses,
    ),
)]
pub(crate) async fn delete(
    State(state): State<AppState>,
    Extension(principal): Extension<Principal>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<StatusCode, ApiError> {
    let (id, by) = (key(&id)?, key_id(&principal));
    match query::is_purge(query.as_deref())? {
        true => state.library.erase(WORKSPACE, &id, by).await?,
        false => state.library.delete(WORKSPACE, &id, by).await?,
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Restore a kept voice that was deleted.
#[utoipa::path(
    post,
    path = "/api/v1/voices/{id}/restore",
    operation_id = "restoreKeptVoice",
    tag = "voices",
    security((), ("key" = [])),
    params(("id" = String, Path, description = "The id of the voice.")),
    responses(
        (status = 200, description = "The voice.", body = KeptVoice),
        ErrorResponses,
    ),
)]
pub(crate) async fn restore(
    State(state): State<AppState>,
    Extension(principal): Extension<Principal>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let by = key_id(&principal);
    let restored = state.library.restore(WORKSPACE, &key(&id)?, by).await?;
    answer(restored)
}

/// What happened to a kept voice: creation, uses by day, consents. A deleted voice has it too.
#[utoipa::path(
    get,
    path = "/api/v1/voices/{id}/audit",
    operation_id = "auditKeptVoice",
    tag = "voices",
    security((), ("key" = [])),
    params(("id" = String, Path, description = "The id of the voice.")),
    responses(
        (status = 200, description = "The entries, the latest first.", body = VoiceAudit),
        ErrorResponses,
    ),
)]
pub(crate) async fn audit(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<VoiceAudit>, ApiError> {
    let entries = state.library.audit(WORKSPACE, &key(&id)?).await?;
    Ok(Json(VoiceAudit {
        items: entries.into_iter().map(Into::into).collect(),
    }))
}

/// The form of a request with a recording, parsed, and a slot to decode it.
async fn received<T>(
    state: &AppState,
    principal: &Principal,
    request: Request,
    parse: impl FnOnce(Form) -> Result<T, ApiError>,
) -> Result<(T, RunningUpload), ApiError> {
    let limits = &state.settings.limits;
    let arrival = state.arriving.begin(principal.caller());
    let upload = ("audio", limits.reference_bytes, MAX_FIELD_BYTES);
    let parsed = parse(intake::form(request, limits, upload, &arrival).await?)?;
    let slot = decoding_slot(state, principal)?;
    drop(arrival);
    Ok((parsed, slot.start().await))
}

/// A slot to decode a recording, which takes memory and a core: as many at a time as other uploads.
fn decoding_slot(state: &AppState, principal: &Principal) -> Result<UploadSlot, ApiError> {
    let uploads = state.uploads.for_client(principal.client_key());
    uploads.try_acquire().map_err(ApiError::Full)
}

/// The id of a path. One that is none names no voice.
fn key(id: &str) -> Result<VoiceKey, ApiError> {
    id.parse()
        .map_err(|_| ApiError::Voices(VoicesError::NotFound))
}

/// The id of the key, where one was needed.
fn key_id(principal: &Principal) -> Option<&str> {
    principal.caller().key_id().map(KeyId::as_str)
}

/// A voice, with its version as `ETag`.
fn answer(stored: StoredVoice) -> Result<Response, ApiError> {
    versioned(stored.version, KeptVoice::from(stored))
}
