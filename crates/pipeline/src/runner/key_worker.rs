//! One session in one stage: its records, one after the other.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use mynah_bus::event::{Body, Event, SegmentRange, SessionStatus, now_ms};
use mynah_bus::identity::SessionId;
use mynah_bus::record::header;
use mynah_bus::{Record, Trace};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::StageContext;
use super::commit_metadata::Reset;
use super::dead_letter;
use super::fault;
use super::offset_tracker::ReplayStart;
use super::publisher::ResultPublisher;
use crate::failure::{Failure, ProcessError};
use crate::metrics;
use crate::stage::{Input, Stage, Worker};

/// What comes to a session.
pub(super) enum WorkerInput {
    Record { record: Record, received_at: i64 },
    Idle,
}

/// What a session tells its partition.
pub(super) struct WorkReport {
    pub(super) session: String,
    /// The record that is finished; none after a silence.
    pub(super) offset: Option<i64>,
    /// From where the session would have to be replayed.
    pub(super) replay_start: Option<(SessionId, Option<ReplayStart>)>,
    /// Seconds of sound that the record was.
    pub(super) sound: f64,
    /// The work broke: nothing more is to be expected of it here.
    pub(super) broken: bool,
}

/// Works until there is nothing more, or the partition is gone.
pub(super) struct KeyWorker<S: Stage> {
    pub(super) context: Arc<StageContext<S>>,
    pub(super) session: String,
    pub(super) publisher: ResultPublisher,
    pub(super) from: Option<Reset>,
    pub(super) reports: mpsc::UnboundedSender<WorkReport>,
    /// Cancelled when nothing new is to be begun.
    pub(super) drain: CancellationToken,
}

/// The chunks that a worker with a state may need again.
#[derive(Default)]
struct ChunkOffsets {
    chunks: VecDeque<(u64, i64)>,
    first: Option<i64>,
}

impl ChunkOffsets {
    fn came(&mut self, end_sample: u64, offset: i64) {
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
        let ended = self.work_on(inputs).await;
        if ended.is_err() && !self.publisher.lost.is_cancelled() {
            // The partition may be gone as well by now.
            let _ = self.reports.send(WorkReport {
                session: self.session,
                offset: None,
                replay_start: None,
                sound: 0.0,
                broken: true,
            });
        }
    }

    async fn work_on(
        &self,
        mut inputs: mpsc::UnboundedReceiver<WorkerInput>,
    ) -> Result<(), ProcessError> {
        let mut worker = None;
        let mut track = ChunkOffsets::default();
        while let Some(input) = self.next(&mut inputs).await? {
            let report = match input {
                WorkerInput::Record {
                    record,
                    received_at,
                } => {
                    let offset = record.offset;
                    let sound = self
                        .record(&mut worker, &mut track, record, received_at)
                        .await?;
                    self.report(worker.as_ref(), &mut track, Some(offset), sound)
                }
                WorkerInput::Idle => {
                    let Some(worker) = &mut worker else {
                        continue;
                    };
                    worker.idle(&self.publisher).await?;
                    self.report(Some(worker), &mut track, None, 0.0)
                }
            };
            self.reports
                .send(report)
                .map_err(|_| ProcessError::PartitionLost)?;
        }
        Ok(())
    }

    /// What is next, once it is this session's turn; none when there is nothing more to begin.
    async fn next(
        &self,
        inputs: &mut mpsc::UnboundedReceiver<WorkerInput>,
    ) -> Result<Option<WorkerInput>, ProcessError> {
        self.publisher.slot.give();
        let next = async {
            let input = inputs.recv().await;
            if input.is_some() {
                self.publisher.slot.take().await?;
            }
            Ok(input)
        };
        let next = self.drain.run_until_cancelled(next).await;
        next.unwrap_or(Ok(None))
    }

    fn report(
        &self,
        worker: Option<&S::Worker>,
        track: &mut ChunkOffsets,
        offset: Option<i64>,
        sound: f64,
    ) -> WorkReport {
        let replay_start = S::STATEFUL.then(|| {
            let id = SessionId::parse(&self.session)?;
            let reset = worker.and_then(Worker::reset);
            Some((id, reset.and_then(|reset| track.replay_start(reset))))
        });
        WorkReport {
            session: self.session.clone(),
            offset,
            replay_start: replay_start.flatten(),
            sound,
            broken: false,
        }
    }

    /// Works on a record until it is finished: published, found to be done, or a dead letter.
    /// Returns the seconds of sound that it was.
    async fn record(
        &self,
        worker: &mut Option<S::Worker>,
        track: &mut ChunkOffsets,
        record: Record,
        received_at: i64,
    ) -> Result<f64, ProcessError> {
        let parent = record.headers.text(header::TRACEPARENT);
        let parent = parent.and_then(Trace::parse);
        let trace = parent.map_or_else(Trace::begin, Trace::step);
        let publisher = ResultPublisher {
            trace,
            ..self.publisher.clone()
        };
        let span = tracing::info_span!(
            "process",
            stage = S::STAGE.as_str(),
            session = %self.session,
            trace_id = %trace.trace_id(),
            span_id = %trace.span_id(),
            parent_id = parent.map(|own| own.span_id()),
            messaging.destination.name = %record.topic,
            messaging.destination.partition.id = record.partition,
            messaging.kafka.offset = record.offset,
        );
        self.traced(worker, track, record, received_at, &publisher)
            .instrument(span)
            .await
    }

