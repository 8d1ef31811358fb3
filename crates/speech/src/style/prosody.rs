//! What is done to finished audio where a voice cannot speak a style itself.

use mynah_audio::Pitch;
use serde::{Deserialize, Serialize};

/// A change of tempo, pitch and level.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Values", into = "Values")]
pub struct Prosody {
    rate: f32,
    pitch: Pitch,
    gain: f32,
}

/// The values, in or out of their ranges.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Values {
    rate: f32,
    pitch: f32,
    gain: f32,
}

impl Prosody {
    /// No change.
    pub const NEUTRAL: Self = Self {
        rate: 1.0,
        pitch: Pitch::ZERO,
        gain: 0.0,
    };

    /// A change of tempo by a factor of 0.5 to 2, of pitch by −12 to 12 semitones, and of level by −24 to
    /// 0 dB: above 0 it would clip.
    ///
    /// # Errors
    /// A value that is out of its range or no number.
    pub fn new(rate: f32, pitch: f32, gain: f32) -> Result<Self, InvalidProsody> {
        let pitch = Pitch::try_from(pitch).map_err(|_| InvalidProsody)?;
        match (0.5..=2.0).contains(&rate) && (-24.0..=0.0).contains(&gain) {
            true => Ok(Self { rate, pitch, gain }),
            false => Err(InvalidProsody),
        }
    }

    /// The factor of the tempo; 1 is unchanged.
    pub const fn rate(&self) -> f32 {
        self.rate
    }

    /// The change of pitch.
    pub const fn pitch(&self) -> Pitch {
        self.pitch
    }

    /// The change of level, in dB; never positive.
    pub const fn gain(&self) -> f32 {
        self.gain
    }

    /// The factor of the samples.
    pub fn gain_factor(&self) -> f32 {
        10_f32.powf(self.gain / 20.0)
    }
}

impl Default for Prosody {
    fn default() -> Self {
        Self::NEUTRAL
    }
}

/// A prosody that is out of its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a prosody has a rate of 0.5 to 2, a pitch of -12 to 12 semitones and a gain of -24 to 0 dB"
)]
pub struct InvalidProsody;

impl TryFrom<Values> for Prosody {
    type Error = InvalidProsody;

    fn try_from(values: Values) -> Result<Self, InvalidProsody> {
        Self::new(values.rate, values.pitch, values.gain)
    }
}

impl From<Prosody> for Values {
    fn from(prosody: Prosody) -> Self {
        let Prosody { rate, pitch, gain } = prosody;
        Self {
            rate,
            pitch: pitch.semitones(),
            gain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_are_in_and_all_beyond_is_out() {
        for (rate, pitch, gain) in [(0.5, -12.0, -24.0), (2.0, 12.0, 0.0)] {
            assert!(Prosody::new(rate, pitch, gain).is_ok());
        }
        for (rate, pitch, gain) in [
            (0.49, 0.0, 0.0),
            (2.01, 0.0, 0.0),
            (1.0, -12.1, 0.0),
            (1.0, 12.1, 0.0),
            (1.0, 0.0, -24.1),
            (1.0, 0.0, 0.1),
            (f32::NAN, 0.0, 0.0),
            (1.0, f32::NAN, 0.0),
            (1.0, 0.0, f32::INFINITY),
        ] {
            assert_eq!(Prosody::new(rate, pitch, gain), Err(InvalidProsody));
        }
        assert!((Prosody::new(1.0, 0.0, -6.0).unwrap().gain_factor() - 0.501).abs() < 1e-3);
    }
}
