//! The whole decoder.

use super::builder::{Builder, LayerSpec};
use super::config::CodecConfig;
use super::conv::Conv;
use super::forward::CodecWorkspace;
use super::quantizer::RvqDecoder;
use super::state::CodecState;
use super::transformer::CodecTransformer;
use super::upsample::Upsample;
use super::vocoder::Vocoder;
use super::window::KvWindow;
use crate::Qwen3Error;
use crate::generate::Frame;
use crate::kernels::{Shape, ThreadPool};
use crate::weights::Loader;

/// Taps of the convolution before the transformer.
const PRE_TAPS: usize = 3;

/// Frames of an utterance that are decoded at once: enough to amortize reading the weights, few
/// enough that intermediate rows stay in the last-level cache.
const FRAMES_AT_ONCE: usize = 8;
const _: () = assert!(FRAMES_AT_ONCE <= KvWindow::MAX_ROWS);

/// Frames that the official package decodes at once.
const OFFICIAL_CHUNK: usize = 300;

/// Frames before those, which it decodes again as context.
const OFFICIAL_CONTEXT: usize = 25;

/// Receives the rows of a stage: the stage's name in the official package's modules, and its rows,
/// at most eight frames at a time.
pub type DecodeObserver<'a> = dyn FnMut(&str, &[f32]) + 'a;

/// The weights of the codec's decoder; see the module's page.
#[derive(Debug)]
pub struct Decoder {
    pub(super) quantizer: RvqDecoder,
    pub(super) pre: Conv,
    pub(super) transformer: CodecTransformer,
    pub(super) upsample: Vec<Upsample>,
    pub(super) vocoder: Vocoder,
    /// Samples in a frame.
    pub(super) samples: usize,
    /// A new utterance.
    pub(super) initial_state: CodecState,
}

impl Decoder {
    /// Reads the tensors under `decoder.` of a codec's `model.safetensors`. Weights are f32 where
    /// the loader's precision is, and bf16 otherwise.
    ///
    /// # Errors
    /// `Tensor` where one is missing or has another shape; `Checkpoint` where a packed matrix does
    /// not fit.
    pub fn load(loader: &Loader<'_>, config: &CodecConfig) -> Result<Self, Qwen3Error> {
        let config = &config.decoder_config;
        let latent = config.latent_dim;
        let mut builder = Builder::new(loader);
        let quantizer = RvqDecoder::load(
            &mut builder,
            "decoder.quantizer",
            config.num_quantizers,
            config.codebook_size,
            config.codebook_dim,
        )?;
        let pre = builder.conv(LayerSpec {
            name: "decoder.pre_conv.conv",
            shape: Shape {
                rows: latent,
                taps: PRE_TAPS,
                cols: config.codebook_dim,
            },
            dilation: 1,
            bias: true,
            scale: None,
        })?;
        let transformer = CodecTransformer::load(&mut builder, "decoder.pre_transformer", config)?;
        let upsample = config
            .upsampling_ratios
            .iter()
            .enumerate()
            .map(|(number, rate)| {
                let prefix = format!("decoder.upsample.{number}");
                Upsample::load(&mut builder, &prefix, number, latent, *rate)
            })
            .collect::<Result<Vec<_>, Qwen3Error>>()?;
        let vocoder = Vocoder::load(
            &mut builder,
            "decoder.decoder",
            latent,
            config.decoder_dim,
            &config.upsample_rates,
        )?;
        Ok(Self {
            samples: config.samples_per_frame(),
            initial_state: CodecState {
                position: 0,
                histories: builder.histories,
                channels: upsample.iter().map(Upsample::channels).collect(),
                window: transformer.window(),
            },
            quantizer,
            pre,
            transformer,
            upsample,
            vocoder,
        })
    }

    /// Samples that a frame becomes: 1920.
    pub const fn samples_per_frame(&self) -> usize {
        self.samples
    }

    /// Codes in each codebook: those of a frame are below this.
    pub const fn codebook_size(&self) -> usize {
        self.quantizer.size()
    }

    /// The state of a new utterance.
    pub fn state(&self) -> CodecState {
        self.initial_state.clone()
    }

