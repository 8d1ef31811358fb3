//! The whole decoder.

use super::config::CodecConfig;
use super::conv::{Builder, Conv, Spec};
use super::pass::{Columns, Pass};
use super::quantizer::Quantizer;
use super::rows::Rows;
use super::state::State;
use super::transformer::{Transformer, TransformerWork};
use super::upsample::{Upsample, UpsampleWork};
use super::vocoder::Vocoder;
use super::window::Window;
use crate::generate::Frame;
use crate::kernels::{Input, Shape, Team};
use crate::weights::Loader;
use crate::{Qwen3Error, Result};

/// Taps of the convolution before the transformer.
const PRE_TAPS: usize = 3;

/// Frames of an utterance that pass through the decoder at once: enough to read the weights
/// seldom, few enough that what is between layers stays in the last cache.
const FRAMES_AT_ONCE: usize = 8;
const _: () = assert!(FRAMES_AT_ONCE <= Window::MOST_ROWS);

/// The vocoder's last blocks have few weights and many rows: they take so few frames at a time that
/// the rows stay in the second cache.
const LATE_BLOCKS: usize = 2;
const LATE_FRAMES: usize = 1;

/// Frames that the official package decodes at once.
const OFFICIAL_CHUNK: usize = 300;

/// Frames before those which it decodes again, from nothing, as their context.
const OFFICIAL_CONTEXT: usize = 25;

/// Sees a stage's rows on their way: the stage's name in the official package's modules, and the
/// rows one after the other, at most eight frames at a time.
pub type Watch<'a> = dyn FnMut(&str, &[f32]) + 'a;

/// The weights of the codec's decoder; see the module's page.
#[derive(Debug)]
pub struct Decoder {
    quantizer: Quantizer,
    pre: Conv,
    transformer: Transformer,
    upsample: Vec<Upsample>,
    vocoder: Vocoder,
    /// Samples in a frame.
    samples: usize,
    /// A new utterance.
    fresh: State,
}

/// Buffers of a pass, kept from one to the next.
#[derive(Debug)]
pub struct Work {
    columns: Columns,
    transformer: TransformerWork,
    upsample: UpsampleWork,
    codes: Vec<Frame>,
    x: Rows,
    y: Rows,
    z: Rows,
    inner: Rows,
    samples: Rows,
}

