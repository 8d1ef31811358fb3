//! The mel spectrogram that the speaker encoder was trained on.
//!
//! Magnitudes of a Hann-windowed transform of 1024 samples every 256, √(re² + im² + 1e-9), in
//! Slaney's bands, then the logarithm, which begins at 1e-5. The sound is reflected at both ends by
//! 384 samples, so that there is a row for every 256 samples.

use std::f64::consts::TAU;
use std::sync::Arc;

use realfft::{RealFftPlanner, RealToComplex};

use crate::kernels::ThreadPool;

use super::filterbank::{MelBand, bands};

const FFT_LENGTH: usize = 1024;
/// Samples from one row to the next.
pub(super) const HOP_LENGTH: usize = 256;
const REFLECT_PADDING: usize = (FFT_LENGTH - HOP_LENGTH) / 2;

/// Added under the root of a magnitude.
const POWER_EPSILON: f32 = 1e-9;

/// The least that a logarithm is taken of.
const MIN_MEL: f32 = 1e-5;

/// Computes mel spectrograms.
pub(super) struct MelSpectrogram {
    transform: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    bands: Vec<MelBand>,
}

impl MelSpectrogram {
    /// So many bands of sound at `rate`.
    pub(super) fn new(rate: u32, count: usize) -> Self {
        let phase = |at: usize| at as f64 / FFT_LENGTH as f64 * TAU;
        Self {
            transform: RealFftPlanner::new().plan_fft_forward(FFT_LENGTH),
            window: (0..FFT_LENGTH)
                .map(|at| (0.5 - 0.5 * phase(at).cos()) as f32)
                .collect(),
            bands: bands(rate, FFT_LENGTH, count),
        }
    }

    /// The rows of a spectrogram.
    ///
    /// # Panics
    /// Where it does not have more samples than the padding.
    pub(super) fn rows(&self, pool: &ThreadPool, samples: &[f32]) -> Vec<f32> {
        let count = (samples.len() + 2 * REFLECT_PADDING - FFT_LENGTH) / HOP_LENGTH + 1;
        let width = self.bands.len();
        let mut rows = vec![0.0; count * width];
        let grain = count.div_ceil(4 * pool.threads());
        pool.parallel_rows(&mut rows, width, grain, &|first, rows| {
            let mut sound = self.transform.make_input_vec();
            let mut spectrum = self.transform.make_output_vec();
            let mut scratch = self.transform.make_scratch_vec();
            let mut magnitudes = vec![0.0; FFT_LENGTH / 2 + 1];
            for (number, row) in (first..).zip(rows.chunks_exact_mut(width)) {
                for (at, (sound, window)) in sound.iter_mut().zip(&self.window).enumerate() {
                    let from = reflected(
                        (number * HOP_LENGTH + at).cast_signed() - REFLECT_PADDING as isize,
                        samples.len(),
                    );
                    *sound = samples[from] * window;
                }
                self.transform
                    .process_with_scratch(&mut sound, &mut spectrum, &mut scratch)
                    .expect("the buffers have the transform's lengths");
                for (magnitude, bin) in magnitudes.iter_mut().zip(&spectrum) {
                    *magnitude = (bin.norm_sqr() + POWER_EPSILON).sqrt();
                }
                for (out, band) in row.iter_mut().zip(&self.bands) {
                    *out = band.of(&magnitudes).max(MIN_MEL).ln();
                }
            }
        });
        rows
    }
}

impl std::fmt::Debug for MelSpectrogram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MelSpectrogram")
            .field("bands", &self.bands.len())
            .finish_non_exhaustive()
    }
}

/// The index that reflection padding maps an index to: −1 is 1.
///
/// # Panics
/// Where the index is further outside than there are elements.
pub(super) fn reflected(at: isize, count: usize) -> usize {
    let at = at.unsigned_abs();
    if at < count { at } else { 2 * (count - 1) - at }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reflection_mirrors_both_ends() {
        let indices: Vec<usize> = (-2..6).map(|at| reflected(at, 4)).collect();
        assert_eq!(indices, [2, 1, 0, 1, 2, 3, 2, 1]);
    }
}
