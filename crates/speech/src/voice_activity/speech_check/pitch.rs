//! The pitch of each frame, and how long the fine structure of the spectrum lasts.

use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

use super::RATE_HZ;
use super::spectrum::{BAND_HZ, HOP, Windowed, band};

/// Samples of a frame: 64 ms, some periods of the lowest pitch.
pub(super) const FRAME: usize = 1_024;

/// Points of the transform: twice the frame, so that the autocorrelation does not wrap around.
const SIZE: usize = 2 * FRAME;

/// The lags of a voice, in samples: 60 to 400 Hz.
const VOICE_LAGS: std::ops::Range<usize> = 40..267;

/// The lags of what is higher than a voice: 450 Hz to 2.3 kHz.
const HIGH_LAGS: std::ops::Range<usize> = 7..36;

/// The autocorrelation from which on a frame has a pitch.
const VOICED: f32 = 0.55;

/// Bins over which the envelope of the spectrum is averaged: 234 Hz.
const ENVELOPE_BINS: usize = 15;

/// One frame's pitch and fine structure.
pub(super) struct PitchFrame {
    /// In semitones over 1 Hz.
    pub(super) semitones: f32,
    pub(super) voiced: bool,
    /// Whether it repeats faster than a voice does.
    pub(super) high: bool,
    /// The logarithmic spectrum less its envelope, with a norm of 1.
    fine: Vec<f32>,
}

impl PitchFrame {
    /// How alike two fine structures are: 1 is the same.
    pub(super) fn likeness(&self, other: &Self) -> f32 {
        self.fine.iter().zip(&other.fine).map(|(a, b)| a * b).sum()
    }
}

/// The frames of a segment, which must be longer than one.
pub(super) fn frames(samples: &[f32]) -> Vec<PitchFrame> {
    let mut fft = Windowed::new(FRAME, SIZE);
    let inverse = RealFftPlanner::new().plan_fft_inverse(SIZE);
    let mut spectra = Vec::new();
    let mut correlations = Vec::new();
    let window = window_correlation();
    let inside = |bin: usize| {
        let hz = bin as f32 * RATE_HZ as f32 / SIZE as f32;
        hz > 60.0 && hz < BAND_HZ.1
    };
    for frame in samples.windows(FRAME).step_by(HOP) {
        fft.transform(frame);
        let powers = fft.output.iter().enumerate();
        let mut power: Vec<_> = powers
            .map(|(bin, value)| Complex::from(if inside(bin) { value.norm_sqr() } else { 0.0 }))
            .collect();
        let mut correlation = inverse.make_output_vec();
        inverse
            .process(&mut power, &mut correlation)
            .expect("a spectrum of real samples");
        let all = correlation[0] + 1e-12;
        let normal = |lag: usize| correlation[lag] / all / window[lag];
        correlations.push((0..VOICE_LAGS.end).map(normal).collect::<Vec<_>>());
        // Every second of the points is one of a transform of the frame alone.
        spectra.push(
            band(FRAME)
                .map(|bin| fft.output[2 * bin].norm())
                .collect::<Vec<_>>(),
        );
    }
    let loudest = spectra.iter().flatten().copied().fold(0.0, f32::max);
    let frames = spectra.iter().zip(&correlations);
    frames
        .map(|(spectrum, correlation)| {
            let best = VOICE_LAGS
                .max_by(|a, b| correlation[*a].total_cmp(&correlation[*b]))
                .unwrap_or(VOICE_LAGS.start);
            let strength = correlation[best];
            PitchFrame {
                semitones: 12.0 * (RATE_HZ as f32 / best as f32).log2(),
                voiced: strength > VOICED,
                high: is_high(correlation, strength),
                fine: fine_structure(spectrum, loudest),
            }
        })
        .collect()
}

/// Whether it repeats at a lag shorter than a voice's, once it has been unlike itself.
fn is_high(correlation: &[f32], strength: f32) -> bool {
    const MIN_CORRELATION: f32 = 0.75;
    const SHARE: f32 = 0.92;
    let mut lowest = f32::INFINITY;
    let mut highest = -1.0_f32;
    for lag in HIGH_LAGS {
        lowest = lowest.min(correlation[lag]);
        if lowest < 0.5 {
            highest = highest.max(correlation[lag]);
        }
    }
    highest > MIN_CORRELATION && highest > SHARE * strength
}

/// The autocorrelation of the window alone, by which each lag is corrected.
fn window_correlation() -> Vec<f32> {
    let mut fft = Windowed::new(FRAME, SIZE);
    fft.transform(&[1.0; FRAME]);
    let inverse = RealFftPlanner::new().plan_fft_inverse(SIZE);
    let powers = fft.output.iter().map(Complex::norm_sqr);
    let mut power: Vec<_> = powers.map(Complex::from).collect();
    let mut correlation = inverse.make_output_vec();
    // The ends of a spectrum of real samples are real; these are sums of squares.
    inverse
        .process(&mut power, &mut correlation)
        .expect("a spectrum of real samples");
    correlation.iter().map(|own| own / correlation[0]).collect()
}

fn fine_structure(spectrum: &[f32], loudest: f32) -> Vec<f32> {
    let offset = 1e-5 * loudest + 1e-12;
    let logarithms: Vec<f32> = spectrum.iter().map(|own| (own + offset).ln()).collect();
    let half = ENVELOPE_BINS / 2;
    let last = logarithms.len() - 1;
    let envelope = |at: usize| {
        let near = (0..ENVELOPE_BINS).map(|n| logarithms[(at + n).saturating_sub(half).min(last)]);
        near.sum::<f32>() / ENVELOPE_BINS as f32
    };
    let fine: Vec<f32> = (0..logarithms.len())
        .map(|at| logarithms[at] - envelope(at))
        .collect();
    let norm = fine.iter().map(|own| own * own).sum::<f32>().sqrt() + 1e-9;
    fine.iter().map(|own| own / norm).collect()
}
