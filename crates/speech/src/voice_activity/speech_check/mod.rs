//! Whether a whole segment is speech, or music, a tone, a siren.
//!
//! A frame-by-frame detector takes much of what is periodic for speech. A whole segment shows
//! more: the pitch of speech glides, so the fine structure of its spectrum does not last; notes,
//! rings and hums hold theirs. The features of a segment ([`Features`]) go into a logistic model.
//! Its weights were fitted to human prompts in five languages, read sentences, and synthesized
//! voices in sixteen languages, also with noise, music and reverberation, against music on hold,
//! synthesized melodies, chords, bands, sirens, ring tones and signal tones. The threshold is set
//! so that speech is kept: some music passes rather than a sentence be lost.

mod features;
mod pitch;
mod spectrum;

pub use features::Features;

/// The rate that is looked at, in Hz.
pub const RATE_HZ: u32 = 16_000;

/// The least audio above the background that is judged, in seconds: in less there is no telling
/// a short word from a beep.
const MIN_ACTIVE_SECONDS: f32 = 0.3;

/// Below this share of audio with a pitch, and this likeness of the spectrum 150 ms later, there
/// are no notes: what is like noise, such as a whisper, is left to the detector.
const MIN_VOICED: f32 = 0.25;
const MIN_PERSISTENCE: f32 = 0.3;

/// The score below which a segment is no speech.
const THRESHOLD: f32 = -1.5;

impl Features {
    /// The logarithm of the odds that it is speech, by the model.
    pub fn score(&self) -> f32 {
        let Self {
            persistence_150_ms: p150,
            persistence_300_ms: p300,
            gliding,
            steady,
            voiced,
            change,
            modulation,
            flatness,
            high_pitched,
            ..
        } = *self;
        let high = (high_pitched - 0.3).max(0.0);
        -2.454 - 1.934 * p150 - 5.632 * p300 - 3.4 * gliding - 2.478 * voiced
            + 1.402 * change
            + 4.603 * modulation
            + 0.552 * flatness
            - 31.862 * high
            + voiced * (24.244 * gliding + 3.82 * steady - 5.189 * p150)
    }

    /// Whether it may be speech.
    pub fn may_be_speech(&self) -> bool {
        let like_noise = self.voiced < MIN_VOICED && self.persistence_150_ms < MIN_PERSISTENCE;
        self.active_seconds < MIN_ACTIVE_SECONDS || like_noise || self.score() >= THRESHOLD
    }
}

/// Whether a whole segment may be speech. `samples` are mono at 16 kHz, in −1…1; the result
/// depends on nothing else. Blocking for some milliseconds a second of audio.
pub fn may_be_speech(samples: &[f32]) -> bool {
    Features::of(samples).is_none_or(|features| features.may_be_speech())
}
