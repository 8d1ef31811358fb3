//! Where sessions are interpreted: in this process, or by stages on the other side of a bus.

mod bus;
mod local;
mod stage_options;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use mynah_admission::ClientKey;
use mynah_audio::{Clip, SampleRate};
use mynah_bus::identity::SessionId;
use mynah_bus_session::{BusSessions, ObjectStore, SessionEvent};
use mynah_speech::Cancel;
use mynah_speech_translation::{Interpreter, SessionOptions};
use tokio::time::Instant;

use crate::fault::{End, Fault};
use crate::silence::Silence;

use bus::BusBackend;
use local::LocalBackend;

/// The backend of a gateway: an interpreter of this process, or sessions over a bus. Cheap to
/// clone.
#[derive(Clone)]
pub struct Backend(Arc<dyn SessionBackend>);

impl From<Interpreter> for Backend {
    fn from(interpreter: Interpreter) -> Self {
        Self(Arc::new(LocalBackend::new(interpreter)))
    }
}

impl From<BusSessions> for Backend {
    fn from(sessions: BusSessions) -> Self {
        Self(Arc::new(BusBackend::new(sessions)))
    }
}

impl Backend {
    /// What interprets sessions.
    pub(crate) fn sessions(&self) -> &dyn SessionBackend {
        self.0.as_ref()
    }
}

/// What interprets sessions.
#[async_trait]
pub(crate) trait SessionBackend: Send + Sync + 'static {
    /// Prepares a session. Its work begins with its first audio.
    fn open(&self, start: SessionStart) -> OpenedSession;

    /// Whether a session that lost its connection can be resumed.
    fn is_resumable(&self, retention: &Retention) -> bool;

    /// Continues a session of an earlier connection.
    ///
    /// # Errors
    /// [`ResumeError`].
    async fn resume(&self, request: ResumeRequest) -> Result<ResumedSession, ResumeError>;

    /// Ends what is kept of a session: no client resumes it.
    fn discard(&self, session: &SessionId);

    /// The stored objects of sessions; none where there are none.
    fn objects(&self) -> Option<SessionObjects<'_>>;
}

/// A session that is to be prepared.
pub(crate) struct SessionStart {
    pub(crate) session: SessionId,
    /// Whose share of the engines it uses.
    pub(crate) client: ClientKey,
    /// Cancelled when the client's key is revoked: what is kept of the session ends.
    pub(crate) revoked: Cancel,
    /// How many sessions of the client are kept; the one that lost its connection first makes room.
    pub(crate) max_kept_per_client: usize,
    /// What is kept of it where it loses its connection; none where its protocol can't resume.
    pub(crate) retention: Option<Retention>,
}

/// What a process keeps of sessions that lost their connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Retention {
    /// For how long. Zero keeps none.
    pub(crate) duration: Duration,
    /// How many; the one that lost its connection first makes room.
    pub(crate) max_sessions: usize,
    /// The most bytes of the results of each. Speech is dropped first; without room for the rest a
    /// session can't be resumed any more.
    pub(crate) max_bytes: usize,
}

/// Both directions of a session.
pub(crate) struct OpenedSession {
    pub(crate) input: Box<dyn AudioInput>,
    pub(crate) results: Box<dyn ResultStream>,
}

/// A session that is to be resumed.
pub(crate) struct ResumeRequest {
    pub(crate) session: SessionId,
    /// When it began, in milliseconds since 1970.
    pub(crate) began_at_ms: i64,
    /// The rate of the audio that follows.
    pub(crate) rate: SampleRate,
    /// The highest sequence numbers that the client has.
    pub(crate) last_seq: Vec<u64>,
    /// The options of the connection, for a session that was never configured.
    pub(crate) options: SessionOptions,
}

/// A session that was resumed.
pub(crate) struct ResumedSession {
    /// None where all its audio is there.
    pub(crate) input: Option<Box<dyn AudioInput>>,
    pub(crate) results: Box<dyn ResultStream>,
    pub(crate) options: SessionOptions,
    pub(crate) description: SessionDescription,
    /// The client's samples that need not be sent again, at 24 kHz whatever its rate.
    pub(crate) through_sample: u64,
}

/// Why a session is not resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResumeError {
    /// It is not there, or not any more.
    Unknown,
    /// Its state can't be read for now.
    Unavailable,
}

/// A configuration as the client sees it, where the backend knows more than was asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct SessionDescription {
    pub(crate) source: Option<String>,
    pub(crate) voice: Option<String>,
}

/// The stored objects of sessions.
pub(crate) struct SessionObjects<'a> {
    pub(crate) store: &'a dyn ObjectStore,
    /// For how long the bus keeps records, and dead letters.
    pub(crate) retention: (Duration, Duration),
}

/// A session's audio. Dropping it without [`AudioInput::close`] ends the session unless it is
/// resumed.
#[async_trait]
pub(crate) trait AudioInput: Send {
    /// Applies options to the audio that follows.
    ///
    /// # Errors
    /// The client or an engine: no engine can do it. Then nothing is changed. Over a bus only a
    /// voice recording can be refused; what the stages can't do fails segment by segment.
    async fn configure(&mut self, options: &SessionOptions) -> Result<SessionDescription, Fault>;

    /// Takes audio. Waits while the backend has enough to do. Needs a configuration.
    ///
    /// # Errors
    /// The session is over.
    async fn push(&mut self, clip: Clip) -> Result<(), End>;

    /// Takes silence that stands in for audio which did not arrive.
    ///
    /// # Errors
    /// The session is over.
    async fn push_silence(&mut self, silence: Silence) -> Result<(), End>;

    /// The audio that follows has another rate.
    ///
    /// # Errors
    /// A defect: there is no resampler for the rate.
    fn set_rate(&mut self, rate: SampleRate) -> Result<(), End>;

    /// Whether audio was taken under the current configuration.
    fn is_started(&self) -> bool;

    /// When [`AudioInput::send_keepalive`] is due; none where it is not needed.
    fn keepalive_at(&self) -> Option<Instant> {
        None
    }

    /// Keeps the session of a silent client alive.
    fn send_keepalive(&mut self) {}

    /// Ends the audio. All of it is interpreted.
    fn close(self: Box<Self>);
}

/// A session's results.
#[async_trait]
pub(crate) trait ResultStream: Send {
    /// The next event; none at the end. Cancel-safe.
    ///
    /// # Errors
    /// The session ended early.
    async fn next(&mut self) -> Result<Option<SessionEvent>, End>;

    /// Cancelled when another connection has resumed the session, for a time when
    /// [`ResultStream::next`] is not called.
    fn superseded(&self) -> Cancel {
        Cancel::new()
    }
}
