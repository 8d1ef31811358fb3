//! The handle of a gateway, and its router.

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get};
use mynah_api::realtime::{AUDIO_PATH, PATH};
use mynah_auth::Authenticator;
use mynah_http::OriginPolicy;
use mynah_settings::InvalidSettings;
use mynah_speech::Cancel;
use tokio_util::task::TaskTracker;

use crate::audio_charges::ChargedSessions;
use crate::backend::Backend;
use crate::connections::Connections;
use crate::resume_token::ResumeTokens;
use crate::sessions;
use crate::settings::GatewaySettings;
use crate::upgrade::{upgrade, upgrade_audio};

/// The WebSocket server. Cheap to clone.
#[derive(Clone)]
pub struct Gateway(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) backend: Backend,
    pub(crate) tokens: ResumeTokens,
    pub(crate) charged_sessions: ChargedSessions,
    pub(crate) settings: GatewaySettings,
    pub(crate) authenticator: Authenticator,
    pub(crate) origins: OriginPolicy,
    pub(crate) connections: Connections,
    pub(crate) audio_connections: Connections,
    pub(crate) shutdown: Cancel,
    pub(crate) sessions: TaskTracker,
}

impl Gateway {
    /// A gateway to this backend for the clients that `authenticator` accepts. When `shutdown` is cancelled no
    /// client is admitted any more; the open sessions get an error, are interpreted to their end
    /// within `shutdown_seconds`, and close.
    ///
    /// # Errors
    /// A setting out of its range.
    pub fn new(
        backend: impl Into<Backend>,
        settings: GatewaySettings,
        authenticator: Authenticator,
        shutdown: Cancel,
    ) -> Result<Self, InvalidSettings> {
        mynah_settings::check(&settings)?;
        let connections = Connections::new(
            "realtime",
            settings.max_connections,
            settings.max_connections_per_caller,
        );
        let most = settings.ws_audio.max_connections;
        let audio_connections = Connections::new("ws_audio", most, most);
        let origins = OriginPolicy::new(&settings.allowed_origins);
        let sessions = TaskTracker::new();
        Ok(Self(Arc::new(Shared {
            backend: backend.into(),
            tokens: ResumeTokens::new(&settings.resume_key),
            charged_sessions: ChargedSessions::default(),
            settings,
            authenticator,
            origins,
            connections,
            audio_connections,
            shutdown,
            sessions,
        })))
    }

    /// Waits for the shutdown, and then for all sessions to end. A server's own graceful shutdown
    /// does not wait for upgraded connections.
    pub async fn drained(&self) {
        self.0.shutdown.cancelled().await;
        self.0.sessions.close();
        self.0.sessions.wait().await;
    }
}

/// `GET /v1/realtime/translations`, `GET /ws/audio` in the earlier protocol, and what is kept of a
/// session below `/v1/realtime/sessions/`. Wants [`axum::extract::ConnectInfo`] of a socket
/// address in the request's extensions, to count the connections of callers without keys, and
/// [`mynah_http::PeerProgress`], to tell a client that reads slowly from one that does not read.
pub fn router(gateway: Gateway) -> Router {
    Router::new()
        .route(PATH, get(upgrade))
        .route(AUDIO_PATH, get(upgrade_audio))
        .route(sessions::SESSION, delete(sessions::delete))
        .route(sessions::OBJECTS, get(sessions::list))
        .with_state(gateway)
}
