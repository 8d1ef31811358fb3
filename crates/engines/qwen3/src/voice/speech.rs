//! Where in a recording somebody speaks.

use std::ops::Range;

use mynah_audio::{Clip, resample};
use mynah_speech::VoiceScorer;

/// From which likelihood on a frame is speech.
const THRESHOLD: f32 = 0.5;

/// Frames of speech in a row with which it begins and ends: a click is shorter.
const LEAST_IN_A_ROW: usize = 3;

/// Frames beside speech that are neither: the sound of a room dies away, and breath is drawn.
const BESIDE: usize = 6;

/// The fewest frames that tell how loud a room is.
const LEAST_QUIET: usize = 12;

/// One over the share of frames that count as quiet where there are too few without speech.
const QUIETEST: usize = 10;

/// Loudness and likelihood of a recording, frame by frame.
#[derive(Clone, Debug)]
pub(super) struct Frames {
    speech: Vec<bool>,
    /// The mean square of each.
    powers: Vec<f64>,
    seconds: f64,
}

impl Frames {
    /// Asks the scorer about each frame. What does not fill the last one is left out.
    pub(super) fn of(clip: &Clip, scorer: &mut dyn VoiceScorer) -> Self {
        let (rate, length) = (scorer.rate(), scorer.frame_samples().max(1));
        let heard = resample(clip, rate);
        scorer.reset();
        let frames = heard.samples.chunks_exact(length);
        let power = |frame: &[f32]| {
            let squares = frame.iter().map(|x| f64::from(*x).powi(2));
            squares.sum::<f64>() / frame.len() as f64
        };
        Self {
            powers: frames.clone().map(power).collect(),
            speech: frames
                .map(|frame| scorer.score(frame) >= THRESHOLD)
                .collect(),
            seconds: length as f64 / f64::from(rate.hz()),
        }
    }

    /// How much is spoken, in seconds.
    pub(super) fn spoken_seconds(&self) -> f64 {
        let spoken = self.speech.iter().filter(|speech| **speech).count();
        spoken as f64 * self.seconds
    }

    /// From the first word to the last, in seconds. None where nobody speaks.
    pub(super) fn bounds(&self) -> Option<Range<f64>> {
        let said = |frames: &[bool]| frames.iter().all(|speech| *speech);
        let mut runs = self.speech.windows(LEAST_IN_A_ROW);
        let first = runs.clone().position(said)?;
        let last = runs.rposition(said)? + LEAST_IN_A_ROW;
        Some(first as f64 * self.seconds..last as f64 * self.seconds)
    }

    /// How far speech stands above what is heard when nobody speaks, in dB.
    pub(super) fn signal_to_noise_db(&self) -> f64 {
        let marked = || self.powers.iter().zip(&self.speech);
        let spoken: Vec<f64> = marked().filter(|(_, s)| **s).map(|(p, _)| *p).collect();
        let signal = spoken.iter().sum::<f64>() / spoken.len().max(1) as f64;
        let beside = |at: usize| {
            let from = at.saturating_sub(BESIDE);
            let to = (at + BESIDE + 1).min(self.speech.len());
            self.speech[from..to].contains(&true)
        };
        let mut quiet: Vec<f64> = (0..self.powers.len())
            .filter(|at| !beside(*at))
            .map(|at| self.powers[at])
            .collect();
        if quiet.len() < LEAST_QUIET {
            quiet.clone_from(&self.powers);
            quiet.sort_by(f64::total_cmp);
            quiet.truncate(self.powers.len().div_ceil(QUIETEST));
        }
        // The median, which a slamming door does not move.
        quiet.sort_by(f64::total_cmp);
        let noise = quiet.get(quiet.len() / 2).copied().unwrap_or(0.0);
        decibels(signal - noise, noise)
    }
}

/// A ratio of powers in dB, within bounds that a report can hold: digital silence is infinitely
/// quiet.
fn decibels(signal: f64, noise: f64) -> f64 {
    const LEAST: f64 = -20.0;
    const MOST: f64 = 100.0;
    if signal <= 0.0 {
        LEAST
    } else if noise <= 0.0 {
        MOST
    } else {
        (10.0 * (signal / noise).log10()).clamp(LEAST, MOST)
    }
}
