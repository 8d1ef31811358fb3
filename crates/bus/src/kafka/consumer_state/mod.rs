//! The state that a consumer and its poll loop share.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, oneshot};
use tokio_util::sync::CancellationToken;

use crate::bus::{ConsumerEvent, Position};
use crate::error::BusError;
use crate::record::Record;

/// Records of a partition that are ready beside those that librdkafka has fetched.
const READY_RECORDS: usize = 16;

/// Bytes of them; one record may go beyond.
const READY_BYTES: usize = 1 << 20;

/// Faults are reported at most this often.
const FAULT_INTERVAL: Duration = Duration::from_secs(1);

/// The poll loop adds events and records, and the consumer takes them.
pub(super) struct ConsumerState {
    state: Mutex<StateInner>,
    /// There is something for the consumer.
    pub(super) notify: Notify,
}

pub(super) struct StateInner {
    events: VecDeque<ConsumerEvent>,
    pub(super) partitions: BTreeMap<u32, PartitionState>,
    /// The partition of the last record.
    last_served: u32,
    /// Why the consumer has ended.
    closed_by: Option<BusError>,
    /// The number of calls that wait for the next event, and when the last one ended.
    pending_polls: usize,
    last_poll: Instant,
    last_fault: Option<Instant>,
    /// Whether a commit is to begin without delay.
    commit_requested: bool,
}

/// A partition that is assigned to the consumer.
pub(super) struct PartitionState {
    pub(super) lost: CancellationToken,
    paused: bool,
    records: VecDeque<Record>,
    /// Whether the poll loop waits until records are taken.
    starved: bool,
    /// The offset after the last record delivered, if available.
    next: Option<i64>,
    /// The offset after the partition's last record, if available.
    pub(super) high: Option<i64>,
    /// The committed offset, and the position to commit.
    committed: i64,
    processed: Option<MarkedPosition>,
    /// The position to commit when the partition is released, where it is not the last one marked.
    at_release: Option<MarkedPosition>,
    /// The number of positions marked so far.
    marks: u64,
    /// Calls that wait until a position is committed.
    commit_waiters: Vec<CommitWaiter>,
}

/// A position that was marked as processed.
#[derive(Clone, Debug)]
pub(super) struct MarkedPosition {
    /// Its number among the marked positions of the partition: of two positions with the same offset
    /// the one with the greater number holds.
    mark: u64,
    pub(super) position: Position,
}

struct CommitWaiter {
    mark: u64,
    done: oneshot::Sender<Result<(), BusError>>,
}

impl PartitionState {
    pub(super) fn new(next: Option<i64>, high: Option<i64>, committed: i64) -> Self {
        Self {
            lost: CancellationToken::new(),
            paused: false,
            records: VecDeque::new(),
            starved: false,
            next,
            high,
            committed,
            processed: None,
            at_release: None,
            marks: 0,
            commit_waiters: Vec::new(),
        }
    }

    fn has_capacity(&self) -> bool {
        let bytes = || self.records.iter().map(|own| own.body.len()).sum::<usize>();
        !self.paused && self.records.len() < READY_RECORDS && bytes() < READY_BYTES
    }
}

impl ConsumerState {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(StateInner {
                events: VecDeque::new(),
                partitions: BTreeMap::new(),
                last_served: 0,
                closed_by: None,
                pending_polls: 0,
                last_poll: Instant::now(),
                last_fault: None,
                commit_requested: false,
            }),
            notify: Notify::new(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, StateInner> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push_event(&self, events: ConsumerEvent) {
        self.lock().events.push_back(events);
        self.notify.notify_one();
    }

    /// Reports a fault, unless one was reported just now. Returns whether it did.
    pub(super) fn fault(&self, fault: BusError) -> bool {
        let mut state = self.lock();
        if state
            .last_fault
            .is_some_and(|last| last.elapsed() < FAULT_INTERVAL)
        {
            return false;
        }
        state.last_fault = Some(Instant::now());
        drop(state);
        self.push_event(ConsumerEvent::Fault(fault));
        true
    }

    /// Ends the consumer after the queued events.
    pub(super) fn close(&self, why: BusError) {
        let mut state = self.lock();
        for state_of in std::mem::take(&mut state.partitions).into_values() {
            state_of.lost.cancel();
        }
        state.closed_by.get_or_insert(why);
        drop(state);
        self.notify.notify_one();
    }

    /// Whether a partition has capacity for records. If not, the poll loop is woken once it
    /// has.
    pub(super) fn has_capacity(&self, partition: u32) -> bool {
        let mut state = self.lock();
        state
            .partitions
            .get_mut(&partition)
            .is_some_and(|state_of| {
                let free = state_of.has_capacity();
                state_of.starved = !free;
                free
            })
    }

    pub(super) fn put(&self, record: Record) {
        let mut state = self.lock();
        if let Some(state_of) = state.partitions.get_mut(&record.partition) {
            state_of.high = state_of.high.max(Some(record.offset + 1));
            state_of.records.push_back(record);
            drop(state);
            self.notify.notify_one();
        }
    }

    /// How long no call has waited for an event.
    pub(super) fn idle_time(&self) -> Duration {
        let state = self.lock();
        if state.pending_polls > 0 {
            Duration::ZERO
        } else {
            state.last_poll.elapsed()
        }
    }

    /// A call waits until the returned value is dropped.
    pub(super) fn begin_poll(&self) -> PendingPoll<'_> {
        self.lock().pending_polls += 1;
        PendingPoll(self)
    }

