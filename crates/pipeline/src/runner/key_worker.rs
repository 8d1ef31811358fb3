//! The worker of one key: the records of one session in one stage, one after the other.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use backon::ExponentialBuilder;
use mynah_bus::event::{Body, Event, SegmentRange, SessionStatus};
use mynah_bus::identity::SessionId;
use mynah_bus::{Record, TraceContext, record_failure};
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, field};

use super::commit_metadata::Reset;
use super::dead_letter_producer::dead_letter;
use super::offset_tracker::ReplayStart;
use super::partition::{PartitionMessage, WorkReport};
use super::publisher::ResultPublisher;
use super::{StageContext, fault_injection};
use crate::dead_letter_headers::is_replayed;
use crate::failure::{Failure, ProcessError};
use crate::metrics;
use crate::stage::{Stage, StageInput, Worker};

/// What a worker receives.
pub(super) enum WorkerInput {
    Record {
        record: Record,
        received_at: i64,
        /// Whether an earlier replica crashed while it decoded the reference audio of this record.
        crashed: bool,
    },
    /// No record has arrived for too long.
    Idle,
}

/// Works until its input ends, or the partition is revoked.
pub(super) struct KeyWorker<S: Stage> {
    pub(super) context: Arc<StageContext<S>>,
    pub(super) session: String,
    pub(super) publisher: ResultPublisher,
    pub(super) from: Option<Reset>,
    /// Cancelled when no new record is to be begun.
    pub(super) drain: CancellationToken,
}

/// The offsets of the chunks that a worker with a state may need again.
#[derive(Default)]
struct ChunkOffsets {
    /// The end sample and the offset of each.
    chunks: VecDeque<(u64, i64)>,
    first: Option<i64>,
}

impl ChunkOffsets {
    fn add(&mut self, end_sample: u64, offset: i64) {
        self.first.get_or_insert(offset);
        self.chunks.push_back((end_sample, offset));
    }

    fn replay_start(&mut self, reset: Reset) -> Option<ReplayStart> {
        while self.chunks.len() > 1
            && self
                .chunks
                .front()
                .is_some_and(|(end, _)| *end <= reset.sample)
        {
            self.chunks.pop_front();
        }
        Some(ReplayStart {
            offset: self.chunks.front()?.1,
            first: self.first?,
            sample: reset.sample,
            segments: reset.segments,
        })
    }
}

impl<S: Stage> KeyWorker<S> {
    pub(super) async fn run(self, inputs: mpsc::UnboundedReceiver<WorkerInput>) {
        let ended = self.process_all(inputs).await;
        if ended.is_err() && !self.publisher.lost.is_cancelled() {
            // The partition may be gone as well by now.
            let _ = self.publisher.messages.send(PartitionMessage::Failed);
        }
    }

    async fn process_all(
        &self,
        mut inputs: mpsc::UnboundedReceiver<WorkerInput>,
    ) -> Result<(), ProcessError> {
        let mut worker = None;
        let mut chunks = ChunkOffsets::default();
        while let Some(input) = self.next(&mut inputs).await {
            let report = match input {
                WorkerInput::Record {
                    record,
                    received_at,
                    crashed,
                } => {
                    let offset = record.offset;
                    let audio_seconds = self
                        .process(&mut worker, &mut chunks, record, received_at, crashed)
                        .await?;
                    self.report(worker.as_ref(), &mut chunks, Some(offset), audio_seconds)
                }
                WorkerInput::Idle => {
                    let Some(worker) = &mut worker else {
                        continue;
                    };
                    worker.idle(&self.publisher).await?;
                    self.report(Some(worker), &mut chunks, None, 0.0)
                }
            };
            let sent = self
                .publisher
                .messages
                .send(PartitionMessage::Finished(report));
            sent.map_err(|_| ProcessError::PartitionLost)?;
        }
        Ok(())
    }

    /// The next input, once this session has a slot; none when no more is to be begun.
    async fn next(&self, inputs: &mut mpsc::UnboundedReceiver<WorkerInput>) -> Option<WorkerInput> {
        self.publisher.slot.release();
        let next = async {
            let input = inputs.recv().await?;
            self.publisher.slot.acquire().await;
            Some(input)
        };
        self.drain.run_until_cancelled(next).await.flatten()
    }

