//! Which records of a partition are finished, and from where it may be taken up again.

use std::collections::{BTreeSet, HashMap};

use mynah_bus::Position;
use mynah_bus::identity::SessionId;

use super::memo::{self, Resets};

/// The books of one partition.
pub(crate) struct Ledger {
    partition: u32,
    /// Records that are worked on, in the order of their offsets.
    open: BTreeSet<i64>,
    /// Records that sessions with a state must be replayed from.
    holds: HashMap<SessionId, Hold>,
    /// The offset after the last record that came.
    next: i64,
    /// What was told last.
    told: Option<Position>,
}

/// From where a session is to be replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hold {
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

impl Ledger {
    pub(crate) fn new(partition: u32, from: i64) -> Self {
        Self {
            partition,
            open: BTreeSet::new(),
            holds: HashMap::new(),
            next: from,
            told: None,
        }
    }

    pub(crate) fn begin(&mut self, offset: i64) {
        self.open.insert(offset);
        self.next = self.next.max(offset + 1);
    }

    pub(crate) fn finish(&mut self, offset: i64) {
        self.open.remove(&offset);
    }

    pub(crate) fn hold(&mut self, session: SessionId, hold: Option<Hold>) {
        match hold {
            Some(hold) => self.holds.insert(session, hold),
            None => self.holds.remove(&session),
        };
    }

    pub(crate) fn working(&self) -> usize {
        self.open.len()
    }

    /// From where the partition may be taken up again, if that has changed.
    pub(crate) fn position(&mut self) -> Option<Position> {
        let position = self.committable();
        if self.told.as_ref() == Some(&position) {
            return None;
        }
        self.told = Some(position.clone());
        Some(position)
    }

    fn committable(&self) -> Position {
        let mut resets = Resets::new();
        // Those that were heard the longest first: they would cost the longest replay.
        let mut holds: Vec<_> = self.holds.iter().collect();
        holds.sort_by_key(|(session, hold)| (hold.first, session.as_str().to_owned()));
        let mut offset = self.open.first().copied().unwrap_or(self.next);
        for (session, hold) in holds {
            // One that has not been reset since its beginning needs no note.
            let noted = hold.sample == 0
                || resets.add(
                    session,
                    memo::Reset {
                        sample: hold.sample,
                        segments: hold.segments,
                    },
                );
            offset = offset.min(if noted { hold.offset } else { hold.first });
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
        let mut ledger = Ledger::new(0, 10);
        for offset in 10..14 {
            ledger.begin(offset);
        }
        ledger.finish(11);
        ledger.finish(12);
        assert_eq!(ledger.position().unwrap().offset, 10);
        ledger.finish(10);
        assert_eq!(ledger.position().unwrap().offset, 13);
        ledger.finish(13);
        assert_eq!(ledger.position().unwrap().offset, 14);
        assert_eq!(ledger.position(), None);
    }

    #[test]
    fn a_session_is_held_at_its_reset_or_where_that_cannot_be_noted_at_its_beginning() {
        let mut ledger = Ledger::new(0, 0);
        ledger.begin(99);
        ledger.finish(99);
        let hold = Hold {
            offset: 60,
            first: 5,
            sample: 160_000,
            segments: 1,
        };
        let own = session();
        ledger.hold(own.clone(), Some(hold));
        let position = ledger.position().unwrap();
        assert_eq!(position.offset, 60);
        assert!(Resets::decode(&position.metadata).take(&own).is_some());
        // So many that there is no room.
        for _ in 0..200 {
            ledger.hold(session(), Some(hold));
        }
        let position = ledger.position().unwrap();
        assert_eq!(position.offset, 5);
        assert!(position.metadata.len() <= Position::MAX_METADATA);
    }
}
