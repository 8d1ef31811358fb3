//! Trace requests, with the parameters of the official calls.

use std::path::PathBuf;

use serde::Deserialize;

use crate::Qwen3Error;
use crate::kernels::Precision;
use crate::prompt::TextLayout;
use crate::request::{SamplingOverrides, ValidationMode};

/// Which call of the official package.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum TraceMethod {
    /// `generate_custom_voice`.
    CustomVoice,
    /// `generate_voice_design`.
    VoiceDesign,
    /// `generate_voice_clone`, from the reference in `inputs`.
    VoiceClone,
    /// `create_voice_clone_prompt`, from the reference in `inputs`.
    ClonePrompt,
    /// The speech tokenizer's `decode`, of the codes in `inputs`.
    CodecDecode,
}

/// One value, or one for each utterance of a batch.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(untagged)]
pub(super) enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T: Clone> OneOrMany<T> {
    /// The value of an utterance.
    pub(super) fn of(&self, number: usize) -> Option<T> {
        match self {
            Self::One(value) => Some(value.clone()),
            Self::Many(values) => values.get(number).cloned(),
        }
    }

    pub(super) const fn count(&self) -> Option<usize> {
        match self {
            Self::One(_) => None,
            Self::Many(values) => Some(values.len()),
        }
    }
}

/// A request as a file has it. A missing key has the official call's default.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TraceRequest {
    /// Which call.
    pub method: TraceMethod,
    pub(super) text: Option<OneOrMany<String>>,
    pub(super) speaker: Option<OneOrMany<String>>,
    pub(super) language: Option<OneOrMany<String>>,
    pub(super) instruct: Option<OneOrMany<Option<String>>>,
    non_streaming_mode: Option<bool>,
    /// Greedy decoding; the same as `do_sample` and `subtalker_dosample` off.
    #[serde(default)]
    pub greedy: bool,
    /// Frames at most: one fewer than the official `max_new_tokens`.
    pub frames: Option<usize>,
    max_new_tokens: Option<usize>,
    do_sample: Option<bool>,
    temperature: Option<f32>,
    top_k: Option<usize>,
    top_p: Option<f32>,
    repetition_penalty: Option<f32>,
    subtalker_dosample: Option<bool>,
    subtalker_temperature: Option<f32>,
    subtalker_top_k: Option<usize>,
    subtalker_top_p: Option<f32>,
    pub(super) seed: Option<u64>,
    /// The format of the weights; f32 where it is missing.
    pub precision: Option<Precision>,
    /// A safetensors file with what the method needs: `ref_wav`, or `codes`.
    pub inputs: Option<PathBuf>,
    pub(super) ref_text: Option<String>,
    #[serde(default)]
    pub(super) x_vector_only_mode: bool,
    /// The engine's own behaviour, in place of the official package's.
    #[serde(default)]
    pub exact: bool,
}

impl TraceRequest {
    /// Reads a request.
    ///
    /// # Errors
    /// `Invalid` where it is not one.
    pub fn parse(json: &[u8]) -> Result<Self, Qwen3Error> {
        serde_json::from_slice(json).map_err(|error| {
            Qwen3Error::invalid("request", format!("is no trace request: {error}"))
        })
    }

    pub(super) const fn mode(&self) -> ValidationMode {
        if self.exact {
            ValidationMode::Strict
        } else {
            ValidationMode::Official
        }
    }

    pub(super) fn text_layout(&self) -> Option<TextLayout> {
        self.non_streaming_mode.map(|whole| {
            if whole {
                TextLayout::Whole
            } else {
                TextLayout::Streaming
            }
        })
    }

    pub(super) fn sampling(&self) -> SamplingOverrides {
        let drawn = |value: Option<bool>| if self.greedy { Some(false) } else { value };
        SamplingOverrides {
            do_sample: drawn(self.do_sample),
            temperature: self.temperature,
            top_k: self.top_k,
            top_p: self.top_p,
            repetition_penalty: self.repetition_penalty,
            subtalker_dosample: drawn(self.subtalker_dosample),
            subtalker_temperature: self.subtalker_temperature,
            subtalker_top_k: self.subtalker_top_k,
            subtalker_top_p: self.subtalker_top_p,
            seed: self.seed,
            min_frames: None,
            max_frames: self.max_frames(),
        }
    }

    fn max_frames(&self) -> Option<usize> {
        let tokens = self.max_new_tokens.map(|tokens| tokens.saturating_sub(1));
        self.frames.or(tokens)
    }
}
