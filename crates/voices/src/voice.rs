//! Kept voices and their parts.

use mynah_blobs::BlobId;
use mynah_speech::recording::QualityReport;
use mynah_speech::{Language, StyleRef, VoiceId};
use serde::{Deserialize, Serialize};

use crate::{ClipId, ConsentRecord, PromptId, VoiceKey, VoiceName};

/// A voice that is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredVoice {
    /// Its id.
    pub id: VoiceKey,
    /// The workspace that owns it.
    pub workspace: String,
    /// Its name, unique in its workspace.
    pub name: VoiceName,
    /// What it was made of.
    pub origin: Origin,
    /// The preset that it is another name of, where that is its origin.
    pub speaker: Option<VoiceId>,
    /// How it sounds, in words.
    pub description: String,
    /// The languages it speaks, best first. Empty: those of the engine.
    pub languages: Vec<Language>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Its speed where a request names none.
    pub speed: f64,
    /// Whether other workspaces may speak with it.
    pub public: bool,
    /// The speaker's consent; none of a voice that is no person's.
    pub consent: Option<ConsentRecord>,
    /// What it is spoken from, the anchor first; none where it is another name of a preset.
    pub prompts: Vec<Prompt>,
    /// Grows with each change.
    pub version: i64,
    /// When it was created, in milliseconds since 1970.
    pub created_at: i64,
    /// When it was last changed.
    pub updated_at: i64,
    /// When it was deleted; it can be restored for [`crate::RESTORE_PERIOD`].
    pub deleted_at: Option<i64>,
}

/// What a voice was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A recording of a person.
    Recording,
    /// A description in words.
    Description,
    /// A preset of an engine, under another name.
    Speaker,
}

/// What a voice is spoken from: a clip, and how it is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    /// Its id.
    pub id: PromptId,
    /// Its style; none where it has none.
    pub style: Option<StyleRef>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// The words of the clip.
    pub transcript: Option<String>,
    /// Whether only the speaker's x-vector is taken from the clip.
    pub x_vector_only: bool,
    /// The language of the clip.
    pub language: Option<Language>,
    /// Where the clip is from.
    pub source: PromptSource,
    /// The instruction it was generated with.
    pub instruct: Option<String>,
    /// The seed it was generated with.
    pub seed: Option<u64>,
    /// The clip.
    pub clip: Clip,
    /// How good the clip is.
    pub quality: QualityReport,
    /// Whether the voice is spoken from it where no style is asked for.
    pub anchor: bool,
    /// When it was created, in milliseconds since 1970.
    pub created_at: i64,
}

/// Where a clip is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromptSource {
    /// A person.
    Recorded,
    /// An engine.
    Generated,
}

/// A recording or a take that is kept: mono FLAC at 24 kHz.
#[derive(Clone, Debug, PartialEq)]
pub struct Clip {
    /// Its id.
    pub id: ClipId,
    /// The SHA-256 of its file.
    pub blob: BlobId,
    /// The size of its file, in bytes.
    pub bytes: i64,
    /// How many samples it has.
    pub samples: i64,
}

impl StoredVoice {
    /// The prompt that is spoken where no style is asked for.
    pub fn anchor(&self) -> Option<&Prompt> {
        self.prompts.iter().find(|prompt| prompt.anchor)
    }

    /// Whether it may be spoken: it is not deleted, and its consent not revoked.
    pub fn may_speak(&self) -> bool {
        let consents = |record: &ConsentRecord| record.revoked_at.is_none();
        let consent = match self.origin {
            Origin::Recording => self.consent.as_ref().is_some_and(consents),
            Origin::Description | Origin::Speaker => self.consent.as_ref().is_none_or(consents),
        };
        consent && self.deleted_at.is_none()
    }
}
