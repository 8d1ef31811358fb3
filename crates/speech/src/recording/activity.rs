//! Voice activity of a recording.

use std::ops::Range;

use crate::VoiceScorer;
use mynah_audio::{Clip, resample};

/// Score from which a frame is speech.
const THRESHOLD: f32 = 0.5;

/// Consecutive frames of speech that begin and end it: a click is shorter.
const MIN_SPEECH_RUN: usize = 3;

/// Frames beside speech that count neither as speech nor as noise: reverberation and breath.
const GUARD_FRAMES: usize = 6;

/// The fewest frames that the noise is measured on.
const MIN_QUIET_FRAMES: usize = 12;

/// One over the fraction of frames that count as quiet where there are too few without speech.
const QUIET_DIVISOR: usize = 10;

/// Loudness and likelihood of a recording, frame by frame.
#[derive(Clone, Debug)]
pub(super) struct SpeechActivity {
    speech: Vec<bool>,
    /// The mean square of each.
    powers: Vec<f64>,
    seconds: f64,
}

impl SpeechActivity {
    /// Scores each frame. An incomplete last frame is dropped.
    pub(super) fn of(clip: &Clip, scorer: &mut dyn VoiceScorer) -> Self {
        let (rate, length) = (scorer.rate(), scorer.frame_samples().max(1));
        let resampled = resample(clip, rate);
        scorer.reset();
        let frames = resampled.samples.chunks_exact(length);
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

    /// The duration of speech, in seconds.
    pub(super) fn speech_seconds(&self) -> f64 {
        let spoken = self.speech.iter().filter(|speech| **speech).count();
        spoken as f64 * self.seconds
    }

    /// From the first word to the last, in seconds. None where there is no speech.
    pub(super) fn bounds(&self) -> Option<Range<f64>> {
        let all_speech = |frames: &[bool]| frames.iter().all(|speech| *speech);
        let mut runs = self.speech.windows(MIN_SPEECH_RUN);
        let first = runs.clone().position(all_speech)?;
        let last = runs.rposition(all_speech)? + MIN_SPEECH_RUN;
        Some(first as f64 * self.seconds..last as f64 * self.seconds)
    }

    /// The signal-to-noise ratio, in dB.
    pub(super) fn signal_to_noise_db(&self) -> f64 {
        let marked = || self.powers.iter().zip(&self.speech);
        let spoken: Vec<f64> = marked().filter(|(_, s)| **s).map(|(p, _)| *p).collect();
        let signal = spoken.iter().sum::<f64>() / spoken.len().max(1) as f64;
        let near_speech = |at: usize| {
            let from = at.saturating_sub(GUARD_FRAMES);
            let to = (at + GUARD_FRAMES + 1).min(self.speech.len());
            self.speech[from..to].contains(&true)
        };
        let mut quiet: Vec<f64> = (0..self.powers.len())
            .filter(|at| !near_speech(*at))
            .map(|at| self.powers[at])
            .collect();
        if quiet.len() < MIN_QUIET_FRAMES {
            quiet.clone_from(&self.powers);
            quiet.sort_by(f64::total_cmp);
            quiet.truncate(self.powers.len().div_ceil(QUIET_DIVISOR));
        }
        // The median is robust against single loud noises.
        quiet.sort_by(f64::total_cmp);
        let noise = quiet.get(quiet.len() / 2).copied().unwrap_or(0.0);
        decibels(signal - noise, noise)
    }
}

/// A ratio of powers in dB, within bounds that a report can hold: digital silence is infinitely
/// quiet.
fn decibels(signal: f64, noise: f64) -> f64 {
    const MIN_DB: f64 = -20.0;
    const MAX_DB: f64 = 100.0;
    if signal <= 0.0 {
        MIN_DB
    } else if noise <= 0.0 {
        MAX_DB
    } else {
        (10.0 * (signal / noise).log10()).clamp(MIN_DB, MAX_DB)
    }
}
