//! Whose voice a request speaks in, where no engine brings it: reference audio and consent.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// That a person agrees to their voice being used. The server adds the time.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Consent {
    /// The speaker.
    pub speaker: String,
    /// What they agreed to, in their own words.
    pub statement: String,
}

impl fmt::Debug for Consent {
    /// Lengths only: the names and words of people are theirs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consent")
            .field("speaker_chars", &self.speaker.chars().count())
            .field("statement_chars", &self.statement.chars().count())
            .finish()
    }
}

/// Reference audio as it stands in JSON: a data URL, base64 alone, or an address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RefAudio(pub String);

impl fmt::Debug for RefAudio {
    /// The length only: the audio is its owner's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RefAudio({} bytes)", self.0.len())
    }
}

/// What is done with a voice, by the names that Qwen3-TTS gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum TaskType {
    /// A voice of the engine.
    CustomVoice,
    /// A voice is made of the description in `instructions`.
    VoiceDesign,
    /// The voice of `ref_audio`.
    Base,
}

impl TaskType {
    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CustomVoice => "CustomVoice",
            Self::VoiceDesign => "VoiceDesign",
            Self::Base => "Base",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_holds_no_secret() {
        let consent = Consent {
            speaker: "Xylo".into(),
            statement: "xylophone".into(),
        };
        let shown = format!("{consent:?} {:?}", RefAudio("xyloaudio".into()));
        assert!(!shown.to_lowercase().contains("xylo"), "{shown}");
        assert!(shown.contains("9 bytes"), "{shown}");
    }

    #[test]
    fn a_task_has_its_wire_name() {
        for task in [TaskType::CustomVoice, TaskType::VoiceDesign, TaskType::Base] {
            assert_eq!(serde_json::to_value(task).unwrap(), task.as_str());
        }
    }
}
