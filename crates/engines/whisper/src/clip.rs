//! Samples as the model takes them, and whether they are silent.

use std::borrow::Cow;

/// Samples a second.
pub(crate) const RATE: usize = 16_000;

/// The shortest clip in which a word could be, in samples: 100 ms.
const MIN_SAMPLES: usize = RATE / 10;

/// Below this in its loudest 100 ms, a clip is silence: −60 dB of full scale. Given silence, the
/// model makes up what its training data has at silent places, such as thanks for watching.
const SILENCE_RMS: f64 = 0.001;

/// What the library wants at least, in samples: a second.
const PADDED_SAMPLES: usize = RATE;

/// A sample that is a number and not beyond full scale.
pub(crate) fn clean(sample: f32) -> f32 {
    if sample.is_nan() {
        0.0
    } else {
        sample.clamp(-1.0, 1.0)
    }
}

/// Whether it is too short or too quiet for speech.
pub(crate) fn is_silent(samples: &[f32]) -> bool {
    samples.len() < MIN_SAMPLES
        || samples
            .chunks(MIN_SAMPLES)
            .all(|part| rms(part) < SILENCE_RMS)
}

/// The samples, with silence behind them up to a second.
pub(crate) fn padded(samples: &[f32]) -> Cow<'_, [f32]> {
    if samples.len() >= PADDED_SAMPLES {
        return Cow::Borrowed(samples);
    }
    let mut padded = samples.to_vec();
    padded.resize(PADDED_SAMPLES, 0.0);
    Cow::Owned(padded)
}

fn rms(samples: &[f32]) -> f64 {
    let sum: f64 = samples
        .iter()
        .map(|sample| f64::from(*sample).powi(2))
        .sum();
    (sum / samples.len() as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_near_silent_clips_have_nothing_to_hear() {
        assert!(is_silent(&[]));
        assert!(is_silent(&[0.5; MIN_SAMPLES - 1]));
        assert!(!is_silent(&[0.5; MIN_SAMPLES]));
        assert!(is_silent(&[0.000_9; RATE]));
        assert!(!is_silent(&[0.001_1; RATE]));
        let mut word = vec![0.0; 20 * RATE];
        word[5 * RATE..5 * RATE + 2 * MIN_SAMPLES].fill(0.05);
        assert!(!is_silent(&word), "one word in much silence");
    }

    #[test]
    fn samples_are_made_fit() {
        assert_eq!(
            [f32::NAN, 7.0, f32::NEG_INFINITY, 0.5].map(clean),
            [0.0, 1.0, -1.0, 0.5]
        );
        assert_eq!(padded(&[0.5; 3]).len(), PADDED_SAMPLES);
        assert_eq!(padded(&[0.5; PADDED_SAMPLES + 1]).len(), PADDED_SAMPLES + 1);
    }
}
