//! Pooling over time: the mean and the deviation of each channel, weighted by attention.

use crate::Qwen3Error;
use crate::kernels::{Matrix, Precision, Shape, ThreadPool, ops};
use crate::weights::Loader;

use super::convolution::Convolution;
use super::relu;

/// The least variance.
const MIN_VARIANCE: f64 = 1e-12;

/// Attentive statistics pooling (Okabe et al. 2018, <https://arxiv.org/abs/1803.10963>).
#[derive(Debug)]
pub(super) struct Pooling {
    /// The part of attention that depends on the time step.
    moment: Matrix,
    /// The part of attention that depends on the mean and deviation over time: it is the same for
    /// each time step, so it is computed once.
    whole: Matrix,
    weigh: Convolution,
}

impl Pooling {
    /// Reads `{name}.{tdnn.conv,conv}`.
    pub(super) fn load(
        loader: &Loader<'_>,
        name: &str,
        width: usize,
        inner: usize,
    ) -> Result<Self, Qwen3Error> {
        let bias = loader.vector(&format!("{name}.tdnn.conv.bias"), inner)?;
        let tensor = format!("{name}.tdnn.conv.weight");
        let weights = loader.weights.tensor(&tensor, &[inner, 3 * width, 1])?;
        // Columns are those of the time step, of the mean and of the deviation.
        let part = |part: &str, from: usize, cols: usize| {
            loader.matrix(
                &format!("{tensor}.{part}"),
                Precision::F32,
                Shape::plain(inner, cols),
                &|row, _, out| weights.read(row * 3 * width + from, out),
            )
        };
        Ok(Self {
            moment: part("moment", 0, width)?,
            whole: part("whole", width, 2 * width)?.with_bias(bias),
            weigh: Convolution::load(loader, &format!("{name}.conv"), width, inner, 1, 1)?,
        })
    }

    /// The means of all channels, then their deviations.
    pub(super) fn forward(&self, pool: &ThreadPool, rows: &[f32]) -> Vec<f32> {
        let (inner, width) = (self.moment.shape().rows, self.moment.shape().cols);
        let count = rows.len() / width;

        let mut input = self.whole.activations();
        input.set(&statistics(pool, rows, width, None));
        let mut whole = vec![0.0; inner];
        self.whole.multiply(pool, &input, &mut whole);

        let mut input = self.moment.activations();
        input.push_with(pool, count, &|row, out| {
            out.copy_from_slice(&rows[row * width..][..width]);
        });
        let mut attention = vec![0.0; count * inner];
        self.moment.multiply(pool, &input, &mut attention);
        drop(input);
        for row in attention.chunks_exact_mut(inner) {
            ops::add(row, &whole);
            relu(row);
            for x in row {
                *x = x.tanh();
            }
        }
        let mut weights = self.weigh.forward(pool, &attention);
        exp_normalize(pool, &mut weights, width);
        statistics(pool, rows, width, Some(&weights))
    }
}

/// The exponentials of each channel, relative to its maximum over time.
fn exp_normalize(pool: &ThreadPool, rows: &mut [f32], width: usize) {
    let mut max = vec![f32::NEG_INFINITY; width];
    for row in rows.chunks_exact(width) {
        for (max, x) in max.iter_mut().zip(row) {
            *max = max.max(*x);
        }
    }
    let grain = (rows.len() / width).div_ceil(4 * pool.threads());
    pool.parallel_rows(rows, width, grain, &|_, rows| {
        for row in rows.chunks_exact_mut(width) {
            for (x, max) in row.iter_mut().zip(&max) {
                *x = (*x - max).exp();
            }
        }
    });
}

/// Mean and deviation of each channel over time, weighted by `weights`, or uniform. Sums are f64.
fn statistics(pool: &ThreadPool, rows: &[f32], width: usize, weights: Option<&[f32]>) -> Vec<f32> {
    /// Channels that a thread takes at a time.
    const CHANNELS_PER_TASK: usize = 64;
    let weight = |at: usize| weights.map_or(1.0, |weights| f64::from(weights[at]));
    // Mean and deviation of a channel side by side, so that a share is one part of the memory.
    let mut pairs = vec![[0.0_f32; 2]; width];
    pool.parallel_rows(&mut pairs, 1, CHANNELS_PER_TASK, &|first, pairs| {
        let moments = || (first..rows.len()).step_by(width);
        let mut sums = vec![[0.0_f64; 2]; pairs.len()];
        for at in moments() {
            for (channel, [sum, total]) in sums.iter_mut().enumerate() {
                let weight = weight(at + channel);
                *sum += weight * f64::from(rows[at + channel]);
                *total += weight;
            }
        }
        let mut squares = vec![0.0_f64; pairs.len()];
        for at in moments() {
            for (channel, (square, [sum, total])) in squares.iter_mut().zip(&sums).enumerate() {
                let off = f64::from(rows[at + channel]) - sum / total;
                *square += weight(at + channel) * off * off;
            }
        }
        for ((pair, square), [sum, total]) in pairs.iter_mut().zip(squares).zip(sums) {
            let variance = (square / total).max(MIN_VARIANCE);
            *pair = [(sum / total) as f32, variance.sqrt() as f32];
        }
    });
    let means = pairs.iter().map(|pair| pair[0]);
    means.chain(pairs.iter().map(|pair| pair[1])).collect()
}
