//! The events: their payloads and the rules for them.

mod bodies;
mod check;
mod kind;
mod parts;
mod segment_headers;

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

/// An event: its envelope and its body.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its identity. Of several events with the same identity the first one counts.
    pub id: Uuid,
    /// The session.
    pub session: SessionId,
    /// When it was made, in milliseconds since 1970.
    pub timestamp_ms: i64,
    /// The program that made it.
    pub source: String,
    /// Its body.
    pub body: Body,
}

/// The body of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// A chunk of audio.
    AudioInput(AudioInput),
    /// A segment of speech.
    SpeechSegment(SpeechSegment),
    /// A recognized text.
    TextRecognized(TextRecognized),
    /// A translation.
    TextTranslated(TextTranslated),
    /// A part of the speech of a translation.
    AudioSynthesis(AudioSynthesis),
    /// The status of a session or segment.
    SessionStatus(SessionStatus),
    /// A preview.
    PartialTranscript(PartialTranscript),
}

impl Event {
    /// An event that a stage makes now. Its identity is derived from its body.
    pub fn new(session: SessionId, stage: Stage, body: Body) -> Self {
        let id = match &body {
            Body::AudioInput(input) => {
                // A keep-alive has the same start sample as the chunk after it.
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

    /// The kind of the event.
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

    /// The segment that it is about, if any.
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
