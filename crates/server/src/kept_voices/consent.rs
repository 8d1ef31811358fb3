//! The consent of a kept voice.

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use mynah_api::{KeptVoice, NewConsent};
use mynah_auth::Principal;
use mynah_speech::DEFAULT_WORKSPACE as WORKSPACE;

use super::{MAX_FIELD_BYTES, answer, body, key, key_id};
use crate::error::ApiError;
use crate::openapi::ErrorResponses;
use crate::resource::json;
use crate::state::AppState;

/// Give a consent for a kept voice, in place of an earlier one.
#[utoipa::path(
    put,
    path = "/api/v1/voices/{id}/consent",
    operation_id = "giveConsent",
    tag = "voices",
    security((), ("key" = [])),
    params(("id" = String, Path, description = "The id of the voice.")),
    request_body = NewConsent,
    responses(
        (status = 200, description = "The voice.", body = KeptVoice),
        ErrorResponses,
    ),
)]
pub(crate) async fn give(
    State(state): State<AppState>,
    Extension(principal): Extension<Principal>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let id = key(&id)?;
    let consent = body::consent(&json(&state, &principal, request, MAX_FIELD_BYTES).await?)?;
    let by = key_id(&principal);
    let given = state
        .library
        .give_consent(WORKSPACE, &id, consent, by)
        .await?;
    answer(given)
}

/// Revoke the consent of a kept voice: from two seconds later on no server begins another part of a
/// text with it.
#[utoipa::path(
    delete,
    path = "/api/v1/voices/{id}/consent",
    operation_id = "revokeConsent",
    tag = "voices",
    security((), ("key" = [])),
    params(("id" = String, Path, description = "The id of the voice.")),
    responses(
        (status = 200, description = "The voice.", body = KeptVoice),
        ErrorResponses,
    ),
)]
pub(crate) async fn revoke(
    State(state): State<AppState>,
    Extension(principal): Extension<Principal>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let (id, by) = (key(&id)?, key_id(&principal));
    let revoked = state.library.revoke_consent(WORKSPACE, &id, by).await?;
    answer(revoked)
}
