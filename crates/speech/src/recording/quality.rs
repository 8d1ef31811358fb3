//! How good a recording is for cloning.

use std::time::Duration;

use mynah_audio::Clip;
use serde::{Deserialize, Serialize};

/// How good a recording is for cloning.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct QualityReport {
    /// Its duration in seconds, from shortly before the first word to shortly after the last.
    pub seconds: f32,
    /// The signal-to-noise ratio in dB, −20…100. Above 30 there is hardly any noise; below 15 the
    /// noise is cloned too.
    pub signal_to_noise_db: f32,
    /// The fraction of clipped samples, 0…1.
    pub clipped_fraction: f32,
    /// The fraction of the time with speech, 0…1.
    pub speech_fraction: f32,
    /// Gated loudness in LUFS; none where it is below −70.
    pub loudness_lufs: Option<f32>,
}

/// Relative difference to the loudest sample within which samples count as equal: one step of 16
/// bits.
const PLATEAU_TOLERANCE: f32 = 3e-5;

/// The shortest plateau. The crest of a sine of 50 Hz is as flat for half of it.
const MIN_PLATEAU: Duration = Duration::from_micros(120);
const MIN_PLATEAU_SAMPLES: usize = 3;

/// The fraction of clipped samples: those in plateaus at the loudest level, where no natural sound
/// is flat, and those beyond full scale, which is how a plateau is decoded from a lossy file. It
/// must be measured before resampling, which bends plateaus.
pub(super) fn clipped_fraction(clip: &Clip) -> f32 {
    let samples = &clip.samples;
    let plateau = clip.rate.samples_in(MIN_PLATEAU).max(MIN_PLATEAU_SAMPLES);
    let highest = samples.iter().copied().fold(0.0_f32, f32::max);
    let lowest = samples.iter().copied().fold(0.0_f32, f32::min);
    let at_extreme = |x: f32| {
        x > 0.0 && x >= highest * (1.0 - PLATEAU_TOLERANCE)
            || x < 0.0 && x <= lowest * (1.0 - PLATEAU_TOLERANCE)
    };
    let runs =
        samples.chunk_by(|a, b| at_extreme(*a) == at_extreme(*b) && (*a > 0.0) == (*b > 0.0));
    let clipped: usize = runs
        .map(|run| {
            if run.len() >= plateau && at_extreme(run[0]) {
                run.len()
            } else {
                run.iter().filter(|x| x.abs() > 1.0).count()
            }
        })
        .sum();
    clipped as f32 / samples.len().max(1) as f32
}
