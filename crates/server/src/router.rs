//! All routes, and the middleware around them.

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use axum::{Json, Router};
use mynah_http::{AccessPolicy, Middleware, authenticate, metrics_route};
use utoipa::OpenApi as _;
use utoipa_axum::router::UtoipaMethodRouterExt as _;
use utoipa_axum::routes;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::error::ApiError;
use crate::form::FORM_BYTES;
use crate::openapi::Document;
use crate::routes::Routes;
use crate::state::AppState;
use crate::{
    LimitSettings, catalogue, health, installation, kept_voices, speech, styles, transcription,
    voice_list, web_app,
};

/// Every route and its access policy.
pub(crate) fn routes(limits: &LimitSettings) -> Routes {
    use AccessPolicy::{Keyed, Open};
    let upload = DefaultBodyLimit::max(limits.upload_bytes.saturating_add(FORM_BYTES));
    // JSON is bounded where it is read.
    let reference = limits.reference_bytes.saturating_add(limits.body_bytes);
    let reference = DefaultBodyLimit::max(reference.saturating_add(FORM_BYTES));
    Routes::default()
        .add(Keyed, routes!(speech::speech).layer(reference))
        .add(Keyed, routes!(transcription::transcriptions).layer(upload))
        .add(Keyed, routes!(transcription::translations).layer(upload))
        .add(Keyed, routes!(voice_list::voices))
        .add(Keyed, routes!(catalogue::models))
        .add(Keyed, routes!(catalogue::model))
        .add(
            Keyed,
            routes!(kept_voices::list::list, kept_voices::create).layer(reference),
        )
        .add(
            Keyed,
            routes!(kept_voices::get, kept_voices::change, kept_voices::delete),
        )
        .add(Keyed, routes!(kept_voices::restore))
        .add(
            Keyed,
            routes!(kept_voices::consent::give, kept_voices::consent::revoke),
        )
        .add(Keyed, routes!(kept_voices::audit))
        .add(
            Keyed,
            routes!(
                kept_voices::prompts::list_of_voice,
                kept_voices::prompts::create
            )
            .layer(reference),
        )
        .add(Keyed, routes!(kept_voices::prompt_list::list))
        .add(
            Keyed,
            routes!(
                kept_voices::prompts::get,
                kept_voices::prompts::change,
                kept_voices::prompts::delete
            ),
        )
        .add(Keyed, routes!(kept_voices::packages::export))
        .add(
            Keyed,
            // It goes to a file, and is bounded where it is written.
            routes!(kept_voices::packages::import).layer(DefaultBodyLimit::disable()),
        )
        .add(Keyed, routes!(kept_voices::takes::list))
        .add(
            Keyed,
            routes!(kept_voices::takes::get, kept_voices::takes::delete),
        )
        .add(Keyed, routes!(kept_voices::clip::audio))
        .add(Keyed, routes!(kept_voices::peaks::get))
        .add(Keyed, routes!(styles::list))
        .add(Keyed, routes!(styles::get, styles::put, styles::delete))
        .add(Keyed, routes!(installation::list))
        .add(
            Keyed,
            routes!(
                installation::pull,
                installation::watch,
                installation::cancel
            ),
        )
        .add(Open, routes!(health::livez))
        .add(Open, routes!(health::readyz))
        .add_plain(Keyed, "/metrics", metrics_route())
}

/// The router of the whole server. `extra` are the routes of other servers, which check keys
/// themselves.
pub(crate) fn router(state: AppState, middleware: Middleware, extra: Router) -> Router {
    let authenticator = state.authenticator.clone();
    let guard = |policy, route: MethodRouter<AppState>| match policy {
        AccessPolicy::Open => route,
        AccessPolicy::Keyed => route.layer(from_fn_with_state(authenticator.clone(), authenticate)),
    };
    let (router, document) = routes(&state.settings.limits).build(Document::openapi(), guard);
    let router = router
        .with_state(state)
        .merge(describe(document))
        .merge(extra)
        .fallback(web_app::web_app)
        .method_not_allowed_fallback(async || ApiError::Method);
    middleware.wrap(router)
}

/// The OpenAPI document, and the interactive documentation.
fn describe(document: utoipa::openapi::OpenApi) -> Router {
    let document = Arc::new(document);
    let swagger = SwaggerUi::new("/docs").config(Config::new(["/openapi.json"]));
    Router::from(swagger)
        .layer(map_response(async |response: Response| {
            match response.status() {
                StatusCode::NOT_FOUND => ApiError::NotFound.into_response(),
                _ => response,
            }
        }))
        .route("/openapi.json", get(async move || Json(document)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_has_an_access_policy() {
        let mut decisions = routes(&LimitSettings::default()).decisions();
        decisions.sort_by(|(a, _), (b, _)| a.cmp(b));
        let decisions: Vec<_> = decisions
            .iter()
            .map(|(path, policy)| format!("{path} {policy:?}"))
            .collect();
        insta::assert_snapshot!(decisions.join("\n"), @r"
        /api/v1/clips Keyed
        /api/v1/clips/{id} Keyed
        /api/v1/clips/{id}/audio Keyed
        /api/v1/clips/{id}/peaks Keyed
        /api/v1/models Keyed
        /api/v1/models/{id}/pull Keyed
        /api/v1/packages Keyed
        /api/v1/prompts Keyed
        /api/v1/prompts/{id} Keyed
        /api/v1/styles Keyed
        /api/v1/styles/{key} Keyed
        /api/v1/voices Keyed
        /api/v1/voices/{id} Keyed
        /api/v1/voices/{id}/audit Keyed
        /api/v1/voices/{id}/consent Keyed
        /api/v1/voices/{id}/package Keyed
        /api/v1/voices/{id}/prompts Keyed
        /api/v1/voices/{id}/restore Keyed
        /livez Open
        /metrics Keyed
        /readyz Open
        /v1/audio/speech Keyed
        /v1/audio/transcriptions Keyed
        /v1/audio/translations Keyed
        /v1/audio/voices Keyed
        /v1/models Keyed
        /v1/models/{model} Keyed
        ");
    }
}
