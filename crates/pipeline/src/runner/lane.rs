//! One session in one stage: its records, one after the other.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use mynah_bus::event::{Body, Event, Place, SessionStatus, now_ms};
use mynah_bus::identity::SessionId;
use mynah_bus::record::header;
use mynah_bus::{Record, Trace};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::Crew;
use super::dead;
use super::fault;
use super::ledger::Hold;
use super::memo::Reset;
use super::outlet::Outlet;
use crate::failure::{Failure, Stop};
use crate::metrics;
use crate::stage::{Input, Stage, Worker};

/// What comes to a session.
pub(super) enum ToLane {
    Record { record: Record, received_at: i64 },
    Silent,
}

/// What a session tells its partition.
pub(super) struct Report {
    pub(super) session: String,
    /// The record that is finished; none after a silence.
    pub(super) offset: Option<i64>,
    /// From where the session would have to be replayed.
    pub(super) hold: Option<(SessionId, Option<Hold>)>,
    /// Seconds of sound that the record was.
    pub(super) sound: f64,
    /// The work broke: nothing more is to be expected of it here.
    pub(super) broken: bool,
}

/// Works until there is nothing more, or the partition is gone.
pub(super) struct Lane<S: Stage> {
    pub(super) crew: Arc<Crew<S>>,
    pub(super) session: String,
    pub(super) outlet: Outlet,
    pub(super) from: Option<Reset>,
    pub(super) reports: mpsc::UnboundedSender<Report>,
    /// Cancelled when nothing new is to be begun.
    pub(super) drain: CancellationToken,
}

/// The chunks that a worker with a state may need again.
#[derive(Default)]
struct Track {
    chunks: VecDeque<(u64, i64)>,
    first: Option<i64>,
}

impl Track {
    fn came(&mut self, end_sample: u64, offset: i64) {
        self.first.get_or_insert(offset);
        self.chunks.push_back((end_sample, offset));
    }

    fn hold(&mut self, reset: Reset) -> Option<Hold> {
        while self.chunks.len() > 1
            && self
                .chunks
                .front()
                .is_some_and(|(end, _)| *end <= reset.sample)
        {
            self.chunks.pop_front();
        }
        Some(Hold {
            offset: self.chunks.front()?.1,
            first: self.first?,
            sample: reset.sample,
            segments: reset.segments,
        })
    }
}

impl<S: Stage> Lane<S> {
    pub(super) async fn run(self, inputs: mpsc::UnboundedReceiver<ToLane>) {
        let ended = self.work_on(inputs).await;
        if ended.is_err() && !self.outlet.lost.is_cancelled() {
            // The partition may be gone as well by now.
            let _ = self.reports.send(Report {
                session: self.session,
                offset: None,
                hold: None,
                sound: 0.0,
                broken: true,
            });
        }
    }

    async fn work_on(&self, mut inputs: mpsc::UnboundedReceiver<ToLane>) -> Result<(), Stop> {
        let mut worker = None;
        let mut track = Track::default();
        while let Some(input) = self.next(&mut inputs).await? {
            let report = match input {
                ToLane::Record {
                    record,
                    received_at,
                } => {
                    let offset = record.offset;
                    let sound = self
                        .record(&mut worker, &mut track, record, received_at)
                        .await?;
                    self.report(worker.as_ref(), &mut track, Some(offset), sound)
                }
                ToLane::Silent => {
                    let Some(worker) = &mut worker else {
                        continue;
                    };
                    worker.silent(&self.outlet).await?;
                    self.report(Some(worker), &mut track, None, 0.0)
                }
            };
            self.reports.send(report).map_err(|_| Stop::Gone)?;
        }
        Ok(())
    }

    /// What is next, once it is this session's turn; none when there is nothing more to begin.
    async fn next(
        &self,
        inputs: &mut mpsc::UnboundedReceiver<ToLane>,
    ) -> Result<Option<ToLane>, Stop> {
        self.outlet.turn.give();
        let next = async {
            let input = inputs.recv().await;
            if input.is_some() {
                self.outlet.turn.take().await?;
            }
            Ok(input)
        };
        let next = self.drain.run_until_cancelled(next).await;
        next.unwrap_or(Ok(None))
    }

    fn report(
        &self,
        worker: Option<&S::Worker>,
        track: &mut Track,
        offset: Option<i64>,
        sound: f64,
    ) -> Report {
        let hold = S::STATEFUL.then(|| {
            let id = SessionId::parse(&self.session)?;
            let reset = worker.and_then(Worker::reset);
            Some((id, reset.and_then(|reset| track.hold(reset))))
        });
        Report {
            session: self.session.clone(),
            offset,
            hold: hold.flatten(),
            sound,
            broken: false,
        }
    }