    /// Decodes the next frames of some utterances, any number of each. Returns the samples of each,
    /// [`Decoder::samples_per_frame`] a frame, in ±1. The samples of an utterance depend only on
    /// its own frames, and not on how they are split into calls.
    ///
    /// # Errors
    /// `Invalid` where a code is beyond its codebook; no state has changed then.
    pub fn decode(
        &self,
        pool: &ThreadPool,
        workspace: &mut CodecWorkspace,
        batch: &mut [(&mut CodecState, &[Frame])],
    ) -> Result<Vec<Vec<f32>>, Qwen3Error> {
        self.decode_observed(pool, workspace, batch, &mut |_, _| {})
    }

    /// The same with an observer of every stage.
    ///
    /// # Errors
    /// As [`Decoder::decode`].
    pub fn decode_observed(
        &self,
        pool: &ThreadPool,
        workspace: &mut CodecWorkspace,
        batch: &mut [(&mut CodecState, &[Frame])],
        observe: &mut DecodeObserver<'_>,
    ) -> Result<Vec<Vec<f32>>, Qwen3Error> {
        for (_, frames) in batch.iter() {
            self.check(frames)?;
        }
        let mut samples: Vec<Vec<f32>> = batch
            .iter()
            .map(|(_, frames)| Vec::with_capacity(frames.len() * self.samples))
            .collect();
        let max_frames = batch.iter().map(|(_, frames)| frames.len()).max();
        for first in (0..max_frames.unwrap_or(0)).step_by(FRAMES_AT_ONCE) {
            workspace.codes.clear();
            let mut states = Vec::with_capacity(batch.len());
            let mut counts = Vec::with_capacity(batch.len());
            let mut targets = Vec::with_capacity(batch.len());
            for ((state, frames), samples) in batch.iter_mut().zip(&mut samples) {
                let frames = frames.get(first..).unwrap_or_default();
                let frames = &frames[..frames.len().min(FRAMES_AT_ONCE)];
                if !frames.is_empty() {
                    workspace.codes.extend_from_slice(frames);
                    states.push(&mut **state);
                    counts.push(frames.len());
                    targets.push(samples);
                }
            }
            self.pass(pool, workspace, &mut states, &counts, observe);
            let mut rest = &*workspace.samples;
            for ((state, frames), target) in states.iter_mut().zip(&counts).zip(targets) {
                let (own, behind) = rest.split_at(frames * self.samples);
                target.extend(own.iter().map(|x| x.clamp(-1.0, 1.0)));
                rest = behind;
                state.position += frames;
            }
        }
        Ok(samples)
    }

    /// Decodes a whole utterance as the official package does: 300 frames at a time, each time from
    /// an empty state and the 25 frames before them. Beyond 300 frames the samples differ slightly
    /// from [`Decoder::decode`], which keeps its state.
    ///
    /// # Errors
    /// As [`Decoder::decode`].
    pub fn decode_official(
        &self,
        pool: &ThreadPool,
        workspace: &mut CodecWorkspace,
        frames: &[Frame],
    ) -> Result<Vec<f32>, Qwen3Error> {
        self.check(frames)?;
        let mut samples = Vec::with_capacity(frames.len() * self.samples);
        for start in (0..frames.len()).step_by(OFFICIAL_CHUNK) {
            let end = (start + OFFICIAL_CHUNK).min(frames.len());
            let context = start.min(OFFICIAL_CONTEXT);
            let mut state = self.state();
            let chunk = &frames[start - context..end];
            let decoded = self.decode(pool, workspace, &mut [(&mut state, chunk)])?;
            samples.extend_from_slice(&decoded[0][context * self.samples..]);
        }
        Ok(samples)
    }

    /// Whether all codes have an entry in their codebooks.
    fn check(&self, frames: &[Frame]) -> Result<(), Qwen3Error> {
        let size = self.quantizer.size();
        let beyond = |code: &&u16| usize::from(**code) >= size;
        match frames.iter().flatten().find(beyond) {
            None => Ok(()),
            Some(code) => Err(Qwen3Error::invalid(
                "codes",
                format!("the code {code} is beyond the codec's codebooks, which have {size}"),
            )),
        }
    }
}
