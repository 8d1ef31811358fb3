//! One pass through all layers.

use super::decoder::{Decoder, Watch};
use super::pass::{Columns, Pass};
use super::rows::Rows;
use super::state::State;
use super::transformer::TransformerWork;
use super::upsample::UpsampleWork;
use super::vocoder::Vocoder;
use crate::generate::Frame;
use crate::kernels::{Input, Team};

/// The vocoder's last blocks have few weights and many rows: they take so few frames at a time that
/// the rows stay in the second cache, and memory does not grow with the batch.
const LATE_BLOCKS: usize = 2;
const LATE_FRAMES: usize = 1;

/// Buffers of a pass, kept from one to the next.
#[derive(Debug)]
pub struct Work {
    columns: Columns,
    transformer: TransformerWork,
    upsample: UpsampleWork,
    /// The codes of all frames of the pass.
    pub(super) codes: Vec<Frame>,
    x: Rows,
    y: Rows,
    z: Rows,
    inner: Rows,
    /// What comes out, before it is cut to ±1.
    pub(super) samples: Rows,
}

impl Decoder {
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

    /// Decodes `work.codes` into `work.samples`.
    pub(super) fn pass(
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