    /// Works on a record until it is finished: published, found to be done, or a dead letter.
    /// Returns the seconds of sound that it was.
    async fn record(
        &self,
        worker: &mut Option<S::Worker>,
        track: &mut Track,
        record: Record,
        received_at: i64,
    ) -> Result<f64, Stop> {
        let parent = record.headers.text(header::TRACEPARENT);
        let parent = parent.and_then(Trace::parse);
        let trace = parent.map_or_else(Trace::begin, Trace::step);
        let outlet = Outlet {
            trace,
            ..self.outlet.clone()
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
        self.traced(worker, track, record, received_at, &outlet)
            .instrument(span)
            .await
    }

    async fn traced(
        &self,
        worker: &mut Option<S::Worker>,
        track: &mut Track,
        record: Record,
        received_at: i64,
        outlet: &Outlet,
    ) -> Result<f64, Stop> {
        metrics::consumed(S::STAGE);
        let began = Instant::now();
        let mut place = dead::place_of(&record.headers);
        let mut sound = 0.0;
        let mut attempts = 0;
        let decoded = self.decode(&record, outlet).await;
        let end = match decoded {
            Err(stop) => Err(stop),
            Ok(event) => {
                place = event.place().or(place);
                sound = seconds(&event);
                metrics::hop(S::STAGE, received_at - event.timestamp_ms);
                if self.failed_before(&event, place, &record, outlet) {
                    metrics::skipped(S::STAGE, "failed_before");
                    return Ok(sound);
                }
                if let Body::AudioInput(input) = &event.body {
                    let end = input.chunk.map_or(u64::MAX, |chunk| chunk.end_sample);
                    track.came(end, record.offset);
                }
                let session = event.session.clone();
                let worker =
                    worker.get_or_insert_with(|| self.crew.stage.worker(&session, self.from));
                let input = Input { event, received_at };
                fault::before_publish(&self.reports, record.offset).await;
                self.work(worker, &input, outlet, &mut attempts).await
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
            Err(Stop::Gone) => Err(Stop::Gone),
            Err(Stop::Failed(failure) | Stop::Exhausted(failure)) => {
                self.bury(&record, place, &failure, attempts.max(1), outlet)
                    .await?;
                Ok(sound)
            }
        }
    }

    async fn decode(&self, record: &Record, outlet: &Outlet) -> Result<Event, Stop> {
        let event = outlet.decode(S::INPUT, &record.body).await?;
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
        place: Option<Place>,
        record: &Record,
        outlet: &Outlet,
    ) -> bool {
        let Some(place) = place.filter(|_| record.headers.get(dead::REPLAYED).is_none()) else {
            return false;
        };
        let failed = SessionStatus::SegmentFailed {
            place,
            stage: String::new(),
            code: String::new(),
            message: String::new(),
        };
        let name = Event::new(event.session.clone(), S::STAGE, Body::SessionStatus(failed));
        outlet.has(name.id)
    }

    async fn work(
        &self,
        worker: &mut S::Worker,
        input: &Input,
        outlet: &Outlet,
        attempts: &mut usize,
    ) -> Result<(), Stop> {
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(200))
            .with_max_delay(Duration::from_secs(5))
            .with_max_times(self.crew.settings.attempts.saturating_sub(1))
            .with_jitter()
            .build();
        loop {
            *attempts += 1;
            let worked = outlet.lost.run_until_cancelled(worker.work(input, outlet));
            let error = match worked.await.ok_or(Stop::Gone)? {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            let Stop::Failed(failure) = &error else {
                return Err(error);
            };
            let pause = pauses.next().filter(|_| failure.class.is_passing());
            let Some(pause) = pause else {
                return Err(error);
            };
            metrics::waited(S::STAGE, failure.class.as_str());
            let rested = outlet.lost.run_until_cancelled(outlet.turn.rest(pause));
            rested.await.ok_or(Stop::Gone)??;
        }
    }

    /// Puts a record among the dead letters, and tells the client.
    async fn bury(
        &self,
        record: &Record,
        place: Option<Place>,
        failure: &Failure,
        attempts: usize,
        outlet: &Outlet,
    ) -> Result<(), Stop> {
        tracing::warn!(
            class = failure.class.as_str(),
            code = failure.code,
            partition = record.partition,
            offset = record.offset,
            "dead letter"
        );
        metrics::dead(S::STAGE, failure.class.as_str(), failure.code.clone());
        let letter = dead::letter(record, S::STAGE, failure, attempts);
        match outlet.send(letter).await {
            Ok(()) => {}
            Err(Stop::Gone) => return Err(Stop::Gone),
            Err(Stop::Failed(second) | Stop::Exhausted(second)) => {
                // Nothing is finished that is neither published nor buried.
                tracing::error!(error = %second, "a dead letter could not be published");
                return Err(Stop::Gone);
            }
        }
        let session = record.session().and_then(SessionId::parse);
        if let (Some(session), Some(place)) = (session, place) {
            let failed = SessionStatus::SegmentFailed {
                place,
                stage: S::STAGE.as_str().into(),
                code: failure.code.clone(),
                message: failure.message.clone(),
            };
            let event = Event::new(session, S::STAGE, Body::SessionStatus(failed));
            if let Err(Stop::Gone) = outlet.publish(event).await {
                return Err(Stop::Gone);
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
            .place()
            .map_or(0, |place| place.end_sample - place.start_sample),
    };
    samples as f64 / Place::RATE as f64
}

/// When something reached this process.
pub(super) fn arrived(record: Record) -> ToLane {
    ToLane::Record {
        record,
        received_at: now_ms(),
    }
}
