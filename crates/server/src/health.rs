//! Whether the server lives and can work.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use futures_util::future::{BoxFuture, FutureExt as _, Shared};
use mynah_api::{EngineKind, EngineState, EngineStatus, Liveness, Readiness, ReadinessState};
use mynah_speech::{EngineHealth, EngineInfo, Engines};

use crate::blocking::blocking;
use crate::error::ApiError;
use crate::state::AppState;

/// How long an answer about engines is repeated: the check has a cost, and the route needs no key.
const MAX_AGE: Duration = Duration::from_secs(1);

/// A check of all engines that is under way; every request that comes meanwhile gets its result.
/// None where the check panicked.
type PendingCheck = Shared<BoxFuture<'static, Option<Vec<EngineStatus>>>>;

/// The engines' states as of the last check. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Health(Arc<Mutex<Checks>>);

#[derive(Default)]
struct Checks {
    last: Option<(Instant, Vec<EngineStatus>)>,
    pending: Option<PendingCheck>,
}

impl Health {
    /// The engines' states, at most [`MAX_AGE`] old. Many requests share one check, and the lock
    /// is free while it runs: an engine that takes long delays those who wait for its state, and
    /// occupies one blocking thread.
    async fn engines(&self, engines: &Engines) -> Result<Vec<EngineStatus>, ApiError> {
        let pending = {
            let mut checks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((at, statuses)) = &checks.last
                && at.elapsed() < MAX_AGE
            {
                return Ok(statuses.clone());
            }
            checks
                .pending
                .get_or_insert_with(|| self.check(engines.clone()))
                .clone()
        };
        pending
            .await
            .ok_or_else(|| ApiError::internal("the check of the engines panicked"))
    }

    /// Begins a check, which goes on when the request that began it is dropped.
    fn check(&self, engines: Engines) -> PendingCheck {
        let health = self.clone();
        let task = tokio::spawn(async move {
            let statuses = blocking(move || ask(&engines)).await.ok();
            let mut checks = health.0.lock().unwrap_or_else(PoisonError::into_inner);
            checks.pending = None;
            if let Some(statuses) = &statuses {
                checks.last = Some((Instant::now(), statuses.clone()));
            }
            statuses
        });
        async move { task.await.ok().flatten() }.boxed().shared()
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
    let keys = state.authenticator.keys().is_readable();
    let engines = state.health.engines(&state.engines).await?;
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

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use mynah_speech::{
        AudioSink, Cancel, Capability, EngineId, FinishReason, SpeechError, SpeechRequest,
        Synthesizer, Voice,
    };
    use mynah_tone::ToneScorer;

    use super::*;

    /// An engine whose health is known once the test lets it be.
    struct Slow {
        info: EngineInfo,
        checks: Arc<AtomicUsize>,
        released: Arc<Barrier>,
    }

    impl Synthesizer for Slow {
        fn info(&self) -> &EngineInfo {
            &self.info
        }

        fn health(&self) -> EngineHealth {
            self.checks.fetch_add(1, Ordering::SeqCst);
            self.released.wait();
            EngineHealth::Ready { version: None }
        }

        fn capability(&self) -> Capability {
            Capability::default()
        }

        fn voices(&self) -> Vec<Voice> {
            Vec::new()
        }

        fn speak(
            &self,
            _: &SpeechRequest,
            _: &Cancel,
            _: &mut dyn AudioSink,
        ) -> Result<FinishReason, SpeechError> {
            Err(SpeechError::Cancelled)
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn requests_share_one_check_and_no_lock() {
        let (checks, released) = (Arc::new(AtomicUsize::new(0)), Arc::new(Barrier::new(2)));
        let engines = Engines::new(|| Box::new(ToneScorer)).with_synthesizer(Slow {
            info: EngineInfo {
                id: EngineId::new("slow"),
                demo: true,
                about: "",
                licence: "",
                packages: &[],
            },
            checks: Arc::clone(&checks),
            released: Arc::clone(&released),
        });
        let health = Health::default();
        let waiting: Vec<_> = (0..20)
            .map(|_| {
                let (health, engines) = (health.clone(), engines.clone());
                tokio::spawn(async move { health.engines(&engines).await })
            })
            .collect();
        while checks.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        // The engine is being asked: the lock is free, and a request that leaves ends no check.
        drop(health.0.try_lock().expect("the lock is free"));
        waiting[0].abort();
        tokio::task::spawn_blocking(move || released.wait())
            .await
            .unwrap();
        for request in waiting.into_iter().skip(1) {
            assert_eq!(request.await.unwrap().unwrap().len(), 1);
        }
        assert_eq!(checks.load(Ordering::SeqCst), 1);
    }
}
