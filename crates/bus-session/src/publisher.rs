//! Publishes one session's chunks: several in flight, in order.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use backon::{Retryable, RetryableWithContext};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use futures_util::stream::{FuturesOrdered, StreamExt};
use mynah_bus::avro::{Codec, EncodeError};
use mynah_bus::event::{AudioInput, Body, Event};
use mynah_bus::identity::{SessionId, Stage};
use mynah_bus::record::topic;
use mynah_bus::{
    Bus, BusError, Headers, ProducerRecord, RecordMetadata, TraceContext, publish_span,
    record_failure,
};
use mynah_speech::Cancel;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::{Instant, sleep, timeout_at};
use tracing::Span;

use crate::metrics;
use crate::retry::each;

/// Chunks that are in flight before the first of them is acknowledged: more than three
/// seconds of audio.
const MAX_IN_FLIGHT: usize = 16;

/// The delay before the next attempt.
const RETRY_DELAY: Duration = Duration::from_millis(100);

/// A chunk that is to be published.
pub(crate) struct Job {
    pub(crate) input: AudioInput,
    /// The client's samples up to its end.
    pub(crate) through: u64,
    /// Released once it is acknowledged.
    pub(crate) permit: Option<OwnedSemaphorePermit>,
}

/// The progress of publishing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The client's samples that the bus has.
    pub(crate) through: u64,
    /// Whether the session's last chunk is among them.
    pub(crate) complete: bool,
    /// Why no more is published.
    pub(crate) failed: Option<Failure>,
}

/// Why publishing ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The bus took too long, or refused a chunk for good.
    Bus,
    /// A chunk broke a rule: a defect here.
    Chunk,
}

/// Why a chunk is not on the bus.
enum Unpublished {
    /// Another attempt may succeed.
    Retryable,
    Failed(Failure),
}

impl From<Unpublished> for Failure {
    fn from(unpublished: Unpublished) -> Self {
        match unpublished {
            // Its time is over.
            Unpublished::Retryable => Self::Bus,
            Unpublished::Failed(failure) => failure,
        }
    }
}

pub(crate) struct Publisher {
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) codec: Codec,
    pub(crate) session: SessionId,
    /// The span of the session, the parent of every record that it publishes.
    pub(crate) trace: TraceContext,
    /// The time limit of a chunk, attempts included.
    pub(crate) limit: Duration,
    pub(crate) progress: watch::Sender<Progress>,
    /// Cancelled when the client disconnects: nothing more is published.
    pub(crate) abort: Cancel,
    /// Closed when no more can be published, so that no sender waits.
    pub(crate) permits: Arc<Semaphore>,
}

/// A record in flight, or one whose publication has ended.
struct Flight {
    record: ProducerRecord,
    /// Ends with the acknowledgement.
    span: Span,
    through: u64,
    is_last: bool,
    began: Instant,
    /// Released with the flight.
    _permit: Option<OwnedSemaphorePermit>,
}

type Landed = (Flight, Result<RecordMetadata, BusError>);

impl Publisher {
    /// Publishes chunks until the channel is closed.
    pub(crate) async fn run(self, jobs: mpsc::UnboundedReceiver<Job>) {
        if let Err(failure) = self.publish(jobs).await {
            record_failure(&Span::current(), "publish_failed");
            tracing::error!(session = %self.session, ?failure, "a session's audio cannot be published");
            self.progress
                .send_modify(|progress| progress.failed = Some(failure));
        }
        self.permits.close();
    }

    async fn publish(&self, mut jobs: mpsc::UnboundedReceiver<Job>) -> Result<(), Failure> {
        let mut flights: FuturesOrdered<BoxFuture<'static, Landed>> = FuturesOrdered::new();
        let mut began = VecDeque::new();
        let mut open = true;
        while open || !flights.is_empty() {
            let oldest = began.front().map(|began| *began + self.limit);
            tokio::select! {
                biased;
                Some((flight, placed)) = flights.next() => {
                    began.pop_front();
                    match self.landed(&flight, placed) {
                        Ok(()) => {}
                        Err(Unpublished::Retryable) => {
                            // Nothing may overtake it.
                            let later = Self::land(&mut flights, flight.began + self.limit).await?;
                            began.clear();
                            self.retry(flight, later).await?;
                        }
                        Err(Unpublished::Failed(failure)) => return Err(failure),
                    }
                }
                () = until(oldest) => return Err(Failure::Bus),
                () = self.abort.cancelled(), if open => open = false,
                job = jobs.recv(), if open && flights.len() < MAX_IN_FLIGHT => match job {
                    Some(job) => {
                        let flight = self.prepare(job).await?;
                        began.push_back(flight.began);
                        flights.push_back(self.start(flight));
                    }
                    None => open = false,
                },
            }
        }
        Ok(())
    }

