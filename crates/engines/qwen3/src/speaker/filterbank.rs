//! Bands of the mel scale, as librosa makes them by default: Slaney's scale, and each triangle of
//! equal area (`librosa.filters.mel`, <https://librosa.org/doc/latest/generated/librosa.filters.mel.html>).

/// Hz to a mel below [`KNEE_HZ`], where the scale is linear.
const HZ_PER_MEL: f64 = 200.0 / 3.0;

/// Where it becomes logarithmic.
const KNEE_HZ: f64 = 1000.0;
const KNEE_MEL: f64 = KNEE_HZ / HZ_PER_MEL;

/// 27 steps to a factor of 6.4 above.
fn log_step() -> f64 {
    6.4_f64.ln() / 27.0
}

fn mel(hz: f64) -> f64 {
    if hz < KNEE_HZ {
        hz / HZ_PER_MEL
    } else {
        KNEE_MEL + (hz / KNEE_HZ).ln() / log_step()
    }
}

fn hz(mel: f64) -> f64 {
    if mel < KNEE_MEL {
        mel * HZ_PER_MEL
    } else {
        KNEE_HZ * ((mel - KNEE_MEL) * log_step()).exp()
    }
}

/// One band: its first bin, and the weights from there on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MelBand {
    first: usize,
    weights: Vec<f32>,
}

impl MelBand {
    /// How much of a spectrum is in it.
    pub(super) fn of(&self, magnitudes: &[f32]) -> f32 {
        let bins = &magnitudes[self.first..][..self.weights.len()];
        bins.iter().zip(&self.weights).map(|(x, w)| x * w).sum()
    }
}

/// So many bands from 0 to half of the rate, over the bins of a transform of `length` samples.
pub(super) fn bands(rate: u32, length: usize, count: usize) -> Vec<MelBand> {
    let top = mel(f64::from(rate) / 2.0);
    let edge = |number: usize| hz(top * number as f64 / (count + 1) as f64);
    let bin = |number: usize| number as f64 * f64::from(rate) / length as f64;
    (0..count)
        .map(|number| {
            let (low, middle, high) = (edge(number), edge(number + 1), edge(number + 2));
            let weight = |at: usize| {
                let up = (bin(at) - low) / (middle - low);
                let down = (high - bin(at)) / (high - middle);
                up.min(down).max(0.0) * 2.0 / (high - low)
            };
            let all: Vec<f32> = (0..=length / 2).map(|at| weight(at) as f32).collect();
            let first = all.iter().position(|w| *w > 0.0).unwrap_or(0);
            let end = all
                .iter()
                .rposition(|w| *w > 0.0)
                .map_or(first, |at| at + 1);
            MelBand {
                first,
                weights: all[first..end].to_vec(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mel_scale_is_slaneys() {
        // librosa.hz_to_mel([60, 1000, 6400]) = [0.9, 15, 42]
        assert!((mel(60.0) - 0.9).abs() < 1e-9);
        assert!((mel(1000.0) - 15.0).abs() < 1e-9);
        assert!((mel(6400.0) - 42.0).abs() < 1e-9);
        for x in [0.0, 3.0, 15.0, 20.0, 50.0] {
            assert!((mel(hz(x)) - x).abs() < 1e-9);
        }
    }

    #[test]
    fn every_band_has_weights() {
        let bands = bands(24_000, 1024, 128);
        assert_eq!(bands.len(), 128);
        assert!(bands.iter().all(|band| !band.weights.is_empty()));
        let last = bands.last().expect("bands");
        assert!(last.first + last.weights.len() <= 513);
    }
}
