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
use super::ear::{BusEar, ReceivedAudio, SharedArrivals, WAITING};
use super::hub::{self, Inbox, Registry};
use super::leg::{BusLeg, LegParts};
use super::past::{Past, Resumed};
use super::publisher::{Progress, Publisher};
use super::ticket::{Ticket, Tickets};
use super::vault::Vault;
use super::wishes;
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
    pub vault: Arc<dyn Vault>,
    /// Whether what was acknowledged survives this process. Only then is a client told so, and
    /// can resume its session.
    pub durable: bool,
    /// For how long the bus keeps records, and dead letters.
    pub retention: (Duration, Duration),
}

/// Sessions over a bus. Cheap to clone; all clones share the one reader of results, which stops
/// with the last of them.
#[derive(Clone)]
pub struct BusDesk(Arc<Inner>);

struct Inner {
    parts: BusParts,
    settings: BusSettings,
    tickets: Tickets,
    registry: Arc<Registry>,
    partitions: u32,
    _reading: DropGuard,
}

impl BusDesk {
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
        let registry = Arc::new(Registry::default());
        let stop = Cancel::new();
        let reading = stop.clone().drop_guard();
        hub::start(parts.bus.as_ref(), partitions, Arc::clone(&registry), stop).await?;
        Ok(Self(Arc::new(Inner {
            settings: settings.bus.clone(),
            tickets: Tickets::new(&settings.resume_key),
            parts,
            registry,
            partitions,
            _reading: reading,
        })))
    }

    /// The token of a session that was begun with this API key, where it can be resumed.
    pub(crate) fn token(&self, ticket: &Ticket, api_key: Option<&str>) -> Option<String> {
        let token = || self.0.tickets.token(ticket, api_key);
        self.0.parts.durable.then(token)
    }

    /// What a token opens now for a client with this API key.
    pub(crate) fn ticket(&self, token: &str, api_key: Option<&str>) -> Option<Ticket> {
        let now = mynah_bus::event::now_ms();
        let ticket = self.0.tickets.open(token, now, api_key)?;
        self.0.parts.durable.then_some(ticket)
    }

    /// The session of a token, expired or not, for a client with this API key.
    pub(crate) fn session_of(&self, token: &str, api_key: Option<&str>) -> Option<SessionId> {
        self.0.tickets.open(token, i64::MIN, api_key)?.session()
    }

    pub(crate) fn vault(&self) -> &dyn Vault {
        self.0.parts.vault.as_ref()
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
        wishes::wishes(session, options, self.0.parts.vault.as_ref()).await
    }

    /// The options that these wishes came from.
    pub(crate) async fn restore(&self, options: &mut SessionOptions, wishes: &ClientOptions) {
        wishes::restore(options, wishes, self.0.parts.vault.as_ref()).await;
    }

    /// Begins a session.
    pub(crate) fn listen(
        &self,
        session: SessionId,
        rate: SampleRate,
        wishes: ClientOptions,
        preview: bool,
    ) -> Result<(BusEar, BusLeg), End> {
        let inbox = self.inbox(&session);
        let past = Past::default();
        self.connect(session, rate, inbox, past, wishes, preview)
    }

    /// Finds out where a session stands, and takes it up there. Its results are told again but for
    /// those that the client has.
    ///
    /// # Errors
    /// The bus, for now.
    pub(crate) async fn resume(
        &self,
        ticket: &Ticket,
        rate: SampleRate,
        last_seq: &[u64],
    ) -> Result<Resumed, BusError> {
        let session = ticket
            .session()
            .ok_or_else(|| BusError::Refused("a session without a name".into()))?;
        // First the future, then the past: nothing falls between them.
        let inbox = self.inbox(&session);
        let partition = partition_of(session.as_str().as_bytes(), self.0.partitions);
        let parts = &self.0.parts;
        let past = Past::read(parts, &session, partition, ticket.issued_at, last_seq).await?;
        let (wishes, preview) = (past.wishes.clone().unwrap_or_default(), past.preview);
        let (ended, began) = (past.ended, past.wishes.is_some());
        let heard = past.received_samples();
        let (ear, leg) = self
            .connect(session, rate, inbox, past, wishes.clone(), preview)
            .map_err(|_| BusError::Refused("a session that nobody can hear".into()))?;
        Ok(Resumed {
            ear: (!ended).then_some(ear),
            leg,
            wishes: began.then_some(wishes),
            preview,
            through_sample: heard,
        })
    }

    fn inbox(&self, session: &SessionId) -> Inbox {
        let Inner {
            registry, settings, ..
        } = self.0.as_ref();
        registry.register(session, settings.max_inbox_bytes)
    }

    fn connect(
        &self,
        session: SessionId,
        rate: SampleRate,
        inbox: Inbox,
        past: Past,
        wishes: ClientOptions,
        preview: bool,
    ) -> Result<(BusEar, BusLeg), End> {
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
        let arrivals = SharedArrivals::default();
        *arrivals.lock() = past.arrivals;
        let ear = BusEar {
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
        let leg = BusLeg::new(LegParts {
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
        Ok((ear, leg))
    }
}

impl Ticket {
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
