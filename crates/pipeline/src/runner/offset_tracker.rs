//! Which records of a partition are processed, and the position to commit.

use std::collections::{BTreeSet, HashMap};

use mynah_bus::Position;
use mynah_bus::identity::SessionId;

use super::commit_metadata::{CommitMetadata, MAX_MARKS, Reset};

/// The offsets of one partition.
pub(crate) struct OffsetTracker {
    partition: u32,
    /// Records in work.
    open: BTreeSet<i64>,
    /// Records from which sessions with a state must be replayed.
    replay_starts: HashMap<SessionId, ReplayStart>,
    /// The record whose reference audio is being decoded here.
    decoding: Option<i64>,
    /// Records that were being decoded when an earlier replica crashed, and are not finished.
    crashed: BTreeSet<i64>,
    /// The offset after the last record received.
    next: i64,
    /// The last position returned.
    reported: Option<Position>,
}

/// From where a session must be replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReplayStart {
    /// The record with the last reset.
    pub(crate) offset: i64,
    /// The first record of the session: the start where the reset does not fit into the metadata.
    pub(crate) first: i64,
    /// The sample of the reset.
    pub(crate) sample: u64,
    /// The number of segments before it.
    pub(crate) segments: u32,
}

impl OffsetTracker {
    /// A tracker from the first record on; `crashed` are the decoding marks of earlier replicas. With
    /// more than fit beside a mark of this replica the lowest offsets are left out: their reference
    /// audio is decoded, and marked, again.
    pub(crate) fn new(partition: u32, from: i64, mut crashed: BTreeSet<i64>) -> Self {
        let mut crashed = crashed.split_off(&from);
        while crashed.len() >= MAX_MARKS {
            crashed.pop_first();
        }
        Self {
            crashed,
            partition,
            open: BTreeSet::new(),
            replay_starts: HashMap::new(),
            decoding: None,
            next: from,
            reported: None,
        }
    }

    pub(crate) fn begin(&mut self, offset: i64) {
        self.open.insert(offset);
        self.next = self.next.max(offset + 1);
    }

    pub(crate) fn finish(&mut self, offset: i64) {
        self.open.remove(&offset);
        self.crashed.remove(&offset);
        self.end_decoding(offset);
    }

    pub(crate) fn set_replay_start(&mut self, session: SessionId, start: Option<ReplayStart>) {
        match start {
            Some(start) => self.replay_starts.insert(session, start),
            None => self.replay_starts.remove(&session),
        };
    }

    /// Marks a record in every position until its decoding ends or it is finished.
    pub(crate) fn begin_decoding(&mut self, offset: i64) {
        self.decoding = Some(offset);
    }

    pub(crate) fn end_decoding(&mut self, offset: i64) {
        if self.decoding == Some(offset) {
            self.decoding = None;
        }
    }

    pub(crate) fn in_work(&self) -> usize {
        self.open.len()
    }

    /// The position to commit, if it has changed.
    pub(crate) fn changed_position(&mut self) -> Option<Position> {
        let position = self.position();
        if self.reported.as_ref() == Some(&position) {
            return None;
        }
        self.reported = Some(position.clone());
        Some(position)
    }

    /// The position to commit. At a release, a decode in progress here leaves no mark: it has not
    /// crashed.
    pub(crate) fn position(&self) -> Position {
        let mut metadata = CommitMetadata::new(self.crashed.clone());
        // The oldest sessions first: they would take the longest replay.
        let mut starts: Vec<_> = self.replay_starts.iter().collect();
        starts.sort_by_key(|(session, start)| (start.first, session.as_str().to_owned()));
        let mut offset = self.open.first().copied().unwrap_or(self.next);
        for (session, start) in starts {
            // A session that has not been reset since its first sample needs no entry.
            let noted = start.sample == 0
                || metadata.add(
                    session,
                    Reset {
                        sample: start.sample,
                        segments: start.segments,
                    },
                );
            offset = offset.min(if noted { start.offset } else { start.first });
        }
        let released = metadata.encode();
        let marked = self.decoding.map(|decoding| {
            metadata.decoding.insert(decoding);
            metadata.encode()
        });
        Position {
            partition: self.partition,
            offset,
            metadata_at_release: marked.is_some().then(|| released.clone()),
            metadata: marked.unwrap_or(released),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unfinished_records_are_not_committed() {
        let mut tracker = OffsetTracker::new(0, 10, BTreeSet::new());
        for offset in 10..14 {
            tracker.begin(offset);
        }
        tracker.finish(11);
        tracker.finish(12);
        assert_eq!(tracker.changed_position().unwrap().offset, 10);
        tracker.finish(10);
        assert_eq!(tracker.changed_position().unwrap().offset, 13);
        tracker.finish(13);
        assert_eq!(tracker.changed_position().unwrap().offset, 14);
        assert_eq!(tracker.changed_position(), None);
    }

    #[test]
    fn a_session_is_held_at_its_reset_or_its_first_record() {
        let mut tracker = OffsetTracker::new(0, 0, BTreeSet::new());
        tracker.begin(99);
        tracker.finish(99);
        let start = ReplayStart {
            offset: 60,
            first: 5,
            sample: 160_000,
            segments: 1,
        };
        let own = SessionId::fresh();
        tracker.set_replay_start(own.clone(), Some(start));
        let position = tracker.changed_position().unwrap();
        assert_eq!(position.offset, 60);
        let mut metadata = CommitMetadata::decode(&position.metadata);
        assert!(metadata.remove(&own).is_some());
        // More sessions than fit.
        for _ in 0..200 {
            tracker.set_replay_start(SessionId::fresh(), Some(start));
        }
        let position = tracker.changed_position().unwrap();
        assert_eq!(position.offset, 5);
        assert!(position.metadata.len() <= Position::MAX_METADATA);
    }

    #[test]
    fn a_decoding_mark_stays_until_its_record_is_done() {
        let mut tracker = OffsetTracker::new(0, 10, BTreeSet::new());
        (10..13).for_each(|offset| tracker.begin(offset));
        tracker.begin_decoding(11);
        tracker.finish(10);
        let position = tracker.changed_position().unwrap();
        assert_eq!((position.offset, &*position.metadata), (11, "decoding=11"));
        assert_eq!(position.metadata_at_release.as_deref(), Some(""));
        tracker.finish(12);
        tracker.end_decoding(12);
        assert_eq!(tracker.position().metadata, "decoding=11");
        tracker.finish(11);
        let position = tracker.changed_position().unwrap();
        assert_eq!((position.offset, &*position.metadata), (13, ""));
        assert_eq!(position.metadata_at_release, None);
    }

    #[test]
    fn marks_of_earlier_replicas_stay_until_their_records_finish() {
        let mut tracker = OffsetTracker::new(0, 10, BTreeSet::from([9, 12]));
        (10..14).for_each(|offset| tracker.begin(offset));
        assert_eq!(tracker.position().metadata, "decoding=12");
        tracker.begin_decoding(11);
        let position = tracker.position();
        assert_eq!(position.metadata, "decoding=11,12");
        assert_eq!(position.metadata_at_release.as_deref(), Some("decoding=12"));
        tracker.end_decoding(11);
        assert_eq!(tracker.position().metadata, "decoding=12");
        tracker.finish(12);
        assert_eq!(tracker.position().metadata, "");
    }
}
