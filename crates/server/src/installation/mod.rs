//! Models of the catalogue over HTTP: what is installed, and fetching what is not.

mod pulls;

use std::convert::Infallible;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{Extensions, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use futures_util::stream::unfold;
use mynah_api::{ErrorBody, InstallableModel, InstallableModelList, PullState, PullStatus};
use mynah_http::peer_address;
use mynah_models::{AllowPull, Catalogue, Model};
use tokio::sync::watch;

use crate::blocking::blocking;
use crate::error::ApiError;
use crate::state::AppState;

pub use pulls::ModelInstallation;
pub(crate) use pulls::Pulls;

/// List the models that are installed or can be.
#[utoipa::path(
    get,
    path = "/api/v1/models",
    operation_id = "listInstallableModels",
    tag = "installation",
    security((), ("key" = [])),
    responses(
        (status = 200, description = "The models of the catalogue.", body = InstallableModelList),
        (status = "4XX", description = "See `error.code`.", body = ErrorBody),
    ),
)]
pub(crate) async fn list(
    State(state): State<AppState>,
) -> Result<Json<InstallableModelList>, ApiError> {
    let pulls = state.pulls.clone();
    let items = blocking(move || items(&pulls)).await??;
    Ok(Json(InstallableModelList {
        total: items.len(),
        items,
        next_cursor: None,
    }))
}

/// Fetch a model. While it is being fetched, another request for it starts nothing.
#[utoipa::path(
    post,
    path = "/api/v1/models/{id}/pull",
    operation_id = "pullModel",
    tag = "installation",
    security((), ("key" = [])),
    params(("id" = String, Path, description = "The id of the model.")),
    responses(
        (status = 202, description = "It is being fetched.", body = PullStatus),
        (status = "4XX", description = "See `error.code`.", body = ErrorBody),
    ),
)]
pub(crate) async fn pull(
    State(state): State<AppState>,
    extensions: Extensions,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    check_allowed(&state.pulls, &extensions)?;
    let status = state.pulls.start(known(&id)?);
    Ok((StatusCode::ACCEPTED, Json(status)).into_response())
}

/// The progress of the last pull of a model: events `progress`, then `done`, `failed` or
/// `cancelled`.
#[utoipa::path(
    get,
    path = "/api/v1/models/{id}/pull",
    operation_id = "watchPull",
    tag = "installation",
    security((), ("key" = [])),
    params(("id" = String, Path, description = "The id of the model.")),
    responses(
        (status = 200, description = "The progress.", content((PullStatus = "text/event-stream"))),
        (status = "4XX", description = "See `error.code`.", body = ErrorBody),
    ),
)]
pub(crate) async fn watch(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let status = state.pulls.watch(known(&id)?).ok_or(ApiError::NotFound)?;
    Ok(events(status))
}

/// Cancel the pull of a model.
#[utoipa::path(
    delete,
    path = "/api/v1/models/{id}/pull",
    operation_id = "cancelPull",
    tag = "installation",
    security((), ("key" = [])),
    params(("id" = String, Path, description = "The id of the model.")),
    responses(
        (status = 204, description = "It ends, where it ran."),
        (status = "4XX", description = "See `error.code`.", body = ErrorBody),
    ),
)]
pub(crate) async fn cancel(
    State(state): State<AppState>,
    extensions: Extensions,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    check_allowed(&state.pulls, &extensions)?;
    state.pulls.cancel(known(&id)?);
    Ok(StatusCode::NO_CONTENT)
}

/// A model of the catalogue.
fn known(id: &str) -> Result<&'static Model, ApiError> {
    let catalogue = Catalogue::builtin();
    let ids = || catalogue.ids().collect::<Vec<_>>().join(", ");
    catalogue.get(id).map_err(|_| ApiError::Model(ids()))
}

fn check_allowed(pulls: &Pulls, extensions: &Extensions) -> Result<(), ApiError> {
    let allowed = match pulls.allow() {
        AllowPull::Always => true,
        AllowPull::Loopback => peer_address(extensions).to_canonical().is_loopback(),
        AllowPull::Never => false,
    };
    allowed.then_some(()).ok_or(ApiError::PullNotAllowed)
}

/// All models. Blocking.
fn items(pulls: &Pulls) -> Result<Vec<InstallableModel>, ApiError> {
    let installed = pulls.installed().map_err(ApiError::internal)?;
    let models = Catalogue::builtin().models().iter();
    Ok(models
        .map(|model| InstallableModel {
            id: model.id.clone(),
            role: model.role.name().into(),
            languages: model.languages.clone(),
            licence: model.licence.clone(),
            bytes: model.bytes(),
            memory_bytes: model.memory,
            improves: model.improves.clone(),
            default: model.default,
            installed: installed.contains(&model.id),
            pull: pulls.watch(model).map(|status| status.borrow().clone()),
        })
        .collect())
}

/// Every change of a status, to the one that ends the pull.
fn events(status: watch::Receiver<PullStatus>) -> Response {
    let changes = unfold(Some(status), async |status| {
        let mut status = status?;
        let now = status.borrow_and_update().clone();
        let is_running = now.state == PullState::Running;
        // The next one, unless this one is the last.
        let next = async {
            status.changed().await.ok()?;
            Some(status)
        };
        let next = if is_running { next.await } else { None };
        Some((now, next))
    });
    let events = changes.map(|status: PullStatus| {
        let event = Event::default().event(status.state.name());
        let event = event.json_data(&status);
        Ok::<_, Infallible>(event.unwrap_or_else(|_| unreachable!("a status has string keys")))
    });
    Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response()
}
