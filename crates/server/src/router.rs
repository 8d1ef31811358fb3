//! The whole server on one page: its routes, and what every request goes through.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use axum::{Json, Router};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi as _;
use utoipa_axum::router::UtoipaMethodRouterExt as _;
use utoipa_axum::routes;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::error::{ApiError, after_panic};
use crate::form::FORM_BYTES;
use crate::guard::{HostPolicy, OriginPolicy, Policy, ask_for_key, check_host, check_origin};
use crate::observe::observe;
use crate::openapi::Document;
use crate::routes::Routes;
use crate::secure::secure;
use crate::slash::without_trailing_slashes;
use crate::state::AppState;
use crate::{LimitSettings, catalogue, header, health, page, speech, transcription};

/// Every route and who may use it.
pub(crate) fn routes(limits: &LimitSettings) -> Routes {
    use Policy::{Keyed, Open};
    let upload = DefaultBodyLimit::max(limits.upload_bytes.saturating_add(FORM_BYTES));
    // JSON is bounded where it is read.
    let reference = limits.reference_bytes.saturating_add(limits.body_bytes);
    let reference = DefaultBodyLimit::max(reference.saturating_add(FORM_BYTES));
    Routes::default()
        .add(Keyed, routes!(speech::speech).layer(reference))
        .add(Keyed, routes!(transcription::transcriptions).layer(upload))
        .add(Keyed, routes!(transcription::translations).layer(upload))
        .add(Keyed, routes!(catalogue::voices))
        .add(Keyed, routes!(catalogue::models))
        .add(Keyed, routes!(catalogue::model))
        .add(Open, routes!(health::livez))
        .add(Open, routes!(health::readyz))
        .add_plain(Keyed, "/metrics", get(metrics))
}

/// The server as a service. `extra` are the routes of other doors, which check keys themselves.
pub(crate) fn router(state: AppState, listen: SocketAddr, extra: Router) -> Router {
    let authenticator = state.authenticator.clone();
    let guard = |policy, route: MethodRouter<AppState>| match policy {
        Policy::Open => route,
        Policy::Keyed => route.layer(from_fn_with_state(authenticator.clone(), ask_for_key)),
    };
    let (router, document) = routes(&state.settings.limits).build(Document::openapi(), guard);
    let origins = OriginPolicy::new(&state.settings.origins);
    let hosts = HostPolicy::new(listen, &state.settings.hosts);
    let cors = origins.cors(header::EXPOSED);

    let router = router
        .with_state(state)
        .merge(describe(document))
        .merge(extra)
        .fallback(page::page)
        .method_not_allowed_fallback(async || ApiError::Method)
        // The last layer added is the first that a request meets.
        .layer(from_fn_with_state(origins, check_origin))
        .layer(cors)
        .layer(from_fn_with_state(hosts, check_host))
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(from_fn(secure))
        .layer(from_fn(observe));
    without_trailing_slashes(router)
}

/// The interface's description, for programs and for people.
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

/// What Prometheus reads.
async fn metrics(State(state): State<AppState>) -> impl IntoResponse {
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        state.metrics.render(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_has_its_decision() {
        let mut decisions = routes(&LimitSettings::default()).decisions();
        decisions.sort_by(|(a, _), (b, _)| a.cmp(b));
        let decisions: Vec<_> = decisions
            .iter()
            .map(|(path, policy)| format!("{path} {policy:?}"))
            .collect();
        insta::assert_snapshot!(decisions.join("\n"), @r"
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
