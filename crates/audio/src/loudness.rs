//! How loud a clip is, and making it as loud as wanted.

use ebur128::{EbuR128, Mode};

use crate::Clip;

/// How loud a clip is, after EBU R 128 (ITU-R BS.1770).
///
/// The clip is measured as the one channel that it is. The same audio on both channels of a
/// stereo file measures 3 LU more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loudness {
    /// Gated loudness of the whole, in LUFS. Absent for silence (below −70 LUFS) and for clips
    /// shorter than one gating block of 400 ms.
    pub integrated_lufs: Option<f64>,
    /// The highest peak between the samples, in dB relative to full scale: oversampled four
    /// times below 96 kHz, twice below 192 kHz. −∞ for digital silence.
    pub true_peak_dbtp: f64,
}

/// Measures a clip. Samples must be finite.
pub fn loudness(clip: &Clip) -> Loudness {
    let mut meter = EbuR128::new(1, clip.rate.hz(), Mode::I | Mode::TRUE_PEAK)
        .expect("one channel at a valid rate");
    meter
        .add_frames_f32(&clip.samples)
        .expect("any number of frames of one channel");
    let lufs = meter.loudness_global().expect("the mode measures it");
    let peak = meter.true_peak(0).expect("the mode measures it");
    Loudness {
        integrated_lufs: lufs.is_finite().then_some(lufs),
        true_peak_dbtp: 20.0 * peak.log10(),
    }
}

/// Brings a clip to `target_lufs` by one gain for the whole, but lets no true peak pass
/// `ceiling_dbtp`: where both cannot be had, the ceiling wins and the clip stays quieter.
///
/// Returns the gain in dB. A clip that has no loudness (silence, shorter than 400 ms) is only
/// brought under the ceiling.
pub fn normalize(clip: &mut Clip, target_lufs: f64, ceiling_dbtp: f64) -> f64 {
    let before = loudness(clip);
    let wanted = before
        .integrated_lufs
        .map_or(0.0, |lufs| target_lufs - lufs);
    let gain_db = wanted.min(ceiling_dbtp - before.true_peak_dbtp);
    let gain = 10_f64.powf(gain_db / 20.0) as f32;
    for sample in &mut clip.samples {
        *sample *= gain;
    }
    gain_db
}
