//! What operators ask of a process without the speech interface: does it live, has it started,
//! can it work, what has it done. `mynah gateway` and `mynah pipeline run` answer here.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use futures_util::future::BoxFuture;
use metrics_exporter_prometheus::PrometheusHandle;
use mynah_http::serve;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;

use crate::error::after_panic;
use crate::guard::{
    Authenticator, HostPolicy, OriginPolicy, ask_for_key, check_host, check_origin,
};
use crate::keys::KeyStore;
use crate::maintenance::spawn_maintenance;
use crate::observe::observe;
use crate::secure::secure;
use crate::slash::without_trailing_slashes;
use crate::{ServerError, ServerSettings, check_exposure, header, metric};

/// How long an answer is repeated: anybody may ask, and asking costs something.
const FRESH: Duration = Duration::from_secs(1);

/// What is needed to work, and whether it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// What, such as `bus`.
    pub name: &'static str,
    /// Why not; none where it is there. Holds no secret.
    pub lacking: Option<String>,
}

/// What was found out, and when.
type Said = (Instant, Vec<Dependency>);

/// Finds out what is there.
pub type DependencyCheck = Arc<dyn Fn() -> BoxFuture<'static, Vec<Dependency>> + Send + Sync>;

/// The state of a process. Cheap to clone.
#[derive(Clone)]
pub struct Ops {
    needs: DependencyCheck,
    started: Arc<AtomicBool>,
    last: Arc<Mutex<Option<Said>>>,
    stopping: CancellationToken,
    metrics: PrometheusHandle,
    /// Where callers need keys.
    keys: Option<KeyStore>,
}

impl Ops {
    /// A process that needs these, has not started yet, and stops when told to.
    pub fn new(needs: DependencyCheck, stopping: CancellationToken) -> Self {
        Self {
            needs,
            started: Arc::default(),
            last: Arc::default(),
            stopping,
            metrics: metric::install(),
            keys: None,
        }
    }

    /// The same, which needs the file of keys to be readable.
    fn with_keys(self, keys: KeyStore) -> Self {
        Self {
            keys: Some(keys),
            ..self
        }
    }

    /// Everything is there and warm: from now on work may come.
    pub fn started(&self) {
        self.started.store(true, Ordering::Relaxed);
    }

    fn has_started(&self) -> bool {
        self.started.load(Ordering::Relaxed)
    }

    async fn needs(&self) -> Vec<Dependency> {
        let mut last = self.last.lock().await;
        if let Some((at, needs)) = last.as_ref()
            && at.elapsed() < FRESH
        {
            return needs.clone();
        }
        let needs = (self.needs)().await;
        *last = Some((Instant::now(), needs.clone()));
        needs
    }
}

async fn livez() -> impl IntoResponse {
    Json(json!({"version": env!("CARGO_PKG_VERSION")}))
}

async fn startupz(State(ops): State<Ops>) -> impl IntoResponse {
    let started = ops.has_started();
    let status = if started {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(json!({"started": started})))
}

async fn readyz(State(ops): State<Ops>) -> impl IntoResponse {
    let mut needs = ops.needs().await;
    if let Some(keys) = &ops.keys {
        let lacking = (!keys.is_readable()).then(|| "the file of keys cannot be read".into());
        needs.push(Dependency {
            name: "keys",
            lacking,
        });
    }
    let state = if ops.stopping.is_cancelled() {
        "stopping"
    } else if !ops.has_started() {
        "starting"
    } else if needs.iter().any(|need| need.lacking.is_some()) {
        "lacking"
    } else {
        "ready"
    };
    let status = if state == "ready" {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let needs: Vec<_> = needs
        .into_iter()
        .map(|need| json!({"name": need.name, "ready": need.lacking.is_none(), "reason": need.lacking}))
        .collect();
    (status, Json(json!({"state": state, "needs": needs})))
}

async fn metrics(State(ops): State<Ops>) -> impl IntoResponse {
    ops.metrics.run_upkeep();
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        ops.metrics.render(),
    )
}

/// Answers operators on a listener of their own until `stop`. Nothing here is a secret, and there
/// is no key; it is for probes and for collectors of metrics. Requests that name a host which is
/// neither an address nor one of `hosts` are refused, so that no page of another site reads it.
///
/// # Errors
/// [`ServerError`], before the first connection is accepted.
pub async fn run_ops(
    listener: TcpListener,
    ops: Ops,
    hosts: &[String],
    stop: CancellationToken,
) -> Result<(), ServerError> {
    let hosts = HostPolicy::new(listener.local_addr()?, hosts);
    let router = Router::new()
        .route("/livez", get(livez))
        .route("/startupz", get(startupz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(ops)
        .layer(from_fn_with_state(hosts, check_host))
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(from_fn(secure));
    let router = without_trailing_slashes(router);
    let limits = ServerSettings::default().connection_limits();
    let Ok(limits) = limits else {
        unreachable!("the defaults are valid");
    };
    serve(listener, router, &limits, stop, Duration::from_secs(1)).await;
    Ok(())
}

/// Serves the routes of another door, and operators beside them, until `stop`. Hosts, origins,
/// panics and logs are taken care of; metrics want a key where there are keys.
///
/// # Errors
/// [`ServerError`], before the first connection is accepted.
pub async fn run_door(
    listener: TcpListener,
    door: Router,
    authenticator: Authenticator,
    ops: Ops,
    settings: &ServerSettings,
    stop: CancellationToken,
) -> Result<(), ServerError> {
    settings.validate()?;
    let connections = settings.connection_limits()?;
    let address = listener.local_addr()?;
    check_exposure(address, authenticator.keys())?;
    let _maintenance =
        spawn_maintenance(&authenticator, ops.metrics.clone()).map_err(ServerError::Maintenance)?;
    let ops = ops.with_keys(authenticator.keys().clone());
    let keyed = get(metrics).layer(from_fn_with_state(authenticator, ask_for_key));
    let origins = OriginPolicy::new(&settings.origins);
    let cors = origins.cors(header::EXPOSED);
    let hosts = HostPolicy::new(address, &settings.hosts);
    let router = Router::new()
        .route("/livez", get(livez))
        .route("/startupz", get(startupz))
        .route("/readyz", get(readyz))
        .route("/metrics", keyed)
        .with_state(ops)
        .merge(door)
        .layer(from_fn_with_state(origins, check_origin))
        .layer(cors)
        .layer(from_fn_with_state(hosts, check_host))
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(from_fn(secure))
        .layer(from_fn(observe));
    let router = without_trailing_slashes(router);
    let grace = Duration::from_secs(settings.shutdown_seconds);
    serve(listener, router, &connections, stop, grace).await;
    Ok(())
}
