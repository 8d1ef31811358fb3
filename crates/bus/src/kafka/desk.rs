//! What a member and its thread share.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::bus::{Happening, Position};
use crate::error::BusError;
use crate::record::Record;

/// Records of a partition that lie ready beside those that librdkafka has fetched.
const READY_RECORDS: usize = 16;

/// Bytes of them; one record may go beyond.
const READY_BYTES: usize = 1 << 20;

/// Faults are told at most this often.
const FAULT_EVERY: Duration = Duration::from_secs(1);

/// The thread puts things here, and the member takes them.
pub(super) struct Desk {
    state: Mutex<State>,
    /// Something has come for the member.
    pub(super) stirred: Notify,
}

pub(super) struct State {
    news: VecDeque<Happening>,
    pub(super) parts: BTreeMap<u32, Part>,
    /// The partition that had its turn last.
    turn: u32,
    /// Why nothing more comes.
    over: Option<BusError>,
    /// How many calls wait for what comes next, and when the last one went.
    asking: usize,
    asked: Instant,
    last_fault: Option<Instant>,
}

/// A partition that the member has.
pub(super) struct Part {
    pub(super) lost: CancellationToken,
    paused: bool,
    records: VecDeque<Record>,
    /// The thread waits until records are taken.
    starved: bool,
    /// The offset after the last record handed out, if known.
    next: Option<i64>,
    /// The offset after the partition's last record, as far as known.
    pub(super) high: Option<i64>,
    /// What is committed, and what is to be.
    pub(super) committed: i64,
    pub(super) noted: Option<Position>,
}

impl Part {
    pub(super) fn new(next: Option<i64>, high: Option<i64>, committed: i64) -> Self {
        Self {
            lost: CancellationToken::new(),
            paused: false,
            records: VecDeque::new(),
            starved: false,
            next,
            high,
            committed,
            noted: None,
        }
    }

    fn has_room(&self) -> bool {
        let bytes = || self.records.iter().map(|own| own.body.len()).sum::<usize>();
        !self.paused && self.records.len() < READY_RECORDS && bytes() < READY_BYTES
    }
}

impl Desk {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                news: VecDeque::new(),
                parts: BTreeMap::new(),
                turn: 0,
                over: None,
                asking: 0,
                asked: Instant::now(),
                last_fault: None,
            }),
            stirred: Notify::new(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tell(&self, news: Happening) {
        self.lock().news.push_back(news);
        self.stirred.notify_one();
    }

    /// Tells of a fault, unless one was told of just now. Says whether it did.
    pub(super) fn fault(&self, fault: BusError) -> bool {
        let mut state = self.lock();
        if state
            .last_fault
            .is_some_and(|last| last.elapsed() < FAULT_EVERY)
        {
            return false;
        }
        state.last_fault = Some(Instant::now());
        drop(state);
        self.tell(Happening::Fault(fault));
        true
    }

    /// Nothing comes after what lies here.
    pub(super) fn end(&self, why: BusError) {
        let mut state = self.lock();
        for part in std::mem::take(&mut state.parts).into_values() {
            part.lost.cancel();
        }
        state.over.get_or_insert(why);
        drop(state);
        self.stirred.notify_one();
    }

    /// Whether records of a partition may be put here. If not, the thread is woken when they may.
    pub(super) fn has_room(&self, partition: u32) -> bool {
        let mut state = self.lock();
        state.parts.get_mut(&partition).is_some_and(|part| {
            let room = part.has_room();
            part.starved = !room;
            room
        })
    }

    pub(super) fn put(&self, record: Record) {
        let mut state = self.lock();
        if let Some(part) = state.parts.get_mut(&record.partition) {
            part.high = part.high.max(Some(record.offset + 1));
            part.records.push_back(record);
            drop(state);
            self.stirred.notify_one();
        }
    }

    /// For how long nobody has asked for anything.
    pub(super) fn idle(&self) -> Duration {
        let state = self.lock();
        if state.asking > 0 {
            Duration::ZERO
        } else {
            state.asked.elapsed()
        }
    }

    /// Somebody asks, until what is returned is dropped.
    pub(super) fn ask(&self) -> Asking<'_> {
        self.lock().asking += 1;
        Asking(self)
    }

    pub(super) fn set_paused(&self, partition: u32, paused: bool) {
        if let Some(part) = self.lock().parts.get_mut(&partition) {
            part.paused = paused;
        }
        self.stirred.notify_one();
    }
}

/// Says that the member is not stuck.
pub(super) struct Asking<'a>(&'a Desk);

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.asking -= 1;
        state.asked = Instant::now();
    }
}

impl State {
    /// What the member gets next, and whether the thread has to be woken for more.
    pub(super) fn take(&mut self) -> Option<(Result<Happening, BusError>, bool)> {
        if let Some(news) = self.news.pop_front() {
            return Some((Ok(news), false));
        }
        let after = self.parts.range(self.turn.saturating_add(1)..);
        let turns = after.chain(self.parts.range(..=self.turn));
        let mut ready = turns.filter(|(_, part)| !part.paused && !part.records.is_empty());
        if let Some(partition) = ready.next().map(|(partition, _)| *partition) {
            self.turn = partition;
            let part = self.parts.get_mut(&partition)?;
            let record = part.records.pop_front()?;
            part.next = Some(record.offset + 1);
            let wake = part.starved && part.records.len() <= READY_RECORDS / 2;
            part.starved &= !wake;
            return Some((Ok(Happening::Record(record)), wake));
        }
        self.over.clone().map(|why| (Err(why), false))
    }

    pub(super) fn behind(&self) -> Vec<(u32, u64)> {
        let parts = self.parts.iter();
        let known = parts.filter_map(|(partition, part)| {
            let left = part.high? - part.next?;
            Some((*partition, left.max(0) as u64))
        });
        known.collect()
    }

    /// Notes what is finished. What lies before the commit is of an earlier assignment.
    pub(super) fn note(&mut self, position: Position) {
        if let Some(part) = self.parts.get_mut(&position.partition)
            && position.offset >= part.committed
            && part
                .noted
                .as_ref()
                .is_none_or(|own| own.offset <= position.offset)
        {
            part.noted = Some(position);
        }
    }

    /// What is to be committed of these partitions, or of all.
    pub(super) fn noted(&self, of: Option<&[u32]>) -> Vec<Position> {
        let parts = self.parts.iter();
        let asked = parts.filter(|(partition, _)| of.is_none_or(|of| of.contains(partition)));
        asked.filter_map(|(_, part)| part.noted.clone()).collect()
    }

    /// These are committed. What was noted meanwhile stays noted.
    pub(super) fn committed(&mut self, positions: &[Position]) {
        for position in positions {
            if let Some(part) = self.parts.get_mut(&position.partition) {
                part.committed = part.committed.max(position.offset);
                if part.noted.as_ref() == Some(position) {
                    part.noted = None;
                }
            }
        }
    }
}
