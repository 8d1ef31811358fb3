//! `GET /v1/audio/voices`: the available voices.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::VoiceOrigin;

/// All voices, best first for each language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VoiceList {
    /// The voices.
    pub voices: Vec<VoiceInfo>,
}

/// A voice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VoiceInfo {
    /// Its full name: engine, slash, name.
    #[schema(example = "flite/slt")]
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// The engine that has it.
    #[schema(example = "flite")]
    pub engine: String,
    /// Its languages, as BCP-47 tags, best first.
    #[schema(example = json!(["en-US"]))]
    pub languages: Vec<String>,
    /// Whether its engine is a demo engine: real, but not the product's quality.
    pub demo: bool,
    /// Where its audio comes from, and so what a request must bring.
    pub kind: VoiceKind,
    /// Whether it takes `instructions`.
    pub instructions: bool,
    /// Its gender, where the engine states one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub gender: Option<Gender>,
    /// Of a kept voice: what is kept with it. See `/api/v1/voices`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub kept: Option<KeptVoiceInfo>,
}

/// What is kept with a voice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeptVoiceInfo {
    /// What it was made of.
    pub origin: VoiceOrigin,
    /// The styles that it has recordings in, as `sad/medium` or `whispering`.
    pub styles: Vec<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
}

/// Where the audio of a voice comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum VoiceKind {
    /// The engine brings it: `task_type` `CustomVoice`.
    #[default]
    Preset,
    /// From a description, which a request brings in `instructions`: `task_type` `VoiceDesign`.
    Designed,
    /// From a recording, which a request brings in `ref_audio`: `task_type` `Base`.
    Cloned,
}

/// How a voice sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Gender {
    /// Like a woman.
    Female,
    /// Like a man.
    Male,
}
