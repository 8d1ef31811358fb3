//! The prompts of kept voices over HTTP: added, changed, deleted.

use axum::extract::{Path, RawQuery, Request, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use mynah_api::{
    ErrorBody, KeptPrompt, KeptPromptChange, KeptPromptList, KeptPromptOfVoice, NewPromptBody,
    NewPromptForm,
};
use mynah_auth::Principal;
use mynah_speech::DEFAULT_WORKSPACE as WORKSPACE;
use mynah_voices::{PromptId, VoicesError};

use super::{MAX_FIELD_BYTES, body, decoding_slot, key, key_id, prompt_list, received};
use crate::error::ApiError;
use crate::intake;
use crate::openapi::ErrorResponses;
use crate::resource::json;
use crate::state::AppState;

/// List the recordings of a kept voice, the earliest first.
#[utoipa::path(
    get,
    path = "/api/v1/voices/{id}/prompts",
    operation_id = "listPromptsOfVoice",
    tag = "voices",
    security((), ("key" = [])),
    params(("id" = String, Path, description = "The id of the voice."), prompt_list::PromptParams),
    responses(
        (status = 200, description = "The prompts.", body = KeptPromptList),
        ErrorResponses,
    ),
)]
pub(crate) async fn list_of_voice(
    State(state): State<AppState>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<KeptPromptList>, ApiError> {
    let voice = key(&id)?;
    state.library.get(WORKSPACE, &voice).await?;
    prompt_list::answer(&state, query.as_deref(), Some(voice)).await
}

/// Add to a kept voice what it is spoken from in a style: a recording as a form, kept speech as JSON.
#[utoipa::path(
    post,
    path = "/api/v1/voices/{id}/prompts",
    operation_id = "createPrompt",
    tag = "voices",
    security((), ("key" = [])),
    params(("id" = String, Path, description = "The id of the voice.")),
    request_body(content((NewPromptForm = "multipart/form-data"), (NewPromptBody = "application/json"))),
    responses(
        (status = 201, description = "The prompt. `Location` is its path.", body = KeptPrompt),
        ErrorResponses,
    ),
)]
pub(crate) async fn create(
    State(state): State<AppState>,
    Extension(principal): Extension<Principal>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let voice = key(&id)?;
    let (by, library) = (key_id(&principal), &state.library);
    let added = if intake::is_form(request.headers()) {
        let parse = body::ValidatedNewPrompt::new;
        let (new, running) = received(&state, &principal, request, parse).await?;
        let added = library.add_prompt(WORKSPACE, &voice, new.prompt, new.consent, by, running);
        added.await?
    } else {
        let sent = json(&state, &principal, request, MAX_FIELD_BYTES).await?;
        let new = body::new_prompt(&sent)?;
        let running = decoding_slot(&state, &principal)?.start().await;
        let added = library.add_take(WORKSPACE, &voice, new, by, running);
        added.await?
    };
    let path = format!("/api/v1/prompts/{}", added.id);
    let location = HeaderValue::try_from(path).map_err(ApiError::internal)?;
    let headers = [(LOCATION, location)];
    Ok((StatusCode::CREATED, headers, Json(KeptPrompt::from(added))).into_response())
}

/// Get a prompt.
#[utoipa::path(
    get,
    path = "/api/v1/prompts/{id}",
    operation_id = "getPrompt",
    tag = "voices",
    security((), ("key" = [])),
    params(("id" = String, Path, description = "The id of the prompt.")),
    responses(
        (status = 200, description = "The prompt, with its voice.", body = KeptPromptOfVoice),
        ErrorResponses,
    ),
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<KeptPromptOfVoice>, ApiError> {
    let found = state.library.prompt(WORKSPACE, &prompt_id(&id)?).await?;
    Ok(Json(found.into()))
}

/// Change a prompt: its style, tags, transcript or language, or make it the anchor of its voice.
#[utoipa::path(
    patch,
    path = "/api/v1/prompts/{id}",
    operation_id = "changePrompt",
    tag = "voices",
    security((), ("key" = [])),
    params(("id" = String, Path, description = "The id of the prompt.")),
    request_body = KeptPromptChange,
    responses(
        (status = 200, description = "The prompt as it is now.", body = KeptPrompt),
        ErrorResponses,
    ),
)]
pub(crate) async fn change(
    State(state): State<AppState>,
    Extension(principal): Extension<Principal>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<KeptPrompt>, ApiError> {
    let id = prompt_id(&id)?;
    let change = body::prompt_change(&json(&state, &principal, request, MAX_FIELD_BYTES).await?)?;
    let changed = state
        .library
        .change_prompt(WORKSPACE, &id, change, key_id(&principal))
        .await?;
    Ok(Json(changed.into()))
}

/// Delete a prompt with its recording, for good. The anchor of a voice cannot be deleted.
#[utoipa::path(
    delete,
    path = "/api/v1/prompts/{id}",
    operation_id = "deletePrompt",
    tag = "voices",
    security((), ("key" = [])),
    params(("id" = String, Path, description = "The id of the prompt.")),
    responses(
        (status = 204, description = "It is deleted."),
        (status = "4XX", description = "See `error.code`; 409 `in_use` for the anchor.", body = ErrorBody),
        (status = "5XX", description = "See `error.code`.", body = ErrorBody),
    ),
)]
pub(crate) async fn delete(
    State(state): State<AppState>,
    Extension(principal): Extension<Principal>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id = prompt_id(&id)?;
    let by = key_id(&principal);
    state.library.delete_prompt(WORKSPACE, &id, by).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The id of a path. One that is none names no prompt.
fn prompt_id(id: &str) -> Result<PromptId, ApiError> {
    id.parse()
        .map_err(|_| ApiError::Voices(VoicesError::NoSuchPrompt))
}
