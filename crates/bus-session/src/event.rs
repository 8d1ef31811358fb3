//! What a session reports, in the numbers of the realtime protocol.

use std::sync::Arc;
use std::time::Duration;

use mynah_api::realtime::{SegmentEngines, SegmentTimings};
use mynah_audio::Clip;
use mynah_speech::Language;

/// An event of a session.
#[derive(Clone, Debug)]
pub struct SessionEvent {
    /// What it reports.
    pub body: SessionEventBody,
    /// Its sequence number, equal at every gateway; none where the session can't be resumed.
    pub seq: Option<u64>,
    /// Whether the client has it already. It is not sent again, but later events build on it.
    pub known: bool,
}

/// What an event reports. Numbers of segments and milliseconds count from the session's beginning.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the fields are those of the realtime protocol")]
pub enum SessionEventBody {
    /// Words recognized so far in the open segment.
    Preview { segment: u64, text: String },
    /// A segment's recognized text.
    Recognized {
        end_ms: u64,
        text: String,
        language: Language,
    },
    /// A segment's translated text.
    Translated {
        end_ms: u64,
        text: String,
        language: Language,
    },
    /// A part of a segment's speech.
    Speech { end_ms: u64, sound: Speech },
    /// A segment is complete.
    Done {
        segment: u64,
        start_ms: u64,
        end_ms: u64,
        source: String,
        source_language: String,
        translation: String,
        engines: SegmentEngines,
        timings: SegmentTimings,
    },
    /// A segment has failed.
    Failed {
        segment: u64,
        code: String,
        message: String,
    },
    /// The client's audio before this sample survives a lost connection.
    Acknowledged { through_sample: u64 },
    /// A part of a segment's speech can't be read any more.
    SpeechLost { segment: u64 },
    /// The session can't be resumed any more.
    NotResumable,
    /// The session is complete: the last event.
    Ended { segments: u64 },
}

/// A part of a translation's speech.
#[derive(Clone, Debug)]
pub enum Speech {
    /// Its audio.
    Clip(Arc<Clip>),
    /// Of a part that the client has: its duration.
    Known(Duration),
}

impl From<SessionEventBody> for SessionEvent {
    fn from(body: SessionEventBody) -> Self {
        Self {
            body,
            seq: None,
            known: false,
        }
    }
}
