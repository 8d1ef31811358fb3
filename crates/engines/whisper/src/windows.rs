//! Where a long clip is cut into windows that the model takes in at once.
//!
//! A window ends in the last part of its longest length, where the clip is quietest. Where that is
//! a pause, windows join there. Where speech does not pause, the last word of a window may be cut
//! off: it is left to the next window, which begins where that word begins.

use crate::clip::RATE;

/// The longest window, in samples: 28 s. The model's own is 30 s; the rest is silence behind it.
pub(crate) const MAX_SAMPLES: usize = 28 * RATE;
/// The earliest end of a window that is not the last one, in samples.
const MIN_SAMPLES: usize = 16 * RATE;
/// The shortest pause, in blocks.
const PAUSE_BLOCKS: usize = 10;
/// Samples whose level is measured together: 20 ms.
const BLOCK: usize = RATE / 50;
/// How far below the window's level a pause lies, as a ratio of amplitudes: 20 dB.
const PAUSE_RATIO: f64 = 0.1;

/// The end of a window, in samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seam {
    /// The end of the clip.
    End(usize),
    /// In a pause.
    Pause(usize),
    /// Within speech.
    Speech(usize),
}

impl Seam {
    /// The length of the window.
    pub(crate) fn samples(self) -> usize {
        match self {
            Self::End(samples) | Self::Pause(samples) | Self::Speech(samples) => samples,
        }
    }
}

/// The end of the window at the start of these samples.
pub(crate) fn seam(samples: &[f32]) -> Seam {
    if samples.len() <= MAX_SAMPLES {
        return Seam::End(samples.len());
    }
    let levels: Vec<f64> = samples[..MAX_SAMPLES].chunks(BLOCK).map(energy).collect();
    let mean = levels.iter().sum::<f64>() / levels.len() as f64;
    let first = MIN_SAMPLES / BLOCK;
    let quiet = |from: usize| levels[from..from + PAUSE_BLOCKS].iter().sum::<f64>();
    // Of equally quiet places the last one: long windows cost less.
    let place = (first..=levels.len() - PAUSE_BLOCKS)
        .min_by(|a, b| quiet(*a).total_cmp(&quiet(*b)).then(b.cmp(a)))
        .unwrap_or(first);
    let cut = (place + PAUSE_BLOCKS / 2) * BLOCK;
    if quiet(place) / PAUSE_BLOCKS as f64 <= mean * PAUSE_RATIO * PAUSE_RATIO {
        Seam::Pause(cut)
    } else {
        Seam::Speech(cut)
    }
}

fn energy(block: &[f32]) -> f64 {
    let sum: f64 = block.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    sum / block.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speech(seconds: usize) -> Vec<f32> {
        let wave = |place: usize| (place as f32 * 0.1).sin() * 0.3;
        (0..seconds * RATE).map(wave).collect()
    }

    #[test]
    fn short_clip_is_one_window() {
        assert_eq!(seam(&[]), Seam::End(0));
        assert_eq!(seam(&speech(28)), Seam::End(MAX_SAMPLES));
    }

    #[test]
    fn window_ends_in_the_middle_of_a_pause() {
        let mut samples = speech(40);
        samples[20 * RATE..20 * RATE + RATE / 5].fill(0.0);
        assert_eq!(seam(&samples), Seam::Pause(20 * RATE + RATE / 10));
        // Too early for a window's end.
        samples[20 * RATE..21 * RATE].copy_from_slice(&speech(1));
        samples[5 * RATE..6 * RATE].fill(0.0);
        assert!(matches!(seam(&samples), Seam::Speech(_)));
    }

    #[test]
    fn window_without_a_pause_ends_within_speech() {
        let Seam::Speech(samples) = seam(&speech(60)) else {
            panic!("not within speech")
        };
        assert!((MIN_SAMPLES..=MAX_SAMPLES).contains(&samples), "{samples}");
    }
}
