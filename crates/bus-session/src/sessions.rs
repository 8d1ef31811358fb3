//! The sessions of a gateway over the bus.

use std::sync::Arc;
use std::time::Duration;

use mynah_audio::SampleRate;
use mynah_bus::avro::Codec;
use mynah_bus::event::ClientOptions;
use mynah_bus::identity::SessionId;
use mynah_bus::record::{partition_of, topic};
use mynah_bus::{Bus, BusError, TraceContext};
use mynah_speech::Cancel;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::DropGuard;
use tracing::{Instrument as _, field};

use crate::chunker::Chunker;
use crate::error::SessionError;
use crate::input::{BusInput, SharedArrivalTimes, WAITING};
use crate::object_store::ObjectStore;
use crate::publisher::{Progress, Publisher};
use crate::received_audio::ReceivedAudio;
use crate::replay::{Resumed, SessionReplay};
use crate::result_dispatcher::{self, Inbox, ResultDispatcher};
use crate::results::{BusResults, BusResultsParts};
use crate::settings::BusSessionSettings;

/// The parts of a gateway's sessions over a bus.
#[derive(Clone)]
pub struct BusParts {
    /// The bus.
    pub bus: Arc<dyn Bus>,
    /// How events are written and read.
    pub codec: Codec,
    /// The store of audio that is too large for an event.
    pub object_store: Arc<dyn ObjectStore>,
    /// Whether what was acknowledged survives this process. Only then are clients
    /// sent acknowledgements, and can resume.
    pub durable: bool,
    /// For how long the bus keeps records, and dead letters.
    pub retention: (Duration, Duration),
}

/// Sessions over a bus. Cheap to clone; all clones share the one reader of results, which stops
/// with the last of them.
#[derive(Clone)]
pub struct BusSessions(Arc<Inner>);

struct Inner {
    parts: BusParts,
    settings: BusSessionSettings,
    dispatcher: Arc<ResultDispatcher>,
    partitions: u32,
    _reading: DropGuard,
}

impl BusSessions {
    /// Starts to read results. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// The bus can't be reached, or lacks the topics: `mynah pipeline init` creates them.
    pub async fn open(parts: BusParts, settings: &BusSessionSettings) -> Result<Self, BusError> {
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
            settings: settings.clone(),
            parts,
            dispatcher,
            partitions,
            _reading: reading,
        })))
    }

    /// Whether a session outlives this process, so that a client can resume it.
    pub fn durable(&self) -> bool {
        self.0.parts.durable
    }

    /// The store of audio that is too large for an event.
    pub fn object_store(&self) -> &dyn ObjectStore {
        self.0.parts.object_store.as_ref()
    }

    /// For how long the bus keeps records, and dead letters.
    pub fn retention(&self) -> (Duration, Duration) {
        self.0.parts.retention
    }

    /// The settings of this crate.
    pub fn settings(&self) -> &BusSessionSettings {
        &self.0.settings
    }

    /// Starts a session.
    ///
    /// # Errors
    /// [`SessionError::Internal`]: there is no resampler for the rate.
    pub fn start(
        &self,
        session: SessionId,
        rate: SampleRate,
        options: ClientOptions,
        preview: bool,
    ) -> Result<(BusInput, BusResults), SessionError> {
        let inbox = self.inbox(&session);
        let replay = SessionReplay::default();
        self.connect(session, rate, inbox, replay, options, preview)
    }

    /// Reads a session back from the bus, and resumes it. Its results are replayed but for those that
    /// the client has.
    ///
    /// # Errors
    /// The bus, for now.
    pub async fn resume(
        &self,
        session: SessionId,
        began_at_ms: i64,
        rate: SampleRate,
        last_seq: &[u64],
    ) -> Result<Resumed, BusError> {
        // The inbox first, then the replay: no result is between them.
        let inbox = self.inbox(&session);
        let partition = partition_of(session.as_str().as_bytes(), self.0.partitions);
        let parts = &self.0.parts;
        let replay = SessionReplay::read(parts, &session, partition, began_at_ms, last_seq).await?;
        let (options, preview) = (replay.options.clone().unwrap_or_default(), replay.preview);
        let (ended, began) = (replay.ended, replay.options.is_some());
        let received = replay.received_samples();
        let (input, results) = self
            .connect(session, rate, inbox, replay, options.clone(), preview)
            .map_err(|_| BusError::Refused("a session without a resampler".into()))?;
        Ok(Resumed {
            input: (!ended).then_some(input),
            results,
            options: began.then_some(options),
            preview,
            through_sample: received,
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
        replay: SessionReplay,
        options: ClientOptions,
        preview: bool,
    ) -> Result<(BusInput, BusResults), SessionError> {
        let Inner {
            parts, settings, ..
        } = self.0.as_ref();
        let chunker = Chunker::new(rate, settings.chunk_ms, replay.next)
            .map_err(|_| SessionError::Internal)?;
        let received = replay.received_samples();
        let (jobs, for_publisher) = mpsc::unbounded_channel();
        let permits = Arc::new(Semaphore::new(WAITING));
        let (progress, watched) = watch::channel(Progress {
            through: received,
            complete: replay.ended,
            failed: None,
        });
        let abort = Cancel::new();
        let span = tracing::info_span!(
            "session",
            session = %session,
            otel.kind = "server",
            otel.status_code = field::Empty,
            otel.status_description = field::Empty,
        );
        let publisher = Publisher {
            bus: Arc::clone(&parts.bus),
            codec: parts.codec.clone(),
            session: session.clone(),
            trace: TraceContext::of_span(&span, None),
            limit: settings.publish(),
            progress,
            abort: abort.clone(),
            permits: Arc::clone(&permits),
        };
        tokio::spawn(publisher.run(for_publisher).instrument(span));
        let arrivals = SharedArrivalTimes::default();
        *arrivals.lock() = replay.arrivals;
        let input = BusInput {
            chunker,
            received: ReceivedAudio::new(rate, received),
            options,
            preview,
            jobs,
            permits,
            arrivals: arrivals.clone(),
            keepalive: settings.keepalive(),
            published_at: Instant::now(),
            abort: Some(abort.drop_guard()),
        };
        let results = BusResults::new(BusResultsParts {
            session,
            parts: parts.clone(),
            retry_limit: settings.publish(),
            inbox,
            results: replay.results,
            received: replay.received,
            progress: watched,
            acknowledged: received,
            arrivals,
        });
        Ok((input, results))
    }
}
