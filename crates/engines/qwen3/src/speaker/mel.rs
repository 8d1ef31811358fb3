//! The mel spectrogram that the speaker encoder was trained on.
//!
//! Magnitudes of a Hann-windowed transform of 1024 samples every 256, √(re² + im² + 1e-9), in
//! Slaney's bands, then the logarithm, which begins at 1e-5. The sound is reflected at both ends by
//! 384 samples, so that there is a moment for every 256 samples.

use std::f64::consts::TAU;
use std::sync::Arc;

use realfft::{RealFftPlanner, RealToComplex};

use crate::kernels::Team;

use super::filterbank::{Band, bands};

const LENGTH: usize = 1024;
/// Samples from one moment to the next.
pub(super) const HOP: usize = 256;
const REFLECTED: usize = (LENGTH - HOP) / 2;

/// Added under the root of a magnitude.
const LEAST_POWER: f32 = 1e-9;

/// The least that a logarithm is taken of.
const LEAST: f32 = 1e-5;

/// What makes spectrograms.
pub(super) struct Mel {
    transform: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    bands: Vec<Band>,
}

impl Mel {
    /// So many bands of sound at `rate`.
    pub(super) fn new(rate: u32, count: usize) -> Self {
        let phase = |at: usize| at as f64 / LENGTH as f64 * TAU;
        Self {
            transform: RealFftPlanner::new().plan_fft_forward(LENGTH),
            window: (0..LENGTH)
                .map(|at| (0.5 - 0.5 * phase(at).cos()) as f32)
                .collect(),
            bands: bands(rate, LENGTH, count),
        }
    }

    /// The moments of a sound, one after the other.
    ///
    /// # Panics
    /// Where it has not more samples than are reflected.
    pub(super) fn rows(&self, team: &Team, samples: &[f32]) -> Vec<f32> {
        let count = (samples.len() + 2 * REFLECTED - LENGTH) / HOP + 1;
        let width = self.bands.len();
        let mut rows = vec![0.0; count * width];
        let grain = count.div_ceil(4 * team.threads());
        team.share_rows(&mut rows, width, grain, &|first, rows| {
            let mut sound = self.transform.make_input_vec();
            let mut spectrum = self.transform.make_output_vec();
            let mut scratch = self.transform.make_scratch_vec();
            let mut magnitudes = vec![0.0; LENGTH / 2 + 1];
            for (number, row) in (first..).zip(rows.chunks_exact_mut(width)) {
                for (at, (sound, window)) in sound.iter_mut().zip(&self.window).enumerate() {
                    let from = reflected(
                        (number * HOP + at).cast_signed() - REFLECTED as isize,
                        samples.len(),
                    );
                    *sound = samples[from] * window;
                }
                self.transform
                    .process_with_scratch(&mut sound, &mut spectrum, &mut scratch)
                    .expect("the buffers have the transform's lengths");
                for (magnitude, bin) in magnitudes.iter_mut().zip(&spectrum) {
                    *magnitude = (bin.norm_sqr() + LEAST_POWER).sqrt();
                }
                for (out, band) in row.iter_mut().zip(&self.bands) {
                    *out = band.of(&magnitudes).max(LEAST).ln();
                }
            }
        });
        rows
    }
}

impl std::fmt::Debug for Mel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mel")
            .field("bands", &self.bands.len())
            .finish_non_exhaustive()
    }
}

/// The place that stands for one beyond the ends, where the ends are mirrors: −1 is 1.
///
/// # Panics
/// Where it is further beyond than there are places.
pub(super) fn reflected(at: isize, count: usize) -> usize {
    let at = at.unsigned_abs();
    if at < count { at } else { 2 * (count - 1) - at }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_mirrors() {
        let places: Vec<usize> = (-2..6).map(|at| reflected(at, 4)).collect();
        assert_eq!(places, [2, 1, 0, 1, 2, 3, 2, 1]);
    }
}
