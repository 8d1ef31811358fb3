//! Names of kept voices.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::VoiceKey;

/// A name: 1 to 100 characters of any script on one line, unique in its workspace in any case of letters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VoiceName(String);

/// A text that cannot be a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a voice's name has 1 to {} characters on one line, and is no id of a voice",
    VoiceName::MAX_CHARS
)]
pub struct InvalidName;

impl VoiceName {
    /// The longest name, in characters.
    pub const MAX_CHARS: usize = 100;

    /// A name without the white space around it, in NFC.
    ///
    /// # Errors
    /// [`InvalidName`].
    pub fn new(text: &str) -> Result<Self, InvalidName> {
        let name: String = text.trim().nfc().collect();
        let chars = name.chars().take(Self::MAX_CHARS + 1).count();
        let on_one_line = !name.chars().any(|c| c.is_control() || is_line_break(c));
        // An id that is looked up must not find another voice by its name.
        let is_id = name.parse::<VoiceKey>().is_ok();
        match (1..=Self::MAX_CHARS).contains(&chars) && on_one_line && !is_id {
            true => Ok(Self(name)),
            false => Err(InvalidName),
        }
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it is compared.
    pub(crate) fn key(&self) -> String {
        key(&self.0)
    }
}

/// A name as it is compared: NFC, case-folded.
pub(crate) fn key(name: &str) -> String {
    let folded = caseless::default_case_fold_str(name.trim());
    folded.nfc().collect()
}

/// A text as it is searched: without case and accents.
pub(crate) fn folded(text: &str) -> String {
    let folded = caseless::default_case_fold_str(text);
    folded.nfkd().filter(|c| !is_combining_mark(*c)).collect()
}

const fn is_line_break(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

impl fmt::Display for VoiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for VoiceName {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        Self::new(&text)
    }
}

impl From<VoiceName> for String {
    fn from(name: VoiceName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_any_script_on_one_line() {
        let longest = "ü".repeat(100);
        for name in ["Ana", "ナレーター", "a/b", "🦜", "Old man, calm", &longest] {
            assert_eq!(VoiceName::new(name).unwrap().as_str(), name);
        }
        let too_long = "ü".repeat(101);
        let id = VoiceKey::fresh().to_string();
        for name in ["", " ", "a\nb", "a\u{2028}b", "a\0", &too_long, &id] {
            assert_eq!(VoiceName::new(name), Err(InvalidName), "{name:?}");
        }
        assert_eq!(VoiceName::new(" Ana\n").unwrap().as_str(), "Ana");
    }

    #[test]
    fn names_are_compared_without_case_and_composition() {
        let key_of = |name: &str| VoiceName::new(name).unwrap().key();
        assert_eq!(key_of("STRASSE"), key_of("Straße"));
        assert_eq!(key_of("Ångström"), key_of("a\u{30a}ngstro\u{308}m"));
        assert_eq!(key(" ANA "), key_of("ana"));
        assert_ne!(key_of("Ana"), key_of("Anna"));
    }
}
