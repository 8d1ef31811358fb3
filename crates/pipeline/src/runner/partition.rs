//! One partition in one stage: its sessions, its books, and what a replica must know that takes
//! it over.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mynah_bus::event::now_ms;
use mynah_bus::identity::SessionId;
use mynah_bus::{Assigned, BusError, From, Record, Trace};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::done::Done;
use super::lane::{self, Lane, Report, ToLane};
use super::ledger::Ledger;
use super::memo::Resets;
use super::outlet::Outlet;
use super::read_back::{self, Output};
use super::turn::Turn;
use super::{Crew, ToMember};
use crate::metrics;
use crate::stage::Stage;

/// How often silence is looked for.
const LOOK: Duration = Duration::from_millis(250);
/// How long to wait before reading back again what could not be read.
const AGAIN: Duration = Duration::from_millis(500);

/// A session that is worked on.
struct Session {
    inputs: mpsc::UnboundedSender<ToLane>,
    task: JoinHandle<()>,
    queued: usize,
    /// When the bus took its last record, and when that came here.
    last_ms: i64,
    last_here: Instant,
    /// Whether it was told of its silence.
    silent: bool,
    /// Whether a replay needs it.
    held: bool,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(super) struct Partition<S: Stage> {
    crew: Arc<Crew<S>>,
    number: u32,
    lost: CancellationToken,
    /// Cancelled when nothing new is to be begun.
    drain: CancellationToken,
    to_member: mpsc::UnboundedSender<ToMember>,
    behind: Arc<AtomicI64>,
    done: Arc<Mutex<Done>>,
    resets: Resets,
    ledger: Option<Ledger>,
    sessions: HashMap<String, Session>,
    reports: mpsc::UnboundedSender<Report>,
    reported: mpsc::UnboundedReceiver<Report>,
    full: bool,
    newest_ms: i64,
    /// Mean seconds of sound of a record, for those that nobody has looked at.
    mean: f64,
}

impl<S: Stage> Partition<S> {
    pub(super) fn new(
        crew: Arc<Crew<S>>,
        assigned: Assigned,
        to_member: mpsc::UnboundedSender<ToMember>,
        behind: Arc<AtomicI64>,
        drain: CancellationToken,
    ) -> Self {
        let (reports, reported) = mpsc::unbounded_channel();
        let metadata = assigned
            .committed
            .map(|own| own.metadata)
            .unwrap_or_default();
        Self {
            crew,
            number: assigned.partition,
            lost: assigned.lost,
            drain,
            to_member,
            behind,
            done: Arc::new(Mutex::new(Done::new())),
            resets: Resets::decode(&metadata),
            ledger: None,
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
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
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
                _ = look.tick() => {
                    self.look_for_silence();
                    self.known(Done::tidy);
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
        self.ledger.as_ref().map_or(0, Ledger::working)
    }

    fn known<T>(&self, act: impl FnOnce(&mut Done) -> T) -> T {
        act(&mut self.done.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn take(&mut self, record: Record) {
        if self.ledger.is_none() {
            self.read_back(record.timestamp_ms).await;
            self.ledger = Some(Ledger::new(self.number, record.offset));
        }
        let Some(ledger) = &mut self.ledger else {
            return;
        };
        ledger.begin(record.offset);
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
            session.silent = false;
            // Its task ends only with the partition.
            let _ = session.inputs.send(lane::arrived(record));
        }
        if !self.full && self.working() >= self.crew.settings.waiting {
            self.full = true;
            let _ = self.to_member.send(ToMember::Full(self.number));
        }
    }

    fn open(&mut self, name: String) -> Session {
        let from = SessionId::parse(&name).and_then(|id| self.resets.take(&id));
        let (inputs, of_session) = mpsc::unbounded_channel();
        let lane = Lane {
            crew: Arc::clone(&self.crew),
            session: name,
            outlet: self.outlet(),
            from,
            reports: self.reports.clone(),
            drain: self.drain.clone(),
        };
        Session {
            inputs,
            task: tokio::spawn(lane.run(of_session)),
            queued: 0,
            last_ms: 0,
            last_here: Instant::now(),
            silent: false,
            held: false,
        }
    }

    fn outlet(&self) -> Outlet {
        Outlet {
            bus: Arc::clone(&self.crew.bus),
            codec: self.crew.codec.clone(),
            sounds: self.crew.sounds.clone(),
            stage: S::STAGE,
            partition: self.number,
            done: Arc::clone(&self.done),
            lost: self.lost.clone(),
            outage: self.crew.settings.outage(),
            trace: Trace::begin(),
            turn: Arc::new(Turn::new(Arc::clone(&self.crew.places))),
        }
    }

    fn settle(&mut self, report: Report) {
        let Some(ledger) = &mut self.ledger else {
            return;
        };
        if let Some(offset) = report.offset {
            ledger.finish(offset);
            self.mean = if self.mean == 0.0 {
                report.sound
            } else {
                0.95 * self.mean + 0.05 * report.sound
            };
        }
        let mut held = false;
        if let Some((session, hold)) = report.hold {
            held = hold.is_some();
            ledger.hold(session, hold);
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
        if let Some(position) = ledger.position() {
            let _ = self.to_member.send(ToMember::Finished(position));
        }
        if self.full && self.working() < self.crew.settings.waiting / 2 {
            self.full = false;
            let _ = self.to_member.send(ToMember::Room(self.number));
        }
    }

    /// Tells sessions that have a state and hear nothing more. Time passes as the records say;
    /// where all of them have been looked at, also by the clock, unless the bus had a fault.
    fn look_for_silence(&mut self) {
        if !S::STATEFUL {
            return;
        }
        let limit = self.crew.settings.silence();
        let limit_ms = limit.as_millis() as i64;
        let fault_ms = self.crew.fault_ms.load(Ordering::Relaxed);
        let well = now_ms() - fault_ms > limit_ms;
        let at_tail = !self.full && self.behind.load(Ordering::Relaxed) == 0 && well;
        for session in self.sessions.values_mut() {
            let by_records = self.newest_ms - session.last_ms > limit_ms;
            let by_clock = at_tail && session.last_here.elapsed() > limit;
            if session.held && !session.silent && session.queued == 0 && (by_records || by_clock) {
                session.silent = true;
                let _ = session.inputs.send(ToLane::Silent);
            }
        }
    }

    fn measure(&self) {
        let behind = self.behind.load(Ordering::Relaxed);
        let behind = if behind == i64::MAX { 0 } else { behind };
        let waiting = self.working() as f64 + behind as f64;
        metrics::waiting(S::STAGE, self.number, waiting * self.mean);
    }

    /// Learns what a replica before this one has published of the input that it did not finish.
    async fn read_back(&self, first_ms: i64) {
        let from = first_ms - self.crew.settings.read_back_ms();
        loop {
            match self.learn(from).await {
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
                    metrics::waited(S::STAGE, "read_back");
                    tracing::warn!(stage = S::STAGE.as_str(), %error, "reading back failed; trying again");
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }

    async fn learn(&self, from_ms: i64) -> Result<usize, BusError> {
        let output = Output {
            stage: S::STAGE,
            kinds: S::OUTPUTS,
            partition: self.number,
            from: From::Time(from_ms),
        };
        let crew = &self.crew;
        read_back::learn(crew.bus.as_ref(), &crew.codec, output, &self.done).await
    }
}

impl<S: Stage> Drop for Partition<S> {
    /// What waits in a partition that has gone is told by whoever has it now.
    fn drop(&mut self) {
        metrics::waiting(S::STAGE, self.number, 0.0);
    }
}
