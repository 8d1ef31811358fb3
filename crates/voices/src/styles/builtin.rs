//! The built-in styles, read from `styles/builtin.toml`.

use std::sync::{Arc, LazyLock};

use mynah_speech::{Language, Style, StyleIndex, StyleKey};
use serde::Deserialize;

use super::{StoredStyle, StyleMap};

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    /// The languages whose labels and texts a native speaker has reviewed.
    #[allow(dead_code, reason = "it is for the readers of the file and a test")]
    reviewed: Vec<Language>,
    #[serde(rename = "style")]
    styles: Vec<Arc<Style>>,
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let text = include_str!("../../styles/builtin.toml");
    toml::from_str(text).unwrap_or_else(|error| unreachable!("a test reads the file: {error}"))
});

/// The built-in styles, in their order.
pub(crate) fn all() -> &'static [Arc<Style>] {
    &CATALOGUE.styles
}

/// The built-in style of a key.
pub(crate) fn find(key: &StyleKey) -> Option<&'static Arc<Style>> {
    all().iter().find(|style| style.key == *key)
}

/// The built-in styles alone, for a program that keeps no voices.
#[derive(Clone, Copy, Debug, Default)]
pub struct BuiltinStyles;

impl BuiltinStyles {
    /// All of them, in their order.
    pub fn stored(self) -> Vec<StoredStyle> {
        StyleMap::default().all("")
    }
}

impl StyleIndex for BuiltinStyles {
    fn style(&self, _workspace: &str, key: &StyleKey) -> Option<Arc<Style>> {
        find(key).cloned()
    }

    fn styles(&self, _workspace: &str) -> Vec<Arc<Style>> {
        all().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use mynah_speech::{Prosody, StyleKind};

    use super::*;
    use crate::styles::check::check;

    /// The languages of Qwen3-TTS.
    const LANGUAGES: [&str; 10] = ["de", "en", "es", "fr", "it", "ja", "ko", "pt", "ru", "zh"];

    #[test]
    fn the_catalogue_has_neutral_nine_emotions_and_thirteen_modes() {
        let of = |kind| all().iter().filter(|style| style.kind == kind).count();
        let kinds = [StyleKind::Neutral, StyleKind::Emotion, StyleKind::Mode];
        assert_eq!(kinds.map(of), [1, 9, 13]);
        let keys: BTreeSet<_> = all().iter().map(|style| &style.key).collect();
        assert_eq!(keys.len(), all().len());
        for style in all()
            .iter()
            .filter(|style| style.kind == StyleKind::Emotion)
        {
            let intensities: Vec<_> = style
                .variants
                .iter()
                .filter_map(|variant| variant.intensity.as_ref())
                .map(StyleKey::as_str)
                .collect();
            assert_eq!(intensities, ["medium", "intense"], "{}", style.key);
        }
    }

    #[test]
    fn every_built_in_style_has_ten_languages_and_is_valid() {
        for style in all() {
            check(style).unwrap_or_else(|error| panic!("{}: {error}", style.key));
            let labels: Vec<_> = style.labels.keys().map(Language::as_str).collect();
            assert_eq!(labels, LANGUAGES, "{}", style.key);
            for variant in &style.variants {
                let languages: Vec<_> = variant.texts.keys().map(Language::as_str).collect();
                assert_eq!(languages, LANGUAGES, "{}", style.key);
                for text in variant.texts.values() {
                    assert!((41..=220).contains(&text.chars().count()), "{text}");
                }
                let neutral = variant.prosody == Prosody::NEUTRAL;
                assert_eq!(neutral, style.kind == StyleKind::Neutral, "{}", style.key);
            }
        }
    }

    #[test]
    fn reviewed_languages_are_those_of_the_texts() {
        let known = |language: &Language| LANGUAGES.contains(&language.as_str());
        assert!(CATALOGUE.reviewed.iter().all(known));
    }
}
