//! How a worker publishes: once, acknowledged, and only while the partition is assigned.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use mynah_bus::avro::{Codec, EncodeError};
use mynah_bus::claim::{Store, StoreError};
use mynah_bus::event::{AudioPayload, Event, Kind, SegmentRange};
use mynah_bus::identity::{self, SessionId, Stage};
use mynah_bus::{
    Bus, BusError, Headers, ProducerRecord, StartOffset, TraceContext, publish_span, record_failure,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::dedup_cache::DedupCache;
use super::output_replay::{OutputRange, replay};
use super::partition::PartitionMessage;
use super::slot::Slot;
use crate::failure::{Failure, FailureClass, ProcessError};
use crate::metrics;

/// Publishes the results of the workers of one partition.
#[derive(Clone)]
pub(crate) struct ResultPublisher {
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) codec: Codec,
    pub(crate) store: Store,
    pub(crate) stage: Stage,
    pub(crate) partition: u32,
    pub(crate) dedup: Arc<Mutex<DedupCache>>,
    /// Cancelled when the partition is revoked.
    pub(crate) lost: CancellationToken,
    /// How long a store that is unreachable is waited for.
    pub(crate) outage: Duration,
    /// The span that processes the record; None before one does.
    pub(crate) trace: Option<TraceContext>,
    /// The session's slot, which it releases while it waits.
    pub(crate) slot: Arc<Slot>,
    /// The partition's task.
    pub(crate) messages: mpsc::UnboundedSender<PartitionMessage>,
    /// One permit a replica: reference audio is decoded one file at a time, so that a crash has one
    /// decoding mark.
    pub(crate) decoding: Arc<Semaphore>,
}

/// A decoding mark in the committed position: see [`ResultPublisher::begin_decoding`].
#[must_use = "a mark without an end stays until the record is finished"]
pub(crate) struct DecodingMark {
    offset: i64,
    messages: mpsc::UnboundedSender<PartitionMessage>,
    permit: Arc<OwnedSemaphorePermit>,
}

impl DecodingMark {
    /// The permit to decode. The decoder holds it until it returns: a decode whose partition is
    /// revoked meanwhile continues, and no other may begin.
    pub(crate) fn permit(&self) -> Arc<OwnedSemaphorePermit> {
        Arc::clone(&self.permit)
    }

    /// The file is decoded. The next commit clears the mark.
    pub(crate) fn end(self) {
        // A revoked partition needs no message.
        let _ = self
            .messages
            .send(PartitionMessage::DecodingEnded(self.offset));
    }
}

/// The backoff for services that come back: short first, with jitter.
fn backoff() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(50))
        .with_max_delay(Duration::from_secs(3))
        .without_max_times()
        .with_jitter()
}

impl ResultPublisher {
    fn dedup(&self) -> MutexGuard<'_, DedupCache> {
        self.dedup.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this event is on the bus already.
    pub(crate) fn has(&self, id: Uuid) -> bool {
        self.dedup().has(id)
    }

    /// Whether the first event that this stage makes of a segment is on the bus already.
    pub(crate) fn has_first(&self, session: &SessionId, segment: SegmentRange) -> bool {
        self.has(identity::event(
            session,
            self.stage,
            segment.start_sample,
            0,
        ))
    }

    /// Whether the one event that this stage makes of a segment is on the bus already; counts the
    /// record as skipped then.
    pub(crate) fn skip_published(&self, session: &SessionId, segment: SegmentRange) -> bool {
        let published = self.has_first(session, segment);
        if published {
            metrics::skipped(self.stage, "published_before");
        }
        published
    }

    /// Whether all speech of this segment is on the bus already.
    pub(crate) fn is_synthesized(&self, segment: Uuid) -> bool {
        self.dedup().is_synthesized(segment)
    }

    /// Whether the end of this session is on the bus already.
    pub(crate) fn has_ended(&self, session: &SessionId) -> bool {
        self.dedup().has_ended(session.as_str())
    }

