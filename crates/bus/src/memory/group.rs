//! Groups: each partition belongs to one member at a time.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use async_trait::async_trait;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{MemoryBus, Topic};
use crate::bus::{Assigned, Beginning, Group, Happening, Member, Position};
use crate::error::BusError;
use crate::metrics;

/// What the members of a group share.
pub(super) struct Shared {
    members: BTreeMap<u64, Seat>,
    committed: HashMap<u32, Position>,
    /// Where partitions without a commit began.
    began: HashMap<u32, i64>,
    commits: bool,
    next_seat: u64,
}

/// What one member has.
#[derive(Default)]
struct Seat {
    owned: BTreeMap<u32, Owned>,
    news: VecDeque<Happening>,
    /// The partition that had its turn last.
    turn: u32,
}

struct Owned {
    next: i64,
    paused: bool,
    lost: CancellationToken,
}

impl Shared {
    /// The first record of a partition that the group has not finished.
    pub(super) fn needs(&self, partition: u32) -> Option<i64> {
        if !self.commits {
            return None;
        }
        let committed = self.committed.get(&partition).map(|own| own.offset);
        let began = || self.began.get(&partition).copied();
        Some(committed.or_else(began).unwrap_or(0))
    }

    /// Shares the partitions among the members: those that can stay stay.
    fn share(&mut self, group: &str, logs: &[super::Log], from: Beginning) {
        if self.members.is_empty() {
            return;
        }
        // Some have one more than others where it does not come out even: those that have most.
        let least = logs.len() / self.members.len();
        let mut one_more = logs.len() % self.members.len();
        let mut seats: Vec<_> = self.members.values_mut().collect();
        seats.sort_by_key(|seat| std::cmp::Reverse(seat.owned.len()));
        for seat in seats {
            let mut most = least;
            if seat.owned.len() > least && one_more > 0 {
                one_more -= 1;
                most += 1;
            }
            let mut gone = Vec::new();
            while seat.owned.len() > most
                && let Some((partition, owned)) = seat.owned.pop_last()
            {
                owned.lost.cancel();
                gone.push(partition);
            }
            if !gone.is_empty() {
                metrics::rebalanced(group, "revoked", gone.len());
                seat.news.push_back(Happening::Revoked(gone));
            }
        }
        let taken: HashSet<u32> = self
            .members
            .values()
            .flat_map(|seat| seat.owned.keys().copied())
            .collect();
        let mut come: HashMap<u64, Vec<Assigned>> = HashMap::new();
        for partition in (0..logs.len() as u32).filter(|own| !taken.contains(own)) {
            let Some((id, seat)) = self
                .members
                .iter_mut()
                .min_by_key(|(id, seat)| (seat.owned.len(), **id))
            else {
                return;
            };
            let log = &logs[partition as usize];
            let committed = self.committed.get(&partition).cloned();
            let next = match (&committed, from) {
                (Some(position), _) => position.offset,
                (None, Beginning::Earliest) => log.begin(),
                (None, Beginning::Latest) => log.end(),
            };
            if committed.is_none() {
                self.began.insert(partition, next);
            }
            let lost = CancellationToken::new();
            seat.owned.insert(
                partition,
                Owned {
                    next,
                    paused: false,
                    lost: lost.clone(),
                },
            );
            come.entry(*id).or_default().push(Assigned {
                partition,
                committed,
                lost,
            });
        }
        for (id, assigned) in come {
            if let Some(seat) = self.members.get_mut(&id) {
                metrics::rebalanced(group, "assigned", assigned.len());
                seat.news.push_back(Happening::Assigned(assigned));
            }
        }
    }
}

impl Topic {
    fn reshare(&mut self, group: &str, from: Beginning) {
        if let Some(shared) = self.groups.get_mut(group) {
            shared.share(group, &self.partitions, from);
        }
    }
}

struct Membership {
    bus: MemoryBus,
    group: Group,
    seat: u64,
    stirred: watch::Receiver<u64>,
}

