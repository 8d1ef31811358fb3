//! One partition in one stage: its sessions, its offsets, and the takeover from an earlier replica.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use backon::{ConstantBuilder, Retryable};
use mynah_admission::Ewma;
use mynah_bus::event::now_ms;
use mynah_bus::identity::SessionId;
use mynah_bus::{Assigned, BusError, Record, StartOffset};
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::commit_metadata::CommitMetadata;
use super::dedup_cache::DedupCache;
use super::key_worker::{KeyWorker, WorkerInput};
use super::offset_tracker::{OffsetTracker, ReplayStart};
use super::output_replay::{OutputRange, replay};
use super::publisher::ResultPublisher;
use super::slot::Slot;
use super::{ConsumerCommand, StageContext};
use crate::metrics;
use crate::stage::Stage;

/// The weight of the latest record in the mean audio of a record.
const EWMA_ALPHA: f64 = 0.05;
/// The interval between checks for idle sessions.
const IDLE_CHECK_INTERVAL: Duration = Duration::from_millis(250);
/// The delay before an output replay that failed is retried.
const REPLAY_RETRY_DELAY: Duration = Duration::from_millis(500);

/// What workers send to their partition.
pub(crate) enum PartitionMessage {
    /// A record is finished, or a session was idle.
    Finished(WorkReport),
    /// A worker failed: the partition's task ends.
    Failed,
    /// The reference audio of a record is to be decoded: see [`ResultPublisher::begin_decoding`].
    DecodingBegins {
        offset: i64,
        done: oneshot::Sender<Result<(), BusError>>,
    },
    /// The reference audio of a record is decoded.
    DecodingEnded(i64),
}

/// The result of a worker.
pub(crate) struct WorkReport {
    pub(super) session: String,
    /// The record that is finished; none for an idle session.
    pub(super) offset: Option<i64>,
    /// From where the session would have to be replayed.
    pub(super) replay_start: Option<(SessionId, Option<ReplayStart>)>,
    /// The length of the record's audio in seconds.
    pub(super) audio_seconds: f64,
}

/// A session with records in work, or one that a replay needs.
struct Session {
    inputs: mpsc::UnboundedSender<WorkerInput>,
    task: AbortHandle,
    queued: usize,
    /// When the bus appended its last record, and when that arrived here.
    last_ms: i64,
    last_received: Instant,
    /// Whether its worker was informed that it is idle.
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
    /// Cancelled when no new record is to be begun.
    drain: CancellationToken,
    commands: mpsc::UnboundedSender<ConsumerCommand>,
    lag: Arc<AtomicI64>,
    dedup: Arc<Mutex<DedupCache>>,
    /// Of the position that an earlier replica committed.
    committed: CommitMetadata,
    tracker: Option<OffsetTracker>,
    sessions: HashMap<String, Session>,
    /// The tasks of the sessions.
    workers: TaskTracker,
    messages: mpsc::UnboundedSender<PartitionMessage>,
    received: mpsc::UnboundedReceiver<PartitionMessage>,
    /// Whether the partition is paused.
    full: bool,
    newest_ms: i64,
    /// The mean audio of a record, in seconds, for records that are not received yet.
    record_seconds: Ewma,
}

impl<S: Stage> Partition<S> {
    pub(super) fn new(
        context: Arc<StageContext<S>>,
        assigned: Assigned,
        commands: mpsc::UnboundedSender<ConsumerCommand>,
        lag: Arc<AtomicI64>,
        drain: CancellationToken,
    ) -> Self {
        let (messages, received) = mpsc::unbounded_channel();
        let committed = assigned.committed.map(|own| own.metadata);
        Self {
            context,
            number: assigned.partition,
            lost: assigned.lost,
            drain,
            commands,
            lag,
            dedup: Arc::new(Mutex::new(DedupCache::new())),
            committed: CommitMetadata::decode(&committed.unwrap_or_default()),
            tracker: None,
            sessions: HashMap::new(),
            workers: TaskTracker::new(),
            messages,
            received,
            full: false,
            newest_ms: 0,
            record_seconds: Ewma::new(EWMA_ALPHA),
        }
    }

