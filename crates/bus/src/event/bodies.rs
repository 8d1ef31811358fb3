//! The payloads of the seven events.

use super::parts::{AudioPayload, ClientOptions, SegmentRange, Times};

/// AudioPayload that came in: a chunk of a live session, or with events of others a whole recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioInput {
    /// A WAV of the chunk. One without samples keeps a silent session alive.
    pub audio: AudioPayload,
    /// Samples a second.
    pub sample_rate: u32,
    /// Where the chunk stands in its session; none in events of others.
    pub chunk: Option<Chunk>,
    /// What the client wishes.
    pub options: ClientOptions,
    /// Whether somebody watches the words as they come.
    pub preview: bool,
}

/// Where a chunk stands in its session, in samples at 16 kHz.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Its number, from 0.
    pub sequence: u64,
    /// Its first sample.
    pub start_sample: u64,
    /// The place after its last sample.
    pub end_sample: u64,
    /// Whether the session's sound ends with it.
    pub is_last: bool,
    /// Whether its samples are silence that the gateway inserted while no audio arrived. They have
    /// places like all others, so that every replay sees the same samples, but the client did not
    /// send them.
    pub inserted_silence: bool,
}

/// A stretch of speech.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpeechSegment {
    /// Which, and where.
    pub segment: SegmentRange,
    /// A WAV of it.
    pub audio: AudioPayload,
    /// Samples a second.
    pub sample_rate: u32,
    /// What the client wishes.
    pub options: ClientOptions,
    /// When the detector had it.
    pub times: Times,
}

/// What was said.
#[derive(Clone, PartialEq, Debug)]
pub struct TextRecognized {
    /// Which segment.
    pub segment: SegmentRange,
    /// The text; empty where nobody said a word.
    pub text: String,
    /// The language recognized.
    pub language: String,
    /// The recognizer's own confidence, 0 to 1, where it has one.
    pub confidence: Option<f32>,
    /// What the client wishes.
    pub options: ClientOptions,
    /// When the recognizer had it.
    pub times: Times,
}

/// What it means.
#[derive(Clone, PartialEq, Debug)]
pub struct TextTranslated {
    /// Which segment.
    pub segment: SegmentRange,
    /// The translation.
    pub text: String,
    /// From which language.
    pub source_language: String,
    /// Into which.
    pub target_language: String,
    /// The translator's own estimate, where it has one.
    pub quality: Option<f32>,
    /// What the client wishes.
    pub options: ClientOptions,
    /// When the translator had it.
    pub times: Times,
}

/// A part of a translation, spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioSynthesis {
    /// Which segment.
    pub segment: SegmentRange,
    /// The number of this part of the segment's speech, from 0.
    pub part: u32,
    /// Whether the segment's speech ends with it.
    pub is_last: bool,
    /// A WAV of it.
    pub audio: AudioPayload,
    /// How long it is, in milliseconds; at least 1.
    pub duration_ms: u64,
    /// Samples a second.
    pub sample_rate: u32,
    /// Which engine and voice spoke, such as `espeak/es`.
    pub model: Option<String>,
    /// In which language.
    pub target_language: Option<String>,
    /// In which voice.
    pub voice: Option<String>,
    /// Who speaks.
    pub speaker_id: Option<String>,
    /// The first characters of the text; only where the operator switched it on.
    pub snippet: Option<String>,
    /// When the synthesizer had the text.
    pub times: Times,
}

/// What became of a session, or of a segment that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionStatus {
    /// A segment could not be interpreted. Later ones go on.
    SegmentFailed {
        /// Which.
        segment: SegmentRange,
        /// Where.
        stage: String,
        /// A stable code.
        code: String,
        /// What happened, for people. Never what was said.
        message: String,
    },
    /// The session's sound has ended; it had so many segments.
    Ended {
        /// How many.
        segments: u32,
    },
    /// The session fell silent, or its sound had a hole; it had so many segments.
    Aborted {
        /// How many.
        segments: u32,
        /// Why.
        code: String,
    },
}

impl SessionStatus {
    /// The kind as it stands in events and identities.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::SegmentFailed { .. } => "segment_failed",
            Self::Ended { .. } => "ended",
            Self::Aborted { .. } => "aborted",
        }
    }
}

/// Words that may still change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartialTranscript {
    /// All words heard so far in the open segment.
    pub text: String,
    /// The segment's number.
    pub index: u32,
    /// The segment's first sample, at 16 kHz.
    pub start_sample: u64,
    /// The number of this preview of the segment, from 0.
    pub revision: u32,
    /// The language.
    pub language: Option<String>,
}