    /// The same however old the end is. Replays all ends, once.
    pub(crate) async fn has_ever_ended(&self, session: &SessionId) -> Result<bool, ProcessError> {
        if !self.dedup().has_all_ends() {
            let replay_ends = || {
                let range = OutputRange {
                    stage: self.stage,
                    kinds: &[Kind::SessionStatus],
                    partition: self.partition,
                    start: StartOffset::Earliest,
                };
                replay(self.bus.as_ref(), &self.codec, range, &self.dedup)
            };
            let replayed = self
                .retry(|_| "output_replay", backoff(), replay_ends, |_| true)
                .await?;
            if replayed.is_ok() {
                self.dedup().set_all_ends();
            }
        }
        Ok(self.has_ended(session))
    }

    /// Publishes an event and waits for the acknowledgement, unless it is on the bus already.
    /// Waits for bus and registry without a limit.
    pub(crate) async fn publish(&self, event: Event) -> Result<(), ProcessError> {
        if self.has(event.id) {
            metrics::skipped(self.stage, "published_before");
            return Ok(());
        }
        let body = self.encode(&event).await?;
        let (span, trace) = publish_span(event.kind().topic(), self.trace.as_ref());
        let mut headers = trace.inject(Headers::default());
        if let Some(segment) = event.segment() {
            headers = segment.inject(headers);
        }
        let record = ProducerRecord {
            topic: event.kind().topic().to_owned(),
            key: Bytes::copy_from_slice(event.session.as_str().as_bytes()),
            headers,
            body,
        };
        let sent = self.send(record).await;
        if let Err(ProcessError::Failed(failure) | ProcessError::Exhausted(failure)) = &sent {
            record_failure(&span, &failure.code);
        }
        sent?;
        self.dedup().add(&event);
        metrics::published(self.stage, event.kind());
        Ok(())
    }

    /// Publishes a record as it is.
    pub(crate) async fn send(&self, record: ProducerRecord) -> Result<(), ProcessError> {
        // A bus that holds too much of this session takes more later.
        let transient =
            |error: &BusError| error.is_transient() || matches!(error, BusError::Refused(_));
        let publish = || self.bus.publish(record.clone());
        match self.retry(|_| "bus", backoff(), publish, transient).await? {
            Ok(_) => Ok(()),
            Err(BusError::Closed) => Err(ProcessError::PartitionLost),
            Err(error) => {
                let class = match error {
                    BusError::TooLarge { .. } => FailureClass::Invalid,
                    _ => FailureClass::Internal,
                };
                Err(Failure {
                    class,
                    code: "publish_failed".into(),
                    message: error.to_string(),
                }
                .into())
            }
        }
    }

    async fn encode(&self, event: &Event) -> Result<Bytes, ProcessError> {
        let transient =
            |error: &EncodeError| matches!(error, EncodeError::Schema(own) if own.is_transient());
        let encode = || self.codec.encode(event);
        let encoded = self
            .retry(|_| "registry", backoff(), encode, transient)
            .await?;
        encoded.map_err(|error| {
            Failure {
                class: FailureClass::Internal,
                code: "encode_failed".into(),
                message: error.to_string(),
            }
            .into()
        })
    }

    /// The event in a record. Waits for the registry without a limit.
    pub(crate) async fn decode(&self, kind: Kind, body: &[u8]) -> Result<Event, ProcessError> {
        let decode = || self.codec.decode(kind, body);
        let decoded = self
            .retry(
                |_| "registry",
                backoff(),
                decode,
                mynah_bus::avro::DecodeError::is_transient,
            )
            .await?;
        Ok(decoded.map_err(Failure::from)?)
    }

