//! The key under which a client's work is counted.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// All of a limit, in percent.
const MAX_PERCENT: u32 = 100;

/// The key under which a client's work is counted, and the client's share of each limit. Cheap to
/// clone. Two keys of one name are equal, whatever their shares.
#[derive(Clone, Debug)]
pub struct ClientKey {
    name: Arc<str>,
    max_percent: u32,
}

impl ClientKey {
    /// A client that may use all of a limit. The name begins with its kind, such as
    /// `key:4f0c2a` or `address:192.0.2.1`.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            max_percent: MAX_PERCENT,
        }
    }

    /// The same client with a share of each limit, in percent, 1 to 100.
    #[must_use]
    pub fn with_max_percent(self, max_percent: u32) -> Self {
        Self {
            max_percent,
            ..self
        }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The client's share of a limit: at least 1, unless the limit is 0.
    pub fn share_of(&self, limit: usize) -> usize {
        let share = limit as u128 * u128::from(self.max_percent) / u128::from(MAX_PERCENT);
        usize::try_from(share).unwrap_or(limit).max(1).min(limit)
    }
}

impl Default for ClientKey {
    /// This process itself, such as a command line.
    fn default() -> Self {
        Self::new("local")
    }
}

impl PartialEq for ClientKey {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for ClientKey {}

impl Hash for ClientKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_down_and_never_none() {
        for (percent, limit, expected) in [
            (50, 66, 33),
            (50, 3, 1),
            (50, 1, 1),
            (50, 0, 0),
            (1, 10, 1),
            (100, 7, 7),
            (50, usize::MAX, usize::MAX / 2),
        ] {
            let client = ClientKey::new("key:a").with_max_percent(percent);
            assert_eq!(client.share_of(limit), expected, "{percent} % of {limit}");
        }
    }
}