    pub(super) fn set_paused(&self, partition: u32, paused: bool) {
        if let Some(state_of) = self.lock().partitions.get_mut(&partition) {
            state_of.paused = paused;
        }
        self.notify.notify_one();
    }
}

/// Shows that the consumer is not stuck.
pub(super) struct PendingPoll<'a>(&'a ConsumerState);

impl Drop for PendingPoll<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.pending_polls -= 1;
        state.last_poll = Instant::now();
    }
}

impl StateInner {
    /// The next event, and whether the poll loop has to be woken for more.
    pub(super) fn next_event(&mut self) -> Option<(Result<ConsumerEvent, BusError>, bool)> {
        if let Some(events) = self.events.pop_front() {
            return Some((Ok(events), false));
        }
        let after = self.partitions.range(self.last_served.saturating_add(1)..);
        let order = after.chain(self.partitions.range(..=self.last_served));
        let mut ready =
            order.filter(|(_, state_of)| !state_of.paused && !state_of.records.is_empty());
        if let Some(partition) = ready.next().map(|(partition, _)| *partition) {
            self.last_served = partition;
            let state_of = self.partitions.get_mut(&partition)?;
            let record = state_of.records.pop_front()?;
            state_of.next = Some(record.offset + 1);
            let wake = state_of.starved && state_of.records.len() <= READY_RECORDS / 2;
            state_of.starved &= !wake;
            return Some((Ok(ConsumerEvent::Record(record)), wake));
        }
        self.closed_by.clone().map(|why| (Err(why), false))
    }

    /// The next offset of each partition that waits for records.
    pub(super) fn waiting_positions(&self) -> Vec<(u32, i64)> {
        let partitions = self.partitions.iter();
        let waiting = partitions.filter(|(_, own)| !own.paused && own.records.is_empty());
        waiting
            .filter_map(|(partition, own)| Some((*partition, own.next?)))
            .collect()
    }

    pub(super) fn lag(&self) -> Vec<(u32, u64)> {
        let partitions = self.partitions.iter();
        let lags = partitions.filter_map(|(partition, state_of)| {
            let left = state_of.high? - state_of.next?;
            Some((*partition, left.max(0) as u64))
        });
        lags.collect()
    }

    /// Marks a position as processed, and returns its partition with it. None where the partition is
    /// not assigned, or has a later position: one before the commit is of an earlier assignment.
    pub(super) fn mark_processed(&mut self, position: Position) -> Option<&mut PartitionState> {
        let own = self.partitions.get_mut(&position.partition)?;
        let marked = own.processed.as_ref().map(|marked| marked.position.offset);
        if position.offset < own.committed.max(marked.unwrap_or_default()) {
            return None;
        }
        own.marks += 1;
        let mark = own.marks;
        let marked = |position| MarkedPosition { mark, position };
        let (at_release, position) = position.split_release();
        own.at_release = at_release.map(marked);
        own.processed = Some(marked(position));
        Some(own)
    }

    /// Marks a position as processed and requests its commit. The receiver is closed where the
    /// position is not marked.
    pub(super) fn commit(&mut self, position: Position) -> oneshot::Receiver<Result<(), BusError>> {
        let (done, committed) = oneshot::channel();
        if let Some(own) = self.mark_processed(position) {
            let mark = own.marks;
            own.commit_waiters.push(CommitWaiter { mark, done });
            self.commit_requested = true;
        }
        committed
    }

    /// Whether a commit was requested since the last call.
    pub(super) fn take_commit_request(&mut self) -> bool {
        std::mem::take(&mut self.commit_requested)
    }

    /// Ends the calls that wait for these positions or for ones that were marked before them.
    pub(super) fn end_commit_waits(
        &mut self,
        positions: &[MarkedPosition],
        result: &Result<(), BusError>,
    ) {
        for marked in positions {
            let Some(own) = self.partitions.get_mut(&marked.position.partition) else {
                continue;
            };
            let waiters = &mut own.commit_waiters;
            for waiter in waiters.extract_if(.., |waiter| waiter.mark <= marked.mark) {
                // The caller may have been dropped.
                let _ = waiter.done.send(result.clone());
            }
        }
    }

    /// The positions to commit.
    pub(super) fn processed(&self) -> Vec<MarkedPosition> {
        let partitions = self.partitions.values();
        partitions.filter_map(|own| own.processed.clone()).collect()
    }

    /// The positions to commit when these partitions, or all, are released.
    pub(super) fn at_release(&self, of: Option<&[u32]>) -> Vec<MarkedPosition> {
        let partitions = self.partitions.iter();
        partitions
            .filter(|(partition, _)| of.is_none_or(|of| of.contains(partition)))
            .filter_map(|(_, own)| own.at_release.clone().or_else(|| own.processed.clone()))
            .collect()
    }

    /// These positions are committed. Later ones stay marked.
    pub(super) fn committed(&mut self, positions: &[MarkedPosition]) {
        for marked in positions {
            if let Some(own) = self.partitions.get_mut(&marked.position.partition) {
                own.committed = own.committed.max(marked.position.offset);
                own.processed.take_if(|own| own.mark <= marked.mark);
            }
        }
    }
}

#[cfg(test)]
mod tests;
