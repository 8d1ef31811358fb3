//! From sound to codes: the encoder of Mimi (Défossez et al. 2024, <https://arxiv.org/abs/2410.00037>),
//! which the codec of Qwen3-TTS uses as it is.
//!
//! ```text
//! samples ─convolutions─▶ 25 rows a second ─transformer─▶ ─downsample─▶ 12.5 rows ─codebooks─▶ frames
//! ```
//!
//! All in f32: it runs once for each voice. Rows are time steps throughout, so that a convolution
//! is a matrix with taps. The convolutions process the sound block by block and keep the state that
//! the next block needs, since their first rows are 64 numbers for every sample: all at once, a
//! minute would take 370 MB. The result is bit-identical for any block size.

mod codebook;
mod convolution;
mod observer;
mod quantizer;
mod residual;
mod seanet;
mod transformer;

use crate::Qwen3Error;
use crate::config::EncoderConfig;
use crate::generate::Frame;
use crate::kernels::ThreadPool;
use crate::weights::Loader;

use convolution::{CausalConvolution, Padding};
use quantizer::RvqEncoder;
use seanet::Seanet;
use transformer::EncoderTransformer;

pub use observer::EncoderObserver;

/// Samples to a frame of codes.
pub const SAMPLES_PER_FRAME: usize = 1920;

/// Frames of sound that go through the convolutions at once: the rows of a block stay in the
/// caches, and the widest matrices still have some 16 columns.
const FRAMES_AT_ONCE: usize = 8;

/// Where the last convolution is among the tensors, and its shape.
const DOWNSAMPLE: &str = "encoder.downsample";
const DOWNSAMPLE_KERNEL: usize = 4;
const DOWNSAMPLE_STRIDE: usize = 2;

/// The codec's encoder.
#[derive(Debug)]
pub struct Encoder {
    seanet: Seanet,
    transformer: EncoderTransformer,
    downsample: CausalConvolution,
    quantizer: RvqEncoder,
}

impl Encoder {
    /// Reads it from the weights of `speech_tokenizer`. Matrices are f32, whatever the loader's
    /// precision.
    ///
    /// # Errors
    /// `Tensor` where one is missing or has another shape.
    pub fn load(loader: &Loader<'_>, config: &EncoderConfig) -> Result<Self, Qwen3Error> {
        Ok(Self {
            seanet: Seanet::load(loader, config)?,
            transformer: EncoderTransformer::load(loader, config)?,
            downsample: CausalConvolution::load_without_bias(
                loader,
                DOWNSAMPLE,
                config.hidden_size,
                config.hidden_size,
                DOWNSAMPLE_KERNEL,
                DOWNSAMPLE_STRIDE,
            )?,
            quantizer: RvqEncoder::load(loader, config)?,
        })
    }

    /// The codes of mono sound at 24 kHz: ⌈samples / 1920⌉ frames, for the last one is filled up
    /// with silence. No samples, no frames.
    pub fn encode(&self, pool: &ThreadPool, samples: &[f32]) -> Vec<Frame> {
        self.encode_observed(pool, samples, FRAMES_AT_ONCE, &mut ())
    }

    /// The same with this many frames at once and an observer of every stage. The block size
    /// changes speed and memory, never the result.
    ///
    /// # Panics
    /// Where `frames_at_once` is 0.
    pub fn encode_observed(
        &self,
        pool: &ThreadPool,
        samples: &[f32],
        frames_at_once: usize,
        observer: &mut dyn EncoderObserver,
    ) -> Vec<Frame> {
        if samples.is_empty() {
            return Vec::new();
        }
        let mut rows = Vec::new();
        let mut work = self.seanet.workspace();
        for block in samples.chunks(frames_at_once * SAMPLES_PER_FRAME) {
            self.seanet.forward(pool, &mut work, block, observer);
            rows.extend_from_slice(work.rows());
        }
        self.transformer.forward(pool, &mut rows);
        observer.transformer(&rows);

        let mut input = self.downsample.state(Padding::Replicate);
        let mut down = Vec::new();
        self.downsample
            .forward(pool, &mut input, &rows, &|_| {}, &mut down);
        observer.downsampled(&down);
        self.quantizer.frames(pool, &down)
    }
}