    fn report(
        &self,
        worker: Option<&S::Worker>,
        chunks: &mut ChunkOffsets,
        offset: Option<i64>,
        audio_seconds: f64,
    ) -> WorkReport {
        let replay_start = S::STATEFUL.then(|| {
            let id = SessionId::parse(&self.session)?;
            let reset = worker.and_then(Worker::reset);
            Some((id, reset.and_then(|reset| chunks.replay_start(reset))))
        });
        WorkReport {
            session: self.session.clone(),
            offset,
            replay_start: replay_start.flatten(),
            audio_seconds,
        }
    }

    /// Processes a record in a span until it is finished: published, found to be published, or a
    /// dead letter. Returns the length of its audio in seconds.
    async fn process(
        &self,
        worker: &mut Option<S::Worker>,
        chunks: &mut ChunkOffsets,
        record: Record,
        received_at: i64,
        crashed: bool,
    ) -> Result<f64, ProcessError> {
        let parent = TraceContext::extract(&record.headers);
        let span = tracing::info_span!(
            "process",
            stage = S::STAGE.as_str(),
            session = %self.session,
            otel.kind = "consumer",
            trace_id = field::Empty,
            span_id = field::Empty,
            parent_id = parent.as_ref().map(|own| field::display(own.span_id())),
            messaging.destination.name = %record.topic,
            messaging.destination.partition.id = record.partition,
            messaging.kafka.offset = record.offset,
            otel.status_code = field::Empty,
            otel.status_description = field::Empty,
        );
        let trace = TraceContext::of_span(&span, parent.as_ref());
        span.record("trace_id", field::display(trace.trace_id()));
        span.record("span_id", field::display(trace.span_id()));
        let publisher = ResultPublisher {
            trace: Some(trace),
            ..self.publisher.clone()
        };
        let work = async {
            metrics::consumed(S::STAGE);
            let began = Instant::now();
            let mut segment = SegmentRange::extract(&record.headers);
            let mut audio_seconds = 0.0;
            let attempts = AtomicUsize::new(0);
            let result = match self.decode(&record, &publisher).await {
                Err(error) => Err(error),
                Ok(event) => {
                    segment = event.segment().or(segment);
                    audio_seconds = seconds_of(&event);
                    metrics::hop(S::STAGE, received_at - event.timestamp_ms);
                    if self.failed_before(&event, segment, &record, &publisher) {
                        metrics::skipped(S::STAGE, "failed_before");
                        return Ok(audio_seconds);
                    }
                    if let Body::AudioInput(input) = &event.body {
                        let end = input.chunk.map_or(u64::MAX, |chunk| chunk.end_sample);
                        chunks.add(end, record.offset);
                    }
                    let worker = worker.get_or_insert_with(|| {
                        self.context.stage.worker(&event.session, self.from)
                    });
                    let input = StageInput {
                        event,
                        offset: record.offset,
                        replayed: is_replayed(&record),
                        received_at,
                    };
                    // Results on the bus show that the decoder did not crash.
                    let decoded =
                        segment.is_some_and(|own| publisher.has_first(&input.event.session, own));
                    if crashed && !decoded && worker.crashed_while_decoding(&input) {
                        Err(Failure::crashed_while_decoding().into())
                    } else {
                        fault_injection::before_publish(&publisher.messages, record.offset).await;
                        self.work(worker, &input, &publisher, &attempts).await
                    }
                }
            };
            metrics::worked(S::STAGE, began.elapsed(), result.is_ok());
            match result {
                Ok(()) => {
                    tracing::debug!(
                        waited_ms = received_at - record.timestamp_ms,
                        work_ms = began.elapsed().as_millis() as u64,
                        "processed"
                    );
                    Ok(audio_seconds)
                }
                Err(ProcessError::PartitionLost) => Err(ProcessError::PartitionLost),
                Err(ProcessError::Failed(failure) | ProcessError::Exhausted(failure)) => {
                    record_failure(&span, &failure.code);
                    let attempts = attempts.load(Ordering::Relaxed).max(1);
                    self.dead_letter(&record, segment, &failure, attempts, &publisher)
                        .await?;
                    Ok(audio_seconds)
                }
            }
        };
        work.instrument(span.clone()).await
    }

