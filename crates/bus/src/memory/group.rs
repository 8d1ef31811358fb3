//! Groups: each partition belongs to one member at a time.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use async_trait::async_trait;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{MemoryBus, Topic};
use crate::bus::{Assigned, Beginning, Group, Happening, Member, Position};
use crate::error::BusError;

/// What the members of a group share.
pub(super) struct Shared {
    members: BTreeMap<u64, Seat>,
    committed: HashMap<u32, Position>,
    commits: bool,
    next_seat: u64,
}

/// What one member has.
#[derive(Default)]
struct Seat {
    owned: BTreeMap<u32, Owned>,
    news: VecDeque<Happening>,
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
        Some(committed.unwrap_or(0))
    }

    /// Shares the partitions among the members: those that can stay stay.
    fn share(&mut self, logs: &[super::Log], from: Beginning) {
        let seats: Vec<u64> = self.members.keys().copied().collect();
        if seats.is_empty() {
            return;
        }
        let most = logs.len().div_ceil(seats.len());
        for seat in self.members.values_mut() {
            let mut gone = Vec::new();
            while seat.owned.len() > most
                && let Some((partition, owned)) = seat.owned.pop_last()
            {
                owned.lost.cancel();
                gone.push(partition);
            }
            if !gone.is_empty() {
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
                (None, Beginning::Earliest) => log.resolve(crate::bus::From::Earliest),
                (None, Beginning::Latest) => log.end(),
            };
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
                seat.news.push_back(Happening::Assigned(assigned));
            }
        }
    }
}

impl Topic {
    fn reshare(&mut self, group: &str, from: Beginning) {
        if let Some(shared) = self.groups.get_mut(group) {
            shared.share(&self.partitions, from);
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
            for (partition, owned) in seat.owned.iter_mut().filter(|(_, own)| !own.paused) {
                if let Some((next, record)) = logs[*partition as usize].from(owned.next) {
                    owned.next = next;
                    return Some(Happening::Record(record));
                }
            }
            None
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
        if seat.is_some_and(|seat| seat.owned.contains_key(&position.partition)) {
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
