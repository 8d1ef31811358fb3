//! What a speech request with `stream_format: sse` answers with, event by event.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ErrorDetail;

/// One server-sent event. Its `event:` line repeats the `type`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type")]
pub enum SpeechEvent {
    /// The next bytes of the file in the format that was requested.
    #[serde(rename = "speech.audio.delta")]
    Delta {
        /// The bytes in base64. All deltas joined are the file.
        audio: String,
    },
    /// The end: nothing follows.
    #[serde(rename = "speech.audio.done")]
    Done {
        /// What it took.
        usage: SpeechUsage,
    },
    /// It broke on the way: the file is not whole, and nothing follows.
    #[serde(rename = "speech.audio.error")]
    Error {
        /// What went wrong, as in any error body.
        error: ErrorDetail,
    },
}

impl SpeechEvent {
    /// The name on the `event:` line.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Delta { .. } => "speech.audio.delta",
            Self::Done { .. } => "speech.audio.done",
            Self::Error { .. } => "speech.audio.error",
        }
    }
}

/// How much was read and made. The engines here have no tokens of text: the units are ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SpeechUsage {
    /// The characters of `input`.
    pub input_tokens: u64,
    /// The audio made, in pieces of 80 ms, rounded up.
    pub output_tokens: u64,
    /// Both together.
    pub total_tokens: u64,
}

impl SpeechUsage {
    /// The usage of so many characters and so many milliseconds of audio.
    pub const fn new(chars: u64, audio_ms: u64) -> Self {
        let output_tokens = audio_ms.div_ceil(crate::limits::TOKEN_MS);
        Self {
            input_tokens: chars,
            output_tokens,
            total_tokens: chars + output_tokens,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_carry_their_name() {
        let done = SpeechEvent::Done {
            usage: SpeechUsage::new(5, 81),
        };
        assert_eq!(
            serde_json::to_string(&done).unwrap(),
            r#"{"type":"speech.audio.done","usage":{"input_tokens":5,"output_tokens":2,"total_tokens":7}}"#
        );
        let delta = SpeechEvent::Delta {
            audio: "AA==".into(),
        };
        assert_eq!(serde_json::to_value(&delta).unwrap()["type"], delta.name());
    }
}