    async fn decode(
        &self,
        record: &Record,
        publisher: &ResultPublisher,
    ) -> Result<Event, ProcessError> {
        let event = publisher.decode(S::INPUT, &record.body).await?;
        if record.session() != Some(event.session.as_str()) {
            let message = "correlation_id: must be the record's key";
            return Err(Failure::invalid("invalid", message).into());
        }
        Ok(event)
    }

    /// Whether a status has reported that this segment failed in this stage. A replayed dead letter
    /// is processed all the same.
    fn failed_before(
        &self,
        event: &Event,
        segment: Option<SegmentRange>,
        record: &Record,
        publisher: &ResultPublisher,
    ) -> bool {
        let Some(segment) = segment.filter(|_| !is_replayed(record)) else {
            return false;
        };
        let failed = SessionStatus::SegmentFailed {
            segment,
            stage: String::new(),
            code: String::new(),
            message: String::new(),
        };
        let status = Event::new(event.session.clone(), S::STAGE, Body::SessionStatus(failed));
        publisher.has(status.id)
    }

    /// Calls the worker until it succeeds, fails for good, or has had all its attempts.
    async fn work(
        &self,
        worker: &mut S::Worker,
        input: &StageInput,
        publisher: &ResultPublisher,
        attempts: &AtomicUsize,
    ) -> Result<(), ProcessError> {
        let policy = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(200))
            .with_max_delay(Duration::from_secs(5))
            .with_max_times(self.context.settings.attempts.saturating_sub(1))
            .with_jitter();
        // One attempt at a time; the lock lends the worker to it.
        let worker = Mutex::new(worker);
        let attempt = || async {
            attempts.fetch_add(1, Ordering::Relaxed);
            worker.lock().await.work(input, publisher).await
        };
        let transient = |error: &ProcessError| match error {
            ProcessError::Failed(failure) => failure.class.is_transient(),
            ProcessError::Exhausted(_) | ProcessError::PartitionLost => false,
        };
        let reason = |error: &ProcessError| match error {
            ProcessError::Failed(failure) => failure.class.as_str(),
            ProcessError::Exhausted(_) | ProcessError::PartitionLost => "partition",
        };
        publisher.retry(reason, policy, attempt, transient).await?
    }

    /// Publishes a record as a dead letter, and the failure of its segment as a status.
    async fn dead_letter(
        &self,
        record: &Record,
        segment: Option<SegmentRange>,
        failure: &Failure,
        attempts: usize,
        publisher: &ResultPublisher,
    ) -> Result<(), ProcessError> {
        tracing::warn!(
            class = failure.class.as_str(),
            code = failure.code,
            partition = record.partition,
            offset = record.offset,
            "dead letter"
        );
        metrics::dead_letter(S::STAGE, failure.class.as_str(), failure.code.clone());
        let dead_letter = dead_letter(record, S::STAGE, failure, attempts);
        match publisher.send(dead_letter).await {
            Ok(()) => {}
            Err(ProcessError::PartitionLost) => return Err(ProcessError::PartitionLost),
            Err(ProcessError::Failed(second) | ProcessError::Exhausted(second)) => {
                // A record that is neither published nor a dead letter is not finished.
                tracing::error!(error = %second, "a dead letter could not be published");
                return Err(ProcessError::PartitionLost);
            }
        }
        let session = record.session().and_then(SessionId::parse);
        if let (Some(session), Some(segment)) = (session, segment) {
            let failed = SessionStatus::SegmentFailed {
                segment,
                stage: S::STAGE.as_str().into(),
                code: failure.code.clone(),
                message: failure.message.clone(),
            };
            let event = Event::new(session, S::STAGE, Body::SessionStatus(failed));
            if let Err(ProcessError::PartitionLost) = publisher.publish(event).await {
                return Err(ProcessError::PartitionLost);
            }
        }
        Ok(())
    }
}

/// The length of a record's audio in seconds: of its chunk, or of its segment.
fn seconds_of(event: &Event) -> f64 {
    let samples = match &event.body {
        Body::AudioInput(input) => input
            .chunk
            .map_or(0, |chunk| chunk.end_sample - chunk.start_sample),
        _ => event
            .segment()
            .map_or(0, |segment| segment.end_sample - segment.start_sample),
    };
    samples as f64 / SegmentRange::SAMPLE_RATE as f64
}
