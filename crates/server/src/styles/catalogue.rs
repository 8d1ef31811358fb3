//! The styles of a workspace: listed, added, changed, deleted.

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Extension, Json};
use mynah_api::{ErrorBody, Style, StyleBody, StyleList};
use mynah_auth::Principal;
use mynah_speech::{DEFAULT_WORKSPACE as WORKSPACE, StyleKey};
use mynah_voices::{VoicesError, style_of};

use super::style_key;
use crate::error::ApiError;
use crate::openapi::ErrorResponses;
use crate::resource::{expected_version, json, object, versioned};
use crate::state::AppState;

/// The largest style, in bytes: above its bounds of texts in all languages.
const MAX_STYLE_BYTES: usize = 1 << 20;

/// List the styles: the built-in ones, and those that were added or changed.
#[utoipa::path(
    get,
    path = "/api/v1/styles",
    operation_id = "listStyles",
    tag = "styles",
    security((), ("key" = [])),
    responses(
        (status = 200, description = "The styles.", body = StyleList),
        ErrorResponses,
    ),
)]
pub(crate) async fn list(State(state): State<AppState>) -> Result<Json<StyleList>, ApiError> {
    let styles = state.library.stored_styles(WORKSPACE).await;
    Ok(Json(StyleList {
        total: styles.len(),
        items: styles.into_iter().map(Style::from).collect(),
        next_cursor: None,
    }))
}

/// Get a style.
#[utoipa::path(
    get,
    path = "/api/v1/styles/{key}",
    operation_id = "getStyle",
    tag = "styles",
    security((), ("key" = [])),
    params(("key" = String, Path, description = "The key of the style.")),
    responses(
        (status = 200, description = "The style. `ETag` is its version.", body = Style),
        ErrorResponses,
    ),
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    Path(key): Path<String>,
) -> Result<Response, ApiError> {
    let found = state
        .library
        .stored_style(WORKSPACE, &existing(&key)?)
        .await;
    let stored = found.ok_or(VoicesError::NoSuchStyle)?;
    versioned(stored.version, Style::from(stored))
}

/// Add a style, or put one in the place of the built-in one of its key; with `If-Match` only where it has
/// this version.
#[utoipa::path(
    put,
    path = "/api/v1/styles/{key}",
    operation_id = "putStyle",
    tag = "styles",
    security((), ("key" = [])),
    params(
        ("key" = String, Path, description = "The key of the style: 1 to 64 of `a-z`, `0-9` and `_`."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version that is replaced."),
    ),
    request_body = StyleBody,
    responses(
        (status = 200, description = "The style as it is now.", body = Style),
        ErrorResponses,
    ),
)]
pub(crate) async fn put(
    State(state): State<AppState>,
    Extension(principal): Extension<Principal>,
    Path(key): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, ApiError> {
    let key = style_key("key", &key)?;
    let body: StyleBody = object(&json(&state, &principal, request, MAX_STYLE_BYTES).await?)?;
    let style = style_of(key, body)?;
    let version = expected(&state, &headers, &style.key).await?;
    let stored = state.library.put_style(WORKSPACE, &style, version).await?;
    versioned(stored.version, Style::from(stored))
}

/// Delete a style that was added; one that was changed becomes the built-in one again.
#[utoipa::path(
    delete,
    path = "/api/v1/styles/{key}",
    operation_id = "deleteStyle",
    tag = "styles",
    security((), ("key" = [])),
    params(
        ("key" = String, Path, description = "The key of the style."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version that is deleted."),
    ),
    responses(
        (status = 204, description = "It is deleted."),
        (status = "4XX", description = "See `error.code`; a built-in style cannot be deleted.", body = ErrorBody),
        (status = "5XX", description = "See `error.code`.", body = ErrorBody),
    ),
)]
pub(crate) async fn delete(
    State(state): State<AppState>,
    Path(key): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    let key = existing(&key)?;
    let version = expected(&state, &headers, &key).await?;
    state.library.delete_style(WORKSPACE, &key, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The version that a change expects.
async fn expected(
    state: &AppState,
    headers: &HeaderMap,
    key: &StyleKey,
) -> Result<Option<i64>, ApiError> {
    let current = state.library.stored_style(WORKSPACE, key).await;
    expected_version(headers, current.map(|stored| stored.version))
}

/// The key of a path. One that is none names no style.
fn existing(key: &str) -> Result<StyleKey, ApiError> {
    key.parse()
        .map_err(|_| ApiError::Voices(VoicesError::NoSuchStyle))
}
