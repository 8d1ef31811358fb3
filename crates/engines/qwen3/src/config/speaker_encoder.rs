//! The speaker encoder.

use serde::Deserialize;

use super::check::{CheckResult, ensure, sizes};

const PART: &str = "speaker_encoder_config";

/// `speaker_encoder_config`, which only checkpoints of kind `base` have. Released ones give
/// `enc_dim` and `sample_rate`; the rest are the official class's defaults.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct SpeakerEncoderConfig {
    /// Bands of the mel spectrogram.
    pub mel_dim: usize,
    /// Width of an embedding; the talker's `hidden_size`.
    pub enc_dim: usize,
    /// Channels behind the first convolution, behind each block, and of their aggregation.
    pub enc_channels: Vec<usize>,
    /// Kernels of the same.
    pub enc_kernel_sizes: Vec<usize>,
    /// Dilations of the same.
    pub enc_dilations: Vec<usize>,
    /// Channels of the attentive pooling.
    pub enc_attention_channels: usize,
    /// Groups of a `Res2Net` block.
    pub enc_res2net_scale: usize,
    /// Channels of squeeze and excitation.
    pub enc_se_channels: usize,
    /// Its sample rate, in Hz.
    pub sample_rate: u32,
}

impl Default for SpeakerEncoderConfig {
    fn default() -> Self {
        Self {
            mel_dim: 128,
            enc_dim: 1024,
            enc_channels: vec![512, 512, 512, 512, 1536],
            enc_kernel_sizes: vec![5, 3, 3, 3, 1],
            enc_dilations: vec![1, 2, 3, 4, 1],
            enc_attention_channels: 128,
            enc_res2net_scale: 8,
            enc_se_channels: 128,
            sample_rate: 24_000,
        }
    }
}

impl SpeakerEncoderConfig {
    pub(super) fn check(&self, talker_width: usize) -> CheckResult {
        sizes(
            PART,
            &[
                ("mel_dim", self.mel_dim),
                ("enc_dim", self.enc_dim),
                ("enc_attention_channels", self.enc_attention_channels),
                ("enc_res2net_scale", self.enc_res2net_scale),
                ("enc_se_channels", self.enc_se_channels),
            ],
        )?;
        ensure(self.enc_dim == talker_width, || {
            format!(
                "{PART}.enc_dim is {} and talker_config.hidden_size is {talker_width}; they must be equal",
                self.enc_dim
            )
        })?;
        let stages = self.enc_channels.len();
        ensure(
            stages >= 3
                && self.enc_kernel_sizes.len() == stages
                && self.enc_dilations.len() == stages,
            || {
                format!(
                    "{PART} has {stages} enc_channels, {} enc_kernel_sizes and {} enc_dilations; they must be equally many, at least 3",
                    self.enc_kernel_sizes.len(),
                    self.enc_dilations.len()
                )
            },
        )?;
        for stage in 0..stages {
            sizes(
                PART,
                &[
                    ("enc_channels", self.enc_channels[stage]),
                    ("enc_kernel_sizes", self.enc_kernel_sizes[stage]),
                    ("enc_dilations", self.enc_dilations[stage]),
                ],
            )?;
        }
        let blocks = &self.enc_channels[1..stages - 1];
        ensure(
            blocks
                .iter()
                .all(|channels| *channels == self.enc_channels[0]),
            || {
                format!(
                    "{PART}.enc_channels is {:?}; all but the last must be equal, for each block adds to its input",
                    self.enc_channels
                )
            },
        )?;
        let together: usize = blocks.iter().sum();
        ensure(self.enc_channels[stages - 1] == together, || {
            format!(
                "{PART}.enc_channels ends with {}; it must be {together}, what the blocks have together",
                self.enc_channels[stages - 1]
            )
        })?;
        blocks.iter().try_for_each(|channels| {
            ensure(channels.is_multiple_of(self.enc_res2net_scale), || {
                format!(
                    "{PART}.enc_channels has {channels}, not a multiple of enc_res2net_scale, {}",
                    self.enc_res2net_scale
                )
            })
        })
    }
}