pub(super) fn join(bus: MemoryBus, group: Group) -> Result<Box<dyn Member>, BusError> {
    let stirred = bus.0.stirred.subscribe();
    let seat = bus.with(&group.topic, |topic| {
        let shared = topic
            .groups
            .entry(group.name.clone())
            .or_insert_with(|| Shared {
                members: BTreeMap::new(),
                committed: HashMap::new(),
                began: HashMap::new(),
                commits: group.commits,
                next_seat: 0,
            });
        let seat = shared.next_seat;
        shared.next_seat += 1;
        shared.members.insert(seat, Seat::default());
        topic.reshare(&group.name, group.from);
        Ok(seat)
    })?;
    bus.stir();
    Ok(Box::new(Membership {
        bus,
        group,
        seat,
        stirred,
    }))
}

impl Membership {
    fn with_seat<T>(&self, act: impl FnOnce(&mut Seat, &[super::Log]) -> T) -> Option<T> {
        let mut topics = self.bus.topics();
        let topic = topics.get_mut(&self.group.topic)?;
        let shared = topic.groups.get_mut(&self.group.name)?;
        let seat = shared.members.get_mut(&self.seat)?;
        Some(act(seat, &topic.partitions))
    }

    fn poll(&self) -> Result<Option<Happening>, BusError> {
        self.with_seat(|seat, logs| {
            if let Some(news) = seat.news.pop_front() {
                return Some(news);
            }
            let after = seat.owned.range(seat.turn.saturating_add(1)..);
            let turns = after.chain(seat.owned.range(..=seat.turn));
            let mut open = turns.filter(|(_, own)| !own.paused);
            let (partition, (next, record)) = open.find_map(|(partition, own)| {
                Some((*partition, logs[*partition as usize].from(own.next)?))
            })?;
            seat.turn = partition;
            seat.owned.get_mut(&partition)?.next = next;
            Some(Happening::Record(record))
        })
        .ok_or(BusError::Closed)
    }

    fn stand_up(&self) {
        let stood = self.bus.with(&self.group.topic, |topic| {
            if let Some(shared) = topic.groups.get_mut(&self.group.name)
                && let Some(seat) = shared.members.remove(&self.seat)
            {
                seat.owned.values().for_each(|own| own.lost.cancel());
            }
            topic.reshare(&self.group.name, self.group.from);
            Ok(())
        });
        if stood.is_ok() {
            self.bus.stir();
        }
    }
}

#[async_trait]
impl Member for Membership {
    async fn next(&mut self) -> Result<Happening, BusError> {
        loop {
            self.stirred.borrow_and_update();
            if let Some(happening) = self.poll()? {
                return Ok(happening);
            }
            let stirred = self.stirred.changed().await;
            stirred.map_err(|_| BusError::Closed)?;
        }
    }

    fn finished(&self, position: Position) {
        let mut topics = self.bus.topics();
        let shared = topics
            .get_mut(&self.group.topic)
            .and_then(|topic| topic.groups.get_mut(&self.group.name));
        let Some(shared) = shared.filter(|shared| shared.commits) else {
            return;
        };
        let seat = shared.members.get(&self.seat);
        let owned = seat.is_some_and(|seat| seat.owned.contains_key(&position.partition));
        let before = shared.committed.get(&position.partition);
        // What lies before the commit is of an earlier assignment.
        if owned && before.is_none_or(|before| before.offset <= position.offset) {
            shared.committed.insert(position.partition, position);
        }
    }

    fn pause(&self, partition: u32) {
        self.with_seat(|seat, _| {
            if let Some(owned) = seat.owned.get_mut(&partition) {
                owned.paused = true;
            }
        });
    }

    fn resume(&self, partition: u32) {
        self.with_seat(|seat, _| {
            if let Some(owned) = seat.owned.get_mut(&partition) {
                owned.paused = false;
            }
        });
        self.bus.stir();
    }

    fn behind(&self) -> Vec<(u32, u64)> {
        self.with_seat(|seat, logs| {
            let behind = |(partition, owned): (&u32, &Owned)| {
                let left = logs[*partition as usize].end() - owned.next;
                (*partition, left.max(0) as u64)
            };
            seat.owned.iter().map(behind).collect()
        })
        .unwrap_or_default()
    }

    async fn leave(self: Box<Self>) -> Result<(), BusError> {
        // Dropping does it.
        Ok(())
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.stand_up();
    }
}
