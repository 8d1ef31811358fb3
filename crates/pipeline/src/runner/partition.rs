//! One partition in one stage: its sessions, its books, and what a replica must know that takes
//! it over.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mynah_bus::event::now_ms;
use mynah_bus::identity::SessionId;
use mynah_bus::{Assigned, BusError, Record, StartOffset, Trace};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::commit_metadata::Resets;
use super::dedup_cache::DedupCache;
use super::key_worker::{self, KeyWorker, WorkReport, WorkerInput};
use super::offset_tracker::OffsetTracker;
use super::output_replay::{self, Output};
use super::publisher::ResultPublisher;
use super::slot::Slot;
use super::{ConsumerCommand, StageContext};
use crate::metrics;
use crate::stage::Stage;

/// How often silence is looked for.
const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// How long to wait before reading back again what could not be read.
const RETRY_DELAY: Duration = Duration::from_millis(500);

/// A session that is worked on.
struct Session {
    inputs: mpsc::UnboundedSender<WorkerInput>,
    task: JoinHandle<()>,
    queued: usize,
    /// When the bus took its last record, and when that came here.
    last_ms: i64,
    last_here: Instant,
    /// Whether it was told of its silence.
    idle: bool,
    /// Whether a replay needs it.
    held: bool,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(super) struct Partition<S: Stage> {
    context: Arc<StageContext<S>>,
    number: u32,
    lost: CancellationToken,
    /// Cancelled when nothing new is to be begun.
    drain: CancellationToken,
    to_member: mpsc::UnboundedSender<ConsumerCommand>,
    lag: Arc<AtomicI64>,
    dedup: Arc<Mutex<DedupCache>>,
    resets: Resets,
    tracker: Option<OffsetTracker>,
    sessions: HashMap<String, Session>,
    reports: mpsc::UnboundedSender<WorkReport>,
    reported: mpsc::UnboundedReceiver<WorkReport>,
    full: bool,
    newest_ms: i64,
    /// Mean seconds of sound of a record, for those that nobody has looked at.
    mean: f64,
}

impl<S: Stage> Partition<S> {
    pub(super) fn new(
        context: Arc<StageContext<S>>,
        assigned: Assigned,
        to_member: mpsc::UnboundedSender<ConsumerCommand>,
        lag: Arc<AtomicI64>,
        drain: CancellationToken,
    ) -> Self {
        let (reports, reported) = mpsc::unbounded_channel();
        let metadata = assigned
            .committed
            .map(|own| own.metadata)
            .unwrap_or_default();
        Self {
            context,
            number: assigned.partition,
            lost: assigned.lost,
            drain,
            to_member,
            lag,
            dedup: Arc::new(Mutex::new(DedupCache::new())),
            resets: Resets::decode(&metadata),
            tracker: None,
            sessions: HashMap::new(),
            reports,
            reported,
            full: false,
            newest_ms: 0,
            mean: 0.0,
        }
    }

    /// Works until the partition is lost, or until `drain` and everything begun is finished.
    pub(super) async fn run(mut self, mut records: mpsc::UnboundedReceiver<Record>) {
        let lost = self.lost.clone();
        lost.run_until_cancelled(self.work(&mut records)).await;
    }

