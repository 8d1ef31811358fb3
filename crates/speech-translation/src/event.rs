//! What passes from stage to stage, and the events of a session.

use std::time::{Duration, Instant};

use mynah_audio::Clip;
use mynah_speech::{EngineId, Language, Transcript};
use serde::Serialize;

use crate::{FailureCode, Translation};

/// The number and range of a segment, with its timings so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SegmentHeader {
    /// Its number in the session, from 0.
    pub(crate) segment: u64,
    /// Where it begins, in milliseconds of the session's audio.
    pub(crate) start_ms: u64,
    /// Where it ends, likewise.
    pub(crate) end_ms: u64,
    /// When its last sample arrived.
    pub(crate) received_at: Instant,
    /// When it was put into the queue before the next stage.
    pub(crate) queued_at: Instant,
    pub(crate) timings: SegmentTimings,
}

/// What a stage takes or returns for one segment.
#[derive(Clone, Debug)]
pub(crate) struct Segment<T> {
    pub(crate) header: SegmentHeader,
    pub(crate) body: T,
}

/// A text that was recognized; not empty.
#[derive(Clone, Debug)]
pub(crate) struct RecognizedText {
    pub(crate) transcript: Transcript,
    pub(crate) language: Language,
    pub(crate) recognizer: EngineId,
}

/// A text and its translation.
#[derive(Clone, Debug)]
pub(crate) struct TranslatedText {
    pub(crate) source: String,
    pub(crate) source_language: Language,
    pub(crate) recognizer: EngineId,
    pub(crate) translation: Translation,
}

/// The speech of a segment, and at its end the translation.
#[derive(Clone, Debug)]
pub(crate) enum SynthesizedPart {
    Audio(Clip),
    End {
        translated: Box<TranslatedText>,
        /// The voice as `engine/voice`; none without speech.
        voice: Option<String>,
    },
}

/// The engines that processed a segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SegmentEngines {
    /// The recognizer.
    pub recognizer: EngineId,
    /// The translators in the order of their steps; none where both languages are the same.
    pub translators: Vec<EngineId>,
    /// The language between two translators.
    pub via: Option<Language>,
    /// The voice as `engine/voice`; none without speech.
    pub voice: Option<String>,
}

/// The wall-clock time of each part of the work on a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SegmentTimings {
    /// From the arrival of the last sample until the detector closed the segment.
    pub detect: Duration,
    /// Waiting before the stages and for engines, in all.
    pub queue: Duration,
    /// Recognizing.
    pub recognize: Duration,
    /// Translating. Zero where both languages are the same.
    pub translate: Duration,
    /// From the arrival of the last sample to the first audio of the translation; none without.
    pub first_audio: Option<Duration>,
    /// From the arrival of the last sample to the end of the work.
    pub total: Duration,
}

/// An event of a session.
///
/// Each kind comes in the order of the segments; a segment's `Done` or `Failed` is its last
/// event. The words of the next segment may come before the end of the speech of the last one.
/// A segment without words has a number, and no event after `Opened` and `Preview`.
#[derive(Clone, Debug)]
pub enum SessionEvent {
    /// Speech began.
    Opened {
        /// The segment's number, from 0.
        segment: u64,
        /// Where it begins, in milliseconds of the session's audio.
        start_ms: u64,
        /// The same, in samples of the detector's rate.
        start_sample: u64,
    },
    /// All words recognized so far in the open segment. Replaces the last one; best effort.
    Preview {
        /// The segment.
        segment: u64,
        /// The words.
        text: String,
    },
    /// The text of a segment.
    Recognized {
        /// The segment.
        segment: u64,
        /// Where it begins, in milliseconds of the session's audio.
        start_ms: u64,
        /// Where it ends, likewise.
        end_ms: u64,
        /// The text, not empty, and its words.
        transcript: Transcript,
        /// Its language, as it was named or identified.
        language: Language,
    },
    /// The translation of a segment. The text itself where both languages are the same.
    Translated {
        /// The segment.
        segment: u64,
        /// Where it ends, in milliseconds of the session's audio.
        end_ms: u64,
        /// The translation.
        text: String,
    },
    /// The next at most 500 ms of the translation's speech, at 24 kHz.
    Speech {
        /// The segment.
        segment: u64,
        /// Where it ends, in milliseconds of the session's audio.
        end_ms: u64,
        /// The audio.
        clip: Clip,
    },
    /// The segment is complete.
    Done {
        /// The segment.
        segment: u64,
        /// Where it begins, in milliseconds of the session's audio.
        start_ms: u64,
        /// Where it ends, likewise.
        end_ms: u64,
        /// The text.
        source: String,
        /// Its language.
        source_language: Language,
        /// The translation.
        translation: String,
        /// The engines that processed it.
        engines: SegmentEngines,
        /// The time of each part of the work.
        timings: SegmentTimings,
    },
    /// A stage failed on the segment. Later segments go on.
    Failed {
        /// The segment.
        segment: u64,
        /// Where it begins, in milliseconds of the session's audio.
        start_ms: u64,
        /// Where it ends, likewise.
        end_ms: u64,
        /// The stable code.
        code: FailureCode,
        /// A message for people.
        message: String,
    },
    /// The session was closed, and all of it is interpreted. The last event.
    Ended {
        /// The number of segments.
        segments: u64,
        /// The number of segments without words.
        empty: u64,
    },
}
