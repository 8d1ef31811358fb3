//! Requests, and their validation against a checkpoint.

mod clone_prompt;
mod language;
mod method;
mod sampling;
mod valid;

pub use clone_prompt::{ClonePrompt, EncodedReference};
pub use method::Method;
pub use sampling::{MAX_REPETITION_PENALTY, MAX_TEMPERATURE, SamplingOverrides, SamplingRules};
pub use valid::ValidRequest;

use crate::Qwen3Error;
use crate::config::{GenerationConfig, ModelConfig};
use crate::prompt::{TextLayout, language_id};
use crate::tokenizer::SpecialTokens;

/// The longest text of one request, in bytes. Longer texts are spoken sentence by sentence; the
/// quality of the model degrades long before this bound.
pub const MAX_TEXT_BYTES: usize = 32 * 1024;

/// The longest instruction on how to speak, in bytes.
pub const MAX_INSTRUCTION_BYTES: usize = 8 * 1024;

/// A request for one utterance.
#[derive(Clone, Debug)]
pub struct Request {
    /// The text to speak.
    pub text: String,
    /// The voice of a request.
    pub method: Method,
    /// `auto`, a language's name (`english`) or its BCP-47 tag (`en-GB`); in any case of letters.
    pub language: String,
    /// The layout of the text in the prompt; None means the official default of the method.
    pub text_layout: Option<TextLayout>,
    /// Overrides of the checkpoint's sampling parameters.
    pub sampling: SamplingOverrides,
}

/// How options are handled that the model would ignore.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ValidationMode {
    /// They are errors; control tokens that are spelled in a text are plain text.
    #[default]
    Strict,
    /// As in the official package: they are dropped silently, and control tokens that are spelled
    /// in a text are control tokens.
    Official,
}

impl Request {
    /// A request with the checkpoint's defaults.
    pub fn new(text: impl Into<String>, method: Method) -> Self {
        Self {
            text: text.into(),
            method,
            language: "auto".into(),
            text_layout: None,
            sampling: SamplingOverrides::default(),
        }
    }

    /// Validates it for this checkpoint: names are resolved and defaults filled in.
    ///
    /// # Errors
    /// `Invalid` where something is malformed or out of range; `Unsupported` where this checkpoint
    /// cannot do it, with what it can.
    pub fn validate(
        &self,
        config: &ModelConfig,
        generation: &GenerationConfig,
        mode: ValidationMode,
    ) -> Result<ValidRequest, Qwen3Error> {
        let talker = &config.talker_config;
        self.method.check(config)?;
        check_text(&self.text)?;
        let instruction = self.instruction(config, mode)?;
        let language = language::named(talker, &self.language)?;
        let (speaker, clone) = match &self.method {
            Method::CustomVoice { speaker, .. } => (
                speaker
                    .as_deref()
                    .filter(|name| !name.is_empty())
                    .map(|name| method::speaker(talker, name))
                    .transpose()?,
                None,
            ),
            Method::VoiceDesign { .. } => (None, None),
            Method::Clone(prompt) => {
                prompt.check(config)?;
                (None, Some(prompt.clone()))
            }
        };
        Ok(ValidRequest {
            text: self.text.clone(),
            instruction,
            language: language_id(talker, language, speaker.map(|(name, _)| name)),
            speaker: speaker.map(|(_, id)| id),
            clone,
            text_layout: self.text_layout.unwrap_or(match self.method {
                Method::Clone(_) => TextLayout::Streaming,
                Method::CustomVoice { .. } | Method::VoiceDesign { .. } => TextLayout::Whole,
            }),
            sampling: self.sampling.resolve(generation, talker)?,
            special: match mode {
                ValidationMode::Strict => SpecialTokens::Literal,
                ValidationMode::Official => SpecialTokens::Recognized,
            },
        })
    }

    /// The instruction, where there is one and the model follows it.
    fn instruction(
        &self,
        config: &ModelConfig,
        mode: ValidationMode,
    ) -> Result<Option<String>, Qwen3Error> {
        let value = match &self.method {
            Method::CustomVoice { instruct, .. } => instruct.as_deref(),
            Method::VoiceDesign { instruct } => Some(instruct.as_str()),
            Method::Clone(_) => None,
        }
        .filter(|value| !value.trim().is_empty());
        let Some(value) = value else {
            let described = matches!(self.method, Method::VoiceDesign { .. });
            return if described && mode == ValidationMode::Strict {
                Err(Qwen3Error::invalid(
                    "instructions",
                    "a designed voice must be described; write into `instructions` how it sounds",
                ))
            } else {
                Ok(None)
            };
        };
        if value.len() > MAX_INSTRUCTION_BYTES {
            return Err(Qwen3Error::invalid(
                "instructions",
                format!(
                    "the instructions have {} bytes; at most {MAX_INSTRUCTION_BYTES} are read",
                    value.len()
                ),
            ));
        }
        match (config.follows_instructions(), mode) {
            (true, _) => Ok(Some(value.to_owned())),
            (false, ValidationMode::Official) => Ok(None),
            (false, ValidationMode::Strict) => Err(Qwen3Error::unsupported(
                "instructions",
                "this model ignores instructions; leave them out, or use \
                 Qwen3-TTS-12Hz-1.7B-CustomVoice or Qwen3-TTS-12Hz-1.7B-VoiceDesign",
            )),
        }
    }
}

fn check_text(text: &str) -> Result<(), Qwen3Error> {
    if text.trim().is_empty() {
        return Err(Qwen3Error::invalid(
            "input",
            "the input has no words to speak",
        ));
    }
    if text.len() > MAX_TEXT_BYTES {
        return Err(Qwen3Error::invalid(
            "input",
            format!(
                "the input has {} bytes; at most {MAX_TEXT_BYTES} are spoken at once, so send it in parts",
                text.len()
            ),
        ));
    }
    Ok(())
}

/// A name from a request, shortened for a message.
fn quoted(name: &str) -> String {
    const MAX_CHARS: usize = 40;
    let short: String = name.chars().take(MAX_CHARS).collect();
    let more = if short.len() < name.len() { "…" } else { "" };
    format!("{short:?}{more}")
}

/// Names, as a list in a sentence.
fn comma_separated<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
