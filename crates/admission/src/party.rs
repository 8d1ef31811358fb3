//! Whose work it is.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// All places, in percent.
const WHOLE: u8 = 100;

/// Whose work it is, and how much of the places that work may hold. Cheap to clone. Two parties
/// of one name are one party, whatever their shares.
#[derive(Clone, Debug)]
pub struct Party {
    name: Arc<str>,
    max_percent: u8,
}

impl Party {
    /// A party of this name, which may hold all places. Names say of which kind they are, such as
    /// `key:4f0c2a` or `address:192.0.2.1`.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            max_percent: WHOLE,
        }
    }

    /// The same, which may hold this share of the places, in percent. More than all is all.
    #[must_use]
    pub fn with_max_percent(self, max_percent: u8) -> Self {
        Self {
            max_percent: max_percent.min(WHOLE),
            ..self
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many of so many places it may hold: at least one, where there is one.
    pub fn max_of(&self, places: usize) -> usize {
        let share = places as u128 * u128::from(self.max_percent) / u128::from(WHOLE);
        usize::try_from(share).unwrap_or(places).max(1).min(places)
    }
}

impl Default for Party {
    /// This process itself: a command that a person runs.
    fn default() -> Self {
        Self::new("local")
    }
}

impl PartialEq for Party {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Party {}

impl Hash for Party {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_down_and_never_none() {
        for (percent, places, expected) in [
            (50, 66, 33),
            (50, 3, 1),
            (50, 1, 1),
            (50, 0, 0),
            (1, 10, 1),
            (100, 7, 7),
            (200, 7, 7),
            (0, 7, 1),
            (50, usize::MAX, usize::MAX / 2),
        ] {
            let party = Party::new("key:a").with_max_percent(percent);
            assert_eq!(party.max_of(places), expected, "{percent} % of {places}");
        }
    }
}
