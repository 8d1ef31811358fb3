//! The documents of a package of version 2. Unknown fields are errors: a later version says so in the manifest.

use serde::{Deserialize, Serialize};

/// `manifest.json`: what the archive holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// Always [`Manifest::FORMAT`].
    pub(crate) format: String,
    pub(crate) version: u64,
    /// All entries but the manifest.
    pub(crate) entries: Vec<ManifestEntry>,
}

impl Manifest {
    pub(crate) const FORMAT: &str = "mynah-voice";
    pub(crate) const PATH: &str = "manifest.json";
}

/// An entry of the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ManifestEntry {
    pub(crate) path: String,
    /// Its length, unpacked.
    pub(crate) bytes: u64,
    /// Of its unpacked bytes, in lower-case hexadecimal digits.
    pub(crate) sha256: String,
}

/// `voice.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoiceDocument {
    /// `voc_` and a UUID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `recording`, `description` or `speaker`.
    pub origin: String,
    /// The preset of an engine that it is another name of, where that is its origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
    /// How it sounds, in words.
    #[serde(default)]
    pub description: String,
    /// BCP 47 tags of the languages that it speaks, best first; empty for those of the engine.
    #[serde(default)]
    pub languages: Vec<String>,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Its speed where a request names none.
    pub speed: f64,
    /// When it was created, in milliseconds since 1970.
    pub created_at: i64,
    /// How many prompts follow, as `prompts/1` to `prompts/N`.
    pub prompts: usize,
}

impl VoiceDocument {
    /// Its path.
    pub const PATH: &str = "voice.json";
}

/// `consent.json`, and the consent that came with a recording in its `prompt.json`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentDocument {
    /// The speaker of the recording.
    pub speaker: String,
    /// What they agreed to, in their own words.
    pub statement: String,
    /// `self`, `permission` or `public_domain`.
    pub basis: String,
    /// When it was given, in milliseconds since 1970.
    pub given_at: i64,
}

impl ConsentDocument {
    /// Its path.
    pub const PATH: &str = "consent.json";
}

/// Without names and words of people, which must not reach logs.
impl std::fmt::Debug for ConsentDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConsentDocument")
            .field("basis", &self.basis)
            .field("given_at", &self.given_at)
            .finish_non_exhaustive()
    }
}

/// `prompts/N/prompt.json`; its recording is `prompts/N/reference.flac`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromptDocument {
    /// Whether the voice is spoken from it where no style is asked for. Exactly one is.
    pub anchor: bool,
    /// The style, as in `sad/intense` or `whispering`; none where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<String>,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The words of the recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript: Option<String>,
    /// Whether only the speaker's x-vector is taken from it.
    pub x_vector_only: bool,
    /// The BCP 47 tag of its language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// `recorded` by a person or `generated` by an engine.
    pub source: String,
    /// The instruction that it was generated with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instruct: Option<String>,
    /// The seed that it was generated with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// When it was created, in milliseconds since 1970.
    pub created_at: i64,
    /// The consent that came with the recording, where that is not the voice's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentDocument>,
}

/// The path of the document of a prompt, counted from 0.
pub fn prompt_path(index: usize) -> String {
    format!("prompts/{}/prompt.json", index + 1)
}

/// The path of the recording of a prompt, counted from 0.
pub fn recording_path(index: usize) -> String {
    format!("prompts/{}/reference.flac", index + 1)
}
