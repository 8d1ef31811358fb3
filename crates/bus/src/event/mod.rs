//! The events: what they say, and what they may not say.

mod bodies;
mod check;
mod kind;
mod parts;

use std::time::{SystemTime, UNIX_EPOCH};

use uuid::Uuid;

pub use bodies::{
    AudioInput, AudioSynthesis, Chunk, PartialTranscript, SessionStatus, SpeechSegment,
    TextRecognized, TextTranslated,
};
pub use check::InvalidEvent;
pub use kind::Kind;
pub use parts::{
    AudioPayload, ClientOptions, ConsentRecord, SegmentRange, Speaker, StoredObject, Times,
    VoiceRecording,
};

use crate::identity::{self, SessionId, Stage};

/// An event: its envelope and what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its name. Two events of the same name are the same; the first one counts.
    pub id: Uuid,
    /// The session.
    pub session: SessionId,
    /// When it was made, in milliseconds since 1970.
    pub timestamp_ms: i64,
    /// Who made it.
    pub source: String,
    /// What it says.
    pub body: Body,
}

/// What an event says.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// AudioPayload that came in.
    AudioInput(AudioInput),
    /// A stretch of speech.
    SpeechSegment(SpeechSegment),
    /// What was said.
    TextRecognized(TextRecognized),
    /// What it means.
    TextTranslated(TextTranslated),
    /// A part of a translation, spoken.
    AudioSynthesis(AudioSynthesis),
    /// What became of a session or segment.
    SessionStatus(SessionStatus),
    /// Words that may still change.
    PartialTranscript(PartialTranscript),
}

impl Event {
    /// An event made now by a stage. Its name follows from what it is about.
    pub fn new(session: SessionId, stage: Stage, body: Body) -> Self {
        let id = match &body {
            Body::AudioInput(input) => {
                // Keep-alives stand at the same sample as the chunk after them.
                let (sample, part) = input.chunk.map_or((0, 0), |chunk| {
                    let silent = chunk.start_sample == chunk.end_sample;
                    let number = (chunk.sequence as u32).wrapping_add(1);
                    let part = if silent { number } else { 0 };
                    (chunk.start_sample, part)
                });
                identity::event(&session, stage, sample, part)
            }
            Body::SpeechSegment(SpeechSegment { segment, .. })
            | Body::TextRecognized(TextRecognized { segment, .. })
            | Body::TextTranslated(TextTranslated { segment, .. }) => {
                identity::event(&session, stage, segment.start_sample, 0)
            }
            Body::AudioSynthesis(speech) => {
                identity::event(&session, stage, speech.segment.start_sample, speech.part)
            }
            Body::SessionStatus(status) => {
                let sample = match status {
                    SessionStatus::SegmentFailed { segment, .. } => Some(segment.start_sample),
                    SessionStatus::Ended { .. } | SessionStatus::Aborted { .. } => None,
                };
                identity::status(&session, status.kind(), sample)
            }
            Body::PartialTranscript(partial) => {
                let name = format!("{}:partial", stage.as_str());
                identity::status(
                    &session,
                    &format!("{name}:{}", partial.revision),
                    Some(partial.start_sample),
                )
            }
        };
        Self {
            id,
            session,
            timestamp_ms: now_ms(),
            source: stage.service().to_owned(),
            body,
        }
    }

    /// Which of the seven it is.
    pub const fn kind(&self) -> Kind {
        match self.body {
            Body::AudioInput(_) => Kind::AudioInput,
            Body::SpeechSegment(_) => Kind::SpeechSegment,
            Body::TextRecognized(_) => Kind::TextRecognized,
            Body::TextTranslated(_) => Kind::TextTranslated,
            Body::AudioSynthesis(_) => Kind::AudioSynthesis,
            Body::SessionStatus(_) => Kind::SessionStatus,
            Body::PartialTranscript(_) => Kind::PartialTranscript,
        }
    }

    /// The segment that it is about, where it is about one.
    pub const fn segment(&self) -> Option<SegmentRange> {
        match &self.body {
            Body::SpeechSegment(SpeechSegment { segment, .. })
            | Body::TextRecognized(TextRecognized { segment, .. })
            | Body::TextTranslated(TextTranslated { segment, .. })
            | Body::AudioSynthesis(AudioSynthesis { segment, .. })
            | Body::SessionStatus(SessionStatus::SegmentFailed { segment, .. }) => Some(*segment),
            _ => None,
        }
    }
}

/// Now, in milliseconds since 1970.
pub fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as i64)
}
