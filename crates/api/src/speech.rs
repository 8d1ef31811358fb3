//! `POST /v1/audio/speech`: what a caller asks for.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{Consent, RefAudio, StyleParam, TaskType};

/// A request to speak a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SpeechBody {
    /// What to say. At most 4096 characters, unless the server is set otherwise. Markdown, HTML and SSML marks are not spoken; `<break time="1s"/>` and `[pause:500ms]` are pauses, of at most 10 s each and 60 s in all.
    #[schema(min_length = 1, example = "The myna is a bird that speaks.")]
    pub input: String,
    /// Which model speaks: an engine of `/v1/models`, or an alias such as `tts-1` that leaves the choice to the server. Names of OpenAI's and Kokoro's families (`tts-1*`, `gpt-4o-mini-tts*`, `kokoro*`) are aliases, in any case.
    #[schema(example = "tts-1")]
    pub model: String,
    /// Whose voice: an id of `/v1/audio/voices`, the part after its slash where that is unique, or an alias such as `alloy`, in any case. May be absent where `ref_audio` or `task_type` says it: then the best voice of that kind speaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub voice: Option<VoiceParam>,
    /// How to speak, in words; for a designed voice, the description of the voice. Only for voices that take instructions; with an alias it is ignored and named in `mynah-ignored`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 4096)]
    pub instructions: Option<String>,
    /// The style to speak in. It is realized by a recording of the voice in this style or in the nearest intensity, else by an instruction where the voice takes one, else by a change of tempo, pitch and level; `mynah-style` says which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<StyleParam>,
    /// Whether a style that neither a recording in just this style nor an instruction can realize is an error (422). False by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style_strict: Option<bool>,
    /// Whether tags in `input` switch the voice and the style: `[voice:NAME]…[/voice]`, `[style:sad/intense]…[/style]`, nested up to 8 deep, at most 64 tags and 8 voices; `\[` is a bracket. `instructions` and `ref_audio` are for the text outside of voice tags. Tags that do not match are 400 `markup_invalid`. By default as the server is set, which is not to read them: then they are text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub markup: Option<bool>,
    /// Whether the speech is kept on the server, at most 24 MiB as FLAC; `mynah-clip` in the answer is the id of its clip. If it cannot be kept, the answer breaks off. False by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<bool>,
    /// The container and codec of the audio; `mp3` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_format: Option<AudioFormat>,
    /// How fast, as a factor of the natural speed; 1 by default. The pitch stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0.25, maximum = 4.0)]
    pub speed: Option<f32>,
    /// Whether the audio comes as it is or inside events; `audio` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream_format: Option<StreamFormat>,
    /// The language of the text as a BCP-47 tag, or `auto`, the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "en-US")]
    pub language: Option<String>,
    /// Makes sampled speech repeatable. Only for engines that sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// What is done with a voice. Inferred by default; must go with `voice` and `ref_audio`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_type: Option<TaskType>,
    /// A recording whose voice is to speak, of at most 10 MiB unless the server is set otherwise: a data URL, base64 alone or, where the server allows it, an https address. A form carries it as an upload. Needs `consent`, and `ref_text` or `x_vector_only_mode`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub ref_audio: Option<RefAudio>,
    /// What is said in `ref_audio`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 4096)]
    pub ref_text: Option<String>,
    /// Whether only the speaker's x-vector is taken from `ref_audio`: it needs no `ref_text`, and is less close to the voice. False by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x_vector_only_mode: Option<bool>,
    /// That the speaker of `ref_audio` agrees. The server adds the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
}

/// A voice, by its name or as the object that OpenAI's clients may send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(
    untagged,
    expecting = "voice must be a name or an object {\"id\": name}"
)]
pub enum VoiceParam {
    /// Its id or alias.
    Name(String),
    /// The same in an object.
    Object {
        /// Its id or alias.
        id: String,
    },
}

impl VoiceParam {
    /// The id or alias.
    pub fn name(&self) -> &str {
        match self {
            Self::Name(name) | Self::Object { id: name } => name,
        }
    }
}

/// The container and codec of the audio of a response. Mono, 24 kHz.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AudioFormat {
    /// MPEG layer III.
    #[default]
    Mp3,
    /// Opus in Ogg.
    Opus,
    /// AAC in ADTS.
    Aac,
    /// FLAC.
    Flac,
    /// RIFF WAVE, 16 bits.
    Wav,
    /// Samples alone: signed 16-bit little-endian.
    Pcm,
}

impl AudioFormat {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Mp3,
        Self::Opus,
        Self::Aac,
        Self::Flac,
        Self::Wav,
        Self::Pcm,
    ];
}

/// How the audio travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum StreamFormat {
    /// As the body itself, while it is made.
    #[default]
    Audio,
    /// As server-sent events, see [`crate::SpeechEvent`].
    Sse,
}

/// The audio of a response. In the OpenAPI document only: the server streams the bytes.
#[derive(Clone, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct AudioBytes(pub Vec<u8>);