    /// Makes a record of a chunk. While the registry is unreachable, all chunks wait.
    async fn prepare(&self, job: Job) -> Result<Flight, Failure> {
        let began = Instant::now();
        let is_last = job.input.chunk.is_some_and(|chunk| chunk.is_last);
        let session = self.session.clone();
        let event = Event::new(session, Stage::Ingress, Body::AudioInput(job.input));
        let is_retryable = |error: &EncodeError| {
            let is_transient = matches!(error, EncodeError::Schema(own) if own.is_transient());
            is_transient && began.elapsed() < self.limit
        };
        let encoded = (|| self.codec.encode(&event))
            .retry(each(RETRY_DELAY))
            .when(is_retryable)
            .await;
        let body = encoded.map_err(|error| match error {
            EncodeError::Schema(_) => Failure::Bus,
            error => {
                tracing::error!(%error, "a chunk is no event");
                Failure::Chunk
            }
        })?;
        let (span, trace) = publish_span(topic::INGRESS, Some(&self.trace));
        let record = ProducerRecord {
            topic: topic::INGRESS.to_owned(),
            key: self.session.as_str().to_owned().into(),
            headers: trace.inject(Headers::default()),
            body,
        };
        Ok(Flight {
            record,
            span,
            through: job.through,
            is_last,
            began,
            _permit: job.permit,
        })
    }

    /// Starts to publish a record. It has been polled once when this returns: the order of these calls
    /// is the order on the bus.
    fn start(&self, flight: Flight) -> BoxFuture<'static, Landed> {
        let bus = Arc::clone(&self.bus);
        let mut flying = async move {
            let published = bus.publish(flight.record.clone()).await;
            (flight, published)
        }
        .boxed();
        match (&mut flying).now_or_never() {
            Some(landed) => ready(landed).boxed(),
            None => flying,
        }
    }

    /// Notes what was acknowledged.
    fn landed(
        &self,
        flight: &Flight,
        placed: Result<RecordMetadata, BusError>,
    ) -> Result<(), Unpublished> {
        match placed {
            Ok(_) => {
                metrics::published(flight.began.elapsed());
                self.progress.send_modify(|progress| {
                    progress.through = progress.through.max(flight.through);
                    progress.complete |= flight.is_last;
                });
                Ok(())
            }
            // A full bus in memory accepts it once the stages have processed some records.
            Err(BusError::Unreachable(_) | BusError::Refused(_)) => {
                metrics::bus_fault();
                Err(Unpublished::Retryable)
            }
            Err(error) => {
                record_failure(&flight.span, "publish_failed");
                tracing::error!(%error, "a chunk cannot be published");
                Err(Unpublished::Failed(Failure::Bus))
            }
        }
    }

    /// Waits for all records in flight. A record that was appended after one that was not leaves a gap
    /// that cannot be filled in order.
    async fn land(
        flights: &mut FuturesOrdered<BoxFuture<'static, Landed>>,
        deadline: Instant,
    ) -> Result<Vec<Flight>, Failure> {
        let mut later = Vec::new();
        loop {
            match timeout_at(deadline, flights.next()).await {
                Ok(Some((flight, Err(_)))) => later.push(flight),
                Ok(None) => return Ok(later),
                Ok(Some((_, Ok(_)))) | Err(_) => return Err(Failure::Bus),
            }
        }
    }

    /// Retries, one after the other, each until its time limit.
    async fn retry(&self, first: Flight, later: Vec<Flight>) -> Result<(), Failure> {
        let attempt = |flight: Flight| async move {
            let (flight, placed) = self.start(flight).await;
            let landed = self.landed(&flight, placed);
            (flight, landed)
        };
        let mut deadline = first.began + self.limit;
        for flight in [first].into_iter().chain(later) {
            let attempts = async {
                sleep(RETRY_DELAY).await;
                let is_retryable = |error: &Unpublished| matches!(error, Unpublished::Retryable);
                attempt
                    .retry(each(RETRY_DELAY))
                    .context(flight)
                    .when(is_retryable)
                    .await
            };
            let ended = timeout_at(deadline, attempts).await;
            let (_, landed) = ended.map_err(|_| Failure::Bus)?;
            landed?;
            // The others waited for this one.
            deadline = Instant::now() + self.limit;
        }
        Ok(())
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