impl Decoder {
    /// Reads the tensors under `decoder.` of a codec's `model.safetensors`. Weights are f32 where
    /// the loader's precision is, and bf16 otherwise.
    ///
    /// # Errors
    /// `Tensor` where one is missing or has another shape; `Checkpoint` where a packed matrix does
    /// not fit.
    pub fn load(loader: &Loader<'_>, config: &CodecConfig) -> Result<Self> {
        let config = &config.decoder_config;
        let latent = config.latent_dim;
        let mut builder = Builder::new(loader);
        let quantizer = Quantizer::load(
            &mut builder,
            "decoder.quantizer",
            config.num_quantizers,
            config.codebook_size,
            config.codebook_dim,
        )?;
        let pre = builder.conv(Spec {
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
        let transformer = Transformer::load(&mut builder, "decoder.pre_transformer", config)?;
        let upsample = config
            .upsampling_ratios
            .iter()
            .enumerate()
            .map(|(number, rate)| {
                let prefix = format!("decoder.upsample.{number}");
                Upsample::load(&mut builder, &prefix, number, latent, *rate)
            })
            .collect::<Result<Vec<_>>>()?;
        let vocoder = Vocoder::load(
            &mut builder,
            "decoder.decoder",
            latent,
            config.decoder_dim,
            &config.upsample_rates,
        )?;
        Ok(Self {
            samples: config.samples_per_frame(),
            fresh: State {
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

    /// The state of an utterance of which nothing was decoded yet.
    pub fn state(&self) -> State {
        self.fresh.clone()
    }

    /// Buffers for passes of this decoder.
    pub fn work(&self) -> Work {
        let precision = self.fresh.histories[0].precision();
        Work {
            columns: Columns {
                input: Input::new(precision, 1),
                starts: Vec::new(),
            },
            transformer: TransformerWork::default(),
            upsample: UpsampleWork::default(),
            codes: Vec::new(),
            x: Rows::default(),
            y: Rows::default(),
            z: Rows::default(),
            inner: Rows::default(),
            samples: Rows::default(),
        }
    }

    /// Decodes the next frames of some utterances, any number of each. Returns the samples of each,
    /// [`Decoder::samples_per_frame`] a frame, in ±1. What an utterance sounds like depends on its
    /// own frames alone, and not on how they are cut into calls.
    ///
    /// # Errors
    /// `Invalid` where a code is beyond its codebook; no state has changed then.
    pub fn decode(
        &self,
        team: &Team,
        work: &mut Work,
        batch: &mut [(&mut State, &[Frame])],
    ) -> Result<Vec<Vec<f32>>> {
        self.decode_watched(team, work, batch, &mut |_, _| {})
    }

    /// The same, showing every stage.
    ///
    /// # Errors
    /// As [`Decoder::decode`].
    pub fn decode_watched(
        &self,
        team: &Team,
        work: &mut Work,
        batch: &mut [(&mut State, &[Frame])],
        watch: &mut Watch<'_>,
    ) -> Result<Vec<Vec<f32>>> {
        for (_, frames) in batch.iter() {
            self.check(frames)?;
        }
        let mut samples: Vec<Vec<f32>> = batch
            .iter()
            .map(|(_, frames)| Vec::with_capacity(frames.len() * self.samples))
            .collect();
        let most = batch.iter().map(|(_, frames)| frames.len()).max();
        for first in (0..most.unwrap_or(0)).step_by(FRAMES_AT_ONCE) {
            work.codes.clear();
            let mut states = Vec::with_capacity(batch.len());
            let mut counts = Vec::with_capacity(batch.len());
            let mut targets = Vec::with_capacity(batch.len());
            for ((state, frames), samples) in batch.iter_mut().zip(&mut samples) {
                let frames = frames.get(first..).unwrap_or_default();
                let frames = &frames[..frames.len().min(FRAMES_AT_ONCE)];
                if !frames.is_empty() {
                    work.codes.extend_from_slice(frames);
                    states.push(&mut **state);
                    counts.push(frames.len());
                    targets.push(samples);
                }
            }
            self.pass(team, work, &mut states, &counts, watch);
            let mut rest = &*work.samples;
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
    /// nothing but the 25 frames before them. Beyond 300 frames this sounds slightly different from
    /// [`Decoder::decode`], which forgets nothing.
    ///
    /// # Errors
    /// As [`Decoder::decode`].
    pub fn decode_official(
        &self,
        team: &Team,
        work: &mut Work,
        frames: &[Frame],
    ) -> Result<Vec<f32>> {
        self.check(frames)?;
        let mut samples = Vec::with_capacity(frames.len() * self.samples);
        for start in (0..frames.len()).step_by(OFFICIAL_CHUNK) {
            let end = (start + OFFICIAL_CHUNK).min(frames.len());
            let context = start.min(OFFICIAL_CONTEXT);
            let mut state = self.state();
            let chunk = &frames[start - context..end];
            let decoded = self.decode(team, work, &mut [(&mut state, chunk)])?;
            samples.extend_from_slice(&decoded[0][context * self.samples..]);
        }
        Ok(samples)
    }

    /// Whether all codes have an entry in their codebooks.
    fn check(&self, frames: &[Frame]) -> Result<()> {
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

    /// Decodes `work.codes` into `work.samples`.
    fn pass(
        &self,
        team: &Team,
        work: &mut Work,
        states: &mut [&mut State],
        frames: &[usize],
        watch: &mut Watch<'_>,
    ) {
        let Work {
            columns,
            transformer,
            upsample,
            codes,
            x,
            y,
            z,
            inner,
            samples,
        } = work;
        let pass = &mut Pass {
            team,
            states,
            frames,
            columns,
        };
        self.quantizer.run(pass, codes, x);
        watch("quantizer", x);
        let width = x.len() / pass.rows(1);
        let copy = |row: usize, out: &mut [f32]| out.copy_from_slice(&x[row * width..][..width]);
        self.pre.run(pass, 1, &copy, y);
        watch("pre_conv", y);
        self.transformer
            .run(pass, transformer, y, x, &mut |layer, rows| {
                watch(&format!("tf_layer{layer}"), rows);
            });
        watch("pre_transformer", x);
        let mut rate = 1;
        for (number, stage) in self.upsample.iter().enumerate() {
            stage.run(pass, rate, x, upsample, y, &mut |rows| {
                watch(&format!("upsample{number}.0"), rows);
            });
            rate *= stage.rate();
            watch(&format!("upsample{number}.1"), y);
            std::mem::swap(x, y);
        }
        let Vocoder {
            first,
            blocks,
            snake,
            last,
        } = &self.vocoder;
        let width = x.len() / pass.rows(rate);
        let copy = |row: usize, out: &mut [f32]| out.copy_from_slice(&x[row * width..][..width]);
        first.run(pass, rate, &copy, y);
        watch("decoder0", y);
        std::mem::swap(x, y);
        let (early, late) = blocks.split_at(blocks.len().saturating_sub(LATE_BLOCKS));
        for (number, block) in early.iter().enumerate() {
            block.run(pass, rate, x, inner, y);
            rate *= block.rate();
            watch(&format!("decoder{}", number + 1), y);
            std::mem::swap(x, y);
        }

        // From here on a few frames at a time, each utterance by itself.
        let width = x.len() / pass.rows(rate);
        let mut out = samples.stale(pass.rows(self.samples));
        let mut rest = &**x;
        for (state, frames) in pass.states.iter_mut().zip(pass.frames) {
            for first in (0..*frames).step_by(LATE_FRAMES) {
                let frames = LATE_FRAMES.min(frames - first);
                let (piece, behind) = rest.split_at(frames * rate * width);
                rest = behind;
                let (target, behind) = out.split_at_mut(frames * self.samples);
                out = behind;
                let pass = &mut Pass {
                    team,
                    states: std::slice::from_mut(state),
                    frames: &[frames],
                    columns: &mut *pass.columns,
                };
                let mut rate = rate;
                let mut from = piece;
                for (number, block) in (early.len() + 1..).zip(late) {
                    block.run(pass, rate, from, inner, z);
                    rate *= block.rate();
                    watch(&format!("decoder{number}"), z);
                    std::mem::swap(y, z);
                    from = &**y;
                }
                let row = |row: usize, out: &mut [f32]| snake.row(from, row, out);
                last.run_into(pass, rate, &row, target);
                watch(&format!("decoder{}", blocks.len() + 2), target);
            }
        }
    }
}