    /// Works until the partition is revoked, or until `drain` and all records in work are finished.
    pub(super) async fn run(mut self, mut records: mpsc::UnboundedReceiver<Record>) {
        let lost = self.lost.clone();
        lost.run_until_cancelled(self.work(&mut records)).await;
    }

    async fn work(&mut self, records: &mut mpsc::UnboundedReceiver<Record>) {
        let drain = self.drain.clone();
        let mut tick = interval(IDLE_CHECK_INTERVAL);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                Some(message) = self.received.recv() => {
                    if !self.handle(message) {
                        return;
                    }
                }
                () = drain.cancelled() => return self.finish().await,
                record = records.recv() => match record {
                    // A replica that stops during the output replay has begun nothing.
                    Some(record) => _ = drain.run_until_cancelled(self.take(record)).await,
                    None => return,
                },
                _ = tick.tick() => {
                    self.check_idle_sessions();
                    self.dedup.lock().unwrap_or_else(PoisonError::into_inner).clean_up();
                    self.measure();
                }
            }
        }
    }

    /// Waits for the records in work; queued ones are left to other replicas.
    async fn finish(&mut self) {
        self.workers.close();
        let workers = self.workers.clone();
        loop {
            tokio::select! {
                biased;
                Some(message) = self.received.recv() => {
                    self.handle(message);
                }
                () = workers.wait() => break,
            }
        }
        while let Ok(message) = self.received.try_recv() {
            self.handle(message);
        }
    }

    /// Handles a message. False if the partition's task is to end.
    fn handle(&mut self, message: PartitionMessage) -> bool {
        let Some(tracker) = &mut self.tracker else {
            return true;
        };
        match message {
            PartitionMessage::Finished(report) => self.settle(report),
            PartitionMessage::Failed => return false,
            PartitionMessage::DecodingBegins { offset, done } => {
                tracker.begin_decoding(offset);
                let position = tracker.position();
                let _ = self
                    .commands
                    .send(ConsumerCommand::Commit { position, done });
            }
            PartitionMessage::DecodingEnded(offset) => {
                tracker.end_decoding(offset);
                self.mark_processed();
            }
        }
        true
    }

    fn in_work(&self) -> usize {
        self.tracker.as_ref().map_or(0, OffsetTracker::in_work)
    }

    async fn take(&mut self, record: Record) {
        if self.tracker.is_none() {
            self.replay_outputs(record.timestamp_ms).await;
        }
        let number = self.number;
        let tracker = self.tracker.get_or_insert_with(|| {
            OffsetTracker::new(number, record.offset, self.committed.decoding.clone())
        });
        tracker.begin(record.offset);
        self.newest_ms = self.newest_ms.max(record.timestamp_ms);
        // Records without a session share a worker, which makes dead letters of them.
        let name = record.session().unwrap_or_default().to_owned();
        if !self.sessions.contains_key(&name) {
            let session = self.open(name.clone());
            self.sessions.insert(name.clone(), session);
        }
        if let Some(session) = self.sessions.get_mut(&name) {
            session.queued += 1;
            session.last_ms = record.timestamp_ms;
            session.last_received = Instant::now();
            session.idle = false;
            let input = WorkerInput::Record {
                crashed: self.committed.decoding.contains(&record.offset),
                record,
                received_at: now_ms(),
            };
            // The worker's task ends only with the partition.
            let _ = session.inputs.send(input);
        }
        if !self.full && self.in_work() >= self.context.settings.waiting {
            self.full = true;
            let _ = self.commands.send(ConsumerCommand::Pause(self.number));
        }
    }

    fn open(&mut self, name: String) -> Session {
        let from = SessionId::parse(&name).and_then(|id| self.committed.remove(&id));
        let (inputs, receiver) = mpsc::unbounded_channel();
        let worker = KeyWorker {
            context: Arc::clone(&self.context),
            session: name,
            publisher: self.publisher(),
            from,
            drain: self.drain.clone(),
        };
        Session {
            inputs,
            task: self.workers.spawn(worker.run(receiver)).abort_handle(),
            queued: 0,
            last_ms: 0,
            last_received: Instant::now(),
            idle: false,
            held: false,
        }
    }

    fn publisher(&self) -> ResultPublisher {
        ResultPublisher {
            bus: Arc::clone(&self.context.bus),
            codec: self.context.codec.clone(),
            store: self.context.store.clone(),
            stage: S::STAGE,
            partition: self.number,
            dedup: Arc::clone(&self.dedup),
            lost: self.lost.clone(),
            outage: self.context.settings.outage(),
            trace: None,
            slot: Arc::new(Slot::new(Arc::clone(&self.context.slots))),
            messages: self.messages.clone(),
            decoding: Arc::clone(&self.context.decoding),
        }
    }

    fn settle(&mut self, report: WorkReport) {
        let Some(tracker) = &mut self.tracker else {
            return;
        };
        if let Some(offset) = report.offset {
            tracker.finish(offset);
            self.record_seconds.record(report.audio_seconds);
        }
        let mut held = false;
        if let Some((session, start)) = report.replay_start {
            held = start.is_some();
            tracker.set_replay_start(session, start);
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
        self.mark_processed();
        if self.full && self.in_work() < self.context.settings.waiting / 2 {
            self.full = false;
            let _ = self.commands.send(ConsumerCommand::Resume(self.number));
        }
    }

    fn mark_processed(&mut self) {
        let position = self
            .tracker
            .as_mut()
            .and_then(OffsetTracker::changed_position);
        if let Some(position) = position {
            let _ = self.commands.send(ConsumerCommand::MarkProcessed(position));
        }
    }

    /// Informs the workers of sessions with a state that receive no more records. Time passes by
    /// the records; at the end of the partition also by the clock, unless the bus had a fault.
    fn check_idle_sessions(&mut self) {
        if !S::STATEFUL {
            return;
        }
        let limit = self.context.settings.silence();
        let limit_ms = limit.as_millis() as i64;
        let fault_ms = self.context.fault_ms.load(Ordering::Relaxed);
        let healthy = now_ms() - fault_ms > limit_ms;
        let at_end = !self.full && self.lag.load(Ordering::Relaxed) == 0 && healthy;
        for session in self.sessions.values_mut() {
            let by_records = self.newest_ms - session.last_ms > limit_ms;
            let by_clock = at_end && session.last_received.elapsed() > limit;
            if session.held && !session.idle && session.queued == 0 && (by_records || by_clock) {
                session.idle = true;
                let _ = session.inputs.send(WorkerInput::Idle);
            }
        }
    }

    fn measure(&self) {
        let lag = self.lag.load(Ordering::Relaxed);
        let lag = if lag == i64::MAX { 0 } else { lag };
        let waiting = self.in_work() as f64 + lag as f64;
        let record_seconds = self.record_seconds.value().unwrap_or_default();
        metrics::waiting(S::STAGE, self.number, waiting * record_seconds);
    }

    /// Replays what earlier replicas published of the input that they did not finish.
    async fn replay_outputs(&self, first_ms: i64) {
        let context = &self.context;
        let start = StartOffset::Timestamp(first_ms - context.settings.output_replay_ms());
        let replay_once = || {
            let range = OutputRange {
                stage: S::STAGE,
                kinds: S::OUTPUTS,
                partition: self.number,
                start,
            };
            replay(context.bus.as_ref(), &context.codec, range, &self.dedup)
        };
        let policy = ConstantBuilder::default()
            .with_delay(REPLAY_RETRY_DELAY)
            .without_max_times();
        let replayed = replay_once.retry(policy).notify(|error, _| {
            metrics::retried(S::STAGE, "output_replay");
            tracing::warn!(stage = S::STAGE.as_str(), %error, "output replay failed; it is retried");
        });
        if let Ok(events) = replayed.await {
            tracing::info!(
                stage = S::STAGE.as_str(),
                partition = self.number,
                events,
                "outputs replayed"
            );
        }
    }
}

impl<S: Stage> Drop for Partition<S> {
    /// The replica that is assigned the partition next measures what waits in it.
    fn drop(&mut self) {
        metrics::waiting(S::STAGE, self.number, 0.0);
    }
}
