//! Endpoints for operators: `/livez`, `/startupz`, `/readyz` and `/metrics`, for servers whose
//! readiness depends on other services.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderName, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, get};
use axum::{Json, Router};
use futures_util::future::BoxFuture;
use mynah_api::Liveness;
use mynah_auth::{Authenticator, Exposed, KeyStore, check_exposure};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::authenticate::authenticate;
use crate::cached_check::CachedCheck;
use crate::host::HostPolicy;
use crate::maintenance::spawn_maintenance;
use crate::middleware::Middleware;
use crate::origin::OriginPolicy;
use crate::recorder::{install_recorder, metrics_route};
use crate::serve::{ConnectionLimits, serve};

/// How long requests may take after the stop of a listener that serves operators alone.
const OPS_GRACE: Duration = Duration::from_secs(1);

/// A service that this process depends on, and whether it is available.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// Its name, such as `bus`.
    pub name: &'static str,
    /// Why it is not available; none if it is. Holds no secret.
    pub unavailable: Option<String>,
}

/// Checks all dependencies.
pub type DependencyCheck = Arc<dyn Fn() -> BoxFuture<'static, Vec<Dependency>> + Send + Sync>;

/// The state of a process as its operators see it. Cheap to clone.
#[derive(Clone)]
pub struct OpsState {
    check: DependencyCheck,
    started: Arc<AtomicBool>,
    last: CachedCheck<Vec<Dependency>>,
    stopping: CancellationToken,
    /// Where clients need keys.
    keys: Option<KeyStore>,
}

impl OpsState {
    /// A process with these dependencies that has not started yet, and stops when `stopping` is
    /// cancelled.
    pub fn new(check: DependencyCheck, stopping: CancellationToken) -> Self {
        install_recorder();
        Self {
            check,
            started: Arc::default(),
            last: CachedCheck::default(),
            stopping,
            keys: None,
        }
    }

    /// The same, which is ready only while the key file can be read.
    fn with_keys(self, keys: KeyStore) -> Self {
        Self {
            keys: Some(keys),
            ..self
        }
    }

    /// Marks the process as started: all dependencies were available and the engines are warm.
    pub fn mark_started(&self) {
        self.started.store(true, Ordering::Relaxed);
    }

    fn has_started(&self) -> bool {
        self.started.load(Ordering::Relaxed)
    }

    async fn dependencies(&self) -> Vec<Dependency> {
        let check = Arc::clone(&self.check);
        let checked = self.last.get(|| async move { Some(check().await) }).await;
        let mut dependencies = checked.unwrap_or_else(|| {
            vec![Dependency {
                name: "check",
                unavailable: Some("the check of the dependencies failed".into()),
            }]
        });
        if let Some(keys) = &self.keys {
            let unavailable = (!keys.is_readable()).then(|| "the key file cannot be read".into());
            dependencies.push(Dependency {
                name: "keys",
                unavailable,
            });
        }
        dependencies
    }
}

/// The response of `/livez`: the process runs and answers.
pub fn liveness() -> Liveness {
    Liveness {
        version: env!("CARGO_PKG_VERSION").into(),
    }
}

async fn startupz(State(ops): State<OpsState>) -> impl IntoResponse {
    let started = ops.has_started();
    (status_of(started), Json(json!({"started": started})))
}

async fn readyz(State(ops): State<OpsState>) -> impl IntoResponse {
    let dependencies = ops.dependencies().await;
    let state = if ops.stopping.is_cancelled() {
        "stopping"
    } else if !ops.has_started() {
        "starting"
    } else if dependencies.iter().any(|own| own.unavailable.is_some()) {
        "lacking"
    } else {
        "ready"
    };
    let dependencies: Vec<_> = dependencies
        .into_iter()
        .map(|own| json!({"name": own.name, "ready": own.unavailable.is_none(), "reason": own.unavailable}))
        .collect();
    (
        status_of(state == "ready"),
        Json(json!({"state": state, "needs": dependencies})),
    )
}

const fn status_of(ready: bool) -> StatusCode {
    if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}

/// The endpoints, with `/metrics` as given.
fn ops_routes(ops: OpsState, metrics: MethodRouter<OpsState>) -> Router {
    Router::new()
        .route("/livez", get(async || Json(liveness())))
        .route("/startupz", get(startupz))
        .route("/readyz", get(readyz))
        .route("/metrics", metrics)
        .with_state(ops)
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The operator: other machines can reach the address, and there is no key.
    #[error(transparent)]
    Exposed(#[from] Exposed),
    /// The machine: the listener has no address.
    #[error("the listener has no address: {0}")]
    Listener(#[from] io::Error),
    /// The machine: the system provides no thread.
    #[error("the server could not start a thread: {0}")]
    Maintenance(io::Error),
}

/// The settings of a listener.
#[derive(Clone, Debug)]
pub struct ListenerSettings {
    /// Host names that are served beside those of the loopback interface and bare addresses.
    pub hosts: Vec<String>,
    /// Origins whose pages may send requests.
    pub origins: Vec<String>,
    /// Response headers that pages of other origins may read.
    pub exposed_headers: Vec<HeaderName>,
    /// The limits of the listener's connections.
    pub connections: ConnectionLimits,
    /// How long requests and streams may go on after the stop.
    pub grace: Duration,
}

impl ListenerSettings {
    /// The middleware for a listener at this address.
    pub fn middleware(&self, address: SocketAddr) -> Middleware {
        Middleware {
            hosts: Some(HostPolicy::new(address, &self.hosts)),
            origins: OriginPolicy::new(&self.origins),
            exposed_headers: self.exposed_headers.clone(),
        }
    }
}

/// Serves operators on a listener of their own until `stop`. The responses hold no secret, and no
/// key is required. Requests that name a host which is neither an address nor one of `hosts` are
/// refused, so that no page of another site can read them.
///
/// # Errors
/// [`StartError`], before the first connection is accepted.
pub async fn run_ops(
    listener: TcpListener,
    ops: OpsState,
    hosts: Vec<String>,
    connections: ConnectionLimits,
    stop: CancellationToken,
) -> Result<(), StartError> {
    let settings = ListenerSettings {
        hosts,
        origins: Vec::new(),
        exposed_headers: Vec::new(),
        connections,
        grace: OPS_GRACE,
    };
    let middleware = settings.middleware(listener.local_addr()?);
    let router = middleware.wrap(ops_routes(ops, metrics_route()));
    serve(
        listener,
        router,
        &settings.connections,
        stop,
        settings.grace,
    )
    .await;
    Ok(())
}

/// Serves the routes of a server and the endpoints for operators until `stop`. The routes check
/// keys themselves; `/metrics` requires a key where keys are required.
///
/// # Errors
/// [`StartError`], before the first connection is accepted.
pub async fn run_with_ops(
    listener: TcpListener,
    routes: Router,
    authenticator: Authenticator,
    ops: OpsState,
    settings: ListenerSettings,
    stop: CancellationToken,
) -> Result<(), StartError> {
    let address = listener.local_addr()?;
    check_exposure(address, authenticator.keys())?;
    let _maintenance = spawn_maintenance(&authenticator).map_err(StartError::Maintenance)?;
    let ops = ops.with_keys(authenticator.keys().clone());
    let metrics = metrics_route().layer(from_fn_with_state(authenticator, authenticate));
    let router = ops_routes(ops, metrics).merge(routes);
    let router = settings.middleware(address).wrap(router);
    serve(
        listener,
        router,
        &settings.connections,
        stop,
        settings.grace,
    )
    .await;
    Ok(())
}
