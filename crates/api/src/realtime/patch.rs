//! What `session.update` can change.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{Consent, InputAudioFormat, NoiseReduction, Transcription};

/// Unknown fields. They change nothing, and the answer lists them as ignored.
type Unknown = BTreeMap<String, Value>;

/// The fields of a session that can be changed. An absent field stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SessionPatch {
    /// Audio in and out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio: Option<AudioPatch>,
    /// Ours. The speaker and their consent; must come with `speaker_reference`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// Ours. A recording of the voice for the translation. Null: no recorded voice any more.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<SpeakerReference>)]
    pub speaker_reference: Option<Option<SpeakerReference>>,
    /// The name of `audio.input.format` in the earlier realtime API: `pcm16`, `g711_ulaw` or
    /// `g711_alaw`. Where both are there, `audio.input.format` counts.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>)]
    pub input_audio_format: Option<Option<Value>>,
    /// The name of `audio.output.format` in the earlier realtime API.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>)]
    pub output_audio_format: Option<Option<Value>>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// What can be changed about audio.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AudioPatch {
    /// What the client sends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<InputPatch>,
    /// What the client receives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<OutputPatch>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// What can be changed about the audio that comes in. `null` switches a thing off.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct InputPatch {
    /// Present: the recognized text is sent as well. Null: it is not.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<Transcription>)]
    pub transcription: Option<Option<Transcription>>,
    /// Accepted, and named as ignored: nothing here reduces noise yet.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<NoiseReduction>)]
    pub noise_reduction: Option<Option<NoiseReduction>>,
    /// Ours. What is spoken, as BCP-47, or `auto`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Ours. Whether revisable previews are sent during speech. They cost the server a
    /// second decode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<bool>,
    /// Ours. The format of the audio that follows: `audio/pcm` at 8000 to 48000 Hz (24000 without
    /// a rate), `audio/pcmu` or `audio/pcma`. Null: PCM at 24000 Hz. Anything else is an error.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<InputAudioFormat>)]
    pub format: Option<Option<Value>>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// What can be changed about the audio that goes out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OutputPatch {
    /// Into which language, as BCP-47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Ours. In which voice: an id (`flite/slt`), a bare name, or an alias (`alloy`). Null: the
    /// best one for the language.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>)]
    pub voice: Option<Option<String>>,
    /// Ours. The format of the speech; PCM at 24000 Hz is the only one.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<InputAudioFormat>)]
    pub format: Option<Option<Value>>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Audio of a voice to speak in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SpeakerReference {
    /// Base64 of an audio file in any format that an upload may have.
    pub audio: String,
    /// Its words. Where they are known the speech is closer to the voice; else only the
    /// speaker's x-vector is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl fmt::Debug for SpeakerReference {
    /// Lengths only: the audio and the text are their owner's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpeakerReference")
            .field("audio_bytes", &self.audio.len())
            .field("text", &self.text.is_some())
            .finish()
    }
}

impl SessionPatch {
    /// The paths of all unknown fields, such as `audio.input.gain`.
    pub fn unknown_fields(&self) -> Vec<String> {
        let mut paths = named("", &self.unknown);
        let Some(audio) = &self.audio else {
            return paths;
        };
        paths.extend(named("audio.", &audio.unknown));
        if let Some(input) = &audio.input {
            paths.extend(named("audio.input.", &input.unknown));
        }
        if let Some(output) = &audio.output {
            paths.extend(named("audio.output.", &output.unknown));
        }
        paths
    }
}

fn named(prefix: &str, unknown: &Unknown) -> Vec<String> {
    unknown
        .keys()
        .map(|name| format!("{prefix}{name}"))
        .collect()
}

/// Distinguishes a field that is null (`Some(None)`) from one that is absent (`None`, by `default`).
fn present<'de, T, D>(field: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(field).map(Some)
}
