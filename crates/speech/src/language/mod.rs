//! Languages by their BCP-47 tags.

mod fit;
mod names;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use fit::Fit;

/// A language by its BCP-47 tag in canonical case: `en`, `en-US`, `zh-Hant-TW`, `es-419`.
///
/// Parsing is liberal: a tag in any case and with `_`, a code of three letters (`eng`), or the
/// language's English name (`English`, `Brazilian Portuguese`). Of a tag only the shape is checked:
/// language, then script, region and variants.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language(String);

impl Language {
    /// The longest tag accepted, in bytes (RFC 5646 section 4.4.1 requires at least 35).
    pub const MAX_BYTES: usize = 35;

    /// The tag of an undetermined language, such as that of no words (ISO 639-2).
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
        self.subtags().find(|part| {
            (part.len() == 2 && part.bytes().all(|b| b.is_ascii_uppercase()))
                || (part.len() == 3 && part.bytes().all(|b| b.is_ascii_digit()))
        })
    }

    /// The subtags after the language, without extensions.
    fn subtags(&self) -> impl Iterator<Item = &str> {
        self.0.split('-').skip(1).take_while(|part| part.len() > 1)
    }

    /// Whether something made for `self` serves a request for `wanted`:
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

/// A text that names no language.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a language tag; write BCP-47 such as en, en-US or zh-Hant")]
pub struct InvalidLanguage;

impl FromStr for Language {
    type Err = InvalidLanguage;

    fn from_str(name: &str) -> Result<Self, InvalidLanguage> {
        let name = name.trim();
        if name.len() > Self::MAX_BYTES {
            return Err(InvalidLanguage);
        }
        canonical(name)
            .or_else(|| names::tag(name))
            .map(Self)
            .ok_or(InvalidLanguage)
    }
}

/// A tag in canonical case, with the shortest code of its language; none for another shape.
fn canonical(tag: &str) -> Option<String> {
    let mut parts = Vec::new();
    let mut extended = false;
    for (place, part) in tag.split(['-', '_']).enumerate() {
        let alphanumeric = part.bytes().all(|b| b.is_ascii_alphanumeric());
        let alphabetic = part.bytes().all(|b| b.is_ascii_alphabetic());
        if !alphanumeric || part.is_empty() || part.len() > 8 {
            return None;
        }
        // A single letter begins an extension, such as `-u-ca-gregory`, which is in small letters.
        extended |= part.len() == 1;
        parts.push(match (place, part.len()) {
            (1.., _) if extended => part.to_ascii_lowercase(),
            (0, 2..=3) if alphabetic => {
                let code = part.to_ascii_lowercase();
                names::canonical_code(&code).map_or(code, str::to_owned)
            }
            (0, _) => return None,
            (_, 4) if alphabetic => {
                let (first, rest) = part.split_at(1);
                first.to_ascii_uppercase() + &rest.to_ascii_lowercase()
            }
            (_, 2) if alphabetic => part.to_ascii_uppercase(),
            _ => part.to_ascii_lowercase(),
        });
    }
    Some(parts.join("-"))
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

/// A language, or a request to detect it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum LanguageChoice {
    /// `auto`, or nothing: found out from the text or the audio, where that can be done with confidence.
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
        let tag = tag.trim();
        if tag.is_empty() || tag.eq_ignore_ascii_case(Self::AUTO) {
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
            (" pt-br\n", "pt-BR"),
            ("eng", "en"),
            ("GER_at", "de-AT"),
            ("iw", "he"),
            ("yue-HK", "yue-HK"),
            ("zh-yue", "zh-yue"),
            ("zh-CMN-hans", "zh-cmn-Hans"),
            ("EN-u-CA-Gregory", "en-u-ca-gregory"),
        ] {
            assert_eq!(language(given).as_str(), canonical);
        }
        for wrong in [
            "",
            "e",
            "klingonese",
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
    fn english_names_stand_for_tags() {
        for (name, tag) in [
            ("English", "en"),
            ("CHINESE", "zh"),
            ("haitian creole", "ht"),
            ("Haitian_Creole", "ht"),
            ("serbo-croatian", "sh"),
            ("Norwegian Bokmål", "nb"),
            ("Lao", "lo"),
            ("American English", "en-US"),
            ("English (United States)", "en-US"),
            ("english_us", "en-US"),
            ("Brazilian Portuguese", "pt-BR"),
            ("Portuguese (Brazil)", "pt-BR"),
            ("Chinese (Traditional)", "zh-Hant"),
            ("Latin American Spanish", "es-419"),
        ] {
            assert_eq!(language(name).as_str(), tag, "{name}");
        }
        for wrong in ["American", "English English", "()", "English (Mars)"] {
            assert_eq!(wrong.parse::<Language>(), Err(InvalidLanguage), "{wrong}");
        }
    }

    #[test]
    fn an_absent_language_and_auto_are_undetermined() {
        for open in ["", " ", "auto", "AUTO", " Auto "] {
            assert_eq!(open.parse(), Ok(LanguageChoice::Auto), "{open:?}");
        }
        assert_eq!("en".parse(), Ok(LanguageChoice::Is(Language::english())));
    }

    #[test]
    fn extensions_have_no_region() {
        assert_eq!(language("de-u-co-phonebk").region(), None);
        assert_eq!(language("de-AT-u-co-phonebk").region(), Some("AT"));
    }

    #[test]
    fn a_region_narrows_only_where_both_name_one() {
        assert!(language("en-US").serves(&language("en")));
        assert!(language("en").serves(&language("en-GB")));
        assert!(!language("en-US").serves(&language("en-GB")));
        assert!(!language("es").serves(&language("en")));
    }
}
