//! Silence at the ends of a clip.

use std::ops::Range;
use std::time::Duration;

use crate::Clip;

/// The length over which loudness is averaged: short enough for a plosive, long enough that a
/// single click does not count as sound.
const WINDOW: Duration = Duration::from_millis(10);

/// Where sound begins and ends, in samples: from the first to the last 10 ms whose RMS passes
/// `threshold_dbfs` (0 dBFS is an RMS of 1), widened by `padding` on both sides as far as the
/// clip reaches. `None` where nothing passes.
pub fn sounding_range(clip: &Clip, threshold_dbfs: f32, padding: Duration) -> Option<Range<usize>> {
    let window = clip.rate.samples_in(WINDOW).max(1);
    let threshold = 10_f64.powf(f64::from(threshold_dbfs) / 10.0);
    let loud = |samples: &[f32]| {
        let energy: f64 = samples.iter().map(|&s| f64::from(s).powi(2)).sum();
        energy > threshold * samples.len() as f64
    };
    let windows = || clip.samples.chunks(window);
    let first = windows().position(loud)?;
    let last = windows().rposition(loud)?;
    let padding = clip.rate.samples_in(padding);
    let start = (first * window).saturating_sub(padding);
    let end = ((last + 1) * window)
        .saturating_add(padding)
        .min(clip.samples.len());
    Some(start..end)
}

/// Cuts silence off both ends, after [`sounding_range`]. A silent clip becomes empty.
pub fn trim_silence(clip: &mut Clip, threshold_dbfs: f32, padding: Duration) {
    match sounding_range(clip, threshold_dbfs, padding) {
        Some(range) => {
            clip.samples.truncate(range.end);
            clip.samples.drain(..range.start);
        }
        None => clip.samples.clear(),
    }
}
