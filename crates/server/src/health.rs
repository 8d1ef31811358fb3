//! Whether the server lives and can work.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use mynah_api::{EngineKind, EngineState, EngineStatus, Liveness, Readiness, ReadinessState};
use mynah_speech::{EngineHealth, EngineInfo, Engines};

use crate::blocking::blocking;
use crate::error::ApiError;
use crate::state::AppState;

/// How long an answer about engines is repeated: asking them costs something, and anybody may ask.
const FRESH: Duration = Duration::from_secs(1);

/// What the engines said last. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Health(Arc<Mutex<Option<Said>>>);

struct Said {
    at: Instant,
    engines: Vec<EngineStatus>,
}

impl Health {
    /// What the engines say of themselves, at most [`FRESH`] ago. Blocking: of many who ask at
    /// once one asks the engines, and the others wait for the answer.
    fn engines(&self, engines: &Engines) -> Vec<EngineStatus> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = last.take().filter(|said| said.at.elapsed() < FRESH);
        let said = fresh.unwrap_or_else(|| Said {
            at: Instant::now(),
            engines: ask(engines),
        });
        last.insert(said).engines.clone()
    }
}

/// Whether the process runs and answers.
#[utoipa::path(
    get,
    path = "/livez",
    operation_id = "live",
    tag = "operation",
    responses((status = 200, description = "It does.", body = Liveness)),
)]
pub(crate) async fn livez() -> Json<Liveness> {
    Json(Liveness {
        version: env!("CARGO_PKG_VERSION").into(),
    })
}

/// Whether work can be sent here, and which engines are ready.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "ready",
    tag = "operation",
    responses(
        (status = 200, description = "At least one engine can speak.", body = Readiness),
        (status = 503, description = "No engine can speak, the file of keys cannot be read, or the server is about to stop.", body = Readiness),
    ),
)]
pub(crate) async fn readyz(
    State(state): State<AppState>,
) -> Result<(StatusCode, Json<Readiness>), ApiError> {
    let keys = state.gate.keys().is_readable();
    let (health, engines) = (state.health, state.engines);
    let engines = blocking(move || health.engines(&engines)).await?;
    let speaks = engines
        .iter()
        .any(|engine| engine.kind == EngineKind::Synthesizer && engine.state == EngineState::Ready);
    let (status, word) = if state.shutdown.is_cancelled() {
        (StatusCode::SERVICE_UNAVAILABLE, ReadinessState::Stopping)
    } else if !keys {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            ReadinessState::KeysUnreadable,
        )
    } else if speaks {
        (StatusCode::OK, ReadinessState::Ready)
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, ReadinessState::NoEngine)
    };
    Ok((
        status,
        Json(Readiness {
            state: word,
            engines,
        }),
    ))
}

fn ask(engines: &Engines) -> Vec<EngineStatus> {
    let speak = engines.synthesizers().iter();
    let listen = engines.recognizers().iter();
    let translate = engines.translators().iter();
    speak
        .map(|engine| status(EngineKind::Synthesizer, engine.info(), engine.health()))
        .chain(listen.map(|engine| status(EngineKind::Recognizer, engine.info(), engine.health())))
        .chain(
            translate.map(|engine| status(EngineKind::Translator, engine.info(), engine.health())),
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
