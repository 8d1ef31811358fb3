//! The codec's encoder: `encoder_config` in `speech_tokenizer/config.json`.

use std::path::Path;

use serde::Deserialize;

use crate::Qwen3Error;
use crate::generate::GROUPS;

use super::check::{CheckResult, ensure, sizes};

const FILE: &str = "config.json";

const PART: &str = "encoder_config";

/// Samples to a frame: 24 kHz, 12.5 frames a second.
const SAMPLES_PER_FRAME: usize = 1920;

/// Frames of the transformer that the last convolution makes one of.
const DOWNSAMPLING: usize = 2;

/// The encoder of Mimi, which the codec uses as it is. What a checkpoint leaves out are the
/// defaults of that class, which are the released values.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct EncoderConfig {
    /// Channels in.
    pub audio_channels: usize,
    /// Samples a second.
    pub sampling_rate: u32,
    /// Channels behind the first convolution; each stage doubles them.
    pub num_filters: usize,
    /// Kernel of the first convolution.
    pub kernel_size: usize,
    /// Kernel of the last one.
    pub last_kernel_size: usize,
    /// Kernel of the residual blocks.
    pub residual_kernel_size: usize,
    /// Residual blocks of a stage.
    pub num_residual_layers: usize,
    /// How much narrower a residual block is inside.
    pub compress: usize,
    /// Whether a residual block's skip is a convolution.
    pub use_conv_shortcut: bool,
    /// Whether convolutions see the past alone.
    pub use_causal_conv: bool,
    /// What lies before the first sample; `constant` is zeros.
    pub pad_mode: String,
    /// Strides of the stages in the order of a decoder, so from the last to the first.
    pub upsampling_ratios: Vec<usize>,
    /// Width of the transformer.
    pub hidden_size: usize,
    /// Width of its feed-forward networks.
    pub intermediate_size: usize,
    /// Its layers.
    pub num_hidden_layers: usize,
    /// Its query heads.
    pub num_attention_heads: usize,
    /// Its key and value heads.
    pub num_key_value_heads: usize,
    /// Numbers in a head; else the width shared among the heads.
    pub head_dim: Option<usize>,
    /// Its activation; `gelu` is the one with the error function.
    pub hidden_act: String,
    /// Whether its projections have biases.
    pub attention_bias: bool,
    /// Added to variances in norms.
    pub norm_eps: f32,
    /// Base of the rotary positions.
    pub rope_theta: f32,
    /// Rows of a codebook.
    pub codebook_size: usize,
    /// Numbers in one.
    pub codebook_dim: usize,
    /// Width of the rows that are quantized; equal to `codebook_dim`.
    pub vector_quantization_hidden_dimension: usize,
    /// Codebooks in all, of which the first 16 are used.
    pub num_quantizers: usize,
    /// Semantic codebooks, before the acoustic ones.
    pub num_semantic_quantizers: usize,
}

impl Default for EncoderConfig {
    fn default() -> Self {
        Self {
            audio_channels: 1,
            sampling_rate: 24_000,
            num_filters: 64,
            kernel_size: 7,
            last_kernel_size: 3,
            residual_kernel_size: 3,
            num_residual_layers: 1,
            compress: 2,
            use_conv_shortcut: false,
            use_causal_conv: true,
            pad_mode: "constant".into(),
            upsampling_ratios: vec![8, 6, 5, 4],
            hidden_size: 512,
            intermediate_size: 2048,
            num_hidden_layers: 8,
            num_attention_heads: 8,
            num_key_value_heads: 8,
            head_dim: None,
            hidden_act: "gelu".into(),
            attention_bias: false,
            norm_eps: 1e-5,
            rope_theta: 1e4,
            codebook_size: 2048,
            codebook_dim: 256,
            vector_quantization_hidden_dimension: 256,
            num_quantizers: 32,
            num_semantic_quantizers: 1,
        }
    }
}

/// The parts of the file that matter here.
#[derive(Deserialize)]
struct Codec {
    #[serde(default = "all_groups")]
    encoder_valid_num_quantizers: usize,
    encoder_config: EncoderConfig,
}

const fn all_groups() -> usize {
    GROUPS
}

impl EncoderConfig {
    /// Reads and checks `config.json` of a checkpoint's folder `speech_tokenizer`.
    ///
    /// # Errors
    /// `File` where it cannot be read; `Checkpoint` where it is no configuration of this codec, or
    /// one that cannot be computed.
    pub fn load(folder: &Path) -> Result<Self, Qwen3Error> {
        let path = folder.join(FILE);
        Self::checked(super::read_json(&path)?, &path)
    }

    /// The configuration of a codec's file of another format.
    ///
    /// # Errors
    /// `Checkpoint` as [`EncoderConfig::load`].
    pub(crate) fn from_value(value: serde_json::Value, path: &Path) -> Result<Self, Qwen3Error> {
        Self::checked(super::from_value(value, path)?, path)
    }

    fn checked(codec: Codec, path: &Path) -> Result<Self, Qwen3Error> {
        let check = |codec: &Codec| {
            let quantizers = codec.encoder_valid_num_quantizers;
            ensure(quantizers == GROUPS, || {
                format!(
                    "encoder_valid_num_quantizers is {quantizers}; the engine speaks in frames of {GROUPS} codes"
                )
            })?;
            codec.encoder_config.check()
        };
        Ok(super::checked(codec, check, path)?.encoder_config)
    }