    /// The payload of an event: inline, or in the store where it is too large.
    pub(crate) async fn store(
        &self,
        session: &SessionId,
        segment: SegmentRange,
        wav: Vec<u8>,
    ) -> Result<AudioPayload, ProcessError> {
        let (wav, segment) = (Bytes::from(wav), segment.id(session).to_string());
        let store = || {
            self.store
                .store_audio(session, &segment, self.stage, wav.clone())
        };
        self.retry_store(store).await
    }

    /// The audio of a payload, verified.
    pub(crate) async fn fetch(&self, audio: &AudioPayload) -> Result<Bytes, ProcessError> {
        self.retry_store(|| self.store.fetch(audio)).await
    }

    /// Commits the present position of the partition with a mark that names the record at `offset`,
    /// and waits for the acknowledgement, without the session's slot. A replica that takes the
    /// partition over while the mark is in the committed position puts that record among the dead
    /// letters without decoding it.
    pub(crate) async fn begin_decoding(&self, offset: i64) -> Result<DecodingMark, ProcessError> {
        let commit = || async {
            let (done, committed) = oneshot::channel();
            let begin = PartitionMessage::DecodingBegins { offset, done };
            self.messages.send(begin).map_err(|_| BusError::Closed)?;
            committed.await.map_err(|_| BusError::Closed)?
        };
        // Boxed, as in `retry`.
        let marking: BoxFuture<'_, _> = Box::pin(async {
            // The semaphore is never closed.
            let permit = Arc::clone(&self.decoding).acquire_owned().await.ok()?;
            let committed = commit
                .retry(backoff())
                .when(|error: &BusError| *error != BusError::Closed)
                .notify(|_, _| metrics::retried(self.stage, "commit"));
            committed.await.ok()?;
            Some(permit)
        });
        let waiting = self.slot.wait(marking);
        let marked = self.lost.run_until_cancelled(waiting).await.flatten();
        let permit = marked.ok_or(ProcessError::PartitionLost)?;
        Ok(DecodingMark {
            offset,
            messages: self.messages.clone(),
            permit: Arc::new(permit),
        })
    }

    async fn retry_store<T, F>(&self, attempt: impl FnMut() -> F + Send) -> Result<T, ProcessError>
    where
        T: Send,
        F: Future<Output = Result<T, StoreError>> + Send,
    {
        let backoff = backoff().with_total_delay(Some(self.outage));
        let result = self
            .retry(|_| "store", backoff, attempt, StoreError::is_transient)
            .await?;
        result.map_err(|error| {
            let transient = error.is_transient();
            let failure = Failure::from(error);
            if transient {
                ProcessError::Exhausted(failure)
            } else {
                ProcessError::Failed(failure)
            }
        })
    }

    /// Retries transient errors, without the session's slot between attempts, until the partition is
    /// revoked. `reason` is the label of the metric.
    pub(super) fn retry<'a, T, E, F>(
        &'a self,
        reason: impl Fn(&E) -> &'static str + Send + 'a,
        backoff: ExponentialBuilder,
        attempt: impl FnMut() -> F + Send + 'a,
        transient: impl FnMut(&E) -> bool + Send + 'a,
    ) -> BoxFuture<'a, Result<Result<T, E>, ProcessError>>
    where
        T: Send + 'a,
        E: Send + 'a,
        F: Future<Output = Result<T, E>> + Send + 'a,
    {
        let slot = Arc::clone(&self.slot);
        let sleep = move |delay| {
            let slot = Arc::clone(&slot);
            async move { slot.sleep(delay).await }
        };
        let retried = attempt
            .retry(backoff)
            .sleep(sleep)
            .when(transient)
            .notify(move |error, _| metrics::retried(self.stage, reason(error)));
        // Boxed: the compiler cannot prove that a future over these closures is `Send` otherwise.
        Box::pin(async move {
            if self.lost.is_cancelled() {
                return Err(ProcessError::PartitionLost);
            }
            let result = self.lost.run_until_cancelled(retried).await;
            result.ok_or(ProcessError::PartitionLost)
        })
    }
}
