//! The server as a long-running task, or as a router.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use mynah_admission::ConcurrencyLimit;
use mynah_audio::DecodeMemory;
use mynah_auth::{Authenticator, check_exposure};
use mynah_http::{
    CachedCheck, HostPolicy, Middleware, OriginPolicy, StartError, serve, spawn_maintenance,
};
use mynah_settings::InvalidSettings;
use mynah_speech_translation::Interpreter;
use mynah_synthesis::Synthesis;
use mynah_voices::Library;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::arriving_bodies::ArrivingBodies;
use crate::installation::{ModelInstallation, Pulls};
use crate::kept_voices::packages::MAX_FILES;
use crate::remote::Remote;
use crate::state::AppState;
use crate::uploads::UploadLimit;
use crate::voice_list::VoiceListCache;
use crate::{ServerSettings, event, metric};

/// The parts of the server.
pub struct ServerParts {
    /// Text to speech.
    pub synthesis: Synthesis,
    /// Recognition and translation.
    pub interpreter: Interpreter,
    /// Checks keys and limits.
    pub authenticator: Authenticator,
    /// Where models are installed, and who may have them fetched.
    pub models: ModelInstallation,
    /// Voices that are kept.
    pub library: Library,
    /// The routes of other servers, such as the gateway's. They check keys themselves, with the
    /// same [`Authenticator`]; the middleware is applied to them here.
    pub extra: Router,
}

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The operator: invalid settings of the section `server`.
    #[error(transparent)]
    Settings(#[from] InvalidSettings),
    /// The operator or the machine.
    #[error(transparent)]
    Start(#[from] StartError),
}

/// Serves until `shutdown`, then waits for open requests, for at most
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
    let own = settings
        .listener()
        .map_err(|error| error.within("server"))?;
    let address = listener.local_addr().map_err(StartError::Listener)?;
    check_exposure(address, parts.authenticator.keys()).map_err(StartError::Exposed)?;
    let _maintenance = spawn_maintenance(&parts.authenticator).map_err(StartError::Maintenance)?;
    let router = build(parts, settings, own.middleware(address), shutdown.clone());
    tracing::info!(event = event::LISTENING, %address);
    serve(listener, router, &own.connections, shutdown, own.grace).await;
    Ok(())
}

/// The same routes without a listener, for callers that bring a transport of their own, such as a
/// tunnel. `hosts` are the hosts that are served; none if the transport checks them. The peer's
/// address is read from [`axum::extract::ConnectInfo`] of a socket address in the extensions of a
/// request. The caller limits connections, and runs [`mynah_http::spawn_maintenance`].
///
/// # Errors
/// An invalid setting.
pub fn router(
    parts: ServerParts,
    settings: ServerSettings,
    hosts: Option<HostPolicy>,
    shutdown: CancellationToken,
) -> Result<Router, InvalidSettings> {
    mynah_settings::check(&settings)?;
    let middleware = Middleware {
        hosts,
        origins: OriginPolicy::new(&settings.origins),
        exposed_headers: crate::header::EXPOSED.into(),
    };
    Ok(build(parts, settings, middleware, shutdown))
}

fn build(
    parts: ServerParts,
    settings: ServerSettings,
    middleware: Middleware,
    shutdown: CancellationToken,
) -> Router {
    metric::install();
    let ServerParts {
        synthesis,
        interpreter,
        authenticator,
        models,
        library,
        extra,
    } = parts;
    let limits = settings.limits.clone();
    let state = AppState {
        engines: synthesis.engines().clone(),
        synthesis,
        interpreter,
        authenticator,
        arriving: ArrivingBodies::new(
            limits.arriving_bytes,
            limits.arriving_bytes_per_caller,
            Duration::from_secs(limits.body_seconds),
        ),
        uploads: UploadLimit::new(limits.uploads_running, limits.uploads_waiting),
        package_files: ConcurrencyLimit::new(MAX_FILES),
        decode_memory: DecodeMemory::new(
            limits.decode_bytes,
            Duration::from_secs(limits.decode_wait_seconds),
        ),
        remote: Remote::new(&settings),
        pulls: Pulls::new(models, shutdown.clone()),
        library,
        voice_list: VoiceListCache::default(),
        settings: Arc::new(settings),
        engine_check: CachedCheck::default(),
        shutdown,
    };
    crate::router::router(state, middleware, extra)
}
