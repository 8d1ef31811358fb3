//! Spectra of short frames, and what follows from their envelope.

use std::f32::consts::PI;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};
use std::sync::Arc;

use super::RATE_HZ;

/// Samples from one frame to the next: 10 ms.
pub(super) const HOP: usize = 160;

/// Samples of a frame: 32 ms.
pub(super) const FRAME: usize = 512;

/// The band that is looked at, in Hz: what a telephone passes, so that its channel makes no
/// difference.
pub(super) const BAND_HZ: (f32, f32) = (150.0, 3_800.0);

/// Bands of the envelope, evenly spaced on the mel scale.
pub(super) const MEL_BANDS: usize = 18;

/// Cepstral coefficients, from the first on.
pub(super) const CEPSTRA: usize = 8;

/// Frames of the modulation spectrum: 2.56 s.
const MODULATION_FRAMES: usize = 256;

/// What one frame is like.
pub(super) struct Frame {
    /// The energy in the band, in dB.
    pub(super) level_db: f32,
    /// The natural logarithms of the energies of the mel bands.
    pub(super) mel: [f32; MEL_BANDS],
    /// The logarithm of the ratio of the geometric to the arithmetic mean of the band's power: 0
    /// is flat.
    pub(super) flatness: f32,
}

/// A Fourier transform of windowed frames.
pub(super) struct Windowed {
    window: Vec<f32>,
    fft: Arc<dyn RealToComplex<f32>>,
    input: Vec<f32>,
    pub(super) output: Vec<Complex<f32>>,
}

impl Windowed {
    /// A transform of `size` points of a frame of `window` samples, zeros behind it.
    pub(super) fn new(window: usize, size: usize) -> Self {
        let fft = RealFftPlanner::new().plan_fft_forward(size);
        Self {
            window: hann(window),
            input: fft.make_input_vec(),
            output: fft.make_output_vec(),
            fft,
        }
    }

    /// Transforms a frame into `output`.
    pub(super) fn transform(&mut self, frame: &[f32]) {
        self.input.fill(0.0);
        for ((into, sample), weight) in self.input.iter_mut().zip(frame).zip(&self.window) {
            *into = sample * weight;
        }
        self.fft
            .process(&mut self.input, &mut self.output)
            .expect("the buffers are the plan's own");
    }
}

fn hann(length: usize) -> Vec<f32> {
    let turn = |n| 2.0 * PI * n as f32 / length as f32;
    (0..length).map(|n| 0.5 - 0.5 * turn(n).cos()).collect()
}

/// The bins of a spectrum of so many points that lie in the band.
pub(super) fn band(size: usize) -> std::ops::Range<usize> {
    let bin = |hz: f32| hz * size as f32 / RATE_HZ as f32;
    bin(BAND_HZ.0).ceil() as usize..bin(BAND_HZ.1).floor() as usize + 1
}

/// The frames of a segment.
pub(super) fn frames(samples: &[f32]) -> Vec<Frame> {
    let filters = mel_filters();
    let band = band(FRAME);
    let mut fft = Windowed::new(FRAME, FRAME);
    let mut powers = Vec::new();
    for frame in samples.windows(FRAME).step_by(HOP) {
        fft.transform(frame);
        let power: Vec<f32> = fft.output.iter().map(Complex::norm_sqr).collect();
        powers.push(power);
    }
    let energy = |power: &[f32]| power[band.clone()].iter().sum::<f32>() + 1e-12;
    let loudest = powers.iter().map(|own| energy(own)).fold(1e-9, f32::max);
    let offset = 1e-9 * loudest + 1e-10;
    let frame = |power: &Vec<f32>| {
        let mel = filters.each_ref().map(|filter| {
            let sum: f32 = filter
                .iter()
                .zip(power)
                .map(|(own, value)| own * value)
                .sum();
            (sum + offset).ln()
        });
        let inside = &power[band.clone()];
        let count = inside.len() as f32;
        let geometric = inside.iter().map(|own| (own + 1e-12).ln()).sum::<f32>() / count;
        let arithmetic = inside.iter().map(|own| own + 1e-12).sum::<f32>() / count;
        Frame {
            level_db: 10.0 * energy(power).log10(),
            mel,
            flatness: geometric - arithmetic.ln(),
        }
    };
    powers.iter().map(frame).collect()
}

fn mel_filters() -> [Vec<f32>; MEL_BANDS] {
    let mel = |hz: f32| 2_595.0 * (1.0 + hz / 700.0).log10();
    let (low, high) = (mel(BAND_HZ.0), mel(BAND_HZ.1));
    let step = (high - low) / (MEL_BANDS + 1) as f32;
    std::array::from_fn(|band| {
        let left = low + step * band as f32;
        let weight = |bin: usize| {
            let at = (mel(bin as f32 * RATE_HZ as f32 / FRAME as f32) - left) / step;
            at.min(2.0 - at).max(0.0)
        };
        (0..=FRAME / 2).map(weight).collect()
    })
}

/// The cepstrum of a mel spectrum, its mean left out.
pub(super) fn cepstrum(mel: &[f32; MEL_BANDS]) -> [f32; CEPSTRA] {
    let scale = (2.0 / MEL_BANDS as f32).sqrt();
    std::array::from_fn(|k| {
        let turn = |band: usize| PI * (k + 1) as f32 * (band as f32 + 0.5) / MEL_BANDS as f32;
        let sum: f32 = (0..MEL_BANDS)
            .map(|band| turn(band).cos() * mel[band])
            .sum();
        scale * sum
    })
}

/// The share of the envelope's modulation that has the pace of syllables, 2 to 8 Hz, of all above
/// 0.8 Hz.
pub(super) fn syllabic_modulation(frames: &[Frame]) -> f32 {
    /// How far a band falls below its loudest frame before it counts as silent.
    const DEPTH: f32 = 7.0;
    const FRAMES_PER_SECOND: f32 = RATE_HZ as f32 / HOP as f32;
    let mut power = [0.0; MODULATION_FRAMES / 2 + 1];
    for band in 0..MEL_BANDS {
        let loudest = frames
            .iter()
            .map(|own| own.mel[band])
            .fold(f32::MIN, f32::max);
        let envelope: Vec<f32> = frames
            .iter()
            .map(|own| own.mel[band].max(loudest - DEPTH))
            .collect();
        let mean = envelope.iter().sum::<f32>() / envelope.len() as f32;
        let envelope: Vec<f32> = envelope.iter().map(|own| own - mean).collect();
        let half = MODULATION_FRAMES / 2;
        let last = envelope.len().saturating_sub(half).max(1);
        for start in (0..last).step_by(half) {
            let end = envelope.len().min(start + MODULATION_FRAMES);
            let mut fft = Windowed::new(end - start, MODULATION_FRAMES);
            fft.transform(&envelope[start..end]);
            for (sum, value) in power.iter_mut().zip(&fft.output) {
                *sum += value.norm_sqr();
            }
        }
    }
    let share = |from_hz: f32, to_hz: f32| -> f32 {
        let hz = |bin: usize| bin as f32 * FRAMES_PER_SECOND / MODULATION_FRAMES as f32;
        let inside = |bin: &usize| (from_hz..to_hz).contains(&hz(*bin));
        (0..power.len()).filter(inside).map(|bin| power[bin]).sum()
    };
    share(2.0, 8.0) / (share(0.8, f32::INFINITY) + 1e-9)
}
