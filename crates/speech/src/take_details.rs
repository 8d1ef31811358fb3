//! What speech was made with.

use std::fmt;

use crate::{Language, StyleRef, VoiceId};

/// What speech was made with, and whose voice it is.
#[derive(Clone, PartialEq, Eq)]
pub struct TakeDetails {
    /// Its text as it was sent, without tags.
    pub text: String,
    /// Its text as it was spoken: without marks, numbers in words.
    pub spoken: String,
    /// The voice of the engine.
    pub voice: VoiceId,
    /// The id of the kept voice that spoke, if one did.
    pub kept_voice: Option<String>,
    /// Whether the voice is that of a person, by a recording.
    pub of_person: bool,
    /// Its language.
    pub language: Language,
    /// The style that is spoken.
    pub style: Option<StyleRef>,
    /// The instructions to the engine, with those of the style.
    pub instructions: Option<String>,
    /// The seed, of an engine that samples.
    pub seed: Option<u64>,
}

impl fmt::Debug for TakeDetails {
    /// Without the texts, which must not reach logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TakeDetails")
            .field("voice", &self.voice)
            .field("kept_voice", &self.kept_voice)
            .field("language", &self.language)
            .finish_non_exhaustive()
    }
}
