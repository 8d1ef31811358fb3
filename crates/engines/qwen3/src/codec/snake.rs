//! The activation of the vocoder.

use super::builder::Builder;
use crate::Qwen3Error;
use crate::kernels::ops;

/// Keeps 1 / β finite.
const EPSILON: f32 = 1e-9;

/// x + sin²(αx) / β, with α and β for each channel, kept as logarithms in the checkpoint
/// (`SnakeBeta` of `BigVGAN`).
#[derive(Debug)]
pub(super) struct Snake {
    alpha: Vec<f32>,
    inverse_beta: Vec<f32>,
}

impl Snake {
    /// Reads `.alpha` and `.beta`.
    pub(super) fn load(
        builder: &Builder<'_>,
        name: &str,
        width: usize,
    ) -> Result<Self, Qwen3Error> {
        let mut alpha = builder.vector(&format!("{name}.alpha"), width)?;
        let mut beta = builder.vector(&format!("{name}.beta"), width)?;
        if !builder.loader.weights.folded().snakes {
            alpha.iter_mut().for_each(|x| *x = x.exp());
            beta.iter_mut().for_each(|x| *x = 1.0 / (x.exp() + EPSILON));
        }
        Ok(Self {
            alpha,
            inverse_beta: beta,
        })
    }

    /// The activation of row `row` of `rows`.
    pub(super) fn row(&self, rows: &[f32], row: usize, out: &mut [f32]) {
        let width = self.alpha.len();
        ops::snake(
            &rows[row * width..][..width],
            &self.alpha,
            &self.inverse_beta,
            out,
        );
    }
}
