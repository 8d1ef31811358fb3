//! What every handler has at hand.

use std::sync::Arc;

use axum::extract::FromRef;
use metrics_exporter_prometheus::PrometheusHandle;
use mynah_audio::DecodeMemory;
use mynah_speech::Engines;
use mynah_speech_translation::Interpreter;
use mynah_synthesis::Synthesis;
use tokio_util::sync::CancellationToken;

use crate::ServerSettings;
use crate::guard::Authenticator;
use crate::health::Health;
use crate::limit::{Arriving, Uploads};
use crate::remote::Remote;

/// Handles and settings; cheap to clone.
#[derive(Clone)]
pub(crate) struct AppState {
    pub(crate) engines: Engines,
    pub(crate) synthesis: Synthesis,
    pub(crate) interpreter: Interpreter,
    pub(crate) authenticator: Authenticator,
    pub(crate) arriving: Arriving,
    pub(crate) uploads: Uploads,
    pub(crate) decode_memory: DecodeMemory,
    pub(crate) remote: Remote,
    pub(crate) settings: Arc<ServerSettings>,
    pub(crate) metrics: PrometheusHandle,
    pub(crate) health: Health,
    pub(crate) shutdown: CancellationToken,
}

impl FromRef<AppState> for Authenticator {
    fn from_ref(state: &AppState) -> Self {
        state.authenticator.clone()
    }
}
