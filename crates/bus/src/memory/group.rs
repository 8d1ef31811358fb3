//! Consumer groups: each partition is assigned to one consumer at a time.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{MemoryBus, Topic};
use crate::bus::{Assigned, ConsumerEvent, Group, GroupConsumer, OffsetReset, Position};
use crate::error::BusError;
use crate::metrics;

/// The state of a group.
pub(super) struct GroupState {
    members: BTreeMap<u64, MemberState>,
    committed: HashMap<u32, Position>,
    /// The start offsets of partitions without a commit.
    began: HashMap<u32, i64>,
    commits: bool,
    next_member: u64,
}

/// The state of one member.
#[derive(Default)]
struct MemberState {
    assigned: BTreeMap<u32, AssignedState>,
    events: VecDeque<ConsumerEvent>,
    /// The partition of the last record.
    last_served: u32,
}

struct AssignedState {
    next: i64,
    paused: bool,
    lost: CancellationToken,
    /// The position that replaces the committed one when the partition is released.
    at_release: Option<Position>,
}

impl AssignedState {
    /// The entry that the group's committed positions get when the partition is released.
    fn release(&self) -> Option<(u32, Position)> {
        let position = self.at_release.clone()?;
        Some((position.partition, position))
    }
}

impl GroupState {
    /// The first record of a partition that the group has not processed.
    pub(super) fn needs(&self, partition: u32) -> Option<i64> {
        if !self.commits {
            return None;
        }
        let committed = self.committed.get(&partition).map(|own| own.offset);
        let began = || self.began.get(&partition).copied();
        Some(committed.or_else(began).unwrap_or(0))
    }

    /// Assigns the partitions to the members, with as few moves as possible.
    fn rebalance(&mut self, group: &str, logs: &[super::Log], reset: OffsetReset) {
        if self.members.is_empty() {
            return;
        }
        // The members with the most partitions get one of the remainder.
        let min_count = logs.len() / self.members.len();
        let mut one_more = logs.len() % self.members.len();
        let mut members: Vec<_> = self.members.values_mut().collect();
        members.sort_by_key(|member| std::cmp::Reverse(member.assigned.len()));
        for member in members {
            let mut max_count = min_count;
            if member.assigned.len() > min_count && one_more > 0 {
                one_more -= 1;
                max_count += 1;
            }
            let mut revoked = Vec::new();
            while member.assigned.len() > max_count
                && let Some((partition, assigned)) = member.assigned.pop_last()
            {
                assigned.lost.cancel();
                self.committed.extend(assigned.release());
                revoked.push(partition);
            }
            if !revoked.is_empty() {
                metrics::rebalanced(group, "revoked", revoked.len());
                member.events.push_back(ConsumerEvent::Revoked(revoked));
            }
        }
        let taken: HashSet<u32> = self
            .members
            .values()
            .flat_map(|member| member.assigned.keys().copied())
            .collect();
        let mut added: HashMap<u64, Vec<Assigned>> = HashMap::new();
        for partition in (0..logs.len() as u32).filter(|own| !taken.contains(own)) {
            let Some((id, member)) = self
                .members
                .iter_mut()
                .min_by_key(|(id, member)| (member.assigned.len(), **id))
            else {
                return;
            };
            let log = &logs[partition as usize];
            let committed = self.committed.get(&partition).cloned();
            let next = match (&committed, reset) {
                (Some(position), _) => position.offset,
                (None, OffsetReset::Earliest) => log.begin(),
                (None, OffsetReset::Latest) => log.end(),
            };
            if committed.is_none() {
                self.began.insert(partition, next);
            }
            let lost = CancellationToken::new();
            member.assigned.insert(
                partition,
                AssignedState {
                    next,
                    paused: false,
                    lost: lost.clone(),
                    at_release: None,
                },
            );
            added.entry(*id).or_default().push(Assigned {
                partition,
                committed,
                lost,
            });
        }
        for (id, assigned) in added {
            if let Some(member) = self.members.get_mut(&id) {
                metrics::rebalanced(group, "assigned", assigned.len());
                member.events.push_back(ConsumerEvent::Assigned(assigned));
            }
        }
    }
}

impl Topic {
    fn rebalance(&mut self, group: &str, reset: OffsetReset) {
        if let Some(group_state) = self.groups.get_mut(group) {
            group_state.rebalance(group, &self.partitions, reset);
        }
    }
}

struct MemoryConsumer {
    bus: MemoryBus,
    group: Group,
    member: u64,
    changed: watch::Receiver<u64>,
}

pub(super) fn join(bus: MemoryBus, group: Group) -> Result<Box<dyn GroupConsumer>, BusError> {
    let changed = bus.0.changed.subscribe();
    let member = bus.with(&group.topic, |topic| {
        let group_state = topic
            .groups
            .entry(group.name.clone())
            .or_insert_with(|| GroupState {
                members: BTreeMap::new(),
                committed: HashMap::new(),
                began: HashMap::new(),
                commits: group.commits,
                next_member: 0,
            });
        let member = group_state.next_member;
        group_state.next_member += 1;
        group_state.members.insert(member, MemberState::default());
        topic.rebalance(&group.name, group.offset_reset);
        Ok(member)
    })?;
    bus.notify();
    Ok(Box::new(MemoryConsumer {
        bus,
        group,
        member,
        changed,
    }))
}

