//! What stands in a commit's metadata: the last reset of every session of the partition.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use mynah_bus::Position;
use mynah_bus::identity::SessionId;
use uuid::Uuid;

/// The first byte; another one means another form, which is ignored.
const VERSION: u8 = 1;
/// A session: its UUID, the sample and the segments.
const ENTRY_BYTES: usize = 16 + 8 + 4;
/// The most sessions for which there is room.
const MAX_ENTRIES: usize = (Position::MAX_METADATA * 3 / 4 - 1) / ENTRY_BYTES;

/// Where a session was reset last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reset {
    pub(crate) sample: u64,
    pub(crate) segments: u32,
}

/// The resets of a partition's sessions.
#[derive(Debug, Default)]
pub(crate) struct Resets(HashMap<Uuid, Reset>);

impl Resets {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Notes a session's reset. False where there is no room, or its name is no UUID.
    pub(crate) fn add(&mut self, session: &SessionId, reset: Reset) -> bool {
        let Ok(id) = Uuid::parse_str(session.as_str()) else {
            return false;
        };
        // A name that is written in another way would not be found again.
        if id.to_string() != session.as_str() || self.0.len() >= MAX_ENTRIES {
            return false;
        }
        self.0.insert(id, reset);
        true
    }

    /// Takes a session's reset out.
    pub(crate) fn take(&mut self, session: &SessionId) -> Option<Reset> {
        self.0.remove(&Uuid::parse_str(session.as_str()).ok()?)
    }

    pub(crate) fn encode(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let mut bytes = vec![VERSION];
        let mut all: Vec<_> = self.0.iter().collect();
        all.sort();
        for (id, reset) in all {
            bytes.extend(id.as_bytes());
            bytes.extend(reset.sample.to_be_bytes());
            bytes.extend(reset.segments.to_be_bytes());
        }
        STANDARD_NO_PAD.encode(bytes)
    }

    /// Reads what a replica before this one has noted. What is no such note holds nothing.
    pub(crate) fn decode(metadata: &str) -> Self {
        let bytes = STANDARD_NO_PAD.decode(metadata).unwrap_or_default();
        let Some((&VERSION, entries)) = bytes.split_first() else {
            return Self::default();
        };
        let entry = |entry: &[u8]| {
            let id = Uuid::from_slice(entry.get(..16)?).ok()?;
            let sample = u64::from_be_bytes(entry.get(16..24)?.try_into().ok()?);
            let segments = u32::from_be_bytes(entry.get(24..28)?.try_into().ok()?);
            Some((id, Reset { sample, segments }))
        };
        Self(
            entries
                .chunks_exact(ENTRY_BYTES)
                .filter_map(entry)
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resets_come_back_and_fit() {
        let sessions: Vec<_> = (0..MAX_ENTRIES + 5).map(|_| SessionId::fresh()).collect();
        let mut resets = Resets::new();
        let reset = Reset {
            sample: u64::MAX,
            segments: 7,
        };
        let noted = sessions
            .iter()
            .filter(|session| resets.add(session, reset))
            .count();
        assert_eq!(noted, MAX_ENTRIES);
        let metadata = resets.encode();
        assert!(
            metadata.len() <= Position::MAX_METADATA,
            "{}",
            metadata.len()
        );
        let mut again = Resets::decode(&metadata);
        assert_eq!(again.take(&sessions[0]), Some(reset));
        assert_eq!(again.take(&sessions[0]), None);
    }

    #[test]
    fn names_of_others_and_notes_of_others_are_nothing() {
        let reset = Reset {
            sample: 1,
            segments: 0,
        };
        let upper = SessionId::parse("5B0F6A1C-1111-4222-8333-444455556666").unwrap();
        assert!(!Resets::new().add(&upper, reset));
        for metadata in ["", "x", "AgAA", "not base64 at all!"] {
            assert!(Resets::decode(metadata).0.is_empty(), "{metadata}");
        }
    }
}
