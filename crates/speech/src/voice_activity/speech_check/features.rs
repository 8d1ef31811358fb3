//! What a whole segment is like, in numbers.

use super::pitch::{self, PitchFrame};
use super::spectrum::{self, HOP};

/// How far below the loud frames one may lie and still be looked at, in dB.
const ACTIVE_DB: f32 = 25.0;

/// What is taken where there is too little to measure.
const UNKNOWN_SHARE: f32 = 0.5;
const UNKNOWN_LIKENESS: f32 = 0.3;

/// What separates speech from music and signals. Shares are of active frames, 0…1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Features {
    /// The audio that is not far below the loudest, in seconds.
    pub active_seconds: f32,
    /// How alike the spectrum's fine structure is 150 ms later; 1 is the same.
    pub persistence_150_ms: f32,
    /// The same 300 ms later.
    pub persistence_300_ms: f32,
    /// The share of frames with a pitch.
    pub voiced: f32,
    /// The share of these in which the pitch glides: by 0.25 to 2 semitones in 20 ms.
    pub gliding: f32,
    /// The share in which it stays.
    pub steady: f32,
    /// The share that repeats faster than a voice does.
    pub high_pitched: f32,
    /// How much the spectrum's envelope changes within 50 ms, as a distance of cepstra.
    pub change: f32,
    /// The share of the envelope's modulation at the pace of syllables.
    pub modulation: f32,
    /// The mean logarithmic flatness of the spectrum: 0 is white noise.
    pub flatness: f32,
}

impl Features {
    /// The features of a segment at 16 kHz; none of one that is shorter than 400 ms or silent.
    pub fn of(samples: &[f32]) -> Option<Self> {
        const MIN_SAMPLES: usize = 6_400;
        if samples.len() < MIN_SAMPLES {
            return None;
        }
        let frames = spectrum::frames(samples);
        let pitches = pitch::frames(samples);
        let threshold = loud(frames.iter().map(|own| own.level_db).collect()) - ACTIVE_DB;
        let is_active = |frame: &spectrum::Frame| frame.level_db > threshold;
        let first = frames.iter().position(is_active)?;
        let last = frames.iter().rposition(is_active)?;
        let frames = &frames[first..=last];
        let pitches = pitches.get(first..pitches.len().min(last + 1))?;
        let active: Vec<bool> = frames.iter().map(is_active).collect();
        let count = active.iter().filter(|own| **own).count();

        let cepstra: Vec<_> = frames
            .iter()
            .map(|own| spectrum::cepstrum(&own.mel))
            .collect();
        let change = |at: usize| {
            let pair = cepstra[at].iter().zip(&cepstra[at + 5]);
            let sum: f32 = pair.map(|(a, b)| (a - b).powi(2)).sum();
            (sum / spectrum::CEPSTRA as f32).sqrt()
        };
        let pairs = (0..frames.len().saturating_sub(5)).filter(|at| active[*at] && active[at + 5]);
        let flat = frames.iter().zip(&active).filter(|(_, active)| **active);
        let pitched = || (0..pitches.len()).filter(|at| active[*at]);
        let share = |what: fn(&PitchFrame) -> bool| {
            let found = pitched().filter(|at| what(&pitches[*at])).count();
            found as f32 / pitched().count().max(1) as f32
        };
        let (steady, gliding) = movement(pitches, &active);
        Some(Self {
            active_seconds: (count * HOP) as f32 / super::RATE_HZ as f32,
            persistence_150_ms: persistence(pitches, &active, 15),
            persistence_300_ms: persistence(pitches, &active, 30),
            voiced: share(|own| own.voiced),
            gliding,
            steady,
            high_pitched: share(|own| own.high),
            change: mean(pairs.map(change)).unwrap_or(0.0),
            modulation: spectrum::syllabic_modulation(frames),
            flatness: mean(flat.map(|(own, _)| own.flatness)).unwrap_or(0.0),
        })
    }
}

/// The level that five frames of a hundred exceed, in dB.
fn loud(mut levels: Vec<f32>) -> f32 {
    levels.sort_by(f32::total_cmp);
    levels[(levels.len() - 1) * 95 / 100]
}

/// The shares of steps of 20 ms between frames with a pitch in which it stays, and glides.
fn movement(pitches: &[PitchFrame], active: &[bool]) -> (f32, f32) {
    const STAYS: f32 = 0.25;
    const JUMPS: f32 = 2.0;
    let voiced = |at: usize| pitches[at].voiced && active[at];
    let steps: Vec<f32> = (0..pitches.len().saturating_sub(2))
        .filter(|at| voiced(*at) && voiced(at + 2))
        .map(|at| (pitches[at + 2].semitones - pitches[at].semitones).abs())
        .collect();
    if steps.len() <= 3 {
        return (UNKNOWN_SHARE, UNKNOWN_SHARE);
    }
    let share = |range: std::ops::Range<f32>| {
        let found = steps.iter().filter(|own| range.contains(own)).count();
        found as f32 / steps.len() as f32
    };
    (share(0.0..STAYS), share(STAYS..JUMPS))
}

/// How alike fine structures are, so many frames apart.
fn persistence(pitches: &[PitchFrame], active: &[bool], lag: usize) -> f32 {
    let pairs = (0..pitches.len().saturating_sub(lag)).filter(|at| active[*at] && active[at + lag]);
    let likeness: Vec<_> = pairs
        .map(|at| pitches[at].likeness(&pitches[at + lag]))
        .collect();
    if likeness.len() <= 2 {
        return UNKNOWN_LIKENESS;
    }
    mean(likeness.into_iter()).unwrap_or(UNKNOWN_LIKENESS)
}

fn mean(values: impl Iterator<Item = f32>) -> Option<f32> {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), own| (sum + own, count + 1));
    (count > 0).then(|| sum / count as f32)
}
