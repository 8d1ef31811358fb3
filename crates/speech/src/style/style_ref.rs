//! The names of styles.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The key of a style, or of an intensity: 1 to 64 of `a-z`, `0-9` and `_`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StyleKey(String);

impl StyleKey {
    /// The longest key.
    pub const MAX_CHARS: usize = 64;

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StyleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is no key of a style.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a key has 1 to {} of the characters a-z, 0-9 and _",
    StyleKey::MAX_CHARS
)]
pub struct InvalidStyleKey;

impl TryFrom<String> for StyleKey {
    type Error = InvalidStyleKey;

    fn try_from(key: String) -> Result<Self, InvalidStyleKey> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        match !key.is_empty() && key.len() <= Self::MAX_CHARS && key.chars().all(allowed) {
            true => Ok(Self(key)),
            false => Err(InvalidStyleKey),
        }
    }
}

impl From<StyleKey> for String {
    fn from(key: StyleKey) -> Self {
        key.0
    }
}

impl FromStr for StyleKey {
    type Err = InvalidStyleKey;

    fn from_str(key: &str) -> Result<Self, InvalidStyleKey> {
        key.to_owned().try_into()
    }
}

/// A style and, of an emotion, its intensity: `sad/intense`, `whispering`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StyleRef {
    /// The style.
    pub key: StyleKey,
    /// The intensity; none of a mode, and for the first one of an emotion.
    pub intensity: Option<StyleKey>,
}

impl fmt::Display for StyleRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.intensity {
            Some(intensity) => write!(f, "{}/{intensity}", self.key),
            None => write!(f, "{}", self.key),
        }
    }
}

impl FromStr for StyleRef {
    type Err = InvalidStyleKey;

    fn from_str(text: &str) -> Result<Self, InvalidStyleKey> {
        let (key, intensity) = match text.split_once('/') {
            Some((key, intensity)) => (key, Some(intensity.parse()?)),
            None => (text, None),
        };
        Ok(Self {
            key: key.parse()?,
            intensity,
        })
    }
}

impl TryFrom<String> for StyleRef {
    type Error = InvalidStyleKey;

    fn try_from(text: String) -> Result<Self, InvalidStyleKey> {
        text.parse()
    }
}

impl From<StyleRef> for String {
    fn from(style: StyleRef) -> Self {
        style.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_styles_are_read_and_written_alike() {
        for text in ["sad/intense", "whispering", "a_1/b_2"] {
            assert_eq!(text.parse::<StyleRef>().unwrap().to_string(), text);
        }
        let longest = "k".repeat(StyleKey::MAX_CHARS);
        assert!(longest.parse::<StyleKey>().is_ok());
        let longer = longest + "k";
        for wrong in [
            "", "/", "sad/", "/sad", "Sad", "sad/a/b", "très", "a b", "a-b", &longer,
        ] {
            assert_eq!(wrong.parse::<StyleRef>(), Err(InvalidStyleKey), "{wrong}");
        }
    }
}