/// A field that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidField {
    /// The body is JSON, but not an object.
    NotAnObject,
    /// A required field is not there.
    Missing(&'static str),
    /// A field has the wrong type or a value that it cannot have.
    Wrong {
        /// Which field.
        param: &'static str,
        /// What is wrong.
        reason: String,
    },
}

impl SpeechBody {
    /// Every field there is. All else in a body is reported as ignored.
    pub const FIELDS: [&'static str; 18] = [
        "input",
        "model",
        "voice",
        "instructions",
        "style",
        "style_strict",
        "markup",
        "keep",
        "response_format",
        "speed",
        "stream_format",
        "language",
        "seed",
        "task_type",
        "ref_audio",
        "ref_text",
        "x_vector_only_mode",
        "consent",
    ];

    /// Reads a body and names the unknown fields.
    ///
    /// Fields are read one by one, so that an error can say which one is at fault.
    ///
    /// # Errors
    /// The first field that is missing or cannot be read.
    pub fn from_json(body: Value) -> Result<(Self, Vec<String>), InvalidField> {
        let Value::Object(mut fields) = body else {
            return Err(InvalidField::NotAnObject);
        };
        let body = Self {
            input: required(&mut fields, "input")?,
            model: required(&mut fields, "model")?,
            voice: optional(&mut fields, "voice")?,
            instructions: optional(&mut fields, "instructions")?,
            style: optional(&mut fields, "style")?,
            style_strict: optional(&mut fields, "style_strict")?,
            markup: optional(&mut fields, "markup")?,
            keep: optional(&mut fields, "keep")?,
            response_format: optional(&mut fields, "response_format")?,
            speed: optional(&mut fields, "speed")?,
            stream_format: optional(&mut fields, "stream_format")?,
            language: optional(&mut fields, "language")?,
            seed: optional(&mut fields, "seed")?,
            task_type: optional(&mut fields, "task_type")?,
            ref_audio: optional(&mut fields, "ref_audio")?,
            ref_text: optional(&mut fields, "ref_text")?,
            x_vector_only_mode: optional(&mut fields, "x_vector_only_mode")?,
            consent: optional(&mut fields, "consent")?,
        };
        Ok((body, fields.into_iter().map(|(name, _)| name).collect()))
    }
}

/// A field that must be there; `null` is not.
fn required<T: serde::de::DeserializeOwned>(
    fields: &mut Map<String, Value>,
    param: &'static str,
) -> Result<T, InvalidField> {
    optional(fields, param)?.ok_or(InvalidField::Missing(param))
}

/// A field that may be absent or `null`.
fn optional<T: serde::de::DeserializeOwned>(
    fields: &mut Map<String, Value>,
    param: &'static str,
) -> Result<Option<T>, InvalidField> {
    let Some(value) = fields.remove(param) else {
        return Ok(None);
    };
    serde_json::from_value(value).map_err(|error| InvalidField::Wrong {
        param,
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use utoipa::PartialSchema;

    use super::*;

    #[test]
    fn a_body_is_read_field_by_field() {
        let (body, unknown) = SpeechBody::from_json(json!({
            "input": "Hi", "model": "tts-1", "voice": {"id": "alloy"}, "speed": null, "cfg_scale": 3
        }))
        .unwrap();
        assert_eq!(body.voice.unwrap().name(), "alloy");
        assert_eq!(body.speed, None);
        assert_eq!(unknown, ["cfg_scale"]);
    }

    #[test]
    fn an_error_names_its_field() {
        let with = |name: &str, value: Value| {
            let mut body = json!({"input": "Hi", "model": "tts-1", "voice": "alloy"});
            body[name] = value;
            SpeechBody::from_json(body).unwrap_err()
        };
        assert_eq!(with("model", Value::Null), InvalidField::Missing("model"));
        for (param, value) in [
            ("speed", json!("fast")),
            ("voice", json!(7)),
            ("response_format", json!("ogg")),
            ("task_type", json!("Clone")),
            ("style", json!("sad")),
            ("style", json!({"emotions": "sad"})),
            ("style_strict", json!("yes")),
            ("ref_audio", json!(["UklGRg=="])),
            ("x_vector_only_mode", json!("yes")),
            ("consent", json!({"speaker": "Ana"})),
        ] {
            let InvalidField::Wrong {
                param: blamed,
                reason,
            } = with(param, value)
            else {
                panic!("{param}")
            };
            assert_eq!(blamed, param);
            assert!(!reason.is_empty());
        }
        assert_eq!(
            SpeechBody::from_json(json!([])),
            Err(InvalidField::NotAnObject)
        );
    }

    #[test]
    fn the_list_of_fields_is_that_of_the_schema() {
        let schema = serde_json::to_value(SpeechBody::schema()).unwrap();
        let mut documented: Vec<_> = schema["properties"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let mut read = SpeechBody::FIELDS.to_vec();
        documented.sort_unstable();
        read.sort_unstable();
        assert_eq!(read, documented);
    }
}
