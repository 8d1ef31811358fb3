//! `/api/v1/voices`: voices that are kept.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{AudioBytes, KeptPrompt};

/// A part of the kept voices, by their names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KeptVoiceList {
    /// The voices.
    pub items: Vec<KeptVoice>,
    /// The `cursor` of the next part; null at the end.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// How many voices there are in all parts.
    pub total: usize,
}

/// A voice that is kept. It is named by `id` or `name` wherever a voice is named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KeptVoice {
    /// Its id.
    #[schema(example = "voc_0199a1b2c3d47e8f9a0b1c2d3e4f5a6b")]
    pub id: String,
    /// Its name: 1 to 100 characters, unique in any case of letters.
    pub name: String,
    /// What it was made of.
    pub origin: VoiceOrigin,
    /// The engine's voice that it is another name of, as `ENGINE/VOICE`, where `origin` is `speaker`; else null.
    #[schema(required)]
    pub speaker: Option<String>,
    /// How it sounds, in words.
    pub description: String,
    /// The languages it speaks, as BCP-47 tags, best first; empty for those of the engine.
    pub languages: Vec<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Its speed where a request names none.
    pub speed: f64,
    /// Whether other workspaces may speak with it.
    pub public: bool,
    /// Whether it can be spoken: a person's voice not without a consent.
    pub speakable: bool,
    /// The consent of the speaker; null where it was erased, or the voice is no person's.
    #[schema(required)]
    pub consent: Option<KeptConsent>,
    /// What it is spoken from, the anchor first; empty where `origin` is `speaker`.
    pub prompts: Vec<KeptPrompt>,
    /// Grows with each change; the `ETag`.
    pub version: i64,
    /// When it was created, in milliseconds since 1970.
    pub created_at: i64,
    /// When it was last changed, in milliseconds since 1970.
    pub updated_at: i64,
}

/// What a voice was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VoiceOrigin {
    /// A recording of a person.
    Recording,
    /// A description in words.
    Description,
    /// A preset of an engine, under another name.
    Speaker,
}

/// A consent as it is kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeptConsent {
    /// Its id.
    pub id: String,
    /// The speaker of the recording.
    pub speaker: String,
    /// What they agreed to, in their own words.
    pub statement: String,
    /// Why the recording may be used.
    pub basis: ConsentBasis,
    /// When it was given, in milliseconds since 1970.
    pub given_at: i64,
    /// When it was revoked; null while it holds.
    #[schema(required)]
    pub revoked_at: Option<i64>,
}

impl std::fmt::Debug for KeptConsent {
    /// Without names and words of people.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeptConsent")
            .field("id", &self.id)
            .field("revoked_at", &self.revoked_at)
            .finish_non_exhaustive()
    }
}

/// Why a recording may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentBasis {
    /// It is the caller's own voice.
    #[serde(rename = "self")]
    Own,
    /// The speaker agreed.
    #[default]
    Permission,
    /// The recording is in the public domain.
    PublicDomain,
}

/// A recording as it is kept: mono FLAC at 24 kHz, without the silence at its ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KeptClip {
    /// Its id.
    pub id: String,
    /// The SHA-256 of its file, in hex.
    pub sha256: String,
    /// The size of its file, in bytes.
    pub bytes: i64,
    /// Its duration in seconds.
    pub seconds: f32,
    /// The signal-to-noise ratio in dB: above 30 there is hardly any noise, below 15 it is cloned too.
    pub signal_to_noise_db: f32,
    /// The fraction of clipped samples, 0 to 1.
    pub clipped_fraction: f32,
    /// The fraction of the time with speech, 0 to 1.
    pub speech_fraction: f32,
    /// The gated loudness in LUFS; null where it is below −70.
    #[schema(required)]
    pub loudness_lufs: Option<f32>,
}

/// The shape of a recording, for drawing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ClipPeaks {
    /// The duration of the recording.
    pub seconds: f64,
    /// The lowest and the highest sample, −1 to 1, of each of its parts, which are equally long.
    pub peaks: Vec<[f32; 2]>,
}

/// A form that makes a voice of a recording.
#[derive(Debug, ToSchema)]
pub struct NewVoiceForm {
    /// Its name: 1 to 100 characters of any script.
    pub name: String,
    /// A recording of 3 to 60 seconds of one person, in any format.
    pub audio: AudioBytes,
    /// The words of the recording. Without them it is transcribed, where a recognizer that is no demo is
    /// ready; else only the x-vector is used.
    pub ref_text: Option<String>,
    /// Take only the speaker's x-vector from the recording.
    pub x_vector_only_mode: Option<bool>,
    /// JSON: `{"speaker": …, "statement": …, "basis": "self" | "permission" | "public_domain"}`.
    pub consent: String,
    /// The language of the recording, as a BCP-47 tag.
    pub language: Option<String>,
    /// How the voice sounds, in words; at most 2000 characters.
    pub description: Option<String>,
    /// A word to find it by; may come several times.
    pub tags: Option<String>,
}

/// A voice that is no person's: of a take, or another name of an engine's voice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVoiceBody {
    /// Its name: 1 to 100 characters of any script.
    pub name: String,
    /// What it is made of: `description` (a take, with `clip`) or `speaker` (with `speaker`).
    pub origin: VoiceOrigin,
    /// The id of a take of a designed voice or a preset, as `mynah-clip` named it. It must have 3 to 60 seconds
    /// of speech.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip: Option<String>,
    /// The id of an engine's preset, as `ENGINE/VOICE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "kokoro/af_heart")]
    pub speaker: Option<String>,
    /// How the voice sounds, in words; at most 2000 characters. By default the instructions of the take.
    #[serde(default)]
    pub description: String,
    /// The languages it speaks, as BCP-47 tags, best first; by default those of the engine.
    #[serde(default)]
    pub languages: Vec<String>,
    /// At most 32 words to find it by, each of 1 to 64 characters.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Its speed where a request names none, 0.25 to 4; by default 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<f64>,
}

/// What to change of a voice; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct KeptVoiceChange {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How it sounds, in words; at most 2000 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The languages it speaks, as BCP-47 tags, best first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub languages: Option<Vec<String>>,
    /// At most 32 words to find it by, each of 1 to 64 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Its speed where a request names none, 0.25 to 4.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speed: Option<f64>,
    /// Whether other workspaces may speak with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public: Option<bool>,
}

/// A consent that is given.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConsent {
    /// The speaker of the recording.
    pub speaker: String,
    /// What they agreed to, in their own words.
    pub statement: String,
    /// Why the recording may be used. Default `permission`.
    #[serde(default)]
    pub basis: ConsentBasis,
}

impl std::fmt::Debug for NewConsent {
    /// Without names and words of people.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewConsent")
            .field("basis", &self.basis)
            .finish_non_exhaustive()
    }
}

/// What happened to a voice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VoiceAudit {
    /// The entries, the latest first.
    pub items: Vec<VoiceAuditEntry>,
}

/// What happened to a voice on one day by one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VoiceAuditEntry {
    /// What: `created`, `imported`, `exported`, `used`, `deleted`, `restored`, `erased`, `prompt_added`, `prompt_changed`, `prompt_deleted`, `consent_given`, `consent_revoked`.
    pub event: String,
    /// The id of the key; null where no key was needed.
    #[schema(required)]
    pub key_id: Option<String>,
    /// How often on that day, UTC.
    pub count: i64,
    /// The first time that day, in milliseconds since 1970.
    pub first_at: i64,
    /// The last time that day.
    pub last_at: i64,
}
