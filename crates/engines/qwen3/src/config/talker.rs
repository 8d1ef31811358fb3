//! The model of a frame's first code, and the ids that steer it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::check::{AttentionKeys, CheckResult, ensure, sizes};
use super::predictor::{CodePredictorConfig, default_act, default_eps};
use super::rope::RopeScaling;

const PART: &str = "talker_config";

/// Number of ids at the end of the codec's vocabulary that are not audio: they are control codes,
/// languages, speakers, or unused. Only the end of speech is ever sampled.
pub const SUPPRESSED_CODES: usize = 1024;

/// The dialect of a speaker: `false`, or its name among the languages.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(untagged)]
pub enum Dialect {
    /// Speaks the language as it is written.
    Is(bool),
    /// Speaks this one, which is in `codec_language_id`.
    Named(String),
}

impl Dialect {
    /// The dialect's name, where there is one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Is(_) => None,
            Self::Named(name) => Some(name),
        }
    }
}

/// `talker_config`.
#[derive(Clone, Debug, Deserialize)]
pub struct TalkerConfig {
    /// Width of its hidden states, and of a speaker's embedding.
    pub hidden_size: usize,
    /// Width inside its feed-forward layers.
    pub intermediate_size: usize,
    /// Layers.
    pub num_hidden_layers: usize,
    /// Heads of queries.
    pub num_attention_heads: usize,
    /// Heads of keys and values.
    pub num_key_value_heads: usize,
    /// Width of a head.
    pub head_dim: usize,
    /// Ids of the codec: sounds first, then [`SUPPRESSED_CODES`] that steer.
    pub vocab_size: usize,
    /// Ids of the text tokenizer that have an embedding.
    pub text_vocab_size: usize,
    /// Width of a text embedding before it is projected.
    pub text_hidden_size: usize,
    /// Codes of a frame.
    pub num_code_groups: usize,
    /// Below the root of its norms.
    #[serde(default = "default_eps")]
    pub rms_norm_eps: f32,
    /// Base of its rotary positions.
    pub rope_theta: f32,
    /// Their scaling, where there is one.
    #[serde(default)]
    pub rope_scaling: Option<RopeScaling>,
    /// Context length in positions: prompt and frames together.
    pub max_position_embeddings: usize,
    /// The activation of its feed-forward layers.
    #[serde(default = "default_act")]
    pub hidden_act: String,
    /// Whether its attention has biases.
    #[serde(default)]
    pub attention_bias: bool,
    /// Whether its attention covers a window only.
    #[serde(default)]
    pub use_sliding_window: bool,
    /// Codec id beside a text that has no sound yet.
    pub codec_pad_id: u32,
    /// Codec id before the first frame.
    pub codec_bos_id: u32,
    /// Codec id that ends the speech.
    pub codec_eos_token_id: u32,
    /// Codec id: a language is named.
    pub codec_think_id: u32,
    /// Codec id: none is.
    pub codec_nothink_id: u32,
    /// Codec id before the language.
    pub codec_think_bos_id: u32,
    /// Codec id after it.
    pub codec_think_eos_id: u32,
    /// Codec ids of languages and dialects, by their names in lower case.
    pub codec_language_id: BTreeMap<String, u32>,
    /// Codec ids of preset speakers, by their names in lower case; none but in `custom_voice`.
    #[serde(default)]
    pub spk_id: BTreeMap<String, u32>,
    /// Which of those speak a dialect.
    #[serde(default)]
    pub spk_is_dialect: BTreeMap<String, Dialect>,
    /// The model of the other codes.
    pub code_predictor_config: CodePredictorConfig,
}

impl TalkerConfig {
    /// The languages that a request may name, in order. Dialects are not among them: they come with
    /// their speakers.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.codec_language_id
            .keys()
            .map(String::as_str)
            .filter(|name| !name.contains("dialect"))
    }

    /// The preset speakers, in order.
    pub fn speakers(&self) -> impl Iterator<Item = &str> {
        self.spk_id.keys().map(String::as_str)
    }

    /// Whether the code predictor is narrower or wider than the talker.
    pub fn projects_to_predictor(&self) -> bool {
        self.hidden_size != self.code_predictor_config.hidden_size
    }

    pub(super) fn check(&self) -> CheckResult {
        sizes(
            PART,
            &[
                ("hidden_size", self.hidden_size),
                ("intermediate_size", self.intermediate_size),
                ("num_hidden_layers", self.num_hidden_layers),
                ("num_attention_heads", self.num_attention_heads),
                ("num_key_value_heads", self.num_key_value_heads),
                ("head_dim", self.head_dim),
                ("vocab_size", self.vocab_size),
                ("text_vocab_size", self.text_vocab_size),
                ("text_hidden_size", self.text_hidden_size),
                ("max_position_embeddings", self.max_position_embeddings),
            ],
        )?;
        ensure((2..=64).contains(&self.num_code_groups), || {
            format!(
                "{PART}.num_code_groups is {}; it must be from 2 to 64",
                self.num_code_groups
            )
        })?;
        AttentionKeys {
            part: PART,
            heads: self.num_attention_heads,
            kv_heads: self.num_key_value_heads,
            head_dim: self.head_dim,
            hidden_act: &self.hidden_act,
            attention_bias: self.attention_bias,
            use_sliding_window: self.use_sliding_window,
            rms_norm_eps: self.rms_norm_eps,
            rope_theta: self.rope_theta,
        }
        .check()?;
        if let Some(rope) = &self.rope_scaling {
            rope.check(self.head_dim)?;
        }
        self.code_predictor_config.check(self.num_code_groups)?;
        self.check_ids()
    }

    fn check_ids(&self) -> CheckResult {
        ensure(self.vocab_size > SUPPRESSED_CODES, || {
            format!(
                "{PART}.vocab_size is {}; it must be above {SUPPRESSED_CODES}, which are not sound",
                self.vocab_size
            )
        })?;
        let steering = [
            ("codec_pad_id", self.codec_pad_id),
            ("codec_bos_id", self.codec_bos_id),
            ("codec_eos_token_id", self.codec_eos_token_id),
            ("codec_think_id", self.codec_think_id),
            ("codec_nothink_id", self.codec_nothink_id),
            ("codec_think_bos_id", self.codec_think_bos_id),
            ("codec_think_eos_id", self.codec_think_eos_id),
        ];
        let named = |key: &'static str, ids: &'_ BTreeMap<String, u32>| {
            ids.iter()
                .map(move |(name, id)| (format!("{key}.{name}"), *id))
                .collect::<Vec<_>>()
        };
        steering
            .into_iter()
            .map(|(key, id)| (key.to_owned(), id))
            .chain(named("codec_language_id", &self.codec_language_id))
            .chain(named("spk_id", &self.spk_id))
            .try_for_each(|(key, id)| {
                ensure((id as usize) < self.vocab_size, || {
                    format!(
                        "{PART}.{key} is {id}, beyond vocab_size, {}",
                        self.vocab_size
                    )
                })
            })?;
        self.spk_is_dialect
            .iter()
            .filter_map(|(speaker, dialect)| Some((speaker, dialect.name()?)))
            .try_for_each(|(speaker, dialect)| {
                ensure(self.codec_language_id.contains_key(dialect), || {
                    format!(
                        "{PART}.spk_is_dialect.{speaker} is {dialect:?}, which codec_language_id lacks"
                    )
                })
            })
    }
}
