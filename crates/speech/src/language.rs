//! Languages by their BCP-47 tags.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A language by its BCP-47 tag in canonical case: `en`, `en-US`, `zh-Hant-TW`, `es-419`.
///
/// Only the shape is checked: language, then script, region and variants.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language(String);

impl Language {
    /// The longest tag accepted, in bytes (RFC 5646 section 4.4.1 asks for at least 35).
    pub const MAX_BYTES: usize = 35;

    /// The tag of a language that nobody found out, such as that of no words (ISO 639-2).
    pub const UNDETERMINED: &str = "und";

    /// English, without a region.
    pub fn english() -> Self {
        Self("en".into())
    }

    /// The whole tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first subtag: `en` of `en-US`.
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or(&self.0)
    }

    /// The region, where the tag has one: `US` of `en-US`.
    pub fn region(&self) -> Option<&str> {
        self.0.split('-').skip(1).find(|part| {
            (part.len() == 2 && part.bytes().all(|b| b.is_ascii_uppercase()))
                || (part.len() == 3 && part.bytes().all(|b| b.is_ascii_digit()))
        })
    }

    /// Whether something made for `self` serves somebody who asked for `wanted`:
    /// the same language, and the same region where both name one.
    pub fn serves(&self, wanted: &Self) -> bool {
        self.primary() == wanted.primary()
            && match (self.region(), wanted.region()) {
                (Some(a), Some(b)) => a == b,
                _ => true,
            }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is not a BCP-47 tag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a language tag; write BCP-47 such as en, en-US or zh-Hant")]
pub struct InvalidLanguage;

impl FromStr for Language {
    type Err = InvalidLanguage;

    fn from_str(tag: &str) -> Result<Self, InvalidLanguage> {
        if tag.len() > Self::MAX_BYTES {
            return Err(InvalidLanguage);
        }
        let mut parts = Vec::new();
        for (place, part) in tag.split(['-', '_']).enumerate() {
            let alphanumeric = part.bytes().all(|b| b.is_ascii_alphanumeric());
            let alphabetic = part.bytes().all(|b| b.is_ascii_alphabetic());
            if !alphanumeric || part.is_empty() || part.len() > 8 {
                return Err(InvalidLanguage);
            }
            parts.push(match (place, part.len()) {
                (0, 2..=3) if alphabetic => part.to_ascii_lowercase(),
                (0, _) => return Err(InvalidLanguage),
                (_, 4) if alphabetic => {
                    let (first, rest) = part.split_at(1);
                    first.to_ascii_uppercase() + &rest.to_ascii_lowercase()
                }
                (_, 2) if alphabetic => part.to_ascii_uppercase(),
                _ => part.to_ascii_lowercase(),
            });
        }
        Ok(Self(parts.join("-")))
    }
}

impl TryFrom<String> for Language {
    type Error = InvalidLanguage;

    fn try_from(tag: String) -> Result<Self, InvalidLanguage> {
        tag.parse()
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.0
    }
}

/// A language, or the wish that it be found out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum LanguageChoice {
    /// `auto`: found out from the text or the sound, where that can be done with confidence.
    #[default]
    Auto,
    /// This one.
    Is(Language),
}

impl LanguageChoice {
    const AUTO: &str = "auto";

    /// The language, where one was named.
    pub const fn named(&self) -> Option<&Language> {
        match self {
            Self::Auto => None,
            Self::Is(language) => Some(language),
        }
    }
}

impl fmt::Display for LanguageChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.named().map_or(Self::AUTO, Language::as_str))
    }
}

impl FromStr for LanguageChoice {
    type Err = InvalidLanguage;

    fn from_str(tag: &str) -> Result<Self, InvalidLanguage> {
        if tag.eq_ignore_ascii_case(Self::AUTO) {
            return Ok(Self::Auto);
        }
        tag.parse().map(Self::Is)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(tag: &str) -> Language {
        tag.parse().expect(tag)
    }

    #[test]
    fn tags_are_put_into_canonical_case() {
        for (given, canonical) in [
            ("EN", "en"),
            ("en_us", "en-US"),
            ("ZH-hant-tw", "zh-Hant-TW"),
            ("es-419", "es-419"),
            ("en-GB-SCOTLAND", "en-GB-scotland"),
        ] {
            assert_eq!(language(given).as_str(), canonical);
        }
        for wrong in [
            "",
            "e",
            "english",
            "en-",
            "-en",
            "en-üs",
            "en US",
            &"a-".repeat(40),
        ] {
            assert_eq!(wrong.parse::<Language>(), Err(InvalidLanguage), "{wrong}");
        }
    }

    #[test]
    fn a_region_narrows_only_where_both_name_one() {
        assert!(language("en-US").serves(&language("en")));
        assert!(language("en").serves(&language("en-GB")));
        assert!(!language("en-US").serves(&language("en-GB")));
        assert!(!language("es").serves(&language("en")));
    }
}