    async fn work(&mut self, records: &mut mpsc::UnboundedReceiver<Record>) {
        let drain = self.drain.clone();
        let mut tick = interval(POLL_INTERVAL);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                Some(report) = self.reported.recv() => {
                    if report.broken {
                        return;
                    }
                    self.settle(report);
                }
                () = drain.cancelled() => return self.finish().await,
                record = records.recv() => match record {
                    // What is stopped while it reads back has begun nothing.
                    Some(record) => _ = drain.run_until_cancelled(self.take(record)).await,
                    None => return,
                },
                _ = tick.tick() => {
                    self.check_idle_sessions();
                    self.dedup_cache(DedupCache::clean_up);
                    self.measure();
                }
            }
        }
    }

    /// Waits for the records that were begun; those that only wait are somebody else's.
    async fn finish(&mut self) {
        for session in self.sessions.values_mut() {
            // One that broke has told so.
            let _ = (&mut session.task).await;
        }
        while let Ok(report) = self.reported.try_recv() {
            if !report.broken {
                self.settle(report);
            }
        }
    }

    fn working(&self) -> usize {
        self.tracker.as_ref().map_or(0, OffsetTracker::working)
    }

    fn dedup_cache<T>(&self, act: impl FnOnce(&mut DedupCache) -> T) -> T {
        act(&mut self.dedup.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn take(&mut self, record: Record) {
        if self.tracker.is_none() {
            self.output_replay(record.timestamp_ms).await;
            self.tracker = Some(OffsetTracker::new(self.number, record.offset));
        }
        let Some(tracker) = &mut self.tracker else {
            return;
        };
        tracker.begin(record.offset);
        self.newest_ms = self.newest_ms.max(record.timestamp_ms);
        // A record without a session goes its own way to the dead letters.
        let name = record.session().unwrap_or_default().to_owned();
        if !self.sessions.contains_key(&name) {
            let session = self.open(name.clone());
            self.sessions.insert(name.clone(), session);
        }
        if let Some(session) = self.sessions.get_mut(&name) {
            session.queued += 1;
            session.last_ms = record.timestamp_ms;
            session.last_here = Instant::now();
            session.idle = false;
            // Its task ends only with the partition.
            let _ = session.inputs.send(key_worker::arrived(record));
        }
        if !self.full && self.working() >= self.context.settings.waiting {
            self.full = true;
            let _ = self.to_member.send(ConsumerCommand::Full(self.number));
        }
    }

    fn open(&mut self, name: String) -> Session {
        let from = SessionId::parse(&name).and_then(|id| self.resets.take(&id));
        let (inputs, of_session) = mpsc::unbounded_channel();
        let worker = KeyWorker {
            context: Arc::clone(&self.context),
            session: name,
            publisher: self.publisher(),
            from,
            reports: self.reports.clone(),
            drain: self.drain.clone(),
        };
        Session {
            inputs,
            task: tokio::spawn(worker.run(of_session)),
            queued: 0,
            last_ms: 0,
            last_here: Instant::now(),
            idle: false,
            held: false,
        }
    }

    fn publisher(&self) -> ResultPublisher {
        ResultPublisher {
            bus: Arc::clone(&self.context.bus),
            codec: self.context.codec.clone(),
            audio_store: self.context.audio_store.clone(),
            stage: S::STAGE,
            partition: self.number,
            dedup: Arc::clone(&self.dedup),
            lost: self.lost.clone(),
            outage: self.context.settings.outage(),
            trace: Trace::begin(),
            slot: Arc::new(Slot::new(Arc::clone(&self.context.places))),
        }
    }

    fn settle(&mut self, report: WorkReport) {
        let Some(tracker) = &mut self.tracker else {
            return;
        };
        if let Some(offset) = report.offset {
            tracker.finish(offset);
            self.mean = if self.mean == 0.0 {
                report.sound
            } else {
                0.95 * self.mean + 0.05 * report.sound
            };
        }
        let mut held = false;
        if let Some((session, replay_start)) = report.replay_start {
            held = replay_start.is_some();
            tracker.replay_start(session, replay_start);
        }
        if let Some(session) = self.sessions.get_mut(&report.session) {
            session.held = held;
            if report.offset.is_some() {
                session.queued = session.queued.saturating_sub(1);
            }
            if session.queued == 0 && !held {
                self.sessions.remove(&report.session);
            }
        }
        if let Some(position) = tracker.position() {
            let _ = self.to_member.send(ConsumerCommand::Finished(position));
        }
        if self.full && self.working() < self.context.settings.waiting / 2 {
            self.full = false;
            let _ = self.to_member.send(ConsumerCommand::Room(self.number));
        }
    }

    /// Tells sessions that have a state and hear nothing more. Time passes as the records say;
    /// where all of them have been looked at, also by the clock, unless the bus had a fault.
    fn check_idle_sessions(&mut self) {
        if !S::STATEFUL {
            return;
        }
        let limit = self.context.settings.silence();
        let limit_ms = limit.as_millis() as i64;
        let fault_ms = self.context.fault_ms.load(Ordering::Relaxed);
        let well = now_ms() - fault_ms > limit_ms;
        let at_tail = !self.full && self.lag.load(Ordering::Relaxed) == 0 && well;
        for session in self.sessions.values_mut() {
            let by_records = self.newest_ms - session.last_ms > limit_ms;
            let by_clock = at_tail && session.last_here.elapsed() > limit;
            if session.held && !session.idle && session.queued == 0 && (by_records || by_clock) {
                session.idle = true;
                let _ = session.inputs.send(WorkerInput::Idle);
            }
        }
    }

    fn measure(&self) {
        let lag = self.lag.load(Ordering::Relaxed);
        let lag = if lag == i64::MAX { 0 } else { lag };
        let waiting = self.working() as f64 + lag as f64;
        metrics::waiting(S::STAGE, self.number, waiting * self.mean);
    }

    /// Learns what a replica before this one has published of the input that it did not finish.
    async fn output_replay(&self, first_ms: i64) {
        let from = first_ms - self.context.settings.output_replay_ms();
        loop {
            match self.replay(from).await {
                Ok(events) => {
                    tracing::info!(
                        stage = S::STAGE.as_str(),
                        partition = self.number,
                        events,
                        "read back what was published"
                    );
                    return;
                }
                Err(error) => {
                    metrics::waited(S::STAGE, "output_replay");
                    tracing::warn!(stage = S::STAGE.as_str(), %error, "reading back failed; trying again");
                    tokio::time::sleep(RETRY_DELAY).await;
                }
            }
        }
    }

    async fn replay(&self, from_ms: i64) -> Result<usize, BusError> {
        let output = Output {
            stage: S::STAGE,
            kinds: S::OUTPUTS,
            partition: self.number,
            start: StartOffset::Timestamp(from_ms),
        };
        let context = &self.context;
        output_replay::replay(context.bus.as_ref(), &context.codec, output, &self.dedup).await
    }
}

impl<S: Stage> Drop for Partition<S> {
    /// What waits in a partition that has gone is told by whoever has it now.
    fn drop(&mut self) {
        metrics::waiting(S::STAGE, self.number, 0.0);
    }
}
