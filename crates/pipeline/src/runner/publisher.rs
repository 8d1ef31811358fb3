//! Where a worker publishes: once, acknowledged, and only while the partition is its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use bytes::Bytes;
use mynah_bus::avro::{Codec, EncodeError};
use mynah_bus::event::{AudioPayload, Event, Kind, SegmentRange};
use mynah_bus::identity::{SessionId, Stage};
use mynah_bus::record::header;
use mynah_bus::{Bus, BusError, Headers, ProducerRecord, StartOffset, Trace};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::dedup_cache::DedupCache;
use super::output_replay::{self, Output};
use super::slot::Slot;
use crate::audio_store::AudioStore;
use crate::failure::{Failure, FailureClass, ProcessError};
use crate::metrics;

/// The way out of one partition's workers.
#[derive(Clone)]
pub(crate) struct ResultPublisher {
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) codec: Codec,
    pub(crate) audio_store: AudioStore,
    pub(crate) stage: Stage,
    pub(crate) partition: u32,
    pub(crate) dedup: Arc<Mutex<DedupCache>>,
    /// Cancelled when the partition is somebody else's.
    pub(crate) lost: CancellationToken,
    /// For how long a store that does not answer is waited for.
    pub(crate) outage: Duration,
    /// The step of the journey that this record is.
    pub(crate) trace: Trace,
    /// The session's place, which it gives up while it waits.
    pub(crate) slot: Arc<Slot>,
}

/// The longest pause before something is asked again.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(3);

/// How to wait for what will come back: quickly first, and never all at the same time.
fn backoff() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(50))
        .with_max_delay(MAX_RETRY_DELAY)
        .without_max_times()
        .with_jitter()
}

impl ResultPublisher {
    fn dedup_cache(&self) -> MutexGuard<'_, DedupCache> {
        self.dedup.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this event is on the bus already.
    pub(crate) fn has(&self, id: Uuid) -> bool {
        self.dedup_cache().has(id)
    }

    /// Whether all the speech of this segment is on the bus already.
    pub(crate) fn is_spoken(&self, segment: Uuid) -> bool {
        self.dedup_cache().is_spoken(segment)
    }

    /// Whether this session's end is on the bus already.
    pub(crate) fn has_ended(&self, session: &SessionId) -> bool {
        self.dedup_cache().has_ended(session.as_str())
    }

    /// Whether this session's end is on the bus already, however long ago it was written. Reads
    /// all ends back, once.
    pub(crate) async fn has_ever_ended(&self, session: &SessionId) -> Result<bool, ProcessError> {
        let mut pauses = backoff().build();
        while !self.dedup_cache().knows_all_ends() {
            let output = Output {
                stage: self.stage,
                kinds: &[Kind::SessionStatus],
                partition: self.partition,
                start: StartOffset::Earliest,
            };
            let replayed =
                output_replay::replay(self.bus.as_ref(), &self.codec, output, &self.dedup);
            match self.lost.run_until_cancelled(replayed).await {
                None => return Err(ProcessError::PartitionLost),
                Some(Ok(_)) => self.dedup_cache().learnt_all_ends(),
                Some(Err(_)) => self.pause("output_replay", pauses.next()).await?,
            }
        }
        Ok(self.has_ended(session))
    }

    /// Publishes an event and waits for the acknowledgement, unless it is on the bus already.
    /// Waits for as long as it takes for bus and registry.
    pub(crate) async fn publish(&self, event: Event) -> Result<(), ProcessError> {
        if self.has(event.id) {
            metrics::skipped(self.stage, "published_before");
            return Ok(());
        }
        let body = self.encode(&event).await?;
        let mut headers =
            Headers::default().with(header::TRACEPARENT, self.trace.step().to_string());
        if let Some(segment) = event.segment() {
            headers = headers
                .with(header::SEGMENT_INDEX, segment.index.to_string())
                .with(header::START_SAMPLE, segment.start_sample.to_string())
                .with(header::END_SAMPLE, segment.end_sample.to_string());
        }
        let record = ProducerRecord {
            topic: event.kind().topic().to_owned(),
            key: Bytes::copy_from_slice(event.session.as_str().as_bytes()),
            headers,
            body,
        };
        self.send(record).await?;
        self.dedup_cache().note(&event);
        metrics::published(self.stage, event.kind());
        Ok(())
    }