    async fn traced(
        &self,
        worker: &mut Option<S::Worker>,
        track: &mut ChunkOffsets,
        record: Record,
        received_at: i64,
        publisher: &ResultPublisher,
    ) -> Result<f64, ProcessError> {
        metrics::consumed(S::STAGE);
        let began = Instant::now();
        let mut segment = dead_letter::segment_of(&record.headers);
        let mut sound = 0.0;
        let mut attempts = 0;
        let decoded = self.decode(&record, publisher).await;
        let end = match decoded {
            Err(stop) => Err(stop),
            Ok(event) => {
                segment = event.segment().or(segment);
                sound = seconds(&event);
                metrics::hop(S::STAGE, received_at - event.timestamp_ms);
                if self.failed_before(&event, segment, &record, publisher) {
                    metrics::skipped(S::STAGE, "failed_before");
                    return Ok(sound);
                }
                if let Body::AudioInput(input) = &event.body {
                    let end = input.chunk.map_or(u64::MAX, |chunk| chunk.end_sample);
                    track.came(end, record.offset);
                }
                let session = event.session.clone();
                let worker =
                    worker.get_or_insert_with(|| self.context.stage.worker(&session, self.from));
                let input = Input { event, received_at };
                fault::before_publish(&self.reports, record.offset).await;
                self.work(worker, &input, publisher, &mut attempts).await
            }
        };
        metrics::worked(S::STAGE, began.elapsed(), end.is_ok());
        match end {
            Ok(()) => {
                tracing::debug!(
                    waited_ms = received_at - record.timestamp_ms,
                    work_ms = began.elapsed().as_millis() as u64,
                    "processed"
                );
                Ok(sound)
            }
            Err(ProcessError::PartitionLost) => Err(ProcessError::PartitionLost),
            Err(ProcessError::Failed(failure) | ProcessError::Exhausted(failure)) => {
                self.dead_letter(&record, segment, &failure, attempts.max(1), publisher)
                    .await?;
                Ok(sound)
            }
        }
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

    /// Whether the client was told that this segment failed here. A dead letter that is replayed
    /// gets another chance all the same.
    fn failed_before(
        &self,
        event: &Event,
        segment: Option<SegmentRange>,
        record: &Record,
        publisher: &ResultPublisher,
    ) -> bool {
        let Some(segment) = segment.filter(|_| record.headers.get(dead_letter::REPLAYED).is_none())
        else {
            return false;
        };
        let failed = SessionStatus::SegmentFailed {
            segment,
            stage: String::new(),
            code: String::new(),
            message: String::new(),
        };
        let name = Event::new(event.session.clone(), S::STAGE, Body::SessionStatus(failed));
        publisher.has(name.id)
    }

    async fn work(
        &self,
        worker: &mut S::Worker,
        input: &Input,
        publisher: &ResultPublisher,
        attempts: &mut usize,
    ) -> Result<(), ProcessError> {
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(200))
            .with_max_delay(Duration::from_secs(5))
            .with_max_times(self.context.settings.attempts.saturating_sub(1))
            .with_jitter()
            .build();
        loop {
            *attempts += 1;
            let worked = publisher
                .lost
                .run_until_cancelled(worker.work(input, publisher));
            let error = match worked.await.ok_or(ProcessError::PartitionLost)? {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            let ProcessError::Failed(failure) = &error else {
                return Err(error);
            };
            let pause = pauses.next().filter(|_| failure.class.is_transient());
            let Some(pause) = pause else {
                return Err(error);
            };
            metrics::waited(S::STAGE, failure.class.as_str());
            let rested = publisher
                .lost
                .run_until_cancelled(publisher.slot.rest(pause));
            rested.await.ok_or(ProcessError::PartitionLost)??;
        }
    }

    /// Puts a record among the dead letters, and tells the client.
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
        let letter = dead_letter::letter(record, S::STAGE, failure, attempts);
        match publisher.send(letter).await {
            Ok(()) => {}
            Err(ProcessError::PartitionLost) => return Err(ProcessError::PartitionLost),
            Err(ProcessError::Failed(second) | ProcessError::Exhausted(second)) => {
                // Nothing is finished that is neither published nor buried.
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

/// The sound that a record stands for.
fn seconds(event: &Event) -> f64 {
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

/// When something reached this process.
pub(super) fn arrived(record: Record) -> WorkerInput {
    WorkerInput::Record {
        record,
        received_at: now_ms(),
    }
}
