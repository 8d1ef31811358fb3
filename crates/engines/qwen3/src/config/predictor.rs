//! The model of the other fifteen codes of a frame.

use serde::Deserialize;

use super::check::{AttentionKeys, CheckResult, ensure, sizes};

const PART: &str = "talker_config.code_predictor_config";

/// `talker_config.code_predictor_config`.
#[derive(Clone, Debug, Deserialize)]
pub struct CodePredictorConfig {
    /// Width of its hidden states; where the talker's differs, a projection is between.
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
    /// Codes in each of its codebooks.
    pub vocab_size: usize,
    /// Codes of a frame, the talker's included.
    pub num_code_groups: usize,
    /// Below the root of its norms.
    #[serde(default = "default_eps")]
    pub rms_norm_eps: f32,
    /// Base of its rotary positions.
    pub rope_theta: f32,
    /// Context length in positions; a frame takes as many as it has codes.
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
}

/// Every released checkpoint's value, and the classes' own.
pub(super) const fn default_eps() -> f32 {
    1e-6
}

pub(super) fn default_act() -> String {
    "silu".into()
}

impl CodePredictorConfig {
    pub(super) fn check(&self, groups: usize) -> CheckResult {
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
                ("max_position_embeddings", self.max_position_embeddings),
            ],
        )?;
        ensure(self.num_code_groups == groups, || {
            format!(
                "{PART}.num_code_groups is {} and the talker's is {groups}; they must be equal",
                self.num_code_groups
            )
        })?;
        ensure(self.max_position_embeddings >= groups, || {
            format!(
                "{PART}.max_position_embeddings is {}, too few for the {groups} codes of a frame",
                self.max_position_embeddings
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
        .check()
    }
}
