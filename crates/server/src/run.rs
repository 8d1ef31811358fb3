//! The server as one long-running thing.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use mynah_audio::DecodeMemory;
use mynah_http::serve;
use mynah_speech_translation::Interpreter;
use mynah_synthesis::Synthesis;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::event;
use crate::guard::{Authenticator, Exposed, check_exposure};
use crate::health::Health;
use crate::limit::{Arriving, Uploads};
use crate::maintenance::spawn_maintenance;
use crate::metric;
use crate::remote::Remote;
use crate::router::router;
use crate::state::AppState;
use crate::{InvalidServerSettings, ServerSettings};

/// What the server is made of.
pub struct ServerParts {
    /// Speaks.
    pub synthesis: Synthesis,
    /// Listens and translates.
    pub interpreter: Interpreter,
    /// Knows the keys, and counts.
    pub authenticator: Authenticator,
    /// The routes of other doors, such as the gateway's. They check keys themselves, with the
    /// same [`Authenticator`]; hosts, panics, logs and metrics are taken care of here.
    pub extra: Router,
}

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The operator: others can reach the address, and there is no key.
    #[error(transparent)]
    Exposed(#[from] Exposed),
    /// The operator: a setting that cannot be.
    #[error("server.{0}")]
    Settings(#[from] InvalidServerSettings),
    /// The machine: the listener has no address.
    #[error("the listener has no address: {0}")]
    Listener(#[from] io::Error),
    /// The machine: it gives no thread.
    #[error("the server could not start a thread: {0}")]
    Maintenance(io::Error),
}

/// Serves until `shutdown`, then finishes what was begun, for at most
/// [`ServerSettings::shutdown_seconds`], and returns.
///
/// # Errors
/// [`ServerError`], before the first connection is accepted.
pub async fn run(
    listener: TcpListener,
    parts: ServerParts,
    settings: ServerSettings,
    shutdown: CancellationToken,
) -> Result<(), ServerError> {
    settings.validate()?;
    let address = listener.local_addr()?;
    check_exposure(address, parts.authenticator.keys())?;
    let ServerParts {
        synthesis,
        interpreter,
        authenticator,
        extra,
    } = parts;
    let limits = settings.limits.clone();
    let connections = settings.connection_limits()?;
    let grace = Duration::from_secs(settings.shutdown_seconds);
    let state = AppState {
        engines: synthesis.engines().clone(),
        synthesis,
        interpreter,
        authenticator,
        arriving: Arriving::new(
            limits.arriving_bytes,
            limits.arriving_bytes_per_caller,
            Duration::from_secs(limits.body_seconds),
        ),
        uploads: Uploads::new(limits.uploads_running, limits.uploads_waiting),
        decode_memory: DecodeMemory::new(
            limits.decode_bytes,
            Duration::from_secs(limits.decode_wait_seconds),
        ),
        remote: Remote::new(&settings),
        settings: Arc::new(settings),
        metrics: metric::install(),
        health: Health::default(),
        shutdown: shutdown.clone(),
    };
    let _maintenance = spawn_maintenance(&state.authenticator, state.metrics.clone())
        .map_err(ServerError::Maintenance)?;
    tracing::info!(event = event::LISTENING, %address);
    serve(
        listener,
        router(state, address, extra),
        &connections,
        shutdown,
        grace,
    )
    .await;
    Ok(())
}
