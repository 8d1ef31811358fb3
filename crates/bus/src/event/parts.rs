//! Parts of several events.

use std::fmt;

use bytes::Bytes;
use uuid::Uuid;

use crate::identity::{self, SessionId};

/// Audio, as a WAV in the event or in the object store.
#[derive(Clone, PartialEq, Eq)]
pub enum AudioPayload {
    /// The WAV itself.
    Inline(Bytes),
    /// Its object.
    Stored(StoredObject),
}

impl fmt::Debug for AudioPayload {
    /// Sizes only: logs hold no audio.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inline(bytes) => write!(f, "Inline({} bytes)", bytes.len()),
            Self::Stored(object) => object.fmt(f),
        }
    }
}

/// An object in the store: its address, and what its content must be. The address is no secret:
/// without the store's credentials it opens nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredObject {
    /// `s3://bucket/key`, or `file:///…` for a folder.
    pub uri: String,
    /// Its digest in hex; none in events of other programs, which cannot be verified.
    pub sha256: Option<String>,
    /// Its size in bytes.
    pub size: Option<u64>,
}

/// The options that a session's client requested. On every event up to the last stage, since each
/// of them may be the first that a replica receives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientOptions {
    /// The source language as BCP-47, or `auto`; none leaves it to the stage. Not on events after
    /// the recognizer, whose result has a language of its own.
    pub source: Option<String>,
    /// The target language; none leaves it to the stage. Likewise not after the translator.
    pub target: Option<String>,
    /// The voice; none means the best.
    pub voice: Option<String>,
    /// The speaker, and reference audio of the voice.
    pub speaker: Speaker,
}

/// The speaker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Speaker {
    /// A name for the speaker.
    pub id: Option<String>,
    /// Reference audio of the voice that the translation is to be spoken in.
    pub reference: Option<VoiceRecording>,
}

/// Reference audio of a voice, with its text and consent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VoiceRecording {
    /// The file, in any format that an upload may have.
    pub audio: AudioPayload,
    /// Its text, where it is known.
    pub text: Option<String>,
    /// The speaker's consent. None only in events of other programs; the audio is not used then.
    pub consent: Option<ConsentRecord>,
}

/// The consent of a speaker to the use of their voice.
#[derive(Clone, PartialEq, Eq)]
pub struct ConsentRecord {
    /// The speaker of the recording.
    pub speaker: String,
    /// What the speaker agreed to.
    pub statement: String,
    /// When the consent was received, in seconds since 1970.
    pub given_at: u64,
}

impl fmt::Debug for ConsentRecord {
    /// Without the name of the speaker.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsentRecord")
            .field("given_at", &self.given_at)
            .finish_non_exhaustive()
    }
}

/// The number of a segment and its range in the session's audio, in samples at 16 kHz.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentRange {
    /// Its number in the session, from 0.
    pub index: u32,
    /// Its first sample.
    pub start_sample: u64,
    /// The position after its last sample.
    pub end_sample: u64,
}

impl SegmentRange {
    /// The rate of the pipeline's audio, in samples a second.
    pub const SAMPLE_RATE: u64 = 16_000;

    const PER_MS: u64 = Self::SAMPLE_RATE / 1_000;

    /// The identity of the segment.
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

/// When a stage received and processed its input, in milliseconds since 1970. With the event's own
/// timestamp they account for every millisecond.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// When the input reached the stage.
    pub received_at: Option<i64>,
    /// When work on it began.
    pub started_at: Option<i64>,
}