    /// Strides of the convolutions, first to last.
    pub fn strides(&self) -> impl DoubleEndedIterator<Item = usize> {
        self.upsampling_ratios.iter().rev().copied()
    }

    /// Numbers in a head.
    pub fn head_dim(&self) -> usize {
        self.head_dim
            .unwrap_or(self.hidden_size / self.num_attention_heads)
    }

    fn check(&self) -> CheckResult {
        sizes(
            PART,
            &[
                ("num_filters", self.num_filters),
                ("kernel_size", self.kernel_size),
                ("last_kernel_size", self.last_kernel_size),
                ("residual_kernel_size", self.residual_kernel_size),
                ("compress", self.compress),
                ("hidden_size", self.hidden_size),
                ("intermediate_size", self.intermediate_size),
                ("num_hidden_layers", self.num_hidden_layers),
                ("num_attention_heads", self.num_attention_heads),
                ("num_key_value_heads", self.num_key_value_heads),
                ("head_dim", self.head_dim.unwrap_or(1)),
                ("codebook_size", self.codebook_size),
                ("codebook_dim", self.codebook_dim),
            ],
        )?;
        self.check_convolutions()?;
        self.check_transformer()?;
        self.check_codebooks()
    }

    fn check_convolutions(&self) -> CheckResult {
        let computed = [
            ("audio_channels is 1", self.audio_channels == 1),
            ("sampling_rate is 24000", self.sampling_rate == 24_000),
            ("num_residual_layers is 1", self.num_residual_layers == 1),
            ("use_conv_shortcut is false", !self.use_conv_shortcut),
            ("use_causal_conv is true", self.use_causal_conv),
            ("pad_mode is \"constant\"", self.pad_mode == "constant"),
        ];
        computed.iter().try_for_each(|(what, so)| {
            ensure(*so, || {
                format!("{PART} is not supported by the engine, where {what}")
            })
        })?;
        let together = self
            .upsampling_ratios
            .iter()
            .try_fold(1_usize, |product, ratio| product.checked_mul(*ratio));
        ensure(together == Some(SAMPLES_PER_FRAME / DOWNSAMPLING), || {
            format!(
                "{PART}.upsampling_ratios is {:?}; multiplied they must be {}",
                self.upsampling_ratios,
                SAMPLES_PER_FRAME / DOWNSAMPLING
            )
        })?;
        let doublings = u32::try_from(self.upsampling_ratios.len()).unwrap_or(u32::MAX);
        let widest = 2_usize
            .checked_pow(doublings)
            .and_then(|factor| self.num_filters.checked_mul(factor))
            .unwrap_or(usize::MAX);
        sizes(PART, &[("num_filters, doubled by each stage,", widest)])?;
        ensure(self.num_filters.is_multiple_of(self.compress), || {
            format!(
                "{PART}.num_filters is {}, not a multiple of compress, {}",
                self.num_filters, self.compress
            )
        })
    }

    fn check_transformer(&self) -> CheckResult {
        ensure(
            self.num_attention_heads
                .is_multiple_of(self.num_key_value_heads),
            || {
                format!(
                    "{PART}.num_attention_heads is {}, not a multiple of num_key_value_heads, {}",
                    self.num_attention_heads, self.num_key_value_heads
                )
            },
        )?;
        let head = self.head_dim();
        ensure(head >= 2 && head.is_multiple_of(2), || {
            format!("{PART}.head_dim is {head}; rotary positions need it even, at least 2")
        })?;
        ensure(self.hidden_act == "gelu", || {
            format!(
                "{PART}.hidden_act is {:?}; the engine computes gelu",
                self.hidden_act
            )
        })?;
        ensure(!self.attention_bias, || {
            format!("{PART}.attention_bias is true; the engine computes attention without")
        })?;
        ensure(self.norm_eps.is_finite() && self.norm_eps > 0.0, || {
            format!("{PART}.norm_eps is {}; it must be above 0", self.norm_eps)
        })?;
        ensure(self.rope_theta.is_finite() && self.rope_theta > 1.0, || {
            format!(
                "{PART}.rope_theta is {}; it must be above 1",
                self.rope_theta
            )
        })
    }

    fn check_codebooks(&self) -> CheckResult {
        ensure(
            self.vector_quantization_hidden_dimension == self.codebook_dim,
            || {
                format!(
                    "{PART}.vector_quantization_hidden_dimension is {} and codebook_dim is {}; they must be equal",
                    self.vector_quantization_hidden_dimension, self.codebook_dim
                )
            },
        )?;
        // A code is kept in 16 bits.
        ensure(self.codebook_size <= 1 << 16, || {
            format!(
                "{PART}.codebook_size is {}; it must be at most {}",
                self.codebook_size,
                1 << 16
            )
        })?;
        ensure(self.num_semantic_quantizers == 1, || {
            format!(
                "{PART}.num_semantic_quantizers is {}; the engine computes 1",
                self.num_semantic_quantizers
            )
        })?;
        ensure(self.num_quantizers >= GROUPS, || {
            format!(
                "{PART}.num_quantizers is {}; it must be at least {GROUPS}",
                self.num_quantizers
            )
        })
    }
}
