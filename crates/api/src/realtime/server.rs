//! Events of the server.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Session;

/// One event of the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ServerEvent {
    /// Unique for this event.
    pub event_id: String,
    /// Its text.
    #[serde(flatten)]
    pub body: ServerEventBody,
}

/// The kinds of event, and what each holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type")]
pub enum ServerEventBody {
    /// The first event of every connection, with the configuration as it is.
    #[serde(rename = "session.created")]
    Created {
        /// The session.
        session: Session,
    },
    /// The answer to a `session.update` that succeeded.
    #[serde(rename = "session.updated")]
    Updated {
        /// The session.
        session: Session,
    },
    /// Ours. The answer to a `session.resume` that succeeded.
    #[serde(rename = "session.resumed")]
    Resumed {
        /// The session that goes on.
        session: Session,
        /// Send the audio again from this sample of yours on; all before it is on the bus.
        through_sample: u64,
    },
    /// Ours, over a durable bus. Audio that will not be lost any more.
    #[serde(rename = "session.input_audio.acknowledged")]
    Acknowledged {
        /// All before this sample of yours, counted from the session's first one.
        through_sample: u64,
    },
    /// Recognized text, append-only. Only where transcription is configured.
    #[serde(rename = "session.input_transcript.delta")]
    InputTranscript(TranscriptDelta),
    /// Translated text, append-only.
    #[serde(rename = "session.output_transcript.delta")]
    OutputTranscript(TranscriptDelta),
    /// Translated speech.
    #[serde(rename = "session.output_audio.delta")]
    OutputAudio(AudioDelta),
    /// Something went wrong. The session goes on unless the connection closes next.
    #[serde(rename = "error")]
    Error {
        /// What.
        error: RealtimeError,
    },
    /// The last event of a session that ended well; the connection closes next.
    #[serde(rename = "session.closed")]
    Closed {},
    /// Ours. The words recognized so far in the open segment; each replaces the last one.
    #[serde(rename = "session.input_transcript.preview")]
    Preview(TranscriptPreview),
    /// Ours. A segment has been interpreted, and all about it was sent.
    #[serde(rename = "session.segment.done")]
    SegmentDone(SegmentDone),
    /// Ours. A segment could not be interpreted. Later ones go on.
    #[serde(rename = "session.segment.failed")]
    SegmentFailed(SegmentFailed),
}

/// A piece of text. Joined as they come, without anything between, the pieces are the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TranscriptDelta {
    /// The piece, with the space before it where the language has one.
    pub delta: String,
    /// Where its segment ended, in milliseconds of the audio that the client sent.
    pub elapsed_ms: u64,
    /// Ours, over a durable bus. The number of this event, the same from every gateway. Within a
    /// kind it grows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
}

/// A piece of audio.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AudioDelta {
    /// Base64 of 16-bit little-endian PCM.
    pub delta: String,
    /// Samples a second: 24000.
    pub sample_rate: u32,
    /// 1.
    pub channels: u16,
    /// `pcm16`.
    pub format: PcmFormat,
    /// When it begins if it is played as soon as it can be without overlapping what came before,
    /// in milliseconds of the audio that the client sent. Never decreases.
    pub elapsed_ms: u64,
    /// Ours, over a durable bus. The number of this event, the same from every gateway. Within a
    /// kind it grows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
}

/// The one format of audio.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PcmFormat {
    /// 16-bit little-endian PCM.
    #[default]
    Pcm16,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RealtimeError {
    /// Whose fault.
    #[serde(rename = "type")]
    pub kind: RealtimeErrorType,
    /// A stable code.
    pub code: String,
    /// What is wrong and what is right, for people.
    pub message: String,
    /// The field at fault, where one can be named.
    pub param: Option<String>,
    /// The client's own name for the event at fault, where it gave one.
    pub event_id: Option<String>,
}

/// Whose fault an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RealtimeErrorType {
    /// The client's.
    InvalidRequestError,
    /// A limit was reached.
    RateLimitError,
    /// The server's.
    ServerError,
}

/// Words that may still change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TranscriptPreview {
    /// The number of the segment, from 0.
    pub segment: u64,
    /// All words recognized in it so far.
    pub text: String,
}

/// A segment that was interpreted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SegmentDone {
    /// Its number, from 0. A segment without words has a number and no events.
    pub segment: u64,
    /// Where it begins, in milliseconds of the audio that the client sent.
    pub start_ms: u64,
    /// Where it ends, likewise.
    pub end_ms: u64,
    /// The recognized text.
    pub source: String,
    /// In which language: as it was named, or found where it was `auto`. BCP-47.
    #[serde(default)]
    pub source_language: String,
    /// What was said.
    pub translation: String,
    /// Which engines processed it.
    #[serde(default)]
    pub engines: SegmentEngines,
    /// How long each part took.
    pub timings: SegmentTimings,
    /// Ours, over a durable bus. The number of this event, the same from every gateway. Within a
    /// kind it grows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
}

/// The engines that processed a segment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SegmentEngines {
    /// The recognizer, such as `whisper`; null where it is not known.
    pub recognizer: Option<String>,
    /// The translators in the order of their steps; empty where both languages are the same,
    /// or where the translators are not known.
    pub translators: Vec<String>,
    /// The language between two translators, BCP-47; null where one engine has the direction.
    pub via: Option<String>,
    /// The voice as `engine/voice`, such as `kokoro/ef_dora`; null without speech.
    pub voice: Option<String>,
}

/// How long each part of a segment took, in milliseconds of the clock on the wall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SegmentTimings {
    /// From the arrival of the segment's last sample to the certainty that it had ended.
    pub detect_ms: u64,
    /// Waiting before the stages, in all.
    pub queue_ms: u64,
    /// Recognizing.
    pub recognize_ms: u64,
    /// Translating; 0 where both languages are the same.
    pub translate_ms: u64,
    /// From the arrival of the segment's last sample to the first output sample; null without one.
    pub first_audio_ms: Option<u64>,
    /// From the arrival of the segment's last sample to the last output sample.
    pub total_ms: u64,
}

/// A segment that could not be interpreted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SegmentFailed {
    /// Its number, from 0.
    pub segment: u64,
    /// A stable code.
    pub code: String,
    /// What happened, for people.
    pub message: String,
    /// Ours, over a durable bus. The number of this event, the same from every gateway. Within a
    /// kind it grows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
}
