//! `/api/v1/clips`: speech of engines that is kept.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A part of the takes, the latest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KeptTakeList {
    /// The takes.
    pub items: Vec<KeptTake>,
    /// The `cursor` of the next part; null at the end.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// How many takes there are in all parts.
    pub total: usize,
}

/// Speech of an engine that is kept, as mono FLAC at 24 kHz, and what it was made with.
#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KeptTake {
    /// The id of its clip.
    #[schema(example = "clp_0199a1b2c3d47e8f9a0b1c2d3e4f5a6b")]
    pub id: String,
    /// The SHA-256 of its file, in hex.
    pub sha256: String,
    /// The size of its file, in bytes.
    pub bytes: i64,
    /// Its duration in seconds.
    pub seconds: f64,
    /// Its text.
    pub text: String,
    /// The voice of the engine, as `ENGINE/VOICE`.
    pub voice: String,
    /// The id of the kept voice that spoke; null where the engine's did.
    #[schema(required)]
    pub kept_voice: Option<String>,
    /// Whether the voice is that of a person, by a recording: then it makes prompts of this person's kept voice
    /// alone.
    pub of_person: bool,
    /// Its language, as a BCP-47 tag.
    pub language: String,
    /// The style that is spoken, as `sad/medium` or `whispering`; null where none was asked for.
    #[schema(required)]
    pub style: Option<String>,
    /// The instructions to the engine, with those of the style; null where it got none.
    #[schema(required)]
    pub instructions: Option<String>,
    /// The seed; null where the engine does not sample.
    #[schema(required)]
    pub seed: Option<u64>,
    /// When it was kept, in milliseconds since 1970.
    pub created_at: i64,
}

impl std::fmt::Debug for KeptTake {
    /// Without the texts.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeptTake")
            .field("id", &self.id)
            .field("voice", &self.voice)
            .finish_non_exhaustive()
    }
}
