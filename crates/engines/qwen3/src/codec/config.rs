//! `speech_tokenizer/config.json`, as far as the decoder reads it.

use std::path::Path;

use serde::Deserialize;

use crate::Qwen3Error;
use crate::config::check::{AttentionKeys, CheckResult, ensure, sizes};
use crate::config::{checked, from_value, read_json};
use crate::generate::GROUPS;

const FILE: &str = "config.json";

const PART: &str = "decoder_config";

/// The widest window accepted, in frames; released codecs have 72. Each utterance stores the keys
/// and values of its window.
const MAX_WINDOW: usize = 4096;

/// The model type of the 12 Hz codec.
const TOKENIZER_12HZ: &str = "qwen3_tts_tokenizer_12hz";

/// The configuration of a codec.
#[derive(Clone, Debug, Deserialize)]
pub struct CodecConfig {
    /// `qwen3_tts_tokenizer_12hz`.
    pub model_type: String,
    /// Samples in a second of what is decoded, in Hz.
    pub output_sample_rate: u32,
    /// Samples in a frame.
    pub decode_upsample_rate: usize,
    /// The decoder's sizes.
    pub decoder_config: CodecDecoderConfig,
}

/// `decoder_config`: the sizes of the network from codes to sound.
#[derive(Clone, Debug, Deserialize)]
pub struct CodecDecoderConfig {
    /// Codes in each codebook.
    pub codebook_size: usize,
    /// Width of a frame behind the quantizer; a codebook's entries are half as wide.
    pub codebook_dim: usize,
    /// Codes of a frame.
    pub num_quantizers: usize,
    /// How many of those have a projection of their own; 1.
    pub num_semantic_quantizers: usize,
    /// Width before and behind the transformer, and of the upsampling stages.
    pub latent_dim: usize,
    /// Width of the transformer.
    pub hidden_size: usize,
    /// Width inside its feed-forward layers.
    pub intermediate_size: usize,
    /// Its layers.
    pub num_hidden_layers: usize,
    /// Heads of queries.
    pub num_attention_heads: usize,
    /// Heads of keys and values.
    pub num_key_value_heads: usize,
    /// Width of a head.
    pub head_dim: usize,
    /// How many frames attention covers, the present one among them.
    pub sliding_window: usize,
    /// Below the root of its norms.
    pub rms_norm_eps: f32,
    /// Base of its rotary positions.
    pub rope_theta: f32,
    /// The activation of its feed-forward layers.
    pub hidden_act: String,
    /// Whether its attention has biases.
    #[serde(default)]
    pub attention_bias: bool,
    /// How many rows each upsampling stage makes of one.
    pub upsampling_ratios: Vec<usize>,
    /// Width before the vocoder's first block; each block halves it.
    pub decoder_dim: usize,
    /// How many rows each block of the vocoder makes of one.
    pub upsample_rates: Vec<usize>,
}

impl CodecConfig {
    /// Reads and checks `config.json` of a codec's folder, `speech_tokenizer` in a checkpoint.
    ///
    /// # Errors
    /// `File` where it cannot be read; `Checkpoint` where it is no configuration of this codec, or
    /// one that cannot be computed.
    pub fn load(folder: &Path) -> Result<Self, Qwen3Error> {
        let path = folder.join(FILE);
        checked(read_json(&path)?, Self::check, &path)
    }

    /// The configuration of a file of another format.
    ///
    /// # Errors
    /// `Checkpoint` as [`CodecConfig::load`].
    pub(crate) fn from_value(value: serde_json::Value, path: &Path) -> Result<Self, Qwen3Error> {
        checked(from_value(value, path)?, Self::check, path)
    }

    fn check(&self) -> CheckResult {
        ensure(self.model_type == TOKENIZER_12HZ, || {
            format!(
                "model_type is {:?}; the engine decodes {TOKENIZER_12HZ:?}",
                self.model_type
            )
        })?;
        ensure(self.output_sample_rate > 0, || {
            "output_sample_rate is 0; it must be above 0".into()
        })?;
        self.decoder_config.check()?;
        let samples = self.decoder_config.samples_per_frame();
        ensure(samples == self.decode_upsample_rate, || {
            format!(
                "decode_upsample_rate is {}, and {PART}.upsampling_ratios and upsample_rates make {samples} samples of a frame; they must be equal",
                self.decode_upsample_rate
            )
        })
    }
}

impl CodecDecoderConfig {
    /// Samples that one frame becomes: 1920 in every released codec.
    pub fn samples_per_frame(&self) -> usize {
        let rates = self.upsampling_ratios.iter().chain(&self.upsample_rates);
        rates.product()
    }

    fn check(&self) -> CheckResult {
        sizes(
            PART,
            &[
                ("codebook_size", self.codebook_size),
                ("codebook_dim", self.codebook_dim),
                ("latent_dim", self.latent_dim),
                ("hidden_size", self.hidden_size),
                ("intermediate_size", self.intermediate_size),
                ("num_hidden_layers", self.num_hidden_layers),
                ("num_attention_heads", self.num_attention_heads),
                ("num_key_value_heads", self.num_key_value_heads),
                ("head_dim", self.head_dim),
                ("sliding_window", self.sliding_window),
                ("decoder_dim", self.decoder_dim),
            ],
        )?;
        ensure(self.num_quantizers == GROUPS, || {
            format!(
                "{PART}.num_quantizers is {}; a frame has {GROUPS} codes",
                self.num_quantizers
            )
        })?;
        ensure(self.num_semantic_quantizers == 1, || {
            format!(
                "{PART}.num_semantic_quantizers is {}; the engine decodes 1",
                self.num_semantic_quantizers
            )
        })?;
        ensure(self.codebook_dim.is_multiple_of(2), || {
            format!(
                "{PART}.codebook_dim is {}; entries are half as wide, so it must be even",
                self.codebook_dim
            )
        })?;
        AttentionKeys {
            part: PART,
            heads: self.num_attention_heads,
            kv_heads: self.num_key_value_heads,
            head_dim: self.head_dim,
            hidden_act: &self.hidden_act,
            attention_bias: self.attention_bias,
            use_sliding_window: false,
            rms_norm_eps: self.rms_norm_eps,
            rope_theta: self.rope_theta,
        }
        .check()?;
        ensure(self.sliding_window <= MAX_WINDOW, || {
            format!(
                "{PART}.sliding_window is {}; it must be from 1 to {MAX_WINDOW}",
                self.sliding_window
            )
        })?;
        self.check_rates()
    }

    fn check_rates(&self) -> CheckResult {
        for (key, rates) in [
            ("upsampling_ratios", &self.upsampling_ratios),
            ("upsample_rates", &self.upsample_rates),
        ] {
            // The bounds keep a frame's samples, and a state's memory, in reason.
            let sound = rates.len() <= 4 && rates.iter().all(|rate| (1..=16).contains(rate));
            ensure(sound, || {
                format!("{PART}.{key} is {rates:?}; at most four rates from 1 to 16 are decoded")
            })?;
        }
        let halvings = self.upsample_rates.len();
        ensure(self.decoder_dim.is_multiple_of(1 << halvings), || {
            format!(
                "{PART}.decoder_dim is {}; each of {halvings} upsample_rates halves it",
                self.decoder_dim
            )
        })
    }
}
