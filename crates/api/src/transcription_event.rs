//! What a transcription with `stream: true` answers with, event by event.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{DurationUsage, ErrorDetail};

/// One server-sent event. Its `event:` line repeats the `type`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type")]
pub enum TranscriptionEvent {
    /// More text. Never taken back: all deltas joined are the text of the last event.
    #[serde(rename = "transcript.text.delta")]
    Delta {
        /// The text, with the space that parts it from the text before.
        delta: String,
    },
    /// A stretch of speech is finished.
    #[serde(rename = "transcript.text.segment")]
    Segment {
        /// Its number, from 0, as text.
        id: String,
        /// Its start, in seconds from that of the upload.
        start: f64,
        /// Its end, in seconds from the start of the upload.
        end: f64,
        /// What was said.
        text: String,
    },
    /// All is written down: nothing follows.
    #[serde(rename = "transcript.text.done")]
    Done {
        /// All that was said.
        text: String,
        /// What it took.
        usage: DurationUsage,
    },
    /// It broke on the way: the text is not whole, and nothing follows.
    #[serde(rename = "error")]
    Error {
        /// What went wrong, as in any error body.
        error: ErrorDetail,
    },
}

impl TranscriptionEvent {
    /// The name on the `event:` line.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Delta { .. } => "transcript.text.delta",
            Self::Segment { .. } => "transcript.text.segment",
            Self::Done { .. } => "transcript.text.done",
            Self::Error { .. } => "error",
        }
    }
}
