//! Voices and their names.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Language;

/// A voice by its full name, `engine/voice`: `flite/slt`, `espeak/es`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VoiceId {
    engine: String,
    name: String,
}

impl VoiceId {
    /// The longest id accepted, in bytes.
    pub const MAX_BYTES: usize = 128;

    /// The voice of this name in this engine. Both must be non-empty; see [`VoiceId::from_str`].
    pub fn new(engine: impl Into<String>, name: impl Into<String>) -> Result<Self, InvalidVoiceId> {
        let (engine, name) = (engine.into(), name.into());
        // Parentheses hold the weights of a mix of voices.
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_+.()".contains(c);
        let sound = !engine.is_empty()
            && !name.is_empty()
            && engine.len() + name.len() < Self::MAX_BYTES
            && engine.chars().all(|c| c.is_ascii_alphanumeric())
            && name.chars().all(plain);
        if !sound {
            return Err(InvalidVoiceId);
        }
        Ok(Self { engine, name })
    }

    /// The engine's name.
    pub fn engine(&self) -> &str {
        &self.engine
    }

    /// The voice's name within its engine.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for VoiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.engine, self.name)
    }
}

/// A text that cannot be a voice's full name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a voice id; write engine/voice, such as flite/slt")]
pub struct InvalidVoiceId;

impl FromStr for VoiceId {
    type Err = InvalidVoiceId;

    fn from_str(id: &str) -> Result<Self, InvalidVoiceId> {
        let (engine, name) = id.split_once('/').ok_or(InvalidVoiceId)?;
        Self::new(engine, name)
    }
}

impl TryFrom<String> for VoiceId {
    type Error = InvalidVoiceId;

    fn try_from(id: String) -> Result<Self, InvalidVoiceId> {
        id.parse()
    }
}

impl From<VoiceId> for String {
    fn from(id: VoiceId) -> Self {
        id.to_string()
    }
}

/// A voice that an engine offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Voice {
    /// Its full name.
    pub id: VoiceId,
    /// Its name for people.
    pub name: String,
    /// Its languages, best first.
    pub languages: Vec<Language>,
    /// Its gender, where the engine states one.
    pub gender: Option<VoiceGender>,
    /// Where its audio comes from.
    pub kind: VoiceKind,
    /// Whether it follows instructions about manner; see [`Voice::takes_instructions`].
    pub instruct: bool,
    /// Whether it is a person's, by a recording that the engine has saved.
    pub of_person: bool,
}

impl Voice {
    /// Whether it can speak this language.
    pub fn supports_language(&self, language: &Language) -> bool {
        self.languages.iter().any(|own| own.serves(language))
    }

    /// Whether it follows instructions: how to speak, or a description of the voice.
    pub fn takes_instructions(&self) -> bool {
        self.instruct || self.kind == VoiceKind::Designed
    }
}

/// Where the audio of a voice comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoiceKind {
    /// The engine brings it.
    #[default]
    Preset,
    /// From the instructions of each request, which describe it.
    Designed,
    /// From the reference audio of each request; see [`crate::Reference`].
    Cloned,
}

/// How a voice sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoiceGender {
    /// Like a woman.
    Female,
    /// Like a man.
    Male,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixes_of_voices_can_be_ids() {
        let id: VoiceId = "kokoro/af_heart(2)+af_bella(0.5)".parse().unwrap();
        assert_eq!(id.name(), "af_heart(2)+af_bella(0.5)");
        for other in ["kokoro/a b", "kokoro/a/b", "kok(o)ro/a", "kokoro/ä"] {
            assert_eq!(other.parse::<VoiceId>(), Err(InvalidVoiceId), "{other}");
        }
    }
}
