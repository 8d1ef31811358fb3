//! The speaker encoder, from a recording to an embedding: ECAPA-TDNN (Desplanques et al. 2020,
//! <https://arxiv.org/abs/2005.07143>) over a mel spectrogram. Only checkpoints of kind `base` have
//! it.
//!
//! ```text
//! samples ─mel─▶ rows of 128 ─convolutions, blocks─▶ rows of 1536 ─pooling over time─▶ embedding
//! ```
//!
//! All in f32, in one pass: the pooling and the gates of the blocks need the whole recording. A
//! minute takes some 150 MB while it lasts.

mod block;
mod convolution;
mod filterbank;
mod mel;
mod observer;
mod pooling;
mod res2net;

use crate::Qwen3Error;
use crate::config::SpeakerEncoderConfig;
use crate::kernels::{ThreadPool, ops};
use crate::weights::Loader;

use block::SeRes2NetBlock;
use convolution::Convolution;
use mel::MelSpectrogram;
use pooling::Pooling;

pub use observer::SpeakerObserver;

/// Where it is among the tensors.
const PREFIX: &str = "speaker_encoder";

/// The fewest samples that are accepted: a tenth of a second. Below, there are too few rows for the
/// reflection padding of the released networks.
pub const MIN_SAMPLES: usize = 2400;

/// The speaker encoder.
#[derive(Debug)]
pub struct SpeakerEncoder {
    mel: MelSpectrogram,
    first: Convolution,
    blocks: Vec<SeRes2NetBlock>,
    /// Aggregates the outputs of the blocks.
    aggregate: Convolution,
    pooling: Pooling,
    last: Convolution,
    /// The fewest samples that make enough rows for the padding.
    min_samples: usize,
}

impl SpeakerEncoder {
    /// Reads it from the weights of a checkpoint. Matrices are f32, whatever the loader's
    /// precision.
    ///
    /// # Errors
    /// `Tensor` where one is missing or has another shape.
    ///
    /// # Panics
    /// Where the configuration was not checked, as [`crate::config::ModelConfig::load`] does.
    pub fn load(loader: &Loader<'_>, config: &SpeakerEncoderConfig) -> Result<Self, Qwen3Error> {
        let last = config.enc_channels.len() - 1;
        let channels = &config.enc_channels;
        let convolution = |name: &str, stage: usize, width: usize| {
            Convolution::load(
                loader,
                &format!("{PREFIX}.{name}.conv"),
                channels[stage],
                width,
                config.enc_kernel_sizes[stage],
                config.enc_dilations[stage],
            )
        };
        let kernels = config.enc_kernel_sizes.iter().zip(&config.enc_dilations);
        let beyond = kernels.map(|(kernel, dilation)| (kernel - 1) * dilation);
        let min_samples = (beyond.max().unwrap_or(0) + 1) * mel::HOP_LENGTH;
        Ok(Self {
            min_samples: min_samples.max(MIN_SAMPLES),
            mel: MelSpectrogram::new(config.sample_rate, config.mel_dim),
            first: convolution("blocks.0", 0, config.mel_dim)?,
            blocks: (1..last)
                .map(|stage| {
                    SeRes2NetBlock::load(loader, &format!("{PREFIX}.blocks.{stage}"), config, stage)
                })
                .collect::<Result<_, Qwen3Error>>()?,
            aggregate: convolution("mfa", last, channels[last])?,
            pooling: Pooling::load(
                loader,
                &format!("{PREFIX}.asp"),
                channels[last],
                config.enc_attention_channels,
            )?,
            last: Convolution::load(
                loader,
                &format!("{PREFIX}.fc"),
                config.enc_dim,
                2 * channels[last],
                1,
                1,
            )?,
        })
    }

    /// The embedding of mono sound at the configuration's rate (24 kHz): `enc_dim` numbers, as many
    /// as the talker is wide.
    ///
    /// # Errors
    /// `Invalid` where it is shorter than [`MIN_SAMPLES`].
    pub fn embed(&self, pool: &ThreadPool, samples: &[f32]) -> Result<Vec<f32>, Qwen3Error> {
        self.embed_observed(pool, samples, &mut ())
    }

    /// The same with an observer of every stage.
    ///
    /// # Errors
    /// As [`SpeakerEncoder::embed`].
    pub fn embed_observed(
        &self,
        pool: &ThreadPool,
        samples: &[f32],
        observer: &mut dyn SpeakerObserver,
    ) -> Result<Vec<f32>, Qwen3Error> {
        if samples.len() < self.min_samples {
            return Err(Qwen3Error::invalid(
                "ref_audio",
                format!(
                    "the reference has {} samples at 24 kHz; a voice needs at least {}",
                    samples.len(),
                    self.min_samples
                ),
            ));
        }
        let mel = self.mel.rows(pool, samples);
        observer.mel(&mel);
        let mut rows = self.first.forward(pool, &mel);
        relu(&mut rows);
        observer.block(0, &rows);

        // The outputs of all blocks, side by side.
        let width = self.first.rows();
        let together = width * self.blocks.len();
        let count = rows.len() / width;
        let mut joined = vec![0.0; count * together];
        for (number, block) in self.blocks.iter().enumerate() {
            block.forward(pool, &mut rows);
            observer.block(number + 1, &rows);
            for (joined, row) in joined
                .chunks_exact_mut(together)
                .zip(rows.chunks_exact(width))
            {
                joined[number * width..][..width].copy_from_slice(row);
            }
        }
        drop(rows);
        let mut rows = self.aggregate.forward(pool, &joined);
        drop(joined);
        relu(&mut rows);
        observer.aggregate(&rows);
        let pooled = self.pooling.forward(pool, &rows);
        observer.pooled(&pooled);
        Ok(self.last.forward(pool, &pooled))
    }
}

/// max(x, 0), in place.
fn relu(rows: &mut [f32]) {
    for x in rows {
        *x = x.max(0.0);
    }
}

/// 1 / (1 + e^−x), in place.
fn sigmoid(row: &mut [f32]) {
    for x in row {
        *x = 1.0 / (1.0 + (-*x).exp());
    }
}

/// The mean of rows.
fn mean(rows: &[f32], width: usize) -> Vec<f32> {
    let mut sum = vec![0.0; width];
    for row in rows.chunks_exact(width) {
        ops::add(&mut sum, row);
    }
    let count = (rows.len() / width) as f32;
    sum.iter().map(|x| x / count).collect()
}
