//! One pass through all layers.

use super::decoder::{DecodeObserver, Decoder};
use super::pass::{LayerInput, Pass};
use super::rows::RowBuffer;
use super::state::CodecState;
use super::transformer::CodecTransformerWorkspace;
use super::upsample::UpsampleWorkspace;
use super::vocoder::Vocoder;
use crate::generate::Frame;
use crate::kernels::{PackedActivations, ThreadPool};

/// The vocoder's last blocks have few weights and many rows: they take so few frames at a time that
/// the rows stay in the second cache, and memory does not grow with the batch.
const LATE_BLOCKS: usize = 2;
const LATE_FRAMES: usize = 1;

/// Buffers of a pass, kept from one to the next.
#[derive(Debug)]
pub struct CodecWorkspace {
    columns: LayerInput,
    transformer: CodecTransformerWorkspace,
    upsample: UpsampleWorkspace,
    /// The codes of all frames of the pass.
    pub(super) codes: Vec<Frame>,
    x: RowBuffer,
    y: RowBuffer,
    z: RowBuffer,
    inner: RowBuffer,
    /// What comes out, before it is cut to ±1.
    pub(super) samples: RowBuffer,
}

impl Decoder {
    /// Buffers for passes of this decoder.
    pub fn workspace(&self) -> CodecWorkspace {
        let precision = self.initial_state.histories[0].precision();
        CodecWorkspace {
            columns: LayerInput {
                input: PackedActivations::new(precision, 1),
                starts: Vec::new(),
            },
            transformer: CodecTransformerWorkspace::default(),
            upsample: UpsampleWorkspace::default(),
            codes: Vec::new(),
            x: RowBuffer::default(),
            y: RowBuffer::default(),
            z: RowBuffer::default(),
            inner: RowBuffer::default(),
            samples: RowBuffer::default(),
        }
    }

    /// Decodes `workspace.codes` into `workspace.samples`.
    pub(super) fn pass(
        &self,
        pool: &ThreadPool,
        workspace: &mut CodecWorkspace,
        states: &mut [&mut CodecState],
        frames: &[usize],
        observe: &mut DecodeObserver<'_>,
    ) {
        let CodecWorkspace {
            columns,
            transformer,
            upsample,
            codes,
            x,
            y,
            z,
            inner,
            samples,
        } = workspace;
        let pass = &mut Pass {
            pool,
            states,
            frames,
            columns,
        };
        self.quantizer.run(pass, codes, x);
        observe("quantizer", x);
        let width = x.len() / pass.rows(1);
        let copy = |row: usize, out: &mut [f32]| out.copy_from_slice(&x[row * width..][..width]);
        self.pre.run(pass, 1, &copy, y);
        observe("pre_conv", y);
        self.transformer
            .run(pass, transformer, y, x, &mut |layer, rows| {
                observe(&format!("tf_layer{layer}"), rows);
            });
        observe("pre_transformer", x);
        let mut rate = 1;
        for (number, stage) in self.upsample.iter().enumerate() {
            stage.run(pass, rate, x, upsample, y, &mut |rows| {
                observe(&format!("upsample{number}.0"), rows);
            });
            rate *= stage.rate();
            observe(&format!("upsample{number}.1"), y);
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
        observe("decoder0", y);
        std::mem::swap(x, y);
        let (early, late) = blocks.split_at(blocks.len().saturating_sub(LATE_BLOCKS));
        for (number, block) in early.iter().enumerate() {
            block.run(pass, rate, x, inner, y);
            rate *= block.rate();
            observe(&format!("decoder{}", number + 1), y);
            std::mem::swap(x, y);
        }

        // From here on a few frames at a time, each utterance by itself.
        let width = x.len() / pass.rows(rate);
        let mut out = samples.for_overwrite(pass.rows(self.samples));
        let mut rest = &**x;
        for (state, frames) in pass.states.iter_mut().zip(pass.frames) {
            for first in (0..*frames).step_by(LATE_FRAMES) {
                let frames = LATE_FRAMES.min(frames - first);
                let (part, behind) = rest.split_at(frames * rate * width);
                rest = behind;
                let (target, behind) = out.split_at_mut(frames * self.samples);
                out = behind;
                let pass = &mut Pass {
                    pool,
                    states: std::slice::from_mut(state),
                    frames: &[frames],
                    columns: &mut *pass.columns,
                };
                let mut rate = rate;
                let mut from = part;
                for (number, block) in (early.len() + 1..).zip(late) {
                    block.run(pass, rate, from, inner, z);
                    rate *= block.rate();
                    observe(&format!("decoder{number}"), z);
                    std::mem::swap(y, z);
                    from = &**y;
                }
                let row = |row: usize, out: &mut [f32]| snake.row(from, row, out);
                last.run_into(pass, rate, &row, target);
                observe(&format!("decoder{}", blocks.len() + 2), target);
            }
        }
    }
}
