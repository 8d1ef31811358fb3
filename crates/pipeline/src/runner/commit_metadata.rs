//! The metadata of a commit: the last reset of every session of the partition, and the records whose
//! reference audio is being decoded, or was when a replica crashed.
//!
//! Resets are in base64, decoding marks are `decoding=OFFSET,OFFSET`; a semicolon is between the two.

use std::collections::{BTreeSet, HashMap};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use mynah_bus::Position;
use mynah_bus::identity::SessionId;
use uuid::Uuid;

/// The first byte of the resets; another version is ignored.
const VERSION: u8 = 1;
/// The bytes of a session: its UUID, the sample and the number of segments.
const ENTRY_BYTES: usize = 16 + 8 + 4;
/// The prefix of decoding marks.
const DECODING: &str = "decoding=";
/// The maximum number of decoding marks: one of this replica, the others of crashed ones.
pub(super) const MAX_MARKS: usize = 4;
/// The maximum length of the marks, with their separators.
const MAX_MARK_BYTES: usize = DECODING.len() + MAX_MARKS * (1 + 19);
/// The maximum number of sessions that fit.
const MAX_ENTRIES: usize = ((Position::MAX_METADATA - MAX_MARK_BYTES) * 3 / 4 - 1) / ENTRY_BYTES;

/// The last reset of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reset {
    pub(crate) sample: u64,
    /// The number of segments before it.
    pub(crate) segments: u32,
}

/// State for the replica that takes the partition over.
#[derive(Debug, Default)]
pub(crate) struct CommitMetadata {
    resets: HashMap<Uuid, Reset>,
    /// The offsets of the records whose reference audio is being decoded.
    pub(crate) decoding: BTreeSet<i64>,
}

impl CommitMetadata {
    /// Metadata without resets.
    pub(crate) fn new(decoding: BTreeSet<i64>) -> Self {
        Self {
            resets: HashMap::new(),
            decoding,
        }
    }

    /// Adds the reset of a session. False where it does not fit, or the name is no UUID.
    pub(crate) fn add(&mut self, session: &SessionId, reset: Reset) -> bool {
        let Ok(id) = Uuid::parse_str(session.as_str()) else {
            return false;
        };
        // A name in another notation would not be found again.
        if id.to_string() != session.as_str() || self.resets.len() >= MAX_ENTRIES {
            return false;
        }
        self.resets.insert(id, reset);
        true
    }

    /// Removes the reset of a session.
    pub(crate) fn remove(&mut self, session: &SessionId) -> Option<Reset> {
        self.resets.remove(&Uuid::parse_str(session.as_str()).ok()?)
    }

    pub(crate) fn encode(&self) -> String {
        let resets = (!self.resets.is_empty()).then(|| {
            let mut bytes = vec![VERSION];
            let mut all: Vec<_> = self.resets.iter().collect();
            all.sort();
            for (id, reset) in all {
                bytes.extend(id.as_bytes());
                bytes.extend(reset.sample.to_be_bytes());
                bytes.extend(reset.segments.to_be_bytes());
            }
            STANDARD_NO_PAD.encode(bytes)
        });
        let decoding = (!self.decoding.is_empty()).then(|| {
            let offsets: Vec<_> = self.decoding.iter().map(i64::to_string).collect();
            format!("{DECODING}{}", offsets.join(","))
        });
        let parts: Vec<_> = resets.into_iter().chain(decoding).collect();
        parts.join(";")
    }

    /// Reads the metadata of an earlier commit. What is in another format is ignored.
    pub(crate) fn decode(metadata: &str) -> Self {
        let mut read = Self::default();
        for part in metadata.split(';') {
            match part.strip_prefix(DECODING) {
                Some(offsets) => {
                    let offsets = offsets.split(',').take(MAX_MARKS);
                    read.decoding = offsets.filter_map(|own| own.parse().ok()).collect();
                }
                None => read.resets = decode_resets(part),
            }
        }
        read
    }
}

fn decode_resets(text: &str) -> HashMap<Uuid, Reset> {
    let bytes = STANDARD_NO_PAD.decode(text).unwrap_or_default();
    let Some((&VERSION, entries)) = bytes.split_first() else {
        return HashMap::new();
    };
    let entry = |entry: &[u8]| {
        let id = Uuid::from_slice(entry.get(..16)?).ok()?;
        let sample = u64::from_be_bytes(entry.get(16..24)?.try_into().ok()?);
        let segments = u32::from_be_bytes(entry.get(24..28)?.try_into().ok()?);
        Some((id, Reset { sample, segments }))
    };
    entries
        .chunks_exact(ENTRY_BYTES)
        .filter_map(entry)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resets_and_marks_are_read_back_and_fit() {
        let sessions: Vec<_> = (0..MAX_ENTRIES + 5).map(|_| SessionId::fresh()).collect();
        let marks = BTreeSet::from_iter(i64::MAX - MAX_MARKS as i64 + 1..=i64::MAX);
        let mut metadata = CommitMetadata::new(marks.clone());
        let reset = Reset {
            sample: u64::MAX,
            segments: 7,
        };
        let added = sessions
            .iter()
            .filter(|session| metadata.add(session, reset))
            .count();
        assert_eq!(added, MAX_ENTRIES);
        let text = metadata.encode();
        assert!(text.len() <= Position::MAX_METADATA, "{}", text.len());
        let mut read = CommitMetadata::decode(&text);
        assert_eq!(read.decoding, marks);
        assert_eq!(read.remove(&sessions[0]), Some(reset));
        assert_eq!(read.remove(&sessions[0]), None);
    }

    #[test]
    fn metadata_without_a_mark_keeps_its_format() {
        let session = SessionId::parse("5b0f6a1c-1111-4222-8333-444455556666").unwrap();
        let reset = Reset {
            sample: 160_000,
            segments: 3,
        };
        let mut metadata = CommitMetadata::default();
        assert_eq!(metadata.encode(), "");
        assert!(metadata.add(&session, reset));
        let text = "AVsPahwREUIigzNERFVVZmYAAAAAAAJxAAAAAAM";
        assert_eq!(metadata.encode(), text);
        assert_eq!(CommitMetadata::decode(text).remove(&session), Some(reset));
        metadata.decoding = BTreeSet::from([77]);
        assert_eq!(metadata.encode(), format!("{text};decoding=77"));
        for (text, marks) in [("decoding=77", &[77][..]), ("decoding=7,77", &[7, 77][..])] {
            let decoding = CommitMetadata::decode(text).decoding;
            assert!(decoding.iter().eq(marks), "{text}");
        }
    }

    #[test]
    fn foreign_names_and_metadata_are_ignored() {
        let reset = Reset {
            sample: 1,
            segments: 0,
        };
        let upper = SessionId::parse("5B0F6A1C-1111-4222-8333-444455556666").unwrap();
        assert!(!CommitMetadata::default().add(&upper, reset));
        for text in ["", "x", "AgAA", "not base64 at all!", "decoding=x", ";;"] {
            let read = CommitMetadata::decode(text);
            assert!(read.resets.is_empty() && read.decoding.is_empty(), "{text}");
        }
    }
}
