//! `config.json`.

use std::path::Path;

use serde::Deserialize;

use crate::Qwen3Error;

use super::check::{CheckResult, ensure};
use super::speaker_encoder::SpeakerEncoderConfig;
use super::talker::TalkerConfig;

const FILE: &str = "config.json";

/// The one codec whose checkpoints are public: 12.5 frames a second.
const TOKENIZER_12HZ: &str = "qwen3_tts_tokenizer_12hz";

/// The kind of a checkpoint.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Hash)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// Speaks with preset speakers.
    CustomVoice,
    /// Speaks with a voice that is described.
    VoiceDesign,
    /// Speaks with a voice that is cloned from a recording.
    Base,
}

impl ModelKind {
    /// The name of the method that it serves, in the API and in trace requests.
    pub const fn method(self) -> &'static str {
        match self {
            Self::CustomVoice => "custom_voice",
            Self::VoiceDesign => "voice_design",
            Self::Base => "voice_clone",
        }
    }

    /// What it can do, as the end of a sentence.
    pub const fn capability(self) -> &'static str {
        match self {
            Self::CustomVoice => "speaks with its preset speakers",
            Self::VoiceDesign => "speaks with a voice described in `instructions`",
            Self::Base => "speaks with a voice cloned from a reference recording",
        }
    }
}

/// `config.json` of a checkpoint.
#[derive(Clone, Debug, Deserialize)]
pub struct ModelConfig {
    /// `qwen3_tts`.
    pub model_type: String,
    /// Its codec.
    pub tokenizer_type: String,
    /// `0b6` or `1b7` in released checkpoints.
    pub tts_model_size: String,
    /// What it can do.
    #[serde(rename = "tts_model_type")]
    pub kind: ModelKind,
    /// Text id that begins a turn.
    pub im_start_token_id: u32,
    /// Text id that ends one.
    pub im_end_token_id: u32,
    /// Text id of the word `assistant`.
    pub assistant_token_id: u32,
    /// Text id beside a code that has no text.
    pub tts_pad_token_id: u32,
    /// Text id before the text.
    pub tts_bos_token_id: u32,
    /// Text id after it.
    pub tts_eos_token_id: u32,
    /// The model of a frame's first code; within it, that of the others.
    pub talker_config: TalkerConfig,
    /// The speaker encoder; only `base` has one.
    #[serde(default)]
    pub speaker_encoder_config: Option<SpeakerEncoderConfig>,
}

impl ModelConfig {
    /// Reads and checks `config.json` of a checkpoint's folder, or the metadata of a GGUF file.
    ///
    /// # Errors
    /// `File` where it cannot be read; `Checkpoint` where it is no configuration of this model, or
    /// one that cannot be computed, or where the codec of a GGUF file is not beside it.
    pub fn load(path: &Path) -> Result<Self, Qwen3Error> {
        if path.is_file() {
            return crate::gguf::config(path);
        }
        let path = path.join(FILE);
        super::checked(super::read_json(&path)?, Self::check, &path)
    }

    /// The configuration of a file of another format.
    ///
    /// # Errors
    /// `Checkpoint` as [`ModelConfig::load`].
    pub(crate) fn from_value(value: serde_json::Value, path: &Path) -> Result<Self, Qwen3Error> {
        super::checked(super::from_value(value, path)?, Self::check, path)
    }

    /// Whether an instruction on how to speak changes anything. The official package drops it
    /// where the size contains `0b6`, and a cloned voice has none at all.
    pub fn follows_instructions(&self) -> bool {
        match self.kind {
            ModelKind::CustomVoice => !self.tts_model_size.contains("0b6"),
            ModelKind::VoiceDesign => true,
            ModelKind::Base => false,
        }
    }

    fn check(&self) -> CheckResult {
        ensure(self.model_type == "qwen3_tts", || {
            format!(
                "model_type is {:?}; that of a Qwen3-TTS checkpoint is \"qwen3_tts\"",
                self.model_type
            )
        })?;
        ensure(self.tokenizer_type == TOKENIZER_12HZ, || {
            format!(
                "tokenizer_type is {:?}; the engine supports {TOKENIZER_12HZ:?}",
                self.tokenizer_type
            )
        })?;
        self.talker_config.check()?;
        let rows = self.talker_config.text_vocab_size;
        [
            ("im_start_token_id", self.im_start_token_id),
            ("im_end_token_id", self.im_end_token_id),
            ("assistant_token_id", self.assistant_token_id),
            ("tts_pad_token_id", self.tts_pad_token_id),
            ("tts_bos_token_id", self.tts_bos_token_id),
            ("tts_eos_token_id", self.tts_eos_token_id),
        ]
        .into_iter()
        .try_for_each(|(key, id)| {
            ensure((id as usize) < rows, || {
                format!("{key} is {id}, beyond talker_config.text_vocab_size, {rows}")
            })
        })?;
        ensure(
            self.kind != ModelKind::CustomVoice || !self.talker_config.spk_id.is_empty(),
            || "talker_config.spk_id is empty; a custom_voice checkpoint names its speakers".into(),
        )?;
        match (self.kind, &self.speaker_encoder_config) {
            (ModelKind::Base, None) => {
                Err("speaker_encoder_config is missing; a base checkpoint has one".into())
            }
            (ModelKind::Base, Some(encoder)) => encoder.check(self.talker_config.hidden_size),
            _ => Ok(()),
        }
    }
}
