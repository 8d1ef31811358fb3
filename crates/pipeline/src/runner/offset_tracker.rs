//! Which records of a partition are finished, and from where it may be taken up again.

use std::collections::{BTreeSet, HashMap};

use mynah_bus::Position;
use mynah_bus::identity::SessionId;

use super::commit_metadata::{self, Resets};

/// The books of one partition.
pub(crate) struct OffsetTracker {
    partition: u32,
    /// Records that are worked on, in the order of their offsets.
    open: BTreeSet<i64>,
    /// Records that sessions with a state must be replayed from.
    replay_starts: HashMap<SessionId, ReplayStart>,
    /// The offset after the last record that came.
    next: i64,
    /// What was told last.
    commands: Option<Position>,
}

/// From where a session is to be replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReplayStart {
    /// The record that holds its last reset.
    pub(crate) offset: i64,
    /// The record with which it begins: where a session that does not fit into the metadata is
    /// held.
    pub(crate) first: i64,
    /// The reset's sample.
    pub(crate) sample: u64,
    /// The number of the segments before it.
    pub(crate) segments: u32,
}

impl OffsetTracker {
    pub(crate) fn new(partition: u32, from: i64) -> Self {
        Self {
            partition,
            open: BTreeSet::new(),
            replay_starts: HashMap::new(),
            next: from,
            commands: None,
        }
    }

    pub(crate) fn begin(&mut self, offset: i64) {
        self.open.insert(offset);
        self.next = self.next.max(offset + 1);
    }

    pub(crate) fn finish(&mut self, offset: i64) {
        self.open.remove(&offset);
    }

    pub(crate) fn replay_start(&mut self, session: SessionId, replay_start: Option<ReplayStart>) {
        match replay_start {
            Some(replay_start) => self.replay_starts.insert(session, replay_start),
            None => self.replay_starts.remove(&session),
        };
    }

    pub(crate) fn working(&self) -> usize {
        self.open.len()
    }

    /// From where the partition may be taken up again, if that has changed.
    pub(crate) fn position(&mut self) -> Option<Position> {
        let position = self.committable();
        if self.commands.as_ref() == Some(&position) {
            return None;
        }
        self.commands = Some(position.clone());
        Some(position)
    }

    fn committable(&self) -> Position {
        let mut resets = Resets::new();
        // Those that were heard the longest first: they would cost the longest replay.
        let mut replay_starts: Vec<_> = self.replay_starts.iter().collect();
        replay_starts.sort_by_key(|(session, replay_start)| {
            (replay_start.first, session.as_str().to_owned())
        });
        let mut offset = self.open.first().copied().unwrap_or(self.next);
        for (session, replay_start) in replay_starts {
            // One that has not been reset since its beginning needs no note.
            let noted = replay_start.sample == 0
                || resets.add(
                    session,
                    commit_metadata::Reset {
                        sample: replay_start.sample,
                        segments: replay_start.segments,
                    },
                );
            offset = offset.min(if noted {
                replay_start.offset
            } else {
                replay_start.first
            });
        }
        Position {
            partition: self.partition,
            offset,
            metadata: resets.encode(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> SessionId {
        SessionId::fresh()
    }

    #[test]
    fn nothing_unfinished_is_passed() {
        let mut tracker = OffsetTracker::new(0, 10);
        for offset in 10..14 {
            tracker.begin(offset);
        }
        tracker.finish(11);
        tracker.finish(12);
        assert_eq!(tracker.position().unwrap().offset, 10);
        tracker.finish(10);
        assert_eq!(tracker.position().unwrap().offset, 13);
        tracker.finish(13);
        assert_eq!(tracker.position().unwrap().offset, 14);
        assert_eq!(tracker.position(), None);
    }

    #[test]
    fn a_session_is_held_at_its_reset_or_where_that_cannot_be_noted_at_its_beginning() {
        let mut tracker = OffsetTracker::new(0, 0);
        tracker.begin(99);
        tracker.finish(99);
        let replay_start = ReplayStart {
            offset: 60,
            first: 5,
            sample: 160_000,
            segments: 1,
        };
        let own = session();
        tracker.replay_start(own.clone(), Some(replay_start));
        let position = tracker.position().unwrap();
        assert_eq!(position.offset, 60);
        assert!(Resets::decode(&position.metadata).take(&own).is_some());
        // So many that there is no room.
        for _ in 0..200 {
            tracker.replay_start(session(), Some(replay_start));
        }
        let position = tracker.position().unwrap();
        assert_eq!(position.offset, 5);
        assert!(position.metadata.len() <= Position::MAX_METADATA);
    }
}
