//! `POST /v1/audio/speech` as a form, which can carry reference audio as it is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{AudioFormat, StreamFormat, TaskType};

/// A request to speak a text, as a multipart form. The fields are those of the JSON body; `ref_audio`
/// is an upload. For the document alone: the server reads the parts one by one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SpeechForm {
    /// What to say.
    pub input: String,
    /// Which model speaks.
    #[schema(example = "tts-1")]
    pub model: String,
    /// Whose voice. May be absent where `ref_audio` or `task_type` says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub voice: Option<String>,
    /// How to speak, in words; for a designed voice, the description of the voice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 4096)]
    pub instructions: Option<String>,
    /// The style to speak in, as JSON: `{"emotion": …, "intensity": …}` or `{"mode": …}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub style: Option<String>,
    /// Whether a style that neither a recording in just this style nor an instruction can realize is an
    /// error. False by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub style_strict: Option<bool>,
    /// Whether tags in `input` switch the voice and the style.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub markup: Option<bool>,
    /// Whether the speech is kept on the server; `mynah-clip` in the answer is the id of its clip.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub keep: Option<bool>,
    /// The container and codec of the audio; `mp3` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub response_format: Option<AudioFormat>,
    /// How fast, as a factor of the natural speed; 1 by default. The pitch stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0.25, maximum = 4.0)]
    pub speed: Option<f32>,
    /// Whether the audio comes as it is or inside events; `audio` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub stream_format: Option<StreamFormat>,
    /// The language of the text as a BCP-47 tag, or `auto`, the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "en-US")]
    pub language: Option<String>,
    /// Makes sampled speech repeatable. Only for engines that sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub seed: Option<u64>,
    /// What is done with a voice; inferred by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub task_type: Option<TaskType>,
    /// A recording whose voice is to speak: an audio file of at most 10 MiB, unless the server is set
    /// otherwise. Needs `consent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false, format = Binary, content_media_type = "application/octet-stream")]
    pub ref_audio: Option<Vec<u8>>,
    /// What is said in `ref_audio`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 4096)]
    pub ref_text: Option<String>,
    /// Whether only the speaker's x-vector is taken from `ref_audio`, which needs no `ref_text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub x_vector_only_mode: Option<bool>,
    /// That the speaker of `ref_audio` agrees, as JSON: `{"speaker": …, "statement": …}`. Or send
    /// the next two fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub consent: Option<String>,
    /// Who speaks in `ref_audio`.
    #[serde(
        default,
        rename = "consent[speaker]",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false)]
    pub consent_speaker: Option<String>,
    /// What they agreed to, in their own words.
    #[serde(
        default,
        rename = "consent[statement]",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false)]
    pub consent_statement: Option<String>,
}

#[cfg(test)]
mod tests {
    use utoipa::PartialSchema;

    use super::*;
    use crate::SpeechBody;

    #[test]
    fn the_form_has_the_fields_of_the_body() {
        let schema = serde_json::to_value(SpeechForm::schema()).unwrap();
        let mut form: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
        form.retain(|name| !name.contains('['));
        let mut body = SpeechBody::FIELDS.to_vec();
        form.sort_unstable();
        body.sort_unstable();
        assert_eq!(form, body);
    }
}
