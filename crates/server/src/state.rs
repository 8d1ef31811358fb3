//! The state that every handler shares.

use std::sync::Arc;

use mynah_admission::ConcurrencyLimit;
use mynah_api::EngineStatus;
use mynah_audio::DecodeMemory;
use mynah_auth::Authenticator;
use mynah_http::CachedCheck;
use mynah_speech::Engines;
use mynah_speech_translation::Interpreter;
use mynah_synthesis::Synthesis;
use mynah_voices::Library;
use tokio_util::sync::CancellationToken;

use crate::ServerSettings;
use crate::arriving_bodies::ArrivingBodies;
use crate::installation::Pulls;
use crate::remote::Remote;
use crate::uploads::UploadLimit;
use crate::voice_list::VoiceListCache;

/// Handles and settings; cheap to clone.
#[derive(Clone)]
pub(crate) struct AppState {
    pub(crate) engines: Engines,
    pub(crate) synthesis: Synthesis,
    pub(crate) interpreter: Interpreter,
    pub(crate) authenticator: Authenticator,
    pub(crate) arriving: ArrivingBodies,
    pub(crate) uploads: UploadLimit,
    /// Packages that arrive or are sent; each takes space on the disk.
    pub(crate) package_files: ConcurrencyLimit,
    pub(crate) decode_memory: DecodeMemory,
    pub(crate) remote: Remote,
    pub(crate) pulls: Pulls,
    pub(crate) library: Library,
    pub(crate) voice_list: VoiceListCache,
    pub(crate) settings: Arc<ServerSettings>,
    /// The states of the engines as of the last check.
    pub(crate) engine_check: CachedCheck<Vec<EngineStatus>>,
    pub(crate) shutdown: CancellationToken,
}
