//! `/api/v1/prompts`: what kept voices are spoken from.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{AudioBytes, KeptClip, StyleParam};

/// A part of the prompts, the earliest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KeptPromptList {
    /// The prompts.
    pub items: Vec<KeptPromptOfVoice>,
    /// The `cursor` of the next part; null at the end.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// How many prompts there are in all parts.
    pub total: usize,
}

/// A prompt and its voice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KeptPromptOfVoice {
    /// The id of the voice.
    pub voice: String,
    /// The prompt.
    #[serde(flatten)]
    pub prompt: KeptPrompt,
}

/// What a voice is spoken from.
#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KeptPrompt {
    /// Its id.
    #[schema(example = "prm_0199a1b2c3d47e8f9a0b1c2d3e4f5a6b")]
    pub id: String,
    /// Whether the voice is spoken from it where no style is asked for.
    pub anchor: bool,
    /// The style of the recording; null where it has none.
    #[schema(required)]
    pub style: Option<StyleParam>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// The words of the recording; null where they are unknown.
    #[schema(required)]
    pub transcript: Option<String>,
    /// Whether only the speaker's x-vector is taken from the recording.
    pub x_vector_only: bool,
    /// The language of the recording, as a BCP-47 tag.
    #[schema(required)]
    pub language: Option<String>,
    /// Where the recording is from.
    pub source: PromptSource,
    /// The instructions that it was generated with; null of a recording, or where there were none.
    #[schema(required)]
    pub instruct: Option<String>,
    /// The seed that it was generated with; null of a recording, or of an engine that does not sample.
    #[schema(required)]
    pub seed: Option<u64>,
    /// The recording.
    pub clip: KeptClip,
    /// When it was added, in milliseconds since 1970.
    pub created_at: i64,
}

impl std::fmt::Debug for KeptPrompt {
    /// Without the words of people.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeptPrompt")
            .field("id", &self.id)
            .field("clip", &self.clip)
            .finish_non_exhaustive()
    }
}

/// Where a recording is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PromptSource {
    /// A person.
    Recorded,
    /// An engine.
    Generated,
}

/// A form that adds a recording to a voice.
#[derive(Debug, ToSchema)]
pub struct NewPromptForm {
    /// A recording of 3 to 60 seconds of the voice, in any format.
    pub audio: AudioBytes,
    /// JSON: `{"emotion": …, "intensity": …}` or `{"mode": …}`. Without it the recording has no style.
    pub style: Option<String>,
    /// The words of the recording. Without them it is transcribed, where a recognizer that is no demo is
    /// ready; else only the x-vector is used.
    pub ref_text: Option<String>,
    /// Take only the speaker's x-vector from the recording.
    pub x_vector_only_mode: Option<bool>,
    /// JSON: `{"speaker": …, "statement": …, "basis": "self" | "permission" | "public_domain"}`.
    pub consent: String,
    /// The language of the recording, as a BCP-47 tag.
    pub language: Option<String>,
    /// A word to find it by; may come several times.
    pub tags: Option<String>,
}

/// A take to add to a voice as a prompt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPromptBody {
    /// The id of the take, as `mynah-clip` named it. It must have 3 to 60 seconds of speech.
    #[schema(example = "clp_0199a1b2c3d47e8f9a0b1c2d3e4f5a6b")]
    pub clip: String,
    /// Its style; by default the one that it was spoken in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<StyleParam>,
    /// At most 32 words to find it by, each of 1 to 64 characters.
    #[serde(default)]
    pub tags: Vec<String>,
}

/// What to change of a prompt; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct KeptPromptChange {
    /// Its style; null takes it away.
    #[serde(deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<StyleParam>)]
    pub style: Option<Option<StyleParam>>,
    /// At most 32 words to find it by, each of 1 to 64 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// The words of the recording; what engines made of it is made anew. Empty: only its x-vector is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transcript: Option<String>,
    /// The language of the recording, as a BCP-47 tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// `true`: the voice is spoken from it where no style is asked for, in place of its earlier anchor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anchor: Option<bool>,
}

/// A value that is there, also where it is null.
fn some<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
