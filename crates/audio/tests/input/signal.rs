//! Signals to send through, and how well they came out.

use std::f64::consts::TAU;

/// A tone.
pub(crate) fn sine(hz: f64, rate: u32, samples: usize) -> Vec<f32> {
    (0..samples)
        .map(|n| (0.5 * (TAU * hz * n as f64 / f64::from(rate)).sin()) as f32)
        .collect()
}

/// Something for a codec of speech to chew on: a vowel of a moving pitch in syllables, never
/// the same twice, so that it lines up with itself in one place only.
pub(crate) fn babble(rate: u32, seconds: f64) -> Vec<f32> {
    let mut phase = 0.0;
    (0..(f64::from(rate) * seconds) as usize)
        .map(|n| {
            let t = n as f64 / f64::from(rate);
            phase += TAU * (120.0 + 40.0 * (TAU * 0.7 * t).sin() + 15.0 * t) / f64::from(rate);
            let syllable = (TAU * 1.9 * t + t * t).sin().abs();
            let vowel: f64 = (1..12)
                .map(|k| (phase * f64::from(k)).sin() / f64::from(k))
                .sum();
            (0.3 * syllable * vowel) as f32
        })
        .collect()
}

/// How many samples `decoded` is late by, at most `reach` either way.
pub(crate) fn lag(sent: &[f32], decoded: &[f32], reach: isize) -> isize {
    let middle = sent.len() / 3..(sent.len() / 3 + 8192).min(sent.len() * 2 / 3);
    let likeness = |lag: isize| -> f64 {
        middle
            .clone()
            .filter_map(|n| {
                Some(f64::from(sent[n]) * f64::from(*decoded.get(n.checked_add_signed(lag)?)?))
            })
            .sum()
    };
    (-reach..=reach)
        .max_by(|a, b| likeness(*a).total_cmp(&likeness(*b)))
        .unwrap()
}

/// Signal to noise in dB where both have samples, when `decoded` is late by `lag`.
pub(crate) fn snr(sent: &[f32], decoded: &[f32], lag: isize) -> f64 {
    let (mut signal, mut noise) = (0.0, 0.0);
    for (n, &sent) in sent.iter().enumerate() {
        if let Some(&decoded) = n.checked_add_signed(lag).and_then(|n| decoded.get(n)) {
            signal += f64::from(sent).powi(2);
            noise += f64::from(sent - decoded).powi(2);
        }
    }
    10.0 * (signal / noise).log10()
}
