//! What several events have in common.

use std::fmt;

use bytes::Bytes;
use uuid::Uuid;

use crate::identity::{self, SessionId};

/// AudioPayload, as a WAV in the event or in the object store.
#[derive(Clone, PartialEq, Eq)]
pub enum AudioPayload {
    /// The WAV itself.
    Inline(Bytes),
    /// Where it lies.
    Stored(StoredObject),
}

impl fmt::Debug for AudioPayload {
    /// Sizes only: the sound is its owner's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inline(bytes) => write!(f, "Inline({} bytes)", bytes.len()),
            Self::Stored(object) => object.fmt(f),
        }
    }
}

/// An object in the store: where it lies, and what it must be. The address is no secret; without
/// the store's credentials it opens nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredObject {
    /// `s3://bucket/key`, or `file:///…` for a folder.
    pub uri: String,
    /// Its digest in hex; none in events of others, which cannot be verified.
    pub sha256: Option<String>,
    /// Its size in bytes.
    pub size: Option<u64>,
}

/// What a session's client wishes. On every event up to the last stage, since each of them may
/// be the first that a replica sees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientOptions {
    /// What is spoken, as BCP-47, or `auto`; none leaves it to the stage. It does not travel on
    /// beyond the recognizer, whose result has a language of its own.
    pub source: Option<String>,
    /// Into which language; none leaves it to the stage. Likewise, not beyond the translator.
    pub target: Option<String>,
    /// In which voice; none means the best.
    pub voice: Option<String>,
    /// Whose voice, and its recording.
    pub speaker: Speaker,
}

/// Who speaks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Speaker {
    /// A name for the speaker.
    pub id: Option<String>,
    /// A recording of the voice that the translation is to be spoken in.
    pub reference: Option<VoiceRecording>,
}

/// A recording of a voice, with what must come with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VoiceRecording {
    /// The file, in any format that an upload may have.
    pub audio: AudioPayload,
    /// What is said in it, where it is known.
    pub text: Option<String>,
    /// That the speaker agrees. None only in events of others, and then it is not used.
    pub consent: Option<ConsentRecord>,
}

/// That a speaker agrees to their voice being used.
#[derive(Clone, PartialEq, Eq)]
pub struct ConsentRecord {
    /// Who speaks in the recording.
    pub speaker: String,
    /// What they agreed to.
    pub statement: String,
    /// When it reached us, in seconds since 1970.
    pub given_at: u64,
}

impl fmt::Debug for ConsentRecord {
    /// Not who.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agreement")
            .field("given_at", &self.given_at)
            .finish_non_exhaustive()
    }
}

/// Which segment, and where it lies in the session's sound, in samples at 16 kHz.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentRange {
    /// Its number in the session, from 0.
    pub index: u32,
    /// Its first sample.
    pub start_sample: u64,
    /// The place after its last sample.
    pub end_sample: u64,
}

impl SegmentRange {
    /// Samples a second of the pipeline's sound.
    pub const SAMPLE_RATE: u64 = 16_000;

    const PER_MS: u64 = Self::SAMPLE_RATE / 1_000;

    /// The segment's name.
    pub fn id(&self, session: &SessionId) -> Uuid {
        identity::segment(session, self.start_sample)
    }

    /// Where it begins, in milliseconds.
    pub const fn start_ms(&self) -> u64 {
        self.start_sample / Self::PER_MS
    }

    /// Where it ends, in milliseconds.
    pub const fn end_ms(&self) -> u64 {
        self.end_sample / Self::PER_MS
    }
}

/// When a stage had its hands on the input, in milliseconds since 1970. With the event's own
/// timestamp every millisecond has an owner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// When the input reached the stage.
    pub received_at: Option<i64>,
    /// When work on it began.
    pub started_at: Option<i64>,
}