impl MemoryConsumer {
    fn with_member<T>(&self, act: impl FnOnce(&mut MemberState, &[super::Log]) -> T) -> Option<T> {
        let mut topics = self.bus.topics();
        let topic = topics.get_mut(&self.group.topic)?;
        let group_state = topic.groups.get_mut(&self.group.name)?;
        let member = group_state.members.get_mut(&self.member)?;
        Some(act(member, &topic.partitions))
    }

    fn poll(&self) -> Result<Option<ConsumerEvent>, BusError> {
        self.with_member(|member, logs| {
            if let Some(event) = member.events.pop_front() {
                return Some(event);
            }
            let after = member
                .assigned
                .range(member.last_served.saturating_add(1)..);
            let order = after.chain(member.assigned.range(..=member.last_served));
            let mut open = order.filter(|(_, own)| !own.paused);
            let (partition, (next, record)) = open.find_map(|(partition, own)| {
                Some((*partition, logs[*partition as usize].read(own.next)?))
            })?;
            member.last_served = partition;
            member.assigned.get_mut(&partition)?.next = next;
            Some(ConsumerEvent::Record(record))
        })
        .ok_or(BusError::Closed)
    }

    /// Commits a position. False if its partition is not assigned to this consumer, or a later
    /// position is committed: then this one is of an earlier assignment.
    fn mark(&self, position: Position) -> bool {
        let mut topics = self.bus.topics();
        let group_state = topics
            .get_mut(&self.group.topic)
            .and_then(|topic| topic.groups.get_mut(&self.group.name));
        let Some(group_state) = group_state else {
            return false;
        };
        let member = group_state.members.get_mut(&self.member);
        let assigned = member.and_then(|own| own.assigned.get_mut(&position.partition));
        let Some(assigned) = assigned else {
            return false;
        };
        if !group_state.commits {
            return true;
        }
        let before = group_state.committed.get(&position.partition);
        if before.is_some_and(|before| before.offset > position.offset) {
            return false;
        }
        let (at_release, position) = position.split_release();
        assigned.at_release = at_release;
        group_state.committed.insert(position.partition, position);
        true
    }

    /// Commits what is to be committed when all partitions of this consumer are released.
    fn release_all(&self) {
        let mut topics = self.bus.topics();
        let group_state = topics
            .get_mut(&self.group.topic)
            .and_then(|topic| topic.groups.get_mut(&self.group.name));
        if let Some(group_state) = group_state
            && let Some(member) = group_state.members.get(&self.member)
        {
            let released = member.assigned.values().filter_map(AssignedState::release);
            group_state.committed.extend(released);
        }
    }

    fn leave_group(&self) {
        let left = self.bus.with(&self.group.topic, |topic| {
            if let Some(group_state) = topic.groups.get_mut(&self.group.name)
                && let Some(member) = group_state.members.remove(&self.member)
            {
                member.assigned.values().for_each(|own| own.lost.cancel());
            }
            topic.rebalance(&self.group.name, self.group.offset_reset);
            Ok(())
        });
        if left.is_ok() {
            self.bus.notify();
        }
    }
}

#[async_trait]
impl GroupConsumer for MemoryConsumer {
    async fn next(&mut self) -> Result<ConsumerEvent, BusError> {
        loop {
            self.changed.borrow_and_update();
            if let Some(event) = self.poll()? {
                return Ok(event);
            }
            let changed = self.changed.changed().await;
            changed.map_err(|_| BusError::Closed)?;
        }
    }

    fn mark_processed(&self, position: Position) {
        self.mark(position);
    }

    fn commit(&self, position: Position) -> BoxFuture<'static, Result<(), BusError>> {
        let marked = self.mark(position);
        let committed = marked.then_some(()).ok_or(BusError::Closed);
        Box::pin(std::future::ready(committed))
    }

    fn pause(&self, partition: u32) {
        self.with_member(|member, _| {
            if let Some(assigned) = member.assigned.get_mut(&partition) {
                assigned.paused = true;
            }
        });
    }

    fn resume(&self, partition: u32) {
        self.with_member(|member, _| {
            if let Some(assigned) = member.assigned.get_mut(&partition) {
                assigned.paused = false;
            }
        });
        self.bus.notify();
    }

    fn lag(&self) -> Vec<(u32, u64)> {
        self.with_member(|member, logs| {
            let behind = |(partition, assigned): (&u32, &AssignedState)| {
                let left = logs[*partition as usize].end() - assigned.next;
                (*partition, left.max(0) as u64)
            };
            member.assigned.iter().map(behind).collect()
        })
        .unwrap_or_default()
    }

    async fn leave(self: Box<Self>) -> Result<(), BusError> {
        self.release_all();
        // Dropping leaves the group.
        Ok(())
    }
}

impl Drop for MemoryConsumer {
    fn drop(&mut self) {
        self.leave_group();
    }
}
