//! How fast speech is played.

use std::fmt;
use std::str::FromStr;

/// A factor on the pace of speech, 0.25…4: 2 takes half the time.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Speed(f32);

impl Speed {
    /// The slowest.
    pub const MIN: Self = Self(0.25);
    /// As spoken.
    pub const ONE: Self = Self(1.0);
    /// The fastest.
    pub const MAX: Self = Self(4.0);

    /// The factor.
    pub const fn factor(self) -> f32 {
        self.0
    }

    /// Whether audio is left as it is.
    pub fn is_one(self) -> bool {
        self == Self::ONE
    }
}

impl Default for Speed {
    fn default() -> Self {
        Self::ONE
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A speed that is no number or is outside [`Speed::MIN`]…[`Speed::MAX`]. The caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("speed must be a number from {} to {}", Speed::MIN, Speed::MAX)]
pub struct InvalidSpeed;

impl TryFrom<f32> for Speed {
    type Error = InvalidSpeed;

    fn try_from(factor: f32) -> Result<Self, InvalidSpeed> {
        let allowed = Self::MIN.0..=Self::MAX.0;
        if allowed.contains(&factor) {
            Ok(Self(factor))
        } else {
            Err(InvalidSpeed)
        }
    }
}

impl FromStr for Speed {
    type Err = InvalidSpeed;

    fn from_str(text: &str) -> Result<Self, InvalidSpeed> {
        text.parse::<f32>().map_err(|_| InvalidSpeed)?.try_into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_are_in_and_all_beyond_is_out() {
        for (text, factor) in [("0.25", 0.25), ("1", 1.0), ("1.5", 1.5), ("4.0", 4.0)] {
            assert_eq!(text.parse().map(Speed::factor), Ok(factor));
        }
        for wrong in [
            "0.2499", "4.0001", "0", "-1", "NaN", "inf", "", "fast", "1,5",
        ] {
            assert_eq!(wrong.parse::<Speed>(), Err(InvalidSpeed), "{wrong}");
        }
        assert_eq!(
            InvalidSpeed.to_string(),
            "speed must be a number from 0.25 to 4"
        );
        assert!(Speed::default().is_one());
    }
}
