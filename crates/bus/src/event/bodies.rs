//! The bodies of the seven events.

use super::parts::{AudioPayload, ClientOptions, SegmentRange, Times};

/// Audio of a client: a chunk of a live session, or in events of other programs a whole recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioInput {
    /// A WAV of the chunk. One without samples keeps a silent session alive.
    pub audio: AudioPayload,
    /// Samples a second.
    pub sample_rate: u32,
    /// The range of the chunk in its session; none in events of other programs.
    pub chunk: Option<Chunk>,
    /// The options that the client requested.
    pub options: ClientOptions,
    /// Whether the client requested previews.
    pub preview: bool,
}

/// The range of a chunk in its session, in samples at 16 kHz.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Its number, from 0.
    pub sequence: u64,
    /// Its first sample.
    pub start_sample: u64,
    /// The position after its last sample.
    pub end_sample: u64,
    /// Whether it is the last chunk of the session.
    pub is_last: bool,
    /// Whether its samples are silence that the gateway inserted while no audio arrived. They count
    /// like all others, so that every replay has the same samples, but the client did not send them.
    pub inserted_silence: bool,
}

/// A segment of speech.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpeechSegment {
    /// The number and range of the segment.
    pub segment: SegmentRange,
    /// A WAV of it.
    pub audio: AudioPayload,
    /// Samples a second.
    pub sample_rate: u32,
    /// The options that the client requested.
    pub options: ClientOptions,
    /// When the detector processed it.
    pub times: Times,
}

/// The text of a segment.
#[derive(Clone, PartialEq, Debug)]
pub struct TextRecognized {
    /// The segment.
    pub segment: SegmentRange,
    /// The text; empty where the segment has no words.
    pub text: String,
    /// The language of the text.
    pub language: String,
    /// The recognizer's own confidence, 0 to 1, where it has one.
    pub confidence: Option<f32>,
    /// The recognizer, such as `whisper`.
    pub recognizer: Option<String>,
    /// The options that the client requested.
    pub options: ClientOptions,
    /// When the recognizer processed it.
    pub times: Times,
}

/// The translation of a text.
#[derive(Clone, PartialEq, Debug)]
pub struct TextTranslated {
    /// The segment.
    pub segment: SegmentRange,
    /// The translation.
    pub text: String,
    /// The source language.
    pub source_language: String,
    /// The target language.
    pub target_language: String,
    /// The translator's own estimate, where it has one.
    pub quality: Option<f32>,
    /// The translators in the order of their steps; none where the text stayed as it was,
    /// or where the event does not name them.
    pub translators: Vec<String>,
    /// The language between two translators.
    pub via: Option<String>,
    /// The options that the client requested.
    pub options: ClientOptions,
    /// When the translator processed it.
    pub times: Times,
}

/// A part of the speech of a translation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioSynthesis {
    /// The segment.
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
    /// The engine and voice, such as `espeak/es`.
    pub model: Option<String>,
    /// The language.
    pub target_language: Option<String>,
    /// The voice.
    pub voice: Option<String>,
    /// The speaker.
    pub speaker_id: Option<String>,
    /// The first characters of the text; only where `pipeline.text_snippet` is set.
    pub snippet: Option<String>,
    /// When the synthesizer processed the text.
    pub times: Times,
}

/// The status of a session, or of a segment that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionStatus {
    /// A stage failed on a segment. Later segments go on.
    SegmentFailed {
        /// The segment.
        segment: SegmentRange,
        /// The stage.
        stage: String,
        /// A stable code.
        code: String,
        /// A message for people. Never the text of a segment.
        message: String,
    },
    /// The audio of the session has ended.
    Ended {
        /// The number of segments.
        segments: u32,
    },
    /// The session timed out, or its audio had a gap.
    Aborted {
        /// The number of segments.
        segments: u32,
        /// The reason.
        code: String,
    },
}

impl SessionStatus {
    /// The name of the kind in events and identities.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::SegmentFailed { .. } => "segment_failed",
            Self::Ended { .. } => "ended",
            Self::Aborted { .. } => "aborted",
        }
    }
}

/// A preview: words that may still change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartialTranscript {
    /// All words recognized so far in the open segment.
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