    /// Publishes a record as it is.
    pub(crate) async fn send(&self, record: ProducerRecord) -> Result<(), ProcessError> {
        let mut pauses = backoff().build();
        loop {
            if self.lost.is_cancelled() {
                return Err(ProcessError::PartitionLost);
            }
            let sent = self.bus.publish(record.clone());
            let sent = self
                .lost
                .run_until_cancelled(sent)
                .await
                .ok_or(ProcessError::PartitionLost)?;
            match sent {
                Ok(_) => return Ok(()),
                Err(BusError::Closed) => return Err(ProcessError::PartitionLost),
                // A bus that has enough of this session takes more later.
                Err(error) if error.is_transient() || matches!(error, BusError::Refused(_)) => {
                    self.pause("bus", pauses.next()).await?;
                }
                Err(error) => {
                    let class = match error {
                        BusError::TooLarge { .. } => FailureClass::Invalid,
                        _ => FailureClass::Internal,
                    };
                    return Err(Failure {
                        class,
                        code: "publish_failed".into(),
                        message: error.to_string(),
                    }
                    .into());
                }
            }
        }
    }

    async fn encode(&self, event: &Event) -> Result<Bytes, ProcessError> {
        let mut pauses = backoff().build();
        loop {
            match self.codec.encode(event).await {
                Ok(body) => return Ok(body),
                Err(EncodeError::Schema(error)) if error.is_transient() => {
                    self.pause("registry", pauses.next()).await?;
                }
                Err(error) => {
                    return Err(Failure {
                        class: FailureClass::Internal,
                        code: "encode_failed".into(),
                        message: error.to_string(),
                    }
                    .into());
                }
            }
        }
    }

    /// An event of this record. Waits for as long as it takes for the registry.
    pub(crate) async fn decode(&self, kind: Kind, body: &[u8]) -> Result<Event, ProcessError> {
        let mut pauses = backoff().build();
        loop {
            match self.codec.decode(kind, body).await {
                Ok(event) => return Ok(event),
                Err(error) if error.is_transient() => {
                    self.pause("registry", pauses.next()).await?;
                }
                Err(error) => return Err(Failure::from(error).into()),
            }
        }
    }

    /// Waits a moment for what will come back, unless the partition is lost.
    async fn pause(&self, whom: &'static str, pause: Option<Duration>) -> Result<(), ProcessError> {
        metrics::waited(self.stage, whom);
        let rest = self.slot.rest(pause.unwrap_or(MAX_RETRY_DELAY));
        self.lost
            .run_until_cancelled(rest)
            .await
            .ok_or(ProcessError::PartitionLost)?
    }

    /// AudioPayload for an event: in it, or in the store where it is too large.
    pub(crate) async fn wrap(
        &self,
        session: &SessionId,
        segment: SegmentRange,
        wav: Vec<u8>,
    ) -> Result<AudioPayload, ProcessError> {
        let wav = Bytes::from(wav);
        let mut pauses = self.stored_again();
        loop {
            let kept = self
                .audio_store
                .keep(session, segment.id(session), self.stage, &wav);
            match kept.await {
                Ok(sound) => return Ok(sound),
                Err(failure) => self.store_failed(failure, &mut pauses).await?,
            }
        }
    }

    /// The sound of an event, verified.
    pub(crate) async fn fetch(&self, sound: &AudioPayload) -> Result<Bytes, ProcessError> {
        let mut pauses = self.stored_again();
        loop {
            match self.audio_store.fetch(sound).await {
                Ok(bytes) => return Ok(bytes),
                Err(failure) => self.store_failed(failure, &mut pauses).await?,
            }
        }
    }

    fn stored_again(&self) -> impl Iterator<Item = Duration> + Send + use<> {
        backoff().with_total_delay(Some(self.outage)).build()
    }

    /// Waits, if the store may come back and there is patience left.
    async fn store_failed(
        &self,
        failure: Failure,
        pauses: &mut (impl Iterator<Item = Duration> + Send),
    ) -> Result<(), ProcessError> {
        if !failure.class.is_transient() {
            return Err(failure.into());
        }
        match pauses.next() {
            Some(pause) => self.pause("store", Some(pause)).await,
            None => Err(ProcessError::Exhausted(failure)),
        }
    }
}
