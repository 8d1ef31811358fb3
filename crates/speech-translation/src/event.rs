//! What goes from stage to stage, and what comes out at the end.

use std::time::{Duration, Instant};

use mynah_audio::Clip;
use mynah_speech::{Language, Transcript};

use crate::FailureCode;

/// Which segment, and where it lies. On every event from the detector on.
#[derive(Clone, Copy, Debug)]
pub struct SegmentHeader {
    /// Its number in the session, from 0.
    pub segment: u64,
    /// Where it begins, in milliseconds of the session's sound.
    pub start_ms: u64,
    /// Where it ends, likewise.
    pub end_ms: u64,
    /// When its last sample arrived.
    pub(crate) heard_at: Instant,
    /// When it was put into the queue before the next stage.
    pub(crate) queued_at: Instant,
    /// How long each part took so far.
    pub(crate) timings: SegmentTimings,
}

impl SegmentHeader {
    /// The header of a segment whose place somebody else keeps.
    pub(crate) fn detached() -> Self {
        let now = Instant::now();
        Self {
            segment: 0,
            start_ms: 0,
            end_ms: 0,
            heard_at: now,
            queued_at: now,
            timings: SegmentTimings::default(),
        }
    }
}

/// How long each part of a segment took, by the clock on the wall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SegmentTimings {
    /// From the arrival of the last sample to the certainty that the segment had ended.
    pub detect: Duration,
    /// Waiting before the stages and for engines, in all.
    pub queue: Duration,
    /// Recognizing.
    pub recognize: Duration,
    /// Translating. Zero where both languages are the same.
    pub translate: Duration,
    /// From the arrival of the last sample to the first sound of the translation; none without.
    pub first_audio: Option<Duration>,
    /// From the arrival of the last sample to the end of the work.
    pub total: Duration,
}

/// What the detector made: a segment of speech.
#[derive(Clone, Debug)]
pub(crate) struct HeardSegment {
    pub(crate) header: SegmentHeader,
    pub(crate) clip: Clip,
}

/// What the recognizer made. Never empty.
#[derive(Clone, Debug)]
pub(crate) struct RecognizedText {
    pub(crate) header: SegmentHeader,
    pub(crate) transcript: Transcript,
    /// What was spoken.
    pub(crate) language: Language,
}

/// What the translator made.
#[derive(Clone, Debug)]
pub(crate) struct TranslatedText {
    pub(crate) header: SegmentHeader,
    pub(crate) source: String,
    pub(crate) source_language: Language,
    pub(crate) translation: String,
}

/// What the speaker made: sound, and at the end all about the segment.
#[derive(Clone, Debug)]
pub(crate) enum SpokenPart {
    Speech { header: SegmentHeader, clip: Clip },
    End(Box<TranslatedText>),
}

/// An event that belongs to a segment.
pub(crate) trait OfSegment {
    fn header(&self) -> &SegmentHeader;
    fn header_mut(&mut self) -> &mut SegmentHeader;
}

macro_rules! of_segment {
    ($($event:ty),+) => {$(
        impl OfSegment for $event {
            fn header(&self) -> &SegmentHeader {
                &self.header
            }

            fn header_mut(&mut self) -> &mut SegmentHeader {
                &mut self.header
            }
        }
    )+};
}

of_segment!(HeardSegment, RecognizedText, TranslatedText);

impl OfSegment for SpokenPart {
    fn header(&self) -> &SegmentHeader {
        match self {
            Self::Speech { header, .. } => header,
            Self::End(text) => &text.header,
        }
    }

    fn header_mut(&mut self) -> &mut SegmentHeader {
        match self {
            Self::Speech { header, .. } => header,
            Self::End(text) => &mut text.header,
        }
    }
}

/// What a session tells.
///
/// Each kind comes in the order of the segments; a segment's `Done` or `Failed` is its last
/// event. The words of the next segment may come while the last one is still being spoken.
/// A segment in which nobody said a word has a number, and no event after `Opened` and `Preview`.
#[derive(Clone, Debug)]
pub enum SessionEvent {
    /// Somebody began to speak.
    Opened {
        /// The segment's number, from 0.
        segment: u64,
        /// Where it begins, in milliseconds of the session's sound.
        start_ms: u64,
        /// The same, in samples of the detector's rate.
        start_sample: u64,
    },
    /// All words heard so far in the open segment. Replaces the last one; best effort.
    Preview {
        /// The segment.
        segment: u64,
        /// The words.
        text: String,
    },
    /// What was said.
    Recognized {
        /// The segment.
        segment: u64,
        /// Where it begins, in milliseconds of the session's sound.
        start_ms: u64,
        /// Where it ends, likewise.
        end_ms: u64,
        /// The text, not empty, and its words.
        transcript: Transcript,
        /// In which language: as it was named or found.
        language: Language,
    },
    /// What it means. The source itself where both languages are the same.
    Translated {
        /// The segment.
        segment: u64,
        /// Where it ends, in milliseconds of the session's sound.
        end_ms: u64,
        /// The translation.
        text: String,
    },
    /// The translation, spoken: the next at most 500 ms, at 24 kHz.
    Speech {
        /// The segment.
        segment: u64,
        /// Where it ends, in milliseconds of the session's sound.
        end_ms: u64,
        /// The sound.
        clip: Clip,
    },
    /// The segment is finished.
    Done {
        /// The segment.
        segment: u64,
        /// Where it begins, in milliseconds of the session's sound.
        start_ms: u64,
        /// Where it ends, likewise.
        end_ms: u64,
        /// What was said.
        source: String,
        /// In which language.
        source_language: Language,
        /// What it means.
        translation: String,
        /// How long each part took.
        timings: SegmentTimings,
    },
    /// The segment could not be interpreted. Later ones go on.
    Failed {
        /// The segment.
        segment: u64,
        /// Where it begins, in milliseconds of the session's sound.
        start_ms: u64,
        /// Where it ends, likewise.
        end_ms: u64,
        /// The stable code.
        code: FailureCode,
        /// What happened, for people.
        message: String,
    },
    /// The session was closed, and all of it is interpreted. The last event.
    Ended {
        /// How many segments were heard.
        segments: u64,
        /// How many of them nobody said a word in.
        empty: u64,
    },
}
