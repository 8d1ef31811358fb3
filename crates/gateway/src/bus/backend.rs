//! The handle of a gateway on a bus.

use std::sync::Arc;
use std::time::Duration;

use mynah_audio::SampleRate;
use mynah_bus::avro::Codec;
use mynah_bus::event::ClientOptions;
use mynah_bus::identity::SessionId;
use mynah_bus::record::{partition_of, topic};
use mynah_bus::{Bus, BusError, Trace};
use mynah_speech::Cancel;
use mynah_speech_translation::SessionOptions;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::DropGuard;
use uuid::Uuid;

use super::chunker::Chunker;
use super::input::{BusInput, ReceivedAudio, SharedArrivalTimes, WAITING};
use super::object_store::ObjectStore;
use super::options;
use super::publisher::{Progress, Publisher};
use super::replay::{Resumed, SessionReplay};
use super::result_dispatcher::{self, Inbox, ResultDispatcher};
use super::results::{BusResults, BusResultsParts};
use super::resume_token::{ResumeClaims, ResumeTokens};
use crate::fault::{End, Fault};
use crate::settings::{BusSettings, GatewaySettings};

/// What a gateway on a bus is made of.
#[derive(Clone)]
pub struct BusParts {
    /// The bus.
    pub bus: Arc<dyn Bus>,
    /// How events are written and read.
    pub codec: Codec,
    /// Where large sound lies.
    pub object_store: Arc<dyn ObjectStore>,
    /// Whether what was acknowledged survives this process. Only then is a client told so, and
    /// can resume its session.
    pub durable: bool,
    /// For how long the bus keeps records, and dead letters.
    pub retention: (Duration, Duration),
}

/// Sessions over a bus. Cheap to clone; all clones share the one reader of results, which stops
/// with the last of them.
#[derive(Clone)]
pub struct BusBackend(Arc<Inner>);

struct Inner {
    parts: BusParts,
    settings: BusSettings,
    tokens: ResumeTokens,
    dispatcher: Arc<ResultDispatcher>,
    partitions: u32,
    _reading: DropGuard,
}

impl BusBackend {
    /// Begins to read results. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// The bus can't be reached, or has not the topics: `mynah pipeline init` creates them.
    pub async fn open(parts: BusParts, settings: &GatewaySettings) -> Result<Self, BusError> {
        if parts.durable && settings.resume_key.is_empty() {
            tracing::info!(
                "gateway.resume_key is not set: sessions can be resumed on this gateway only"
            );
        }
        let partitions = parts.bus.partitions(topic::INGRESS).await?;
        let dispatcher = Arc::new(ResultDispatcher::default());
        let stop = Cancel::new();
        let reading = stop.clone().drop_guard();
        result_dispatcher::start(
            parts.bus.as_ref(),
            partitions,
            Arc::clone(&dispatcher),
            stop,
        )
        .await?;
        Ok(Self(Arc::new(Inner {
            settings: settings.bus.clone(),
            tokens: ResumeTokens::new(&settings.resume_key),
            parts,
            dispatcher,
            partitions,
            _reading: reading,
        })))
    }

    /// The token of a session that was begun with this API key, where it can be resumed.
    pub(crate) fn token(&self, claims: &ResumeClaims, api_key: Option<&str>) -> Option<String> {
        let token = || self.0.tokens.token(claims, api_key);
        self.0.parts.durable.then(token)
    }

    /// What a token opens now for a client with this API key.
    pub(crate) fn claims(&self, token: &str, api_key: Option<&str>) -> Option<ResumeClaims> {
        let now = mynah_bus::event::now_ms();
        let claims = self.0.tokens.open(token, now, api_key)?;
        self.0.parts.durable.then_some(claims)
    }

    /// The session of a token, expired or not, for a client with this API key.
    pub(crate) fn session_of(&self, token: &str, api_key: Option<&str>) -> Option<SessionId> {
        self.0.tokens.open(token, i64::MIN, api_key)?.session()
    }

    pub(crate) fn object_store(&self) -> &dyn ObjectStore {
        self.0.parts.object_store.as_ref()
    }

    /// For how long the bus keeps records, and dead letters.
    pub(crate) fn retention(&self) -> (Duration, Duration) {
        self.0.parts.retention
    }

    pub(crate) fn resume_limit(&self) -> Duration {
        self.0.settings.resume()
    }

