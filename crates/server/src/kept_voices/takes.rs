//! Speech that is kept, over HTTP.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use mynah_api::{KeptTake, KeptTakeList};
use mynah_speech::DEFAULT_WORKSPACE as WORKSPACE;
use mynah_voices::TakeQuery;

use super::clip::clip_id;
use super::key;
use crate::error::ApiError;
use crate::openapi::ErrorResponses;
use crate::resource::{Page, pairs, unknown};
use crate::state::AppState;

/// The names of the parameters.
const NAMES: [&str; 3] = ["voice", "limit", "cursor"];

fn parse(query: Option<&str>) -> Result<TakeQuery, ApiError> {
    let mut wanted = TakeQuery::default();
    let mut page = Page::default();
    for (name, value) in pairs(query) {
        match name.as_str() {
            "voice" => wanted.voice = Some(key(&value)?),
            _ if page.take(&name, &value) => {}
            other => return Err(unknown(other, &NAMES)),
        }
    }
    let cursor = page.cursor.as_deref().map(str::parse).transpose();
    let message = "`cursor` is not that of a list";
    wanted.cursor = cursor.map_err(|_| ApiError::invalid("cursor", message))?;
    wanted.limit = page.limit()?;
    Ok(wanted)
}

/// List the speech that is kept, the latest first.
#[utoipa::path(
    get,
    path = "/api/v1/clips",
    operation_id = "listTakes",
    tag = "voices",
    security((), ("key" = [])),
    params(
        ("voice" = Option<String>, Query, description = "The id of the kept voice that spoke."),
        ("limit" = Option<usize>, Query, description = "At most so many, 1 to 200. Default 50."),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the part before."),
    ),
    responses(
        (status = 200, description = "The takes.", body = KeptTakeList),
        ErrorResponses,
    ),
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<KeptTakeList>, ApiError> {
    let wanted = parse(query.as_deref())?;
    let list = state.library.takes(WORKSPACE, &wanted).await?;
    Ok(Json(KeptTakeList {
        items: list.items.into_iter().map(Into::into).collect(),
        next_cursor: list.next_cursor.map(Into::into),
        total: list.total,
    }))
}

/// Get what kept speech was made with.
#[utoipa::path(
    get,
    path = "/api/v1/clips/{id}",
    operation_id = "getTake",
    tag = "voices",
    security((), ("key" = [])),
    params(("id" = String, Path, description = "The id of the clip.")),
    responses(
        (status = 200, description = "The take.", body = KeptTake),
        ErrorResponses,
    ),
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<KeptTake>, ApiError> {
    let take = state.library.take(WORKSPACE, &clip_id(&id)?).await?;
    Ok(Json(take.into()))
}

/// Delete kept speech, for good. Prompts that were made of it have clips of their own, which are deleted with
/// them.
#[utoipa::path(
    delete,
    path = "/api/v1/clips/{id}",
    operation_id = "deleteTake",
    tag = "voices",
    security((), ("key" = [])),
    params(("id" = String, Path, description = "The id of the clip.")),
    responses(
        (status = 204, description = "It is deleted."),
        ErrorResponses,
    ),
)]
pub(crate) async fn delete(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id = clip_id(&id)?;
    state.library.delete_take(WORKSPACE, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
