//! How much higher or lower speech is played.

/// A change of pitch, −12…12 semitones: 12 is an octave higher.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Pitch(f32);

impl Pitch {
    /// The lowest.
    pub const MIN: Self = Self(-12.0);
    /// As spoken.
    pub const ZERO: Self = Self(0.0);
    /// The highest.
    pub const MAX: Self = Self(12.0);

    /// The change in semitones.
    pub const fn semitones(self) -> f32 {
        self.0
    }

    /// Whether audio is left as it is.
    pub fn is_zero(self) -> bool {
        self == Self::ZERO
    }
}

/// A pitch that is no number or is outside [`Pitch::MIN`]…[`Pitch::MAX`]. The caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a change of pitch must be a number of semitones from {} to {}", Pitch::MIN.0, Pitch::MAX.0)]
pub struct InvalidPitch;

impl TryFrom<f32> for Pitch {
    type Error = InvalidPitch;

    fn try_from(semitones: f32) -> Result<Self, InvalidPitch> {
        let allowed = Self::MIN.0..=Self::MAX.0;
        match allowed.contains(&semitones) {
            true => Ok(Self(semitones)),
            false => Err(InvalidPitch),
        }
    }
}