    /// What the stages are told of these options.
    pub(crate) async fn wishes(
        &self,
        session: &SessionId,
        options: &SessionOptions,
    ) -> Result<ClientOptions, Fault> {
        options::wishes(session, options, self.0.parts.object_store.as_ref()).await
    }

    /// The options that these wishes came from.
    pub(crate) async fn restore(&self, options: &mut SessionOptions, wishes: &ClientOptions) {
        options::restore(options, wishes, self.0.parts.object_store.as_ref()).await;
    }

    /// Begins a session.
    pub(crate) fn listen(
        &self,
        session: SessionId,
        rate: SampleRate,
        wishes: ClientOptions,
        preview: bool,
    ) -> Result<(BusInput, BusResults), End> {
        let inbox = self.inbox(&session);
        let past = SessionReplay::default();
        self.connect(session, rate, inbox, past, wishes, preview)
    }

    /// Finds out where a session stands, and takes it up there. Its results are told again but for
    /// those that the client has.
    ///
    /// # Errors
    /// The bus, for now.
    pub(crate) async fn resume(
        &self,
        claims: &ResumeClaims,
        rate: SampleRate,
        last_seq: &[u64],
    ) -> Result<Resumed, BusError> {
        let session = claims
            .session()
            .ok_or_else(|| BusError::Refused("a session without a name".into()))?;
        // First the future, then the past: nothing falls between them.
        let inbox = self.inbox(&session);
        let partition = partition_of(session.as_str().as_bytes(), self.0.partitions);
        let parts = &self.0.parts;
        let past =
            SessionReplay::read(parts, &session, partition, claims.issued_at, last_seq).await?;
        let (wishes, preview) = (past.wishes.clone().unwrap_or_default(), past.preview);
        let (ended, began) = (past.ended, past.wishes.is_some());
        let heard = past.received_samples();
        let (input, results) = self
            .connect(session, rate, inbox, past, wishes.clone(), preview)
            .map_err(|_| BusError::Refused("a session that nobody can hear".into()))?;
        Ok(Resumed {
            input: (!ended).then_some(input),
            results,
            wishes: began.then_some(wishes),
            preview,
            through_sample: heard,
        })
    }

    fn inbox(&self, session: &SessionId) -> Inbox {
        let Inner {
            dispatcher,
            settings,
            ..
        } = self.0.as_ref();
        dispatcher.register(session, settings.max_inbox_bytes)
    }

    fn connect(
        &self,
        session: SessionId,
        rate: SampleRate,
        inbox: Inbox,
        past: SessionReplay,
        wishes: ClientOptions,
        preview: bool,
    ) -> Result<(BusInput, BusResults), End> {
        let Inner {
            parts, settings, ..
        } = self.0.as_ref();
        let chunker =
            Chunker::new(rate, settings.chunk_ms, past.next).map_err(|_| End::internal())?;
        let heard = past.received_samples();
        let (jobs, for_publisher) = mpsc::unbounded_channel();
        let room = Arc::new(Semaphore::new(WAITING));
        let (progress, watched) = watch::channel(Progress {
            through: heard,
            complete: past.ended,
            failed: None,
        });
        let abort = Cancel::new();
        let publisher = Publisher {
            bus: Arc::clone(&parts.bus),
            codec: parts.codec.clone(),
            session: session.clone(),
            trace: Trace::begin(),
            limit: settings.publish(),
            progress,
            abort: abort.clone(),
            room: Arc::clone(&room),
        };
        tokio::spawn(publisher.run(for_publisher));
        let arrivals = SharedArrivalTimes::default();
        *arrivals.lock() = past.arrivals;
        let input = BusInput {
            chunker,
            received: ReceivedAudio::new(rate, heard),
            wishes,
            preview,
            jobs,
            room,
            arrivals: arrivals.clone(),
            keepalive: settings.keepalive(),
            published_at: Instant::now(),
            abort: Some(abort.drop_guard()),
        };
        let results = BusResults::new(BusResultsParts {
            session,
            parts: parts.clone(),
            patience: settings.publish(),
            inbox,
            results: past.results,
            received: past.received,
            progress: watched,
            acknowledged: heard,
            arrivals,
        });
        Ok((input, results))
    }
}

impl ResumeClaims {
    /// For a session that begins now and may last so long.
    pub(crate) fn issue(session: Uuid, lasts: Duration) -> Self {
        let now = mynah_bus::event::now_ms();
        Self {
            session,
            issued_at: now,
            expires_at: now + lasts.as_millis() as i64,
        }
    }
}
