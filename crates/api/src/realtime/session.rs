//! A session as the server describes it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A session and its configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// `sess_` and 32 hexadecimal digits. Made by the server; one that a client names is ignored.
    pub id: String,
    /// Always `translation`.
    #[serde(rename = "type")]
    pub kind: SessionType,
    /// The model that the client asked for. The engines follow from the languages.
    pub model: String,
    /// When the session ends at the latest, in seconds since 1970.
    pub expires_at: u64,
    /// Audio in and out.
    pub audio: SessionAudio,
    /// Ours. For `session.resume` after a lost connection: at any gateway over a durable bus with
    /// `gateway.resume_key`, else at this one only. It gives access to the session, so it is secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume_token: Option<String>,
    /// Ours. The fields of the last `session.update` that changed nothing; absent if none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<String>,
}

/// The one kind of session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionType {
    /// Speech in one language to speech in another.
    #[default]
    Translation,
}

/// Audio in and out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SessionAudio {
    /// What the client sends.
    pub input: SessionInput,
    /// What the client receives.
    pub output: SessionOutput,
}

/// The audio that comes in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SessionInput {
    /// Present where the recognized text is sent as well.
    pub transcription: Option<Transcription>,
    /// Always null: nothing here reduces noise yet.
    pub noise_reduction: Option<NoiseReduction>,
    /// Ours. What is spoken, as BCP-47.
    pub language: String,
    /// Ours. Whether revisable previews are sent.
    pub preview: bool,
    /// Ours. The format of the audio that is expected.
    #[serde(default)]
    pub format: InputAudioFormat,
}

/// A format of audio. Mono.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InputAudioFormat {
    /// `audio/pcm` (16-bit little-endian), `audio/pcmu` or `audio/pcma` (G.711).
    #[serde(rename = "type")]
    pub kind: String,
    /// Samples a second.
    pub rate: u32,
}

impl Default for InputAudioFormat {
    /// What OpenAI's clients send.
    fn default() -> Self {
        Self {
            kind: "audio/pcm".into(),
            rate: 24_000,
        }
    }
}

/// The audio that goes out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SessionOutput {
    /// Into which language, as BCP-47.
    pub language: String,
    /// Ours. In which voice, by its id; null where no voice here speaks the language.
    pub voice: Option<String>,
}

/// A request for the recognized text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Transcription {
    /// Any name; the recognizer follows from the language.
    pub model: String,
}

/// A request for noise reduction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NoiseReduction {
    /// How far the microphone is.
    #[serde(rename = "type")]
    pub kind: NoiseReductionType,
    /// How much; higher is more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strength: Option<f64>,
}

/// How far the microphone is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoiseReductionType {
    /// Headphones.
    NearField,
    /// A laptop, or a meeting room.
    FarField,
}
