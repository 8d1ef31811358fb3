//! Publishes one session's chunks: several on their way at once, in order.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use futures_util::stream::{FuturesOrdered, StreamExt};
use mynah_bus::avro::{Codec, EncodeError};
use mynah_bus::event::{AudioInput, Body, Event};
use mynah_bus::identity::{SessionId, Stage};
use mynah_bus::record::topic;
use mynah_bus::{Bus, BusError, Headers, ProducerRecord, RecordMetadata, TraceContext};
use mynah_speech::Cancel;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::{Instant, sleep, timeout_at};

use crate::metrics;

/// Chunks that are on their way before the first of them is acknowledged: more than three
/// seconds of sound.
const MAX_IN_FLIGHT: usize = 16;

/// The wait before the next attempt.
const RETRY_DELAY: Duration = Duration::from_millis(100);

/// A chunk that is to be published.
pub(crate) struct Job {
    pub(crate) input: AudioInput,
    /// The client's samples up to its end.
    pub(crate) through: u64,
    /// Given back once it is acknowledged.
    pub(crate) room: Option<OwnedSemaphorePermit>,
}

/// How far it has come.
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

pub(crate) struct Publisher {
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) codec: Codec,
    pub(crate) session: SessionId,
    /// The span of the session, the parent of every record that it publishes.
    pub(crate) trace: TraceContext,
    /// How long a chunk may take, attempts included.
    pub(crate) limit: Duration,
    pub(crate) progress: watch::Sender<Progress>,
    /// Cancelled when the client leaves: nothing more is sent.
    pub(crate) abort: Cancel,
    /// Closed when no more can be published, so that no sender waits.
    pub(crate) room: Arc<Semaphore>,
}

/// A record on its way, or back from it.
struct Flight {
    record: ProducerRecord,
    through: u64,
    is_last: bool,
    began: Instant,
    room: Option<OwnedSemaphorePermit>,
}

type Landed = (Flight, Result<RecordMetadata, BusError>);

impl Publisher {
    /// Publishes what comes until nothing more does.
    pub(crate) async fn run(self, jobs: mpsc::UnboundedReceiver<Job>) {
        if let Err(failure) = self.publish(jobs).await {
            tracing::error!(session = %self.session, ?failure, "a session's audio can't be published");
            self.progress
                .send_modify(|progress| progress.failed = Some(failure));
        }
        self.room.close();
    }

    async fn publish(&self, mut jobs: mpsc::UnboundedReceiver<Job>) -> Result<(), Failure> {
        let mut flights: FuturesOrdered<BoxFuture<'static, Landed>> = FuturesOrdered::new();
        let mut began = VecDeque::new();
        let mut open = true;
        while open || !flights.is_empty() {
            let oldest = began.front().map(|began| *began + self.limit);
            tokio::select! {
                biased;
                Some(landed) = flights.next() => {
                    began.pop_front();
                    if let Some(again) = self.landed(landed)? {
                        // Nothing may overtake it.
                        let later = Self::land(&mut flights, again.began + self.limit).await?;
                        began.clear();
                        self.retry(again, later).await?;
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

    /// Puts a chunk into a record. While the registry does not answer, all wait.
    async fn prepare(&self, job: Job) -> Result<Flight, Failure> {
        let began = Instant::now();
        let is_last = job.input.chunk.is_some_and(|chunk| chunk.is_last);
        let session = self.session.clone();
        let event = Event::new(session, Stage::Ingress, Body::AudioInput(job.input));
        let body = loop {
            match self.codec.encode(&event).await {
                Ok(body) => break body,
                Err(EncodeError::Schema(error))
                    if error.is_transient() && began.elapsed() < self.limit =>
                {
                    sleep(RETRY_DELAY).await;
                }
                Err(EncodeError::Schema(_)) => return Err(Failure::Bus),
                Err(error) => {
                    tracing::error!(%error, "a chunk is no event");
                    return Err(Failure::Chunk);
                }
            }
        };
        let span = tracing::info_span!(
            "publish",
            otel.kind = "producer",
            messaging.destination.name = topic::INGRESS,
        );
        let trace = TraceContext::of_span(&span, Some(&self.trace));
        let record = ProducerRecord {
            topic: topic::INGRESS.to_owned(),
            key: self.session.as_str().to_owned().into(),
            headers: trace.inject(Headers::default()),
            body,
        };
        Ok(Flight {
            record,
            through: job.through,
            is_last,
            began,
            room: job.room,
        })
    }

    /// Sends a record off. It has been polled once when this returns: the order of these calls is
    /// the order on the bus.
    fn start(&self, flight: Flight) -> BoxFuture<'static, Landed> {
        let bus = Arc::clone(&self.bus);
        let mut flying = async move {
            let placed = bus.publish(flight.record.clone()).await;
            (flight, placed)
        }
        .boxed();
        match (&mut flying).now_or_never() {
            Some(landed) => ready(landed).boxed(),
            None => flying,
        }
    }

    /// Notes what was acknowledged. Returns what must be tried again.
    fn landed(&self, (flight, placed): Landed) -> Result<Option<Flight>, Failure> {
        match placed {
            Ok(_) => {
                metrics::published(flight.began.elapsed());
                self.progress.send_modify(|progress| {
                    progress.through = progress.through.max(flight.through);
                    progress.complete |= flight.is_last;
                });
                drop(flight.room);
                Ok(None)
            }
            // What a bus in memory refuses now it takes once the stages have worked some off.
            Err(BusError::Unreachable(_) | BusError::Refused(_)) => {
                metrics::bus_fault();
                Ok(Some(flight))
            }
            Err(error) => {
                tracing::error!(%error, "a chunk can't be published");
                Err(Failure::Bus)
            }
        }
    }

    /// Waits for all that is on its way. Whatever arrived after one that did not has left a hole
    /// that can't be filled in order.
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

    /// Tries again, one after the other, each until its time is over.
    async fn retry(&self, first: Flight, later: Vec<Flight>) -> Result<(), Failure> {
        let mut deadline = first.began + self.limit;
        for flight in [first].into_iter().chain(later) {
            let mut flight = flight;
            loop {
                if timeout_at(deadline, sleep(RETRY_DELAY)).await.is_err() {
                    return Err(Failure::Bus);
                }
                let landed = timeout_at(deadline, self.start(flight)).await;
                match self.landed(landed.map_err(|_| Failure::Bus)?)? {
                    Some(again) => flight = again,
                    None => break,
                }
            }
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
