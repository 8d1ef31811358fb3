//! Whether the server runs and can work.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use mynah_api::{EngineKind, EngineState, EngineStatus, Liveness, Readiness, ReadinessState};
use mynah_speech::{EngineHealth, EngineInfo, Engines};

use crate::blocking::blocking;
use crate::error::ApiError;
use crate::state::AppState;

/// Whether the process runs and answers.
#[utoipa::path(
    get,
    path = "/livez",
    operation_id = "live",
    tag = "operation",
    responses((status = 200, description = "The process runs.", body = Liveness)),
)]
pub(crate) async fn livez() -> Json<Liveness> {
    Json(mynah_http::liveness())
}

/// Whether the server can work, and which engines are ready.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "ready",
    tag = "operation",
    responses(
        (status = 200, description = "At least one engine can synthesize.", body = Readiness),
        (status = 503, description = "No engine can synthesize, the key file cannot be read, or the server is shutting down.", body = Readiness),
    ),
)]
pub(crate) async fn readyz(
    State(state): State<AppState>,
) -> Result<(StatusCode, Json<Readiness>), ApiError> {
    let keys_readable = state.authenticator.keys().is_readable();
    let engines = state.engines.clone();
    let check = || async move { blocking(move || check(&engines)).await.ok() };
    let engines = state
        .engine_check
        .get(check)
        .await
        .ok_or_else(|| ApiError::internal("the check of the engines panicked"))?;
    let can_synthesize = engines
        .iter()
        .any(|engine| engine.kind == EngineKind::Synthesizer && engine.state == EngineState::Ready);
    let (status, readiness) = if state.shutdown.is_cancelled() {
        (StatusCode::SERVICE_UNAVAILABLE, ReadinessState::Stopping)
    } else if !keys_readable {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            ReadinessState::KeysUnreadable,
        )
    } else if can_synthesize {
        (StatusCode::OK, ReadinessState::Ready)
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, ReadinessState::NoEngine)
    };
    Ok((
        status,
        Json(Readiness {
            state: readiness,
            engines,
        }),
    ))
}

/// The states of all engines. Blocking.
fn check(engines: &Engines) -> Vec<EngineStatus> {
    let synthesizers = engines.synthesizers().iter();
    let recognizers = engines.recognizers().iter();
    let translators = engines.translators().iter();
    synthesizers
        .map(|engine| status(EngineKind::Synthesizer, engine.info(), engine.health()))
        .chain(
            recognizers
                .map(|engine| status(EngineKind::Recognizer, engine.info(), engine.health())),
        )
        .chain(
            translators
                .map(|engine| status(EngineKind::Translator, engine.info(), engine.health())),
        )
        .collect()
}

fn status(kind: EngineKind, info: &EngineInfo, health: EngineHealth) -> EngineStatus {
    let (state, version, reason, fix) = match health {
        EngineHealth::Ready { version } => (EngineState::Ready, version, None, None),
        EngineHealth::Missing { reason, fix } => {
            (EngineState::Missing, None, Some(reason), Some(fix))
        }
    };
    EngineStatus {
        id: info.id.to_string(),
        kind,
        state,
        version,
        reason,
        fix,
        demo: info.demo,
        about: info.about.into(),
        licence: info.licence.into(),
    }
}
