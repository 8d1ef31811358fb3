//! Causal convolutions, transposed ones, and plain products, which are convolutions with one tap.

use super::pass::Pass;
use super::rows::RowBuffer;
use crate::kernels::Matrix;

/// A product over a few rows of the past and the present one.
#[derive(Debug)]
pub(super) struct Conv {
    matrix: Matrix,
    /// Where each tap reads, from the oldest row on.
    offsets: Vec<usize>,
    /// Which of a state's histories is this layer's.
    slot: usize,
}

impl Conv {
    pub(super) const fn new(matrix: Matrix, offsets: Vec<usize>, slot: usize) -> Self {
        Self {
            matrix,
            offsets,
            slot,
        }
    }

    /// Numbers in a row of the result.
    pub(super) const fn width(&self) -> usize {
        self.matrix.shape().rows
    }

    /// Computes all new rows, `rate` for each frame. `row` writes the input of a row, counted over
    /// all utterances. The result replaces `out`.
    pub(super) fn run(
        &self,
        pass: &mut Pass<'_, '_>,
        rate: usize,
        row: &(dyn Fn(usize, &mut [f32]) + Sync),
        out: &mut RowBuffer,
    ) {
        let out = out.for_overwrite(pass.rows(rate) * self.width());
        self.product(pass, rate, row, false, out);
    }

    /// The same into memory of the right size.
    pub(super) fn run_into(
        &self,
        pass: &mut Pass<'_, '_>,
        rate: usize,
        row: &(dyn Fn(usize, &mut [f32]) + Sync),
        out: &mut [f32],
    ) {
        self.product(pass, rate, row, false, out);
    }

    /// The same, added to `out`.
    pub(super) fn add(
        &self,
        pass: &mut Pass<'_, '_>,
        rate: usize,
        row: &(dyn Fn(usize, &mut [f32]) + Sync),
        out: &mut [f32],
    ) {
        self.product(pass, rate, row, true, out);
    }

    fn product(
        &self,
        pass: &mut Pass<'_, '_>,
        rate: usize,
        row: &(dyn Fn(usize, &mut [f32]) + Sync),
        add: bool,
        out: &mut [f32],
    ) {
        let history = self.offsets.last().copied().unwrap_or_default();
        let input = &mut pass.columns.input;
        let starts = &mut pass.columns.starts;
        input.reshape(self.matrix.shape().cols);
        starts.clear();
        for (state, frames) in pass.states.iter().zip(pass.frames) {
            let first = input.rows();
            input.push_rows(&state.histories[self.slot], 0..history);
            input.push_for_overwrite(frames * rate);
            starts.extend(first..first + frames * rate);
        }
        input.replace_with(pass.pool, starts, history, row);
        self.matrix
            .convolve_at(pass.pool, input, &self.offsets, starts, add, out);
        let mut end = 0;
        for (state, frames) in pass.states.iter_mut().zip(pass.frames) {
            end += history + frames * rate;
            let kept = &mut state.histories[self.slot];
            kept.clear();
            kept.push_rows(input, end - history..end);
        }
    }
}
